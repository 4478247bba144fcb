// SPDX-License-Identifier: Apache-2.0
#include "gen/verilog/module.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace sparq::gen::verilog {
namespace {

[[noreturn]] void broken(const std::string& message) {
  throw std::logic_error("Verilog writer: " + message);
}

void require_fit(const Target& target, const Expr& value) {
  if (target.bits == value.width()) return;
  broken(fmt::format("{} has {} bits, but is given {} bits: {}", target.signal->name,
                     target.bits.text(), value.width().text(), value.text()));
}

void collect_instances(const Scope& scope, std::set<std::string>& names) {
  for (const auto& item : scope.items()) {
    if (const auto* instance = std::get_if<Instance>(&item->node)) {
      names.insert(instance->module.name);
    } else if (const auto* loop = std::get_if<Loop>(&item->node)) {
      collect_instances(*loop->body, names);
    } else if (const auto* choice = std::get_if<Choice>(&item->node)) {
      collect_instances(*choice->then, names);
      if (choice->otherwise) collect_instances(*choice->otherwise, names);
    }
  }
}

Expr as_expr(const Target& target) { return target.signal->slice(target.low, target.bits); }

}  // namespace

Scope::Scope(const Scope* parent, std::string label) : parent_(parent), label_(std::move(label)) {}
Scope::~Scope() = default;

void Scope::add(Item item) { items_.push_back(std::make_unique<Item>(std::move(item))); }

const Signal& Scope::declare(const std::string& name, SignalKind kind, const Num& width,
                             const std::string& comment) {
  for (const Signal& signal : signals_) {
    if (signal.name == name) broken("declared twice: " + name);
  }
  return signals_.emplace_back(Signal{name, kind, width, comment, this});
}

void Scope::comment(const std::string& text) { add({Comment{text, false}}); }
void Scope::section(const std::string& title) { add({Comment{title, true}}); }

const Signal& Scope::wire(const std::string& name, const Num& width, const std::string& comment) {
  const Signal& signal = declare(name, SignalKind::kWire, width, comment);
  add({Declaration{&signal, std::nullopt}});
  return signal;
}

const Signal& Scope::wire(const std::string& name, const Expr& value, const std::string& comment) {
  const Signal& signal = declare(name, SignalKind::kWire, value.width(), comment);
  add({Declaration{&signal, value}});
  return signal;
}

const Signal& Scope::reg(const std::string& name, const Num& width, const std::string& comment) {
  const Signal& signal = declare(name, SignalKind::kReg, width, comment);
  add({Declaration{&signal, std::nullopt}});
  return signal;
}

void Scope::assign(const Target& target, const Expr& value) {
  require_fit(target, value);
  add({Assign{target, value}});
}

void Scope::registers(const Clocking& clocking,
                      const std::vector<std::pair<const Signal*, Expr>>& next_values) {
  for (const auto& [target, value] : next_values) {
    if (target->kind != SignalKind::kReg) broken("not a reg: " + target->name);
    require_fit(*target, value);
  }
  add({Registers{clocking, next_values}});
}

void Scope::instance(const Interface& module, const std::string& name,
                     const std::vector<std::pair<std::string, Num>>& parameters,
                     const std::vector<Connection>& inputs,
                     const std::vector<std::pair<std::string, Target>>& outputs) {
  std::map<std::string, Num> values;
  for (const ParameterDecl& p : module.parameters) values.emplace(p.name, p.value);
  for (const auto& [parameter, value] : parameters) {
    const auto it = values.find(parameter);
    if (it == values.end()) broken(fmt::format("{} has no parameter {}", module.name, parameter));
    it->second = value;
  }
  Instance item{module, name, parameters, {}, {}};
  for (const PortDecl& port : module.ports) {
    const Num width = port.width.substitute(values);
    std::optional<Expr> value;
    for (const Connection& c : inputs) {
      if (port.input && c.port == port.name) value = c.value;
    }
    for (const auto& [to, target] : outputs) {
      if (!port.input && to == port.name) {
        value = as_expr(target);
        item.driven.push_back(target);
      }
    }
    if (!value) broken(fmt::format("{}: port {} is not connected", name, port.name));
    if (value->width() != width) {
      broken(fmt::format("{}.{} has {} bits, but is connected to {} bits: {}", name, port.name,
                         width.text(), value->width().text(), value->text()));
    }
    item.connections.emplace_back(port.name, *value);
  }
  if (inputs.size() + outputs.size() != module.ports.size()) {
    broken(fmt::format("{}: connections to ports that {} does not have", name, module.name));
  }
  add({std::move(item)});
}

Scope& Scope::loop(const std::string& var, const Num& count, const std::string& label) {
  auto body = std::make_unique<Scope>(this, label);
  Scope& scope = *body;
  add({Loop{var, count, std::move(body)}});
  return scope;
}

std::pair<Scope&, Scope&> Scope::choose(const Condition& condition, const std::string& label,
                                        const std::string& else_label) {
  auto then = std::make_unique<Scope>(this, label);
  auto otherwise = std::make_unique<Scope>(this, else_label);
  const std::pair<Scope&, Scope&> scopes(*then, *otherwise);
  add({Choice{condition, std::move(then), std::move(otherwise)}});
  return scopes;
}

Scope& Scope::only_if(const Condition& condition, const std::string& label) {
  auto then = std::make_unique<Scope>(this, label);
  Scope& scope = *then;
  add({Choice{condition, std::move(then), nullptr}});
  return scope;
}

void Scope::sink(const std::vector<Expr>& signals) {
  const auto others = std::ranges::count_if(
      items_, [](const auto& item) { return std::holds_alternative<Sink>(item->node); });
  add({Sink{signals, others == 0 ? "unused_ok" : fmt::format("unused_ok_{}", others + 1)}});
}

Module::Module(std::string name, std::string header, ResetStyle resets)
    : Scope(nullptr, ""),
      interface_{std::move(name), {}, {}},
      header_(std::move(header)),
      resets_(resets) {}

Num Module::parameter(const std::string& name, int64_t value, int64_t at_least,
                      const std::string& comment) {
  interface_.parameters.push_back({name, value, at_least, comment});
  return Num::symbol(name);
}

const Signal& Module::input(const std::string& name, const Num& width, const std::string& comment) {
  interface_.ports.push_back({name, true, width});
  return *ports_.emplace_back(&declare(name, SignalKind::kInput, width, comment));
}

const Signal& Module::output(const std::string& name, const Num& width,
                             const std::string& comment) {
  interface_.ports.push_back({name, false, width});
  return *ports_.emplace_back(&declare(name, SignalKind::kOutput, width, comment));
}

std::set<std::string> instantiated(const Module& module) {
  std::set<std::string> names;
  collect_instances(module, names);
  return names;
}

}  // namespace sparq::gen::verilog
