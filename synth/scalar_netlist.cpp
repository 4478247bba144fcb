// SPDX-License-Identifier: Apache-2.0
#include "synth/scalar_netlist.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "synth/netlist.h"

namespace sparq::synth {
namespace {

constexpr const char* kClock = "clk_i";

int highest_net(const Structure& module) {
  int highest = kOne;
  const auto look = [&](const std::vector<Pin>& pins) {
    for (const Pin& pin : pins) {
      for (const int net : pin.nets) highest = std::max(highest, net);
    }
  };
  look(module.ports);
  for (const Instance& instance : module.instances) look(instance.pins);
  return highest;
}

// An input bit that a net drives.
struct Load {
  int* net;
  int weight;  // input pins of cells behind it
};

// What a net drives.
struct Net {
  std::vector<Load> loads;
  int beside = 0;  // input pins inside the submodule that drives it
};

// A module that is written, as those that hold it see it.
struct Written {
  std::string name;
  std::map<std::string, std::string> through;       // outputs that are an input, by bits' names
  std::map<std::string, std::vector<int>> weights;  // input pins in it on each bit of a port
  int64_t buffers = 0;                              // in one instance, submodules included
};

// The names of `ports`' bits that are an output and nothing but an input.
std::map<std::string, std::string> inputs_passed_through(const std::vector<Pin>& ports) {
  std::map<int, std::string> inputs;
  std::map<std::string, std::string> through;
  for (const bool output : {false, true}) {
    for (const Pin& port : ports) {
      for (size_t bit = 0; bit < port.nets.size() && port.output == output; ++bit) {
        const int net = port.nets[bit];
        if (!output) inputs.emplace(net, port_name(port, bit));
        if (output && inputs.contains(net)) through[port_name(port, bit)] = inputs.at(net);
      }
    }
  }
  return through;
}

class Writer {
 public:
  Writer(const Structures& structures, const Library& library)
      : structures_(structures), buffer_(*library.buffer()), flip_flop_(*library.flip_flop()) {}

  ScalarNetlist write_between_registers(const std::string& top) {
    const int64_t buffers = write_module(between_registers(top), "timed").buffers;
    return {std::move(text_), buffers};
  }

  ScalarNetlist write(const std::string& top) {
    const int64_t buffers = module_of(top).buffers;
    return {std::move(text_), buffers};
  }

 private:
  Structure between_registers(const std::string& top) const {
    constexpr int kClockNet = kOne + 1;
    int next = kClockNet + 1;
    Structure timed{{{kClock, false, {kClockNet}}}, {}};
    Instance unit{"u_unit", top, {}};
    const Cell::Pins& pins = flip_flop_.second.flip_flop;
    for (const Pin& port : structures_.at(top).ports) {
      Pin& connection = unit.pins.emplace_back(Pin{port.name, port.output, {}});
      for (size_t i = 0; i < port.nets.size(); ++i) {
        const int net = port.name == kClock ? kClockNet : next++;
        connection.nets.push_back(net);
        if (net == kClockNet) continue;
        const std::string name =
            port.nets.size() == 1 ? port.name : fmt::format("{}[{}]", port.name, i);
        timed.instances.push_back({name,
                                   flip_flop_.first,
                                   {{pins.data, false, {port.output ? net : kZero}},
                                    {pins.clock, false, {kClockNet}},
                                    {pins.output, true, {port.output ? kUnconnected : net}}}});
      }
    }
    timed.instances.push_back(std::move(unit));
    return timed;
  }

  const Written& module_of(const std::string& key) {
    const auto known = written_.find(key);
    if (known != written_.end()) return known->second;
    std::string name = plain_name(key);
    if (const int variant = ++variants_[name]; variant > 1) {
      name += fmt::format("__variant_{}", variant);
    }
    return written_.emplace(key, write_module(structures_.at(key), name)).first->second;
  }

  int weight_of(const Instance& instance, const Pin& pin, size_t bit) {
    if (!structures_.contains(instance.type)) return 1;
    const auto& weights = module_of(instance.type).weights;
    const auto found = weights.find(pin.name);
    return found == weights.end() ? 0 : found->second[bit];
  }

  // One net on both sides of a submodule that passes it through gets one tree of buffers.
  void join_nets_across_submodules(Structure& module) {
    std::map<int, int> joined;
    for (Instance& instance : module.instances) {
      if (!structures_.contains(instance.type)) continue;
      const auto& through = module_of(instance.type).through;
      std::map<std::string, int> inputs;
      for (const bool output : {false, true}) {
        for (Pin& pin : instance.pins) {
          for (size_t bit = 0; bit < pin.nets.size() && pin.output == output; ++bit) {
            const std::string name = port_name(pin, bit);
            if (!output) inputs[name] = pin.nets[bit];
            if (!output || !through.contains(name) || pin.nets[bit] == kUnconnected) continue;
            joined[pin.nets[bit]] = inputs.at(through.at(name));
            pin.nets[bit] = kUnconnected;
          }
        }
      }
    }
    const auto join = [&](std::vector<Pin>& pins) {
      for (Pin& pin : pins) {
        for (int& net : pin.nets) {
          while (joined.contains(net)) net = joined.at(net);
        }
      }
    };
    join(module.ports);
    for (Instance& instance : module.instances) join(instance.pins);
  }

