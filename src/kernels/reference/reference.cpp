// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/backend.hpp"

namespace zerogap {
namespace {

/// Calls body(i, y) for every patch y (d), in double, of the listed images, i counting over them.
template <class T, class Body>
void for_each_patch(const PatchSource<T>& source, ImageList images, Body body) {
  std::vector<double> y(static_cast<std::size_t>(source.length));
  std::int64_t i = 0;
  for (const std::int32_t image : images)
    for (int pixel = 0; pixel < source.pixels_per_image(); ++pixel, ++i) {
      source.copy_patch(image, pixel, y.data());
      body(i, y);
    }
}

template <class T>
double dot(const std::vector<double>& y, const T* rows, std::int64_t j) {
  double sum = 0.0;
  for (std::size_t k = 0; k < y.size(); ++k)
    sum += y[k] * double{rows[j * static_cast<std::int64_t>(y.size()) + static_cast<std::int64_t>(k)]};
  return sum;
}

struct Gate {
  double q, c;  ///< q_ij and c_ij = s_ij q_ij
};

Gate gate(double a, double lambda) {
  const double q = std::abs(a) > lambda ? 1.0 - lambda / std::abs(a) : 0.0;
  return {q, a < 0.0 ? -q : q};
}

double slope(double t, double width) {
  return width > 0.0 ? std::clamp(-t / width, 0.0, 1.0) : (t < 0.0 ? 1.0 : 0.0);
}

/// The smoothed hinge at -t = violation >= 0.
double huber(double violation, double width) {
  if (violation >= width) return violation - width / 2;
  return violation * violation / (2 * width);
}

double shrink(double a, double lambda) { return std::copysign(std::max(std::abs(a) - lambda, 0.0), a); }

template <class T>
class ReferenceKernels final : public Kernels<T> {
 public:
  std::string target() const override { return "reference"; }

  HingeSums run(const DualForward<T>& pass) override {
    HingeSums sums;
    const auto violate = [&](double t) {
      const double violation = std::max(0.0, -t);
      sums.hinge += pass.hinge_scale.fixed(huber(violation, pass.width));
      sums.max_violation = std::max(sums.max_violation, violation);
    };
    for_each_patch(pass.patches, pass.images, [&](std::int64_t i, const std::vector<double>& y) {
      for (std::int64_t j = 0; j < pass.blocks.count; ++j) {
        const Gate gate_ij = gate(dot(y, pass.blocks.g, j), pass.lambda);
        const double b = dot(y, pass.blocks.w, j), b_prime = dot(y, pass.blocks.w_prime, j);
        pass.pred[static_cast<std::size_t>(i)] += pass.pred_scale.fixed(gate_ij.q * (b_prime - b));
        if (pass.with_hinge) {
          violate(gate_ij.c * b);
          violate(gate_ij.c * b_prime);
        }
      }
    });
    return sums;
  }

  void run(const DualBackward<T>& pass) override {
    const auto d = static_cast<std::int64_t>(pass.patches.length);
    for_each_patch(pass.patches, pass.images, [&](std::int64_t i, const std::vector<double>& y) {
      const double r = pass.residual[static_cast<std::size_t>(i)];
      for (std::int64_t j = 0; j < pass.blocks.count; ++j) {
        const Gate gate_ij = gate(dot(y, pass.blocks.g, j), pass.lambda);
        double of_w = -2.0 * gate_ij.q * r, of_w_prime = 2.0 * gate_ij.q * r;
        if (pass.rho > 0.0) {
          of_w -= pass.rho * gate_ij.c * slope(gate_ij.c * dot(y, pass.blocks.w, j), pass.width);
          of_w_prime -= pass.rho * gate_ij.c * slope(gate_ij.c * dot(y, pass.blocks.w_prime, j), pass.width);
        }
        for (std::int64_t k = 0; k < d; ++k) {
          pass.grad_w[static_cast<std::size_t>(j * d + k)] +=
              pass.scale.fixed(of_w * y[static_cast<std::size_t>(k)]);
          pass.grad_w_prime[static_cast<std::size_t>(j * d + k)] +=
              pass.scale.fixed(of_w_prime * y[static_cast<std::size_t>(k)]);
        }
      }
    });
  }

