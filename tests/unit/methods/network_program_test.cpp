// SPDX-License-Identifier: Apache-2.0
// Networks solved as convex programs, on lists of patches whose bounds can be computed exactly: d = 1 and 2.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "bounds/filter_problem.hpp"
#include "core/norm.hpp"
#include "core/random.hpp"
#include "data/hdf5_file.hpp"
#include "methods/network_trainer.hpp"
#include "model/form.hpp"

namespace zerogap {
namespace {

/// A list of patches (I, d) with targets (I), and everything on them in plain double arithmetic.
struct List {
  int d;
  std::vector<double> y, x;

  std::int64_t size() const { return static_cast<std::int64_t>(x.size()); }
  std::vector<double> residual(const Filters& network, double lambda, NetworkForm form) const {
    std::vector<double> r(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      r[i] = -x[i];
      for (std::int64_t k = 0; k < network.count; ++k) {
        const double* u = network.u.data() + k * d;
        double a = 0.0;
        for (int j = 0; j < d; ++j)
          a += y[i * static_cast<std::size_t>(d) + static_cast<std::size_t>(j)] * u[j];
        const double t = form == NetworkForm::relative ? lambda * row_norm(u, 0, d) : lambda;
        r[i] += network.v[static_cast<std::size_t>(k)] * std::copysign(std::max(std::abs(a) - t, 0.0), a);
      }
    }
    return r;
  }
  double objective(const Filters& network, double lambda, double beta, NetworkForm form) const {
    double sum = 0.0;
    for (const double r : residual(network, lambda, form)) sum += r * r;
    for (std::int64_t k = 0; k < network.count; ++k)
      sum += beta *
             regularisation(form, row_norm(network.u.data(), k, d), network.v[static_cast<std::size_t>(k)]);
    return sum;
  }
  /// The bound of z = -2 residual, proved by enumeration.
  double proved_bound(const Filters& network, double lambda, double beta, NetworkForm form) const {
    auto z = residual(network, lambda, form);
    for (double& each : z) each *= -2.0;
    const NetworkForm domain = form == NetworkForm::product ? NetworkForm::decay : form;
    const auto most = prove_maximum({d, size(), y, z, lambda}, domain, {});
    return lagrangian_bound(dual_sums(z, x), most.upper, beta, multiplier_scale_limit(0.0))
        .lower_bound.value();
  }
};

List random_list(std::uint64_t seed, int d, std::size_t size) {
  List list{d, std::vector<double>(static_cast<std::size_t>(d) * size), std::vector<double>(size)};
  Random(seed, RandomUse::initial).normals(0, list.y);
  Random(seed, RandomUse::initial).normals(1, list.x);
  return list;
}

/// The paper's input of figure 6 with a column of ones.
List figure6() { return {2, {-1, 1, 2, 1, 0, 1, 1, 1, 2, 1}, {2, 1, 2, 1, 2}}; }

/// A solved network.
struct Solved {
  Filters network;
  NetworkProgramRecord record;
};

class NetworkProgram : public testing::Test {
 protected:
  NetworkProgram() { std::filesystem::create_directory(folder_); }
  ~NetworkProgram() override { std::filesystem::remove_all(folder_); }

  /// The list as a file; its path.
  std::string write(const List& list) {
    std::string path = (folder_ / "data.h5").string();
    std::filesystem::remove(path);
    auto file = Hdf5Arrays::create(path);
    file.write("patches", {list.size(), list.d}, list.y);
    file.write("target", {list.size()}, list.x);
    file.close();
    return path;
  }
  /// For such a file.
  static Config in_float(const std::string& path, NetworkForm form, int filters, int epochs) {
    return parse_config(
        "{}", "test",
        {"data.source=hdf5", "data.path=" + path, "data.images=0", "data.test_images=0",
         "network.filters=" + std::to_string(filters), "network.form=" + std::string(name_of(form)),
         "network.arrangements=1", "network.rho=0", "run.threads=1", "run.networks=[primal]",
         "optimizer.primal.name=frank_wolfe", "optimizer.epochs=" + std::to_string(epochs),
         "network.lambda=0.2", "network.beta=0.05"});
  }
  Solved solve(const List& list, NetworkForm form, double lambda, double beta,
               std::vector<std::string> more = {}) {
    const std::string path = write(list);
    more.insert(
        more.begin(),
        {"data.source=hdf5", "data.path=" + path, "data.images=0", "data.test_images=0", "network.filters=60",
         "network.arrangements=1", "network.rho=0", "run.precision=fp64", "run.threads=1",
         "run.networks=[primal]", "optimizer.primal.name=frank_wolfe", "optimizer.epochs=60",
         "optimizer.primal.search_starts=64", "run.stop.gap=1e-5", "network.lambda=" + std::to_string(lambda),
         "network.beta=" + std::to_string(beta), "network.form=" + std::string(name_of(form))});
    const Config config = parse_config("{}", "test", more);
    const Problem<double> problem(config, *world_);
    const auto trainer = make_network_trainer<double>(Network::primal, config, problem);
    Batches batches(problem.train().data.shape, problem.train().data.images, 0, 1);
    while (!trainer->finished && trainer->epoch < 60) trainer->step(batches);
    const auto u = trainer->weights().result(0), v = trainer->weights().result(1);
    return {{static_cast<std::int64_t>(v.size()), list.d, {u.begin(), u.end()}, {v.begin(), v.end()}},
            trainer->program_record().value()};
  }

