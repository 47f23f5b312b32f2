// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace zerogap::fuzzing {

/// Puts an HDF5 file into folder() and returns its path. Bytes that begin as HDF5 files do are the file
/// itself; any others are a recipe, so that a small change of a text is a change of what the file says and
/// not of its checksums. A recipe has a step a line; those that HDF5 refuses are left out:
///
///   group PATH
///   array PATH TYPE SHAPE [WORD]...     TYPE: f4 f8 i1 u1 i8 u8 ..., f8> for big-endian ones; text, texts,
///   bits
///                                       SHAPE: 3x4x4, scalar or null
///                                       WORD: chunked gzip compact never (written) external virtual,
///                                       values=1,nan,2 which are repeated
///   attribute PATH NAME KIND VALUE      KIND: integer real text texts list; "\n" in VALUE is a new line
///   soft PATH TARGET, hard PATH TARGET, elsewhere PATH TARGET
///   patch OFFSET HEX, cut LENGTH, append HEX         of the bytes of the file when all else is done
///
/// After a first line "checkpoint" zerogap's own writer writes the arrays (f4 f8 i8) and the attributes (PATH
/// is left out, and the checksum and the trailer are right); links and other types are left out.
std::string cook(std::string_view bytes);

}  // namespace zerogap::fuzzing
