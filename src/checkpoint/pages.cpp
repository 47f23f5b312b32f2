// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/pages.hpp"

#include <array>
#include <cstring>

namespace zerogap {
namespace {

/// The header of a packed piece: its offset in the file and its number of bytes.
using Head = std::array<std::uint64_t, 2>;

}  // namespace

PageParts split_at_pages(const Piece& piece, std::uint64_t page_bytes) {
  const std::uint64_t before = (page_bytes - piece.at % page_bytes) % page_bytes, count = piece.bytes.size();
  if (count < before + page_bytes) return {piece, {}, {}};
  const std::uint64_t paged_bytes = (count - before) / page_bytes * page_bytes;
  return {{piece.at, piece.bytes.substr(0, before)},
          {piece.at + before, piece.bytes.substr(before, paged_bytes)},
          {piece.at + before + paged_bytes, piece.bytes.substr(before + paged_bytes)}};
}

std::string pack(const std::vector<Piece>& pieces) {
  std::string text;
  for (const Piece& piece : pieces) {
    const Head head{piece.at, piece.bytes.size()};
    text.append(reinterpret_cast<const char*>(head.data()), sizeof head);
    text += piece.bytes;
  }
  return text;
}

std::vector<Piece> unpack(std::string_view text) {
  std::vector<Piece> pieces;
  while (!text.empty()) {
    Head head{};
    std::memcpy(head.data(), text.data(), sizeof head);
    pieces.push_back({head[0], text.substr(sizeof head, head[1])});
    text.remove_prefix(sizeof head + head[1]);
  }
  return pieces;
}

}  // namespace zerogap