  std::unique_ptr<Communicator> world_ = make_serial();
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("zerogap-program-" + std::to_string(::getpid()));
};

TEST_F(NetworkProgram, ClosesTheExactBoundOfProductBallAndRelative) {
  const std::vector<List> lists = {figure6(), random_list(1, 2, 8), random_list(2, 2, 12),
                                   random_list(3, 1, 9)};
  for (std::size_t n = 0; n < lists.size(); ++n)
    for (const NetworkForm form : {NetworkForm::product, NetworkForm::ball, NetworkForm::relative})
      for (const double lambda : {0.0, 0.1, 0.5})
        for (const double beta : {0.01, 0.1, 0.5}) {
          SCOPED_TRACE("list " + std::to_string(n) + " " + std::string(name_of(form)) + " lambda " +
                       std::to_string(lambda) + " beta " + std::to_string(beta));
          const auto solved = solve(lists[n], form, lambda, beta);
          const double value = lists[n].objective(solved.network, lambda, beta, form);
          EXPECT_LE(value - lists[n].proved_bound(solved.network, lambda, beta, form), 2e-4 * value)
              << name_of(solved.record.end) << ", " << solved.record.atoms << " atoms, estimated gap "
              << solved.record.gap();
          EXPECT_NEAR(solved.record.objective, value, 1e-4 * value);
        }
}

/// The example of section 7: Y = [1], x = [1], lambda = 1, beta = 0.1.
TEST_F(NetworkProgram, FindsTheOptimaOfTheSmallestExample) {
  const List list{1, {1.0}, {1.0}};
  const auto product = solve(list, NetworkForm::product, 1.0, 0.1);
  EXPECT_NEAR(list.objective(product.network, 1.0, 0.1, NetworkForm::product), 0.19, 1e-4);
  EXPECT_NEAR(product.record.lower_bound.value(), 0.19, 1e-4);
  EXPECT_LE(product.record.lower_bound.value(), 0.19 + 1e-12);
  EXPECT_NEAR(product.record.mass_at_zero, product.record.mass, 1e-6);
  const auto decay = solve(list, NetworkForm::decay, 1.0, 0.1);
  EXPECT_NEAR(list.objective(decay.network, 1.0, 0.1, NetworkForm::decay), 0.45717, 1e-5);
  EXPECT_EQ(decay.record.split.value().filters, 1);
  EXPECT_EQ(decay.record.end, ProgramEnd::rest);
  for (const NetworkForm form : {NetworkForm::ball, NetworkForm::relative}) {
    const auto none = solve(list, form, 1.0, 0.1);
    EXPECT_THAT(none.network.v, testing::Each(0.0));
    EXPECT_EQ(none.record.end, ProgramEnd::gap);
  }
}

/// For every network: estimated bound <= product's optimum <= decay's objective <= product's + price of
/// splitting.
/// ZEROGAP_PROBLEMS says how many.
TEST_F(NetworkProgram, IsOrderedInRandomProblems) {
  const char* wanted = std::getenv("ZEROGAP_PROBLEMS");
  const std::uint64_t problems = wanted != nullptr ? std::stoull(wanted) : 100;
  for (std::uint64_t seed = 0; seed < problems; ++seed) {
    SCOPED_TRACE(seed);
    const int d = 1 + static_cast<int>(seed % 3);
    const auto list = random_list(seed, d, 3 + seed % 9);
    const double lambda = 0.05 * static_cast<double>(1 + seed % 7),
                 beta = 0.02 * static_cast<double>(1 + seed % 11);
    const auto decay =
        solve(list, NetworkForm::decay, lambda, beta,
              {"optimizer.primal.search_starts=24", "optimizer.epochs=30", "run.stop.gap=1e-3"});
    const auto& r = decay.record;
    const double zero = list.objective({0, d, {}, {}}, lambda, beta, NetworkForm::decay),
                 rounding = 1e-9 * zero;
    EXPECT_LE(r.lower_bound.value(), r.objective + rounding);
    EXPECT_LE(r.objective, zero + rounding);
    const double value = list.objective(decay.network, lambda, beta, NetworkForm::decay);
    ASSERT_TRUE(r.split);
    EXPECT_NEAR(value, r.split->objective, 1e-9 * zero);
    EXPECT_LE(value, r.objective + r.split->price + rounding);
    if (d < 3) {  // the exact bound
      EXPECT_LE(list.proved_bound(decay.network, lambda, beta, NetworkForm::product), value + rounding);
    }
  }
}

/// Without a threshold one filter does what many do for less, and decay has no gap to product.
TEST_F(NetworkProgram, IsOneLinearFilterWithoutAThreshold) {
  const auto list = random_list(8, 3, 30);
  const auto decay = solve(list, NetworkForm::decay, 0.0, 0.5);
  const double value = list.objective(decay.network, 0.0, 0.5, NetworkForm::decay);
  EXPECT_LE(value - list.proved_bound(decay.network, 0.0, 0.5, NetworkForm::product), 1e-4 * value);
  EXPECT_EQ(decay.record.split.value().filters, 1);
  EXPECT_EQ(decay.record.split->wanted, 1);
}

/// A width that cannot hold the split: the network is smaller than its atoms ask for, and says so.
TEST_F(NetworkProgram, SplitsIntoAsManyFiltersAsThereAre) {
  const auto list = random_list(9, 2, 60);
  const auto few = solve(list, NetworkForm::decay, 0.02, 0.05, {"network.filters=5"});
  EXPECT_LE(few.record.split.value().filters, 5);
  EXPECT_GT(few.record.split->wanted, 5);
}

TEST_F(NetworkProgram, KeepsToItsFilters) {
  const auto list = random_list(5, 2, 40);
  for (const NetworkForm form :
       {NetworkForm::decay, NetworkForm::product, NetworkForm::ball, NetworkForm::relative}) {
    SCOPED_TRACE(name_of(form));
    const auto three = solve(list, form, 0.2, 0.05, {"network.filters=3"});
    EXPECT_EQ(three.network.count, 3);
    if (form == NetworkForm::decay) continue;  // not convex: more filters may end in a worse minimum
    const auto many = solve(list, form, 0.2, 0.05);
    const double of_three = list.objective(three.network, 0.2, 0.05, form);
    EXPECT_LE(list.objective(many.network, 0.2, 0.05, form), of_three + 1e-9);
    EXPECT_EQ(three.record.split.has_value(), three.record.atoms > 3);
    if (!three.record.split) continue;
    EXPECT_EQ(three.record.split->wanted, three.record.atoms);
    EXPECT_NEAR(three.record.split->objective, of_three, 1e-9 * of_three);
    EXPECT_NEAR(three.record.lower_bound.value(), many.record.lower_bound.value(), 1e-3 * of_three);
  }
}

TEST_F(NetworkProgram, LeavesNothingWhereNothingIsWorthAFilter) {
  const auto list = random_list(6, 2, 10);
  for (const NetworkForm form :
       {NetworkForm::decay, NetworkForm::product, NetworkForm::ball, NetworkForm::relative}) {
    SCOPED_TRACE(name_of(form));
    const auto none = solve(list, form, 0.2, 1e3);
    EXPECT_THAT(none.network.v, testing::Each(0.0));
    EXPECT_EQ(none.record.atoms, 0);
    EXPECT_NEAR(none.record.gap(), 0.0, 1e-9);
  }
}

/// A round is a function of what the last one left: numbers that were written and read again change nothing.
TEST_F(NetworkProgram, GoesOnFromItsNumbersToTheSameBits) {
  const Config config = in_float(write(random_list(7, 2, 30)), NetworkForm::decay, 40, 24);
  const Problem<float> problem(config, *world_);
  Batches batches(problem.train().data.shape, problem.train().data.images, 0, 1);
  const auto undisturbed = make_network_trainer<float>(Network::primal, config, problem);
  auto resumed = make_network_trainer<float>(Network::primal, config, problem);
  while (!undisturbed->finished && undisturbed->epoch < 24) {
    undisturbed->step(batches);
    resumed->step(batches);
    auto next = make_network_trainer<float>(Network::primal, config, problem);
    next->weights().restore(resumed->weights().scalars());
    next->epoch = resumed->epoch;
    next->steps = resumed->steps;
    next->finished = resumed->finished;
    resumed = std::move(next);
    EXPECT_EQ(resumed->weights().scalars(), undisturbed->weights().scalars());
    for (const std::size_t p : {0U, 1U})
      EXPECT_THAT(resumed->weights().result(p), testing::ElementsAreArray(undisturbed->weights().result(p)));
  }
  EXPECT_TRUE(resumed->program_record()->split);
}

/// The network shown is the best so far, and never worse than none, also where there come to be more or fewer
/// atoms than filters, and where more rounds than at first go on with the atoms.
TEST_F(NetworkProgram, ShowsTheBestNetworkSoFar) {
  const auto list = random_list(7, 2, 30);
  const std::string path = write(list);
  for (const NetworkForm form : all_forms) {
    SCOPED_TRACE(name_of(form));
    const Config few = in_float(path, form, 8, 16), many = in_float(path, form, 8, 60);
    const Problem<float> problem(many, *world_);
    Batches batches(problem.train().data.shape, problem.train().data.images, 0, 1);
    double lowest = list.objective({0, 2, {}, {}}, 0.2, 0.05, form);
    const auto run = [&](NetworkTrainer<float>& trainer, int epochs) {
      while (!trainer.finished && trainer.epoch < epochs) {
        trainer.step(batches);
        const auto u = trainer.weights().result(0), v = trainer.weights().result(1);
        const double value =
            list.objective({8, 2, {u.begin(), u.end()}, {v.begin(), v.end()}}, 0.2, 0.05, form);
        EXPECT_LE(value, lowest * (1.0 + 1e-6)) << "epoch " << trainer.epoch;
        lowest = std::min(lowest, value);
      }
      return trainer.program_record().value();
    };
    const auto first = make_network_trainer<float>(Network::primal, few, problem);
    const auto before = run(*first, 16);
    const auto raised = make_network_trainer<float>(Network::primal, many, problem);
    raised->weights().restore(first->weights().scalars());
    raised->epoch = first->epoch;
    raised->steps = first->steps;
    const auto after = run(*raised, 60);
    EXPECT_LE(after.objective, before.objective * (1.0 + 1e-6));
    if (form == NetworkForm::decay) {  // few rounds were too few for its atoms
      EXPECT_LT(after.gap(), before.gap());
    }
  }
}

/// The atoms of a network that is given may ask for another one, but what is shown is never worse than it.
TEST_F(NetworkProgram, IsNeverWorseThanTheNetworkItStartsFrom) {
  const auto list = random_list(7, 2, 30);
  const auto solved = solve(list, NetworkForm::decay, 0.2, 0.05, {"network.filters=3"}).network;
  const double given = list.objective(solved, 0.2, 0.05, NetworkForm::decay);
  const Config config = in_float(write(list), NetworkForm::decay, 3, 1);
  const Problem<float> problem(config, *world_);
  Batches batches(problem.train().data.shape, problem.train().data.images, 0, 1);
  const auto objective = [&](NetworkTrainer<float>& trainer) {
    const auto u = trainer.weights().result(0), v = trainer.weights().result(1);
    return list.objective({3, 2, {u.begin(), u.end()}, {v.begin(), v.end()}}, 0.2, 0.05, NetworkForm::decay);
  };
  const auto trainer = make_network_trainer<float>(Network::primal, config, problem, &solved);
  EXPECT_NEAR(objective(*trainer), given, 1e-5 * given);
  trainer->step(batches);
  EXPECT_LE(objective(*trainer), given * (1.0 + 1e-5));
}

/// Y = [1], x = [1], lambda = 1: with beta = 0.3 product has a network (m = 0.7 at t = 0: 0.51) and decay
/// none that is better than no network.
TEST_F(NetworkProgram, ShowsNoNetworkThatIsWorseThanNone) {
  const List list{1, {1.0}, {1.0}};
  const auto decay = solve(list, NetworkForm::decay, 1.0, 0.3);
  EXPECT_THAT(decay.network.v, testing::Each(0.0));
  EXPECT_NEAR(decay.record.objective, 0.51, 1e-5);
  EXPECT_EQ(decay.record.split.value().filters, 0);
  EXPECT_EQ(decay.record.split->objective, 1.0);
  EXPECT_EQ(decay.record.end, ProgramEnd::rest);
}

}  // namespace
}  // namespace zerogap
