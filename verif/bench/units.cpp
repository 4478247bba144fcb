// SPDX-License-Identifier: Apache-2.0
#include "verif/bench/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "app/host/output.h"
#include "golden/require.h"
#include "golden/spec/config_json.h"
#include "golden/spec/signature.h"
#include "verif/bench/encoded_stream.h"
#include "verif/bench/library.h"
#include "verif/bench/pe_products.h"
#include "verif/bench/pe_sequences.h"
#include "verif/bench/skid_buffer.h"
#include "verif/bench/unit_vectors.h"
#include "verif/bench/ws_pe.h"

namespace sparq::verif {
namespace {

using gen::EmittedModule;
using gen::Role;
using host::Result;
using Checks = std::vector<Check>;

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// A module under test and where its failures go.
struct Bench {
  const gen::Output& output;
  const EmittedModule& module;
  const CheckOptions& options;
};

// Of a port, or of the bits of it that `name` names.
int width_of(const EmittedModule& module, const std::string& name) {
  const auto at = std::find_if(module.ports.begin(), module.ports.end(),
                               [&](const gen::Port& p) { return p.name == port_of(name); });
  return at == module.ports.end() ? 1 : port_bits(name, at->width).bits;
}

// Whether what a row must answer depends on the rows before it.
bool remembers(const Vectors& vectors) {
  return vectors.clocked() ||
         std::ranges::find(vectors.inputs(), "clk_i") != vectors.inputs().end();
}

std::string describe(const gen::Output& output, const EmittedModule& module,
                     const CaseFile& contents, const Mismatch& mismatch) {
  const Vectors& vectors = contents.vectors;
  std::string text =
      fmt::format("{}, config {}, digest {}, seed {}\n  {} {} of {}:\n", module.name,
                  output.config.name, contents.config_digest, contents.seed,
                  vectors.clocked() ? "cycle" : "vector", mismatch.row, vectors.rows());
  const auto inputs = vectors.input_row(mismatch.row);
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::string& name = vectors.inputs()[i];
    text += fmt::format("  {} = {} ({})\n", name, bits_text(inputs[i], width_of(module, name)),
                        inputs[i]);
  }
  text += explain(module.role, output.config, vectors, mismatch.row);
  text += fmt::format("  {}: expected {} ({})\n  {}: got      {} ({})", mismatch.port,
                      bits_text(mismatch.expected, mismatch.width), mismatch.expected,
                      mismatch.port, bits_text(mismatch.got, mismatch.width), mismatch.got);
  return text;
}

// Leaves `contents` in the case directory and completes a failed check with it.
void keep_case(const Bench& bench, const std::string& slug, const CaseFile& contents,
               Check& check) {
  const auto path = bench.options.case_dir / fmt::format("{}-{}.json", bench.module.name, slug);
  std::ofstream file(path, std::ios::binary);
  file << case_json(contents);
  if (file.flush()) {
    check.case_file = path;
  } else {
    check.detail += fmt::format("\n  {} cannot be written", path.string());
  }
}

// Runs vectors on a fresh instance per seed.
Check check_vectors(const Bench& bench, const Model& model, const Vectors& vectors,
                    const std::vector<uint64_t>& seeds, const std::string& slug, Check check) {
  const Stopwatch watch;
  check.module = bench.module.name;
  check.passed = true;
  for (const uint64_t seed : seeds) {
    Dut dut = model.make(seed);
    const auto mismatch = run_vectors(dut, vectors);
    check.cases += mismatch ? mismatch->row + 1 : vectors.rows();
    if (!mismatch) continue;
    check.passed = false;
    const CaseFile whole = {bench.module.name, spec::digest(bench.output.config), seed, vectors};
    check.detail = describe(bench.output, bench.module, whole, *mismatch);
    CaseFile shortest = whole;
    shortest.vectors = vectors.slice(remembers(vectors) ? 0 : mismatch->row, mismatch->row + 1);
    keep_case(bench, slug, shortest, check);
    break;
  }
  check.passed = check.passed && check.cases > 0;
  check.seconds = watch.seconds();
  return check;
}

Result<Checks> check_unit_vectors(const Bench& bench) {
  const auto unit =
      unit_vectors(bench.module, bench.output.config, bench.options.level, bench.options.seed);
  golden::require(unit.has_value(), "a unit with vectors");
  auto simulator = Simulator::open(1);
  if (!simulator) return tl::unexpected(simulator.error());
  const auto model = simulator->build(bench.output, bench.module.name);
  if (!model) return tl::unexpected(model.error());
  return Checks{
      check_vectors(bench, *model, unit->vectors, {bench.options.seed}, "vectors",
                    {.kind = unit->exhaustive ? "exhaustive" : "random", .title = unit->title})};
}

// The words a model of the encoder gives for every raw step; none where it has no encoder or the
// steps are too many.
Result<std::vector<uint64_t>> encode_with_model(const gen::Output& output, Simulator& simulator,
                                                uint64_t seed) {
  std::vector<uint64_t> words;
  const EmittedModule* encoder = output.find(Role::kActivationEncoder);
  const Sampled<RawStep> steps = raw_steps(output.config, 0, seed);
  if (!steps.exhaustive) return words;
  if (encoder == nullptr) {
    if (output.config.format.kind != spec::Kind::kInt8) return words;
    for (const RawStep& raw : steps.values) words.push_back(raw[0]);
    return words;
  }
  const auto model = simulator.build(output, encoder->name);
  if (!model) return tl::unexpected(model.error());
  Dut dut = model->make(seed);
  Port in = dut.port("activation_i");
  const Port out = dut.port("activation_o");
  for (const RawStep& raw : steps.values) {
    in.set(raw[0] | uint64_t{raw[1]} << output.config.format.activation_bits);
    dut.eval();
    words.push_back(out.get());
  }
  return words;
}

Check check_products(const Bench& bench, const Model& model, const ProductPlan& plan) {
  const Stopwatch watch;
  const spec::Config& config = bench.output.config;
  Check check = {.module = bench.module.name,
                 .kind = plan.exhaustive ? "exhaustive" : "random",
                 .title = plan.title};
  const uint64_t seed = bench.options.seed;
  const ProductResult result = run_products(model, config, plan, bench.options.jobs, seed);
  check.cases = result.products;
  check.passed = !result.wrong && result.products > 0;
  check.seconds = watch.seconds();
  if (!result.wrong) return check;
  const CaseFile contents = {bench.module.name, spec::digest(config), seed, *result.wrong};
  Dut dut = model.make(seed);
  const auto mismatch = run_vectors(dut, contents.vectors);
  check.detail = mismatch ? describe(bench.output, bench.module, contents, *mismatch)
                          : "a product is wrong in the bulk run, but not when repeated alone";
  keep_case(bench, "products", contents, check);
  return check;
}

void check_sequences(const Bench& bench, const Model& model,
                     const std::vector<MakeSequence>& sequences, Checks& checks) {
  const uint64_t seed = bench.options.seed;
  size_t number = 0;
  for (const MakeSequence& make : sequences) {
    const Sequence sequence = make();
    checks.push_back(check_vectors(bench, model, sequence.vectors, {seed, seed + 1},
                                   fmt::format("sequence{}", ++number),
                                   {.kind = "sequence", .title = sequence.title}));
  }
}

Result<Checks> check_pe(const Bench& bench) {
  const spec::Config& config = bench.output.config;
  const CheckOptions& options = bench.options;
  auto simulator = Simulator::open(options.jobs);
  if (!simulator) return tl::unexpected(simulator.error());
  const auto model =
      simulator->build(bench.output, bench.module.name, {.kernel = "pe_products.cpp"});
  if (!model) return tl::unexpected(model.error());
  std::vector<uint64_t> encoded;
  if (options.level == Level::kFull) {
    auto words = encode_with_model(bench.output, *simulator, options.seed);
    if (!words) return tl::unexpected(words.error());
    encoded = std::move(*words);
  }
  Checks checks = {
      check_products(bench, *model, plan_products(config, options.level, options.seed, encoded))};
  check_sequences(bench, *model, pe_sequences(config, options.level, options.seed), checks);
  return checks;
}

Result<Checks> check_ws_pe(const Bench& bench) {
  auto simulator = Simulator::open(1);
  if (!simulator) return tl::unexpected(simulator.error());
  const auto model = simulator->build(bench.output, bench.module.name);
  if (!model) return tl::unexpected(model.error());
  Checks checks;
  check_sequences(bench, *model,
                  ws_pe_sequences(bench.output.config, bench.options.level, bench.options.seed),
                  checks);
  return checks;
}

constexpr std::string_view kSkidBuffer = "sparq_skid_buffer";

Result<Checks> check_skid_buffer(const Bench& bench) {
  auto simulator = Simulator::open(1);
  if (!simulator) return tl::unexpected(simulator.error());
  const auto model = simulator->build(bench.output, bench.module.name);
  if (!model) return tl::unexpected(model.error());
  constexpr int kCycles = 100'000;
  const Vectors vectors =
      skid_buffer_vectors(width_of(bench.module, "in_data_i"), kCycles, bench.options.seed);
  const std::string title = fmt::format(
      "{} cycles of words at random: none lost, doubled or out of order, ready is a register",
      kCycles);
  return Checks{check_vectors(bench, *model, vectors, {bench.options.seed, bench.options.seed + 1},
                              "words", {.kind = "random", .title = title})};
}

Result<Checks> check_packing(const Bench& bench) {
  auto simulator = Simulator::open(1);
  if (!simulator) return tl::unexpected(simulator.error());
  const auto model = simulator->build(bench.output, bench.module.name);
  if (!model) return tl::unexpected(model.error());
  Checks checks;
  for (const StreamVectors& one :
       stream_vectors(bench.module, bench.options.level, bench.options.seed)) {
    checks.push_back(check_vectors(bench, *model, one.vectors,
                                   {bench.options.seed, bench.options.seed + 1}, one.kind,
                                   {.kind = one.kind, .title = one.title}));
  }
  return checks;
}

Result<Checks> check_library(const Bench& bench) {
  auto simulator = Simulator::open(1);
  if (!simulator) return tl::unexpected(simulator.error());
  const auto model = simulator->build(bench.output, bench.module.name);
  if (!model) return tl::unexpected(model.error());
  const int cycles = bench.options.level == Level::kQuick ? 30'000 : 300'000;
  const auto unit = library_vectors(bench.module, cycles, bench.options.seed);
  golden::require(unit.has_value(), "a module of the library with vectors");
  return Checks{check_vectors(bench, *model, unit->vectors,
                              {bench.options.seed, bench.options.seed + 1}, "cycles",
                              {.kind = "random", .title = unit->title})};
}

// Library modules without a bench of their own and what they answer for in their users' checks.
constexpr std::pair<std::string_view, std::string_view> kCoveredByUsers[] = {
    {"sparq_stream_packer", "all of it: the emitted packer only sets its widths"},
    {"sparq_stream_unpacker", "all of it: the emitted unpacker only sets its widths"},
};

// Every module has a check of its own or stands in the table above.
Check check_coverage(const gen::Output& output, const std::vector<Task>& tasks) {
  Check check = {.module = output.top().name, .kind = "inventory"};
  std::string covered;
  for (const EmittedModule& module : output.modules) {
    ++check.cases;
    if (module.role == Role::kArray) continue;
    const auto own = std::ranges::find(tasks, module.name, &Task::label);
    if (own != tasks.end()) continue;
    const auto* listed = std::ranges::find(kCoveredByUsers, module.name,
                                           [](const auto& entry) { return entry.first; });
    if (listed == std::end(kCoveredByUsers) || module.role != Role::kLibrary) {
      check.detail += fmt::format(
          "{}{} ({}) has no check of its own, and is not listed as covered by "
          "its users'",
          check.detail.empty() ? "" : "\n", module.name, gen::to_text(module.role));
      continue;
    }
    covered += (covered.empty() ? "" : ", ") + module.name;
  }
  check.title = "every module has checks of its own; by their users': " + covered;
  check.passed = check.detail.empty();
  return check;
}

}  // namespace

