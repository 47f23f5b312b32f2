// SPDX-License-Identifier: Apache-2.0
// LibTorch's autograd as the oracle: the objectives of theory.md, sections 2 and 4, written as tensor
// expressions, against values and gradients of the passes and of a trainer's step.

#include <gtest/gtest.h>
#include <torch/types.h>

#include "kernel_case.hpp"
#include "methods/network_trainer.hpp"

namespace zerogap {
namespace {

using test::CaseShape;
using test::KernelCase;
using torch::Tensor;

template <class T>
Tensor matrix(const T* values, std::int64_t rows, std::int64_t columns) {
  return torch::from_blob(const_cast<T*>(values), {rows, columns}, torch::CppTypeToScalarType<T>::value)
      .to(torch::kDouble, false, true);
}
Tensor leaf(Tensor tensor) { return tensor.set_requires_grad(true); }

/// Y (I, d), cut here once more, pixel by pixel.
template <class T>
Tensor all_patches(const PatchSource<T>& source) {
  if (source.side == 0) return matrix(source.pixels, source.images * source.width, source.length);
  const std::int64_t wide = source.width + source.side - 1;
  std::vector<double> rows;
  for (std::int64_t n = 0; n < source.images; ++n)
    for (int row = 0; row < source.height; ++row)
      for (int column = 0; column < source.width; ++column)
        for (int k = 0; k < source.length; ++k)
          rows.push_back(
              source.pixels[n * source.stride() + (row + k / source.side) * wide + column + k % source.side]);
  return matrix(rows.data(), static_cast<std::int64_t>(rows.size()) / source.length, source.length);
}

struct Program {
  Tensor y, x;
  double lambda, beta, rho;

  /// Sums over patches are multiplied by `factor`.
  Tensor primal(const Tensor& u, const Tensor& v, double factor = 1.0) const {
    return factor * fit(torch::softshrink(y.mm(u.t()), lambda).mm(v.view({-1, 1})).view(-1)) +
           beta * (u.pow(2).sum() + v.pow(2).sum());
  }
  Tensor fit(const Tensor& pred) const { return (pred - x).pow(2).sum(); }
  Tensor dual_fit(const Tensor& g, const Tensor& w, const Tensor& w_prime) const {
    return fit((q(g) * y.mm((w_prime - w).t())).sum(1));
  }
  Tensor hinge(const Tensor& g, const Tensor& w, const Tensor& w_prime) const {
    const auto c = q(g) * torch::sign(y.mm(g.t()));
    return torch::relu(-c * y.mm(w.t())).sum() + torch::relu(-c * y.mm(w_prime.t())).sum();
  }
  Tensor group(const Tensor& w, const Tensor& w_prime) const {
    return 2.0 * beta * (w.norm(2, 1).sum() + w_prime.norm(2, 1).sum());
  }
  Tensor dual(const Tensor& g, const Tensor& w, const Tensor& w_prime, double factor = 1.0) const {
    return factor * (dual_fit(g, w, w_prime) + rho * hinge(g, w, w_prime)) + group(w, w_prime);
  }
  Tensor q(const Tensor& g) const {
    const auto size = y.mm(g.t()).abs();
    return torch::where(size > lambda, 1.0 - lambda / size, torch::zeros_like(size));
  }
};

template <class T>
void expect_tensor(std::span<const T> found, const Tensor& expected, double tolerance,
                   const std::string& what) {
  const auto flat = expected.contiguous().view(-1);
  ASSERT_EQ(static_cast<std::int64_t>(found.size()), flat.numel()) << what;
  if (found.empty()) return;
  const double largest = std::max(flat.abs().max().item<double>(), 1e-30);
  double error = 0.0;
  for (std::size_t i = 0; i < found.size(); ++i)
    error = std::max(error, std::abs(double{found[i]} - flat.data_ptr<double>()[i]));
  EXPECT_LE(error, tolerance * largest) << what;
}
void expect_value(double found, const Tensor& expected, double tolerance, const char* what) {
  EXPECT_NEAR(found, expected.item<double>(), tolerance * std::max(1e-12, std::abs(expected.item<double>())))
      << what;
}

/// A case as a pass sees it.
template <class T>
PatchSet<T> patch_set(const KernelCase<T>& inputs, Communicator& axis) {
  const auto& s = inputs.shape;
  Dataset<T> data;
  const std::int64_t patches = s.images * s.height * s.width;
  data.shape = {s.images, s.height, s.width, s.side == 0, s.side == 0 ? s.length : 0, patches};
  data.images = {0, s.images};
  data.side = s.side;
  data.pixels = inputs.pixels;
  data.target = inputs.residual;  // any numbers will do
  return measure(std::move(data), axis, host_memory());
}

template <class T>
class Oracle {
 public:
  Oracle(const CaseShape& shape, BackendName backend)
      : inputs_(shape), kernels_(make_kernels<T>(backend, 2)), set_(patch_set(inputs_, *world_)) {
    program_ = {all_patches(inputs_.source()),
                matrix(inputs_.residual.data(), 1, static_cast<std::int64_t>(inputs_.patches())).view(-1),
                shape.lambda, 0.3, shape.rho};
    context_ = {kernels_.get(), &grid_, shape.lambda, 0.3, shape.rho};
    std::fill_n(inputs_.w.begin(), shape.d(), T{0});  // the norm has no gradient at zero
  }

