// SPDX-License-Identifier: Apache-2.0
// What an area report needs from liberty files: cells, their areas, which of them hold state.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "golden/spec/problem.h"

namespace sparq::synth {

enum class CellKind {
  kCombinational,
  kFlipFlop,  // has an ff or ff_bank group
  kLatch,     // has a latch or latch_bank group, or a statetable
};

// The pins of a cell that adds bits: two inputs for a half adder, three for a full one.
struct AdderPins {
  std::vector<std::string> inputs;
  std::string sum;
  std::string carry;
};

struct Cell {
  double area = 0;  // um2: liberty leaves the unit open, and every library we know means this one
  CellKind kind = CellKind::kCombinational;
  bool dont_use = false;  // or for borders of power domains
  bool nand2 = false;     // two inputs, one output, !(A B)
  std::optional<AdderPins> adder = {};
  // The pins of a cell that is nothing but a buffer, or nothing but a D flip-flop with a rising
  // clock; empty otherwise. `clock` is empty in a buffer.
  struct Pins {
    std::string data = {};
    std::string output = {};
    std::string clock = {};
  };
  Pins buffer = {};
  Pins flip_flop = {};
};

struct LibraryFile {
  std::string file;  // its name without directories
  std::string sha256;
};

struct Library {
  std::string name;  // the first file's
  std::vector<LibraryFile> files;
  std::map<std::string, Cell> cells;
  std::string text;         // one liberty file of all groups but cells not to use
  std::string mapper_text;  // the same for the mapper, to which inverters look larger

  // The smallest usable two-input NAND gate: one gate equivalent. Nothing when there is none.
  std::optional<double> nand2_area() const;

  // The smallest usable cell that adds that many bits, by name. Nothing when there is none.
  std::optional<std::string> adder(size_t inputs) const;
  // The smallest usable ones; end(cells) when there is none.
  std::map<std::string, Cell>::const_iterator buffer() const;
  std::map<std::string, Cell>::const_iterator flip_flop() const;
};

// The files of one technology, their cells taken together. `field` names them in problems. Refused:
// a file that cannot be read or parsed, a cell in two files, an area that is not a number, a
// library without flip-flops.
spec::Checked<Library> load_library(const std::vector<std::filesystem::path>& files,
                                    const std::string& field);

// The same for texts; `where[i]` names texts[i].
spec::Checked<Library> parse_library(const std::vector<std::string>& texts,
                                     const std::vector<std::string>& where,
                                     const std::string& field);

// The clock all designs are mapped for when the user gives none, ns: 8 for osu018, 10 for sky130,
// nothing for a library we do not know.
std::optional<double> default_clock_ns(std::string_view library);

}  // namespace sparq::synth
