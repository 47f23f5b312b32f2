// SPDX-License-Identifier: Apache-2.0
#include "cuda/replay.hpp"

#include <algorithm>

#include "cuda/check.hpp"

namespace zerogap::cuda {
namespace {

/// A run has few sequences: full batches and the last one of an epoch, for training and for evaluation.
constexpr std::size_t kept = 8;

bool being_captured(cudaStream_t stream) {
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
  const cudaError_t answer = cudaStreamIsCapturing(stream, &status);
  if (answer == cudaErrorStreamCaptureImplicit) {
    (void)cudaGetLastError();  // the legacy default stream, while another one is captured
    return true;
  }
  check(answer, "querying the capture of a stream");
  return status != cudaStreamCaptureStatusNone;
}

/// A capture that always ends, also after an exception.
class Capture {
 public:
  explicit Capture(cudaStream_t stream) : stream_(stream) {
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed), "capturing a step");
  }
  ~Capture() {
    if (stream_ != nullptr) check_no_throw(cudaStreamEndCapture(stream_, &graph_));
    if (graph_ != nullptr) check_no_throw(cudaGraphDestroy(graph_));
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  cudaGraph_t end() {
    cudaStream_t stream = stream_;
    stream_ = nullptr;
    check(cudaStreamEndCapture(stream, &graph_), "capturing a step");
    return graph_;
  }

 private:
  cudaStream_t stream_;
  cudaGraph_t graph_ = nullptr;
};

}  // namespace

Replay::Graph& Replay::graph_of(const Key& key) {
  const auto found =
      std::find_if(graphs_.begin(), graphs_.end(), [&](const Graph& graph) { return graph.key == key; });
  if (found != graphs_.end()) return *found;
  if (graphs_.size() < kept) return graphs_.emplace_back(Graph{key, nullptr, 0});
  const auto oldest = std::min_element(graphs_.begin(), graphs_.end(),
                                       [](const Graph& a, const Graph& b) { return a.used < b.used; });
  *oldest = Graph{key, nullptr, 0};
  return *oldest;
}

std::shared_ptr<CUgraphExec_st> Replay::capture(const std::function<void(cudaStream_t)>& launches) {
  Capture capture(side_.get());
  launches(side_.get());
  cudaGraphExec_t executable = nullptr;
  check(cudaGraphInstantiate(&executable, capture.end(), 0), "making a graph of a step");
  ++captured_;
  return {executable, [](cudaGraphExec_t of) { check_no_throw(cudaGraphExecDestroy(of)); }};
}

void Replay::run(const Key& key, cudaStream_t stream, const std::function<void(cudaStream_t)>& launches) {
  if (being_captured(stream)) return launches(stream);
  Graph& graph = graph_of(key);
  const bool first = graph.used == 0;
  graph.used = ++uses_;
  if (first) return launches(stream);
  if (graph.executable == nullptr) graph.executable = capture(launches);
  check(cudaGraphLaunch(graph.executable.get(), stream), "starting a step on the GPU");
}

}  // namespace zerogap::cuda