  void check_dual() {
    const auto& s = inputs_.shape;
    DualPass<T> pass(context_);
    pass.forward({inputs_.g.data(), inputs_.w.data(), inputs_.w_prime.data(), s.blocks, s.blocks, s.d()},
                 set_, set_.all_images, true);
    const auto g = rows(inputs_.g), w = leaf(rows(inputs_.w)), w_prime = leaf(rows(inputs_.w_prime));
    const auto values = pass.values();
    expect_value(values.fit, program_.dual_fit(g, w, w_prime), tolerance(), "fit");
    expect_value(values.hinge, program_.hinge(g, w, w_prime), tolerance(), "hinge");
    expect_value(values.group, program_.group(w, w_prime), tolerance(), "group");
    expect_value(values.objective(s.rho), program_.dual(g, w, w_prime), tolerance(), "objective");
    (program_.dual(g, w, w_prime) - program_.group(w, w_prime)).backward();
    const auto& gradient = pass.backward(0.0);
    expect_tensor<double>(gradient.w, w.grad(), tolerance(), "gradient of w");
    expect_tensor<double>(gradient.w_prime, w_prime.grad(), tolerance(), "gradient of w'");
  }

  void check_primal() {
    const auto& s = inputs_.shape;
    PrimalPass<T> pass(context_);
    pass.forward({{inputs_.u.data(), inputs_.v.data(), s.blocks, s.blocks, s.d()}}, set_, set_.all_images);
    const auto u = leaf(rows(inputs_.u)), v = leaf(matrix(inputs_.v.data(), s.blocks, 1));
    expect_value(pass.values().objective(), program_.primal(u, v), tolerance(), "objective");
    const auto fit = program_.primal(u, v) - 0.3 * (u.pow(2).sum() + v.pow(2).sum());
    fit.backward();
    const auto& gradient = pass.backward(0);
    expect_tensor<double>(gradient.u, u.grad(), tolerance(), "gradient of u");
    expect_tensor<double>(gradient.v, v.grad(), tolerance(), "gradient of v");
  }

 private:
  Tensor rows(const std::vector<T>& values) const {
    return matrix(values.data(), inputs_.shape.blocks, inputs_.shape.d());
  }
  static constexpr double tolerance() { return sizeof(T) == 8 ? 1e-11 : 2e-5; }

  KernelCase<T> inputs_;
  std::unique_ptr<Communicator> world_ = make_serial();
  ProcessGrid grid_{*world_, {1, 1}};
  std::unique_ptr<Kernels<T>> kernels_;
  PatchSet<T> set_;
  PassContext<T> context_;
  Program program_;
};

class Autograd : public testing::TestWithParam<BackendName> {};
INSTANTIATE_TEST_SUITE_P(Backends, Autograd, testing::Values(BackendName::reference, BackendName::cpu),
                         [](const auto& test) {
                           return test.param == BackendName::reference ? "reference" : "cpu";
                         });

CaseShape random_shape(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto pick = [&](int low, int high) {
    return low + static_cast<int>(random() % static_cast<std::uint64_t>(high - low + 1));
  };
  CaseShape shape{.side = 2 * pick(0, 3) + 1,
                  .height = pick(1, 25),
                  .width = pick(1, 25),
                  .images = pick(1, 3),
                  .blocks = pick(1, 30)};
  if (pick(0, 3) == 0) shape.side = 0, shape.length = pick(1, 12), shape.height = 1;
  shape.lambda = 0.1 * pick(0, 12);
  shape.rho = 0.05 * pick(0, 4);
  shape.seed = seed;
  return shape;
}

TEST_P(Autograd, ValuesAndGradientsOfRandomShapes) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    auto shape = random_shape(seed);
    SCOPED_TRACE(testing::Message() << shape);
    Oracle<float> single(shape, GetParam());
    single.check_dual();
    single.check_primal();
    shape.exact = seed % 2 == 0;
    Oracle<double> twice(shape, GetParam());
    twice.check_dual();
    twice.check_primal();
  }
}

