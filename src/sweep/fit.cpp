// SPDX-License-Identifier: Apache-2.0
#include "sweep/fit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/format.hpp"
#include "kernels/device.hpp"

namespace zerogap {
namespace {

std::string bytes_text(double bytes) { return format_bytes(static_cast<std::uint64_t>(bytes)); }

}  // namespace

double bytes_on_gpu(const SweepPlan& plan) {
  if (plan.cells.empty()) return 0.0;
  // No axis moves it, since it changes no result.
  const BackendName backend = cell_config(plan, plan.cells.front()).run.backend;
  if (backend == BackendName::cpu || backend == BackendName::reference) return 0.0;
  const auto largest = std::max_element(plan.cells.begin(), plan.cells.end(),
                                        [](const Cell& a, const Cell& b) { return a.on_gpu < b.on_gpu; });
  return static_cast<double>(plan.file.options.ranks_per_cell) * (largest->on_gpu + taken_by_cuda);
}

std::string fit_text(double cell_bytes, double memory, const std::string& whence) {
  const auto cells = static_cast<std::int64_t>(memory / cell_bytes);
  const std::string room = cells == 0 ? "no cell fits" : cells == 1 ? "one cell fits" : "";
  return fmt::format("{} into {} ({}), an estimate: {} for the largest, of it {} a rank for CUDA itself",
                     room.empty() ? fmt::format("about {} cells at once fit", cells) : room,
                     bytes_text(memory), whence, bytes_text(cell_bytes), bytes_text(taken_by_cuda));
}

std::string fit_text(const SweepPlan& plan, std::int64_t given) {
  const double cell = bytes_on_gpu(plan);
  if (cell == 0.0) return "";
  if (given > 0) return fit_text(cell, static_cast<double>(given) * 0x1p30, "--gpu-memory");
  const Devices devices = find_devices();
  if (devices.count == 0)
    return fit_text(cell, static_cast<double>(assumed_gpu_memory) * 0x1p30,
                    "assumed, for there is no GPU here; --gpu-memory says another");
  std::uint64_t least = memory_of(0);
  for (int ordinal = 1; ordinal < devices.count; ++ordinal) least = std::min(least, memory_of(ordinal));
  return fit_text(cell, static_cast<double>(least),
                  devices.count == 1 ? "this host's GPU" : "this host's GPUs");
}

}  // namespace zerogap
