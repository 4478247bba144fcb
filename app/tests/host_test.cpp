// SPDX-License-Identifier: Apache-2.0
// Children, outputs and tools, in process. What signals do to a whole run is tested by
// interrupt_test.sh.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>

#include "app/host/output.h"
#include "app/host/paths.h"
#include "app/host/process.h"
#include "app/host/tool.h"
#include "app/tests/host_fixture.h"

namespace sparq::host {
namespace {

constexpr const char* kManifest = R"({"schema_version": 1, "tool": {"sparq": "0"}})";

TEST_F(Host, ChildGivesItsOutputAndStatus) {
  const Outcome outcome = run(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(outcome.end, End::kExited);
  EXPECT_EQ(outcome.status, 3);
  EXPECT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.out, "out\n");
  EXPECT_EQ(outcome.err, "err\n");
  EXPECT_EQ(last_lines(outcome), "err");
  EXPECT_EQ(describe(outcome), "exited with status 3");
}

TEST_F(Host, ChildHasItsDirectoryEnvironmentAndLog) {
  Command command = shell("pwd; echo $GREETING; echo \"$1\"");
  command.argv.insert(command.argv.end(), {"sh", "an argument; with * signs"});
  command.cwd = dir_;
  command.env = {{"GREETING", "hello there"}};
  command.log = dir_ / "log";
  const Outcome outcome = run(command);
  EXPECT_TRUE(outcome.ok());
  EXPECT_EQ(text_of(dir_ / "log"), dir_.string() + "\nhello there\nan argument; with * signs\n");
  EXPECT_EQ(last_lines(outcome, 2), "hello there\nan argument; with * signs");
}

TEST_F(Host, ChildDoesNotInheritStdinOrBlockedSignals) {
  EXPECT_EQ(run(shell("cat; grep SigBlk /proc/self/status")).out, "SigBlk:\t0000000000000000\n");
}

TEST_F(Host, KilledChildIsSaidToBe) {
  EXPECT_EQ(describe(run(shell("kill -9 $$"))), "killed by signal 9 (out of memory?)");
  EXPECT_EQ(describe(run(shell("kill -11 $$"))), "killed by signal 11 (Segmentation fault)");
  EXPECT_EQ(describe(run(shell(
                "echo 'g++: fatal error: Killed signal terminated program cc1plus'; exit 1"))),
            "exited with status 1 (out of memory?)");
}

TEST_F(Host, MissingProgramIsNotStarted) {
  Command command;
  command.argv = {"/nonexistent/program"};
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.end, End::kNotStarted);
  EXPECT_EQ(describe(outcome), "cannot be started: No such file or directory");
}

TEST_F(Host, ChildThatTakesTooLongIsEndedWithItsOwnChildren) {
  Command command = shell("(trap '' TERM; sleep 60 & echo $!; wait) & wait");
  command.timeout = std::chrono::milliseconds(300);
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.end, End::kTimedOut);
  EXPECT_LT(outcome.seconds, 10);
  const pid_t grandchild = std::stoi(outcome.out);
  std::ifstream status("/proc/" + std::to_string(grandchild) + "/stat");
  std::string word;
  status >> word >> word >> word;
  EXPECT_TRUE(!status || word == "Z" || word == "X") << "still there: " << word;
}

TEST_F(Host, ManyChildrenRunAFewAtATime) {
  std::vector<Command> commands;
  commands.reserve(12);
  for (int i = 0; i < 12; ++i) commands.push_back(shell("echo " + std::to_string(i)));
  size_t ended = 0;
  const auto outcomes = run_all(commands, 3, [&](size_t, const Outcome&) { ++ended; });
  ASSERT_EQ(outcomes.size(), 12U);
  EXPECT_EQ(ended, 12U);
  for (size_t i = 0; i < 12; ++i) EXPECT_EQ(outcomes[i].out, std::to_string(i) + "\n");
}