// One step of a trainer leaves the gradient of the complete objective, including norm and decay, where the
// rule took it.

Config digits(const std::string& batch, const std::string& backend) {
  return parse_config(
      "{}", "test",
      {"data.images=3", "data.test_images=0", "network.filters=5", "network.arrangements=7", "network.beta=2",
       "network.rho=0.3", "init.dual_kind=same", "run.precision=fp64", "run.threads=1", "optimizer.name=sgd",
       "optimizer.lr=1", "optimizer.batch=" + batch, "run.backend=" + backend});
}

struct Step {
  explicit Step(const Config& config)
      : world(make_serial()),
        problem(config, *world),
        batches(problem.train().data.shape, problem.train().data.images, config.primal_optimizer.batch, 1) {}

  /// The patches of the first batch.
  Program program(const Config& config) {
    const Batch first = batches.batch(0, 0);
    const auto& data = problem.train().data;
    const std::int64_t pixels = data.source().pixels_per_image();
    std::vector<std::int64_t> picked;
    for (const auto image : first.images)
      for (std::int64_t i = 0; i < pixels; ++i) picked.push_back(image * pixels + i);
    const auto index = torch::tensor(picked);
    factor = first.factor;
    return {all_patches(data.source()).index_select(0, index),
            matrix(data.target.data(), 1, static_cast<std::int64_t>(data.target.size()))
                .view(-1)
                .index_select(0, index),
            config.network.lambda, config.network.beta, config.network.rho};
  }
  /// Parameters at the start.
  Tensor start(NetworkTrainer<double>& trainer, std::size_t p) const {
    const auto values = trainer.optimizer().iterate(p);
    return leaf(
        matrix(values.data(), trainer.total(), static_cast<std::int64_t>(values.size()) / trainer.total()));
  }

  std::unique_ptr<Communicator> world;
  Problem<double> problem;
  Batches batches;
  double factor = 1.0;
};

void check_step(Network network, const std::string& batch, const std::string& backend) {
  const Config config = digits(batch, backend);
  Step step(config);
  const Program program = step.program(config);
  const auto trainer = make_network_trainer<double>(network, config, step.problem);
  const Tensor first = step.start(*trainer, 0), second = step.start(*trainer, 1);
  const auto& blocks = step.problem.blocks();
  const auto objective =
      network == Network::primal
          ? program.primal(first, second, step.factor)
          : program.dual(matrix(blocks.g.data(), blocks.total, blocks.length), first, second, step.factor);
  objective.backward();
  const double pairs = trainer->step(step.batches);
  EXPECT_EQ(pairs, static_cast<double>(program.y.size(0)) * static_cast<double>(trainer->total()));
  // A step of length 1 along the gradient takes it away from the weights, whatever kernel takes the step.
  for (const std::size_t p : {0, 1}) {
    const Tensor& before = p == 0 ? first : second;
    const auto after = trainer->weights().result(p);
    const double* const start = before.data_ptr<double>();
    std::vector<double> gradient;
    for (std::size_t i = 0; i < after.size(); ++i) gradient.push_back(start[i] - after[i]);
    expect_tensor<double>(gradient, before.grad(), 1e-11,
                          trainer->name() + (p == 0 ? ", first parameter" : ", second parameter"));
  }
}

TEST(AutogradOfATrainee, FullBatchAndMiniBatch) {
  for (const char* backend : {"reference", "cpu"})
    for (const char* batch : {"full", "2"})
      for (const Network network : {Network::primal, Network::dual}) {
        SCOPED_TRACE(std::string(backend) + ", batch " + batch);
        check_step(network, batch, backend);
      }
}

}  // namespace
}  // namespace zerogap
