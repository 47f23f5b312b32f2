#include "problem/program_sequence.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "core/error.hpp"
#include "core/json.hpp"

namespace zerogap {
namespace {

using Json = nlohmann::ordered_json;

/// A program whose solution rounding ended has narrowed the gap if it left less than this share of it.
constexpr double narrowed = 0.5;

ProgramParameters first_parameters(const NetworkOptions& network) {
  return {network.lambda, network.beta, network.constraints == Constraints::none ? 0.0 : network.rho};
}

}  // namespace

const char* name_of(TerminationReason end) {
  switch (end) {
    case TerminationReason::running:
      break;
    case TerminationReason::gap:
      return "gap";
    case TerminationReason::rounding:
      return "rounding";
    case TerminationReason::conditioning:
      return "conditioning";
  }
  return "running";
}

const char* name_of(ConstraintStatus constraint_status) {
  switch (constraint_status) {
    case ConstraintStatus::open:
      break;
    case ConstraintStatus::met:
      return "met";
    case ConstraintStatus::rounding:
      return "rounding";
    case ConstraintStatus::unreachable:
      return "unreachable";
  }
  return "open";
}

ProgramSequence::ProgramSequence(const Config& config)
    : start_(first_parameters(config.network)),
      path_(config.path),
      options_(config.hard),
      hard_(config.network.constraints == Constraints::hard),
      blocks_change_(config.arrangements.pricing.active()),
      wanted_gap_(config.run.stop.gap) {
  set_value(0);
}

std::int64_t ProgramSequence::values() const {
  return path_.over == PathOver::none ? 1 : static_cast<std::int64_t>(path_.values.size());
}

std::int64_t ProgramSequence::planned() const {
  return hard_ || blocks_change_ ? solved() + (done_ ? 0 : values() - index_) : values();
}

std::int64_t ProgramSequence::most_planned() const {
  std::int64_t weights = 1;
  for (double rho = start_.rho * options_.factor; hard_ && rho <= options_.most; rho *= options_.factor)
    ++weights;
  return weights * values();
}

double ProgramSequence::smallest_lambda() const {
  return path_.over == PathOver::lambda ? *std::min_element(path_.values.begin(), path_.values.end())
                                        : start_.lambda;
}

void ProgramSequence::set_value(std::int64_t index) {
  index_ = index;
  parameters_ = start_;
  if (path_.over == PathOver::none) return;
  const double value = path_.values[static_cast<std::size_t>(index)];
  (path_.over == PathOver::beta     ? parameters_.beta
   : path_.over == PathOver::lambda ? parameters_.lambda
                                    : parameters_.rho) = value;
}

ConstraintStatus ProgramSequence::judge(const ProgramResult& result) const {
  if (result.relative_violation <= options_.violation) {
    const bool still =
        result.end != TerminationReason::gap && last_gap_ > 0.0 && result.gap > narrowed * last_gap_;
    if (wanted_gap_ > 0.0 ? result.gap <= wanted_gap_ : still || result.gap <= 0.0)
      return ConstraintStatus::met;
    if (still) return ConstraintStatus::rounding;
  }
  return parameters_.rho * options_.factor > options_.most ? ConstraintStatus::unreachable
                                                           : ConstraintStatus::open;
}

Json ProgramSequence::record(const ProgramResult& result) const {
  Json json{{"program", number()},
            {"lambda", result.lambda},
            {"beta", result.beta},
            {"rho", result.rho},
            {"objective", result.objective},
            {"lower_bound", result.lower_bound},
            {"gap", result.gap},
            {"max_violation", result.max_violation}};
  if (hard_) {
    json["relative_violation"] = result.relative_violation;
    json["feasible_objective"] = result.feasible_objective;
    json["constraints"] = name_of(judge(result));
  }
  json["ended"] = name_of(result.end);
  json["steps"] = result.steps - steps_;
  json["seconds"] = result.seconds - seconds_;
  return json;
}

bool ProgramSequence::advance(const ProgramResult& result) {
  records_.push_back(record(result));
  steps_ = result.steps;
  seconds_ = result.seconds;
  constraint_status_ = hard_ ? judge(result) : ConstraintStatus::open;
  if (hard_ && constraint_status_ == ConstraintStatus::open) {
    last_gap_ = result.gap;
    parameters_.rho *= options_.factor;
    return true;
  }
  done_ = index_ + 1 >= values();
  if (done_) return false;
  last_gap_ = 0.0;
  set_value(index_ + 1);
  return true;
}

void ProgramSequence::reopen() {
  if (!done_) return;
  steps_ -= whole_number(records_.back()["steps"]);
  seconds_ -= records_.back()["seconds"].get<double>();
  records_.erase(records_.size() - 1);
  done_ = false;
  constraint_status_ = ConstraintStatus::open;
}

bool ProgramSequence::bound_holds(const ProgramParameters& before, const ProgramParameters& after) {
  return before.lambda == after.lambda && before.beta <= after.beta && before.rho <= after.rho;
}

std::string ProgramSequence::title() const {
  if ((hard_ || blocks_change_) && values() == 1) return fmt::format("program {}", number());
  if (hard_) return fmt::format("program {}, value {} of {}", number(), index_ + 1, values());
  return fmt::format("program {} of {}", number(), values());
}

std::string ProgramSequence::state() const {
  return Json{{"value", index_},       {"rho", parameters_.rho},
              {"done", done_},         {"constraint_status", static_cast<int>(constraint_status_)},
              {"last_gap", last_gap_}, {"steps", steps_},
              {"seconds", seconds_},   {"records", records_}}
      .dump();
}

void ProgramSequence::restore(const std::string& state) try {
  const Json json = parse_json(state);
  const auto index = whole_number(json.at("value"));
  if (index < 0 || index >= values())
    throw data_error("the checkpoint's programs are not the configuration's",
                     fmt::format("it is at value {} of path.values, which has {}", index + 1, values()),
                     "give the configuration that it was written with");
  set_value(index);
  parameters_.rho = json.at("rho").get<double>();
  done_ = json.at("done").get<bool>();
  constraint_status_ = static_cast<ConstraintStatus>(
      whole_number(json.at("constraint_status"), 0, static_cast<int>(ConstraintStatus::unreachable)));
  last_gap_ = json.at("last_gap").get<double>();
  steps_ = whole_number(json.at("steps"), 0);
  seconds_ = json.at("seconds").get<double>();
  records_ = json.at("records").get<Json::array_t>();
} catch (const Json::exception& error) {
  throw data_error("the checkpoint's programs cannot be read", error.what(),
                   "use an older generation, or another copy of this one");
}

}  // namespace zerogap
