// SPDX-License-Identifier: Apache-2.0
#include "synth/activity.h"

#include <fmt/format.h>

#include <sstream>
#include <vector>

namespace sparq::synth {
namespace {

struct Signal {
  std::vector<std::string> paths;
  char value = '?';
  int64_t since = 0;
  int64_t high = 0;  // time at 1
  int64_t toggles = 0;
};

using Signals = std::map<std::string, Signal>;  // by the dump's identifier

// The declarations, up to $enddefinitions.
Signals read_signals(std::istringstream& words, const std::string& unit) {
  Signals signals;
  std::vector<std::string> scopes;
  std::string ignored;
  for (std::string word; words >> word && word != "$enddefinitions";) {
    if (word == "$scope") {
      words >> ignored >> word;
      scopes.push_back(word);
    } else if (word == "$upscope") {
      if (!scopes.empty()) scopes.pop_back();
    } else if (word == "$var") {
      std::string id;
      std::string name;
      words >> ignored >> ignored >> id >> name;
      std::string path;
      bool inside = false;
      for (const std::string& scope : scopes) {
        if (inside) path += scope + "/";
        inside = inside || scope == unit;
      }
      if (inside) signals[id].paths.push_back(path + name);
    }
  }
  words >> ignored;  // its $end
  return signals;
}

void settle(Signal& signal, int64_t time) {
  if (signal.value == '1') signal.high += time - signal.since;
  signal.since = time;
}

}  // namespace

tl::expected<std::map<std::string, Activity>, std::string> read_activity(const std::string& dump,
                                                                         const std::string& unit) {
  std::istringstream words(dump);
  Signals signals = read_signals(words, unit);
  int64_t begin = -1;
  int64_t time = 0;
  std::string word;
  while (words >> word && word != "$dumpoff") {
    if (word.front() == '#') {
      time = std::stoll(word.substr(1));
      if (begin < 0) begin = time;
    } else if (word.front() != '$') {
      const auto found = signals.find(word.substr(1));
      if (found == signals.end()) continue;
      Signal& signal = found->second;
      if (word.front() != '0' && word.front() != '1') {
        return tl::unexpected(fmt::format("{} is unknown at {}", signal.paths.front(), time));
      }
      settle(signal, time);
      if (signal.value != '?' && signal.value != word.front()) ++signal.toggles;
      signal.value = word.front();
    }
  }
  if (word != "$dumpoff" || time <= begin)
    return tl::unexpected(std::string("the dump has no end"));
  std::map<std::string, Activity> activities;
  for (auto& [id, signal] : signals) {
    settle(signal, time);
    const Activity activity{signal.toggles,
                            static_cast<double>(signal.high) / static_cast<double>(time - begin)};
    for (const std::string& path : signal.paths) activities[path] = activity;
  }
  return activities;
}

}  // namespace sparq::synth
