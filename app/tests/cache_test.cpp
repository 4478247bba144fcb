// SPDX-License-Identifier: Apache-2.0
#include "app/host/cache.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "app/tests/host_fixture.h"

namespace sparq::host {
namespace {

Result<void> write_entry(const fs::path& directory, const std::string& text) {
  std::ofstream(directory / "file") << text;
  return {};
}

TEST_F(Host, CacheBuildsOnce) {
  auto cache = Cache::open(dir_);
  ASSERT_TRUE(cache);
  int built = 0;
  for (int i = 0; i < 3; ++i) {
    const auto entry = cache->get_or_build("key", [&](const fs::path& directory) {
      ++built;
      return write_entry(directory, "text");
    });
    ASSERT_TRUE(entry);
    EXPECT_EQ(text_of(entry->path() / "file"), "text");
  }
  EXPECT_EQ(built, 1);
}

TEST_F(Host, CacheKeepsNothingOfAFailedBuild) {
  auto cache = Cache::open(dir_);
  ASSERT_TRUE(cache);
  const auto failed = cache->get_or_build("key", [&](const fs::path& directory) -> Result<void> {
    EXPECT_TRUE(write_entry(directory, "half"));
    return tl::unexpected<Failure>(ToolError{"g++", "g++", "failed", ""});
  });
  EXPECT_FALSE(failed);
  EXPECT_EQ(count(dir_ / "entries"), 0U);
  EXPECT_TRUE(cache->get_or_build("key", [](const auto& d) { return write_entry(d, "whole"); }));
}

TEST_F(Host, CacheKeepsAnswersAndNoRefusals) {
  auto cache = Cache::open(dir_);
  ASSERT_TRUE(cache);
  int asked = 0;
  const auto ask = [&](const char* key, const Cache::Answer& answer) {
    return cache->ask_once(key, [&] {
      ++asked;
      return answer;
    });
  };
  EXPECT_EQ(ask("one", std::nullopt).value(), std::nullopt);
  EXPECT_EQ(ask("one", "yes").value(), "yes");  // a refusal is asked again
  EXPECT_EQ(ask("one", "no").value(), "yes");   // an answer is not
  EXPECT_EQ(ask("two", "").value(), "");
  EXPECT_EQ(asked, 3);
}

TEST_F(Host, CacheIsBuiltByOneWhileOthersWait) {
  std::atomic<int> built = 0;
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> runs;
    runs.reserve(6);
    for (int i = 0; i < 6; ++i) {
      runs.emplace_back([&] {
        auto cache = Cache::open(dir_);
        const auto entry = cache->get_or_build("key", [&](const fs::path& directory) {
          ++built;
          std::this_thread::sleep_for(std::chrono::milliseconds(50));
          return write_entry(directory, "text");
        });
        if (entry && text_of(entry->path() / "file") == "text") ++good;
      });
    }
  }
  EXPECT_EQ(built, 1);
  EXPECT_EQ(good, 6);
}

TEST_F(Host, CacheSweepsWhatADeadRunLeft) {
  ASSERT_TRUE(Cache::open(dir_));
  fs::create_directories(dir_ / "unfinished/key/.sparq-1.tmp");
  ASSERT_TRUE(Cache::open(dir_));
  EXPECT_EQ(count(dir_ / "unfinished"), 0U);
}

TEST_F(Host, CacheDoesNotSweepWhatIsBeingBuilt) {
  auto cache = Cache::open(dir_);
  ASSERT_TRUE(cache);
  const auto entry = cache->get_or_build("key", [&](const fs::path& directory) {
    EXPECT_TRUE(Cache::open(dir_));
    EXPECT_TRUE(fs::exists(directory));
    return write_entry(directory, "text");
  });
  EXPECT_TRUE(entry);
}

TEST_F(Host, CacheDropsTheLeastRecentlyUsedButNoneInUse) {
  auto cache = Cache::open(dir_, 2500);
  ASSERT_TRUE(cache);
  const auto add = [&](const std::string& key) {
    auto entry = cache->get_or_build(
        key, [](const auto& d) { return write_entry(d, std::string(1000, 'x')); });
    EXPECT_TRUE(entry);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // an order to their times
    return entry;
  };
  {
    const auto in_use = add("a");
    add("b");
    add("c");
    EXPECT_TRUE(fs::exists(dir_ / "entries/a"));
    EXPECT_FALSE(fs::exists(dir_ / "entries/b"));
  }
  add("d");
  EXPECT_FALSE(fs::exists(dir_ / "entries/a"));
  EXPECT_TRUE(fs::exists(dir_ / "entries/c"));
  EXPECT_TRUE(fs::exists(dir_ / "entries/d"));
}

TEST_F(Host, CacheThatCannotBeUsedIsAProblem) {
  write(dir_ / "plain", "");
  const auto cache = Cache::open(dir_ / "plain" / "cache");
  ASSERT_FALSE(cache);
  EXPECT_TRUE(std::holds_alternative<spec::Problems>(cache.error()));
}

}  // namespace
}  // namespace sparq::host
