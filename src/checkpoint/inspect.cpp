// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/inspect.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "checkpoint/checkpoint.hpp"
#include "checkpoint/data_types.hpp"
#include "core/error.hpp"
#include "core/format.hpp"

namespace zerogap {
namespace {

struct Inspected {
  CheckpointReader reader;
  bool checkpoint;
  std::string damage;  ///< empty if intact
};

/// Opened with the checksum if possible, else without, else as plain HDF5.
Inspected inspect(const std::filesystem::path& file) {
  const bool checkpoint = is_checkpoint(file);
  if (!checkpoint) return {open_plain(file), false, ""};
  try {
    return {CheckpointReader(file), true, ""};
  } catch (const Error& error) {
    try {
      return {CheckpointReader(file, false), true, error.what()};
    } catch (const Error&) {
      throw error;
    }
  }
}

std::string value_text(const Attribute& value) {
  return std::visit([](const auto& held) { return fmt::format("{}", held); }, value);
}

std::string indented(const std::string& text) {
  std::istringstream lines(text);
  std::string result;
  for (std::string line; std::getline(lines, line);) result += "  " + line + "\n";
  return result;
}

std::string verdict(const Inspected& file) {
  if (file.checkpoint) {
    const std::string head = fmt::format("zerogap checkpoint, schema {}\n", file.reader.schema());
    if (file.damage.empty())
      return head + fmt::format("intact: checksum {} agrees\n", file.reader.checksum());
    return head + fmt::format("DAMAGED: {}\n", file.damage);
  }
  return fmt::format("not a zerogap checkpoint: plain HDF5 with {} arrays\n", file.reader.arrays().size());
}

std::string array_table(const CheckpointReader& reader) {
  const auto paths = reader.arrays();
  std::size_t width = 0;
  std::uint64_t bytes = 0;
  for (const auto& path : paths) width = std::max(width, path.size());
  std::string text;
  for (const auto& path : paths) {
    text += fmt::format("  {:<{}}  {:<7}  {}\n", path, width, name_of(reader.type(path)),
                        shape_text(reader.shape(path)));
    bytes += array_bytes(reader.type(path), reader.shape(path));
  }
  return fmt::format("\narrays ({}, {}):\n", paths.size(), format_bytes(bytes)) + text;
}

}  // namespace

std::string describe_file(const std::filesystem::path& file) {
  const Inspected inspected = inspect(file);
  std::string text = file.string() + ": " + verdict(inspected);
  std::string entries, long_texts;  // texts of several lines come last
  for (const auto& [key, value] : inspected.reader.attributes()) {
    const std::string shown = value_text(value);
    if (shown.find('\n') == std::string::npos) {
      entries += fmt::format("  {} = {}\n", key, shown);
    } else {
      long_texts += fmt::format("\n{}:\n", key) + indented(shown);
    }
  }
  if (!entries.empty()) text += "\nentries:\n" + entries;
  return text + array_table(inspected.reader) + long_texts;
}

nlohmann::json describe_json(const std::filesystem::path& file) {
  const Inspected inspected = inspect(file);
  const CheckpointReader& reader = inspected.reader;
  nlohmann::json result = {{"file", file.string()}, {"kind", inspected.checkpoint ? "checkpoint" : "hdf5"}};
  if (inspected.checkpoint) {
    result["whole"] = inspected.damage.empty();
    if (!inspected.damage.empty()) result["damage"] = inspected.damage;
    result["schema"] = reader.schema();
    result["checksum"] = reader.checksum();
  }
  result["attributes"] = nlohmann::json::object();
  for (const auto& [key, value] : reader.attributes()) {
    auto& shown = result["attributes"][key];
    std::visit([&shown](const auto& held) { shown = held; }, value);
  }
  result["arrays"] = nlohmann::json::array();
  for (const auto& path : reader.arrays())
    result["arrays"].push_back(
        {{"path", path}, {"type", name_of(reader.type(path))}, {"shape", reader.shape(path)}});
  return result;
}

}  // namespace zerogap
