// SPDX-License-Identifier: Apache-2.0
#include "net/executor.h"

#include <omp.h>

#include <algorithm>
#include <array>
#include <new>
#include <oneapi/dnnl/dnnl.hpp>
#include <utility>

#include "golden/gemm_fast.h"
#include "golden/require.h"
#include "net/kernels.h"
#include "net/lowering.h"
#include "net/memory_plan.h"
#include "net/onednn_conv.h"

namespace sparq::net {
namespace {

constexpr size_t kNone = SIZE_MAX;

// Where the forms of a value live: indices of buffers.
struct Places {
  size_t real = kNone;
  size_t codes = kNone;
  size_t encoded = kNone;
};

// The codes as the multipliers see them; pairs are neighbouring channels of a group.
void encode(const golden::FastEncoder& encoder, size_t group_channels,
            std::span<const uint8_t> codes, std::span<uint8_t> encoded) {
  if (group_channels % 2 == 0) return encoder.apply(codes, encoded);
  if (group_channels == 1) {  // every partner is a padded zero
    std::array<uint8_t, 256> table;
    for (size_t x = 0; x < table.size(); ++x) {
      const auto code = static_cast<uint8_t>(x);
      encoder.apply({&code, 1}, {&table[x], 1});
    }
    for (size_t i = 0; i < codes.size(); ++i) encoded[i] = table[codes[i]];
    return;
  }
  for (size_t at = 0; at < codes.size(); at += group_channels) {
    encoder.apply(codes.subspan(at, group_channels), encoded.subspan(at, group_channels));
  }
}

golden::Matrix<int32_t> fast_gemm(const Arithmetic* arithmetic,
                                  const golden::Matrix<uint8_t>& activations,
                                  const golden::Matrix<int8_t>& weights) {
  static const spec::Format plain{.kind = spec::Kind::kInt8, .window_bits = 8, .placements = {}};
  constexpr int kAccumulatorBits = 32;
  return golden::gemm_fast(activations, weights, arithmetic != nullptr ? arithmetic->format : plain,
                           kAccumulatorBits);
}

struct Release {
  void operator()(std::byte* bytes) const { ::operator delete[](bytes, std::align_val_t{64}); }
};
using Bytes = std::unique_ptr<std::byte[], Release>;

Bytes allocate(size_t count) {
  return Bytes(
      static_cast<std::byte*>(::operator new[](std::max<size_t>(count, 1), std::align_val_t{64})));
}

}  // namespace

class Executor::Workspace {
 public:
  Workspace(const Plan& plan, size_t arena, size_t scratch, size_t values);

  Bytes arena;
  Bytes scratch;
  dnnl::stream stream;
  // Which encoding of a value its buffer holds: the format and the pairs' row length.
  using Encoding = std::pair<const Arithmetic*, size_t>;
  std::vector<Encoding> encodings;
};

namespace {

// What a step works on.
struct Scene {
  Executor::Workspace& workspace;
  const MemoryPlan& memory;
  const LayerFormats& formats;

  template <class T>
  T* at(size_t buffer) const {
    return reinterpret_cast<T*>(workspace.arena.get() + memory.offsets[buffer]);
  }
};

}  // namespace

struct Executor::Step {
  std::function<void(const Scene&)> run;
  std::vector<size_t> touches;        // buffers
  std::optional<ValueId> makes = {};  // a value in floating point, for the observer
};

// Builds the steps of a graph.
struct Executor::Plan {
  Plan(const Graph& network, const Quantization& layers, const ExecutorOptions& given)
      : graph(network),
        quantization(layers),
        options(given),
        lowering(lower(network, layers, given.fusion)),
        places(network.values.size()) {
    place_values();
    const size_t input = places[graph.input].real;
    steps.push_back({.run = [](const Scene&) {}, .touches = {input}, .makes = graph.input});
    quantize_if_wanted(graph.input, false);
    for (const Item& item : lowering.items) {
      const bool is_coded = add_item(item);
      quantize_if_wanted(item.output, is_coded);
    }
    steps.push_back({.run = [](const Scene&) {}, .touches = {places[graph.output].real}});
    for (size_t i = 0; i < steps.size(); ++i) {
      for (const size_t buffer : steps[i].touches) {
        Buffer& life = buffers[buffer];
        if (!touched[buffer]) life.first = i;
        touched[buffer] = true;
        life.last = i;
      }
    }
    memory = plan_memory(buffers);
  }

  size_t new_buffer(size_t bytes) {
    buffers.push_back({.bytes = bytes});
    touched.push_back(false);
    return buffers.size() - 1;
  }

  size_t elements(ValueId value) const { return graph.shape(value).elements() * options.batch; }

  void place_values() {
    const auto place = [&](ValueId value, bool real) {
      if (real) places[value].real = new_buffer(elements(value) * sizeof(float));
      if (lowering.codes[value]) places[value].codes = new_buffer(elements(value));
    };
    place(graph.input, true);
    for (const Item& item : lowering.items) {
      if (item.residual) {
        places[item.output].real = places[item.inputs[1]].real;  // computed in place
        place(item.output, false);
      } else {
        place(item.output, lowering.real[item.output] || !makes_codes(item));
      }
    }
  }

