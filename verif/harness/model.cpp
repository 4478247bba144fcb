// SPDX-License-Identifier: Apache-2.0
#include "verif/harness/model.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <mutex>
#include <span>

#include "app/host/paths.h"
#include "app/host/process.h"
#include "golden/require.h"
#include "golden/spec/config_json.h"
#include "verif/harness/glue.h"
#include "verif/harness/model_library.h"

namespace sparq::verif {
namespace {

namespace fs = std::filesystem;
using golden::require;
using host::Failure;
using host::Result;
using host::ToolError;
using host::ToolName;

// ------------------------------------------------------------------------------ settings
// All of these are part of the cache's key.
const std::vector<std::string> kVerilate = {
    "--cc",       "--prefix", "Vmodel",      "--Mdir", ".",          "-Wall",          "-O3",
    "--x-assign", "unique",   "--x-initial", "unique", "--noassert", "--output-split", "300"};
const std::vector<std::string> kCompile = {"-std=c++17",          "-fPIC",
                                           "-fvisibility=hidden", "-fcf-protection=none",
                                           "-DVL_TIME_CONTEXT",   "-w"};
constexpr const char* kFast = "-O2";  // what every eval() runs
constexpr const char* kSlow = "-O0";  // construction and the first evaluation
// Precompiled verilated.h, whose text is most of a small model's. Like verilated.o it stays what it
// was when it was compiled, so clang is told not to look whether the headers behind it are newer.
constexpr const char* kFastHeader = "fast.gch";
constexpr const char* kSlowHeader = "slow.gch";
const std::vector<std::string> kTrustHeader = {"-Xclang", "-fno-validate-pch"};
const std::vector<std::string> kLink = {"-shared", "-Wl,-Bsymbolic", "-Wl,-z,defs",
                                        "-Wl,--as-needed"};

// ------------------------------------------------------------------------------ small things
std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool write_text(const fs::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  return static_cast<bool>(out.flush());
}

tl::unexpected<Failure> cannot_write(const fs::path& path) {
  return tl::unexpected<Failure>(
      spec::Problems{{"build cache", "", path.string(), "cannot be written; is the disk full?"}});
}

// The modules from the first up to the named one: everything it may instantiate.
std::span<const gen::EmittedModule> up_to(const gen::Output& output, std::string_view module) {
  const auto found = std::find_if(output.modules.begin(), output.modules.end(),
                                  [=](const auto& m) { return m.name == module; });
  require(found != output.modules.end(), "a module of the output");
  return {output.modules.begin(), found + 1};
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

// ------------------------------------------------------------------------------ groups
struct Source {
  std::string name;
  uintmax_t bytes;
};

// Sources are compiled in at most so many groups of about the same size: headers, which are most of
// the work of a small module, are read once per group.
std::vector<std::string> write_groups(const fs::path& directory, std::vector<Source> sources,
                                      const std::string& stem, size_t count) {
  std::sort(sources.begin(), sources.end(), [](const Source& a, const Source& b) {
    return std::tie(b.bytes, a.name) < std::tie(a.bytes, b.name);
  });
  constexpr uintmax_t kWorthAGroup = 100'000;  // bytes
  uintmax_t total = 0;
  for (const Source& source : sources) total += source.bytes;
  count = std::min<size_t>({count, sources.size(), 1 + total / kWorthAGroup});
  std::vector<Source> groups(count);
  for (const Source& source : sources) {
    Source& least =
        *std::min_element(groups.begin(), groups.end(),
                          [](const auto& a, const auto& b) { return a.bytes < b.bytes; });
    least.name += fmt::format("#include \"{}\"\n", source.name);
    least.bytes += source.bytes;
  }
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) {
    names.push_back(fmt::format("{}_{}", stem, i));
    if (!write_text(directory / (names.back() + ".cc"), groups[i].name)) return {};
  }
  return names;
}

void keep_only(const fs::path& directory, const std::vector<std::string>& names) {
  std::vector<fs::path> others;
  for (const auto& file : fs::directory_iterator(directory)) {
    if (std::find(names.begin(), names.end(), file.path().filename()) == names.end()) {
      others.push_back(file.path());
    }
  }
  for (const fs::path& path : others) {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
}

// ------------------------------------------------------------------------------ loading
template <class Function>
void look_up(void* handle, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(handle, name));
}

Result<Model> load(const fs::path& path) {
  auto library = std::make_shared<ModelLibrary>();
  library->handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library->handle == nullptr) {
    return tl::unexpected<Failure>(
        ToolError{"dlopen", "", "a compiled model cannot be loaded", dlerror()});
  }
  look_up(library->handle, "sparq_model_make", library->make);
  look_up(library->handle, "sparq_model_free", library->free);
  look_up(library->handle, "sparq_model_eval", library->eval);
  look_up(library->handle, "sparq_model_raw", library->raw);
  look_up(library->handle, "sparq_model_finish", library->finish);
  look_up(library->handle, "sparq_model_port", library->port);
  look_up(library->handle, "sparq_model_trace_open", library->trace_open);
  look_up(library->handle, "sparq_model_trace_dump", library->trace_dump);
  look_up(library->handle, "sparq_model_trace_close", library->trace_close);
  require(library->make != nullptr && library->port != nullptr, "the model's own functions");
  return Model(std::move(library));
}

// ------------------------------------------------------------------------------ compiler
bool is_clang(const host::Tool& compiler) { return compiler.path.filename() == "clang++"; }

// Part of the cache's keys.
std::string identity(const host::Tool& compiler) {
  return compiler.path.filename().string() + ' ' + compiler.version;
}

ToolError compiler_error(const host::Tool& compiler, const host::Outcome& outcome) {
  ToolError error = host::tool_error(ToolName::kCompiler, outcome);
  error.tool = compiler.path.filename().string();
  return error;
}

}  // namespace

