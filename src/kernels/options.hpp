// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace zerogap {

/// Precision of weights, patches and products; sums are fixed-point in both.
enum class Precision { fp32, fp64 };
/// Implementations of the kernels; automatic is the fastest that every rank can run.
enum class BackendName { automatic, reference, cpu, cuda };

}  // namespace zerogap
