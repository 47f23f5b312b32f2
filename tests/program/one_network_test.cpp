// SPDX-License-Identifier: Apache-2.0
// Every command that applies a network gives one answer for the same images: evaluate, denoise, and what
// export writes, in every form, normalised or not, on images whose statistics are not those of training.

#include <ATen/ATen.h>
#include <torch/csrc/jit/serialization/import.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>
#include <fstream>

#include "checkpoint/checkpoint.hpp"
#include "data/hdf5_file.hpp"
#include "evaluation/evaluate_file.hpp"
#include "inference/export.hpp"
#include "inference/network.hpp"
#include "program/runs.hpp"

namespace zerogap::test {
namespace {

using Json = nlohmann::json;
using Numbers = std::vector<double>;
namespace fs = std::filesystem;

constexpr double agreement = 1e-6;  // of the largest number, where that is above 1

/// Arrays of an .npz whose entries are not compressed, by name.
std::map<std::string, Numbers> npz_arrays(const fs::path& file) {
  const std::string bytes = text_of(file);
  const auto number = [&](std::size_t at, int size) {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data() + at, static_cast<std::size_t>(size));
    return value;
  };
  std::map<std::string, Numbers> arrays;
  std::size_t at = 0;
  while (bytes.compare(at, 4, "PK\3\4") == 0) {
    const std::size_t size = number(at + 18, 4), name = number(at + 26, 2), extra = number(at + 28, 2);
    const std::size_t npy = at + 30 + name + extra, header = npy + 10 + number(npy + 8, 2);
    Numbers values((npy + size - header) / sizeof(double));
    std::memcpy(values.data(), bytes.data() + header, values.size() * sizeof(double));
    std::string key = bytes.substr(at + 30, name);
    arrays[key.substr(0, key.rfind(".npy"))] = values;
    at = npy + size;
  }
  return arrays;
}

TrainedNetwork network_of(const std::map<std::string, Numbers>& a) {
  TrainedNetwork n;
  n.side = static_cast<int>(a.at("filter")[0]);
  n.lambda = a.at("lambda")[0];
  n.normalisation = {a.at("mean")[0], a.at("deviation")[0]};
  n.gated = a.contains("g");
  const int d = n.side * n.side;
  if (n.gated)
    n.dual = {static_cast<std::int64_t>(a.at("g").size()) / d, d, a.at("g"), a.at("w"), a.at("w_prime")};
  else
    n.filters = {static_cast<std::int64_t>(a.at("v").size()), d, a.at("u"), a.at("v")};
  return n;
}

class OneNetwork : public ::testing::Test {
 protected:
  /// Six images, brighter and with less contrast than those of the training.
  void make_images() {
    const Ended drawn = zerogap({"data", "--set", "data.source=digits", "--set", "data.images=6", "--set",
                                 "data.seed=7", "--out", at("drawn.h5")});
    ASSERT_EQ(drawn.code, 0) << drawn.err;
    const auto file = open_plain(at("drawn.h5"));
    shape_ = file.shape("noisy");
    auto clean = file.read<double>("clean");
    noisy_ = file.read<double>("noisy");
    for (auto* array : {&clean, &noisy_})
      for (double& value : *array) value = 0.4 + 0.5 * value;
    write_images("other.h5", clean, noisy_);
  }
  void write_images(const std::string& name, const Numbers& clean, const Numbers& noisy) {
    auto file = Hdf5Arrays::create(at(name));
    const std::vector<std::int64_t> shape(shape_.begin(), shape_.end());
    file.write("clean", shape, clean);
    file.write("noisy", shape, noisy);
    file.close();
  }

