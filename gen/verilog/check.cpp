// SPDX-License-Identifier: Apache-2.0
// The emission check: the module is elaborated at small parameter values and every bit of every
// signal must have exactly one driver.
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "gen/verilog/module.h"

namespace sparq::gen::verilog {
namespace {

[[noreturn]] void broken(const std::string& message) {
  throw std::logic_error("Verilog writer: " + message);
}

bool encloses(const Scope* outer, const Scope* inner) {
  for (; inner != nullptr; inner = inner->parent()) {
    if (inner == outer) return true;
  }
  return false;
}

// The labels from the module down to a scope.
std::vector<std::string> labels_of(const Scope* scope) {
  std::vector<std::string> labels;
  for (; scope->parent() != nullptr; scope = scope->parent()) labels.push_back(scope->label());
  std::reverse(labels.begin(), labels.end());
  return labels;
}

void check_visible(const Expr& e, const Scope& from) {
  for (const Use& use : e.uses()) {
    const Scope* home = use.signal->scope;
    if (use.path.empty()) {
      if (!encloses(home, &from)) broken(use.signal->name + " is not visible where it is read");
      continue;
    }
    // A hierarchical name is resolved upwards from where it stands: its labels end the path.
    const std::vector<std::string> labels = labels_of(home);
    const bool fits = use.path.size() <= labels.size() &&
                      std::equal(use.path.rbegin(), use.path.rend(), labels.rbegin());
    if (!fits) broken(use.signal->name + " is not declared under the path it is read through");
  }
}

class Elaborator {
 public:
  explicit Elaborator(const Module& module) : module_(module) {
    for (const ParameterDecl& p : module.interface().parameters) {
      // Structure repeats: three rows show every neighbourhood that thousands would.
      env_[p.name] = std::max<int64_t>(p.at_least, std::min<int64_t>(p.value, kSmall));
      // Widths are not cut: slices at fixed positions must stay inside them.
      if (p.name.ends_with("Bits") || p.name.ends_with("Width")) env_[p.name] = p.value;
    }
  }

  void run() {
    for (const Signal* port : module_.ports()) {
      begin(*port);
      if (port->kind == SignalKind::kInput) mark(*port, 0, port->width);
    }
    visit(module_);
    for (const Signal* port : module_.ports()) end(*port);
  }

 private:
  static constexpr int64_t kSmall = 3;

  void begin(const Signal& signal) {
    const int64_t width = signal.width.evaluate(env_);
    if (width < 1) broken(fmt::format("{} has {} bits", signal.name, width));
    drivers_[&signal].assign(static_cast<size_t>(width), 0);
  }

  void end(const Signal& signal) {
    const std::vector<int>& bits = drivers_.at(&signal);
    for (size_t i = 0; i < bits.size(); ++i) {
      if (bits[i] == 0) broken(fmt::format("{}[{}] is not driven", signal.name, i));
      if (bits[i] > 1) broken(fmt::format("{}[{}] has {} drivers", signal.name, i, bits[i]));
    }
    drivers_.erase(&signal);
  }

  void mark(const Signal& signal, const Num& low, const Num& bits) {
    const auto it = drivers_.find(&signal);
    if (it == drivers_.end()) broken(signal.name + " is not visible where it is driven");
    const int64_t first = low.evaluate(env_);
    const int64_t count = bits.evaluate(env_);
    if (first < 0 || first + count > static_cast<int64_t>(it->second.size())) {
      broken(fmt::format("{}[{} +: {}] is outside its {} bits", signal.name, first, count,
                         it->second.size()));
    }
    for (int64_t i = 0; i < count; ++i) ++it->second[static_cast<size_t>(first + i)];
  }

  void mark(const Target& target) { mark(*target.signal, target.low, target.bits); }

  // What is driven before its declaration stands would be an implicit net.
  void visit(const Scope& scope) {
    std::vector<const Signal*> declared;
    for (const auto& item : scope.items()) {
      if (const auto* declaration = std::get_if<Declaration>(&item->node)) {
        begin(*declaration->signal);
        declared.push_back(declaration->signal);
      }
      std::visit([&](const auto& node) { handle(node, scope); }, item->node);
    }
    for (const Signal* signal : declared) end(*signal);
  }

  void handle(const Comment&, const Scope&) {}
  void handle(const Declaration& d, const Scope& scope) {
    if (!d.value) return;
    check_visible(*d.value, scope);
    mark(*d.signal);
  }
  void handle(const Assign& a, const Scope& scope) {
    check_visible(a.value, scope);
    mark(a.target);
  }
  void handle(const Registers& r, const Scope& scope) {
    check_visible(r.clocking.clock, scope);
    if (r.clocking.reset_n) check_visible(*r.clocking.reset_n, scope);
    if (r.clocking.enable) check_visible(*r.clocking.enable, scope);
    for (const auto& [target, value] : r.next_values) {
      check_visible(value, scope);
      mark(*target);
    }
  }
  void handle(const Instance& i, const Scope& scope) {
    for (const auto& [port, value] : i.connections) check_visible(value, scope);
    for (const Target& target : i.driven) mark(target);
  }
  void handle(const Loop& loop, const Scope&) {
    const int64_t count = loop.count.evaluate(env_);
    for (int64_t i = 0; i < count; ++i) {
      env_[loop.var] = i;
      visit(*loop.body);
    }
    env_.erase(loop.var);
  }
  void handle(const Choice& choice, const Scope&) {
    const int64_t left = choice.condition.left.evaluate(env_);
    const int64_t right = choice.condition.right.evaluate(env_);
    const bool holds = choice.condition.op == "<" ? left < right : left == right;
    if (holds) {
      visit(*choice.then);
    } else if (choice.otherwise) {
      visit(*choice.otherwise);
    }
  }
  void handle(const Sink& sink, const Scope& scope) {
    for (const Expr& e : sink.signals) check_visible(e, scope);
  }

  const Module& module_;
  Env env_;
  std::map<const Signal*, std::vector<int>> drivers_;  // drivers per bit of the signals in scope
};

}  // namespace

void check(const Module& module) { Elaborator(module).run(); }

}  // namespace sparq::gen::verilog
