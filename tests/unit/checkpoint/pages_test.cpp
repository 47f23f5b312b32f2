// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/pages.hpp"

#include <gmock/gmock.h>

namespace zerogap {
namespace {

using ::testing::IsEmpty;

constexpr std::uint64_t page = 8;

TEST(Pages, PartsAreThePieceAndOnlyTheWholeOneHasPages) {
  const std::string bytes = "abcdefghijklmnopqrstuvwxyz0123456789";
  for (std::uint64_t at = 0; at < 3 * page; ++at)
    for (std::size_t count = 0; count <= bytes.size(); ++count) {
      const Piece piece{at, std::string_view(bytes).substr(0, count)};
      const PageParts parts = split_at_pages(piece, page);
      std::string joined;
      std::uint64_t next = at;
      for (const Piece& part : {parts.head, parts.pages, parts.tail}) {
        if (part.bytes.empty()) continue;
        EXPECT_EQ(part.at, next);
        next = part.at + part.bytes.size();
        joined += part.bytes;
      }
      EXPECT_EQ(joined, piece.bytes);
      EXPECT_EQ(parts.pages.bytes.size() % page, 0u);
      if (!parts.pages.bytes.empty()) {
        EXPECT_EQ(parts.pages.at % page, 0u);
      }
      // All pages that lie within it are in `pages`.
      const std::uint64_t first = (at + page - 1) / page, last = (at + count) / page;
      EXPECT_EQ(parts.pages.bytes.size(), last > first ? (last - first) * page : 0u) << at << " " << count;
    }
}

TEST(Pages, AreUnpackedAsTheyWerePacked) {
  const std::string zeros(5, '\0');
  const std::string text = pack({{3, "abc"}, {1ull << 40, zeros}, {7, ""}});
  const auto pieces = unpack(text);
  ASSERT_EQ(pieces.size(), 3u);
  EXPECT_EQ(pieces[0].at, 3u);
  EXPECT_EQ(pieces[0].bytes, "abc");
  EXPECT_EQ(pieces[1].at, 1ull << 40);
  EXPECT_EQ(pieces[1].bytes, zeros);
  EXPECT_EQ(pieces[2].at, 7u);
  EXPECT_THAT(pieces[2].bytes, IsEmpty());
  EXPECT_THAT(unpack(pack({})), IsEmpty());
}

}  // namespace
}  // namespace zerogap