std::vector<Task> unit_tasks(const gen::Output& output, const CheckOptions& options) {
  std::vector<Task> tasks;
  const bool keeps_weights = output.config.array.dataflow == spec::Dataflow::kWeightStationary;
  for (const EmittedModule& module : output.modules) {
    const Bench bench = {output, module, options};
    switch (module.role) {
      case Role::kPe:
        tasks.push_back({module.name, [bench, keeps_weights] {
                           return keeps_weights ? check_ws_pe(bench) : check_pe(bench);
                         }});
        break;
      case Role::kTrimRound:
      case Role::kActivationEncoder:
      case Role::kLane:
      case Role::kFinish:
      case Role::kDotUnit:
      case Role::kSelection:
        tasks.push_back({module.name, [bench] { return check_unit_vectors(bench); }});
        break;
      case Role::kStreamPacker:
      case Role::kStreamUnpacker:
        tasks.push_back({module.name, [bench] { return check_packing(bench); }});
        break;
      case Role::kLibrary:
        if (module.name == kSkidBuffer) {
          tasks.push_back({module.name, [bench] { return check_skid_buffer(bench); }});
        } else if (library_vectors(module, 1, 1)) {
          tasks.push_back({module.name, [bench] { return check_library(bench); }});
        }
        break;
      case Role::kArray:
      case Role::kWeightEncoder:
      case Role::kSideSum:
        break;
    }
  }
  tasks.insert(tasks.begin(),
               {"coverage", [check = check_coverage(output, tasks)]() -> Result<Checks> {
                  return Checks{check};
                }});
  return tasks;
}

