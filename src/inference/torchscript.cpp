// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "core/torch_library.hpp"
#include "inference/export.hpp"
#include "inference/torch_script.hpp"

namespace zerogap {
namespace {

/// The border of zeros is put around the normalised image, as in training. The buffers' type is the precision
/// of all computations: double, or, after .float(), single, in which blocks may cancel to 1e-6.
constexpr const char* kFilters = R"(
def forward(self, noisy: Tensor) -> Tensor:
    assert noisy.is_floating_point(), "give pixels as floating-point numbers from 0 to 1"
    y = (noisy.to(self.mean.dtype) - self.mean) / self.deviation
    a = torch.conv2d(y, self.u, None, [1, 1], [BORDER, BORDER])
    active = torch.sign(a) * torch.relu(torch.abs(a) - self.threshold)
    return (torch.conv2d(active, self.v) * self.deviation + self.mean).to(noisy.dtype)
)";

/// q is 0 if a is: the quotient, which may be 0/0 there, is not formed, because its gradient would be NaN
/// times 0. Channels are the third dimension from the end, with or without a batch.
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

/// A zero network gets one zero filter, since a convolution needs at least one.
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
  TorchScript script;
  script.buffers = {{"threshold", {}, {n.lambda}},
                    {"mean", {}, {n.normalisation.mean}},
                    {"deviation", {}, {n.normalisation.deviation}}};
  if (n.gated) {
    std::vector<double> change;
    for (std::size_t i = 0; i < n.dual.w.size(); ++i) change.push_back(n.dual.w_prime[i] - n.dual.w[i]);
    script.buffers.push_back({"g", {rows.count, 1, m, m}, rows.padded(n.dual.g, d)});
    script.buffers.push_back({"change", {rows.count, 1, m, m}, rows.padded(change, d)});
  } else {
    script.buffers.push_back({"u", {rows.count, 1, m, m}, rows.padded(n.filters.u, d)});
    script.buffers.push_back({"v", {1, rows.count, 1, 1}, rows.padded(n.filters.v, 1)});
  }
  script.source = with_border(n.gated ? kGated : kFilters, (m - 1) / 2);
  decltype(&zerogap_torch_script) saved = nullptr;
  torch_library().find("zerogap_torch_script", saved);
  std::string bytes;
  saved(script, bytes);
  return bytes;
}

}  // namespace zerogap
