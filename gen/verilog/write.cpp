// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "gen/verilog/module.h"

namespace sparq::gen::verilog {
namespace {

std::string range(const Num& width) {
  return width == Num(1) ? "" : fmt::format("[{}:0]", (width - 1).text());
}

std::string note(const std::string& comment) { return comment.empty() ? "" : "  // " + comment; }

constexpr int kColumns = 100;

class Writer {
 public:
  explicit Writer(const Module& module) : module_(module) {}

  std::string run() {
    line("// SPDX-License-Identifier: Apache-2.0");
    line("//");
    comment_lines(module_.header());
    line("");
    line("`default_nettype none");
    line("");
    head();
    ++depth_;
    guards();
    genvars();
    body(module_, true);
    --depth_;
    line("");
    line("endmodule");
    line("");
    line("`default_nettype wire");
    return out_;
  }

 private:
  void line(const std::string& text) {
    if (!text.empty()) out_ += std::string(static_cast<size_t>(2 * depth_), ' ') + text;
    out_ += '\n';
  }

  // Writes `text`, whose continuation lines are indented below the first; long lines are broken.
  void statement(const std::string& text) {
    std::istringstream lines(text);
    std::string part;
    for (bool first = true; std::getline(lines, part); first = false) {
      if (!first) part.insert(0, "    ");
      const auto room = static_cast<size_t>(kColumns - 2 * depth_);
      while (part.size() > room) {
        const size_t at = break_before(part, room);
        if (at == 0) break;
        line(part.substr(0, at - 1));
        part = "    " + part.substr(at);
      }
      line(part);
    }
  }

  // The best place to break a long line: behind the operator or comma that stands in the fewest
  // brackets, the rightmost of those; 0 when there is none.
  static size_t break_before(const std::string& text, size_t room) {
    size_t best = 0;
    int best_nesting = 1000;
    int nesting = 0;
    for (size_t i = 4; i + 1 < text.size() && i < room; ++i) {
      const char c = text[i];
      if (c == '(' || c == '{' || c == '[') ++nesting;
      if (c == ')' || c == '}' || c == ']') --nesting;
      const bool breakable =
          text[i + 1] == ' ' && std::string_view(",=?:+|&").find(c) != std::string_view::npos;
      if (breakable && nesting <= best_nesting && i + 2 < text.size()) {
        best = i + 2;
        best_nesting = nesting;
      }
    }
    return best;
  }

  void comment_lines(const std::string& text) {
    std::istringstream lines(text);
    std::string part;
    while (std::getline(lines, part)) line(part.empty() ? "//" : "// " + part);
  }

  void head() {
    const Interface& interface = module_.interface();
    if (interface.parameters.empty()) {
      line(fmt::format("module {} (", module_.name()));
    } else {
      line(fmt::format("module {} #(", module_.name()));
      parameters(interface.parameters);
      line(") (");
    }
    size_t columns = 0;
    size_t names = 0;
    for (const Signal* port : module_.ports()) {
      columns = std::max(columns, range(port->width).size());
      names = std::max(names, port->name.size());
    }
    for (size_t i = 0; i < module_.ports().size(); ++i) {
      const Signal& port = *module_.ports()[i];
      const bool last = i + 1 == module_.ports().size();
      std::string text =
          fmt::format("    {} wire {:<{}} ", port.kind == SignalKind::kInput ? "input " : "output",
                      range(port.width), columns);
      if (columns == 0) text.pop_back();
      text += port.name + (last ? "" : ",");
      if (!port.comment.empty()) {
        text += std::string(names + 1 - port.name.size() - (last ? 0 : 1), ' ');
        text += " // " + port.comment;
      }
      line(text);
    }
    line(");");
    line("");
  }

  void parameters(const std::vector<ParameterDecl>& list) {
    size_t names = 0;
    for (const ParameterDecl& p : list) names = std::max(names, p.name.size());
    for (size_t i = 0; i < list.size(); ++i) {
      const std::string value = std::to_string(list[i].value) + (i + 1 == list.size() ? "" : ",");
      line(fmt::format("    parameter {:<{}} = {:<4} // {}", list[i].name, names, value,
                       list[i].comment));
    }
  }

