// main() of zerogap_gpu_test: the suites of tests/kernels on GPU 0. Exits with 77 where there is none.
//
// On another machine, with a GPU and a driver for CUDA 13 and nothing else of ours:
//   cmake --build build/default --target zerogap_gpu_test zerogap_gpu_bench
//   scp build/default/tests/gpu/zerogap_gpu_* machine:      (they need the C library only)
//   ssh machine ./zerogap_gpu_test && ssh machine ./zerogap_gpu_bench
// With the toolkit's compute-sanitizer there, on suites that are small enough for it:
//   compute-sanitizer --tool memcheck  ./zerogap_gpu_test --gtest_filter='*ClosedForm*:*Side*:*Lists*'
//   compute-sanitizer --tool racecheck ./zerogap_gpu_test --gtest_filter='*Side*:*Steps*'
//   compute-sanitizer --tool initcheck ./zerogap_gpu_test --gtest_filter='*Steps*'

#include <gtest/gtest.h>

#include <iostream>

#include "kernels/device.hpp"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const zerogap::Devices found = zerogap::find_devices();
  if (found.count == 0) {
    std::cout << "SKIPPED zerogap_gpu_test: no GPU (" << found.why << ")" << std::endl;
    return 77;
  }
  return RUN_ALL_TESTS();
}
