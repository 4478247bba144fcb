// SPDX-License-Identifier: Apache-2.0
#include "golden/spec/config_json.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace sparq::spec {
namespace {

using Json = nlohmann::json;

// Reads one JSON object key by key; what is left over at the end is unknown.
class Reader {
 public:
  Reader(const Json& object, std::string where, std::string prefix, Problems& problems)
      : object_(object),
        where_(std::move(where)),
        prefix_(std::move(prefix)),
        problems_(problems) {}

  std::optional<int> integer(const std::string& key) {
    const Json* value = find(key);
    if (value == nullptr) return std::nullopt;
    // The range is wide enough for every key; the key's own rule is checked later.
    if (value->is_number_integer() && *value >= -1000000 && *value <= 1000000) {
      return value->get<int>();
    }
    problem(key, value->dump(), "must be an integer");
    return std::nullopt;
  }

  std::optional<bool> boolean(const std::string& key) {
    const Json* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (value->is_boolean()) return value->get<bool>();
    problem(key, value->dump(), "must be true or false");
    return std::nullopt;
  }

  std::optional<std::string> text(const std::string& key) {
    const Json* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (value->is_string()) return value->get<std::string>();
    problem(key, value->dump(), "must be a string");
    return std::nullopt;
  }

  // A string that `from` turns into an enumerator.
  template <class From>
  auto choice(const std::string& key, From from, const char* allowed) -> decltype(from("")) {
    const Json* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (value->is_string()) {
      if (auto parsed = from(value->get<std::string>())) return parsed;
    }
    problem(key, value->dump(), fmt::format("must be {}", allowed));
    return std::nullopt;
  }

  // A name or list as text, or an array of integers.
  std::optional<std::string> placements(const std::string& key) {
    const Json* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (value->is_string()) return value->get<std::string>();
    std::string list;
    bool good = value->is_array() && !value->empty();
    for (size_t i = 0; good && i < value->size(); ++i) {
      good = (*value)[i].is_number_integer();
      if (i > 0) list += ',';
      list += (*value)[i].dump();
    }
    if (good) return list;
    problem(key, value->dump(),
            "must be a name such as \"5opt\" or a list of shifts such as [0, 2, 4]");
    return std::nullopt;
  }

  const Json* object(const std::string& key) {
    const Json* value = find(key);
    if (value == nullptr || value->is_object()) return value;
    problem(key, value->dump(), "must be an object");
    return nullptr;
  }

  void finish() {
    for (const auto& [key, value] : object_.items()) {
      if (!seen_.contains(key)) {
        problem(key, value.dump(),
                fmt::format("unknown key; known here: {}", fmt::join(seen_, ", ")));
      }
    }
  }

 private:
  const Json* find(const std::string& key) {
    seen_.insert(key);
    const auto it = object_.find(key);
    return it == object_.end() ? nullptr : &*it;
  }

  void problem(const std::string& key, std::string value, std::string allowed) {
    problems_.push_back({where_, prefix_ + key, std::move(value), std::move(allowed)});
  }

  const Json& object_;
  std::string where_;
  std::string prefix_;
  Problems& problems_;
  std::set<std::string> seen_;
};

constexpr int kMaxNesting =
    32;  // no key of ours needs more than 3; deeper values cannot be printed

// "malformed JSON at line 3, column 17: ...". The place is counted here because nlohmann_json loses
// the column of a number at the end of a line.
std::string malformed(std::string_view text, const Json::exception& error, size_t byte) {
  const std::string_view before = text.substr(0, std::min(text.size(), byte > 0 ? byte - 1 : 0));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  // "[json.exception.parse_error.101] parse error at line 3, column 5: ..."
  std::string_view reason = error.what();
  reason.remove_prefix(std::min(reason.size(), reason.find(": ") + 2));
  return fmt::format("malformed JSON at line {}, column {}: {}", line,
                     before.size() - line_start + 1, reason);
}

// Parses JSON with comments and refuses repeated keys, which nlohmann_json would silently merge.
Checked<Json> parse_object(std::string_view text, const std::string& where) {
  Problems problems;
  std::vector<std::set<std::string>> open;
  bool too_deep = false;
  const Json::parser_callback_t on_event = [&](int depth, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end) open.pop_back();
    if (event == Json::parse_event_t::key && !open.back().insert(value.get<std::string>()).second) {
      problems.push_back(
          {where, value.get<std::string>(), "", "the key stands twice in one object"});
    }
    too_deep = too_deep || depth > kMaxNesting;
    return !too_deep;
  };
  try {
    Json json = Json::parse(text, on_event, /*allow_exceptions=*/true, /*ignore_comments=*/true);
    if (too_deep) {
      return fail(where, "", "", fmt::format("must not nest deeper than {} levels", kMaxNesting));
    }
    if (!json.is_object()) return fail(where, "", "", "must hold one JSON object");
    if (!problems.empty()) return tl::unexpected(std::move(problems));
    return json;
  } catch (const Json::parse_error& error) {
    return fail(where, "", "", malformed(text, error, error.byte));
  } catch (const Json::exception& error) {  // a number too large for any type
    return fail(where, "", "", std::string("malformed JSON: ") + error.what());
  }
}

FormatFields read_format(const Json& json, const std::string& where, const std::string& prefix,
                         Problems& problems) {
  Reader reader(json, where, prefix, problems);
  FormatFields fields;
  fields.kind = reader.choice("kind", kind_from, "sparq, int8 or int4x8");
  fields.activation_bits = reader.integer("activation_bits");
  fields.signed_activations = reader.boolean("signed_activations");
  fields.window_bits = reader.integer("window_bits");
  fields.placements = reader.placements("placements");
  fields.rounding = reader.choice("rounding", rounding_from, "trim or nearest");
  fields.vsparq = reader.boolean("vsparq");
  reader.finish();
  return fields;
}

