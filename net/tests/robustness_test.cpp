// SPDX-License-Identifier: Apache-2.0
// Models damaged at random, with fixed seeds.
#include <gmock/gmock.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "net/tests/small_model.h"

namespace sparq::net {
namespace {

using testing::ModelBuilder;
using ::testing::Not;
using ::testing::SizeIs;
using testing::small_model;

constexpr unsigned kSeed = 20210511;

class Robustness : public testing::DamagedModel {};

TEST_F(Robustness, TheModelItselfRuns) {
  EXPECT_THAT(try_model(small_model().bytes()), SizeIs(0));
  EXPECT_EQ(ran_, 1U);
}

TEST_F(Robustness, EveryTruncationIsRefused) {
  const std::string good = small_model().bytes();
  for (size_t length = 0; length < good.size(); ++length) {
    EXPECT_THAT(try_model(good.substr(0, length)), Not(SizeIs(0))) << length;
  }
}

TEST_F(Robustness, FlippedBitsDoNoHarm) {
  std::mt19937 random(kSeed);
  const std::string good = small_model().bytes();
  constexpr size_t kRounds = 6000;
  for (size_t round = 0; round < kRounds; ++round) {
    std::string damaged = good;
    for (size_t flips = random() % 3 + 1; flips > 0; --flips) {
      char& byte = damaged[random() % damaged.size()];
      byte = static_cast<char>(byte ^ (1 << random() % 8));
    }
    try_model(damaged);
  }
  EXPECT_GT(ran_, kRounds / 20);
  EXPECT_LT(ran_, kRounds - kRounds / 20);
}

// Changes one field anywhere in the model to something that its type allows.
class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  void mutate(google::protobuf::Message& model) {
    std::vector<google::protobuf::Message*> all;
    collect(model, all);
    google::protobuf::Message& message = *all[random_() % all.size()];
    const auto& reflection = *message.GetReflection();
    std::vector<const google::protobuf::FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    if (fields.empty()) return;
    const auto* field = fields[random_() % fields.size()];
    if (!field->is_repeated()) return change(message, field);
    const int size = reflection.FieldSize(message, field);
    switch (random_() % 4) {
      case 0:
        return reflection.RemoveLast(&message, field);
      case 1:
        return reflection.SwapElements(&message, field, pick(size), pick(size));
      case 2:
        if (field->message_type() == nullptr) return change(message, field, pick(size));
        reflection.AddMessage(&message, field)
            ->CopyFrom(reflection.GetRepeatedMessage(message, field, pick(size)));
        return;
      default:
        if (field->message_type() == nullptr) change(message, field, pick(size));
    }
  }

 private:
  using Field = google::protobuf::FieldDescriptor;
  int pick(int size) { return static_cast<int>(random_() % static_cast<unsigned>(size)); }

  static void collect(google::protobuf::Message& message,
                      std::vector<google::protobuf::Message*>& all) {
    all.push_back(&message);
    const auto& reflection = *message.GetReflection();
    std::vector<const Field*> fields;
    reflection.ListFields(message, &fields);
    for (const Field* field : fields) {
      if (field->message_type() == nullptr) continue;
      if (!field->is_repeated()) {
        collect(*reflection.MutableMessage(&message, field), all);
        continue;
      }
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        collect(*reflection.MutableRepeatedMessage(&message, field, i), all);
      }
    }
  }

  int64_t integer() {
    constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
    const std::vector<int64_t> hostile = {0,
                                          1,
                                          2,
                                          3,
                                          7,
                                          -1,
                                          -2,
                                          -kMost - 1,
                                          kMost,
                                          int64_t{1} << 31,
                                          (int64_t{1} << 31) - 1,
                                          1 << 16,
                                          1 << 20,
                                          int64_t{1} << 62};
    return hostile[random_() % hostile.size()];
  }
  float real() {
    const std::vector<float> hostile = {0, -1, 1e-45F, 1e38F, -3e38F, std::nanf(""), INFINITY};
    return hostile[random_() % hostile.size()];
  }
  std::string text() {
    const std::vector<std::string> hostile = {"",        "x",      "w",    "y",   "relu",
                                              "conv",    "\x01\n", "Relu", "Pad", "Conv",
                                              "Softmax", "group",  "axis", "wq"};
    return hostile[random_() % hostile.size()];
  }

  void change(google::protobuf::Message& message, const Field* field, int at = -1) {
    const auto& reflection = *message.GetReflection();
    const auto put = [&](auto set, auto set_repeated, auto value) {
      if (at < 0) {
        (reflection.*set)(&message, field, value);
      } else {
        (reflection.*set_repeated)(&message, field, at, value);
      }
    };
    using R = google::protobuf::Reflection;
    switch (field->cpp_type()) {
      case Field::CPPTYPE_INT64:
        return put(&R::SetInt64, &R::SetRepeatedInt64, integer());
      case Field::CPPTYPE_INT32:
        return put(&R::SetInt32, &R::SetRepeatedInt32, static_cast<int32_t>(integer()));
      case Field::CPPTYPE_FLOAT:
        return put(&R::SetFloat, &R::SetRepeatedFloat, real());
      case Field::CPPTYPE_STRING:
        return put(&R::SetString, &R::SetRepeatedString, text());
      case Field::CPPTYPE_ENUM:
        return put(&R::SetEnumValue, &R::SetRepeatedEnumValue, pick(20));
      default:
        return reflection.ClearField(&message, field);
    }
  }

  std::mt19937 random_;
};

TEST_F(Robustness, HostileFieldsDoNoHarm) {
  Mutator mutator(kSeed);
  std::mt19937 random(kSeed);
  constexpr size_t kRounds = 6000;
  for (size_t round = 0; round < kRounds; ++round) {
    ModelBuilder builder = small_model();
    for (size_t changes = random() % 2 + 1; changes > 0; --changes) mutator.mutate(builder.model());
    try_model(builder.bytes());
  }
  EXPECT_GT(ran_, kRounds / 20);
  EXPECT_LT(ran_, kRounds - kRounds / 20);
}

}  // namespace
}  // namespace sparq::net