  // An illegal parameter instantiates a module that does not exist and is named after the fault.
  void guards() {
    if (module_.interface().parameters.empty()) return;
    line("generate");
    for (const ParameterDecl& p : module_.interface().parameters) {
      std::string snake;
      for (const char c : p.name) {
        if (c >= 'A' && c <= 'Z' && !snake.empty()) snake += '_';
        snake += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
      }
      line(fmt::format("  if ({} < {}) begin : gen_bad_{}", p.name, p.at_least, snake));
      line(fmt::format("    sparq_error_{}_must_be_at_least_{} u_error ();", snake, p.at_least));
      line("  end");
    }
    line("endgenerate");
    line("");
  }

  static void collect(const Scope& scope, std::set<std::string>& vars) {
    for (const auto& item : scope.items()) {
      if (const auto* loop = std::get_if<Loop>(&item->node)) {
        vars.insert(loop->var);
        collect(*loop->body, vars);
      } else if (const auto* choice = std::get_if<Choice>(&item->node)) {
        collect(*choice->then, vars);
        if (choice->otherwise) collect(*choice->otherwise, vars);
      }
    }
  }

  void genvars() {
    std::set<std::string> vars;
    collect(module_, vars);
    if (vars.empty()) return;
    line(fmt::format("genvar {};", fmt::join(vars, ", ")));
    line("");
  }

  void body(const Scope& scope, bool top) {
    const auto& items = scope.items();
    for (size_t i = 0; i < items.size();) {
      if (i > 0 && apart(*items[i - 1], *items[i])) line("");
      if (std::holds_alternative<Declaration>(items[i]->node)) {
        i = declarations(items, i);
        continue;
      }
      const bool generated = std::holds_alternative<Loop>(items[i]->node) ||
                             std::holds_alternative<Choice>(items[i]->node);
      if (top && generated) {
        line("generate");
        ++depth_;
      }
      std::visit([&](const auto& node) { item(node); }, items[i]->node);
      if (top && generated) {
        --depth_;
        line("endgenerate");
      }
      ++i;
    }
  }

  // Whether a blank line parts two neighbours: blocks and commented groups stand apart.
  static bool apart(const Item& above, const Item& below) {
    const auto is_block = [](const Item& item) {
      return std::holds_alternative<Registers>(item.node) ||
             std::holds_alternative<Instance>(item.node) ||
             std::holds_alternative<Loop>(item.node) || std::holds_alternative<Choice>(item.node);
    };
    const auto is_comment = [](const Item& item) {
      return std::holds_alternative<Comment>(item.node);
    };
    if (is_comment(above)) return false;
    const bool new_group = std::holds_alternative<Assign>(above.node) &&
                           std::holds_alternative<Declaration>(below.node);
    return is_block(above) || is_block(below) || is_comment(below) || new_group;
  }

  // A run of declarations, aligned. Returns the index after it.
  size_t declarations(const std::vector<std::unique_ptr<Item>>& items, size_t at) {
    std::vector<const Declaration*> run;
    for (; at < items.size(); ++at) {
      const auto* declaration = std::get_if<Declaration>(&items[at]->node);
      if (declaration == nullptr) break;
      run.push_back(declaration);
    }
    size_t columns = 0;
    size_t names = 0;
    for (const Declaration* d : run) {
      columns = std::max(columns, range(d->signal->width).size());
      if (d->value) names = std::max(names, d->signal->name.size());
    }
    for (const Declaration* d : run) {
      std::string text = d->signal->kind == SignalKind::kReg ? "reg  " : "wire ";
      if (columns > 0) text += fmt::format("{:<{}} ", range(d->signal->width), columns);
      if (d->value) {
        const bool chain = d->value->text().front() == '\n';
        text += fmt::format("{:<{}} ={}{};", d->signal->name, chain ? 0 : names, chain ? "" : " ",
                            d->value->text());
      } else {
        text += d->signal->name + ";";
      }
      statement(text + note(d->signal->comment));
    }
    return at;
  }

