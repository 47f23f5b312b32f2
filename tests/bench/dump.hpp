// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

#include "bench/bench_case.hpp"

namespace zerogap::bench {

struct DumpRequest {
  std::filesystem::path folder;
  Shape shape;
};

/// What --dump=FOLDER, --dump_images=N and --dump_blocks=P ask for; none without --dump.
std::optional<DumpRequest> dump_request(int argc, char** argv);

/// Writes the inputs of one step, and its value and gradient for rho > 0 (on) and rho = 0 (off), so that
/// pytorch_reference.py computes on the same numbers and can be compared: pixels.f32, g.f32, w.f32,
/// w_prime.f32, target.f32 (raw, row-major), grad_w.{on,off}.f64, grad_w_prime.{on,off}.f64 (with the group
/// norm's part) and values.json. Throws where a file cannot be written.
void dump(const DumpRequest& request);

}  // namespace zerogap::bench
