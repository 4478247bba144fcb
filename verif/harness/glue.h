// SPDX-License-Identifier: Apache-2.0
// The C++ that stands between a verilated module and this program, written from its port list.
#pragma once

#include <string>
#include <vector>

#include "gen/generate.h"

namespace sparq::verif {

// Exports the functions of ModelLibrary, named sparq_model_*, over a class Vmodel.
std::string glue_source(const std::vector<gen::Port>& ports, bool trace);

}  // namespace sparq::verif