  std::map<int, Net> nets_in(Structure& module) {
    std::set<int> clocks;
    const auto find_clock = [&](const std::vector<Pin>& pins) {
      for (const Pin& pin : pins) {
        if (pin.name == kClock) clocks.insert(pin.nets.front());
      }
    };
    find_clock(module.ports);
    for (const Instance& instance : module.instances) find_clock(instance.pins);
    std::map<int, Net> nets;
    for (Instance& instance : module.instances) {
      for (Pin& pin : instance.pins) {
        for (size_t bit = 0; bit < pin.nets.size(); ++bit) {
          int& net = pin.nets[bit];
          if (net <= kOne || clocks.contains(net)) continue;
          if (!pin.output) {
            nets[net].loads.push_back({&net, weight_of(instance, pin, bit)});
          } else if (structures_.contains(instance.type)) {
            nets[net].beside = weight_of(instance, pin, bit);
          }
        }
      }
    }
    return nets;
  }

  // Puts buffers before the loads of a net until its driver has few. Gives how many it then has.
  int split(int net, Net driven, int& next_net, std::deque<Instance>& added) const {
    std::vector<Load>& loads = driven.loads;
    const int room = std::max(kMaxFanout - driven.beside, 1);
    const auto total = [&] {
      int sum = 0;
      for (const Load& load : loads) sum += load.weight;
      return sum;
    };
    while (total() > room) {
      std::vector<Load> buffered;
      for (size_t i = 0; i < loads.size();) {
        const int output = next_net++;
        const Cell::Pins& pins = buffer_.second.buffer;
        added.push_back({fmt::format("fanout_{}", output),
                         buffer_.first,
                         {{pins.data, false, {net}}, {pins.output, true, {output}}}});
        int weight = 0;
        do {
          weight += loads[i].weight;
          *loads[i++].net = output;
        } while (i < loads.size() && weight + loads[i].weight <= kMaxFanout);
        buffered.push_back({added.back().pins.front().nets.data(), 1});
      }
      loads = std::move(buffered);
    }
    return driven.beside + total();
  }

  Written write_module(Structure module, const std::string& name) {
    join_nets_across_submodules(module);
    Written written{name, inputs_passed_through(module.ports), {}, 0};
    std::map<int, int> weights;  // of a net, once it is buffered
    std::deque<Instance> added;
    int next_net = highest_net(module) + 1;
    for (const auto& [net, driven] : nets_in(module)) {
      weights[net] = split(net, driven, next_net, added);
    }
    written.buffers = static_cast<int64_t>(added.size());
    std::move(added.begin(), added.end(), std::back_inserter(module.instances));
    for (const Instance& instance : module.instances) {
      if (structures_.contains(instance.type)) written.buffers += module_of(instance.type).buffers;
    }
    for (const Pin& port : module.ports) {
      for (const int net : port.nets) written.weights[port.name].push_back(weights[net]);
    }
    text_ += to_verilog(module, name);
    return written;
  }

  std::string to_verilog(const Structure& module, const std::string& name) {
    std::string header;
    std::string declarations;
    std::string aliases;  // ports that are not the name of their net
    std::map<int, std::string> names = {{kUnconnected, ""}, {kZero, "1'b0"}, {kOne, "1'b1"}};
    for (const bool output : {false, true}) {
      for (const Pin& port : module.ports) {
        for (size_t bit = 0; bit < port.nets.size() && port.output == output; ++bit) {
          const std::string own = port_name(port, bit);
          header += (header.empty() ? "" : ", ") + own;
          declarations += fmt::format("  {} {};\n", output ? "output" : "input", own);
          const auto [net, fresh] = names.try_emplace(port.nets[bit], own);
          if (!fresh && port.nets[bit] != kUnconnected) {
            aliases += fmt::format("  assign {} = {};\n", own, net->second);
          }
        }
      }
    }
    std::string text = fmt::format("module {} ({});\n{}", name, header, declarations);
    for (const Instance& instance : module.instances) {
      const bool is_module = structures_.contains(instance.type);
      std::string pins;
      for (const Pin& pin : instance.pins) {
        for (size_t bit = 0; bit < pin.nets.size(); ++bit) {
          if (pin.nets[bit] == kUnconnected) continue;
          const auto [net, fresh] = names.try_emplace(pin.nets[bit], "");
          if (fresh) net->second = fmt::format("n{}", pin.nets[bit]);
          pins += fmt::format("{}.{}({})", pins.empty() ? "" : ", ",
                              is_module ? port_name(pin, bit) : pin.name, net->second);
        }
      }
      text += fmt::format("  {} \\{} ({});\n",
                          is_module ? module_of(instance.type).name : instance.type, instance.name,
                          pins);
    }
    return text + aliases + "endmodule\n\n";
  }

  const Structures& structures_;
  const std::pair<const std::string, Cell>& buffer_;
  const std::pair<const std::string, Cell>& flip_flop_;
  std::map<std::string, Written> written_;  // by key
  std::map<std::string, int> variants_;     // of a module name, written so far
  std::string text_;
};

}  // namespace

// OpenSTA takes "data_i[3]" for a bit of a bus that it does not know; "ready_o" may be the register
// that drives the port.
std::string port_name(const Pin& port, size_t bit) {
  return port.name == kClock ? port.name : fmt::format("{}__{}", port.name, bit);
}

ScalarNetlist scalar_netlist(const Structures& structures, const std::string& top,
                             const Library& library) {
  return Writer(structures, library).write(top);
}

ScalarNetlist timed_netlist(const Structures& structures, const std::string& top,
                            const Library& library) {
  return Writer(structures, library).write_between_registers(top);
}

}  // namespace sparq::synth
