// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/shared_object.hpp"

namespace zerogap {

/// libzerogap_torch.so, the one part of zerogap that is linked with LibTorch (src/libtorch), or what
/// ZEROGAP_TORCH_LIBRARY names. It is opened by the first call, which takes 0.2 s and 450 MB: only asgd, svrg
/// and TorchScript need it. Throws Error (exit 4) where it or LibTorch cannot be opened, or it belongs to
/// another build than this program.
const SharedObject& torch_library();

}  // namespace zerogap