  // Whether the item hands on codes and nothing else.
  bool makes_codes(const Item& item) const {
    if (!lowering.codes[item.output] || lowering.real[item.output] || item.residual) return false;
    return item.on_codes || quantization[item.node].has_value();
  }

  void quantize_if_wanted(ValueId value, bool is_coded) {
    if (is_coded || !lowering.codes[value]) return;
    const size_t real = places[value].real;
    const size_t codes = places[value].codes;
    steps.push_back({.run =
                         [=, count = elements(value), to = *lowering.codes[value]](const Scene& s) {
                           quantize({s.at<float>(real), count}, to.scale, to.max_code,
                                    {s.at<uint8_t>(codes), count});
                         },
                     .touches = {real, codes}});
  }

  // True when the item wrote codes.
  bool add_item(const Item& item) {
    const Op& op = graph.nodes[item.node].op;
    if (const auto* conv = std::get_if<Conv>(&op)) return add_layer(item, *conv);
    if (item.on_codes) {
      add_rearrangement<uint8_t>(item, &Places::codes);
      return true;
    }
    const Pool* pool = std::get_if<Pool>(&op);
    if (std::holds_alternative<Concat>(op) || (pool != nullptr && pool->kind == PoolKind::kMax)) {
      add_rearrangement<float>(item, &Places::real);
    } else {
      add_other(item);
    }
    return false;
  }

  // Max pools and concatenations, on floats or codes.
  template <class T>
  void add_rearrangement(const Item& item, size_t Places::*form) {
    const size_t to = places[item.output].*form;
    Step step{.run = {}, .touches = {to}, .makes = item.output};
    if constexpr (!std::is_same_v<T, float>) step.makes.reset();
    const Shape out = graph.shape(item.output);
    const size_t images = options.batch;
    if (const auto* pool = std::get_if<Pool>(&graph.nodes[item.node].op)) {
      const size_t from = places[item.inputs[0]].*form;
      step.touches.push_back(from);
      step.run = [=, window = pool->window, in = graph.shape(item.inputs[0])](const Scene& s) {
        max_pool(window, in, out, images, s.at<T>(from), s.at<T>(to));
      };
    } else {
      std::vector<std::pair<size_t, size_t>> parts;  // buffer, channels
      for (const ValueId input : item.inputs) {
        parts.emplace_back(places[input].*form, graph.shape(input).channels);
        step.touches.push_back(places[input].*form);
      }
      step.run = [=](const Scene& s) {
        size_t offset = 0;
        for (const auto& [from, channels] : parts) {
          place_channels(images * out.pixels(), channels, s.at<T>(from),
                         static_cast<size_t>(out.channels), offset, s.at<T>(to));
          offset += channels;
        }
      };
    }
    steps.push_back(std::move(step));
  }

  void add_other(const Item& item) {
    const size_t from = places[item.inputs[0]].real;
    const size_t to = places[item.output].real;
    const size_t other = item.inputs.size() > 1 ? places[item.inputs[1]].real : from;
    const Shape in = graph.shape(item.inputs[0]);
    const Shape out = graph.shape(item.output);
    const size_t images = options.batch;
    const Op* op = &graph.nodes[item.node].op;
    Step step{.run = {}, .touches = {from, other, to}, .makes = item.output};
    step.run = [=](const Scene& s) {
      const std::span<const float> x{s.at<float>(from), images * in.elements()};
      const std::span<float> y{s.at<float>(to), images * out.elements()};
      if (const auto* a = std::get_if<Affine>(op)) return affine(*a, x, y);
      if (const auto* c = std::get_if<Clip>(op)) return clip(*c, x, y);
      if (const auto* q = std::get_if<FakeQuantize>(op)) return fake_quantize(*q, x, y);
      if (const auto* p = std::get_if<Pad>(op)) return pad(*p, in, out, images, x.data(), y.data());
      if (const auto* p = std::get_if<Pool>(op)) {
        return average_pool(*p, in, out, images, x.data(), y.data());
      }
      if (std::holds_alternative<Add>(*op)) return add(x, {s.at<float>(other), x.size()}, y);
      if (std::holds_alternative<Softmax>(*op)) {
        return softmax(static_cast<size_t>(in.channels), x, y);
      }
      golden::require(std::holds_alternative<Reshape>(*op), "an operator with a kernel");
      reshape(in, out, images, x.data(), y.data());
    };
    steps.push_back(std::move(step));
  }

