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

/// Rows [first, first + rows) of an array of weights, as T. Throws Error (exit 3) if a number is not finite,
/// or not finite as a T.
template <class T>
std::vector<T> read_weights(const CheckpointReader& file, const std::string& path, std::uint64_t first,
                            std::uint64_t rows);
/// The same for all its rows.
template <class T>
std::vector<T> read_weights(const CheckpointReader& file, const std::string& path);

/// The threshold of weights that do not come from a run: attribute lambda of the root, as `zerogap export`
/// writes it. None if there is no such attribute. Throws Error (exit 3) if network.lambda does not allow the
/// value.
std::optional<double> stored_threshold(const CheckpointReader& file);

/// The normalisation (x - mean)/deviation of the training pixels that a file of weights records: data/mean
/// and data/deviation of a checkpoint, mean and deviation in files of `zerogap export`. None if it records
/// neither. Throws Error (exit 3) if one is missing or not finite, or the deviation is not above 0.
std::optional<Normalisation> stored_normalisation(const CheckpointReader& file);

/// The normalisation of a run's checkpoint: as stored, or, for a checkpoint of a version that did not store
/// it, measured again on the training images of `config`. Throws Error (exit 3) if these are no longer the
/// run's images.
Normalisation training_normalisation(const CheckpointReader& file, const Config& config);

}  // namespace zerogap
