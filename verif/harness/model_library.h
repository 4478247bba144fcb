// SPDX-License-Identifier: Apache-2.0
// What a compiled model exports: the boundary between the generated C++ and this program.
#pragma once

namespace sparq::verif {

struct ModelPort {
  const char* name;
  int width;  // bits
  void* data;
};

struct ModelLibrary {
  void* handle = nullptr;  // dlopen's

  void* (*make)(int seed) = nullptr;
  void (*free)(void*) = nullptr;
  void (*eval)(void*) = nullptr;
  void* (*raw)(void*) = nullptr;
  void (*finish)(void*, const char* path) = nullptr;
  int (*port)(void*, int index, ModelPort* out) = nullptr;  // 0: no such index
  int (*trace_open)(void*, const char* path) = nullptr;     // these three: with trace only
  void (*trace_dump)(void*, unsigned long time) = nullptr;
  void (*trace_close)(void*) = nullptr;

  ModelLibrary() = default;
  ModelLibrary(const ModelLibrary&) = delete;
  ModelLibrary& operator=(const ModelLibrary&) = delete;
  ~ModelLibrary();
};

}  // namespace sparq::verif
