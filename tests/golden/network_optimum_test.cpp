// SPDX-License-Identifier: Apache-2.0
// frank_wolfe from its own random search, against optima that a grid found and proved
// (make_network_optima.py).

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "core/norm.hpp"
#include "data/hdf5_file.hpp"
#include "methods/network_trainer.hpp"
#include "model/form.hpp"

namespace zerogap {
namespace {

using nlohmann::json;

/// Of the objective: how far above the optimum the solver may end, twice the gap at which it stops, and how
/// far below rounding may show it.
constexpr double above = 2e-7, below = 1e-9;
/// Where mass is at t = 0, which filters reach in the limit of long ones: product's atoms go down to t = 1e-6
/// of the longest patch, so that the objective is too high by about that much, and the bound, whose M
/// includes t = 0, too low.
constexpr double above_at_zero = 5e-6;
/// Rounds that it may take.
constexpr std::int64_t rounds = 80;

struct Toy {
  std::string name;
  std::vector<std::vector<double>> y;
  std::vector<double> x;
  double lambda = 0.0, beta = 0.0;
  json optima;

  int length() const { return static_cast<int>(y.front().size()); }
};

std::ostream& operator<<(std::ostream& out, const Toy& toy) { return out << toy.name; }

std::vector<Toy> toys() {
  std::ifstream file(ZEROGAP_NETWORK_OPTIMA);
  std::vector<Toy> all;
  for (const json& each : json::parse(file))
    all.push_back({each.at("name"), each.at("patches"), each.at("target"), each.at("lambda"), each.at("beta"),
                   each.at("optima")});
  return all;
}

/// The network's objective, from its definition.
double objective(const Toy& toy, NetworkForm form, std::span<const double> u, std::span<const double> v) {
  const auto d = static_cast<std::size_t>(toy.length());
  double sum = 0.0;
  for (std::size_t i = 0; i < toy.x.size(); ++i) {
    double left = toy.x[i];
    for (std::size_t k = 0; k < v.size(); ++k) {
      double a = 0.0, squares = 0.0;
      for (std::size_t j = 0; j < d; ++j) {
        a += toy.y[i][j] * u[k * d + j];
        squares += u[k * d + j] * u[k * d + j];
      }
      const double t = form == NetworkForm::relative ? toy.lambda * std::sqrt(squares) : toy.lambda;
      left -= v[k] * std::copysign(std::max(std::abs(a) - t, 0.0), a);
    }
    sum += left * left;
  }
  for (std::size_t k = 0; k < v.size(); ++k)
    sum +=
        toy.beta * regularisation(form, row_norm(u.data(), static_cast<std::int64_t>(k), toy.length()), v[k]);
  return sum;
}

class NetworkOptimum : public testing::TestWithParam<Toy> {
 protected:
  NetworkOptimum() {
    const Toy& toy = GetParam();
    std::vector<double> rows;
    for (const auto& row : toy.y) rows.insert(rows.end(), row.begin(), row.end());
    const auto count = static_cast<std::int64_t>(toy.x.size());
    auto file = Hdf5Arrays::create(path_);
    file.write("patches", {count, toy.length()}, rows);
    file.write("target", {count}, toy.x);
    file.close();
  }
  ~NetworkOptimum() override { std::filesystem::remove(path_); }

  std::unique_ptr<NetworkTrainer<double>> solve(const Problem<double>& problem, const Config& config) {
    auto trainer = make_network_trainer<double>(Network::primal, config, problem);
    Batches batches(problem.train().data.shape, problem.train().data.images, 0, 1);
    while (!trainer->finished && trainer->epoch < rounds) trainer->step(batches);
    return trainer;
  }
  Config configuration(NetworkForm form) const {
    const auto number = [](const char* key, double value) {
      char text[64];
      std::snprintf(text, sizeof text, "%s=%.17g", key, value);
      return std::string(text);
    };
    return parse_config(
        "{}", "test",
        {"data.source=hdf5", "data.path=" + path_, "data.images=0", "data.test_images=0",
         "network.filters=60", "network.arrangements=1", "network.rho=0", "run.precision=fp64",
         "run.threads=1", "run.networks=[primal]", "optimizer.primal.name=frank_wolfe",
         "optimizer.epochs=" + std::to_string(rounds), "optimizer.primal.search_starts=64",
         "run.stop.gap=1e-7", number("network.lambda", GetParam().lambda),
         number("network.beta", GetParam().beta), "network.form=" + std::string(name_of(form))});
  }
  void expect_optimum(NetworkForm form) {
    const Toy& toy = GetParam();
    SCOPED_TRACE(name_of(form));
    const json& optimum = toy.optima.at(std::string(name_of(form)));
    const double upper = optimum.at("upper"), lower = optimum.at("lower");
    const bool limit = form == NetworkForm::product && toy.lambda > 0.0 && optimum.at("mass_at_zero") > 0.0;
    const double over = limit ? above_at_zero : above;
    const Config config = configuration(form);
    const Problem<double> problem(config, *world_);
    const auto trainer = solve(problem, config);
    const auto u = trainer->weights().result(0), v = trainer->weights().result(1);
    const double found = objective(toy, form, u, v);
    char share[32];
    std::snprintf(share, sizeof share, "%.1e", found / upper - 1);
    RecordProperty(std::string(name_of(form)) + "_above", share);
    EXPECT_LE(found, upper * (1 + over)) << "above by " << found / upper - 1;
    EXPECT_GE(found, lower * (1 - below)) << "below by " << 1 - found / lower;
    const auto record = trainer->program_record().value();
    if (form == NetworkForm::decay) return;  // what is known of its atoms is product's
    EXPECT_LE(record.objective, upper * (1 + over)) << "above by " << record.objective / upper - 1;
    EXPECT_GE(record.objective, lower * (1 - below)) << "below by " << 1 - record.objective / lower;
    // An estimate, but on two dimensions the search should miss nothing.
    EXPECT_LE(record.lower_bound.value(), upper * (1 + below));
    EXPECT_GE(record.lower_bound.value(), lower * (1 - over));
    // The prediction is unique, so the mass is: (objective - fit)/(2 beta).
    EXPECT_NEAR(record.mass, optimum.at("mass"), 1e-3 * (1e-3 + optimum.at("mass").get<double>()));
  }

  std::unique_ptr<Communicator> world_ = make_serial();
  const std::string path_ =
      (std::filesystem::temp_directory_path() / ("zerogap-optimum-" + std::to_string(::getpid()) + ".h5"))
          .string();
};

TEST_P(NetworkOptimum, IsFound) {
  for (const NetworkForm form :
       {NetworkForm::product, NetworkForm::ball, NetworkForm::relative, NetworkForm::decay})
    if (GetParam().optima.contains(std::string(name_of(form)))) expect_optimum(form);
}

INSTANTIATE_TEST_SUITE_P(Of, NetworkOptimum, testing::ValuesIn(toys()),
                         [](const auto& toy) { return toy.param.name; });

}  // namespace
}  // namespace zerogap
