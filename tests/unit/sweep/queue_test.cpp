// SPDX-License-Identifier: Apache-2.0
// In which order cells are handed out, and to whom. The cells are made by hand, and nothing is computed.

#include "sweep/queue.hpp"

#include "unit/sweep/support.hpp"

namespace zerogap {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Queues : public test::HandmadeStore {
 protected:
  static Cell sized(const std::string& name, double pairs, const std::string& start = "") {
    return {.name = name, .identity = "of " + name, .pairs = pairs, .start = start};
  }
  CellQueue queue(const SweepPlan& plan, const std::string& only = "", bool retry_failed = false) const {
    return {store_, plan, only, retry_failed};
  }
  /// Takes cells, as one who keeps them, until none is left.
  std::vector<std::string> take_all(CellQueue& queue, const SweepPlan& plan) {
    std::vector<std::string> names;
    while (auto taken = queue.next()) {
      names.push_back(plan.cells[taken->cell].name);
      kept_.push_back(std::move(taken->claim));
    }
    return names;
  }
  /// Takes the next cell and lets it fail; its name.
  static std::string fail_next(CellQueue& queue, const SweepPlan& plan, bool for_good = false) {
    const auto taken = queue.next();
    if (!taken) return "none";
    queue.failed(taken->cell, "it failed", for_good);
    return plan.cells[taken->cell].name;
  }

