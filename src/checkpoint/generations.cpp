// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "checkpoint/checkpoint.hpp"
#include "checkpoint/generation_names.hpp"
#include "checkpoint/metadata_checksum.hpp"
#include "comm/collective.hpp"
#include "core/error.hpp"
#include "core/log.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;

/// The entries of `folder`; none if it does not exist. Files may appear or disappear meanwhile.
std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
    files.push_back(at->path());
  if (failed && failed != std::errc::no_such_file_or_directory)
    throw data_error("cannot list " + folder.string(), failed.message(),
                     "check the folder and its permissions");
  return files;
}

/// Why `file` cannot be used; empty if it is valid. A file without its trailer is invalid and is not passed
/// to HDF5, which can crash on damaged files.
std::string damage(const fs::path& file) {
  try {
    if (check_trailer(file) == TrailerState::absent)
      return fmt::format(
          "cannot read {} (truncated or corrupted: its last bytes, the metadata checksum, are missing); use "
          "an older "
          "generation, or another copy of this one",
          file.string());
    const CheckpointReader opened(file);
    return "";
  } catch (const std::exception& error) {
    return error.what();
  }
}

struct Choice {
  std::string file;
  std::vector<std::string> skipped;
};

Choice choose(const fs::path& folder) {
  Choice choice;
  auto generations = list_generations(folder);
  std::reverse(generations.begin(), generations.end());
  for (const Generation& generation : generations) {
    const std::string why = damage(generation.file);
    if (why.empty()) {
      choice.file = generation.file.string();
      break;
    }
    choice.skipped.push_back(why);
  }
  return choice;
}

/// Binary, because the names of files need not be UTF-8 as JSON requires.
std::string pack(const Choice& choice) {
  const nlohmann::json all = {choice.file, choice.skipped};
  std::string bytes;
  nlohmann::json::to_cbor(all, bytes);
  return bytes;
}

Choice unpack(const std::string& bytes) {
  const auto all = nlohmann::json::from_cbor(bytes);
  return {all[0], all[1]};
}

}  // namespace

fs::path generation_path(const fs::path& folder, std::int64_t number) {
  return folder / fmt::format("{:08d}.h5", number);
}

std::vector<Generation> list_generations(const fs::path& folder) {
  std::vector<Generation> generations;
  for (const fs::path& file : entries(folder)) {
    const std::string stem = file.stem().string();
    std::int64_t number = -1;
    const auto end = std::from_chars(stem.data(), stem.data() + stem.size(), number).ptr;
    const bool is_generation =
        end == stem.data() + stem.size() && number >= 0 && file.filename() == generation_path("", number);
    if (is_generation) generations.push_back({number, file});
  }
  std::sort(generations.begin(), generations.end(),
            [](const auto& a, const auto& b) { return a.number < b.number; });
  return generations;
}

fs::path latest_valid(const fs::path& folder, Communicator& world, std::vector<std::string>& skipped) {
  const Choice choice = unpack(on_root(world, [&] { return pack(choose(folder)); }));
  skipped.insert(skipped.end(), choice.skipped.begin(), choice.skipped.end());
  return choice.file;
}

fs::path latest_valid(const fs::path& folder, Communicator& world) {
  std::vector<std::string> skipped;
  auto newest = latest_valid(folder, world, skipped);
  for (const auto& message : skipped) log::warn("passed over: {}", message);
  return newest;
}

fs::path weights_file(const fs::path& named, Communicator& world) {
  std::error_code ignored;
  return fs::is_directory(named, ignored) ? latest_valid(named / "checkpoints", world) : named;
}

void prune_generations(const fs::path& folder, std::int64_t keep) {
  std::error_code ignored;  // a file that cannot be removed is tried again the next time
  for (const fs::path& file : entries(folder))
    if (is_temporary(file)) fs::remove(file, ignored);
  auto generations = list_generations(folder);
  std::reverse(generations.begin(), generations.end());
  std::int64_t intact = 0;
  for (const Generation& generation : generations) {
    if (!damage(generation.file).empty()) continue;  // also one that has disappeared
    if (++intact > std::max<std::int64_t>(keep, 1)) fs::remove(generation.file, ignored);
  }
}

}  // namespace zerogap
