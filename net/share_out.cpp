// SPDX-License-Identifier: Apache-2.0
#include "net/share_out.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "net/executor.h"

namespace sparq::net {

void share_out(size_t count, size_t batch, int threads,
               const std::function<void(int worker, size_t first, size_t images)>& work,
               const std::function<void(size_t done)>& progress) {
  std::atomic<size_t> next = 0;
  std::atomic<size_t> done = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto run = [&](int worker) {
    const SingleThread single;
    try {
      for (size_t first = next.fetch_add(batch); first < count; first = next.fetch_add(batch)) {
        const size_t images = std::min(batch, count - first);
        work(worker, first, images);
        done += images;
        if (progress) progress(done);
      }
    } catch (...) {
      const std::lock_guard hold(mutex);
      failure = std::current_exception();
      next = count;
    }
  };
  std::vector<std::thread> pool;
  for (int worker = 1; worker < threads; ++worker) pool.emplace_back(run, worker);
  run(0);
  for (std::thread& thread : pool) thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace sparq::net
