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

// Puts monitors at the end of the array, whose clock runs freely while those of its elements may
// rest in a stall. They look into the elements.
void insert(gen::Output& output, const std::string& monitors);

// A generate loop gen_cover_INDEX over cover_INDEX, as text.
std::string loop(const std::string& index, const std::string& count, const std::string& body);

// When a monitor looks, and in which (8 bits) of how many situations, as Verilog expressions.
struct Sample {
  std::string when;
  std::string situation;
  size_t situations;
};
std::string sample_ports(const Sample& sample);

// "clk_en_i && " where there is one: while it is low nothing is offered, and no stall holds a step.
std::string running(const spec::Config& config);

// Instances of monitors, as text; `bits` is the width of a word.
std::string stream_monitor(const std::string& name, const std::string& valid,
                           const std::string& ready);
std::string encoder_monitor(const spec::Format& format, const Sample& sample,
                            const std::string& pair);
std::string word_monitor(const spec::Format& format, const Sample& sample, const std::string& word,
                         int bits);

// Bins of encoder_monitor, none where nothing is encoded, and of word_monitor.
Bins encoders(const spec::Format& format);
Bins words(const spec::Format& format);

}  // namespace sparq::verif