ModelLibrary::~ModelLibrary() {
  if (handle != nullptr) dlclose(handle);
}

Dut Model::make(uint64_t seed) const {
  Dut dut(library_, seed);
  if (!port_.empty()) dut.port(port_).set(value_);
  return dut;
}

Model Model::with(std::string port, uint64_t value) const {
  Model model(library_);
  model.port_ = std::move(port);
  model.value_ = value;
  return model;
}

void* Model::symbol(const std::string& name) const {
  void* found = dlsym(library_->handle, name.c_str());
  require(found != nullptr, name.c_str());
  return found;
}

// -------------------------------------------------------------------------------- Simulator
Simulator::Simulator(host::Cache cache, host::Tool verilator, host::Tool compiler, fs::path data,
                     int jobs)
    : cache_(std::move(cache)),
      verilator_(std::move(verilator)),
      compiler_(std::move(compiler)),
      data_(std::move(data)),
      jobs_(jobs) {}

Result<Simulator> Simulator::open(int jobs) {
  auto verilator = host::find_tool(ToolName::kVerilator);
  if (!verilator) return tl::unexpected(verilator.error());
  auto compiler = host::find_tool(ToolName::kCompiler);
  if (!compiler) return tl::unexpected(compiler.error());
  auto data = host::data_directory();
  if (!data) return tl::unexpected(data.error());
  auto cache = host::Cache::open_default();
  if (!cache) return tl::unexpected(cache.error());
  return Simulator(std::move(*cache), std::move(*verilator), std::move(*compiler), std::move(*data),
                   std::max(jobs, 1));
}

Result<Model> Simulator::build(const gen::Output& output, std::string_view module,
                               const ModelOptions& options) {
  std::string key =
      fmt::format("model 1\n{} {}\n{} {} {} {} {}\n{}\n", verilator_.version, identity(compiler_),
                  joined(kVerilate), joined(kCompile), kFast, kSlow, joined(kLink), options.trace);
  const auto modules = up_to(output, module);
  for (const auto& m : modules) key += m.name + '\n' + m.text;
  key += glue_source(modules.back().ports, options.trace);
  key += read_text(data_ / "verif" / "harness" / "model.vlt");
  if (!options.kernel.empty()) key += read_text(data_ / "verif" / "kernels" / options.kernel);
  auto entry =
      cache_.get_or_build(spec::sha256(key), [&](const fs::path& directory) -> Result<void> {
        const auto shared = runtime(options.trace);
        if (!shared) return tl::unexpected(shared.error());
        return build_library(directory, output, module, options, shared->path());
      });
  if (!entry) return tl::unexpected(entry.error());
  return load(entry->path() / "model.so");  // once loaded, the file may go
}

Result<fs::path> Simulator::include_directory() const {
  static std::mutex mutex;
  static std::map<fs::path, fs::path> known;  // by program: it takes as long as a small compilation
  const std::lock_guard lock(mutex);
  if (const auto found = known.find(verilator_.path); found != known.end()) return found->second;
  const host::Outcome outcome =
      host::run({.argv = {verilator_.path.string(), "--getenv", "VERILATOR_ROOT"},
                 .cwd = {},
                 .env = {},
                 .log = {},
                 .timeout = std::chrono::seconds(20)});
  if (!outcome.ok()) {
    return tl::unexpected<Failure>(host::tool_error(ToolName::kVerilator, outcome));
  }
  std::string root = outcome.out;
  while (!root.empty() && root.back() == '\n') root.pop_back();
  return known[verilator_.path] = fs::path(root) / "include";
}

Result<void> Simulator::compile_all(const fs::path& directory,
                                    const std::vector<std::vector<std::string>>& arguments) const {
  auto include = include_directory();
  if (!include) return tl::unexpected(include.error());
  std::vector<host::Command> commands;
  for (const auto& own : arguments) {
    host::Command command = {
        .argv = {compiler_.path.string()}, .cwd = directory, .env = {}, .log = {}, .timeout = {}};
    command.argv.insert(command.argv.end(), kCompile.begin(), kCompile.end());
    if (is_clang(compiler_)) {
      command.argv.insert(command.argv.end(), kTrustHeader.begin(), kTrustHeader.end());
    } else {
      // Two models in one process share nothing; clang knows no other way.
      command.argv.push_back("-fno-gnu-unique");
    }
    // -isystem finds <...> too, and -I. the generated headers.
    for (const auto& word :
         {std::string("-I."), "-I" + include->string(), "-I" + (*include / "vltstd").string()}) {
      command.argv.push_back(word);
    }
    command.argv.insert(command.argv.end(), own.begin(), own.end());
    commands.push_back(std::move(command));
  }
  for (const host::Outcome& outcome : host::run_all(commands, jobs_)) {
    if (!outcome.ok()) {
      return tl::unexpected<Failure>(compiler_error(compiler_, outcome));
    }
  }
  return {};
}

