// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "gen/emit/emit.h"
#include "golden/spec/signature.h"

namespace sparq::gen {

using namespace verilog;

Unit emit_selection(const spec::Config& config, int element_bits, bool masked) {
  const int e = element_bits;
  const std::string name = module_name(config, "selection");
  const std::string purpose = "the two of four activations that face a group's nonzero weights";
  const std::string equation =
      masked ? "  pair_o = {used1_i ? activation[index1_i] : 0, used0_i ? activation[index0_i] : 0}"
               "\n\nA slot without a nonzero weight is a zero activation, whatever its index."
             : "  pair_o = {activation[index1_i], activation[index0_i]}\n\n"
               "A slot without a nonzero weight may select anything: its product is zero.";
  auto module = std::make_unique<Module>(name, header(config, name, purpose, equation, 0));
  Module& m = *module;
  const Signal& group = m.input("activation_i", spec::kSparseGroup * e, "the lowest k lowest");
  struct Slot {
    const Signal* index;
    const Signal* used;
  };
  std::vector<Slot> slots;
  for (int i = 0; i < spec::kSparseSlots; ++i) {
    const Signal& index = m.input(fmt::format("index{}_i", i), spec::kSparseIndexBits,
                                  fmt::format("place of slot {}'s weight in the group", i));
    const Signal* used =
        masked ? &m.input(fmt::format("used{}_i", i), 1, "that weight is not zero") : nullptr;
    slots.push_back({&index, used});
  }
  const Signal& pair = m.output("pair_o", spec::kSparseSlots * e, "{slot 1, slot 0}");

  std::vector<Expr> selected;  // slot 1 first
  for (size_t i = 0; i < slots.size(); ++i) {
    std::vector<std::pair<Expr, Expr>> choices;
    for (int place = 0; place + 1 < spec::kSparseGroup; ++place) {
      const Expr here = constant(spec::kSparseIndexBits, static_cast<uint64_t>(place));
      choices.emplace_back(equal(*slots[i].index, here), group.slice(place * e, e));
    }
    const Expr last = group.slice((spec::kSparseGroup - 1) * e, e);
    const Signal& faced = m.wire(fmt::format("selected_{}", i), first_match(choices, last));
    selected.insert(selected.begin(), masked ? faced & replicate(e, *slots[i].used) : Expr(faced));
  }
  m.assign(pair, concat(selected));
  return {std::move(module), Role::kSelection, purpose, 0};
}

}  // namespace sparq::gen
