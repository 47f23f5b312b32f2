// SPDX-License-Identifier: Apache-2.0
#include "core/torch_library.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "core/build_info.hpp"
#include "core/error.hpp"

namespace zerogap {
namespace {

/// In another build, the same symbols may have other signatures.
void check_interface(const SharedObject& library) {
  const char* (*interface)() = nullptr;
  library.find("zerogap_torch_interface", interface);
  if (interface() == build_info().torch_interface) return;
  throw runtime_failure(
      "cannot use LibTorch", library.name() + " belongs to another build than this program",
      "install both from one build, and check that ZEROGAP_TORCH_LIBRARY and LD_LIBRARY_PATH name no other");
}

/// What to do; the `run` script of launch/bundle knows better where LibTorch may be.
std::string advice() {
  if (const char* given = std::getenv("ZEROGAP_TORCH_ADVICE"); given != nullptr && *given != '\0')
    return given;
  return fmt::format(
      "put the folder of LibTorch {} (the build had it in {}) into LD_LIBRARY_PATH, and that of "
      "libzerogap_torch.so where it is not in ../lib/zerogap",
      build_info().libtorch, build_info().libtorch_folder);
}

SharedObject opened() {
  const char* named = std::getenv("ZEROGAP_TORCH_LIBRARY");
  SharedObject library(named != nullptr && *named != '\0' ? named : "libzerogap_torch.so",
                       "LibTorch, which asgd, svrg and TorchScript need", advice());
  check_interface(library);
  return library;
}

}  // namespace

const SharedObject& torch_library() {
  static const SharedObject library = opened();
  return library;
}

}  // namespace zerogap
