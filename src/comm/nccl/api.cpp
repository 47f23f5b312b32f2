#include "comm/nccl/api.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>

#include "core/error.hpp"

namespace zerogap::nccl {
namespace {

const char* const advice = "put the folder of libnccl.so.2 into LD_LIBRARY_PATH, or use --set run.comm=mpi";

template <class Function>
void find(void* library, const std::string& name, const char* symbol, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, symbol));
  if (function == nullptr)
    throw runtime_failure("cannot use NCCL", fmt::format("{} has no {}", name, symbol), advice);
}

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
  const std::string name = named != nullptr && *named != '\0' ? named : "libnccl.so.2";
  void* library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* why = dlerror();
    throw runtime_failure("cannot load NCCL", why != nullptr ? why : name, advice);
  }
  Api api;
  find(library, name, "ncclGetVersion", api.get_version);
  find(library, name, "ncclGetErrorString", api.error_string);
  int version = 0;
  if (const ncclResult_t result = api.get_version(&version); result != ncclSuccess)
    throw runtime_failure("ncclGetVersion failed", api.error_string(result), advice);
  check_version(name, version);
  find(library, name, "ncclGetLastError", api.last_error);
  find(library, name, "ncclGetUniqueId", api.get_unique_id);
  find(library, name, "ncclCommInitRankConfig", api.init_rank);
  find(library, name, "ncclCommGetAsyncError", api.async_error);
  find(library, name, "ncclAllReduce", api.all_reduce);
  find(library, name, "ncclCommFinalize", api.finalize);
  find(library, name, "ncclCommDestroy", api.destroy);
  find(library, name, "ncclCommAbort", api.abort);
  api.version = dotted(version);
  return api;
}

}  // namespace zerogap::nccl
