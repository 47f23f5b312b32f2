#pragma once

#include <string>

#include "use/network.hpp"

namespace zerogap {

/// What `zerogap export` was asked for.
struct ExportArguments {
  NetworkChoice network;
  std::string format;  ///< torchscript, npz, hdf5
  std::string out;
};

/// Writes a network to a file, whole or not at all (docs/use.md has the contents), and says what it wrote.
/// Throws Error (exit 3) where the file exists or cannot be written; see load_network() for the weights.
std::string export_network(const ExportArguments& arguments);

/// A TorchScript module whose forward maps (N, 1, n, h) float32 to the same shape, of any n and h, as apply()
/// does; the bytes that torch.jit.load reads. Weights are rounded to float32.
std::string torchscript_bytes(const TrainedNetwork& network);

}  // namespace zerogap
