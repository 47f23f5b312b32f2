// SPDX-License-Identifier: Apache-2.0
#include "certify/proof_file.hpp"

#include <filesystem>

#include "core/atomic_file.hpp"
#include "data/hdf5_file.hpp"
#include "model/form.hpp"

namespace zerogap {
namespace {

void write_data(Hdf5Arrays& file, const Problem<double>& problem, const GatheredData& data) {
  const auto& shape = problem.train().data.shape;
  if (shape.patch_list) {
    file.write("patches", {shape.patches, data.length}, data.y);
    file.write("target", {shape.patches}, data.x);
    return;
  }
  std::vector<double> noisy(data.x.size());  // the middle of each patch
  const auto d = static_cast<std::size_t>(data.length);
  for (std::size_t i = 0; i < noisy.size(); ++i) noisy[i] = data.y[i * d + d / 2];
  file.write("noisy", {shape.images, shape.height, shape.width}, noisy);
  file.write("clean", {shape.images, shape.height, shape.width}, data.x);
}

void write_program(Hdf5Arrays& file, const SolvedProgram& program, const std::vector<double>& z) {
  const auto& weights = program.weights;
  file.write("program/z", {static_cast<std::int64_t>(z.size())}, z);
  file.write("program/g", {weights.count, weights.length}, weights.g);
  file.write("program/w", {weights.count, weights.length}, weights.w);
  file.write("program/w_prime", {weights.count, weights.length}, weights.w_prime);
  file.write_number("program", "slope_width", program.smoothing_width);
  file.write_number("program", "scale", program.scale);
  file.write_number("program", "objective", program.objective);
  file.write_number("program", "lower_bound", program.lower_bound.value());
}

void write_bound(Hdf5Arrays& file, const NetworkProof& bound) {
  const std::string group = "network/" + std::string(name_of(bound.form));
  file.write(group + "/z", {static_cast<std::int64_t>(bound.z.size())}, bound.z);
  file.write(group + "/at", {static_cast<std::int64_t>(bound.at.size())}, bound.at);
  file.write_number(group, "threshold", bound.threshold);
  file.write_number(group, "maximum", bound.proved.value());
  file.write_number(group, "attained", bound.found.value());
  file.write_number(group, "exact", bound.exact ? 1.0 : 0.0);
  file.write_number(group, "lower_bound", bound.certificate.value());
  file.write_number(group, "estimate", bound.estimate.value());
}

}  // namespace

void write_certificate_file(const std::string& path, const Problem<double>& problem, const GatheredData& data,
                            const Config& config, const SolvedProgram& program,
                            const std::vector<double>& program_z, const std::vector<NetworkProof>& bounds) {
  AtomicFile out(path);
  Hdf5Arrays file = Hdf5Arrays::create(out.temporary().string());
  write_data(file, problem, data);
  write_program(file, program, program_z);
  for (const auto& bound : bounds) write_bound(file, bound);
  file.write_number("/", "lambda", config.network.lambda);
  file.write_number("/", "beta", problem.context().beta);
  file.write_number("/", "rho", problem.context().rho);
  file.write_number("/", "filter", problem.train().data.side);
  file.close();
  out.keep();
}

}  // namespace zerogap
