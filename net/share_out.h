// SPDX-License-Identifier: Apache-2.0
// Batches of images shared out among threads.
#pragma once

#include <cstddef>
#include <functional>

namespace sparq::net {

// Calls work(worker, first, images) for every batch of 0..count-1, on `threads` threads that each
// use one core; worker is 0..threads-1. The last batch may be short. progress(done) is called from
// any thread. An exception ends the work and is thrown on.
void share_out(size_t count, size_t batch, int threads,
               const std::function<void(int worker, size_t first, size_t images)>& work,
               const std::function<void(size_t done)>& progress = {});

}  // namespace sparq::net
