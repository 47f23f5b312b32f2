// SPDX-License-Identifier: Apache-2.0
#include "config/renamed_keys.hpp"

#include <algorithm>
#include <system_error>

#include "config/schema.hpp"

namespace zerogap::schema {
namespace {

const std::vector<RenamedKey>& renamed_keys() {
  static const std::vector<RenamedKey> table = {
      {"data.all_test_images_at_end", "data.final_test", {{"true", "all"}, {"false", "same"}}},
      {"network.hard.most", "network.hard.rho_max"},
      {"arrangements.beside_random", "arrangements.include_random"},
      {"optimizer.memory", "optimizer.preconditioner_mib"},
      {"optimizer.primal.memory", "optimizer.primal.preconditioner_mib"},
      {"optimizer.dual.memory", "optimizer.dual.preconditioner_mib"},
      {"path.over", "continuation.parameter"},
      {"path.values", "continuation.values"},
      {"certificate.widths", "certify.smoothing_widths"},
      {"run.overlap", "run.comm_chunks"},
  };
  return table;
}

}  // namespace

std::string RenamedKey::present_value(const std::string& value) const {
  for (const auto& [was, is] : values) {
    if (was == value) return is;
  }
  return value;
}

Names names_in(const std::filesystem::path& file) {
  std::error_code ignored;
  const bool of_a_run = file.filename() == "config.yaml" &&
                        std::filesystem::is_directory(file.parent_path() / "checkpoints", ignored);
  return of_a_run ? Names::any : Names::present;
}

const RenamedKey* find_renamed(const std::string& key) {
  const auto& table = renamed_keys();
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const RenamedKey& each) { return each.before == key; });
  return found == table.end() ? nullptr : &*found;
}

std::string renamed_section(const std::string& section) {
  if (is_section(section)) return "";
  for (const RenamedKey& each : renamed_keys()) {
    if (each.before.starts_with(section + ".")) return each.now.substr(0, each.now.rfind('.'));
  }
  return "";
}

std::pair<std::string, std::string> present_setting(const std::string& key, const std::string& value) {
  const RenamedKey* renamed = find_renamed(key);
  if (renamed == nullptr) return {key, value};
  return {renamed->now, renamed->present_value(value)};
}

std::string first_name(const std::string& key) {
  for (const RenamedKey& each : renamed_keys()) {
    if (each.now == key) return each.before;
  }
  return key;
}

}  // namespace zerogap::schema
