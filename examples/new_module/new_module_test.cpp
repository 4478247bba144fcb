// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "examples/new_module/emit_relu.h"
#include "examples/new_module/golden_relu.h"
#include "verif/harness/model.h"

namespace {

using namespace sparq;

TEST(NewModuleTest, AgreesWithItsGoldenStatementOnEveryInput) {
  const spec::Config config;
  gen::Output output{config, spec::signature(config), {}};
  output.modules.push_back(gen::emitted(emit_relu(config)));

  auto simulator = verif::Simulator::open();
  ASSERT_TRUE(simulator.has_value());
  const auto model = simulator->build(output, output.top().name);
  ASSERT_TRUE(model.has_value());
  verif::Dut dut = model->make(1);
  verif::Port x = dut.port("x_i");
  const verif::Port y = dut.port("y_o");
  ASSERT_EQ(x.width(), 12);
  int cases = 0;
  for (int value = -2048; value < 2048; ++value, ++cases) {
    x.set(static_cast<uint64_t>(value) % 4096);
    dut.eval();
    ASSERT_EQ(y.get(), static_cast<uint64_t>(golden_relu(value))) << value;
  }
  EXPECT_EQ(cases, 4096);
}

}  // namespace
