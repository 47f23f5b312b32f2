#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>

#include <sstream>

#include "core/error.hpp"
#include "use/export.hpp"

namespace zerogap {
namespace {

/// The border of zeros lies around the normalised image, as in training. All is computed as the buffers are:
/// in double, or, after .float(), in single precision, where blocks may cancel to 1e-6.
constexpr const char* kFilters = R"(
def forward(self, noisy: Tensor) -> Tensor:
    assert noisy.is_floating_point(), "give pixels as floating-point numbers from 0 to 1"
    y = (noisy.to(self.mean.dtype) - self.mean) / self.deviation
    a = torch.conv2d(y, self.u, None, [1, 1], [BORDER, BORDER])
    active = torch.sign(a) * torch.relu(torch.abs(a) - self.threshold)
    return (torch.conv2d(active, self.v) * self.deviation + self.mean).to(noisy.dtype)
)";

/// q is 0 where a is: the quotient there, which may be 0/0, is not formed, because its gradient would be NaN
/// times 0. Channels are the third dimension from the end, with a batch and without one.
constexpr const char* kGated = R"(
def forward(self, noisy: Tensor) -> Tensor:
    assert noisy.is_floating_point(), "give pixels as floating-point numbers from 0 to 1"
    y = (noisy.to(self.mean.dtype) - self.mean) / self.deviation
    a = torch.abs(torch.conv2d(y, self.g, None, [1, 1], [BORDER, BORDER]))
    open = a > self.threshold
    q = torch.where(open, 1.0 - self.threshold / torch.where(open, a, torch.ones_like(a)), torch.zeros_like(a))
    b = torch.conv2d(y, self.change, None, [1, 1], [BORDER, BORDER])
    return (torch.sum(q * b, [-3], True) * self.deviation + self.mean).to(noisy.dtype)
)";

std::string with_border(std::string source, std::int64_t border) {
  const std::string name = "BORDER";
  for (auto at = source.find(name); at != std::string::npos; at = source.find(name))
    source.replace(at, name.size(), std::to_string(border));
  return source;
}

at::Tensor tensor(const std::vector<double>& values, const std::vector<std::int64_t>& shape) {
  auto result = at::empty(shape, at::TensorOptions().dtype(at::kDouble));
  std::copy(values.begin(), values.end(), result.data_ptr<double>());
  return result;
}

/// A network of zeros has one filter of zeros: a convolution needs one.
struct Rows {
  std::int64_t count;
  std::vector<double> padded(std::vector<double> values, std::int64_t columns) const {
    values.resize(static_cast<std::size_t>(count * columns));
    return values;
  }
};

}  // namespace

std::string torchscript_bytes(const TrainedNetwork& n) {
  const std::int64_t m = n.side, d = m * m;
  const Rows rows{std::max<std::int64_t>(n.rows(), 1)};
  try {
    torch::jit::Module module("zerogap");
    // What torch.jit.freeze, .eval() and torch.compile look for in every module.
    module.register_attribute("training", c10::BoolType::get(), false);
    module.register_buffer("threshold", tensor({n.lambda}, {}));
    module.register_buffer("mean", tensor({n.normalisation.mean}, {}));
    module.register_buffer("deviation", tensor({n.normalisation.deviation}, {}));
    if (n.gated) {
      std::vector<double> change;
      for (std::size_t i = 0; i < n.dual.w.size(); ++i) change.push_back(n.dual.w_prime[i] - n.dual.w[i]);
      module.register_buffer("g", tensor(rows.padded(n.dual.g, d), {rows.count, 1, m, m}));
      module.register_buffer("change", tensor(rows.padded(change, d), {rows.count, 1, m, m}));
    } else {
      module.register_buffer("u", tensor(rows.padded(n.filters.u, d), {rows.count, 1, m, m}));
      module.register_buffer("v", tensor(rows.padded(n.filters.v, 1), {1, rows.count, 1, 1}));
    }
    module.define(with_border(n.gated ? kGated : kFilters, (m - 1) / 2));
    std::ostringstream bytes;
    module.save(bytes);
    return std::move(bytes).str();
  } catch (const c10::Error& error) {
    throw runtime_failure("the TorchScript module was not made", error.what_without_backtrace(),
                          "report it; --format npz has the same weights");
  }
}

}  // namespace zerogap
