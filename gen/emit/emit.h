// SPDX-License-Identifier: Apache-2.0
// One emitter per module. Each returns a module that other emitters may instantiate.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gen/generate.h"
#include "gen/verilog/module.h"
#include "golden/spec/config.h"

namespace sparq::gen {

struct Unit {
  std::unique_ptr<verilog::Module> module;
  Role role;
  std::string purpose;
  int latency;  // cycles
};

// The unit as it is written out.
EmittedModule emitted(const Unit& unit);

// "sparq_<config name>_<stem>".
std::string module_name(const spec::Config& config, const std::string& stem);

// An empty module whose resets act as the configuration says.
std::unique_ptr<verilog::Module> new_module(const spec::Config& config, const std::string& name,
                                            const std::string& header);

// Whether activations, and with them their digits, carry a sign.
verilog::Sign activation_sign(const spec::Config& config);

// Of a port of raw activations: "unsigned" or "two's complement".
std::string activation_comment(const spec::Config& config);

// Of a port rst_ni: "synchronous, active low".
std::string reset_comment(const spec::Config& config);

// The AsyncReset of a library module's instance; none where the default, synchronous, will do.
std::vector<std::pair<std::string, verilog::Num>> reset_parameter(const spec::Config& config);

// The comment above a module: purpose, equation (lines that are indented), latency, provenance.
std::string header(const spec::Config& config, const std::string& name, const std::string& purpose,
                   const std::string& equation, const std::string& latency);
std::string header(const spec::Config& config, const std::string& name, const std::string& purpose,
                   const std::string& equation, int latency_cycles);

// The shifts at which both digits of a lone survivor have a placement: s with s + n beside it.
std::vector<int> survivor_placements(const spec::Format& format);

// bSPARQ of one activation: x -> (digit, code), the window being one of `placements`. `stem` tells
// the unit for a lone survivor (window 2n) from the ordinary one.
Unit emit_trim_round(const spec::Config& config, const std::string& stem, int window_bits,
                     const std::vector<int>& placements);

// A pair of activations -> the word of docs/encoded-pair.md. `survivor` (null when 2n >= A or
// without the pair rule) rounds an activation whose partner is zero.
Unit emit_pair_encoder(const spec::Config& config, const verilog::Interface& trim_round,
                       const verilog::Interface* survivor);

// Static 4-bit digits of a pair: q = min(RNE(x / 2^(A-4)), 15), with signed activations in -8..7.
Unit emit_static4_encoder(const spec::Config& config);

// digit x weight, shifted to its place.
Unit emit_lane(const spec::Config& config);

// Of a group's four activations of `element_bits` the two that face its nonzero weights:
//   activation_i, index0_i, used0_i, index1_i, used1_i -> pair_o, {slot 1, slot 0}
// Unless `masked` there is no used0_i, used1_i: an empty slot yields what its index says.
Unit emit_selection(const spec::Config& config, int element_bits, bool masked);

// Encoded words, for sparse tensor cores packed 2:4 weights, to memory words and back
// (docs/encoded-stream.md).
Unit emit_stream_packer(const spec::Config& config);
Unit emit_stream_unpacker(const spec::Config& config);

// C = accumulator * 2^(A-4): what static 4-bit digits leave out.
Unit emit_static4_finish(const spec::Config& config);

}  // namespace sparq::gen
