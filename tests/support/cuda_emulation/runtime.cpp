// SPDX-License-Identifier: Apache-2.0
// Devices, memory, streams, events and graphs. A stream's work is done when it is waited for.

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "cuda_runtime.h"
#include "threads.hpp"

using Work = std::function<void()>;

struct CUgraph_st {
  std::vector<Work> nodes;
};
struct CUgraphExec_st {
  std::vector<Work> nodes;
};
struct CUstream_st {
  std::deque<Work> work;
  std::unique_ptr<CUgraph_st> captured;

  bool step() {
    if (work.empty()) return false;
    const Work next = std::move(work.front());
    work.pop_front();
    const zerogap::emulation::InsideDevice here;
    next();
    return true;
  }
  void finish() {
    const zerogap::emulation::InsideDevice here;  // once for all of it
    while (step()) {
    }
  }
};
struct CUevent_st {
  cudaStream_t stream = nullptr;
  std::shared_ptr<bool> reached = std::make_shared<bool>(true);
};

namespace zerogap::emulation {
namespace {

CUstream_st legacy;
int captures = 0;
cudaError_t last = cudaSuccess;
std::map<void*, std::size_t>& arrays() {
  static std::map<void*, std::size_t> all;
  return all;
}
std::set<CUstream_st*>& streams() {
  static std::set<CUstream_st*> all{&legacy};
  return all;
}

cudaError_t answer(cudaError_t status) {
  if (status != cudaSuccess) last = status;
  return status;
}
CUstream_st& of(cudaStream_t stream) { return stream == nullptr ? legacy : *stream; }
void put(cudaStream_t stream, Work work) {
  if (of(stream).captured != nullptr)
    of(stream).captured->nodes.push_back(std::move(work));
  else
    of(stream).work.push_back(std::move(work));
}
void wait_for(cudaStream_t stream, const std::shared_ptr<bool>& reached) {
  const InsideDevice here;
  while (!*reached && of(stream).step()) {
  }
}

}  // namespace

Machine& machine() {
  static Machine all;
  return all;
}
namespace {
bool broken() { return machine().broken != cudaSuccess; }
}  // namespace

cudaError_t put_kernel(const cudaLaunchConfig_t& config, Work thread) {
  const dim3 grid = config.gridDim, block = config.blockDim;
  if (broken()) return machine().broken;
  if (const cudaError_t fault = machine().next_launch; fault != cudaSuccess) {
    machine().next_launch = cudaSuccess;
    return answer(fault);
  }
  if (grid.x == 0 || grid.y == 0 || grid.y > 65535 || block.x == 0 || block.x > 1024)
    return answer(cudaErrorInvalidConfiguration);
  put(config.stream, [grid, block, thread] {
    ++machine().launches;
    run_grid(grid, block, thread);
  });
  return cudaSuccess;
}

}  // namespace zerogap::emulation

using namespace zerogap::emulation;

const char* cudaGetErrorName(cudaError_t status) {
  switch (status) {
    case cudaSuccess:
      return "cudaSuccess";
    case cudaErrorMemoryAllocation:
      return "cudaErrorMemoryAllocation";
    case cudaErrorInvalidConfiguration:
      return "cudaErrorInvalidConfiguration";
    case cudaErrorIllegalAddress:
      return "cudaErrorIllegalAddress";
    default:
      return "cudaErrorOther";
  }
}
const char* cudaGetErrorString(cudaError_t) { return "an emulated failure"; }
cudaError_t cudaGetLastError() { return std::exchange(last, cudaSuccess); }

cudaError_t cudaGetDeviceCount(int* count) {
  *count = 0;
  if (machine().driver < 13000) return answer(cudaErrorInsufficientDriver);
  if (machine().devices == 0) return answer(cudaErrorNoDevice);
  *count = machine().devices;
  return cudaSuccess;
}
cudaError_t cudaDriverGetVersion(int* version) {
  *version = machine().driver;
  return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = 13000;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int device) {
  return device >= 0 && device < machine().devices ? cudaSuccess : answer(cudaErrorInvalidDevice);
}
cudaError_t cudaDeviceGetPCIBusId(char* address, int length, int ordinal) {
  std::snprintf(address, static_cast<std::size_t>(length), "0000:%02x:00.0", machine().first_bus + ordinal);
  return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (device < 0 || device >= machine().devices) return answer(cudaErrorInvalidDevice);
  *properties = {"emulated GPU", machine().multiprocessors, 9, 0, machine().memory};
  return cudaSuccess;
}
cudaError_t cudaDeviceCanAccessPeer(int* reached, int device, int peer) {
  const int count = machine().devices;
  if (device < 0 || device >= count || peer < 0 || peer >= count) return answer(cudaErrorInvalidDevice);
  *reached = machine().peers && device != peer ? 1 : 0;
  return cudaSuccess;
}
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes*, const void*) {
  return machine().has_code ? cudaSuccess : answer(cudaErrorNoKernelImageForDevice);
}
cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  *free = machine().memory - machine().allocated;
  *total = machine().memory;
  return cudaSuccess;
}
cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t*, int) { return cudaSuccess; }
cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t, cudaMemPoolAttr, void*) {
  return machine().memory_pools ? cudaSuccess : answer(cudaErrorNotSupported);
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr which, int) {
  // It has no clock: 0 stands for a rate that is not known.
  *value = which == cudaDevAttrMemoryPoolsSupported  ? int{machine().memory_pools}
           : which == cudaDevAttrMultiProcessorCount ? machine().multiprocessors
                                                     : 0;
  return cudaSuccess;
}

