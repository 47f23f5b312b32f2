// SPDX-License-Identifier: Apache-2.0
#include "sweep/queue.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "core/error.hpp"
#include "core/host_info.hpp"
#include "core/log.hpp"
#include "sweep/warm_start_chain.hpp"

namespace zerogap {

CellQueue::CellQueue(const Store& store, const SweepPlan& plan, const std::string& only, bool retry_failed)
    : store_(&store),
      plan_(&plan),
      clock_(claim_clock(store.path())),
      order_(plan.cells.size()),
      starts_(predecessors(plan)),
      done_(plan.cells.size()),
      earlier_attempts_(plan.cells.size()) {
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  const auto pairs = pairs_behind(plan);
  std::stable_sort(order_.begin(), order_.end(),
                   [&](std::size_t a, std::size_t b) { return pairs[a] > pairs[b]; });
  for (std::size_t i = 0; i < plan.cells.size(); ++i) {
    if (!only.empty() && plan.cells[i].name != only) done_[i] = true;
    if (done_[i] || (!retry_failed && only.empty())) continue;
    store.set_damaged_result_aside(plan.cells[i]);
    if (const auto failure = store.failure(plan.cells[i].name)) earlier_attempts_[i] = failure->attempts;
  }
}

bool CellQueue::has_retries(std::size_t cell) const {
  const auto failure = store_->failure(plan_->cells[cell].name);
  return !failure || failure->attempts - earlier_attempts_[cell] <= plan_->file.options.retries;
}

bool CellQueue::waits_for_its_start(std::size_t cell) const {
  if (!starts_[cell]) return false;
  try {
    return !store_->result(plan_->cells[*starts_[cell]]);
  } catch (const Error&) {
    return true;  // damaged, which is recorded as that cell's failure
  }
}

std::optional<CellQueue::Taken> CellQueue::next() {
  for (const bool tried_before : {false, true}) {
    for (const std::size_t cell : order_) {
      if (done_[cell] || store_->failure(plan_->cells[cell].name).has_value() != tried_before) continue;
      if (auto taken = take(cell)) return taken;
    }
  }
  return std::nullopt;
}

std::optional<CellQueue::Taken> CellQueue::take(std::size_t cell) {
  const Cell& wanted = plan_->cells[cell];
  const auto is_finished = [&] {
    if (!store_->result(wanted)) return false;
    remove_claims(store_->cell(wanted.name));
    done_[cell] = true;
    ++finished_;
    return true;
  };
  if (store_->is_blocked(wanted.name)) {
    unusable_[cell] = store_->cell(wanted.name).string() + " is no folder; move it away";
    done_[cell] = true;
    return std::nullopt;
  }
  std::unique_ptr<Claim> claim;
  try {
    if (is_finished() || waits_for_its_start(cell)) return std::nullopt;
    if (!has_retries(cell)) {
      done_[cell] = true;
      return std::nullopt;
    }
    claim = Claim::take(store_->cell(wanted.name), clock_);
    if (claim == nullptr) return std::nullopt;
    if (is_finished()) {
      claim->finish();
      return std::nullopt;
    }
    if (!has_retries(cell)) return std::nullopt;
  } catch (const Error& error) {
    // A damaged cell is recorded as a failure. If nothing can be written, the record cannot be written
    // either, and the sweep ends.
    if (claim == nullptr) claim = Claim::take(store_->cell(wanted.name), clock_);
    if (claim != nullptr) failed(cell, error.what());
    return std::nullopt;
  }
  if (!claim->taken_over().empty())
    log::announce("cell " + wanted.name + " is taken over from " + claim->taken_over());
  return Taken{cell, std::move(claim)};
}

void CellQueue::failed(std::size_t cell, const std::string& message, bool for_good) {
  const std::string& name = plan_->cells[cell].name;
  const auto before = store_->failure(name);
  Failure failure{(before ? before->attempts : 0) + 1, message, host_name(), time_now()};
  if (for_good)
    failure.attempts = std::max(failure.attempts, earlier_attempts_[cell] + plan_->file.options.retries + 1);
  store_->save_failure(name, failure);
  if (!has_retries(cell)) done_[cell] = true;
}

}  // namespace zerogap
