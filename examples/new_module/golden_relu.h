// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// y = max(x, 0).
inline int64_t golden_relu(int64_t x) { return x > 0 ? x : 0; }
