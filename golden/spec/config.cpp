// SPDX-License-Identifier: Apache-2.0
#include "golden/spec/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace sparq::spec {
namespace {

bool legal_name(const std::string& name) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto tail = [&](char c) { return lower(c) || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name.size() <= 48 && lower(name.front()) &&
         std::all_of(name.begin(), name.end(), tail);
}

std::string default_name(const Config& config) {
  const Array& a = config.array;
  const std::string format = short_name(config.format);
  if (a.kind != ArrayKind::kSystolic) {
    return fmt::format("{}{}x{}x{}_{}", a.kind == ArrayKind::kTensorCore ? "tc" : "stc", a.rows,
                       a.cols, a.depth, format);
  }
  const std::string size =
      a.rows == a.cols ? std::to_string(a.rows) : fmt::format("{}x{}", a.rows, a.cols);
  return fmt::format("{}{}_{}", a.dataflow == Dataflow::kOutputStationary ? "sa" : "ws", size,
                     format);
}

// Multiplying units of a default dot-product unit.
constexpr int kDefaultMultipliers = 4;

class Resolver {
 public:
  Resolver(const ConfigFields& fields, const std::string& where) : fields_(fields), where_(where) {}

  Checked<Config> run() {
    if (auto format = resolve(fields_.format, where_, "format."); format) {
      config_.format = *std::move(format);
    } else {
      problems_ = std::move(format.error());
    }
    config_.weight_bits = in_range("weight_bits", fields_.weight_bits, 8, 2, 16);
    config_.array.kind = fields_.array_kind.value_or(ArrayKind::kSystolic);
    config_.encoder = fields_.encoder.value_or(Encoder::kEdge);
    if (config_.array.kind == ArrayKind::kSystolic) {
      systolic();
    } else {
      tensor_core();
    }
    const int least = least_accumulator_bits(config_);
    config_.accumulator_bits =
        in_range("accumulator_bits", fields_.accumulator_bits, 32, least, 64,
                 config_.array.kind == ArrayKind::kSystolic
                     ? " (activation_bits + weight_bits + 2 holds two steps)"
                     : " (activation_bits + weight_bits + log2(depth) + 1 holds two steps)");
    config_.pipeline = {fields_.after_multiply.value_or(false),
                        fields_.after_reduce.value_or(false)};
    config_.reset = fields_.reset.value_or(Reset::kSynchronous);
    config_.clock_enable = fields_.clock_enable.value_or(false);
    config_.zero_gating = fields_.zero_gating.value_or(false);
    name();
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    return config_;
  }

 private:
  void systolic() {
    Array& array = config_.array;
    array.dataflow = fields_.dataflow.value_or(Dataflow::kOutputStationary);
    array.rows = in_range("array.rows", fields_.rows, 16, 1, kMaxArrayEdge);
    array.cols = in_range("array.cols", fields_.cols, 16, 1, kMaxArrayEdge);
    if (array.dataflow == Dataflow::kOutputStationary) {
      array.cluster_cols =
          in_range("array.cluster_cols", fields_.cluster_cols, 4, 1, kMaxArrayEdge);
    } else {
      no_clusters(to_text(array.dataflow));
      gates_something(to_text(array.dataflow));
    }
    if (fields_.depth) {
      problem("array.depth", std::to_string(*fields_.depth),
              "has no meaning for kind systolic; leave it out");
    }
  }

  void tensor_core() {
    Array& array = config_.array;
    const auto kind = to_text(array.kind);
    if (fields_.dataflow) {
      problem("array.dataflow", std::string(to_text(*fields_.dataflow)),
              fmt::format("has no meaning for kind {}; leave it out", kind));
    }
    no_clusters(kind);
    array.rows = in_range("array.rows", fields_.rows, 4, 1, kMaxTensorEdge);
    array.cols = in_range("array.cols", fields_.cols, 4, 1, kMaxTensorEdge);
    // A group of 4 keeps a full-width unit busy twice and a two-lane unit once.
    const int sparse = array.kind == ArrayKind::kSparseTensorCore ? 2 : 1;
    const int unit = depth_unit(array.kind, config_.format);
    const int standard = kDefaultMultipliers * sparse * k_per_word(config_.format);
    array.depth = in_range("array.depth", fields_.depth, standard, unit, kMaxDepth);
    if (array.depth % unit != 0) {
      problem("array.depth", std::to_string(array.depth),
              fmt::format("must be a multiple of {}", unit));
    }
    if (array.kind == ArrayKind::kSparseTensorCore && config_.encoder == Encoder::kNone) {
      problem("encoder", "none",
              "must be edge: with 2:4 weights the pairs depend on the selection inside");
    }
    gates_something(kind);
  }

