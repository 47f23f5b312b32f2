// SPDX-License-Identifier: Apache-2.0
#pragma once

// Stands in for CUDA's header where a .cu file is compiled by the host's compiler, so that a kernel's
// arithmetic, indices and barriers are tested without a GPU. Only what src/kernels/cuda and tests/gpu use.
//
// The threads of a thread block are fibres that switch at barriers, so that shared memory is as on a GPU, and
// a barrier that some threads miss is an error. Work on a stream is done as late as it may be: only where
// somebody waits for it, so that a missing wait shows. Arrays are filled with garbage and lie where the host
// may not touch them (arena.hpp); kernels refuse pointers to anything else, and copies go the way they say.
// Built with the address sanitizer, an access beyond an array's end is caught, and a write there in any
// build.
//
// What it cannot show: races between threads that agree in two orders of execution, and anything about speed.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <tuple>

#include "arena.hpp"

#define __global__
#define __device__
#define __host__
#define __shared__ static
#define __launch_bounds__(...)
#define __syncthreads() zerogap::emulation::barrier(__FILE__, __LINE__)

struct dim3 {
  unsigned x, y, z;
  dim3(unsigned of_x = 1, unsigned of_y = 1, unsigned of_z = 1) : x(of_x), y(of_y), z(of_z) {}
};
extern dim3 threadIdx, blockIdx, blockDim, gridDim;

enum cudaError_t {
  cudaSuccess,
  cudaErrorInvalidValue,
  cudaErrorMemoryAllocation,
  cudaErrorInvalidConfiguration,
  cudaErrorInsufficientDriver,
  cudaErrorInvalidDeviceFunction,
  cudaErrorDevicesUnavailable,
  cudaErrorNoDevice,
  cudaErrorInvalidDevice,
  cudaErrorNoKernelImageForDevice,
  cudaErrorUnsupportedPtxVersion,
  cudaErrorNotReady,
  cudaErrorNotSupported,
  cudaErrorIllegalAddress,
  cudaErrorMisalignedAddress,
  cudaErrorLaunchFailure,
  cudaErrorStreamCaptureUnsupported,
  cudaErrorStreamCaptureImplicit
};
enum cudaMemcpyKind { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice };
enum cudaDeviceAttr { cudaDevAttrMemoryPoolsSupported, cudaDevAttrMultiProcessorCount, cudaDevAttrClockRate };
enum cudaStreamCaptureStatus { cudaStreamCaptureStatusNone, cudaStreamCaptureStatusActive };
enum cudaStreamCaptureMode { cudaStreamCaptureModeRelaxed };
enum cudaMemPoolAttr { cudaMemPoolAttrReleaseThreshold };
constexpr unsigned cudaStreamNonBlocking = 1, cudaEventDisableTiming = 2;

using cudaStream_t = struct CUstream_st*;
using cudaEvent_t = struct CUevent_st*;
using cudaGraph_t = struct CUgraph_st*;
using cudaGraphExec_t = struct CUgraphExec_st*;
using cudaMemPool_t = struct CUmemPoolHandle_st*;
struct cudaDeviceProp {
  char name[256];
  int multiProcessorCount, major, minor;
  std::size_t totalGlobalMem;
};
struct cudaFuncAttributes {};
struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  std::size_t dynamicSmemBytes = 0;
  cudaStream_t stream = nullptr;
};