  /// What evaluate predicts of the images, in their own units.
  Numbers evaluated(const std::string& weights, const std::string& network, const Normalisation& n) {
    EvaluateOptions options;
    options.data = at("other.h5");
    options.weights = weights;
    options.gradients = at("p" + std::to_string(++files_) + ".h5");
    options.overrides = {"run.precision=fp64", "run.threads=1"};
    options.best = weights == at("run");
    evaluate_file(options, *make_serial());
    auto values = CheckpointReader(options.gradients).read<double>(network + "/pred");
    for (double& value : values) value = value * n.deviation + n.mean;
    return values;
  }
  Numbers denoised(const TrainedNetwork& network) const {
    Numbers all;
    const std::size_t size = shape_[1] * shape_[2];
    for (std::size_t i = 0; i < shape_[0]; ++i) {
      const auto one = apply(network, std::span(noisy_).subspan(i * size, size), static_cast<int>(shape_[1]),
                             static_cast<int>(shape_[2]));
      all.insert(all.end(), one.begin(), one.end());
    }
    return all;
  }
  Numbers scripted(const std::string& file) const {
    auto module = torch::jit::load(file);
    auto input = at::empty({static_cast<std::int64_t>(shape_[0]), 1, static_cast<std::int64_t>(shape_[1]),
                            static_cast<std::int64_t>(shape_[2])});
    for (std::size_t k = 0; k < noisy_.size(); ++k)
      input.data_ptr<float>()[k] = static_cast<float>(noisy_[k]);
    const auto out = module.forward({input}).toTensor().contiguous();
    return {out.data_ptr<float>(), out.data_ptr<float>() + out.numel()};
  }
  std::string exported(const std::string& network, const std::string& format) {
    const std::string file = at(network + "." + format);
    export_network({{at("run"), network, {}}, format, file});
    return file;
  }

  void expect_one_answer(const Settings& more) {
    make_images();
    Settings settings = {"run.precision=fp64", "optimizer.epochs=8", "optimizer.lr=0.01", "network.rho=0"};
    settings.insert(settings.end(), more.begin(), more.end());
    const Training run(folder_ / "run", settings);
    const Ended trained = run.train();
    ASSERT_EQ(trained.code, 0) << trained.err;
    for (const std::string name : {"primal", "mapped", "mapped_gate", "dual"}) {
      const auto network = load_network({at("run"), name, {}});
      const auto expected = denoised(network);
      const auto& n = network.normalisation;
      // As a file of weights what was mapped is a primal network.
      const std::string stored = name == "dual" ? "dual" : "primal";
      const std::map<std::string, Numbers> found = {
          {"evaluate", evaluated(at("run"), name, n)},
          {"hdf5, denoise", denoised(load_network({exported(name, "hdf5"), "", {}}))},
          {"hdf5, evaluate", evaluated(at(name + ".hdf5"), stored, n)},
          {"npz", denoised(network_of(npz_arrays(exported(name, "npz"))))},
          {"torchscript", scripted(exported(name, "torchscript"))}};
      double largest = 0.0;
      for (const double value : expected) largest = std::max(largest, std::abs(value - n.mean));
      EXPECT_GT(largest, 0.02) << name;  // not a comparison of zeros
      for (const auto& [command, values] : found) {
        ASSERT_EQ(values.size(), expected.size()) << command;
        double worst = 0.0;
        for (std::size_t k = 0; k < values.size(); ++k)
          worst = std::max(worst, std::abs(values[k] - expected[k]));
        EXPECT_LT(worst, agreement * std::max(1.0, largest)) << command << " of " << name;
      }
    }
  }

  std::string at(const std::string& name) const { return (folder_ / name).string(); }