  bool add_layer(const Item& item, const Conv& conv) {
    const ValueId input = item.inputs[0];
    const Shape in = graph.shape(input);
    const Shape out = graph.shape(item.output);
    const LayerQuantization* layer = quantization[item.node] ? &*quantization[item.node] : nullptr;
    const bool coded = makes_codes(item);
    const Epilogue epilogue{.residual = item.residual,
                            .clip = item.clip,
                            .codes = coded ? lowering.codes[item.output] : std::nullopt};
    const size_t to = coded ? places[item.output].codes : places[item.output].real;
    Step step{.run = {}, .touches = {to}};
    if (!coded) step.makes = item.output;
    if (layer != nullptr && (options.gemm || !golden::can_go_direct())) {
      const size_t from = places[input].codes;
      step.touches.push_back(from);
      const auto gemm_conv = std::make_shared<GemmConv>(item.node, conv, in, out, options.batch,
                                                        options.channel_multiple, *layer, epilogue);
      step.run = [=, gemm = options.gemm](const Scene& s) {
        const GemmFunction fast = [&](NodeId node, const auto& a, const auto& w) {
          return fast_gemm(s.formats[node], a, w);
        };
        gemm_conv->run(gemm ? gemm : fast, s.at<uint8_t>(from), s.at<void>(to));
      };
      steps.push_back(std::move(step));
      return coded;
    }
    const auto primitive =
        std::make_shared<OneDnnConv>(engine, conv, in, out, options.batch, layer, epilogue);
    scratch_bytes = std::max(scratch_bytes, primitive->scratch_bytes());
    if (layer == nullptr) {
      const size_t from = places[input].real;
      step.touches.push_back(from);
      step.run = [=](const Scene& s) {
        primitive->run(s.workspace.stream, s.at<void>(from), s.at<void>(to),
                       s.workspace.scratch.get());
      };
    } else {
      if (places[input].encoded == kNone) places[input].encoded = new_buffer(elements(input));
      const size_t codes = places[input].codes;
      const size_t encoded = places[input].encoded;
      step.touches.insert(step.touches.end(), {codes, encoded});
      step.run = [=, node = item.node, count = elements(input),
                  row = static_cast<size_t>(conv.group_channels())](const Scene& s) {
        const Arithmetic* arithmetic = s.formats[node];
        size_t from = codes;
        if (arithmetic != nullptr && !arithmetic->encoder.is_identity()) {
          const Workspace::Encoding wanted(arithmetic, row);
          if (s.workspace.encodings[input] != wanted) {
            encode(arithmetic->encoder, row, {s.at<uint8_t>(codes), count},
                   {s.at<uint8_t>(encoded), count});
            s.workspace.encodings[input] = wanted;
          }
          from = encoded;
        }
        primitive->run(s.workspace.stream, s.at<void>(from), s.at<void>(to),
                       s.workspace.scratch.get());
      };
    }
    steps.push_back(std::move(step));
    return coded;
  }

  const Graph& graph;
  const Quantization& quantization;
  ExecutorOptions options;
  Lowering lowering;
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  std::vector<Places> places;
  std::vector<Buffer> buffers;
  std::vector<bool> touched;  // buffers that some step has used so far
  std::vector<Step> steps;
  MemoryPlan memory;
  size_t scratch_bytes = 0;
};

Executor::Workspace::Workspace(const Plan& plan, size_t arena_bytes, size_t scratch_bytes,
                               size_t values)
    : arena(allocate(arena_bytes)),
      scratch(allocate(scratch_bytes)),
      stream(plan.engine),
      encodings(values) {}

Executor::Executor(const Graph& graph, const Quantization& quantization,
                   const ExecutorOptions& options)
    : graph_(graph), batch_(options.batch) {
  golden::require(quantization.size() == graph.nodes.size(), "an entry for every node");
  const SingleThread single;
  plan_ = std::make_unique<Plan>(graph, quantization, options);
}

Executor::~Executor() = default;
Executor::Executor(Executor&&) noexcept = default;

size_t Executor::workspace_bytes() const { return plan_->memory.bytes + plan_->scratch_bytes; }

std::shared_ptr<Executor::Workspace> Executor::make_workspace() const {
  return std::make_shared<Workspace>(*plan_, plan_->memory.bytes, plan_->scratch_bytes,
                                     graph_.values.size());
}

void Executor::run(Workspace& workspace, std::span<const float> images, std::span<float> logits,
                   const LayerFormats& formats, const Observer& observer) const {
  golden::require(formats.size() == graph_.nodes.size(), "a format for every node");
  golden::require(images.size() == plan_->elements(graph_.input) &&
                      logits.size() == plan_->elements(graph_.output),
                  "a whole batch");
  golden::require(!observer || plan_->options.fusion == Fusion::kNone, "values to observe");
  std::fill(workspace.encodings.begin(), workspace.encodings.end(), Workspace::Encoding{});
  const Scene scene{workspace, plan_->memory, formats};
  const auto real = [&](ValueId value) { return scene.at<float>(plan_->places[value].real); };
  std::copy(images.begin(), images.end(), real(graph_.input));
  for (const Step& step : plan_->steps) {
    step.run(scene);
    if (observer && step.makes) {
      observer(*step.makes, {real(*step.makes), plan_->elements(*step.makes)});
    }
  }
  std::copy_n(real(graph_.output), logits.size(), logits.data());
}

SingleThread::SingleThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
SingleThread::~SingleThread() { omp_set_num_threads(before_); }

}  // namespace sparq::net
