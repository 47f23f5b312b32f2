// SPDX-License-Identifier: Apache-2.0
#include "kernels/device.hpp"

#include <string>

#include "core/error.hpp"
#include "cuda/check.hpp"
#include "cuda/device_memory.hpp"

#ifndef ZEROGAP_CUDA_ARCHITECTURES
#define ZEROGAP_CUDA_ARCHITECTURES "those of the build"
#endif

namespace zerogap {
namespace {

/// Only checks whether there is code for this GPU.
__global__ void probe() {}

std::string version(int number) {
  return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
}

void say_too_old(Devices& found) {
  int driver = 0, runtime = 0;
  if (cudaDriverGetVersion(&driver) != cudaSuccess || cudaRuntimeGetVersion(&runtime) != cudaSuccess)
    (void)cudaGetLastError();
  if (driver == 0) {
    found.why = "there is no NVIDIA driver on this host";
    found.todo = "start on a host that has GPUs and their driver";
    return;
  }
  found.why =
      "the driver is too old: it serves CUDA " + version(driver) + ", this build needs " + version(runtime);
  found.todo =
      "ask for a driver that serves CUDA " + version(runtime) + " (nvidia-smi shows what one serves)";
}

std::string pci_address(int ordinal) {
  char address[32] = "";
  cuda::check(cudaDeviceGetPCIBusId(address, sizeof address, ordinal), "reading the GPU's bus address");
  return address;
}

void need_code_for(int ordinal) {
  cuda::check(cudaSetDevice(ordinal), "choosing the GPU");
  cudaFuncAttributes attributes{};
  const cudaError_t status = cudaFuncGetAttributes(&attributes, reinterpret_cast<const void*>(probe));
  if (status != cudaErrorNoKernelImageForDevice && status != cudaErrorInvalidDeviceFunction &&
      status != cudaErrorUnsupportedPtxVersion) {
    cuda::check(status, "loading the CUDA kernels");
    return;
  }
  (void)cudaGetLastError();
  cudaDeviceProp of{};
  cuda::check(cudaGetDeviceProperties(&of, ordinal), "reading the properties of the GPU");
  throw runtime_failure(std::string(of.name) + " cannot run this build's CUDA kernels",
                        "it has compute capability " + std::to_string(of.major) + "." +
                            std::to_string(of.minor) + ", compiled for are " ZEROGAP_CUDA_ARCHITECTURES,
                        "build with -DCMAKE_CUDA_ARCHITECTURES=" + std::to_string(of.major * 10 + of.minor) +
                            ", or use --set run.backend=cpu");
}

}  // namespace

Devices find_devices() {
  Devices found;
  const cudaError_t status = cudaGetDeviceCount(&found.count);
  if (status == cudaSuccess && found.count > 0) {
    for (int ordinal = 0; ordinal < found.count; ++ordinal) found.ids.push_back(pci_address(ordinal));
    return found;
  }
  found.count = 0;
  (void)cudaGetLastError();
  if (status == cudaErrorInsufficientDriver) {
    say_too_old(found);
  } else if (status == cudaErrorNoDevice || status == cudaSuccess) {
    found.why = "the driver sees no GPU on this host";
    found.todo = "ask Slurm for one (--gpus-per-node=1), or see nvidia-smi and CUDA_VISIBLE_DEVICES";
  } else {
    found.why = std::string(cudaGetErrorName(status)) + ": " + cudaGetErrorString(status);
    found.todo = "see nvidia-smi and the system's log";
  }
  return found;
}

std::vector<std::string> peers_of(int ordinal) {
  const std::vector<std::string> ids = find_devices().ids;
  std::vector<std::string> peers;
  for (int other = 0; other < static_cast<int>(ids.size()); ++other) {
    int reached = 0;
    if (other != ordinal && cudaDeviceCanAccessPeer(&reached, ordinal, other) == cudaSuccess && reached != 0)
      peers.push_back(ids[static_cast<std::size_t>(other)]);
  }
  (void)cudaGetLastError();
  return peers;
}

std::uint64_t memory_of(int ordinal) {
  cudaDeviceProp of{};
  cuda::check(cudaGetDeviceProperties(&of, ordinal), "reading the properties of the GPU");
  return of.totalGlobalMem;
}

std::unique_ptr<Memory> make_device_memory(int ordinal) {
  const Devices found = find_devices();
  if (found.count == 0)
    throw runtime_failure("no GPU can be used", found.why, found.todo + ", or use --set run.backend=cpu");
  if (ordinal < 0 || ordinal >= found.count)
    throw runtime_failure("there is no GPU " + std::to_string(ordinal),
                          "this process sees " + std::to_string(found.count) + ", counted from 0",
                          "see CUDA_VISIBLE_DEVICES, or start fewer ranks a host");
  need_code_for(ordinal);
  return std::make_unique<cuda::DeviceMemory>(ordinal);
}

}  // namespace zerogap
