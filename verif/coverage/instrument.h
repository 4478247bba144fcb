// SPDX-License-Identifier: Apache-2.0
// A copy of a design with monitors in it: the same ports, the same behaviour.
#pragma once

#include <map>
#include <string>

#include "gen/generate.h"
#include "verif/coverage/bins.h"

namespace sparq::verif {

// One kind of monitor.
struct Point {
  std::string what;    // "words at elements"
  std::string module;  // that they watch
  size_t instances;
  Bins bins;
};

struct Instrumented {
  gen::Output output;
  std::map<std::string, Point> points;  // by the monitor's instance name
};

// Without monitors where the array is not an emitted one.
Instrumented instrument(const gen::Output& output);

// ------------------------------------------------------------ shared by the kinds of arrays
// The monitors of arrays whose steps have results of their own.
void instrument_stream(Instrumented& design);

// Inserts `text` at the end of the only module of that role.
void add_to(gen::Output& output, gen::Role role, const std::string& text);

// Instances of monitors, as text; `bits` is the width of a word.
std::string stream_monitor(const std::string& name, const std::string& valid,
                           const std::string& ready);
std::string pair_monitor(const spec::Format& format, const std::string& enable,
                         const std::string& pair);
std::string word_monitor(const spec::Format& format, const std::string& enable,
                         const std::string& word, int bits);

// Bins of word_monitor.
Bins words(const spec::Format& format);

}  // namespace sparq::verif
