// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "program/process.hpp"

namespace zerogap::test {

using Settings = std::vector<std::string>;  ///< KEY=VALUE, as for --set

/// One run's folder under test and the configuration that leads to it.
class Training {
 public:
  /// A small problem that all settings start from: 31 digits, K = 7, P = 12, a checkpoint every second epoch.
  static const char* small_configuration();

  /// `folder` need not exist; the configuration file is next to it.
  Training(std::filesystem::path folder, Settings settings);

  std::vector<std::string> arguments(const Settings& more = {}) const;  ///< of `zerogap train`
  Ended train(const Settings& more = {}, int ranks = 0) const;
  Ended resume(const Settings& more = {}, int ranks = 0) const;

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path newest() const;  ///< the newest checkpoint; empty if there is none
  std::string log() const;
  nlohmann::json result() const;
  /// The lines of history.jsonl without what differs from one run to the next: seconds, pairs a second.
  std::vector<nlohmann::json> history() const;

 private:
  std::filesystem::path folder_;
  Settings settings_;
};

std::vector<std::string> set_arguments(const Settings& settings);

/// A generator with a fresh seed, which is printed; ZEROGAP_FAULT_SEED=N gives that of an earlier run again.
std::mt19937 seeded_random();
/// Uniform in [first, last].
int random_integer(int first, int last, std::mt19937& random);

/// How often `part` occurs in `text`.
int count(const std::string& text, const std::string& part);

std::string text_of(const std::filesystem::path& file);
void write_text(const std::filesystem::path& file, const std::string& text);

/// Every array of a checkpoint but what "meta/" holds: path to type, shape and bytes.
std::map<std::string, std::string> arrays_of(const std::filesystem::path& checkpoint);

/// The same arrays bit by bit in the newest checkpoint, and the same numbers in history and result.
void expect_same_end(const Training& expected, const Training& found);
void expect_same_arrays(const std::filesystem::path& expected, const std::filesystem::path& found);
void expect_same_history(const Training& expected, const Training& found);

/// What the house promises of every error: this exit code, one message in the grammar what (why); what to do
/// [rank N, host H], and each of the fragments in it.
void expect_error(const Ended& ended, int code, const std::vector<std::string>& fragments);
/// The same for a message that is found before there are ranks.
void expect_usage_error(const Ended& ended, const std::vector<std::string>& fragments);

}  // namespace zerogap::test
