// SPDX-License-Identifier: Apache-2.0
// main() of zerogap_gpu_test: the suites of tests/kernels on GPU 0. Exits with 77 where there is none.
//
// tests/gpu/pack makes a folder with this and all else that is to be seen on a machine with a GPU, and
// tests/gpu/checks runs it there, under compute-sanitizer too (docs/development.md). By itself this needs a
// driver for CUDA 13 and the C library only: copy it and start it.

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
