// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

/// Keys and values of earlier versions that no present key has. In a user's file they are errors that say
/// what to use; in files that zerogap wrote, such keys are passed over and such values kept, so that earlier
/// runs can be used and resumed.
namespace zerogap::schema {

/// What a message says of them.
struct Removal {
  std::string why, todo;
};

/// The removal of a key, or of the section of such keys; none for any other key.
std::optional<Removal> removed_key(const std::string& key);
/// The removal of a value of a key that still is; none for any other value.
std::optional<Removal> removed_value(const std::string& key, const std::string& value);

}  // namespace zerogap::schema
