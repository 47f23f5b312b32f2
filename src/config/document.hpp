// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>

namespace zerogap::schema {

/// A YAML text's document, and where another one begins.
struct Document {
  YAML::Node root;                              ///< null where the text holds nothing
  YAML::Mark second = YAML::Mark::null_mark();  ///< of the second document; null where there is none
};

/// Throws YAML::Exception. Not by YAML::LoadAll: on some texts ("a !!b: c {") its parser goes from document
/// to document without ever getting further, for as long as memory lasts.
Document load_document(const std::string& text);

}  // namespace zerogap::schema
