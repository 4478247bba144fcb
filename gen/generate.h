// SPDX-License-Identifier: Apache-2.0
// From a configuration to everything `sparq gen` writes. Same config, same bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "golden/spec/config.h"
#include "golden/spec/signature.h"

namespace sparq::gen {

enum class Role {
  kArray,              // the top module
  kPe,                 // one processing element, everything replicated per PE
  kDotUnit,            // one dot-product unit of a tensor core, everything replicated per unit
  kSelection,          // 4:2 selection of activations by a group of 2:4 weights
  kLane,               // digit x weight -> aligned product
  kActivationEncoder,  // raw activations of one row and step -> the word that travels
  kTrimRound,          // one activation -> digit and shift code
  kWeightEncoder,      // raw weights of one column and step -> the word that travels
  kSideSum,            // one row's side-sum
  kFinish,             // (accumulator, side-sum) -> C
  kStreamPacker,       // encoded words -> memory words; a top of its own
  kStreamUnpacker,     // and back; a top of its own
  kLibrary,            // format-independent, from rtl/lib
};

std::string_view to_text(Role role);  // "array", "pe", "lane", "activation_encoder", ...

struct Port {
  std::string name;
  bool input;
  int width;  // bits, at the parameters' defaults

  bool operator==(const Port&) const = default;
};

struct Parameter {
  std::string name;
  int value;  // the default: the config's value

  bool operator==(const Parameter&) const = default;
};

struct EmittedModule {
  std::string name;  // also the file's stem: rtl/<name>.v
  Role role;
  std::string purpose;  // one line
  std::optional<int>
      latency;  // cycles; 0 for combinational modules, none where a parameter sets it
  std::vector<Parameter> parameters;
  std::vector<Port> ports;
  std::string text;  // the whole file
};

struct Output {
  spec::Config config;
  spec::Signature signature;
  std::vector<EmittedModule> modules;  // children before parents, the array last; rtl/lib included

  const EmittedModule& top() const { return modules.back(); }
  // The only module of that role; nullptr when the datapath has none.
  const EmittedModule* find(Role role) const;
};

// The named module and, before it, everything it instantiates, directly or not.
std::vector<EmittedModule> closure(const Output& output, std::string_view module);

// Cycles of the output-stationary array, all counted while it is not stalled.
struct ArrayTiming {
  // From accepting a tile's last step to row 0 of its results: clusters + pe_latency + 1.
  int first_row_latency;
  // K steps below which back-to-back tiles wait for the drain: rows.
  int shortest_full_rate_tile;
};
ArrayTiming array_timing(const Output& output);

// Cycles from accepting a step to its results, in every array whose steps have results of their
// own: weight-stationary arrays (rows + cols + pe_latency - 1) and tensor cores (pe_latency).
int result_latency(const Output& output);

struct Datapath;

// `library_dir` holds rtl/lib's Verilog files, which are copied into the output.
spec::Checked<Output> generate(const spec::Config& config, const std::string& library_dir);

// The same array around a datapath of the caller's.
spec::Checked<Output> generate(const spec::Config& config, const Datapath& datapath,
                               const std::string& library_dir);

// manifest.json, files.f (the array) and stream.f (the packer and the unpacker of encoded words;
// empty where there are none), as text. Paths are relative to the output directory.
std::string manifest_json(const Output& output);
std::string file_list(const Output& output);
std::string stream_file_list(const Output& output);

}  // namespace sparq::gen