  void run(const DualStep<T>& pass) override {
    const auto pixels = pass.patches.pixels_per_image();
    std::vector<std::int64_t> pred(pass.images.size() * static_cast<std::size_t>(pixels));
    std::vector<T> r(pred.size());
    run(DualForward<T>{
        pass.patches, pass.images, pass.blocks, pass.lambda, false, pass.pred_scale, {}, pred});
    residual({pass.images, pixels, pass.pred_scale, pred, pass.target}, r);
    run(DualBackward<T>{pass.patches, pass.images, pass.blocks, pass.lambda, pass.rho, 0.0, r, pass.scale,
                        pass.grad_w, pass.grad_w_prime});
  }

  void run(const DualCurvature<T>& pass) override {
    const int d = pass.patches.length;
    const auto add = [&](std::span<std::int64_t> to, std::int64_t j, double c, double t,
                         const std::vector<double>& y) {
      if (!(-pass.width < t && t < 0.0)) return;
      auto at = static_cast<std::size_t>(j * triangle(d));
      for (std::size_t a = 0; a < y.size(); ++a)
        for (std::size_t b = a; b < y.size(); ++b) to[at++] += pass.scale.fixed(c * c * y[a] * y[b]);
    };
    for_each_patch(pass.patches, pass.images, [&](std::int64_t, const std::vector<double>& y) {
      for (std::int64_t j = 0; j < pass.blocks.count; ++j) {
        const double c = gate(dot(y, pass.blocks.g, j), pass.lambda).c;
        add(pass.of_w, j, c, c * dot(y, pass.blocks.w, j), y);
        add(pass.of_w_prime, j, c, c * dot(y, pass.blocks.w_prime, j), y);
      }
    });
  }

  void run(const GateSums<T>& pass) override {
    for_each_patch(pass.patches, pass.images, [&](std::int64_t, const std::vector<double>& y) {
      for (std::int64_t j = 0; j < pass.blocks.count; ++j) {
        const Gate gate_ij = gate(dot(y, pass.blocks.g, j), pass.lambda);
        pass.q_sum[static_cast<std::size_t>(j)] += pass.scale.fixed(gate_ij.q);
        pass.c_sum[static_cast<std::size_t>(j)] += pass.scale.fixed(gate_ij.c);
      }
    });
  }

  void run(const Repair<T>& pass) override {
    const auto raise = [](double& alpha, double a, double b) {
      alpha = std::max(alpha, -std::copysign(1.0, a) * b / std::abs(a));
    };
    for_each_patch(pass.patches, pass.images, [&](std::int64_t, const std::vector<double>& y) {
      for (std::int64_t j = 0; j < pass.blocks.count; ++j) {
        const double a = dot(y, pass.blocks.g, j);
        if (!(std::abs(a) > pass.lambda)) continue;
        raise(pass.alpha_w[static_cast<std::size_t>(j)], a, dot(y, pass.blocks.w, j));
        raise(pass.alpha_w_prime[static_cast<std::size_t>(j)], a, dot(y, pass.blocks.w_prime, j));
      }
    });
  }

  double run(const PrimalForward<T>& pass) override {
    double largest = 0.0;
    for_each_patch(pass.patches, pass.images, [&](std::int64_t i, const std::vector<double>& y) {
      for (std::int64_t k = 0; k < pass.filters.count; ++k) {
        const double a = dot(y, pass.filters.u, k);
        largest = std::max(largest, std::abs(a));
        pass.pred[static_cast<std::size_t>(i)] +=
            pass.pred_scale.fixed(shrink(a, pass.lambda) * double{pass.filters.v[k]});
      }
    });
    return largest;
  }

