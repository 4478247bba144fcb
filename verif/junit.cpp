// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "verif/certificate.h"

namespace sparq::verif {
namespace {

// Text and attribute values; control characters that XML 1.0 has no place for become '?'.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
      case '\t':
        out += c;
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
  }
  return out;
}

}  // namespace

std::string junit_xml(const gen::Output& output, const Report& report) {
  const std::string counts =
      fmt::format("tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"{:.3f}\"",
                  report.checks.size(), std::ranges::count_if(report.checks, &Check::failed),
                  report.skipped(), report.seconds);
  std::string xml = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {0}>\n"
      "  <testsuite name=\"sparq.{1}\" {0}>\n",
      counts, escaped(output.config.name));
  for (const Check& check : report.checks) {
    xml += fmt::format("    <testcase classname=\"{}\" name=\"{}: {}\" time=\"{:.3f}\"",
                       escaped(check.module), escaped(check.kind), escaped(check.title),
                       check.seconds);
    if (check.passed) {
      xml += "/>\n";
    } else if (!check.failed()) {
      xml += fmt::format(">\n      <skipped message=\"{}\"/>\n    </testcase>\n",
                         escaped(check.skipped));
    } else {
      xml += fmt::format(">\n      <failure message=\"{} cases\">{}</failure>\n    </testcase>\n",
                         check.cases, escaped(check.detail));
    }
  }
  return xml + "  </testsuite>\n</testsuites>\n";
}

}  // namespace sparq::verif
