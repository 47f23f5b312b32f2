// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>

namespace zerogap::schema {

/// The first document of a YAML text, and where a second one begins.
struct Document {
  YAML::Node root;                              ///< null if the text holds nothing
  YAML::Mark second = YAML::Mark::null_mark();  ///< of the second document; null if there is none
};

/// Throws YAML::Exception. YAML::LoadAll is not used: on some texts ("a !!b: c {") it produces documents
/// without advancing until memory is exhausted.
Document load_document(const std::string& text);

}  // namespace zerogap::schema
