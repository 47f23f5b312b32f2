// SPDX-License-Identifier: Apache-2.0
#include "methods/preconditioner.hpp"

#include <algorithm>
#include <cmath>

#include "core/cholesky.hpp"

namespace zerogap {
namespace {

/// Most multiplications for forming a dense matrix, a few seconds' worth.
constexpr double dense_work = 4e10;
/// Added to the blocks, relative to the fit's mean curvature in a block: a norm's second derivative almost
/// vanishes along w, and with its inverse no digit of the rest would be left. The larger values are tried if,
/// by rounding, a matrix is not positive definite.
constexpr double ridges[] = {1e-9, 1e-7, 1e-5};
constexpr double ridges_of_full[] = {1e-14, 1e-12, 1e-10, 1e-8};
/// Most rows of a matrix that is factored in less than a second.
constexpr double widest_full = 2400;

/// out (d) += or -= matrix (d, d) * in.
void multiply(const double* matrix, const double* in, int d, double sign, double* out) {
  for (int a = 0; a < d; ++a) {
    double sum = 0.0;
    for (int b = 0; b < d; ++b) sum += matrix[a * d + b] * in[b];
    out[a] += sign * sum;
  }
}

double dot(const double* a, const double* b, int d) {
  double sum = 0.0;
  for (int k = 0; k < d; ++k) sum += a[k] * b[k];
  return sum;
}

}  // namespace

SamplePlan plan_sample(std::int64_t patches, std::int64_t blocks, int length, double bytes) {
  const double width = static_cast<double>(blocks) * length, all = static_cast<double>(patches);
  const bool few = 2.0 * width <= widest_full && 8.0 * 5.0 * width * width <= bytes;
  if (2.0 * 8.0 * width * width <= bytes) {  // the matrix and its factor
    const double fitting = std::max(4.0 * width, dense_work / std::max(1.0, width * width));
    return {few ? SampleForm::full : SampleForm::dense, static_cast<std::int64_t>(std::min(all, fitting))};
  }
  // 8 S^2 for the factor, 4 P S for the gates; and a matrix formed at every point in S^2 P d/2
  // multiplications may cost as much as some passes of 4 I P d.
  const double p = 4.0 * static_cast<double>(blocks), most = (std::sqrt(p * p + 32.0 * bytes) - p) / 16.0,
               paying = std::max(500.0, std::sqrt(40.0 * all));
  return {SampleForm::sampled,
          std::max<std::int64_t>(1, static_cast<std::int64_t>(std::min({all, most, paying})))};
}

SampledPreconditioner::SampledPreconditioner(PatchSample sample, std::vector<double> g, double lambda,
                                             SampleForm form, int threads)
    : sample_(std::move(sample)),
      blocks_(static_cast<std::int64_t>(g.size()) / sample_.length),
      d_(sample_.length),
      threads_(threads),
      form_(form),
      g_(std::move(g)),
      lambda_(lambda) {
  if (form_ != SampleForm::sampled) {
    gram_.emplace(blocks_ * d_, threads_);
    constexpr std::int64_t at_once = 960;
    for (std::int64_t first = 0; first < sample_.count; first += at_once)
      gram_->add_products(products(first, std::min(sample_.count, first + at_once)), 2.0 * sample_.weight);
    return;
  }
  gates_.resize(static_cast<std::size_t>(blocks_ * sample_.count));
#pragma omp parallel for num_threads(threads_)
  for (std::int64_t j = 0; j < blocks_; ++j)
    for (std::int64_t s = 0; s < sample_.count; ++s)
      gates_[static_cast<std::size_t>(j * sample_.count + s)] = static_cast<float>(gate(s, j));
}

double SampledPreconditioner::gate(std::int64_t s, std::int64_t j) const {
  const double a = std::abs(dot(sample_.rows.data() + s * d_, g_.data() + j * d_, d_));
  return a > lambda_ ? 1.0 - lambda_ / a : 0.0;
}

std::vector<double> SampledPreconditioner::products(std::int64_t first, std::int64_t last) const {
  std::vector<double> rows(static_cast<std::size_t>((last - first) * blocks_ * d_));
#pragma omp parallel for num_threads(threads_)
  for (std::int64_t s = first; s < last; ++s) {
    double* to = rows.data() + (s - first) * blocks_ * d_;
    for (std::int64_t j = 0; j < blocks_; ++j) {
      const double q = gate(s, j);
      for (int k = 0; k < d_; ++k) *to++ = q * sample_.rows[static_cast<std::size_t>(s * d_ + k)];
    }
  }
  return rows;
}

bool SampledPreconditioner::factor(std::span<const double> blocks) {
  const auto with = [&](double ridge) { return factor_with(blocks, ridge); };
  if (form_ == SampleForm::full)
    return std::any_of(std::begin(ridges_of_full), std::end(ridges_of_full), with);
  return std::any_of(std::begin(ridges), std::end(ridges), with);
}

bool SampledPreconditioner::factor_with(std::span<const double> blocks, double ridge) {
  const std::size_t square = static_cast<std::size_t>(d_) * static_cast<std::size_t>(d_);
  const double added = ridge * 2.0 * sample_.weight *
                       dot(sample_.rows.data(), sample_.rows.data(), static_cast<int>(sample_.rows.size())) /
                       d_;
  if (form_ == SampleForm::full) return factor_full(blocks, added);
  inverse_.assign(blocks.begin(), blocks.end());
  for (std::size_t j = 0; j < inverse_.size() / square; ++j) {
    for (std::size_t k = 0; k < square; k += static_cast<std::size_t>(d_) + 1)
      inverse_[j * square + k] += added;
    if (!invert(std::span(inverse_).subspan(j * square, square), d_)) return false;
  }
  const std::size_t half = inverse_.size() / 2;
  joint_.resize(half);
  for (std::size_t i = 0; i < half; ++i) joint_[i] = inverse_[i] + inverse_[half + i];
  return form_ == SampleForm::dense ? factor_dense() : factor_sample();
}

bool SampledPreconditioner::factor_full(std::span<const double> blocks, double added) {
  const std::int64_t width = blocks_ * d_;
  factor_.emplace(2 * width, threads_);
  for (std::int64_t i = 0; i < width; ++i)
    for (std::int64_t j = 0; j < width; ++j) {
      const double entry = gram_->row(std::min(i, j))[std::max(i, j)];
      factor_->row(i)[width + j] = -entry;
      if (j >= i) factor_->row(i)[j] = factor_->row(width + i)[width + j] = entry;
    }
  for (std::int64_t i = 0; i < 2 * width; ++i) {
    for (std::int64_t j = i; j < i / d_ * d_ + d_; ++j)
      factor_->row(i)[j] += blocks[static_cast<std::size_t>(i * d_ + j % d_)];
    factor_->row(i)[i] += added;
  }
  return factor_->factor();
}

bool SampledPreconditioner::factor_dense() {
  const std::size_t square = static_cast<std::size_t>(d_) * static_cast<std::size_t>(d_);
  factor_ = *gram_;
  for (std::int64_t j = 0; j < blocks_; ++j) {
    const auto inverse = std::span(joint_).subspan(static_cast<std::size_t>(j) * square, square);
    if (!invert(inverse, d_)) return false;
    for (int a = 0; a < d_; ++a)
      for (int b = a; b < d_; ++b)
        factor_->row(j * d_ + a)[j * d_ + b] += inverse[static_cast<std::size_t>(a * d_ + b)];
  }
  return factor_->factor();
}

bool SampledPreconditioner::factor_sample() {
  const std::int64_t count = sample_.count;
  factor_.emplace(count, threads_);
  for (std::int64_t s = 0; s < count; ++s) factor_->row(s)[s] = 1.0 / (2.0 * sample_.weight);
  // With E_j = L L^T the rows of block j are q_sj (L^T y_s)_k, for every k a row over s.
  constexpr std::int64_t at_once = 16;
  std::vector<double> rows;
  for (std::int64_t first = 0; first < blocks_; first += at_once) {
    const std::int64_t last = std::min(blocks_, first + at_once);
    rows.resize(static_cast<std::size_t>((last - first) * d_ * count));
#pragma omp parallel for num_threads(threads_)
    for (std::int64_t j = first; j < last; ++j) {
      std::vector<double> root(joint_.begin() + j * d_ * d_, joint_.begin() + (j + 1) * d_ * d_);
      cholesky(root, d_);
      for (int k = 0; k < d_; ++k)
        for (std::int64_t s = 0; s < count; ++s) {
          double sum = 0.0;
          for (int a = k; a < d_; ++a)
            sum += root[static_cast<std::size_t>(a * d_ + k)] *
                   sample_.rows[static_cast<std::size_t>(s * d_ + a)];
          rows[static_cast<std::size_t>(((j - first) * d_ + k) * count + s)] =
              sum * double{gates_[static_cast<std::size_t>(j * count + s)]};
        }
    }
    factor_->add_products(rows, 1.0);
  }
  return factor_->factor();
}

std::vector<double> SampledPreconditioner::coupled(const std::vector<double>& b) const {
  std::vector<double> f(b.size());
  if (form_ == SampleForm::dense) {  // f = E^-1 (b - u), (E^-1 + G) u = E^-1 b
    std::vector<double> u(b.size());
    for (std::int64_t j = 0; j < blocks_; ++j)
      multiply(joint_.data() + j * d_ * d_, b.data() + j * d_, d_, 1.0, u.data() + j * d_);
    factor_->solve(u);
    for (std::size_t i = 0; i < u.size(); ++i) u[i] = b[i] - u[i];
    for (std::int64_t j = 0; j < blocks_; ++j)
      multiply(joint_.data() + j * d_ * d_, u.data() + j * d_, d_, 1.0, f.data() + j * d_);
    return f;
  }
  const std::int64_t count = sample_.count;  // f = Z^T (S/2I + Z E Z^T)^-1 Z b
  std::vector<double> z(static_cast<std::size_t>(count));
#pragma omp parallel for num_threads(threads_)
  for (std::int64_t s = 0; s < count; ++s)
    for (std::int64_t j = 0; j < blocks_; ++j)
      z[static_cast<std::size_t>(s)] += double{gates_[static_cast<std::size_t>(j * count + s)]} *
                                        dot(sample_.rows.data() + s * d_, b.data() + j * d_, d_);
  factor_->solve(z);
#pragma omp parallel for num_threads(threads_)
  for (std::int64_t j = 0; j < blocks_; ++j)
    for (std::int64_t s = 0; s < count; ++s) {
      const double factor =
          double{gates_[static_cast<std::size_t>(j * count + s)]} * z[static_cast<std::size_t>(s)];
      for (int k = 0; k < d_; ++k)
        f[static_cast<std::size_t>(j * d_ + k)] +=
            factor * sample_.rows[static_cast<std::size_t>(s * d_ + k)];
    }
  return f;
}

void SampledPreconditioner::apply(std::span<const double> r, std::span<double> p) const {
  if (form_ == SampleForm::full) {
    std::copy(r.begin(), r.end(), p.begin());
    return factor_->solve(p);
  }
  const auto width = static_cast<std::size_t>(blocks_ * d_);
  std::vector<double> b(width);
  for (std::int64_t j = 0; j < blocks_; ++j) {
    multiply(inverse_.data() + j * d_ * d_, r.data() + j * d_, d_, -1.0, b.data() + j * d_);
    multiply(inverse_.data() + (blocks_ + j) * d_ * d_, r.data() + (blocks_ + j) * d_, d_, 1.0,
             b.data() + j * d_);
  }
  const auto f = coupled(b);
  std::vector<double> right(r.begin(), r.end());
  for (std::size_t i = 0; i < width; ++i) {
    right[i] += f[i];
    right[width + i] -= f[i];
  }
  std::fill(p.begin(), p.end(), 0.0);
  for (std::int64_t j = 0; j < 2 * blocks_; ++j)
    multiply(inverse_.data() + j * d_ * d_, right.data() + j * d_, d_, 1.0, p.data() + j * d_);
}

}  // namespace zerogap