TEST_F(Host, LastLinesAreTheLastOnes) {
  Outcome outcome;
  outcome.out = "1\n2\n3\n4\n";
  EXPECT_EQ(last_lines(outcome, 2), "3\n4");
  EXPECT_EQ(last_lines(outcome, 9), "1\n2\n3\n4");
  outcome.out = "\n\n";
  EXPECT_EQ(last_lines(outcome), "");
}

TEST_F(Host, FileAppearsOnlyWhenCommitted) {
  const fs::path path = dir_ / "a file";
  write(path, "old");
  {
    auto file = OutputFile::open(path, "-o");
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write("half"));
    EXPECT_EQ(text_of(path), "old");
  }
  EXPECT_EQ(text_of(path), "old");
  ASSERT_TRUE(write_file(path, "-o", "new"));
  EXPECT_EQ(text_of(path), "new");
  EXPECT_EQ(count(dir_), 1U);
}

TEST_F(Host, FileThroughALinkReplacesWhatItPointsTo) {
  write(dir_ / "real", "old");
  fs::create_symlink("real", dir_ / "link");
  ASSERT_TRUE(write_file(dir_ / "link", "-o", "new"));
  EXPECT_TRUE(fs::is_symlink(dir_ / "link"));
  EXPECT_EQ(text_of(dir_ / "real"), "new");
}

TEST_F(Host, FileThatCannotBeWrittenIsAProblem) {
  write(dir_ / "plain", "");
  fs::create_directory(dir_ / "folder");
  for (const fs::path& path : {dir_ / "missing" / "x", dir_ / "plain" / "x", dir_ / "folder",
                               dir_ / "folder/", fs::path("/proc/x"), fs::path()}) {
    const auto file = OutputFile::open(path, "--json");
    ASSERT_FALSE(file) << path;
    ASSERT_EQ(file.error().size(), 1U);
    EXPECT_EQ(file.error()[0].field, "--json");
    EXPECT_EQ(file.error()[0].value, path.string());
  }
  EXPECT_EQ(count(dir_), 2U);
}

TEST_F(Host, DevicesAreWrittenAndStay) {
  EXPECT_TRUE(write_file("/dev/null", "-o", "text"));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  const auto full = write_file("/dev/full", "-o", "text");
  ASSERT_FALSE(full);
  EXPECT_NE(full.error()[0].allowed.find("No space left"), std::string::npos);
}