  void run(const PrimalBackward<T>& pass) override {
    const auto d = static_cast<std::int64_t>(pass.patches.length);
    for_each_patch(pass.patches, pass.images, [&](std::int64_t i, const std::vector<double>& y) {
      const double r = pass.residual[static_cast<std::size_t>(i)];
      for (std::int64_t k = 0; k < pass.filters.count; ++k) {
        const double a = dot(y, pass.filters.u, k);
        if (!(std::abs(a) > pass.lambda)) continue;
        pass.sum_v[static_cast<std::size_t>(k)] += pass.scale_v.fixed(r * shrink(a, pass.lambda));
        for (std::int64_t l = 0; l < d; ++l)
          pass.sum_u[static_cast<std::size_t>(k * d + l)] +=
              pass.scale_u.fixed(r * y[static_cast<std::size_t>(l)]);
      }
    });
  }

  void run(const RowStep<T>& pass) override {
    std::vector<T> gradient(static_cast<std::size_t>(pass.length));
    for (std::int64_t j = 0; j < pass.rows; ++j) {
      row_gradient(pass, j, gradient.data());
      for (int k = 0; k < pass.length; ++k) {
        const std::int64_t at = j * pass.length + k;
        T moments[most_moments] = {};
        for (std::size_t m = 0; m < most_moments; ++m)
          if (pass.moments[m] != nullptr) moments[m] = pass.moments[m][at];
        pass.weights[at] = moved(pass.rule, gradient[static_cast<std::size_t>(k)], pass.weights[at], moments);
        for (std::size_t m = 0; m < most_moments; ++m)
          if (pass.moments[m] != nullptr) pass.moments[m][at] = moments[m];
      }
      ExactSum norm;
      norm.add(row_norm(pass.weights, j, pass.length));
      for (std::size_t word = 0; word < pass.norms.size(); ++word) pass.norms[word] += norm.span()[word];
    }
  }
  void run(const PrimalStep<T>& pass) override {
    const auto pixels = pass.patches.pixels_per_image();
    std::vector<std::int64_t> pred(pass.images.size() * static_cast<std::size_t>(pixels));
    std::vector<T> r(pred.size());
    run(PrimalForward<T>{pass.patches, pass.images, pass.filters, pass.lambda, pass.pred_scale, pred});
    residual({pass.images, pixels, pass.pred_scale, pred, pass.target}, r);
    run(PrimalBackward<T>{pass.patches, pass.images, pass.filters, pass.lambda, r, pass.scale_u, pass.scale_v,
                          pass.sum_u, pass.sum_v});
  }

  void residual(const Predictions<T>& of, std::span<T> residual) override {
    for_each_residual(of, 0, of.pred.size(),
                      [&](std::size_t i, double r, double) { residual[i] = static_cast<T>(r); });
  }
  double largest_residual(const Predictions<T>& of) override {
    double largest = 0.0;
    for_each_residual(of, 0, of.pred.size(),
                      [&](std::size_t, double r, double) { largest = larger(largest, std::abs(r)); });
    return largest;
  }
  ResidualSums residual_sums(const Predictions<T>& of, FixedPoint fit, FixedPoint with_target) override {
    ResidualSums sums;
    for_each_residual(of, 0, of.pred.size(), [&](std::size_t, double r, double x) {
      sums.fit += fit.fixed(r * r);
      sums.with_target += with_target.fixed(r * x);
    });
    return sums;
  }
};

}  // namespace

template <class T>
std::unique_ptr<Kernels<T>> make_reference_kernels() {
  return std::make_unique<ReferenceKernels<T>>();
}

template std::unique_ptr<Kernels<float>> make_reference_kernels();
template std::unique_ptr<Kernels<double>> make_reference_kernels();

}  // namespace zerogap
