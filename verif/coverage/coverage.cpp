// SPDX-License-Identifier: Apache-2.0
#include "verif/coverage/coverage.h"

#include <fmt/format.h>

#include <fstream>

#include "app/host/output.h"
#include "golden/require.h"

namespace sparq::verif {

namespace fs = std::filesystem;

Coverage::Coverage(const gen::Output& output) : design_(instrument(output)) {}

void Coverage::collect(Dut& dut) {
  const host::Temporary file = host::Temporary::file_in(fs::temp_directory_path());
  dut.finish(file.path());
  std::ifstream in(file.path());
  const std::lock_guard lock(mutex_);
  // "TOP.array.gen_row[1].gen_col[0].u_pe.u_cover_word.u_word 0101"
  for (std::string path, bits; in >> path >> bits;) {
    const size_t inner = path.rfind('.');
    const size_t outer = path.rfind('.', inner - 1);
    std::string& sum = seen_[path.substr(outer + 1, inner - outer - 1)][path.substr(0, outer)];
    if (sum.empty()) sum.assign(bits.size(), '0');
    for (size_t i = 0; i < bits.size(); ++i) {
      if (bits[i] == '1') sum[i] = '1';
    }
  }
}

std::vector<Check> Coverage::checks() const {
  std::vector<Check> checks;
  for (const auto& [name, point] : design_.points) {
    Check check = {.module = point.module, .kind = "coverage"};
    const auto found = seen_.find(name);
    const size_t instances = found == seen_.end() ? 0 : found->second.size();
    if (instances != point.instances) {
      check.detail = fmt::format("{} instances reported, not {}\n", instances, point.instances);
    }
    std::map<std::string, size_t> unreachable;
    size_t reachable = 0;
    for (const Bin& bin : point.bins) {
      bin.unreachable.empty() ? ++reachable : ++unreachable[bin.unreachable];
    }
    constexpr size_t kShown = 20;
    size_t missing = 0;
    std::string unreached;
    if (instances > 0) {
      for (const auto& [path, bits] : found->second) {
        // A long list is filled up to whole pieces.
        golden::require(bits.size() >= point.bins.size() && bits.size() < 2 * point.bins.size(),
                        "a bit for each bin");
        for (size_t i = 0; i < point.bins.size(); ++i) {
          const bool seen = bits[bits.size() - 1 - i] == '1';
          const bool possible = point.bins[i].unreachable.empty();
          if (seen && possible) ++check.cases;
          if (seen == possible) continue;
          const std::string line = fmt::format("{}: {}\n", path, point.bins[i].name);
          if (!possible) check.detail += "impossible, but seen " + line;
          if (possible && ++missing <= kShown) unreached += "unreached " + line;
        }
      }
    }
    check.detail += unreached;
    if (missing > kShown) check.detail += fmt::format("... {} in all\n", missing);
    check.title = fmt::format("{}: {} of {} bins, {} each in {} instances", point.what, check.cases,
                              reachable * point.instances, reachable, point.instances);
    for (const auto& [why, count] : unreachable) {
      check.title += fmt::format("; {} unreachable: {}", count, why);
    }
    check.passed = check.detail.empty() && check.cases > 0;
    checks.push_back(std::move(check));
  }
  return checks;
}

}  // namespace sparq::verif
