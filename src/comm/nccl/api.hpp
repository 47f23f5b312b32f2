// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nccl.h>

#include <string>

namespace zerogap::nccl {

/// NCCL's functions, looked up at run time, so that a build with NCCL also starts on machines without it.
struct Api {
  decltype(&ncclGetVersion) get_version;
  decltype(&ncclGetErrorString) error_string;
  decltype(&ncclGetLastError) last_error;
  decltype(&ncclGetUniqueId) get_unique_id;
  decltype(&ncclCommInitRankConfig) init_rank;
  decltype(&ncclCommGetAsyncError) async_error;
  decltype(&ncclAllReduce) all_reduce;
  decltype(&ncclCommFinalize) finalize;
  decltype(&ncclCommDestroy) destroy;
  decltype(&ncclCommAbort) abort;
  std::string version;  ///< "2.28.9"
};

/// Loads libnccl.so.2, or the library that ZEROGAP_NCCL_LIBRARY names; it stays loaded. Throws Error (exit 4)
/// if it is missing, lacks one of the functions, has another major version than this build, or a lower minor
/// version, since structs of NCCL grow with its minor version.
Api load();

}  // namespace zerogap::nccl
