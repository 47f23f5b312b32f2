// SPDX-License-Identifier: Apache-2.0
// Schedules as JSON, for result.json and for the text in checkpoints.

#include "problem/schedule_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/json.hpp"
#include "problem/column_generation.hpp"
#include "problem/continuation.hpp"

namespace zerogap {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const ProgramResult& r, std::int64_t number, const ConstraintStatus* status) {
  Json json{{"program", number},
            {"lambda", r.parameters.lambda},
            {"beta", r.parameters.beta},
            {"rho", r.parameters.rho},
            {"objective", r.objective},
            {"lower_bound", r.lower_bound.value()},
            {"gap", r.gap},
            {"max_violation", r.max_violation}};
  if (status != nullptr) {
    json["relative_violation"] = r.relative_violation;
    json["feasible_objective"] = r.feasible_objective;
    json["constraints"] = name_of(*status);
  }
  json["ended"] = name_of(r.end);
  json["steps"] = r.steps;
  json["seconds"] = r.seconds;
  return json;
}

Error unreadable(const std::string& what, const std::string& why) {
  return data_error("the checkpoint's " + what + " cannot be read", why,
                    "use an older generation, or another copy of this one");
}

/// The enumerator with this name_of().
template <class Enum>
Enum value_named(const Json& name, std::initializer_list<Enum> values) {
  for (const Enum value : values)
    if (name == name_of(value)) return value;
  throw unreadable("programs", "no known name: " + print_json(name));
}

TerminationReason reason_named(const Json& name) {
  using enum TerminationReason;
  return value_named(name, {running, gap, rounding, conditioning});
}

ConstraintStatus status_named(const Json& name) {
  using enum ConstraintStatus;
  return value_named(name, {open, met, rounding, unreachable});
}

/// One that was proved before it was stored.
Certificate certificate_from(const Json& json) { return Certificate::proved(json.get<double>()); }

ProgramResult program_from(const Json& json) {
  ProgramResult r;
  r.end = reason_named(json.at("ended"));
  r.parameters = {json.at("lambda"), json.at("beta"), json.at("rho")};
  r.objective = json.at("objective");
  r.lower_bound = certificate_from(json.at("lower_bound"));
  r.gap = json.at("gap");
  r.max_violation = json.at("max_violation");
  if (json.contains("constraints")) {
    r.relative_violation = json.at("relative_violation");
    r.feasible_objective = json.at("feasible_objective");
  }
  r.steps = whole_number(json.at("steps"));
  r.seconds = json.at("seconds");
  return r;
}

Json to_json(const std::vector<ProgramResult>& path, const std::vector<ConstraintStatus>& constraints) {
  Json all = Json::array();
  for (std::size_t i = 0; i < path.size(); ++i)
    all.push_back(to_json(path[i], static_cast<std::int64_t>(i) + 1,
                          i < constraints.size() ? &constraints[i] : nullptr));
  return all;
}

Json to_json(const BlockRecord& r) {
  return {{"P", r.blocks}, {"objective", r.objective}, {"lower_bound", r.lower_bound.value()},
          {"gap", r.gap},  {"steps", r.steps},         {"seconds", r.seconds}};
}

BlockRecord block_from(const Json& json) {
  return {whole_number(json.at("P")),
          json.at("objective"),
          certificate_from(json.at("lower_bound")),
          json.at("gap"),
          whole_number(json.at("steps")),
          json.at("seconds")};
}

Json to_json(const RoundRecord& r) {
  Json json{{"round", r.round}, {"added", r.change.added}, {"dropped", r.change.dropped}};
  json.update(to_json(r.solution));
  if (r.round > 0) {
    json["price"] = r.change.price;
    json["fall"] = r.fall;
    json["fall_per_block"] = r.fall / static_cast<double>(r.change.added);
  }
  return json;
}

RoundRecord round_from(const Json& json) {
  RoundRecord r;
  r.round = whole_number(json.at("round"));
  r.change.added = whole_number(json.at("added"));
  r.change.dropped = whole_number(json.at("dropped"));
  r.solution = block_from(json);
  if (r.round > 0) {
    r.change.price = json.at("price");
    r.fall = json.at("fall");
  }
  return r;
}

template <class Record>
Json to_json(const std::vector<Record>& records) {
  Json all = Json::array();
  for (const auto& r : records) all.push_back(to_json(r));
  return all;
}

Json to_json(const LastSearch& last) {
  return {{"ended", last.all_rounds ? "rounds" : "none found"},
          {"price", last.price},
          {"estimated_lower_bound", last.estimate.value()}};
}

Json to_json(const AllBlocksRecord& proved) {
  return {{"max_block_norm", proved.max_block_norm},
          {"attained_block_norm", proved.attained_block_norm},
          {"lower_bound", proved.lower_bound.value()},
          {"gap", proved.gap}};
}

}  // namespace

