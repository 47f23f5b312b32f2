#include "train/column_generation.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/format.hpp"
#include "core/json.hpp"

namespace zerogap {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

ColumnGeneration::ColumnGeneration(const Config& config)
    : rounds_(config.arrangements.pricing.rounds),
      doublings_(config.arrangements.pricing.doublings),
      first_(config.network.arrangements) {}

ColumnGeneration::Next ColumnGeneration::next() const {
  if (ended_) return Next::end;
  if (on_curve() && sample_ < doublings_) return Next::sampled;
  if (rounds_ == 0) return Next::end;
  if (on_curve() && doublings_ > 0) return Next::sampled;
  return Next::priced;
}

std::int64_t ColumnGeneration::next_sampled() const {
  return sample_ < doublings_ ? first_ << (sample_ + 1) : first_;
}

void ColumnGeneration::took_sampled() {
  if (sample_ < doublings_)
    ++sample_;
  else
    again_ = true;
}

void ColumnGeneration::solved(const ProgramResult& result, std::int64_t blocks) {
  if (ended_) return;  // its epochs were raised, and nothing came of it
  Json record{{"P", blocks},       {"objective", result.objective},  {"lower_bound", result.lower_bound},
              {"gap", result.gap}, {"steps", result.steps - steps_}, {"seconds", result.seconds - seconds_}};
  beta_ = result.beta;
  steps_ = result.steps;
  seconds_ = result.seconds;
  if (on_curve()) curve_.push_back(record);
  const double fall = objective_ - result.objective;
  objective_ = result.objective;
  if (on_curve() && doublings_ > 0) return;
  Json round{{"round", round_}, {"added", change_.added}, {"dropped", change_.dropped}};
  round.update(record);
  if (round_ > 0) {
    round["price"] = change_.price;
    round["fall"] = fall;
    round["fall_per_block"] = fall / static_cast<double>(change_.added);
  }
  priced_.push_back(round);
}

void ColumnGeneration::took_priced(const BlockChange& change) {
  change_ = change;
  ++round_;
}

void ColumnGeneration::took_nothing(const BlockChange& last) {
  ended_ = true;
  last_ = {{"ended", rounds_are_done() ? "rounds" : "none found"},
           {"price", last.price},
           {"estimated_lower_bound", last.estimate}};
}

Json ColumnGeneration::records() const {
  Json json = Json::object();
  if (doublings_ > 0) json["sampling_curve"] = curve_;
  if (rounds_ > 0) {
    json["pricing"] = {{"rounds", priced_}};
    if (last_.is_object()) json["pricing"].update(last_);
  }
  if (every_block_.is_object()) json["every_block"] = every_block_;
  return json;
}

std::string ColumnGeneration::summary() const {
  const bool curve = on_curve() && doublings_ > 0;
  if (!curve && priced_.empty()) return "";
  const Json& now = curve ? curve_.back() : priced_.back();
  const std::string solved =
      fmt::format("P = {}, objective {:.8g}, bound {:.8g}, gap {}", now["P"].get<std::int64_t>(),
                  now["objective"].get<double>(), now["lower_bound"].get<double>(),
                  format_percent(now["gap"].get<double>()));
  if (curve) return "sampling    " + solved;
  if (round_ == 0) return "pricing     before round 1: " + solved;
  return fmt::format("pricing     round {}: {}; {} blocks added, {} dropped; fell by {:.6g}, {:.4g} a block",
                     round_, solved, change_.added, change_.dropped, now["fall"].get<double>(),
                     now["fall_per_block"].get<double>());
}

std::string ColumnGeneration::state() const {
  return Json{{"sample", sample_},      {"again", again_},
              {"round", round_},        {"ended", ended_},
              {"beta", beta_},          {"objective", objective_},
              {"added", change_.added}, {"dropped", change_.dropped},
              {"price", change_.price}, {"estimate", change_.estimate},
              {"steps", steps_},        {"seconds", seconds_},
              {"curve", curve_},        {"priced", priced_},
              {"last", last_},          {"every_block", every_block_}}
      .dump();
}

void ColumnGeneration::restore(const std::string& state) try {
  const Json json = parse_json(state);
  sample_ = json.at("sample");
  again_ = json.at("again");
  round_ = json.at("round");
  ended_ = json.at("ended");
  beta_ = json.at("beta");
  objective_ = json.at("objective");
  change_ = {json.at("added"), json.at("dropped"), json.at("price"), json.at("estimate")};
  steps_ = json.at("steps");
  seconds_ = json.at("seconds");
  curve_ = json.at("curve").get<Json::array_t>();
  priced_ = json.at("priced").get<Json::array_t>();
  last_ = json.at("last");
  every_block_ = json.at("every_block");
} catch (const Json::exception& error) {
  throw data_error("the checkpoint's rounds cannot be read", error.what(),
                   "use an older generation, or another copy of this one");
}

}  // namespace zerogap