const char* cudaGetErrorName(cudaError_t);
const char* cudaGetErrorString(cudaError_t);
cudaError_t cudaGetLastError();
cudaError_t cudaGetDeviceCount(int*);
cudaError_t cudaDriverGetVersion(int*);
cudaError_t cudaRuntimeGetVersion(int*);
cudaError_t cudaSetDevice(int);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp*, int);
cudaError_t cudaDeviceGetPCIBusId(char*, int, int);
cudaError_t cudaDeviceCanAccessPeer(int*, int, int);
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes*, const void*);
cudaError_t cudaMemGetInfo(std::size_t*, std::size_t*);
cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t*, int);
cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t, cudaMemPoolAttr, void*);
cudaError_t cudaDeviceGetAttribute(int*, cudaDeviceAttr, int);
cudaError_t cudaMalloc(void**, std::size_t);
cudaError_t cudaFree(void*);
cudaError_t cudaMallocAsync(void**, std::size_t, cudaStream_t);
cudaError_t cudaFreeAsync(void*, cudaStream_t);
cudaError_t cudaMallocHost(void**, std::size_t);
cudaError_t cudaFreeHost(void*);
cudaError_t cudaMemcpyAsync(void*, const void*, std::size_t, cudaMemcpyKind, cudaStream_t);
cudaError_t cudaMemsetAsync(void*, int, std::size_t, cudaStream_t);
cudaError_t cudaStreamCreateWithFlags(cudaStream_t*, unsigned);
cudaError_t cudaStreamDestroy(cudaStream_t);
cudaError_t cudaStreamSynchronize(cudaStream_t);
cudaError_t cudaStreamQuery(cudaStream_t);
cudaError_t cudaStreamWaitEvent(cudaStream_t, cudaEvent_t, unsigned);
cudaError_t cudaStreamIsCapturing(cudaStream_t, cudaStreamCaptureStatus*);
cudaError_t cudaStreamBeginCapture(cudaStream_t, cudaStreamCaptureMode);
cudaError_t cudaStreamEndCapture(cudaStream_t, cudaGraph_t*);
cudaError_t cudaGraphInstantiate(cudaGraphExec_t*, cudaGraph_t, unsigned long long);
cudaError_t cudaGraphLaunch(cudaGraphExec_t, cudaStream_t);
cudaError_t cudaGraphDestroy(cudaGraph_t);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t);
cudaError_t cudaEventCreateWithFlags(cudaEvent_t*, unsigned);
cudaError_t cudaEventDestroy(cudaEvent_t);
cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t);
cudaError_t cudaEventSynchronize(cudaEvent_t);

namespace zerogap::emulation {

/// What the emulated machine is like, and what goes wrong on it.
struct Machine {
  int devices = 1;
  int first_bus = 0;   ///< of the PCI addresses of the devices that this process sees
  bool peers = true;   ///< devices reach each other's memory
  int driver = 13000;  ///< 0: none; below 13000: too old
  bool has_code = true;
  bool memory_pools = true;
  std::size_t memory = std::size_t{4} << 30;
  cudaError_t next_launch = cudaSuccess;  ///< what the next launch fails with
  cudaError_t broken = cudaSuccess;  ///< what all work fails with from now on, as after an illegal address
  int multiprocessors = 3, resident = 2;

  std::size_t allocated = 0;  ///< bytes, now
  int allocations = 0;        ///< so far
  int launches = 0;           ///< kernels, so far, those of graphs too
  int graph_launches = 0;
};
Machine& machine();

void barrier(const char* file, int line);
cudaError_t put_kernel(const cudaLaunchConfig_t& config, std::function<void()> thread);

}  // namespace zerogap::emulation

template <class... Parameters, class... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Parameters...),
                               Arguments&&... arguments) {
  std::tuple<Parameters...> copies(static_cast<Arguments&&>(arguments)...);
  std::apply(
      [](auto&... each) {
        (__builtin_clear_padding(&each),
         ...);  // what is left there of the stack looks like a pointer now and then
        (zerogap::emulation::refuse_host_pointers(&each, sizeof each, __PRETTY_FUNCTION__), ...);
      },
      copies);
  return zerogap::emulation::put_kernel(*config, [=] { std::apply(kernel, copies); });
}
template <class Kernel>
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, Kernel, int, std::size_t) {
  *blocks = zerogap::emulation::machine().resident;
  return cudaSuccess;
}

inline unsigned long long atomicAdd(unsigned long long* at, unsigned long long by) {
  const unsigned long long before = *at;
  *at += by;
  return before;
}
inline float __saturatef(float a) { return a > 0.0f ? (a < 1.0f ? a : 1.0f) : 0.0f; }
inline long long __double2ll_rn(double a) { return std::llrint(a); }
inline long long __double_as_longlong(double a) {
  long long bits;
  std::memcpy(&bits, &a, sizeof bits);
  return bits;
}
