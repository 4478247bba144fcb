// SPDX-License-Identifier: Apache-2.0
// Emitted modules compiled by Verilator into shared libraries, kept in the build cache, and loaded
// into this process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "app/host/cache.h"
#include "app/host/failure.h"
#include "app/host/tool.h"
#include "gen/generate.h"
#include "verif/harness/dut.h"

namespace sparq::verif {

// A compiled module. Copies share the loaded library.
class Model {
 public:
  explicit Model(std::shared_ptr<const ModelLibrary> library) : library_(std::move(library)) {}

  // A new instance; registers that reset does not touch start with random values drawn from `seed`.
  Dut make(uint64_t seed) const;

  // The same module, with an input that every new instance starts with.
  Model with(std::string port, uint64_t value) const;

  // A function that the kernel exports; aborts when there is none of that name.
  void* symbol(const std::string& name) const;

 private:
  std::shared_ptr<const ModelLibrary> library_;
  std::string port_;  // empty: no such input
  uint64_t value_ = 0;
};

// A test of a model, whatever the design in it was built from.
using Passes = std::function<bool(const Model&)>;

struct ModelOptions {
  // File name below verif/kernels of C++ to be compiled in with the model: loops too hot to cross
  // into the model at every cycle. It includes "Vmodel.h" and exports extern "C" functions, which
  // get Dut::raw() to work on. Empty: none.
  std::string kernel;
  bool trace = false;  // able to write waveforms; slower
};

// What building models takes: the tools, the cache and the harness sources.
class Simulator {
 public:
  // `jobs`: compilers to run at once.
  static host::Result<Simulator> open(int jobs = 2);

  // The module of that name in `output`, with everything below it. Any warning of Verilator that
  // verif/harness/model.vlt does not waive is a failure.
  host::Result<Model> build(const gen::Output& output, std::string_view module,
                            const ModelOptions& options = {});

  const host::Tool& verilator() const { return verilator_; }
  // clang++ or, where that is missing, g++: the path says which.
  const host::Tool& compiler() const { return compiler_; }

 private:
  Simulator(host::Cache cache, host::Tool verilator, host::Tool compiler,
            std::filesystem::path data, int jobs);
  host::Result<std::filesystem::path> include_directory() const;
  host::Result<void> compile_all(const std::filesystem::path& directory,
                                 const std::vector<std::vector<std::string>>& arguments) const;
  host::Result<host::Entry> runtime(bool trace);
  host::Result<void> build_runtime(const std::filesystem::path& directory, bool trace) const;
  host::Result<void> build_library(const std::filesystem::path& directory,
                                   const gen::Output& output, std::string_view module,
                                   const ModelOptions& options,
                                   const std::filesystem::path& runtime) const;

  host::Cache cache_;
  host::Tool verilator_;
  host::Tool compiler_;
  std::filesystem::path data_;
  int jobs_;
};

}  // namespace sparq::verif
