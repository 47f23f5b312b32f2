// SPDX-License-Identifier: Apache-2.0
#include "bounds/branch.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <queue>

#include "model/form.hpp"

namespace zerogap {
namespace {

constexpr std::size_t batch = 64, group = 8;
constexpr std::int64_t polish = 12;

struct Lower {
  bool operator()(const Node& a, const Node& b) const {
    return a.bound < b.bound || (a.bound == b.bound && a.id > b.id);
  }
};

class Search {
 public:
  Search(const Rows& rows, NetworkForm form, double lambda, Peak start, std::span<const double> axes,
         const MaximumOptions& options)
      : rows_(rows), form_(form), options_(options), rotated_(rotate_rows(rows, {axes.begin(), axes.end()})) {
    const auto d = static_cast<std::size_t>(rows.length);
    const bool any_t = any_threshold(form);
    const double t_most = any_t ? rows.longest * (1.0 + 1e-12) : lambda;
    error_ = node_error(rows, rotated_, t_most);
    at_most_ = value_error(rows, t_most);
    result_.peak = std::move(start);
    Node root;
    root.low.assign(d + 1, -1.0);
    root.high.assign(d + 1, 1.0);
    root.low[d] = any_t ? 0.0 : lambda;
    root.high[d] = t_most;
    root.bound = std::numeric_limits<double>::infinity();
    bound_nodes(rotated_, {&root, 1});
    result_.nodes = 1;
    open_.push(std::move(root));
  }

  BranchResult run(double seconds) {
    const auto begin = std::chrono::steady_clock::now();
    while (!open_.empty() && !closed() && result_.nodes < options_.nodes) {
      const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
      if (taken.count() >= seconds) break;
      round();
    }
    result_.upper = upper();
    result_.closed = closed();
    return std::move(result_);
  }

 private:
  double upper() const {
    const double top = open_.empty() ? 0.0 : open_.top().bound;
    return std::max({top, closed_bound_, result_.peak.value - error_, 0.0}) + error_;
  }
  double attained() const { return std::max(result_.peak.value - at_most_, 0.0); }
  bool closed() const { return upper() - attained() <= std::max(options_.tolerance * upper(), 4.0 * error_); }

  void round() {
    std::vector<Node> halves;
    for (std::size_t n = 0; n < batch && !open_.empty(); ++n) {
      const Node node = open_.top();
      open_.pop();
      const auto k = static_cast<std::size_t>(node.split);
      const double middle = 0.5 * (node.low[k] + node.high[k]);
      if (!(node.low[k] < middle && middle < node.high[k])) {
        closed_bound_ = std::max(closed_bound_, node.bound);  // cannot be split further in double precision
        continue;
      }
      for (const bool above : {false, true}) {
        Node half = node;
        (above ? half.low : half.high)[k] = middle;
        half.id = ++last_id_;
        if (tighten(half, form_ != NetworkForm::ball)) halves.push_back(std::move(half));
      }
    }
    const std::size_t groups = (halves.size() + group - 1) / group;
#pragma omp parallel for schedule(dynamic, 1)
    for (std::size_t n = 0; n < groups; ++n)
      bound_nodes(rotated_, std::span(halves).subspan(n * group, std::min(group, halves.size() - n * group)));
    result_.nodes += static_cast<std::int64_t>(halves.size());
    if (round_++ % 8 == 0) ascend_from(halves);
    // A node whose bound is at most this need not be split.
    const double enough = attained() / (1.0 - std::min(options_.tolerance, 0.5)) - error_;
    for (auto& half : halves) {
      if (half.bound <= enough)
        closed_bound_ = std::max(closed_bound_, half.bound);
      else
        open_.push(std::move(half));
    }
  }

  /// Ascends from the maximiser of the most promising half's envelope.
  void ascend_from(const std::vector<Node>& halves) {
    const auto top = std::max_element(halves.begin(), halves.end(), Lower{});
    if (top == halves.end()) return;
    const auto d = static_cast<std::size_t>(rows_.length);
    Peak start{std::vector<double>(d, 0.0), top->top[d], 0.0};
    for (std::size_t j = 0; j < d; ++j)
      for (std::size_t k = 0; k < d; ++k) start.u[j] += rotated_.v[j * d + k] * top->top[k];
    Peak peak = ascend(rows_, form_, std::move(start), polish);
    if (peak.value > result_.peak.value) result_.peak = std::move(peak);
  }

  const Rows& rows_;
  NetworkForm form_;
  const MaximumOptions& options_;
  RotatedRows rotated_;
  double error_ = 0.0, at_most_ = 0.0;
  double closed_bound_ = 0.0;  ///< greatest bound of a node that is not split further
  std::uint64_t last_id_ = 0, round_ = 0;
  std::priority_queue<Node, std::vector<Node>, Lower> open_;
  BranchResult result_;
};

}  // namespace

BranchResult branch_and_bound(const Rows& rows, NetworkForm form, double lambda, Peak start,
                              std::span<const double> axes, double seconds, const MaximumOptions& options) {
  return Search(rows, form, lambda, std::move(start), axes, options).run(seconds);
}

}  // namespace zerogap
