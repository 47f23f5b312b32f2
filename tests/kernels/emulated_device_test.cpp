// SPDX-License-Identifier: Apache-2.0
// What the CUDA kernels do on a machine that is not as they need it, and how they use the runtime: on the
// emulation, where everything can be made to fail.

#include <cuda_runtime.h>
#include <gmock/gmock.h>

#include "core/error.hpp"
#include "cuda/launch.hpp"
#include "kernel_results.hpp"
#include "kernels/device.hpp"

namespace zerogap {
namespace {

using emulation::machine;
using testing::AllOf;
using testing::HasSubstr;

class EmulatedDevice : public testing::Test {
 protected:
  EmulatedDevice() { machine() = {.allocated = machine().allocated}; }
  ~EmulatedDevice() override { machine() = {.allocated = machine().allocated}; }

  template <class Body>
  static std::string message(Body body) {
    try {
      body();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::runtime);
      return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return "";
  }
};

TEST_F(EmulatedDevice, NoDriverAnOldOneAndNoGpu) {
  machine().driver = 0;
  EXPECT_EQ(find_devices().count, 0);
  EXPECT_THAT(find_devices().why, HasSubstr("no NVIDIA driver"));
  EXPECT_THAT(message([] { make_device_memory(0); }), HasSubstr("start on a host that has GPUs"));
  machine().driver = 12040;
  EXPECT_EQ(find_devices().count, 0);
  EXPECT_EQ(find_devices().why, "the driver is too old: it serves CUDA 12.4, this build needs 13.0");
  EXPECT_EQ(find_devices().todo, "ask for a driver that serves CUDA 13.0 (nvidia-smi shows what one serves)");
  machine().driver = 13000;
  machine().devices = 0;
  EXPECT_EQ(find_devices().count, 0);
  EXPECT_THAT(find_devices().why, HasSubstr("no GPU"));
  EXPECT_THAT(message([] { make_device_memory(0); }),
              AllOf(HasSubstr("no GPU can be used (the driver sees no GPU"), HasSubstr("; ")));
  machine().devices = 2;
  EXPECT_EQ(find_devices().count, 2);
  EXPECT_THAT(message([] { make_device_memory(2); }), HasSubstr("no GPU 2 (this process sees 2"));
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
}

TEST_F(EmulatedDevice, ItsPeersAndItsMemory) {
  machine().devices = 3;
  machine().first_bus = 0x17;
  machine().memory = std::size_t{80} << 30;
  EXPECT_THAT(find_devices().ids, testing::ElementsAre("0000:17:00.0", "0000:18:00.0", "0000:19:00.0"));
  EXPECT_THAT(peers_of(1), testing::ElementsAre("0000:17:00.0", "0000:19:00.0"));
  EXPECT_EQ(memory_of(2), std::uint64_t{80} << 30);
  machine().peers = false;
  EXPECT_THAT(peers_of(1), testing::IsEmpty());
  machine().peers = true;
  EXPECT_THAT(peers_of(7), testing::IsEmpty());  // no such GPU
  EXPECT_THAT(message([] { memory_of(7); }), HasSubstr("reading the properties of the GPU failed"));
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
}

TEST_F(EmulatedDevice, NoCodeForItsArchitecture) {
  machine().has_code = false;
  EXPECT_THAT(message([] { make_device_memory(0); }),
              AllOf(HasSubstr("compute capability 9.0"), HasSubstr("CMAKE_CUDA_ARCHITECTURES=90")));
}

TEST_F(EmulatedDevice, FullMemorySaysHowMuchAndWhichKey) {
  machine().memory = machine().allocated + (3 << 20);
  const auto memory = make_device_memory(0);
  EXPECT_THAT(
      message([&] { memory->allocate(5 << 20); }),
      AllOf(HasSubstr("5 MiB asked for, 3 MiB of"), HasSubstr("data.images"), HasSubstr("more ranks")));
  void* const small = memory->allocate(1 << 20);  // it goes on
  memory->release(small);
  memory->wait();
}

TEST_F(EmulatedDevice, AFailingLaunchThrows) {
  const auto memory = make_device_memory(0);
  const auto kernels = make_cuda_kernels<float>(*memory);
  const test::KernelCase<float> inputs({});
  test::Results<float> results(inputs);
  machine().next_launch = cudaErrorIllegalAddress;
  EXPECT_THAT(message([&] { results.run(*kernels); }),
              AllOf(HasSubstr("failed (cudaErrorIllegalAddress"), HasSubstr("compute-sanitizer")));
}

TEST_F(EmulatedDevice, HostMemoryIsNoPlaceForThem) {
  EXPECT_THAT(message([] { make_cuda_kernels<float>(host_memory()); }), HasSubstr("need a GPU's memory"));
}

TEST_F(EmulatedDevice, StepsThatComeBackAreGraphsAndAllocateNothing) {
  const auto memory = make_device_memory(0);
  const auto kernels = make_cuda_kernels<float>(*memory);
  const test::KernelCase<float> inputs({.height = 28, .width = 28, .images = 4, .blocks = 40, .tile = 4});
  const Buffer<float> pixels(*memory, std::span(inputs.pixels)), target(*memory, std::span(inputs.target));
  const Buffer<std::int64_t> grad_w(*memory, inputs.g.size()), grad_w_prime(*memory, inputs.g.size());
  auto source = inputs.source();
  source.pixels = pixels.data();
  const auto step = [&](double lambda) {
    kernels->run(DualStep<float>{source,
                                 inputs.images,
                                 {inputs.g.data(), inputs.w.data(), inputs.w_prime.data(), 40, 4},
                                 lambda,
                                 0.1,
                                 FixedPoint(1e4),
                                 target.data(),
                                 FixedPoint(1e6),
                                 grad_w.span(),
                                 grad_w_prime.span()});
  };
  for (int warm = 0; warm < 3; ++warm) step(0.2);
  const int allocations = machine().allocations, graphs = machine().graph_launches;
  for (int time = 0; time < 5; ++time) step(0.1 * time);
  memory->wait();
  EXPECT_EQ(machine().allocations, allocations);
  EXPECT_EQ(machine().graph_launches, graphs + 5);
  EXPECT_GT(kernels->scratch_bytes(), 0u);
  EXPECT_FALSE(kernels->steps_save_work());
}

TEST_F(EmulatedDevice, NothingIsLeftAllocated) {
  const auto before = machine().allocated;
  {
    const auto memory = make_device_memory(0);
    const auto kernels = make_cuda_kernels<double>(*memory);
    const test::KernelCase<double> inputs({.side = 7});
    test::Results<double> results(inputs);
    results.run(*kernels);
    EXPECT_GT(machine().allocated, before);
  }
  EXPECT_EQ(machine().allocated, before);
}

TEST_F(EmulatedDevice, AQueueFollowsAndIsJoined) {
  const auto memory = make_device_memory(0);
  const auto queue = memory->make_queue();
  const std::vector<int> ones(100, 1);
  const Buffer<int> first(*memory, 100), second(*memory, std::span(ones));
  memory->clear(first.data(), 400);
  queue->follow();
  auto* const side = static_cast<cudaStream_t>(queue->stream());
  cudaMemcpyAsync(second.data(), first.data(), 400, cudaMemcpyDeviceToDevice, side);
  EXPECT_FALSE(queue->done());
  queue->join();
  EXPECT_EQ(second.download(), std::vector<int>(100, 0));
  EXPECT_TRUE(queue->done());
  EXPECT_TRUE(memory->done());
}

/// After an illegal address every call fails, those of destructors too: that is an error, not the end.
TEST_F(EmulatedDevice, AfterAFaultEverythingFailsInWords) {
  const auto memory = make_device_memory(0);
  const auto kernels = make_cuda_kernels<double>(*memory);
  const test::KernelCase<double> inputs({.side = 3});
  test::Results<double>(inputs).run(*kernels);
  const Buffer<int> array(*memory, 100);
  const auto queue = memory->make_queue();
  machine().broken = cudaErrorIllegalAddress;
  const auto advice = AllOf(HasSubstr("cudaErrorIllegalAddress"), HasSubstr("compute-sanitizer"));
  EXPECT_THAT(message([&] { memory->wait(); }), advice);
  EXPECT_THAT(message([&] { array.download(); }), advice);
  EXPECT_THAT(message([&] { queue->follow(); }), advice);
  EXPECT_THAT(message([&] { test::Results<double>(inputs).run(*kernels); }), advice);
}

TEST_F(EmulatedDevice, WithoutMemoryPools) {
  machine().memory_pools = false;
  const std::size_t before = machine().allocated;
  {
    const auto memory = make_device_memory(0);
    const auto kernels = make_cuda_kernels<double>(*memory);
    test::expect_reference<double>({.side = 3}, *kernels);
    machine().memory = machine().allocated + (3 << 20);
    EXPECT_THAT(message([&] { memory->allocate(5 << 20); }), HasSubstr("5 MiB asked for, 3 MiB of"));
  }
  EXPECT_EQ(machine().allocated, before);
}

TEST_F(EmulatedDevice, FewBlocksAreCutIntoAsManySlicesAsTheGpuHolds) {
  machine().multiprocessors = 132;
  machine().resident = 5;
  const auto memory = make_device_memory(0);
  const auto& device = dynamic_cast<const cuda::DeviceMemory&>(*memory);
  const auto slices = [&](std::int64_t columns, std::int64_t tiles, std::int64_t most) {
    return cuda::slices_for(device, 0, 128, columns, tiles, most);
  };
  // 600 images are 1,200 tiles, and 660 thread blocks run at once: P = 64 and 128 are one column, P = 8,192
  // is 64.
  EXPECT_EQ(slices(1, 1200, 1 << 20), 600);
  EXPECT_EQ(slices(4, 1200, 1 << 20), 150);
  EXPECT_EQ(slices(64, 1200, 1 << 20), 10);
  EXPECT_EQ(slices(64, 7, 1 << 20), 7);
  EXPECT_EQ(slices(1, 1200, 100), 100);
}

/// The emulation itself: what crosses over between host and GPU ends the program.
using EmulatedDeviceDeathTest = EmulatedDevice;

TEST_F(EmulatedDeviceDeathTest, AKernelIsGivenHostMemory) {
  const auto memory = make_device_memory(0);
  const auto kernels = make_cuda_kernels<float>(*memory);
  const test::KernelCase<float> inputs({});
  std::vector<std::int64_t> pred(inputs.target.size());
  EXPECT_DEATH(
      {
        kernels->run(DualForward<float>{
            inputs.source(),
            inputs.images,
            {inputs.g.data(), inputs.w.data(), inputs.w_prime.data(), inputs.shape.blocks, 4},
            0.2,
            false,
            FixedPoint(1e4),
            FixedPoint(1e4),
            pred});
        memory->wait();
      },
      "a kernel is given memory that is not the GPU's");
}

TEST_F(EmulatedDeviceDeathTest, TheHostReadsAnArrayOfTheGpu) {
  const auto memory = make_device_memory(0);
  const std::vector<int> ones(100, 1);
  const Buffer<int> array(*memory, std::span(ones));
  EXPECT_EQ(array.download(), ones);
  EXPECT_DEATH(static_cast<void>(*static_cast<volatile int*>(array.data())), "");
}

TEST_F(EmulatedDeviceDeathTest, ACopyGoesTheWrongWay) {
  const auto memory = make_device_memory(0);
  const Buffer<int> array(*memory, 1);
  int here = 0;
  EXPECT_DEATH(cudaMemcpyAsync(&here, array.data(), 4, cudaMemcpyHostToDevice, nullptr), "the wrong side");
  EXPECT_DEATH(cudaMemcpyAsync(array.data(), &here, 4, cudaMemcpyDeviceToHost, nullptr), "the wrong side");
  EXPECT_DEATH(cudaMemcpyAsync(array.data(), &here, 4, cudaMemcpyDeviceToDevice, nullptr), "the wrong side");
  EXPECT_DEATH(cudaMemsetAsync(&here, 0, 4, nullptr), "memset");
}

TEST_F(EmulatedDeviceDeathTest, AWriteBehindTheEnd) {
  EXPECT_DEATH(
      {
        const auto memory = make_device_memory(0);
        const Buffer<char> array(*memory, 100);
        memory->clear(array.data(), 101);
      },
      "");
}

}  // namespace
}  // namespace zerogap