  // Sums that no element keeps move on at every step: only stages in front of them could hold.
  void gates_something(std::string_view what) {
    const bool stages =
        fields_.after_multiply.value_or(false) || fields_.after_reduce.value_or(false);
    if (!fields_.zero_gating.value_or(false) || stages) return;
    problem("zero_gating", "true",
            fmt::format("needs pipeline.after_multiply or after_reduce for {}: no other register "
                        "can hold",
                        what));
  }

  void no_clusters(std::string_view what) {
    config_.array.cluster_cols = 0;
    if (!fields_.cluster_cols) return;
    problem("array.cluster_cols", std::to_string(*fields_.cluster_cols),
            fmt::format("has no meaning for {}; leave it out", what));
  }

  void name() {
    config_.name = fields_.name.value_or(default_name(config_));
    // A default name is wrong only when it is made of values that were reported already.
    if (fields_.name && !legal_name(config_.name)) {
      problem("name", config_.name,
              "must be 1..48 characters a-z, 0-9 and _, beginning with a letter (it becomes part "
              "of module names)");
    }
  }

  int in_range(const char* field, std::optional<int> value, int fallback, int least, int most,
               const char* why = "") {
    const int number = value.value_or(fallback);
    if (number < least || number > most) {
      problem(field, std::to_string(number), fmt::format("must be {}..{}{}", least, most, why));
    }
    return number;
  }

  void problem(const char* field, std::string value, std::string allowed) {
    problems_.push_back({where_, field, std::move(value), std::move(allowed)});
  }

  const ConfigFields& fields_;
  const std::string& where_;
  Config config_;
  Problems problems_;
};

template <class Enum, size_t N>
std::optional<Enum> from_text(std::string_view text, const std::array<Enum, N>& all) {
  const auto it =
      std::find_if(all.begin(), all.end(), [&](Enum value) { return to_text(value) == text; });
  return it == all.end() ? std::nullopt : std::optional(*it);
}

}  // namespace

int clusters(const Array& array) {
  const int each = std::max(1, array.cluster_cols);
  return (array.cols + each - 1) / each;
}

int depth_unit(ArrayKind kind, const Format& format) {
  return kind == ArrayKind::kSparseTensorCore ? 4 : k_per_word(format);
}

int least_accumulator_bits(const Config& config) {
  const auto depth = static_cast<unsigned>(std::max(1, config.array.depth));
  const int depth_bits = static_cast<int>(std::bit_width(depth - 1));
  return config.format.activation_bits + config.weight_bits + std::max(2, depth_bits + 1);
}

Checked<Config> resolve(const ConfigFields& fields, const std::string& where) {
  return Resolver(fields, where).run();
}

int64_t safe_k(const Config& config) {
  const auto largest = static_cast<int64_t>((uint64_t{1} << (config.accumulator_bits - 1)) - 1);
  const int a = config.format.activation_bits;
  const int64_t activation =
      config.format.signed_activations ? int64_t{1} << (a - 1) : (int64_t{1} << a) - 1;
  return largest / (activation << (config.weight_bits - 1));
}

std::string_view to_text(ArrayKind kind) {
  constexpr std::array<std::string_view, 3> names = {"systolic", "tensor_core",
                                                     "sparse_tensor_core"};
  return names.at(static_cast<size_t>(kind));
}

std::string_view to_text(Dataflow dataflow) {
  return dataflow == Dataflow::kOutputStationary ? "output_stationary" : "weight_stationary";
}

std::string_view to_text(Encoder encoder) { return encoder == Encoder::kEdge ? "edge" : "none"; }

std::string_view to_text(Reset reset) {
  return reset == Reset::kSynchronous ? "synchronous" : "asynchronous";
}

std::optional<ArrayKind> array_kind_from(std::string_view text) {
  return from_text(
      text, std::array{ArrayKind::kSystolic, ArrayKind::kTensorCore, ArrayKind::kSparseTensorCore});
}

std::optional<Dataflow> dataflow_from(std::string_view text) {
  return from_text(text, std::array{Dataflow::kOutputStationary, Dataflow::kWeightStationary});
}

std::optional<Encoder> encoder_from(std::string_view text) {
  return from_text(text, std::array{Encoder::kEdge, Encoder::kNone});
}

std::optional<Reset> reset_from(std::string_view text) {
  return from_text(text, std::array{Reset::kSynchronous, Reset::kAsynchronous});
}

}  // namespace sparq::spec
