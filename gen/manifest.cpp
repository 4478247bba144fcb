// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <set>

#include "gen/generate.h"
#include "golden/spec/config_json.h"

namespace sparq::gen {

using Json = nlohmann::ordered_json;

namespace {

Json timing_cycles(const Output& output) {
  const spec::Array& array = output.config.array;
  Json timing = {{"pe_latency", output.signature.pe_latency}};
  if (array.kind == spec::ArrayKind::kSystolic &&
      array.dataflow == spec::Dataflow::kOutputStationary) {
    const ArrayTiming tiles = array_timing(output);
    timing["first_row_latency"] = tiles.first_row_latency;
    timing["shortest_full_rate_tile"] = tiles.shortest_full_rate_tile;
  } else {
    timing["result_latency"] = result_latency(output);
  }
  return timing;
}

}  // namespace

std::string manifest_json(const Output& output) {
  const spec::Signature& s = output.signature;
  Json modules = Json::array();
  for (const EmittedModule& m : output.modules) {
    Json parameters = Json::object();
    for (const Parameter& p : m.parameters) parameters[p.name] = p.value;
    Json ports = Json::array();
    for (const Port& p : m.ports) {
      ports.push_back(
          {{"name", p.name}, {"direction", p.input ? "input" : "output"}, {"width", p.width}});
    }
    modules.push_back({{"name", m.name},
                       {"role", to_text(m.role)},
                       {"purpose", m.purpose},
                       {"file", "rtl/" + m.name + ".v"},
                       {"latency_cycles", m.latency ? Json(*m.latency) : Json(nullptr)},
                       {"parameters", parameters},
                       {"ports", ports},
                       {"sha256", spec::sha256(m.text)}});
  }
  const Json manifest = {
      {"schema_version", spec::kSchemaVersion},
      {"tool", {{"sparq", SPARQ_VERSION}}},
      {"command", "sparq gen " + output.config.name + ".json -o " + output.config.name},
      {"config_digest", spec::digest(output.config)},
      {"config", Json::parse(spec::canonical_json(output.config))},
      {"top", output.top().name},
      {"k_per_step", s.k_per_step},
      {"macs_per_cycle", s.k_per_step * output.config.array.rows * output.config.array.cols},
      {"safe_k", spec::safe_k(output.config)},
      {"bus_bits",
       {{"raw_activation", s.raw_activation_bits},
        {"activation", s.activation_bits},
        {"raw_weight", s.raw_weight_bits},
        {"weight", s.weight_bits},
        {"accumulator", s.accumulator_bits},
        {"side_sum", s.side_bits}}},
      {"timing_cycles", timing_cycles(output)},
      {"modules", modules}};
  return manifest.dump(2) + "\n";
}

namespace {

// The files of some modules and of all they instantiate, each once.
std::string list_of(const Output& output, const std::vector<const EmittedModule*>& tops) {
  std::set<std::string> needed;
  for (const EmittedModule* top : tops) {
    for (const EmittedModule& m : closure(output, top->name)) needed.insert(m.name);
  }
  std::string list;
  for (const EmittedModule& m : output.modules) {
    if (needed.contains(m.name)) list += "rtl/" + m.name + ".v\n";
  }
  return list;
}

}  // namespace

std::string file_list(const Output& output) { return list_of(output, {&output.top()}); }

std::string stream_file_list(const Output& output) {
  const EmittedModule* packer = output.find(Role::kStreamPacker);
  const EmittedModule* unpacker = output.find(Role::kStreamUnpacker);
  if (packer == nullptr || unpacker == nullptr) return "";
  return list_of(output, {packer, unpacker});
}

}  // namespace sparq::gen
