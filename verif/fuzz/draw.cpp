// SPDX-License-Identifier: Apache-2.0
#include "verif/fuzz/draw.h"

#include <initializer_list>
#include <nlohmann/json.hpp>

#include "golden/spec/config_json.h"

namespace sparq::verif {
namespace {

using Json = nlohmann::json;

class Draw {
 public:
  explicit Draw(Rng& rng) : rng_(rng) {}

  Json config() {
    Json config = {{"name", "fuzz"}, {"format", format()}, {"array", array()}};
    maybe(config, "weight_bits", between(2, 16));
    maybe(config, "accumulator_bits", between(8, 64));
    maybe(config, "encoder", "none");
    maybe(config, "reset", "asynchronous");
    maybe(config, "clock_enable", true);
    maybe(config, "zero_gating", true);
    Json pipeline = Json::object();
    maybe(pipeline, "after_multiply", true);
    maybe(pipeline, "after_reduce", true);
    if (!pipeline.empty()) config["pipeline"] = pipeline;
    return config;
  }

 private:
  int between(int least, int most) {
    return least + static_cast<int>(rng_.below(static_cast<uint64_t>(most - least + 1)));
  }
  template <class T>
  T one_of(std::initializer_list<T> all) {
    return all.begin()[rng_.below(all.size())];
  }
  template <class T>
  void maybe(Json& object, const char* key, T value) {
    if (rng_.chance(300)) object[key] = value;
  }

  Json format() {
    Json format = Json::object();
    maybe(format, "signed_activations", true);
    if (rng_.chance(300)) {
      format["kind"] = one_of({"int8", "int4x8"});
      maybe(format, "activation_bits", between(spec::kMinActivationBits, spec::kMaxActivationBits));
      return format;
    }
    if (rng_.chance(500)) {
      format["placements"] = spec::placement_names()[rng_.below(spec::placement_names().size())];
    } else {
      general_window(format);
    }
    maybe(format, "rounding", "trim");
    maybe(format, "vsparq", false);
    return format;
  }

  // Any shifts between the two that must be there; the rules are the resolver's to check.
  void general_window(Json& format) {
    const int a = between(spec::kMinActivationBits, spec::kMaxActivationBits);
    const int n = between(1, a - 1);
    Json placements = Json::array({0});
    const int dense = between(0, 1000);
    for (int s = 1; s < a - n; ++s) {
      if (rng_.chance(dense)) placements.push_back(s);
    }
    placements.push_back(a - n);
    format["activation_bits"] = a;
    format["window_bits"] = n;
    format["placements"] = placements;
  }

  Json array() {
    Json array = {{"rows", between(1, 4)}, {"cols", between(1, 4)}};
    const char* kind = one_of({"systolic", "systolic", "tensor_core", "sparse_tensor_core"});
    if (std::string_view(kind) == "systolic") {
      maybe(array, "dataflow", "weight_stationary");
      if (!array.contains("dataflow")) array["cluster_cols"] = between(1, 4);
    } else {
      array["kind"] = kind;
      maybe(array, "depth", 4 * between(1, 4));
    }
    return array;
  }

  Rng& rng_;
};

}  // namespace

spec::Checked<spec::Config> to_config(const Json& config) {
  return spec::parse_config(config.dump(), "fuzz");
}

Json draw_config(Rng& rng) {
  while (true) {
    Json config = Draw(rng).config();
    if (to_config(config)) return config;
  }
}

}  // namespace sparq::verif
