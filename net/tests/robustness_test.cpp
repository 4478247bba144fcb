// SPDX-License-Identifier: Apache-2.0
// Models that are damaged or hostile: refused with what is wrong, or read as another model that
// runs; never a crash, never much memory.
#include <gmock/gmock.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <random>

#include "golden/tests/scratch.h"
#include "net/executor.h"
#include "net/import.h"
#include "net/tests/model_builder.h"

namespace sparq::net {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ModelBuilder;
using ::testing::Not;
using testing::set;
using ::testing::SizeIs;

constexpr unsigned kSeed = 20210511;

// One node of nearly every operator.
ModelBuilder small_model() {
  ModelBuilder b({1, 2, 5, 6});
  const std::vector<int64_t> pair = {2, 2};
  b.floats("w", {4, 1, 3, 3}, std::vector<float>(36, 0.25F)).floats("b", {4}, {1, 2, 3, 4});
  auto& conv = b.node("Conv", {"x", "w", "b"}, "conv");
  set(conv, "group", int64_t{2});
  set(conv, "pads", std::vector<int64_t>{1, 1, 1, 1});
  set(conv, "dilations", std::vector<int64_t>{1, 1});
  for (const char* name : {"gamma", "beta", "mean", "variance"}) {
    b.floats(name, {4}, {1, 2, 1, 1});
  }
  set(b.node("BatchNormalization", {"conv", "gamma", "beta", "mean", "variance"}, "bn"), "epsilon",
      0.001F);
  b.node("Relu", {"bn"}, "relu");
  b.integers("pads", {0, 0, 1, 0, 0, 0, 0, 2});
  b.node("Pad", {"relu", "pads"}, "pad");
  auto& max_pool = b.node("MaxPool", {"pad"}, "max");
  set(max_pool, "kernel_shape", pair);
  set(max_pool, "strides", pair);
  set(max_pool, "ceil_mode", int64_t{1});
  auto& mean = b.node("AveragePool", {"pad"}, "mean_pool");
  set(mean, "kernel_shape", pair);
  set(mean, "strides", pair);
  set(mean, "auto_pad", std::string("SAME_UPPER"));
  b.node("Add", {"max", "mean_pool"}, "sum");
  b.floats("low", {}, {0}).floats("high", {}, {6});
  b.node("Clip", {"sum", "low", "high"}, "clip");
  b.floats("sx", {}, {0.5}).codes("zx", {}, onnx::TensorProto::UINT8, {0});
  b.node("QuantizeLinear", {"clip", "sx", "zx"}, "q");
  b.node("DequantizeLinear", {"q", "sx", "zx"}, "dq");
  b.codes("wq", {3, 4, 1, 1}, onnx::TensorProto::INT8, {1, 2, 3, 4, 5, 6, 7, 8, -1, -2, -3, -4});
  b.floats("sw", {3}, {0.1F, 0.2F, 0.3F});
  set(b.node("DequantizeLinear", {"wq", "sw"}, "wd"), "axis", int64_t{0});
  b.node("Conv", {"dq", "wd"}, "conv2");
  set(b.node("Concat", {"conv2", "clip"}, "concat"), "axis", int64_t{1});
  b.node("GlobalAveragePool", {"concat"}, "gap");
  b.integers("shape", {0, -1});
  b.node("Reshape", {"gap", "shape"}, "flat");
  b.floats("fc", {5, 7}, std::vector<float>(35, 0.5F)).floats("c", {5}, {1, 2, 3, 4, 5});
  auto& gemm = b.node("Gemm", {"flat", "fc", "c"}, "gemm");
  set(gemm, "transB", int64_t{1});
  set(gemm, "alpha", 0.5F);
  b.node("Softmax", {"gemm"}, "y");
  b.output("y");
  return b;
}

class Robustness : public ::testing::Test {
 protected:
  // The problems; none when it was read, and then it also ran.
  std::vector<std::string> try_model(const std::string& bytes) {
    // Some file systems wait for the disk when a file is written over.
    std::filesystem::remove(scratch_.path("m.onnx"));
    const auto graph = load_onnx(scratch_.file("m.onnx", bytes));
    std::vector<std::string> texts;
    if (!graph) {
      for (const auto& problem : graph.error()) texts.push_back(spec::to_text(problem));
      EXPECT_THAT(texts, Each(AllOf(HasSubstr("m.onnx: "), Not(HasSubstr("\n")))));
      EXPECT_FALSE(texts.empty());
      return texts;
    }
    const SingleThread single;
    const Quantization none(graph->nodes.size());
    const Executor executor(*graph, none, {.batch = 1});
    const std::vector<float> x(graph->shape(graph->input).elements(), 0.5F);
    std::vector<float> y(graph->shape(graph->output).elements());
    executor.run(*executor.make_workspace(), x, y, LayerFormats(graph->nodes.size()));
    ++ran_;
    return texts;
  }

