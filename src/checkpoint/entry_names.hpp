// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace zerogap {

/// Where a generation stores everything that is not an array.
namespace layout {
/// The value of `mark_attribute` that identifies a checkpoint.
inline constexpr const char* mark = "zerogap checkpoint";
/// Attribute of the root: the kind of file.
inline constexpr const char* mark_attribute = "format";
/// Attribute of the root: the version of the layout.
inline constexpr const char* schema_attribute = "schema";
/// Attribute of the root: the checksum over the content.
inline constexpr const char* checksum_attribute = "checksum";
/// The group whose attributes are scalars and texts.
inline constexpr const char* meta_group = "meta";
}  // namespace layout

}  // namespace zerogap
