// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace zerogap {

/// Consecutive bytes and where in a file they belong.
struct Piece {
  std::uint64_t at = 0;
  std::string_view bytes;
};

/// A piece split in three: the bytes that fill pages of the file, and those before and after, which share a
/// page with others. If the piece fills no page, all bytes are in `head`.
struct PageParts {
  Piece head, pages, tail;
};
/// Splits a piece at pages of the given size in bytes.
PageParts split_at_pages(const Piece& piece, std::uint64_t page_bytes);

/// Packs pieces into a text for another rank. Pieces that are unpacked refer to that text.
std::string pack(const std::vector<Piece>& pieces);
/// The inverse of pack().
std::vector<Piece> unpack(std::string_view text);

}  // namespace zerogap
