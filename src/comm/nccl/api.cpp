// SPDX-License-Identifier: Apache-2.0
#include "comm/nccl/api.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "core/error.hpp"
#include "core/shared_object.hpp"

namespace zerogap::nccl {
namespace {

const char* const advice = "put the folder of libnccl.so.2 into LD_LIBRARY_PATH, or use --set run.comm=mpi";

std::string dotted(int version) {
  return fmt::format("{}.{}.{}", version / 10000, version / 100 % 100, version % 100);
}

/// NCCL 2.9 and later count a version as 10000 major + 100 minor + patch, older ones are far below.
void check_version(const std::string& name, int version) {
  const int major = version / 10000, minor = version / 100 % 100;
  if (major == NCCL_MAJOR && minor >= NCCL_MINOR) return;
  throw runtime_failure("cannot use NCCL",
                        fmt::format("{} is version {}, this build needs {}.{} or a later {}.x", name,
                                    dotted(version), NCCL_MAJOR, NCCL_MINOR, NCCL_MAJOR),
                        advice);
}

}  // namespace

Api load() {
  const char* named = std::getenv("ZEROGAP_NCCL_LIBRARY");
  const SharedObject library(named != nullptr && *named != '\0' ? named : "libnccl.so.2", "NCCL", advice);
  Api api;
  library.find("ncclGetVersion", api.get_version);
  library.find("ncclGetErrorString", api.error_string);
  int version = 0;
  if (const ncclResult_t result = api.get_version(&version); result != ncclSuccess)
    throw runtime_failure("ncclGetVersion failed", api.error_string(result), advice);
  check_version(library.name(), version);
  library.find("ncclGetLastError", api.last_error);
  library.find("ncclGetUniqueId", api.get_unique_id);
  library.find("ncclCommInitRankConfig", api.init_rank);
  library.find("ncclCommGetAsyncError", api.async_error);
  library.find("ncclAllReduce", api.all_reduce);
  library.find("ncclCommFinalize", api.finalize);
  library.find("ncclCommDestroy", api.destroy);
  library.find("ncclCommAbort", api.abort);
  api.version = dotted(version);
  return api;
}

}  // namespace zerogap::nccl
