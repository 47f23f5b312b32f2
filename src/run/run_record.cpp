// SPDX-License-Identifier: Apache-2.0
#include "run/run_record.hpp"

#include <nlohmann/json.hpp>
#include "core/error.hpp"
#include "core/json.hpp"

namespace zerogap {

std::string report_of(const CheckpointReader& file, const std::string& key) {
  std::string text = file.text(key);
  if (!text.empty() && !parse_json(text).is_object())
    throw data_error("checkpoint " + file.path().string() + " cannot be read", key + " is no JSON object",
                     "use an older generation, or another copy of this one");
  return text;
}

RunRecord read_record(const CheckpointReader& file) {
  RunRecord record;
  record.epoch = file.integer("position/epoch");
  record.evaluated_epoch = file.integer("position/evaluated_epoch");
  record.last_report = report_of(file, "position/last_report");
  record.history_bytes = file.integer("position/history");
  record.complete = file.integer("position/complete") != 0;
  if (file.attributes().contains("position/programs")) record.programs = file.text("position/programs");
  if (file.attributes().contains("position/rounds")) record.rounds = file.text("position/rounds");
  if (file.attributes().contains("position/beta")) record.beta = file.real("position/beta");
  record.seconds = file.real("seconds");
  record.config = file.text("config");
  record.train_hash = file.text("data/train_hash");
  record.test_hash = file.text("data/test_hash");
  record.target = file.text("versions/target");
  return record;
}

}  // namespace zerogap
