// SPDX-License-Identifier: Apache-2.0
// Random legal configurations.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "golden/spec/config.h"
#include "verif/harness/rng.h"

namespace sparq::verif {

// A small array of any kind with any format, width and option, as the object of a config file; what
// is not drawn is left out. Always legal, though not always something that the generator knows.
nlohmann::json draw_config(Rng& rng);

// The configuration that such an object states.
spec::Checked<spec::Config> to_config(const nlohmann::json& config);

}  // namespace sparq::verif
