// SPDX-License-Identifier: Apache-2.0
#include "golden/npy_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>

#include "golden/printable.h"
#include "golden/require.h"

namespace sparq::golden {
namespace {

using spec::fail;

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kMaxRank = 32;  // NumPy's own limit

struct DtypeName {
  Dtype dtype;
  std::string_view descr;
  size_t bytes;
};
constexpr std::array<DtypeName, 7> kDtypes = {{{Dtype::kU8, "|u1", 1},
                                               {Dtype::kI8, "|i1", 1},
                                               {Dtype::kU16, "<u2", 2},
                                               {Dtype::kI16, "<i2", 2},
                                               {Dtype::kI32, "<i4", 4},
                                               {Dtype::kI64, "<i8", 8},
                                               {Dtype::kF32, "<f4", 4}}};

// The dictionary's values as they stand in the file.
struct RawHeader {
  std::optional<std::string> descr;
  std::optional<bool> fortran_order;
  std::optional<std::string> shape_text;
  std::vector<size_t> shape;
};

// A recursive descent without recursion: the subset is flat.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::optional<RawHeader> dictionary();

 private:
  void skip_space() {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\n')) {
      text_.remove_prefix(1);
    }
  }
  bool accept(std::string_view token) {
    skip_space();
    if (!text_.starts_with(token)) return false;
    text_.remove_prefix(token.size());
    return true;
  }
  std::optional<std::string> quoted();
  std::optional<std::string> bracketed();  // a value of a kind we refuse, such as a list
  bool tuple(RawHeader& raw);
  bool item(RawHeader& raw);

  std::string_view text_;
};

std::optional<std::string> Scanner::quoted() {
  skip_space();
  if (text_.empty() || (text_.front() != '\'' && text_.front() != '"')) return std::nullopt;
  const size_t end = text_.find(text_.front(), 1);
  if (end == std::string_view::npos) return std::nullopt;
  std::string content(text_.substr(1, end - 1));
  text_.remove_prefix(end + 1);
  return content;
}

std::optional<std::string> Scanner::bracketed() {
  skip_space();
  if (!text_.starts_with("[")) return std::nullopt;
  const size_t end = text_.rfind(']');
  if (end == std::string_view::npos) return std::nullopt;
  std::string content(text_.substr(0, end + 1));
  text_.remove_prefix(end + 1);
  return content;
}

bool Scanner::tuple(RawHeader& raw) {
  skip_space();
  const std::string_view from = text_;
  if (!accept("(")) return false;
  while (!accept(")")) {
    skip_space();
    size_t value = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    // A number too large for size_t is certainly too large for any file.
    if (error == std::errc::invalid_argument) return false;
    raw.shape.push_back(error == std::errc{} ? value : std::numeric_limits<size_t>::max());
    text_.remove_prefix(static_cast<size_t>(end - text_.data()));
    accept("L");  // Python 2 wrote long integers so
    if (!accept(",") && !text_.starts_with(")")) return false;
  }
  raw.shape_text = std::string(from.substr(0, from.size() - text_.size()));
  return true;
}

bool Scanner::item(RawHeader& raw) {
  const auto key = quoted();
  if (!key || !accept(":")) return false;
  if (*key == "descr" && !raw.descr) {
    raw.descr = quoted();
    if (!raw.descr) raw.descr = bracketed();
    return raw.descr.has_value();
  }
  if (*key == "fortran_order" && !raw.fortran_order) {
    if (accept("False")) raw.fortran_order = false;
    if (!raw.fortran_order && accept("True")) raw.fortran_order = true;
    return raw.fortran_order.has_value();
  }
  if (*key == "shape" && !raw.shape_text) return tuple(raw);
  return false;
}

std::optional<RawHeader> Scanner::dictionary() {
  RawHeader raw;
  if (!accept("{")) return std::nullopt;
  while (!accept("}")) {
    if (!item(raw)) return std::nullopt;
    if (!accept(",")) {
      if (!accept("}")) return std::nullopt;
      break;
    }
  }
  skip_space();
  if (!text_.empty() || !raw.descr || !raw.fortran_order || !raw.shape_text) return std::nullopt;
  return raw;
}

