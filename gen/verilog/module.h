// SPDX-License-Identifier: Apache-2.0
// Modules of emitted Verilog as objects. check() proves that what was built hangs together; write()
// turns it into text.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "gen/verilog/expr.h"

namespace sparq::gen::verilog {

struct ParameterDecl {
  std::string name;
  int64_t value;     // default
  int64_t at_least;  // a smaller value is refused at elaboration
  std::string comment;
};

struct PortDecl {
  std::string name;
  bool input;
  Num width;
};

// What an instantiation needs to know of a module.
struct Interface {
  std::string name;
  std::vector<ParameterDecl> parameters;
  std::vector<PortDecl> ports;
};

// A signal or part of one, as the target of an assignment.
struct Target {
  // NOLINTNEXTLINE(google-explicit-constructor): a signal is a target
  Target(const Signal& whole) : signal(&whole), low(0), bits(whole.width) {}
  Target(const Signal& part_of, Num from, Num count)
      : signal(&part_of), low(std::move(from)), bits(std::move(count)) {}

  const Signal* signal;
  Num low;
  Num bits;
};

// How a module's resets act; all of them are active low.
enum class ResetStyle { kSynchronous, kAsynchronous };

struct Clocking {
  const Signal& clock;
  std::optional<Expr> reset_n;  // active low, in the module's style: registers become zero
  std::optional<Expr> enable;   // registers hold while it is low
};

struct Connection {
  std::string port;
  Expr value;  // for an output port: a whole signal or a slice of one, see Scope::instance
};

// A comparison of constant expressions, for generate-if.
struct Condition {
  Num left;
  std::string op;  // "<" or "=="
  Num right;
};

struct Item;

// A module's body or a generate block.
class Scope {
 public:
  Scope(const Scope* parent, std::string label);
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  void comment(const std::string& text);  // one `//` line per line of text
  void section(const std::string& title);
  const Signal& wire(const std::string& name, const Num& width, const std::string& comment = "");
  const Signal& wire(const std::string& name, const Expr& value, const std::string& comment = "");
  const Signal& reg(const std::string& name, const Num& width, const std::string& comment = "");
  void assign(const Target& target, const Expr& value);
  void registers(const Clocking& clocking,
                 const std::vector<std::pair<const Signal*, Expr>>& next_values);
  void instance(const Interface& module, const std::string& name,
                const std::vector<std::pair<std::string, Num>>& parameters,
                const std::vector<Connection>& inputs,
                const std::vector<std::pair<std::string, Target>>& outputs);
  // for (var = 0; var < count; ...) begin : label
  Scope& loop(const std::string& var, const Num& count, const std::string& label);
  // if (condition) begin : label ... end else begin : else_label ... end
  std::pair<Scope&, Scope&> choose(const Condition& condition, const std::string& label,
                                   const std::string& else_label);
  // if (condition) begin : label
  Scope& only_if(const Condition& condition, const std::string& label);
  // Uses signals that nothing else reads, so that lint stays clean without waivers.
  void sink(const std::vector<Expr>& signals);

  const std::string& label() const { return label_; }
  const Scope* parent() const { return parent_; }
  const std::vector<std::unique_ptr<Item>>& items() const { return items_; }

 protected:
  const Signal& declare(const std::string& name, SignalKind kind, const Num& width,
                        const std::string& comment);

 private:
  void add(Item item);

  const Scope* parent_;
  std::string label_;
  std::deque<Signal> signals_;
  std::vector<std::unique_ptr<Item>> items_;

  friend class Module;
};

class Module : public Scope {
 public:
  // `header` becomes the comment above the module, after the licence line.
  Module(std::string name, std::string header, ResetStyle resets = ResetStyle::kSynchronous);

  Num parameter(const std::string& name, int64_t value, int64_t at_least,
                const std::string& comment);
  const Signal& input(const std::string& name, const Num& width, const std::string& comment = "");
  const Signal& output(const std::string& name, const Num& width, const std::string& comment = "");

  const std::string& name() const { return interface_.name; }
  const Interface& interface() const { return interface_; }
  const std::vector<const Signal*>& ports() const { return ports_; }
  const std::string& header() const { return header_; }
  ResetStyle resets() const { return resets_; }

 private:
  Interface interface_;
  std::string header_;
  ResetStyle resets_;
  std::vector<const Signal*> ports_;
};

struct Comment {
  std::string text;
  bool section;
};
struct Declaration {
  const Signal* signal;
  std::optional<Expr> value;
};
struct Assign {
  Target target;
  Expr value;
};
struct Registers {
  Clocking clocking;
  std::vector<std::pair<const Signal*, Expr>> next_values;
};
struct Instance {
  Interface module;
  std::string name;
  std::vector<std::pair<std::string, Num>> parameters;
  std::vector<std::pair<std::string, Expr>> connections;  // in the order of the module's ports
  std::vector<Target> driven;
};
struct Loop {
  std::string var;
  Num count;
  std::unique_ptr<Scope> body;
};
struct Choice {
  Condition condition;
  std::unique_ptr<Scope> then;
  std::unique_ptr<Scope> otherwise;  // may be null
};
struct Sink {
  std::vector<Expr> signals;
  std::string name;
};

struct Item {
  std::variant<Comment, Declaration, Assign, Registers, Instance, Loop, Choice, Sink> node;
};

// Throws std::logic_error unless every signal is declared where it is used, driven exactly once in
// every bit at the parameters' defaults (large loops are cut to their first three iterations'
// worth of parameters), and read from a place that can see it.
void check(const Module& module);

// The names of all modules that a module instantiates.
std::set<std::string> instantiated(const Module& module);

// The module's file, checked first.
std::string write(const Module& module);

}  // namespace sparq::gen::verilog