cudaError_t cudaMalloc(void** at, std::size_t bytes) {
  if (broken()) return machine().broken;
  if (captures > 0) return answer(cudaErrorStreamCaptureUnsupported);
  if (bytes > machine().memory - machine().allocated) return answer(cudaErrorMemoryAllocation);
  *at = take_device_memory(bytes);
  if (*at == nullptr) return answer(cudaErrorMemoryAllocation);
  arrays()[*at] = bytes;
  machine().allocated += bytes;
  ++machine().allocations;
  return cudaSuccess;
}
cudaError_t cudaMallocAsync(void** at, std::size_t bytes, cudaStream_t) {
  return machine().memory_pools ? cudaMalloc(at, bytes) : answer(cudaErrorNotSupported);
}
cudaError_t cudaFreeAsync(void* at, cudaStream_t stream) {
  if (broken()) return machine().broken;
  if (!machine().memory_pools) return answer(cudaErrorNotSupported);
  const auto found = arrays().find(at);
  if (found == arrays().end()) return answer(cudaErrorInvalidValue);
  machine().allocated -= found->second;
  arrays().erase(found);
  put(stream, [at] { give_device_memory(at); });
  return cudaSuccess;
}
cudaError_t cudaFree(void* at) {
  if (broken()) return machine().broken;
  const auto found = arrays().find(at);
  if (found == arrays().end()) return answer(cudaErrorInvalidValue);
  for (CUstream_st* const stream : streams()) stream->finish();
  machine().allocated -= found->second;
  arrays().erase(found);
  give_device_memory(at);
  return cudaSuccess;
}
cudaError_t cudaMallocHost(void** at, std::size_t bytes) {
  if (broken()) return machine().broken;
  *at = std::malloc(bytes);
  return cudaSuccess;
}
cudaError_t cudaFreeHost(void* at) {
  std::free(at);
  return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  if (broken()) return machine().broken;
  if (on_device(to) == (kind == cudaMemcpyDeviceToHost)) wrong("a copy goes to the wrong side", to, __func__);
  if (on_device(from) == (kind == cudaMemcpyHostToDevice))
    wrong("a copy comes from the wrong side", from, __func__);
  put(stream, [=] { std::memcpy(to, from, bytes); });
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream) {
  if (broken()) return machine().broken;
  if (!on_device(to)) wrong("memset of memory that is not the GPU's", to, __func__);
  put(stream, [=] { std::memset(to, value, bytes); });
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  *stream = new CUstream_st;
  streams().insert(*stream);
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  stream->finish();
  streams().erase(stream);
  delete stream;
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  if (broken()) return machine().broken;
  if (of(stream).captured != nullptr) return answer(cudaErrorStreamCaptureUnsupported);
  of(stream).finish();
  return cudaSuccess;
}
cudaError_t cudaStreamQuery(cudaStream_t stream) {
  if (broken()) return machine().broken;
  // Something is done between two questions, so that who asks again and again gets an answer.
  return of(stream).step() ? answer(cudaErrorNotReady) : cudaSuccess;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  put(stream, [from = event->stream, reached = event->reached] { wait_for(from, reached); });
  return cudaSuccess;
}
cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
  if (stream == nullptr && captures > 0) return answer(cudaErrorStreamCaptureImplicit);
  *status = of(stream).captured != nullptr ? cudaStreamCaptureStatusActive : cudaStreamCaptureStatusNone;
  return cudaSuccess;
}
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  if (stream == nullptr || stream->captured != nullptr) return answer(cudaErrorStreamCaptureUnsupported);
  stream->captured = std::make_unique<CUgraph_st>();
  ++captures;
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  *graph = stream->captured.release();
  --captures;
  return cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned long long) {
  *executable = new CUgraphExec_st{graph->nodes};
  return cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  if (broken()) return machine().broken;
  ++machine().graph_launches;
  put(stream, [nodes = executable->nodes] {
    for (const Work& node : nodes) node();
  });
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  delete executable;
  return cudaSuccess;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = new CUevent_st;
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  if (broken()) return machine().broken;
  event->stream = stream;
  event->reached = std::make_shared<bool>(false);
  put(stream, [reached = event->reached] { *reached = true; });
  return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  if (broken()) return machine().broken;
  wait_for(event->stream, event->reached);
  return cudaSuccess;
}
