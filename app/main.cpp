// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <iostream>
#include <new>

#include "app/host/interrupt.h"
#include "app/subcommands.h"
#include "app/version.h"

namespace {

using sparq::host::Exit;

constexpr const char* kFooter = R"(Example:
  sparq gen configs/sa16_5opt.json -o out/sa16_5opt

Exit status: 0 done, and everything checked agrees; 1 a check failed; 2 wrong input, or an output
that cannot be written; 3 a tool is missing or failed; 130 interrupted.
`sparq SUBCOMMAND --help` tells more.)";

Exit run(int argc, char** argv) {
  CLI::App app("SPARQ: dynamic sub-8-bit activations, as numbers and as hardware", "sparq");
  app.set_version_flag("--version", fmt::format("sparq {}", sparq::app::kVersion));
  app.require_subcommand(1);
  app.footer(kFooter);
  sparq::app::Run chosen;
  sparq::app::add_encode(app, chosen);
  sparq::app::add_decode(app, chosen);
  sparq::app::add_gemm(app, chosen);
  sparq::app::add_gen(app, chosen);
  sparq::app::add_prune(app, chosen);
  sparq::app::add_synth(app, chosen);
  sparq::app::add_verify(app, chosen);
  sparq::app::add_eval(app, chosen);
  sparq::app::add_conformance(app, chosen);
  sparq::app::add_doctor(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      app.exit(error);  // prints the help or the version
      return Exit::kDone;
    }
    const auto used = app.get_subcommands();
    const auto unknown = app.remaining();
    const std::string reason = used.empty() && !unknown.empty()
                                   ? fmt::format("{}: no such subcommand or flag", unknown.front())
                                   : error.what();
    sparq::host::print_error(fmt::format("command line: {}; see: sparq {}--help", reason,
                                         used.empty() ? "" : used.front()->get_name() + " "));
    return Exit::kBadInput;
  }
  return chosen();
}

}  // namespace

int main(int argc, char** argv) {
  sparq::host::handle_interrupts();
  Exit exit = Exit::kDone;
  try {
    exit = run(argc, argv);
  } catch (const std::bad_alloc&) {
    exit = sparq::host::report(sparq::host::ToolError{"sparq", "", "out of memory", ""});
  } catch (const std::exception& error) {
    exit = sparq::host::report(sparq::host::ToolError{"sparq", "", error.what(), ""});
  }
  // Results on a full disk or a closed pipe are no results.
  std::cout.flush();
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0 || !std::cout) {
    sparq::host::print_error("standard output: cannot be written");
    exit = Exit::kBadInput;
  }
  return static_cast<int>(exit);
}
