// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.hpp"
#include "config/config.hpp"
#include "data/dataset.hpp"

namespace zerogap {

/// Rows [first, first + rows) of an array of weights, as T. Throws Error (exit 3) where one
/// is no finite number, or is none as a T.
template <class T>
std::vector<T> read_weights(const CheckpointReader& file, const std::string& path, std::uint64_t first,
                            std::uint64_t rows);
/// The same of all its rows.
template <class T>
std::vector<T> read_weights(const CheckpointReader& file, const std::string& path);

/// The threshold of weights that are no run's: attribute lambda of the root, as `zerogap export` writes it.
/// None where there is no such attribute. Throws Error (exit 3) where network.lambda could not have the
/// value.
std::optional<double> stored_threshold(const CheckpointReader& file);

/// What the pixels of the training images were mapped with, (x - mean)/deviation, as a file of weights says:
/// data/mean and data/deviation of a checkpoint, mean and deviation of what `zerogap export` writes. None
/// where it does not say. Throws Error (exit 3) where one is missing, not finite, or the deviation is not
/// above 0.
std::optional<Normalisation> stored_normalisation(const CheckpointReader& file);

/// That of a run's checkpoint: stored, or, where it was written by a zerogap that did not store it, measured
/// anew on the training images of `config`. Throws Error (exit 3) where these are not the run's any more.
Normalisation training_normalisation(const CheckpointReader& file, const Config& config);

}  // namespace zerogap