// The product, or nothing when no file can be that large.
std::optional<size_t> byte_count(std::span<const size_t> shape, size_t item) {
  constexpr auto kMost = static_cast<size_t>(std::numeric_limits<ptrdiff_t>::max());
  // An axis of length zero makes the array empty, however long the others claim to be.
  if (std::find(shape.begin(), shape.end(), 0U) != shape.end()) return 0;
  size_t bytes = item;
  for (const size_t length : shape) {
    if (bytes > kMost / length) return std::nullopt;
    bytes *= length;
  }
  return bytes;
}

}  // namespace

std::string_view descr(Dtype dtype) { return kDtypes.at(static_cast<size_t>(dtype)).descr; }

size_t item_bytes(Dtype dtype) { return kDtypes.at(static_cast<size_t>(dtype)).bytes; }

spec::Checked<NpyPreamble> parse_npy_preamble(std::string_view head, const std::string& path) {
  if (!head.starts_with(kMagic)) {
    return fail(path, "magic", printable(head.substr(0, kMagic.size())),
                "must begin with \\x93NUMPY: not a .npy file");
  }
  const auto byte = [&](size_t at) { return size_t{static_cast<unsigned char>(head[at])}; };
  if (head.size() < 10) return fail(path, "header", "", "the file is truncated");
  const size_t major = byte(6);
  const size_t minor = byte(7);
  if ((major != 1 && major != 2) || minor != 0) {
    return fail(path, "version", fmt::format("{}.{}", major, minor), "must be 1.0 or 2.0");
  }
  if (major == 1) return NpyPreamble{10, byte(8) + 256 * byte(9)};
  if (head.size() < 12) return fail(path, "header", "", "the file is truncated");
  return NpyPreamble{12, byte(8) + 256 * (byte(9) + 256 * (byte(10) + 256 * byte(11)))};
}

spec::Checked<NpyHeader> parse_npy_header(std::string_view text, const std::string& path) {
  const auto raw = Scanner(text).dictionary();
  if (!raw) {
    return fail(path, "header", printable(text),
                "must be {'descr': ..., 'fortran_order': ..., 'shape': ...}");
  }
  spec::Problems problems;
  const auto problem = [&](const char* field, std::string value, std::string allowed) {
    problems.push_back({path, field, std::move(value), std::move(allowed)});
  };
  NpyHeader header;
  header.shape = raw->shape;
  const auto* known = std::find_if(kDtypes.begin(), kDtypes.end(),
                                   [&](const DtypeName& d) { return d.descr == *raw->descr; });
  if (known == kDtypes.end()) {
    const bool big = raw->descr->starts_with(">");
    problem("descr", printable(*raw->descr),
            big ? "must be little endian (numpy: a.astype(a.dtype.newbyteorder('<')))"
                : "must be one of |u1, |i1, <u2, <i2, <i4, <i8, <f4");
  }
  if (*raw->fortran_order) {
    problem("fortran_order", "True", "must be False (numpy: numpy.ascontiguousarray(a))");
  }
  const auto bytes = byte_count(header.shape, known == kDtypes.end() ? 1 : known->bytes);
  if (header.shape.size() > kMaxRank) {
    problem("shape", printable(*raw->shape_text),
            fmt::format("must have at most {} axes", kMaxRank));
  } else if (!bytes) {
    problem("shape", printable(*raw->shape_text), "must describe an array that fits in memory");
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  header.dtype = known->dtype;
  header.data_bytes = *bytes;
  return header;
}

std::string format_npy_head(Dtype dtype, std::span<const size_t> shape) {
  require(shape.size() <= kMaxRank, "an array of at most 32 axes");
  std::string axes;
  for (const size_t length : shape) axes += fmt::format("{}, ", length);
  if (shape.size() > 1) axes.resize(axes.size() - 2);
  if (shape.size() == 1) axes.resize(axes.size() - 1);
  std::string dictionary =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr(dtype), axes);
  constexpr size_t kFixed = 10;  // magic, version, length
  const size_t unpadded = kFixed + dictionary.size() + 1;
  dictionary.append((64 - unpadded % 64) % 64, ' ');
  dictionary += '\n';
  std::string head(kMagic);
  head += '\x01';
  head += '\x00';
  head += static_cast<char>(dictionary.size() % 256);
  head += static_cast<char>(dictionary.size() / 256);
  return head + dictionary;
}

}  // namespace sparq::golden