  std::vector<std::string> problems_after(const std::function<void(ModelBuilder&)>& edit) {
    ModelBuilder builder = small_model();
    edit(builder);
    return try_model(builder.bytes());
  }

  void TearDown() override {
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    EXPECT_LT(usage.ru_maxrss, 1 << 20) << "kilobytes";
  }

  golden::testing::Scratch scratch_;
  size_t ran_ = 0;
};

onnx::TensorProto& initializer(ModelBuilder& builder, const std::string& name) {
  for (auto& tensor : *builder.model().mutable_graph()->mutable_initializer()) {
    if (tensor.name() == name) return tensor;
  }
  throw std::out_of_range(name);
}

onnx::NodeProto& node(ModelBuilder& builder, const std::string& name) {
  for (auto& each : *builder.model().mutable_graph()->mutable_node()) {
    if (each.name() == name) return each;
  }
  throw std::out_of_range(name);
}

onnx::AttributeProto& attribute(ModelBuilder& builder, const std::string& of,
                                const std::string& name) {
  for (auto& each : *node(builder, of).mutable_attribute()) {
    if (each.name() == name) return each;
  }
  throw std::out_of_range(name);
}

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

TEST_F(Robustness, HostileShapesAreNamed) {
  for (const std::vector<int64_t>& dims :
       std::vector<std::vector<int64_t>>{{-4, 1, 3, 3},
                                         {4, 1, 3, int64_t{1} << 62},
                                         {int64_t{1} << 40, int64_t{1} << 40, 1, 1}}) {
    const auto texts = problems_after([&](ModelBuilder& builder) {
      auto& tensor = initializer(builder, "w");
      tensor.clear_dims();
      for (const int64_t dim : dims) tensor.add_dims(dim);
    });
    ASSERT_THAT(texts, SizeIs(1));
    EXPECT_THAT(texts[0], AllOf(HasSubstr("initializer \"w\""), HasSubstr("2^31")));
  }
  const auto reshaped = [&](const std::string& name, const std::vector<int64_t>& dims) {
    const auto texts = problems_after([&](ModelBuilder& builder) {
      auto& tensor = initializer(builder, name);
      tensor.clear_dims();
      int64_t count = 1;
      for (const int64_t dim : dims) {
        tensor.add_dims(dim);
        count *= dim;
      }
      if (count == 0) tensor.clear_float_data();
    });
    EXPECT_THAT(texts, SizeIs(1)) << name;
    return texts.empty() ? "" : texts[0];
  };
  EXPECT_THAT(reshaped("w", {4, 3, 3}), AllOf(HasSubstr("node \"conv\""), HasSubstr("rank 4")));
  EXPECT_THAT(reshaped("w", {0, 1, 3, 3}), HasSubstr("node \"conv\""));
  EXPECT_THAT(reshaped("w", {4, 1, 0, 3}), AllOf(HasSubstr("node \"conv\""), HasSubstr("4x1x0x3")));
  EXPECT_THAT(reshaped("w", {4, 9, 1, 1}),
              AllOf(HasSubstr("node \"conv\""), HasSubstr("18 inputs")));
  EXPECT_THAT(reshaped("w", {4, 2, 3, 3}), AllOf(HasSubstr("initializer \"w\""), HasSubstr("72")));
  EXPECT_THAT(reshaped("fc", {0, 7}), HasSubstr("node \"gemm\""));
  EXPECT_THAT(reshaped("fc", {7, 5}), AllOf(HasSubstr("node \"gemm\""), HasSubstr("5 inputs")));
  EXPECT_THAT(reshaped("c", {5, 1}), AllOf(HasSubstr("node \"gemm\""), HasSubstr("5x1")));
  EXPECT_THAT(reshaped("gamma", {2, 2}), HasSubstr("node \"bn\""));
  for (const int64_t size : {int64_t{-1}, int64_t{0}, int64_t{1} << 40}) {
    const auto texts = problems_after(
        [&](ModelBuilder& builder) { builder.input_shape().mutable_dim(2)->set_dim_value(size); });
    ASSERT_THAT(texts, SizeIs(1));
    EXPECT_THAT(texts[0], HasSubstr("input \"x\""));
  }
  const auto large = problems_after([](ModelBuilder& builder) {
    for (const int axis : {1, 2, 3})
      builder.input_shape().mutable_dim(axis)->set_dim_value(1 << 16);
  });
  EXPECT_THAT(large, ElementsAre(AllOf(HasSubstr("input \"x\""), HasSubstr("67108864 elements"))));
  const auto padded = problems_after([](ModelBuilder& builder) {
    auto& pads = initializer(builder, "pads");
    for (const int at : {2, 3, 6, 7}) pads.set_int64_data(at, 1 << 16);
  });
  EXPECT_THAT(padded,
              ElementsAre(AllOf(HasSubstr("node \"pad\""), HasSubstr("67108864 elements"))));
}

TEST_F(Robustness, EveryFaultIsNamed) {
  struct Case {
    const char* what;
    std::function<void(ModelBuilder&)> edit;
    std::vector<std::string> says;
  };
  const std::vector<Case> cases = {
      {"missing initializer",
       [](auto& b) { node(b, "conv").set_input(1, "nothing"); },
       {"node \"conv\" (Conv, opset 13)", "\"nothing\""}},
      {"cycle",
       [](auto& b) { node(b, "conv").set_input(0, "clip"); },
       {"node \"conv\"", "\"clip\"", "earlier node"}},
      {"a node that reads itself",
       [](auto& b) { node(b, "relu").set_input(0, "relu"); },
       {"node \"relu\"", "earlier node"}},
      {"two results of one name",
       [](auto& b) { node(b, "max").set_output(0, "pad"); },
       {"node \"max\"", "output \"pad\"", "one node only"}},
      {"a result named as a weight",
       [](auto& b) { node(b, "max").set_output(0, "w"); },
       {"node \"max\"", "output \"w\""}},
      {"an initializer twice",
       [](auto& b) {
         *b.model().mutable_graph()->add_initializer() = onnx::TensorProto(initializer(b, "w"));
       },
       {"initializer \"w\"", "once"}},
      {"integer weights",
       [](auto& b) {
         auto& w = initializer(b, "w");
         w.set_data_type(onnx::TensorProto::INT64);
         w.clear_float_data();
         for (int i = 0; i < 36; ++i) w.add_int64_data(1);
       },
       {"node \"conv\"", "FLOAT"}},
      {"double weights",
       [](auto& b) {
         auto& w = initializer(b, "w");
         w.set_data_type(onnx::TensorProto::DOUBLE);
         w.clear_float_data();
         for (int i = 0; i < 36; ++i) w.add_double_data(1);
       },
       {"initializer \"w\" = DOUBLE", "must be FLOAT"}},
      {"weights of no type",
       [](auto& b) { initializer(b, "w").set_data_type(99); },
       {"initializer \"w\"", "99"}},
      {"external data",
       [](auto& b) {
         auto& w = initializer(b, "w");
         w.clear_float_data();
         w.set_data_location(onnx::TensorProto::EXTERNAL);
         auto& entry = *w.add_external_data();
         entry.set_key("location");
         entry.set_value("/etc/passwd");
       },
       {"initializer \"w\" = external data", "inside the file"}},
      {"too few inputs",
       [](auto& b) {
         node(b, "conv").mutable_input()->RemoveLast(),
             node(b, "conv").mutable_input()->RemoveLast();
       },
       {"node \"conv\"", "input size 1"}},
      {"an attribute of another type",
       [](auto& b) {
         auto& group = attribute(b, "conv", "group");
         group.set_type(onnx::AttributeProto::FLOAT);
         group.set_f(2);
       },
       {"node \"conv\"", "group"}},
      {"an unknown attribute",
       [](auto& b) { attribute(b, "conv", "group").set_name("grp"); },
       {"node \"conv\"", "grp"}},
      {"no group",
       [](auto& b) { attribute(b, "conv", "group").set_i(0); },
       {"node \"conv\"", "group = 0"}},
      {"negative pads",
       [](auto& b) { attribute(b, "conv", "pads").set_ints(1, -1); },
       {"node \"conv\"", "pads = [1, -1, 1, 1]", "0..65536"}},
      {"a dilation beyond all",
       [](auto& b) { attribute(b, "conv", "dilations").set_ints(0, 1 << 20); },
       {"node \"conv\"", "dilations"}},
      {"a kernel beyond its input",
       [](auto& b) { attribute(b, "conv", "dilations").set_ints(0, 40); },
       {"node \"conv\"", "kernel 3x3 on 5x6"}},
      {"a stride of 0",
       [](auto& b) { attribute(b, "max", "strides").set_ints(0, 0); },
       {"node \"max\"", "strides = [0, 2]"}},
      {"a kernel of three axes",
       [](auto& b) { attribute(b, "max", "kernel_shape").add_ints(2); },
       {"node \"max\"", "kernel_shape = [2, 2, 2]"}},
      {"a scale of 0",
       [](auto& b) { initializer(b, "sx").set_float_data(0, 0); },
       {"node \"q\"", "scale = 0"}},
      {"a weight's scale of 0",
       [](auto& b) { initializer(b, "sw").set_float_data(1, 0); },
       {"node \"wd\"", "scale = 0"}},
      {"a factor beyond single precision",
       [](auto& b) {
         attribute(b, "gemm", "alpha").set_f(3e38F);
         b.model().mutable_graph();
         initializer(b, "fc").set_float_data(3, 1e10F);
       },
       {"node \"gemm\"", "weights[3] = inf"}},
      {"a normalization beyond single precision",
       [](auto& b) {
         initializer(b, "gamma").set_float_data(2, 3e38F);
         initializer(b, "variance").set_float_data(2, 1e-30F);
         attribute(b, "bn", "epsilon").set_f(1e-30F);
       },
       {"node \"conv\"", "weights[18] = inf"}},
      {"codes without a way back",
       [](auto& b) { node(b, "conv2").set_input(0, "q"); },
       {"node \"conv2\"", "input \"q\"", "DequantizeLinear"}},
      {"no output", [](auto& b) { b.model().mutable_graph()->clear_output(); }, {"graph.output"}},
      {"two outputs", [](auto& b) { b.output("gemm"); }, {"graph.output = y, gemm"}},
      {"an output from nowhere",
       [](auto& b) { b.model().mutable_graph()->mutable_output(0)->set_name("z"); },
       {"output \"z\"", "result of a node"}},
      {"no input", [](auto& b) { b.model().mutable_graph()->clear_input(); }, {"graph.input"}},
      {"an input of bytes",
       [](auto& b) {
         b.model()
             .mutable_graph()
             ->mutable_input(0)
             ->mutable_type()
             ->mutable_tensor_type()
             ->set_elem_type(onnx::TensorProto::UINT8);
       },
       {"input \"x\"", "FLOAT"}},
  };
  for (const Case& each : cases) {
    const auto texts = problems_after(each.edit);
    ASSERT_FALSE(texts.empty()) << each.what;
    for (const std::string& text : each.says) EXPECT_THAT(texts[0], HasSubstr(text)) << each.what;
  }
}

TEST_F(Robustness, ManyFaultsAreAllListed) {
  const auto texts = problems_after([](ModelBuilder& builder) {
    initializer(builder, "w").set_float_data(7, std::nanf(""));
    initializer(builder, "fc").set_float_data(34, -INFINITY);
    attribute(builder, "max", "strides").set_ints(0, 0);
    node(builder, "y").set_op_type("Sigmoid");
    builder.model().mutable_opset_import(0)->set_version(21);
  });
  EXPECT_THAT(texts, SizeIs(5));
}

}  // namespace
}  // namespace sparq::net
