// SPDX-License-Identifier: Apache-2.0
#include "objective/certify_weights.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "bounds/filter_problem.hpp"
#include "bounds/lagrangian_bound.hpp"
#include "core/error.hpp"
#include "data/patch_list.hpp"
#include "model/form.hpp"
#include "objective/dual_pass.hpp"
#include "objective/patch_set.hpp"

namespace zerogap {
namespace {

void require(bool holds, const std::string& what, const std::string& why, const std::string& todo) {
  if (!holds) throw usage_error(what, why, todo);
}

void require_numbers(const std::string& name, std::span<const double> values, std::size_t wanted) {
  require(values.size() == wanted, name + " does not fit",
          std::to_string(values.size()) + " numbers, not " + std::to_string(wanted), "correct the shapes");
  const auto bad =
      std::find_if(values.begin(), values.end(), [](double value) { return !std::isfinite(value); });
  require(bad == values.end(), name + " has a number that is not finite",
          "entry " + std::to_string(bad - values.begin()), "give finite numbers only");
}

void require_problem(const PatchData& data, const ProgramParameters& program) {
  require(data.length > 0 && !data.target.empty(), "there are no patches",
          std::to_string(data.target.size()) + " of " + std::to_string(data.length) + " numbers",
          "give at least one");
  require_numbers("target", data.target, data.target.size());
  require_numbers("noisy", data.noisy, data.target.size() * static_cast<std::size_t>(data.length));
  const auto at_least_zero = [](double value) { return std::isfinite(value) && value >= 0.0; };
  require(at_least_zero(program.lambda) && at_least_zero(program.rho) && at_least_zero(program.beta) &&
              program.beta > 0.0,
          "a parameter is out of range", "lambda and rho are at least 0, beta is above 0", "correct it");
}

/// Groups of patches stand for images, as for any list (data/patch_list.hpp).
Dataset<double> as_dataset(const PatchData& data) {
  const auto patches = static_cast<std::int64_t>(data.target.size()), width = patch_group_width(patches),
             groups = (patches + width - 1) / width;
  Dataset<double> set;
  set.shape = {.images = groups,
               .height = 1,
               .width = static_cast<int>(width),
               .patch_list = true,
               .patch_length = data.length,
               .patches = patches};
  set.images = {0, groups};
  set.pixels.assign(data.noisy.begin(), data.noisy.end());
  set.pixels.resize(static_cast<std::size_t>(groups * width * data.length));
  set.target.assign(data.target.begin(), data.target.end());
  set.target.resize(static_cast<std::size_t>(groups * width));
  return set;
}

double norm_of(std::span<const double> row) {
  double square = 0.0;
  for (const double entry : row) square += entry * entry;
  return std::sqrt(square);
}

/// pred_i = sum_k tau(y_i.u_k) v_k with the threshold lambda, or lambda |u_k| (relative).
std::vector<double> predict(const PatchData& data, double lambda, NetworkForm form, const Filters& filters) {
  const auto d = static_cast<std::size_t>(data.length);
  std::vector<double> pred(data.target.size());
  for (std::size_t k = 0; k < filters.v.size(); ++k) {
    const auto u = std::span(filters.u).subspan(k * d, d);
    const double threshold = form == NetworkForm::relative ? lambda * norm_of(u) : lambda;
    for (std::size_t i = 0; i < pred.size(); ++i) {
      double a = 0.0;
      for (std::size_t l = 0; l < d; ++l) a += data.noisy[i * d + l] * u[l];
      pred[i] += std::copysign(std::max(std::abs(a) - threshold, 0.0), a) * filters.v[k];
    }
  }
  return pred;
}

}  // namespace

DualCertificate certify_dual(const PatchData& data, const ProgramParameters& program,
                             const DualWeights& weights, int threads, const std::vector<double>& widths) {
  require_problem(data, program);
  require(weights.length == data.length && weights.count > 0, "the weights do not fit the patches",
          std::to_string(weights.count) + " blocks of " + std::to_string(weights.length) + " numbers",
          "give at least one block as long as a patch");
  require(threads > 0, "the number of threads is too small", std::to_string(threads), "give at least one");
  const auto entries = static_cast<std::size_t>(weights.count) * static_cast<std::size_t>(weights.length);
  require_numbers("g", weights.g, entries);
  require_numbers("w", weights.w, entries);
  require_numbers("w_prime", weights.w_prime, entries);
  for (const double width : widths)
    require(std::isfinite(width) && width > 0.0, "a width is out of range", std::to_string(width),
            "give widths above 0");

  const auto alone = make_serial();
  ProcessGrid grid(*alone, {1, 1});
  const auto kernels = make_cpu_kernels<double>(threads);
  const auto set = measure(as_dataset(data), *alone, kernels->memory());
  const PassContext<double> context{.kernels = kernels.get(),
                                    .grid = &grid,
                                    .lambda = program.lambda,
                                    .beta = program.beta,
                                    .rho = program.rho};
  DualPass<double> pass(context);
  pass.forward({weights.g.data(), weights.w.data(), weights.w_prime.data(), weights.count, weights.count,
                weights.length},
               set, set.all_images, true);
  const auto values = pass.values();
  DualCertificate certificate{.fit = values.fit,
                              .group = values.group,
                              .hinge = values.hinge,
                              .max_violation = values.max_violation,
                              .objective = values.objective(program.rho)};
  certificate.lower_bound = pass.bound(pass.backward(0.0)).lower_bound;
  if (program.rho > 0.0 && values.max_violation > 0.0)
    for (const double width : widths)
      certificate.lower_bound =
          std::max(certificate.lower_bound, pass.bound(pass.backward(width)).lower_bound);
  const double J = certificate.objective;
  require_bound(J, certificate.lower_bound, 1e-9 * std::sqrt(J * std::max(J, set.target_square)));
  certificate.gap = certified_gap(J, certificate.lower_bound);
  return certificate;
}

PrimalCertificate certify_primal(const PatchData& data, const ProgramParameters& program, NetworkForm form,
                                 const Filters& filters, double seconds) {
  require_problem(data, program);
  require(filters.length == data.length && filters.count >= 0, "the filters do not fit the patches",
          std::to_string(filters.count) + " filters of " + std::to_string(filters.length) + " numbers",
          "give filters as long as a patch");
  const auto d = static_cast<std::size_t>(data.length), count = static_cast<std::size_t>(filters.count);
  require_numbers("u", filters.u, count * d);
  require_numbers("v", filters.v, count);

  PrimalCertificate certificate;
  for (std::size_t k = 0; k < count; ++k) {
    const double norm = norm_of(std::span(filters.u).subspan(k * d, d));
    require(form != NetworkForm::ball || norm <= 1.0 + on_sphere, "a filter lies outside the ball",
            "filter " + std::to_string(k) + " has the length " + std::to_string(norm),
            "scale it to at most 1");
    certificate.objective += program.beta * regularisation(form, norm, filters.v[k]);
  }
  const auto pred = predict(data, program.lambda, form, filters);
  std::vector<double> z(pred.size());
  for (std::size_t i = 0; i < z.size(); ++i) {
    const double r = pred[i] - data.target[i];
    certificate.fit += r * r;
    z[i] = -2.0 * r;
  }
  certificate.objective += certificate.fit;
  if (!std::isfinite(certificate.objective))
    throw runtime_failure("the objective is not finite", "the filters are too large", "scale them");

  MaximumOptions options;
  options.seconds = seconds;
  options.filters = filters.u;
  const auto maximum = prove_maximum(
      {data.length, static_cast<std::int64_t>(z.size()), data.noisy, z, program.lambda}, form, options);
  certificate.found = maximum.attained;
  certificate.proved = maximum.upper;
  certificate.lower_bound =
      lagrangian_bound(dual_sums(z, data.target), maximum.upper, program.beta, multiplier_scale_limit(0.0))
          .lower_bound;
  certificate.gap = certified_gap(certificate.objective, certificate.lower_bound);
  return certificate;
}

}  // namespace zerogap
