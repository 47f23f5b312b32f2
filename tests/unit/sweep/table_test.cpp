// SPDX-License-Identifier: Apache-2.0
#include "sweep/table.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>

#include "checkpoint/checkpoint.hpp"

namespace zerogap {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Table table_of(std::vector<Row> rows) {
  Table table;
  table.columns = {{"cell", Role::name},        {"network", Role::name},
                   {"status", Role::name},      {"network.beta", Role::setting},
                   {"init.seed", Role::seed},   {"optimizer.lr", Role::rate},
                   {"objective", Role::metric}, {"gap", Role::metric},
                   {"psnr", Role::metric}};
  table.rows = std::move(rows);
  return table;
}

Row row(double beta, int seed, double lr, Value objective, Value gap = 0.01) {
  return {{"cell", "c"},
          {"network", "dual"},
          {"status", "complete"},
          {"network.beta", beta},
          {"init.seed", seed},
          {"optimizer.lr", lr},
          {"objective", objective},
          {"gap", gap},
          {"psnr", 20.0},
          {"fit", 1.0},
          {"baselines.zero_objective", 100.0}};
}

std::string warnings(Table table) {
  add_sanity_flags(table);
  std::string text;
  for (const auto& warning : table.warnings) text += warning + "\n";
  return text;
}

TEST(SanityChecks, ASoundTableHasNone) {
  EXPECT_THAT(warnings(table_of({row(1, 1, 0.1, 10.0), row(2, 1, 0.1, 11.0)})), IsEmpty());
}

TEST(SanityChecks, ADeadNetworkIsFlagged) {
  Table table = table_of({row(1, 1, 0.1, 100.0), row(2, 1, 0.1, 11.0)});
  add_sanity_flags(table);
  EXPECT_EQ(table.rows[0]["flags"], "objective = |x|^2");
  EXPECT_TRUE(table.rows[1]["flags"].is_null());
  EXPECT_EQ(table.columns[3].name, "flags");
}

TEST(SanityChecks, AMissingGapAndNumbersThatAreNoneAreFlagged) {
  EXPECT_THAT(warnings(table_of({row(1, 1, 0.1, 10.0, nullptr), row(2, 1, 0.1, 11.0)})),
              HasSubstr("1 cell: gap missing"));
  EXPECT_THAT(warnings(table_of({row(1, 1, 0.1, nullptr), row(2, 1, 0.1, 11.0)})),
              HasSubstr("1 cell: NaN in objective"));
}

TEST(SanityChecks, ACertifiedDualAboveItsGapIsFlagged) {
  auto open = row(1, 1, 0.1, 10.0, 0.01), closed = row(2, 1, 0.1, 11.0, 1e-5);
  open["run.stop.gap"] = closed["run.stop.gap"] = 1e-4;
  EXPECT_THAT(warnings(table_of({open, closed})), HasSubstr("1 cell: gap above run.stop.gap"));
}

TEST(SanityChecks, EqualRowsAndIdleAxesAreFlagged) {
  EXPECT_THAT(warnings(table_of({row(1, 1, 0.1, 10.0), row(2, 2, 0.1, 10.0)})),
              HasSubstr("all 2 dual cells have the objective 10.0"));
  EXPECT_THAT(warnings(table_of({row(1, 1, 0.1, 10.0), row(1, 2, 0.1, 10.0), row(2, 1, 0.1, 12.0)})),
              HasSubstr("init.seed changes no dual objective"));
}

TEST(SanityChecks, ADivergedCellIsAResultAndSaysSo) {
  auto diverged = row(1, 1, 0.1, nullptr);
  diverged["status"] = "diverged";
  Table table = table_of({diverged, row(2, 1, 0.1, 11.0)});
  add_sanity_flags(table);
  EXPECT_EQ(table.rows[0]["flags"], "diverged");
}

TEST(Summary, TakesMeanSpreadAndBestOverSeedsAndMarksTheBestRate) {
  const Table summary = summarise(table_of({row(1, 1, 0.1, 10.0), row(1, 2, 0.1, 14.0), row(1, 1, 0.2, 11.0),
                                            row(1, 2, 0.2, 11.5, 0.5), row(3, 1, 0.1, 1.0)}));
  ASSERT_EQ(summary.rows.size(), 3u);
  auto first = summary.rows[0], second = summary.rows[1];
  EXPECT_EQ(first["cells"], 2);
  EXPECT_EQ(first["objective.mean"], 12.0);
  EXPECT_DOUBLE_EQ(first["objective.deviation"].number(), std::sqrt(8.0));
  EXPECT_EQ(first["objective.best"], 10.0);
  EXPECT_EQ(first["best_rate"], false);
  EXPECT_EQ(second["best_rate"], true);
  EXPECT_EQ(second["gap.largest"], 0.5);
  auto third = summary.rows[2];
  EXPECT_TRUE(third["objective.deviation"].is_null());
}

TEST(Csv, QuotesWhatNeedsItAndReadsBackExactly) {
  Table table;
  table.columns = {{"a,b", Role::name}, {"x", Role::metric}, {"f", Role::metric}, {"none", Role::metric}};
  table.rows = {{{"a,b", "say \"hi\"\nthere"}, {"x", 0.1 + 0.2}, {"f", true}}};
  EXPECT_EQ(to_csv(table), "\"a,b\",x,f,none\n\"say \"\"hi\"\"\nthere\",0.30000000000000004,1,\n");
}

TEST(Hdf5, HasAColumnADataset) {
  const auto file =
      std::filesystem::temp_directory_path() / ("table_test." + std::to_string(::getpid()) + ".h5");
  Table table = table_of({row(1, 1, 0.1, 10.5), row(2, 1, 0.1, nullptr)});
  table.sweeps = {"s"};
  write_hdf5(table, file);
  const CheckpointReader reader = open_plain(file);
  EXPECT_EQ(reader.text("sweeps"), "s");
  EXPECT_EQ(reader.text("objective/role"), "metric");
  const auto values = reader.read<double>("objective");
  ASSERT_EQ(values.size(), 2u);
  EXPECT_EQ(values[0], 10.5);
  EXPECT_TRUE(std::isnan(values[1]));
  EXPECT_THAT(reader.arrays(), Contains("network.beta"));
  std::filesystem::remove(file);
}

TEST(Text, AlignsColumns) {
  Table table;
  table.columns = {{"a", Role::name}, {"long name", Role::metric}};
  table.rows = {{{"a", "wide"}, {"long name", 1.5}}};
  EXPECT_EQ(to_text(table), "a     long name\nwide  1.5\n");
}

}  // namespace
}  // namespace zerogap
