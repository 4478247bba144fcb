// SPDX-License-Identifier: Apache-2.0
// Every kind of fault of a model, by the words that name it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <stdexcept>

#include "net/tests/small_model.h"

namespace sparq::net {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ModelBuilder;
using ::testing::SizeIs;

class Faults : public testing::DamagedModel {};

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

TEST_F(Faults, HostileShapesAreNamed) {
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

TEST_F(Faults, EveryFaultIsNamed) {
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

TEST_F(Faults, ManyFaultsAreAllListed) {
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
