// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "inference/network.hpp"

namespace zerogap {

/// The arguments of `zerogap export`.
struct ExportArguments {
  NetworkChoice network;
  std::string format;  ///< torchscript, npz, hdf5
  std::string out;
};

/// Writes a network to a file, completely or not at all (docs/use.md has the contents), and returns a text
/// about it. Throws Error (exit 3) if the file exists or cannot be written; see load_network() for the
/// weights.
std::string export_network(const ExportArguments& arguments);

/// A TorchScript module whose forward maps images (N, 1, n, h) or (1, n, h) of any floating-point type, n and
/// h to the same shape and type, as apply() does; the bytes that torch.jit.load reads. Its buffers are
/// float64, and what it computes is too.
std::string torchscript_bytes(const TrainedNetwork& network);

}  // namespace zerogap
