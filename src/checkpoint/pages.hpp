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

/// A piece in three: the bytes that fill pages of the file, and those before and behind, which share a page
/// with others. Without a whole page all of them are `head`.
struct PageParts {
  Piece head, whole, tail;
};
/// Of this piece, in pages of so many bytes.
PageParts split_at_pages(const Piece& piece, std::uint64_t page_bytes);

/// Pieces as a text that another rank can unpack. Those that are unpacked refer to it.
std::string pack(const std::vector<Piece>& pieces);
/// What pack() made of them.
std::vector<Piece> unpack(std::string_view text);

}  // namespace zerogap