  void item(const Comment& c) {
    if (c.section) {
      const int dashes = 80 - 2 * depth_ - static_cast<int>(c.text.size());
      line(fmt::format("// ---- {} {}", c.text,
                       std::string(static_cast<size_t>(std::max(4, dashes)), '-')));
    } else {
      comment_lines(c.text);
    }
  }
  void item(const Declaration&) {}  // written in runs by declarations()

  void item(const Assign& a) {
    const bool chain = a.value.text().front() == '\n';
    statement(fmt::format("assign {} ={}{};",
                          a.target.signal->slice(a.target.low, a.target.bits).text(),
                          chain ? "" : " ", a.value.text()));
  }

  void item(const Registers& r) {
    const bool asynchronous = r.clocking.reset_n && module_.resets() == ResetStyle::kAsynchronous;
    line(fmt::format("always @(posedge {}{}) begin", r.clocking.clock.name,
                     asynchronous ? " or negedge " + r.clocking.reset_n->text() : ""));
    ++depth_;
    size_t names = 0;
    for (const auto& [target, value] : r.next_values) names = std::max(names, target->name.size());
    const auto updates = [&](bool reset) {
      for (const auto& [target, value] : r.next_values) {
        statement(fmt::format("{:<{}} <= {};", target->name, names,
                              reset ? zeros(target->width).text() : value.text()));
      }
    };
    if (r.clocking.reset_n) {
      line(fmt::format("if (!{}) begin", r.clocking.reset_n->text()));
      ++depth_;
      updates(true);
      --depth_;
      line(r.clocking.enable ? fmt::format("end else if ({}) begin", r.clocking.enable->text())
                             : "end else begin");
    } else if (r.clocking.enable) {
      line(fmt::format("if ({}) begin", r.clocking.enable->text()));
    }
    const bool nested = r.clocking.reset_n || r.clocking.enable;
    depth_ += nested ? 1 : 0;
    updates(false);
    depth_ -= nested ? 1 : 0;
    if (nested) line("end");
    --depth_;
    line("end");
  }

  void item(const Instance& i) {
    if (i.parameters.empty()) {
      line(fmt::format("{} {} (", i.module.name, i.name));
    } else {
      line(fmt::format("{} #(", i.module.name));
      for (size_t k = 0; k < i.parameters.size(); ++k) {
        line(fmt::format("    .{}({}){}", i.parameters[k].first, i.parameters[k].second.text(),
                         k + 1 == i.parameters.size() ? "" : ","));
      }
      line(fmt::format(") {} (", i.name));
    }
    if (i.connections.empty()) {
      out_.replace(out_.size() - 2, 2, "();\n");
      return;
    }
    size_t names = 0;
    for (const auto& [port, value] : i.connections) names = std::max(names, port.size());
    for (size_t k = 0; k < i.connections.size(); ++k) {
      const auto& [port, value] = i.connections[k];
      line(fmt::format("    .{:<{}} ({}){}", port, names, value.text(),
                       k + 1 == i.connections.size() ? "" : ","));
    }
    line(");");
  }

  void item(const Loop& loop) {
    line(fmt::format("for ({0} = 0; {0} < {1}; {0} = {0} + 1) begin : {2}", loop.var,
                     loop.count.text(), loop.body->label()));
    block(*loop.body);
    line("end");
  }

  void item(const Choice& choice) {
    line(fmt::format("if ({} {} {}) begin : {}", choice.condition.left.text(), choice.condition.op,
                     choice.condition.right.text(), choice.then->label()));
    block(*choice.then);
    if (choice.otherwise) {
      line(fmt::format("end else begin : {}", choice.otherwise->label()));
      block(*choice.otherwise);
    }
    line("end");
  }

  void block(const Scope& scope) {
    ++depth_;
    body(scope, false);
    --depth_;
  }

  void item(const Sink& sink) {
    std::string text = fmt::format("wire {} = &{{1'b0", sink.name);
    for (const Expr& e : sink.signals) text += ", " + e.text();
    line(text + "};");
  }

  const Module& module_;
  std::string out_;
  int depth_ = 0;
};

}  // namespace

std::string write(const Module& module) {
  check(module);
  return Writer(module).run();
}

}  // namespace sparq::gen::verilog