Result<Checks> check_units(const gen::Output& output, const CheckOptions& options) {
  Checks all;
  for (const Task& task : unit_tasks(output, options)) {
    auto checks = task.run();
    if (!checks) return checks;
    all.insert(all.end(), checks->begin(), checks->end());
  }
  return all;
}

Result<Check> rerun_unit_case(const gen::Output& output, const CaseFile& contents,
                              const std::filesystem::path& wave) {
  const auto module =
      std::find_if(output.modules.begin(), output.modules.end(),
                   [&](const EmittedModule& m) { return m.name == contents.module; });
  golden::require(module != output.modules.end(), "a module of this design");
  std::optional<host::OutputFile> file;
  if (!wave.empty()) {
    auto opened = host::OutputFile::open(wave, "--wave");
    if (!opened) return tl::unexpected<host::Failure>(opened.error());
    file = std::move(*opened);
  }
  auto simulator = Simulator::open();
  if (!simulator) return tl::unexpected(simulator.error());
  const auto model = simulator->build(output, module->name, {.kernel = "", .trace = !wave.empty()});
  if (!model) return tl::unexpected(model.error());
  constexpr uint64_t kPowerUps = 16;
  const Stopwatch watch;
  std::optional<Mismatch> mismatch;
  // The case holds only the end of its run, so a failure may need other contents of the registers
  // that reset does not touch than the run began with.
  uint64_t seed = contents.seed;
  for (uint64_t use = seed; use < contents.seed + kPowerUps && !mismatch; ++use) {
    Dut dut = model->make(use);
    mismatch = run_vectors(dut, contents.vectors);
    if (mismatch) seed = use;
  }
  if (file) {
    Dut dut = model->make(seed);
    if (!dut.open_trace(file->path())) {
      return tl::unexpected<host::Failure>(
          spec::Problems{{"command line", "--wave", wave.string(), "cannot be written"}});
    }
    run_vectors(dut, contents.vectors);
    dut.close_trace();
    if (auto kept = file->commit(); !kept) return tl::unexpected<host::Failure>(kept.error());
  }
  Check check = {.module = module->name, .kind = "case", .title = "one case alone"};
  check.cases = contents.vectors.rows();
  check.passed = !mismatch && check.cases > 0;
  check.seconds = watch.seconds();
  if (mismatch) check.detail = describe(output, *module, contents, *mismatch);
  return check;
}

}  // namespace sparq::verif