  std::vector<std::unique_ptr<Claim>> kept_;
};

TEST_F(Queues, HandOutTheLargestCellFirst) {
  const auto plan = plan_of({sized("a", 1), sized("b", 3), sized("c", 2), sized("d", 3)});
  auto mine = queue(plan);
  EXPECT_THAT(take_all(mine, plan), ElementsAre("b", "d", "c", "a"));
}

TEST_F(Queues, CountWhatGoesOnFromACellAndLetThatWait) {
  const auto plan = plan_of({sized("a", 1), sized("b", 1, "a"), sized("c", 4, "b"), sized("d", 5)});
  auto mine = queue(plan);
  EXPECT_THAT(take_all(mine, plan), ElementsAre("a", "d")) << "1 + 1 + 4 pairs wait for a, 5 for d";
  finish(plan.cells[0]);
  EXPECT_THAT(take_all(mine, plan), ElementsAre("b"));
  finish(plan.cells[1], {{"status", "diverged"}});
  EXPECT_THAT(take_all(mine, plan), ElementsAre("c")) << "a divergence is a result";
}

TEST_F(Queues, LetNothingStartFromADamagedResult) {
  const auto plan = plan_of({sized("a", 2), sized("b", 1, "a")}, 0);
  write("a", "result.json", "{");
  auto mine = queue(plan);
  EXPECT_THAT(take_all(mine, plan), IsEmpty());
  EXPECT_THAT(store_.failure("a").value().message, HasSubstr("result.json is damaged (it is not JSON)"));
  EXPECT_FALSE(store_.failure("b"));
}

TEST_F(Queues, OfOneStoreShareItsCells) {
  const auto plan = plan_of({sized("a", 5), sized("b", 4), sized("c", 3), sized("d", 2)});
  auto one = queue(plan), other = queue(plan);
  std::vector<std::string> got;
  for (CellQueue* each : {&one, &other, &other, &one}) {
    auto taken = each->next();
    ASSERT_TRUE(taken);
    got.push_back(plan.cells[taken->cell].name);
    kept_.push_back(std::move(taken->claim));
  }
  EXPECT_THAT(got, ElementsAre("a", "b", "c", "d"));
  EXPECT_FALSE(one.next());
  kept_[1].reset();  // given back unfinished, as by one who was stopped
  EXPECT_EQ(one.next().value().cell, 1U);
}

TEST_F(Queues, PassOverFinishedCellsAndTidyThem) {
  const auto plan = plan_of({sized("a", 2), sized("b", 1)});
  finish(plan.cells[0]);
  write("a", "claim.3", "");
  auto mine = queue(plan);
  EXPECT_THAT(take_all(mine, plan), ElementsAre("b"));
  EXPECT_EQ(mine.finished(), 1U);
  EXPECT_FALSE(std::filesystem::exists(cell("a") / "claim.3"));
}

TEST_F(Queues, DoNotHandOutWhatWasSettledHere) {
  const auto plan = plan_of({sized("a", 2), sized("b", 1)});
  auto mine = queue(plan);
  mine.mark_done(mine.next().value().cell);
  EXPECT_THAT(take_all(mine, plan), ElementsAre("b"));
  EXPECT_EQ(mine.finished(), 0U) << "nobody else finished it";
}

TEST_F(Queues, TryAFailedCellAgainAfterAllOthersAsOftenAsRetriesSay) {
  const auto plan = plan_of({sized("a", 3), sized("b", 2), sized("c", 1)}, 2);
  auto mine = queue(plan);
  EXPECT_EQ(fail_next(mine, plan), "a");
  mine.mark_done(mine.next().value().cell);
  mine.mark_done(mine.next().value().cell);
  EXPECT_EQ(fail_next(mine, plan), "a");
  EXPECT_EQ(fail_next(mine, plan), "a");
  EXPECT_EQ(fail_next(mine, plan), "none");
  EXPECT_EQ(store_.failure("a").value().attempts, 3);
  EXPECT_EQ(store_.failure("a").value().message, "it failed");
  auto later = queue(plan);
  EXPECT_THAT(take_all(later, plan), ElementsAre("b", "c")) << "another process does not try again either";
}

TEST_F(Queues, DoNotRetryWhatWouldFailAgain) {
  const auto plan = plan_of({sized("a", 1)}, 2);
  auto mine = queue(plan);
  EXPECT_EQ(fail_next(mine, plan, true), "a");
  EXPECT_EQ(fail_next(mine, plan), "none");
  EXPECT_EQ(store_.failure("a").value().attempts, 3) << "so that the next process leaves it alone, too";
}

TEST_F(Queues, GiveFailedCellsTheirRetriesAgainOnRequest) {
  const auto plan = plan_of({sized("a", 2), sized("b", 1)}, 1);
  fail("a", {.attempts = 2, .message = "before"});
  auto again = queue(plan, "", true);
  again.mark_done(again.next().value().cell);  // b, which has not been tried
  EXPECT_EQ(fail_next(again, plan), "a");
  EXPECT_EQ(fail_next(again, plan), "a");
  EXPECT_EQ(fail_next(again, plan), "none");
  EXPECT_EQ(store_.failure("a").value().attempts, 4);
  auto once_more = queue(plan, "", true);
  once_more.mark_done(once_more.next().value().cell);
  EXPECT_EQ(fail_next(once_more, plan, true), "a");
  EXPECT_EQ(fail_next(once_more, plan), "none");
  EXPECT_EQ(store_.failure("a").value().attempts, 6) << "4 were forgiven, 1 + 1 are used up";
}

TEST_F(Queues, OfOneCellHandOutNoOtherWhateverHappenedToIt) {
  const auto plan = plan_of({sized("a", 2), sized("b", 1)}, 0);
  fail("b", {.attempts = 7});
  auto alone = queue(plan, "b");
  EXPECT_THAT(take_all(alone, plan), ElementsAre("b"));
}

TEST_F(Queues, RecordADamagedResultAsAFailureAndComputeItAgainOnRequest) {
  const auto plan = plan_of({sized("a", 2), sized("b", 1)}, 1);
  write("a", "result.json", R"({"status": "complete", "cell": {"schema": 1, "name": "z", "identity": ""}})");
  auto mine = queue(plan);
  EXPECT_THAT(take_all(mine, plan), ElementsAre("b"));
  EXPECT_EQ(store_.failure("a").value().attempts, 2);
  EXPECT_THAT(store_.failure("a").value().message, HasSubstr("it is the result of another cell, z"));
  kept_.clear();
  auto again = queue(plan, "", true);
  EXPECT_THAT(take_all(again, plan), ElementsAre("b", "a"));
  EXPECT_TRUE(std::filesystem::exists(cell("a") / "result.json.damaged"));
}

TEST_F(Queues, PassOverWhatIsNoFolder) {
  const auto plan = plan_of({sized("a", 3), sized("b", 2), sized("c", 1)});
  test::write_text(store_.cell("a"), "a file");
  std::filesystem::create_symlink("nowhere", store_.cell("b"));
  auto mine = queue(plan);
  EXPECT_THAT(take_all(mine, plan), ElementsAre("c"));
  EXPECT_EQ(mine.unusable().at(0), store_.cell("a").string() + " is no folder; move it away");
  EXPECT_EQ(mine.unusable().size(), 2U);
}

}  // namespace
}  // namespace zerogap