  Folder folder_;
  std::vector<std::uint64_t> shape_;
  Numbers noisy_;
  int files_ = 0;
};

TEST_F(OneNetwork, Decay) { expect_one_answer({}); }
TEST_F(OneNetwork, DecayNormalised) { expect_one_answer({"data.normalise=true"}); }
TEST_F(OneNetwork, Product) { expect_one_answer({"network.form=product", "data.normalise=true"}); }
TEST_F(OneNetwork, Ball) { expect_one_answer({"network.form=ball", "network.lambda=0.05"}); }
TEST_F(OneNetwork, BallNormalised) {
  expect_one_answer({"network.form=ball", "network.lambda=0.05", "data.normalise=true"});
}
TEST_F(OneNetwork, Relative) { expect_one_answer({"network.form=relative", "patches.filter=5"}); }
TEST_F(OneNetwork, RelativeNormalised) {
  expect_one_answer({"network.form=relative", "patches.filter=5", "data.normalise=true"});
}

/// One image of one value has no deviation: that of training is taken.
TEST_F(OneNetwork, AConstantImageIsEvaluated) {
  expect_one_answer({"data.normalise=true"});
  std::fill(noisy_.begin(), noisy_.end(), 0.5);
  write_images("flat.h5", noisy_, noisy_);
  const Ended ended = zerogap({"evaluate", at("run"), "--data", at("flat.h5"), "--json"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_GT(Json::parse(ended.out)["primal"]["psnr"].get<double>(), 5.0);
}

/// beta in units of beta_max is a number of the training images and of its first blocks.
TEST_F(OneNetwork, BetaIsThatOfTraining) {
  make_images();
  const Training run(folder_ / "run",
                     {"run.networks=[dual]", "run.precision=fp64", "optimizer.name=newton",
                      "run.stop.gap=1e-3", "network.rho=0.01", "network.beta_units=beta_max",
                      "network.beta=0.05", "arrangements.pricing.rounds=2", "arrangements.pricing.add=5"});
  const Ended trained = run.train();
  ASSERT_EQ(trained.code, 0) << trained.err;
  const double beta = run.result()["beta"].get<double>();
  EXPECT_GT(beta, 0.0);
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{}, {"--data", at("other.h5")}, {"--set", "run.precision=fp32"}}) {
    std::vector<std::string> command = {"evaluate", at("run"), "--json"};
    command.insert(command.end(), more.begin(), more.end());
    const Ended ended = zerogap(command);
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(Json::parse(ended.out)["beta"].get<double>(), beta);
  }
  const Ended certified = zerogap({"certify", at("run"), "--json"});
  ASSERT_EQ(certified.code, 0) << certified.err;
  EXPECT_EQ(Json::parse(certified.out)["beta"].get<double>(), beta);
}

/// A file's numbers have the limits of the keys that they stand for.
TEST_F(OneNetwork, NumbersOfAFileHaveLimits) {
  make_images();
  const auto refused = [&](const std::string& name, double value, const std::string& fragment) {
    const std::string file = name + std::to_string(++files_) + ".h5";
    auto out = Hdf5Arrays::create(at(file));
    out.write("primal/u", {1, 9}, Numbers(9, name == "u" ? value : 0.1));
    out.write("primal/v", {1}, Numbers{1.0});
    const auto number = [&](const std::string& key, double otherwise) {
      out.write_number("/", key, name == key ? value : otherwise);
    };
    number("lambda", 0.1);
    number("mean", 0.2);
    number("deviation", 0.3);
    out.close();
    expect_error(zerogap({"evaluate", at(file), "--data", at("other.h5")}), 3, {fragment});
    if (name == "u" && std::isfinite(value)) return;
    write_text(at("image.png"), "");
    expect_error(zerogap({"denoise", at(file), at("image.png"), "--out", at("out")}), 3, {fragment});
    expect_error(zerogap({"export", at(file), "--format", "npz", "--out", at("out.npz")}), 3, {fragment});
    EXPECT_FALSE(fs::exists(at("out.npz")));
  };
  const double nan = std::nan(""), infinite = std::numeric_limits<double>::infinity();
  for (const double value : {nan, infinite, -0.1}) refused("lambda", value, "attribute lambda");
  for (const double value : {nan, infinite}) refused("mean", value, "attribute mean");
  for (const double value : {nan, infinite, 0.0, -1.0}) refused("deviation", value, "attribute deviation");
  for (const double value : {nan, infinite}) refused("u", value, "NaN or infinity");
  refused("u", 1e200, "single precision");
  refused("u", 1e32, "too large to be evaluated");
}

TEST_F(OneNetwork, StartWeightsHaveLimits) {
  const Training run(folder_ / "run", {"run.networks=[primal]", "init.kind=file", "init.path=" + at("w.h5")});
  const auto refused = [&](double value, const std::string& fragment) {
    fs::remove(at("w.h5"));
    auto out = Hdf5Arrays::create(at("w.h5"));
    out.write("primal/u", {7, 9}, Numbers(63, value));
    out.write("primal/v", {7}, Numbers(7, 1.0));
    out.close();
    expect_error(run.train(), 3, {fragment, "w.h5"});
  };
  refused(std::nan(""), "NaN or infinity");
  refused(1e32, "too large to start from");
}

}  // namespace
}  // namespace zerogap::test