void read_array(const Json& json, const std::string& where, ConfigFields& fields,
                Problems& problems) {
  Reader reader(json, where, "array.", problems);
  fields.array_kind =
      reader.choice("kind", array_kind_from, "systolic, tensor_core or sparse_tensor_core");
  fields.dataflow =
      reader.choice("dataflow", dataflow_from, "output_stationary or weight_stationary");
  fields.rows = reader.integer("rows");
  fields.cols = reader.integer("cols");
  fields.cluster_cols = reader.integer("cluster_cols");
  fields.depth = reader.integer("depth");
  reader.finish();
}

void read_pipeline(const Json& json, const std::string& where, ConfigFields& fields,
                   Problems& problems) {
  Reader reader(json, where, "pipeline.", problems);
  fields.after_multiply = reader.boolean("after_multiply");
  fields.after_reduce = reader.boolean("after_reduce");
  reader.finish();
}

Checked<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  std::array<char, 4096> part;
  while (file) {
    file.read(part.data(), part.size());
    text.append(part.data(), static_cast<size_t>(file.gcount()));
  }
  if (!file.eof()) return fail(path, "", "", "cannot be read");
  return text;
}

// Merges the problems of reading with those of the rules, so that a user sees all of them.
template <class T>
Checked<T> merge(Problems problems, Checked<T> result) {
  if (problems.empty()) return result;
  if (!result) problems.insert(problems.end(), result.error().begin(), result.error().end());
  return tl::unexpected(std::move(problems));
}

}  // namespace

Checked<Config> parse_config(std::string_view text, const std::string& where) {
  const Checked<Json> json = parse_object(text, where);
  if (!json) return tl::unexpected(json.error());
  Problems problems;
  Reader reader(*json, where, "", problems);
  ConfigFields fields;
  if (const auto version = reader.integer("schema_version");
      version && *version != kSchemaVersion) {
    problems.push_back({where, "schema_version", std::to_string(*version),
                        fmt::format("must be {}", kSchemaVersion)});
  }
  fields.name = reader.text("name");
  fields.weight_bits = reader.integer("weight_bits");
  fields.accumulator_bits = reader.integer("accumulator_bits");
  fields.encoder = reader.choice("encoder", encoder_from, "edge or none");
  if (const Json* format = reader.object("format")) {
    fields.format = read_format(*format, where, "format.", problems);
  }
  if (const Json* array = reader.object("array")) read_array(*array, where, fields, problems);
  if (const Json* pipeline = reader.object("pipeline")) {
    read_pipeline(*pipeline, where, fields, problems);
  }
  fields.reset = reader.choice("reset", reset_from, "synchronous or asynchronous");
  fields.clock_enable = reader.boolean("clock_enable");
  fields.zero_gating = reader.boolean("zero_gating");
  reader.finish();
  return merge(std::move(problems), resolve(fields, where));
}

Checked<Format> parse_format(std::string_view text, const std::string& where) {
  const Checked<Json> json = parse_object(text, where);
  if (!json) return tl::unexpected(json.error());
  Problems problems;
  const FormatFields fields = read_format(*json, where, "", problems);
  return merge(std::move(problems), resolve(fields, where, ""));
}

Checked<Config> load_config(const std::string& path) {
  return read_file(path).and_then(
      [&](const std::string& text) { return parse_config(text, path); });
}

Checked<Format> load_format(const std::string& path) {
  return read_file(path).and_then(
      [&](const std::string& text) { return parse_format(text, path); });
}

std::string canonical_json(const Config& config) {
  const Format& f = config.format;
  Json format = {{"kind", to_text(f.kind)},
                 {"activation_bits", f.activation_bits},
                 {"signed_activations", f.signed_activations}};
  if (f.kind == Kind::kSparq) {
    format["window_bits"] = f.window_bits;
    format["placements"] = f.placements;
    format["rounding"] = to_text(f.rounding);
    format["vsparq"] = f.vsparq;
  }
  const Array& a = config.array;
  Json array = {{"kind", to_text(a.kind)}, {"rows", a.rows}, {"cols", a.cols}};
  if (a.kind == ArrayKind::kSystolic) {
    array["dataflow"] = to_text(a.dataflow);
  } else {
    array["depth"] = a.depth;
  }
  if (a.cluster_cols > 0) array["cluster_cols"] = a.cluster_cols;
  // nlohmann::json keeps object keys sorted.
  return Json{{"schema_version", kSchemaVersion},
              {"name", config.name},
              {"format", format},
              {"weight_bits", config.weight_bits},
              {"accumulator_bits", config.accumulator_bits},
              {"array", array},
              {"encoder", to_text(config.encoder)},
              {"pipeline",
               {{"after_multiply", config.pipeline.after_multiply},
                {"after_reduce", config.pipeline.after_reduce}}},
              {"reset", to_text(config.reset)},
              {"clock_enable", config.clock_enable},
              {"zero_gating", config.zero_gating}}
      .dump();
}

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash;
  unsigned int length = 0;
  EVP_Digest(bytes.data(), bytes.size(), hash.data(), &length, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) hex += fmt::format("{:02x}", hash[i]);
  return hex;
}

std::string digest(const Config& config) { return sha256(canonical_json(config)); }

}  // namespace sparq::spec
