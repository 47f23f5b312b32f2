// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "certify/network_bounds.hpp"
#include "certify/subprograms.hpp"

namespace zerogap {

/// Writes what tests/support/recheck.py needs to recompute everything that is certified (docs/formats.md):
/// data, blocks with weights, multipliers z, and the numbers claimed. The file is complete or absent. To be
/// called by one rank. Throws Error (exit 3).
void write_certificate_file(const std::string& path, const Problem<double>& problem, const GatheredData& data,
                            const Config& config, const SolvedProgram& program,
                            const std::vector<double>& program_z, const std::vector<NetworkProof>& bounds);

}  // namespace zerogap
