// SPDX-License-Identifier: Apache-2.0
#include "golden/npy.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "golden/load.h"
#include "golden/npy_header.h"
#include "golden/tests/formats.h"
#include "golden/tests/scratch.h"

namespace sparq::golden {
namespace {

using testing::Scratch;

std::string npy(const std::string& dictionary, const std::string& data, char major = 1) {
  std::string file = std::string("\x93NUMPY") + major + '\0';
  const size_t length = dictionary.size();
  file += static_cast<char>(length % 256);
  file += static_cast<char>(length / 256);
  if (major == 2) file += std::string(2, '\0');
  return file + dictionary + data;
}

std::string header(const std::string& descr, const std::string& shape,
                   const std::string& fortran = "False") {
  std::string text = "{'descr': '" + descr;
  return text + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}

// The file that the head and these elements make.
std::string npy(Dtype dtype, const std::vector<size_t>& shape, std::span<const std::byte> bytes) {
  std::string file = format_npy_head(dtype, shape);
  return file.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

template <class T>
std::string npy(const Matrix<T>& matrix) {
  return npy(dtype_of<T>(), {matrix.rows, matrix.cols}, std::as_bytes(std::span(matrix.data)));
}

class NpyTest : public ::testing::Test {
 protected:
  // Reads a file of these bytes; its one problem as text, without the path.
  std::string problem_of(const std::string& bytes) {
    const std::string path = scratch_.file("in.npy", bytes);
    const auto array = read_npy(path);
    if (array) return "none";
    EXPECT_EQ(array.error().size(), 1U);
    EXPECT_EQ(array.error()[0].where, path);
    std::string text;
    for (const auto& problem : array.error())
      text += to_text(problem).substr(path.size() + 2) + ";";
    return text;
  }

  Scratch scratch_;
};

TEST_F(NpyTest, RoundTripsEveryTypeAndRank) {
  for (const Dtype dtype :
       {Dtype::kU8, Dtype::kI8, Dtype::kU16, Dtype::kI16, Dtype::kI32, Dtype::kI64, Dtype::kF32}) {
    for (const std::vector<size_t>& shape :
         {std::vector<size_t>{}, {5}, {2, 3}, {2, 1, 4}, {0}, {3, 0}}) {
      NpyArray array{dtype, shape, {}};
      size_t count = item_bytes(dtype);
      for (const size_t length : shape) count *= length;
      for (size_t i = 0; i < count; ++i) array.bytes.push_back(static_cast<std::byte>(i * 37));
      const auto back = read_npy(scratch_.file("out.npy", npy(dtype, shape, array.bytes)));
      ASSERT_TRUE(back) << to_text(back.error()[0]);
      EXPECT_EQ(*back, array);
    }
  }
}

TEST_F(NpyTest, WritesTheBytesNumpyWrites) {
  std::string expected("\x93NUMPY\x01\x00\x76\x00", 10);
  expected += "{'descr': '<i4', 'fortran_order': False, 'shape': (1, 2), }";
  expected += std::string(128 - 1 - expected.size(), ' ') + '\n';
  expected += std::string("\x01\0\0\0\xFE\xFF\xFF\xFF", 8);
  EXPECT_EQ(npy(Matrix<int32_t>(1, 2, {1, -2})), expected);
}

TEST_F(NpyTest, ReadsWhatOtherWritersWrite) {
  EXPECT_EQ(problem_of(npy(header("|u1", "(3,)"), "abc")), "none");
  EXPECT_EQ(problem_of(npy(header("|u1", "(3,)"), "abc", 2)), "none");
  EXPECT_EQ(problem_of(npy(header("|u1", "(3L, 1L)"), "abc")), "none");
  EXPECT_EQ(problem_of(npy("{\"shape\":(3,),\"descr\":\"|u1\",\"fortran_order\":False}", "abc")),
            "none");
}

TEST_F(NpyTest, NamesWhatIsWrong) {
  EXPECT_EQ(problem_of(""), "magic: must begin with \\x93NUMPY: not a .npy file;");
  EXPECT_EQ(problem_of("PK\x03\x04 a zip file"),
            "magic = PK\\x03\\x04 a: must begin with \\x93NUMPY: not a .npy file;");
  EXPECT_EQ(problem_of("\x93NUMPY\x01"), "header: the file is truncated;");
  EXPECT_EQ(problem_of(npy(header("|u1", "(1,)"), "a", 3)), "version = 3.0: must be 1.0 or 2.0;");
  EXPECT_EQ(problem_of(npy(header("|u1", "(3,)"), "ab")),
            "data = 2 bytes: must be 3 bytes for its shape and dtype (the file is truncated);");
  EXPECT_EQ(problem_of(npy(header("<i4", "(1,)"), "abcde")),
            "data = 5 bytes: must be 4 bytes for its shape and dtype (more follows the array);");
  EXPECT_EQ(problem_of(npy(header("|u1", "(2, 3)", "True"), "abcdef")),
            "fortran_order = True: must be False (numpy: numpy.ascontiguousarray(a));");
  EXPECT_EQ(problem_of(npy(header(">i4", "(1,)"), "abcd")),
            "descr = >i4: must be little endian (numpy: a.astype(a.dtype.newbyteorder('<')));");
  EXPECT_EQ(problem_of(npy(header("|O", "(1,)"), "abcd")),
            "descr = |O: must be one of |u1, |i1, <u2, <i2, <i4, <i8, <f4;");
  EXPECT_EQ(problem_of(npy("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,)}", "")),
            "descr = [('a', '<i4')]: must be one of |u1, |i1, <u2, <i2, <i4, <i8, <f4;");
  const std::string truncated = npy(header("|u1", "(3,)"), "");
  EXPECT_EQ(problem_of(truncated.substr(0, 40)),
            "header = 58 bytes: the file is truncated: it has 40 bytes in all;");
}

TEST_F(NpyTest, RefusesShapesNoFileCanHave) {
  for (const char* shape : {"(9223372036854775807, 2)", "(4294967296, 4294967296)",
                            "(99999999999999999999999,)", "(18446744073709551615,)"}) {
    EXPECT_EQ(problem_of(npy(header("<i8", shape), "")),
              std::string("shape = ") + shape + ": must describe an array that fits in memory;");
  }
  EXPECT_NE(problem_of(npy(header("|u1", "(1000000000000,)"), "")).find("truncated"),
            std::string::npos);
  EXPECT_EQ(problem_of(npy(header("|u1", "(4294967296, 0, 4294967296)"), "")), "none");
}

TEST_F(NpyTest, RefusesMalformedHeaders) {
  for (const char* text :
       {"", "{", "{}", "{'descr': '|u1', 'fortran_order': False}", "not a dictionary",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'extra': 1}",
        "{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1 2)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (,)}",
        "{'descr': '|u1', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1,)} x"}) {
    EXPECT_NE(problem_of(npy(text, "a")).find("header"), std::string::npos) << text;
  }
}

TEST_F(NpyTest, AMissingFileAndADirectory) {
  EXPECT_EQ(read_npy("/nowhere/x.npy").error()[0].allowed, "no such file");
  EXPECT_EQ(read_npy("/tmp").error()[0].allowed, "must be a regular file");
}

// Changes a few bytes of good files: every result is an array or a problem, and none claims memory
// that the file does not hold.
TEST_F(NpyTest, SurvivesMutations) {
  const std::vector<std::string> seeds = {
      npy(header("|u1", "(3, 4)"), "abcdefghijkl"), npy(header("<i4", "(2,)"), "abcdefgh", 2),
      npy(header("<f4", "()"), "abcd"), npy(header("|i1", "(0, 9)"), "")};
  const std::string alphabet = "0123456789(),:'\"{} LFT<>|uif\n\\[]-";
  std::mt19937 random(31);
  // In memory: disks that secure a replaced file make this take minutes.
  const int memory = memfd_create("fuzz.npy", MFD_CLOEXEC);
  ASSERT_GE(memory, 0);
  const std::string path = "/proc/self/fd/" + std::to_string(memory);
  size_t good = 0;
  constexpr int kFiles = 30000;
  for (int i = 0; i < kFiles; ++i) {
    std::string bytes = seeds[random() % seeds.size()];
    for (auto edits = 1 + random() % 4; edits > 0 && !bytes.empty(); --edits) {
      const size_t at = random() % bytes.size();
      switch (random() % 5) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes[at] = alphabet[random() % alphabet.size()];
          break;
        case 2:
          bytes.erase(at, 1 + random() % 8);
          break;
        case 3:
          bytes.insert(at, 1 + random() % 12, alphabet[random() % alphabet.size()]);
          break;
        default:
          bytes.resize(at);
      }
    }
    ASSERT_EQ(ftruncate(memory, 0), 0);
    ASSERT_EQ(pwrite(memory, bytes.data(), bytes.size(), 0), std::ssize(bytes));
    const auto array = read_npy(path);
    if (array) {
      ++good;
      ASSERT_LE(array->bytes.size(), bytes.size());
    } else {
      ASSERT_FALSE(array.error().empty());
      for (const auto& problem : array.error()) {
        ASSERT_EQ(to_text(problem).find('\n'), std::string::npos);
        ASSERT_LT(to_text(problem).size(), 500U);
      }
    }
  }
  close(memory);
  EXPECT_GT(good, 100U);
  EXPECT_LT(good, static_cast<size_t>(kFiles) / 2);
}

class LoadTest : public NpyTest {
 protected:
  template <class T>
  std::string write(const std::string& name, const Matrix<T>& matrix) {
    return scratch_.file(name, npy(matrix));
  }
};

TEST_F(LoadTest, NamesTheElementOutOfRange) {
  const spec::Format a9 = testing::baseline(spec::Kind::kInt8, 9);
  Matrix<uint16_t> x(5, 20);
  x(3, 17) = 512;
  const auto wide = load_activations(write("x.npy", x), a9);
  ASSERT_FALSE(wide);
  EXPECT_EQ(to_text(wide.error()[0]),
            scratch_.path("x.npy") + ": [3,17] = 512: must be 0..511 (activation_bits = 9)");
  Matrix<int8_t> w(2, 2, {7, -8, -9, 0});
  const auto narrow = load_weights(write("w.npy", w), 4);
  ASSERT_FALSE(narrow);
  EXPECT_EQ(to_text(narrow.error()[0]),
            scratch_.path("w.npy") + ": [1,0] = -9: must be -8..7 (weight_bits = 4)");
}

TEST_F(LoadTest, AcceptsTheWholeRange) {
  const spec::Format a8 = testing::named("5opt");
  const auto x = load_activations(write("x.npy", Matrix<uint8_t>(1, 2, {0, 255})), a8);
  ASSERT_TRUE(x);
  EXPECT_EQ(std::get<Matrix<uint8_t>>(*x).data, (std::vector<uint8_t>{0, 255}));
  const auto w = load_weights(write("w.npy", Matrix<int16_t>(1, 2, {-32768, 32767})), 16);
  ASSERT_TRUE(w);
  EXPECT_EQ(std::get<Matrix<int16_t>>(*w).data, (std::vector<int16_t>{-32768, 32767}));
}

TEST_F(LoadTest, ReportsBothFilesAtOnce) {
  const std::string x = write("x.npy", Matrix<int8_t>(2, 3));
  const std::string w = scratch_.file("w.npy", npy(header("<i2", "(6,)"), std::string(12, '\0')));
  const auto both = load_gemm(x, w, testing::named("5opt"), 8);
  ASSERT_FALSE(both);
  ASSERT_EQ(both.error().size(), 3U);
  EXPECT_EQ(to_text(both.error()[0]), x + ": descr = |i1: must be |u1 (activation_bits = 8)");
  EXPECT_EQ(to_text(both.error()[1]), w + ": descr = <i2: must be |i1 (weight_bits = 8)");
  EXPECT_EQ(to_text(both.error()[2]), w + ": shape = (6,): must have two axes, rows x K");
}

TEST_F(LoadTest, KMustAgree) {
  const std::string x = write("x.npy", Matrix<uint8_t>(2, 3));
  const std::string w = write("w.npy", Matrix<int8_t>(2, 4));
  const auto both = load_gemm(x, w, testing::named("5opt"), 8);
  ASSERT_FALSE(both);
  EXPECT_EQ(to_text(both.error()[0]),
            w + ": shape = K = 4: must have the K of " + x + ", which is 3");
}

TEST_F(LoadTest, RefusesEmptyMatricesAndTakesTensorsOfAnyRank) {
  const spec::Format format = testing::named("5opt");
  EXPECT_FALSE(load_activations(write("x.npy", Matrix<uint8_t>(0, 3)), format));
  const std::string cube = scratch_.file("c.npy", npy(header("|u1", "(2, 1, 3)"), "abcdef"));
  const auto tensor = load_tensor(cube, format);
  ASSERT_TRUE(tensor);
  EXPECT_EQ(tensor->shape, (std::vector<size_t>{2, 1, 3}));
  EXPECT_EQ(std::get<Matrix<uint8_t>>(tensor->values).rows, 2U);
  EXPECT_FALSE(load_tensor(scratch_.file("s.npy", npy(header("|u1", "()"), "a")), format));
  EXPECT_TRUE(load_tensor(scratch_.file("e.npy", npy(header("|u1", "(0, 3)"), "")), format));
}

}  // namespace
}  // namespace sparq::golden
