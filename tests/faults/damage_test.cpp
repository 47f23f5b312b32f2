// SPDX-License-Identifier: Apache-2.0
// The newest checkpoint of a run, cut off or changed anywhere: it is named and the one before it used, or the
// change lies where it changes nothing that a run reads. A wrong result never comes out.

#include "checkpoint/checkpoint.hpp"
#include "comm/communicator.hpp"
#include "faults/aftermath.hpp"

namespace zerogap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const Settings stop_at_once = {"run.stop.seconds=1e-9"};  // after one step

/// All that a run takes from a checkpoint.
struct Contents {
  std::map<std::string, std::string> arrays;
  std::map<std::string, Attribute> attributes;
  bool operator==(const Contents&) const = default;
};

Contents contents_of(const fs::path& file) { return {arrays_of(file), CheckpointReader(file).attributes()}; }

struct Damage {
  std::string what;
  std::string bytes;  ///< of the file afterwards
};

class Damaged : public ::testing::Test {
 protected:
  /// A run that stopped with two generations.
  Damaged() : random_(seeded_random()), whole_(folder_ / "whole", {}), hurt_(folder_ / "hurt", {}) {
    EXPECT_EQ(whole_.train().code, 0);
    EXPECT_EQ(hurt_.train(stop_at_once).code, 75);
    before_ = hurt_.newest();
    EXPECT_EQ(hurt_.resume(stop_at_once).code, 75);
    newest_ = hurt_.newest();
    bytes_ = text_of(newest_);
    expected_before_ = contents_of(before_);
    expected_newest_ = contents_of(newest_);
    EXPECT_FALSE(expected_before_ == expected_newest_);
  }

  int size() const { return static_cast<int>(bytes_.size()); }

  Damage truncated() {
    const int length = random_integer(0, size() - 1, random_);
    return {"cut off after " + std::to_string(length) + " bytes", bytes_.substr(0, std::size_t(length))};
  }
  Damage flipped() {
    const int at = random_integer(0, size() - 1, random_), bit = random_integer(0, 7, random_);
    std::string bytes = bytes_;
    bytes[std::size_t(at)] = static_cast<char>(bytes[std::size_t(at)] ^ (1 << bit));
    return {"bit " + std::to_string(bit) + " of byte " + std::to_string(at), bytes};
  }
  /// As when a page did not reach the disk.
  Damage lost_page() {
    constexpr int page = 512;
    const int at = random_integer(0, (size() - 1) / page, random_) * page;
    std::string bytes = bytes_;
    std::fill_n(bytes.begin() + at, std::min(page, size() - at), '\0');
    return {"a lost page at byte " + std::to_string(at), bytes};
  }
  Damage lengthened() {
    const int more = random_integer(1, 5000, random_);
    std::string bytes = bytes_;
    for (int i = 0; i < more; ++i) bytes += static_cast<char>(random_integer(0, 255, random_));
    return {std::to_string(more) + " bytes more", bytes};
  }

  /// Whether the damaged newest one was passed over (then by name, for the one before); where it was not, all
  /// that a run reads has to be as it was.
  bool passed_over(const Damage& damage) {
    write_text(newest_, damage.bytes);
    std::vector<std::string> skipped;
    const fs::path used = latest_valid(hurt_.folder() / "checkpoints", *world_, skipped);
    if (skipped.empty()) {
      EXPECT_EQ(used, newest_);
      EXPECT_TRUE(contents_of(used) == expected_newest_) << damage.what;
      return false;
    }
    EXPECT_EQ(skipped.size(), 1u);
    EXPECT_THAT(skipped[0], HasSubstr(newest_.string())) << damage.what;
    EXPECT_EQ(used, before_);
    return true;
  }

  Folder folder_;
  std::mt19937 random_;
  Training whole_, hurt_;
  const std::unique_ptr<Communicator> world_ = make_serial();
  fs::path before_, newest_;
  std::string bytes_;
  Contents expected_before_, expected_newest_;
};

TEST_F(Damaged, AnywhereIsNamedAndTheOneBeforeUsed) {
  constexpr int each = 150;
  int named[4] = {}, tried = 0;
  for (int i = 0; i < each; ++i) {
    const Damage damages[] = {truncated(), flipped(), lost_page(), lengthened()};
    for (int kind = 0; kind < 4; ++kind, ++tried) {
      named[kind] += passed_over(damages[kind]) ? 1 : 0;
      ASSERT_FALSE(HasFailure()) << damages[kind].what << " of " << size();
    }
  }
  EXPECT_TRUE(contents_of(before_) == expected_before_);
  std::cout << tried << " damages of a file of " << size() << " bytes; named: " << named[0] << " of " << each
            << " truncations, " << named[1] << " flipped bits, " << named[2] << " lost pages, " << named[3]
            << " lengthened; the others change nothing" << std::endl;
  EXPECT_EQ(named[0], each) << "a file without its end was accepted as complete";
  // Space that nothing uses is a part of the file.
  EXPECT_GT(named[1], each * 3 / 4);
  EXPECT_GT(named[2], each * 3 / 4);
}

TEST_F(Damaged, TheRunGoesOnFromTheOneBeforeToTheSameBits) {
  const fs::path kept = folder_ / "kept";
  fs::copy(hurt_.folder(), kept, fs::copy_options::recursive);
  for (int round = 0; round < 12; ++round) {
    const Damage damage = round % 3 == 0 ? truncated() : round % 3 == 1 ? flipped() : lost_page();
    SCOPED_TRACE(damage.what);
    fs::remove_all(hurt_.folder());
    fs::copy(kept, hurt_.folder(), fs::copy_options::recursive);
    const bool passed = passed_over(damage);
    const Ended ended = hurt_.resume();
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("resuming from " + (passed ? before_ : newest_).string()));
    if (passed) {
      EXPECT_THAT(ended.err, HasSubstr("warning: passed over"));
      EXPECT_THAT(ended.err, HasSubstr(newest_.string()));
      EXPECT_THAT(hurt_.log(), HasSubstr(newest_.string()));
    }
    expect_same_end(whole_, hurt_);
    ASSERT_FALSE(HasFailure());
  }
}

}  // namespace
}  // namespace zerogap::test