Result<host::Entry> Simulator::runtime(bool trace) {
  const std::string key = fmt::format("runtime 2\n{} {}\n{} {}\n{}\n", verilator_.version,
                                      identity(compiler_), joined(kCompile), kFast, trace);
  return cache_.get_or_build(spec::sha256(key), [&](const fs::path& directory) {
    return build_runtime(directory, trace);
  });
}

// Verilator's own run-time library: the same for every model, and seconds to compile.
Result<void> Simulator::build_runtime(const fs::path& directory, bool trace) const {
  auto include = include_directory();
  if (!include) return tl::unexpected(include.error());
  std::vector<std::string> names = {"verilated", "verilated_threads"};
  if (trace) names.push_back("verilated_fst_c");
  const std::string header = (*include / "verilated.h").string();
  std::vector<std::vector<std::string>> arguments = {
      {kFast, "-x", "c++-header", header, "-o", kFastHeader},
      {kSlow, "-x", "c++-header", header, "-o", kSlowHeader}};
  for (const auto& name : names) {
    arguments.push_back({kFast, "-c", (*include / (name + ".cpp")).string(), "-o", name + ".o"});
  }
  return compile_all(directory, arguments);
}

Result<void> Simulator::build_library(const fs::path& directory, const gen::Output& output,
                                      std::string_view module, const ModelOptions& options,
                                      const fs::path& runtime) const {
  const auto modules = up_to(output, module);
  host::Command verilate = {
      .argv = {verilator_.path.string()}, .cwd = directory, .env = {}, .log = {}, .timeout = {}};
  verilate.argv.insert(verilate.argv.end(), kVerilate.begin(), kVerilate.end());
  if (options.trace) verilate.argv.push_back("--trace-fst");
  verilate.argv.insert(verilate.argv.end(), {"--top-module", std::string(module), "model.vlt"});
  bool written =
      write_text(directory / "model.vlt", read_text(data_ / "verif" / "harness" / "model.vlt")) &&
      write_text(directory / "glue.cc", glue_source(modules.back().ports, options.trace));
  for (const auto& m : modules) {
    verilate.argv.push_back(m.name + ".v");
    written = written && write_text(directory / verilate.argv.back(), m.text);
  }
  if (!options.kernel.empty()) {
    written = written && write_text(directory / "kernel.cc",
                                    read_text(data_ / "verif" / "kernels" / options.kernel));
  }
  if (!written) return cannot_write(directory);
  if (const host::Outcome outcome = host::run(verilate); !outcome.ok()) {
    return tl::unexpected<Failure>(host::tool_error(ToolName::kVerilator, outcome));
  }

  std::vector<Source> fast = {{"glue.cc", 0}};
  std::vector<Source> slow;
  for (const auto& file : fs::directory_iterator(directory)) {
    const std::string name = file.path().filename();
    if (!name.ends_with(".cpp")) continue;
    const bool is_slow =
        name.find("__Slow") != std::string::npos || name.find("__Syms") != std::string::npos;
    (is_slow ? slow : fast).push_back({name, file.file_size()});
  }
  std::vector<std::vector<std::string>> arguments;
  std::vector<std::string> objects;
  const auto add = [&](const std::string& name, std::vector<std::string> flags) {
    flags.insert(flags.end(), {"-c", name + ".cc", "-o", name + ".o"});
    arguments.push_back(std::move(flags));
    objects.push_back(name + ".o");
  };
  const auto most = static_cast<size_t>(jobs_);
  // "-include DIR/fast" takes DIR/fast.gch.
  const auto header = [&](const char* file) {
    return (runtime / file).replace_extension().string();
  };
  for (const auto& name : write_groups(directory, fast, "fast", 2 * most)) {
    add(name, {kFast, "-include", header(kFastHeader)});
  }
  for (const auto& name : write_groups(directory, slow, "slow", most)) {
    add(name, {kSlow, "-include", header(kSlowHeader)});
  }
  if (!options.kernel.empty()) {
    add("kernel", {kFast, "-include", header(kFastHeader), "-fvisibility=default"});
  }
  if (auto compiled = compile_all(directory, arguments); !compiled) return compiled;

  std::vector<std::string> link = kLink;
  link.insert(link.end(), objects.begin(), objects.end());
  for (const auto& file : fs::directory_iterator(runtime)) {
    if (file.path().extension() == ".o") link.push_back(file.path().string());
  }
  link.insert(link.end(), {"-o", "model.so", "-lpthread", "-latomic"});
  if (options.trace) link.push_back("-lz");
  if (auto linked = compile_all(directory, {link}); !linked) return linked;
  keep_only(directory, {"model.so"});
  return {};
}

}  // namespace sparq::verif
