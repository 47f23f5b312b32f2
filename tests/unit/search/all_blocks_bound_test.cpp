// SPDX-License-Identifier: Apache-2.0
#include "search/all_blocks_bound.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "core/random.hpp"
#include "data/hdf5_file.hpp"

namespace zerogap {
namespace {

/// Noisy patches that are all zero: every prediction is 0, and the optimum is exactly |x|^2 for any blocks.
class AllBlocks : public testing::Test {
 protected:
  AllBlocks() { std::filesystem::create_directory(folder_); }
  ~AllBlocks() override { std::filesystem::remove_all(folder_); }

  double bound(const std::vector<double>& x) {
    const std::string path = (folder_ / "data.h5").string();
    const auto count = static_cast<std::int64_t>(x.size());
    auto file = Hdf5Arrays::create(path);
    file.write("patches", {count, 1}, std::vector<double>(x.size(), 0.0));
    file.write("target", {count}, x);
    file.close();
    const Config config =
        parse_config("{}", "test",
                     {"data.source=hdf5", "data.path=" + path, "data.images=0", "data.test_images=0",
                      "network.arrangements=1", "network.rho=0", "network.lambda=0.5", "network.beta=0.1",
                      "run.precision=fp64", "run.threads=1"});
    const Problem<double> problem(config, *world_);
    const std::vector<double> zero(problem.blocks().g.size());
    const auto proof = bound_over_all_blocks(
        problem, DualPoint<double>{problem.blocks().g.data(), zero.data(), zero.data(), 1, 1, 1});
    return proof.value().bound.lower_bound.value();
  }

  std::unique_ptr<Communicator> world_ = make_serial();
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("zerogap-all-blocks-" + std::to_string(::getpid()));
};

/// z = 2x and s = 1 give D = z'x - |z|^2/4, which without rounding is |x|^2. The plain sum is above that in
/// about half of the cases, and with it the bound if it were not lowered.
TEST_F(AllBlocks, BoundIsLoweredByTheRoundingOfItsSums) {
  int plain_sums_above = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    std::vector<double> x(64);
    Random(seed, RandomUse::initial).normals(0, x);
    double plain = 0.0;
    long double optimum = 0.0L;
    for (const double entry : x) {
      plain += entry * entry;
      optimum += static_cast<long double>(entry) * entry;
    }
    if (plain > optimum) ++plain_sums_above;
    const double found = bound(x);
    EXPECT_LT(found, optimum);
    EXPECT_GT(found, plain * (1.0 - 1e-13));
  }
  EXPECT_GT(plain_sums_above, 0);
}

}  // namespace
}  // namespace zerogap
