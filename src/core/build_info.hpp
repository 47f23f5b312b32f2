// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace zerogap {

/// What this program was built from and with, as `--version` prints it and as results and checkpoints record
/// it. A library that the build does not use is "none".
struct BuildInfo {
  std::string_view version;     // zerogap's own
  std::string_view revision;    // git's abbreviated hash, "+changes" behind it; or "unknown"
  std::string_view compiler;    // e.g. "GNU 12.2.0"
  std::string_view build_type;  // "Release" or "Debug", "+sanitizers" behind it
  std::string_view libtorch;
  std::string_view libtorch_folder;  // where the build found its libraries
  std::string_view torch_interface;  // a hash of the interface that libzerogap_torch.so must match
  std::string_view open_mpi;
  std::string_view hdf5;
  std::string_view nccl;
  std::string_view cuda;
  std::string_view backends;  // those compiled in, e.g. "reference, cpu"
};

/// Returns the build information of this program.
const BuildInfo& build_info();

/// One line for each entry: "LibTorch     2.11.0".
std::string describe(const BuildInfo& info);

}  // namespace zerogap
