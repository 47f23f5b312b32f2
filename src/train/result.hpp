#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

#include "problem/problem.hpp"

namespace zerogap {

/// The parts of result.json that only the training loop knows.
struct RunSummary {
  std::string status;  ///< "complete" or "stopped"
  std::filesystem::path checkpoint;
  double seconds = 0.0;
  nlohmann::ordered_json time;
  double pairs_per_second = 0.0;
};

/// Everything of result.json but the networks' values: status, where it ran, what it was built from, what was
/// counted once.
template <class T>
nlohmann::ordered_json describe_run(const Config& config, const Problem<T>& problem, const RunSummary& head);

/// What a run says when it is complete: values, what to make of them, and where everything is.
std::string summary_text(const nlohmann::ordered_json& result, const std::filesystem::path& folder);

/// From a history line what belongs to one network's best evaluation: the primal with the embedded point, or
/// the dual with its mapped networks, each with the epoch.
nlohmann::ordered_json best_report(Network network, const nlohmann::ordered_json& line);

}  // namespace zerogap