TEST_F(Host, DirectoryReplacesOnlyItsOwnKind) {
  const fs::path path = dir_ / "out";
  const auto make = [&](const std::string& content) -> spec::Checked<void> {
    auto directory = OutputDirectory::open(path);
    if (!directory) return tl::unexpected(directory.error());
    EXPECT_TRUE(directory->write("manifest.json", kManifest));
    EXPECT_TRUE(directory->write("deep/er/file", content));
    return directory->commit();
  };
  ASSERT_TRUE(make("one"));
  EXPECT_EQ(text_of(path / "deep/er/file"), "one");
  write(path / "leftover", "");
  ASSERT_TRUE(make("two"));
  EXPECT_EQ(text_of(path / "deep/er/file"), "two");
  EXPECT_FALSE(fs::exists(path / "leftover"));

  write(path / "manifest.json", R"({"name": "somebody else's"})");
  EXPECT_FALSE(make("three"));
  EXPECT_EQ(text_of(path / "deep/er/file"), "two");
  write(path / "manifest.json", "not JSON");
  EXPECT_FALSE(make("three"));
  fs::remove(path / "manifest.json");
  EXPECT_FALSE(make("three"));

  fs::remove_all(path);
  fs::create_directory(path);
  EXPECT_TRUE(make("four")) << "an empty one is fine";
  EXPECT_EQ(count(dir_), 1U) << "something was left behind";
}

TEST_F(Host, DirectoryNotCommittedLeavesTheOldOne) {
  fs::create_directory(dir_ / "out");
  write(dir_ / "out/manifest.json", kManifest);
  {
    auto directory = OutputDirectory::open(dir_ / "out");
    ASSERT_TRUE(directory);
    ASSERT_TRUE(directory->write("file", "half"));
  }
  EXPECT_EQ(text_of(dir_ / "out/manifest.json"), kManifest);
  EXPECT_EQ(count(dir_), 1U);
}

TEST_F(Host, ParentsAreCreatedWhenTheDirectoryIsCommitted) {
  for (const bool commit : {false, true}) {
    auto directory = OutputDirectory::open(dir_ / "a/b/out", Parents::kCreate);
    ASSERT_TRUE(directory);
    ASSERT_TRUE(directory->write("manifest.json", kManifest));
    EXPECT_FALSE(fs::exists(dir_ / "a"));
    if (commit) {
      ASSERT_TRUE(directory->commit());
    }
  }
  EXPECT_EQ(text_of(dir_ / "a/b/out/manifest.json"), kManifest);
  EXPECT_EQ(count(dir_), 1U);
}

TEST_F(Host, OutputsThatClashAreProblems) {
  EXPECT_TRUE(clashes({{"-o", dir_ / "x"}, {"--json", dir_ / "xy"}, {"--wave", ""}}).empty());
  EXPECT_TRUE(clashes({{"-o", "/dev/null"}, {"--json", "/dev/null"}}).empty());
  EXPECT_TRUE(clashes({{"-o", ""}, {"--json", ""}}).empty());
  EXPECT_EQ(clashes({{"-o", dir_ / "x"}, {"--json", dir_ / "x"}, {"--wave", dir_ / "x/y"}}).size(),
            2U);
}

TEST_F(Host, DirectoryThatCannotBeWrittenIsAProblem) {
  write(dir_ / "plain", "");
  for (const fs::path& path : {dir_ / "missing" / "x", dir_ / "plain", dir_ / "plain/x",
                               fs::path("/proc/x"), fs::path(), fs::current_path()}) {
    EXPECT_FALSE(OutputDirectory::open(path)) << path;
  }
}

TEST_F(Host, ToolsAreFoundOrNamedWithTheirPackage) {
  const auto yosys = find_tool(ToolName::kYosys);
  ASSERT_TRUE(yosys);
  EXPECT_FALSE(yosys->version.empty());

  const char* inherited = std::getenv("PATH");
  ASSERT_NE(inherited, nullptr);
  const std::string path = inherited;
  setenv("PATH", dir_.c_str(), 1);
  const auto missing = find_tool(ToolName::kYosys);
  write(dir_ / "verilator", "#!/bin/sh\necho 'Verilator 4.038 2020-07-11'\n");
  chmod((dir_ / "verilator").c_str(), 0755);
  const auto old = find_tool(ToolName::kVerilator);
  const auto no_compiler = find_tool(ToolName::kCompiler);
  write(dir_ / "g++", "#!/bin/sh\necho 12.2.0\n");
  chmod((dir_ / "g++").c_str(), 0755);
  const auto gcc = find_tool(ToolName::kCompiler);
  write(dir_ / "clang++", "#!/bin/sh\necho 14.0.6\n");
  chmod((dir_ / "clang++").c_str(), 0755);
  const auto clang = find_tool(ToolName::kCompiler);
  setenv("PATH", path.c_str(), 1);

  ASSERT_FALSE(missing);
  const auto& error = std::get<ToolError>(missing.error());
  EXPECT_EQ(to_text(error), "yosys: not found on PATH; the Debian package yosys brings it");
  ASSERT_FALSE(old);
  EXPECT_EQ(std::get<ToolError>(old.error()).reason,
            "version 4.038 is too old; 5.006 or later is needed");
  ASSERT_FALSE(no_compiler);
  EXPECT_EQ(std::get<ToolError>(no_compiler.error()).package, "g++");
  ASSERT_TRUE(gcc);
  EXPECT_EQ(gcc->version, "12.2.0");
  ASSERT_TRUE(clang);
  EXPECT_EQ(clang->path.filename(), "clang++");
  EXPECT_EQ(clang->version, "clang 14.0.6");
}

TEST_F(Host, DataIsInTheSourceTreeForATestOfTheBuildTree) {
  const auto data = data_directory();
  ASSERT_TRUE(data);
  EXPECT_TRUE(fs::is_directory(*data / "rtl" / "lib"));
}

}  // namespace
}  // namespace sparq::host
