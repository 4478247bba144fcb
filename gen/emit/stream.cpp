// SPDX-License-Identifier: Apache-2.0
// Encoded activations, or packed 2:4 weights, on their way to memory and back:
// docs/encoded-stream.md. The library packs words of any width; what is emitted for a configuration
// is its word.
#include <fmt/format.h>

#include "gen/emit/emit.h"
#include "gen/emit/library.h"
#include "golden/spec/pair_layout.h"

namespace sparq::gen {

using namespace verilog;

namespace {

constexpr int kMemoryBits = 32;
constexpr int kLengthBits = 16;

struct Word {
  std::string plural;
  std::string text;
  int bits;
};

// Pairs behind a 2:4 selection depend on the weights and do not travel; packed weights do.
bool of_weights(const spec::Config& config) {
  return config.array.kind == spec::ArrayKind::kSparseTensorCore;
}

// What one word of a row is: a 2:4 group, an encoded pair, two static digits or one activation.
Word word_of(const spec::Config& config) {
  if (of_weights(config)) {
    return {"packed 2:4 groups", "the packed group of weights at K = 4i to 4i + 3",
            spec::kSparseSlots * (config.weight_bits + spec::kSparseIndexBits)};
  }
  const spec::Format& format = config.format;
  switch (format.kind) {
    case spec::Kind::kSparq:
      return {"encoded words", "the encoded pair of K = 2i and 2i + 1",
              spec::pair_layout(format).bits()};
    case spec::Kind::kInt4x8:
      return {"encoded words", "the static digits of K = 2i and 2i + 1, the first lowest",
              2 * format.window_bits};
    case spec::Kind::kInt8:
      break;
  }
  return {"encoded words", "the activation of K = i", format.activation_bits};
}

std::string layout(const spec::Config& config, const Word& word) {
  return fmt::format(
      "  word i of a row = {}, {} bits{}\n"
      "  bit b of a row  = bit b modulo {} of its word b / {}\n"
      "                  = bit b modulo MemoryBits of its memory word b / MemoryBits\n\n"
      "A row begins with a new memory word; zeros fill its last one. docs/encoded-stream.md.",
      word.text, word.bits, of_weights(config) ? " as configured" : "", word.bits, word.bits);
}

// Of weights of any width: a parameter, as in the array.
Num word_bits(const spec::Config& config, const Word& word, Module& m) {
  if (!of_weights(config)) return word.bits;
  const Num weight_bits =
      m.parameter("WeightBits", config.weight_bits, 2, "of one weight, two's complement");
  return spec::kSparseSlots * (weight_bits + spec::kSparseIndexBits);
}

using Parameters = std::vector<std::pair<std::string, Num>>;

Parameters with_reset(const spec::Config& config, Parameters parameters) {
  for (const auto& parameter : reset_parameter(config)) parameters.push_back(parameter);
  return parameters;
}

}  // namespace

Unit emit_stream_packer(const spec::Config& config) {
  const Word word = word_of(config);
  const std::string name = module_name(config, "stream_packer");
  const std::string purpose = fmt::format("rows of {}, packed into memory words", word.plural);
  auto module = new_module(config, name, header(config, name, purpose, layout(config, word), 1));
  Module& m = *module;
  const Num bits = word_bits(config, word, m);
  const Num memory_bits =
      m.parameter("MemoryBits", kMemoryBits, 8, "bits of a memory word, a multiple of 8");
  const Signal& clock = m.input("clk_i", 1);
  const Signal& reset = m.input("rst_ni", 1, reset_comment(config));
  const Signal& word_valid = m.input("word_valid_i", 1, word.plural + ", row by row");
  const Signal& word_ready = m.output("word_ready_o", 1);
  const Signal& word_last = m.input("word_last_i", 1, "the last word of its row");
  const Signal& word_data = m.input("word_data_i", bits);
  const Signal& memory_valid = m.output("memory_valid_o", 1, "memory words, row by row");
  const Signal& memory_ready = m.input("memory_ready_i", 1);
  const Signal& memory_last = m.output("memory_last_o", 1, "the last memory word of its row");
  const Signal& memory_data = m.output("memory_data_o", memory_bits);
  m.instance(stream_packer(), "u_packer",
             with_reset(config, {{"WordBits", bits}, {"MemoryBits", memory_bits}}),
             {{"clk_i", clock},
              {"rst_ni", reset},
              {"word_valid_i", word_valid},
              {"word_last_i", word_last},
              {"word_data_i", word_data},
              {"memory_ready_i", memory_ready}},
             {{"word_ready_o", word_ready},
              {"memory_valid_o", memory_valid},
              {"memory_last_o", memory_last},
              {"memory_data_o", memory_data}});
  return {std::move(module), Role::kStreamPacker, purpose, 1};
}

Unit emit_stream_unpacker(const spec::Config& config) {
  const Word word = word_of(config);
  const std::string name = module_name(config, "stream_unpacker");
  const std::string purpose = fmt::format("memory words, unpacked into rows of {}", word.plural);
  auto module = new_module(config, name, header(config, name, purpose, layout(config, word), 1));
  Module& m = *module;
  const Num bits = word_bits(config, word, m);
  const Num memory_bits =
      m.parameter("MemoryBits", kMemoryBits, 8, "bits of a memory word, a multiple of 8");
  const Num length_bits = m.parameter("LengthBits", kLengthBits, 1, "bits of row_words_i");
  const Signal& clock = m.input("clk_i", 1);
  const Signal& reset = m.input("rst_ni", 1, reset_comment(config));
  const Signal& row_words = m.input("row_words_i", length_bits, "words in a row, steady during it");
  const Signal& memory_valid = m.input("memory_valid_i", 1, "memory words, row by row");
  const Signal& memory_ready = m.output("memory_ready_o", 1);
  const Signal& memory_data = m.input("memory_data_i", memory_bits);
  const Signal& word_valid = m.output("word_valid_o", 1, word.plural + ", row by row");
  const Signal& word_ready = m.input("word_ready_i", 1);
  const Signal& word_last = m.output("word_last_o", 1, "the last word of its row");
  const Signal& word_data = m.output("word_data_o", bits);
  m.instance(
      stream_unpacker(), "u_unpacker",
      with_reset(config,
                 {{"WordBits", bits}, {"MemoryBits", memory_bits}, {"LengthBits", length_bits}}),
      {{"clk_i", clock},
       {"rst_ni", reset},
       {"row_words_i", row_words},
       {"memory_valid_i", memory_valid},
       {"memory_data_i", memory_data},
       {"word_ready_i", word_ready}},
      {{"memory_ready_o", memory_ready},
       {"word_valid_o", word_valid},
       {"word_last_o", word_last},
       {"word_data_o", word_data}});
  return {std::move(module), Role::kStreamUnpacker, purpose, 1};
}

}  // namespace sparq::gen