Json to_json(const ScheduleRecords& records) {
  Json json = Json::object();
  if (records.path) json["path"] = to_json(*records.path, records.constraints);
  if (records.sampling_curve) json["sampling_curve"] = to_json(*records.sampling_curve);
  if (records.pricing) {
    json["pricing"] = {{"rounds", to_json(*records.pricing)}};
    if (records.last_search) json["pricing"].update(to_json(*records.last_search));
  }
  if (records.all_blocks) json["every_block"] = to_json(*records.all_blocks);
  return json;
}

std::string Continuation::state() const {
  return Json{{"value", index_},       {"rho", parameters_.rho},
              {"done", done_},         {"hardness", static_cast<int>(status_)},
              {"last_gap", last_gap_}, {"steps", steps_},
              {"seconds", seconds_},   {"records", to_json(records_, statuses_)}}
      .dump();
}

void Continuation::restore(const std::string& state) try {
  const Json json = parse_json(state);
  const auto index = whole_number(json.at("value"));
  if (index < 0 || index >= values())
    throw data_error(
        "the checkpoint's programs are not the configuration's",
        fmt::format("it is at value {} of continuation.values, which has {}", index + 1, values()),
        "give the configuration that it was written with");
  set_value(index);
  parameters_.rho = json.at("rho").get<double>();
  done_ = json.at("done").get<bool>();
  status_ = static_cast<ConstraintStatus>(
      whole_number(json.at("hardness"), 0, static_cast<int>(ConstraintStatus::unreachable)));
  last_gap_ = json.at("last_gap").get<double>();
  steps_ = whole_number(json.at("steps"), 0);
  seconds_ = json.at("seconds").get<double>();
  records_.clear();
  statuses_.clear();
  for (const Json& each : json.at("records").get<Json::array_t>()) {
    records_.push_back(program_from(each));
    if (hard_) statuses_.push_back(status_named(each.at("constraints")));
  }
  if (done_ && records_.empty()) throw unreadable("programs", "none is recorded, and all are done");
} catch (const Json::exception& error) {
  throw unreadable("programs", error.what());
}

std::string ColumnGeneration::state() const {
  return Json{{"solved", solved_},
              {"done", done_},
              {"sample", doubled_},
              {"again", back_},
              {"round", round_},
              {"ended", exhausted_},
              {"beta", beta_},
              {"objective", objective_},
              {"added", change_.added},
              {"dropped", change_.dropped},
              {"price", change_.price},
              {"estimate", change_.estimate.value()},
              {"steps", steps_},
              {"seconds", seconds_},
              {"curve", to_json(curve_)},
              {"priced", to_json(priced_)},
              {"last", last_ ? to_json(*last_) : Json()},
              {"every_block", all_blocks_ ? to_json(*all_blocks_) : Json()}}
      .dump();
}

void ColumnGeneration::restore(const std::string& state) try {
  const Json json = parse_json(state);
  doubled_ = whole_number(json.at("sample"), 0, doublings_);
  back_ = json.at("again").get<bool>();
  round_ = whole_number(json.at("round"), 0, rounds_);
  exhausted_ = json.at("ended").get<bool>();
  beta_ = json.at("beta");
  objective_ = json.at("objective");
  change_ = {whole_number(json.at("added")), whole_number(json.at("dropped")), json.at("price"),
             Estimate(json.at("estimate").get<double>())};
  steps_ = whole_number(json.at("steps"), 0);
  seconds_ = json.at("seconds");
  curve_.clear();
  priced_.clear();
  for (const Json& each : json.at("curve").get<Json::array_t>()) curve_.push_back(block_from(each));
  for (const Json& each : json.at("priced").get<Json::array_t>()) priced_.push_back(round_from(each));
  last_.reset();
  if (const Json& last = json.at("last"); last.is_object())
    last_ = {last.at("ended") == "rounds", last.at("price"),
             Estimate(last.at("estimated_lower_bound").get<double>())};
  all_blocks_.reset();
  if (const Json& proved = json.at("every_block"); proved.is_object())
    all_blocks_ = {proved.at("max_block_norm"), proved.at("attained_block_norm"),
                   certificate_from(proved.at("lower_bound")), proved.at("gap")};
  // 0.1.0 stored the number of programs elsewhere.
  const auto counted =
      static_cast<std::int64_t>((doublings_ > 0 ? curve_.size() : std::size_t{0}) + priced_.size());
  solved_ = json.contains("solved") ? whole_number(json["solved"], 0) : counted;
  done_ = json.contains("done") ? json["done"].get<bool>()
                                : exhausted_ || (rounds_ == 0 && counted == doublings_ + 1);
} catch (const Json::exception& error) {
  throw unreadable("rounds", error.what());
}

}  // namespace zerogap
