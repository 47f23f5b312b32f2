// SPDX-License-Identifier: Apache-2.0
#include "cuda/check.hpp"

#include <string>

#include "core/error.hpp"
#include "core/out_of_memory.hpp"

namespace zerogap::cuda {
namespace {

std::string advice(cudaError_t status) {
  switch (status) {
    case cudaErrorMemoryAllocation:
      return out_of_memory_advice;
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorUnsupportedPtxVersion:
      return "build with -DCMAKE_CUDA_ARCHITECTURES=native on a machine with this GPU, or use "
             "--set run.backend=cpu";
    case cudaErrorInsufficientDriver:
      return "install a newer driver, or use --set run.backend=cpu";
    case cudaErrorDevicesUnavailable:
      return "end the other program on this GPU (see nvidia-smi)";
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchFailure:
    case cudaErrorMisalignedAddress:
      return "this is a bug in zerogap: run it under compute-sanitizer and report the output";
    default:
      return "see nvidia-smi and the system's log; restart from the last checkpoint";
  }
}

}  // namespace

void check(cudaError_t status, const char* doing) {
  if (status == cudaSuccess) return;
  (void)cudaGetLastError();  // otherwise the next call would report this failure
  throw runtime_failure(std::string(doing) + " failed",
                        std::string(cudaGetErrorName(status)) + ": " + cudaGetErrorString(status),
                        advice(status));
}

}  // namespace zerogap::cuda
