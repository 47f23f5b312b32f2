// SPDX-License-Identifier: Apache-2.0
// A configuration: YAML, and behind a line "=== set" a KEY=VALUE a line, as --set takes them. What is
// accepted prints as YAML that means the same.

#include "config/config.hpp"
#include "support.hpp"

namespace zerogap::fuzzing {

void fuzz(std::string_view bytes) {
  const Parts parts = parts_of(bytes);
  const Config config = parse_config(parts.front().second, "config.yaml", lines_of(parts, "set"));
  const std::string text = dump_config(config);
  const Config again = parse_config(text, "printed", {});
  require(dump_config(again) == text, "a configuration prints as YAML that prints as the same");
  require(differences_that_matter(config, again).empty(), "a printed configuration means the same");
}

}  // namespace zerogap::fuzzing
