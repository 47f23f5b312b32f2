// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/shared_object.hpp"

namespace zerogap {

/// Returns libzerogap_torch.so, the only part of zerogap linked with LibTorch (src/libtorch), or the library
/// that ZEROGAP_TORCH_LIBRARY names. The first call opens it, which takes 0.2 s and 450 MB; only asgd, svrg
/// and TorchScript need it. Throws Error (exit 4) if it or LibTorch cannot be opened, or it belongs to
/// another build than this program.
const SharedObject& torch_library();

}  // namespace zerogap
