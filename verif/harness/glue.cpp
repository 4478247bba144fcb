// SPDX-License-Identifier: Apache-2.0
#include "verif/harness/glue.h"

#include <fmt/format.h>

namespace sparq::verif {
namespace {

constexpr const char* kHead = R"(#include "Vmodel.h"
#include "verilated.h"
#include <string>
namespace {
VerilatedContext* prepare(VerilatedContext& context, int seed) {
  context.randReset(2);
  context.randSeed(seed);
#ifdef SPARQ_TRACE
  context.traceEverOn(true);
#endif
  return &context;
}
struct Instance {
  explicit Instance(int seed) : dut(prepare(context, seed), "TOP") {}
  VerilatedContext context;
  Vmodel dut;
#ifdef SPARQ_TRACE
  VerilatedFstC trace;
#endif
};
struct ModelPort {
  const char* name;
  int width;
  void* data;
};
Instance* self(void* instance) { return static_cast<Instance*>(instance); }
}  // namespace
#pragma GCC visibility push(default)
extern "C" {
void* sparq_model_make(int seed) { return new Instance(seed); }
void sparq_model_free(void* instance) { delete self(instance); }
void sparq_model_finish(void* instance, const char* path) {
  const std::string argument = std::string("+sparq_cover=") + path;
  const char* arguments[] = {"model", argument.c_str()};
  self(instance)->context.commandArgs(2, arguments);
  self(instance)->dut.final();
}
void sparq_model_eval(void* instance) { self(instance)->dut.eval(); }
void* sparq_model_raw(void* instance) { return &self(instance)->dut; }
#ifdef SPARQ_TRACE
int sparq_model_trace_open(void* instance, const char* path) {
  self(instance)->dut.trace(&self(instance)->trace, 99);
  self(instance)->trace.open(path);
  return self(instance)->trace.isOpen();
}
void sparq_model_trace_dump(void* instance, unsigned long time) {
  self(instance)->trace.dump(static_cast<uint64_t>(time));
}
void sparq_model_trace_close(void* instance) { self(instance)->trace.close(); }
#endif
int sparq_model_port(void* instance, int index, ModelPort* port) {
  switch (index) {
)";

constexpr const char* kTail = R"(    default: return 0;
  }
  return 1;
}
}  // extern "C"
#pragma GCC visibility pop
)";

}  // namespace

std::string glue_source(const std::vector<gen::Port>& ports, bool trace) {
  std::string text;
  if (trace) text = "#define SPARQ_TRACE\n#include \"verilated_fst_c.h\"\n";
  text += kHead;
  for (size_t i = 0; i < ports.size(); ++i) {
    text +=
        fmt::format("    case {0}: *port = {{\"{1}\", {2}, &self(instance)->dut.{1}}}; break;\n", i,
                    ports[i].name, ports[i].width);
  }
  return text + kTail;
}

}  // namespace sparq::verif
