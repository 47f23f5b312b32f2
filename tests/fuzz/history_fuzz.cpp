// SPDX-License-Identifier: Apache-2.0
// history.jsonl as a run that is resumed finds it. The first line is how many of the other bytes its
// checkpoint knows of.

#include "run/history.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "support.hpp"

namespace zerogap::fuzzing {

void fuzz(std::string_view bytes) {
  const std::size_t first = std::min(bytes.find('\n'), bytes.size());
  std::int64_t known = 0;
  std::from_chars(bytes.data(), bytes.data() + first, known);
  bytes.remove_prefix(std::min(first + 1, bytes.size()));
  const std::string path = put("history.jsonl", bytes);

  History history(path, known);
  const auto kept = static_cast<std::size_t>(history.position());
  require(kept <= bytes.size() && kept <= static_cast<std::size_t>(std::max<std::int64_t>(known, 0)),
          "no more is kept than there is and the checkpoint knows of");
  require(kept == 0 || bytes[kept - 1] == '\n', "complete lines are kept");
  const nlohmann::ordered_json line = {{"epoch", 1}, {"text", std::string(bytes.substr(kept))}};
  history.append(line);
  history.require_unmodified();
  std::string now;
  require(read_fully(path, now) == 0 && now.starts_with(bytes.substr(0, kept)) && now.back() == '\n',
          "what was kept stays, and a line follows it");
  require(nlohmann::json::accept(now.substr(kept)), "the line that follows is JSON");
}

}  // namespace zerogap::fuzzing
