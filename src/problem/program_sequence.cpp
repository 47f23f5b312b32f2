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

Terms first_terms(const NetworkOptions& network) {
  return {network.lambda, network.beta, network.constraints == Constraints::none ? 0.0 : network.rho};
}

}  // namespace

const char* name_of(SolveEnd end) {
  switch (end) {
    case SolveEnd::running:
      break;
    case SolveEnd::gap:
      return "gap";
    case SolveEnd::rounding:
      return "rounding";
    case SolveEnd::conditioning:
      return "conditioning";
  }
  return "running";
}

const char* name_of(Hardness hardness) {
  switch (hardness) {
    case Hardness::open:
      break;
    case Hardness::met:
      return "met";
    case Hardness::rounding:
      return "rounding";
    case Hardness::unreachable:
      return "unreachable";
  }
  return "open";
}

Programs::Programs(const Config& config)
    : start_(first_terms(config.network)),
      path_(config.path),
      options_(config.hard),
      hard_(config.network.constraints == Constraints::hard),
      blocks_change_(config.arrangements.pricing.active()),
      wanted_gap_(config.run.stop.gap) {
  set_value(0);
}

std::int64_t Programs::values() const {
  return path_.over == PathOver::none ? 1 : static_cast<std::int64_t>(path_.values.size());
}

std::int64_t Programs::planned() const {
  return hard_ || blocks_change_ ? solved() + (done_ ? 0 : values() - index_) : values();
}

std::int64_t Programs::most_planned() const {
  std::int64_t weights = 1;
  for (double rho = start_.rho * options_.factor; hard_ && rho <= options_.most; rho *= options_.factor)
    ++weights;
  return weights * values();
}

double Programs::smallest_lambda() const {
  return path_.over == PathOver::lambda ? *std::min_element(path_.values.begin(), path_.values.end())
                                        : start_.lambda;
}

void Programs::set_value(std::int64_t index) {
  index_ = index;
  terms_ = start_;
  if (path_.over == PathOver::none) return;
  const double value = path_.values[static_cast<std::size_t>(index)];
  (path_.over == PathOver::beta     ? terms_.beta
   : path_.over == PathOver::lambda ? terms_.lambda
                                    : terms_.rho) = value;
}

Hardness Programs::judge(const ProgramResult& result) const {
  if (result.relative_violation <= options_.violation) {
    const bool still = result.end != SolveEnd::gap && last_gap_ > 0.0 && result.gap > narrowed * last_gap_;
    if (wanted_gap_ > 0.0 ? result.gap <= wanted_gap_ : still || result.gap <= 0.0) return Hardness::met;
    if (still) return Hardness::rounding;
  }
  return terms_.rho * options_.factor > options_.most ? Hardness::unreachable : Hardness::open;
}

Json Programs::record(const ProgramResult& result) const {
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

bool Programs::advance(const ProgramResult& result) {
  records_.push_back(record(result));
  steps_ = result.steps;
  seconds_ = result.seconds;
  hardness_ = hard_ ? judge(result) : Hardness::open;
  if (hard_ && hardness_ == Hardness::open) {
    last_gap_ = result.gap;
    terms_.rho *= options_.factor;
    return true;
  }
  done_ = index_ + 1 >= values();
  if (done_) return false;
  last_gap_ = 0.0;
  set_value(index_ + 1);
  return true;
}

void Programs::reopen() {
  if (!done_) return;
  steps_ -= whole_number(records_.back()["steps"]);
  seconds_ -= records_.back()["seconds"].get<double>();
  records_.erase(records_.size() - 1);
  done_ = false;
  hardness_ = Hardness::open;
}

bool Programs::bound_holds(const Terms& before, const Terms& after) {
  return before.lambda == after.lambda && before.beta <= after.beta && before.rho <= after.rho;
}

std::string Programs::title() const {
  if ((hard_ || blocks_change_) && values() == 1) return fmt::format("program {}", number());
  if (hard_) return fmt::format("program {}, value {} of {}", number(), index_ + 1, values());
  return fmt::format("program {} of {}", number(), values());
}

std::string Programs::state() const {
  return Json{{"value", index_},       {"rho", terms_.rho},
              {"done", done_},         {"hardness", static_cast<int>(hardness_)},
              {"last_gap", last_gap_}, {"steps", steps_},
              {"seconds", seconds_},   {"records", records_}}
      .dump();
}

void Programs::restore(const std::string& state) try {
  const Json json = parse_json(state);
  const auto index = whole_number(json.at("value"));
  if (index < 0 || index >= values())
    throw data_error("the checkpoint's programs are not the configuration's",
                     fmt::format("it is at value {} of path.values, which has {}", index + 1, values()),
                     "give the configuration that it was written with");
  set_value(index);
  terms_.rho = json.at("rho").get<double>();
  done_ = json.at("done").get<bool>();
  hardness_ =
      static_cast<Hardness>(whole_number(json.at("hardness"), 0, static_cast<int>(Hardness::unreachable)));
  last_gap_ = json.at("last_gap").get<double>();
  steps_ = whole_number(json.at("steps"), 0);
  seconds_ = json.at("seconds").get<double>();
  records_ = json.at("records").get<Json::array_t>();
} catch (const Json::exception& error) {
  throw data_error("the checkpoint's programs cannot be read", error.what(),
                   "use an older generation, or another copy of this one");
}

}  // namespace zerogap
