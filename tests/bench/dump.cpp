// SPDX-License-Identifier: Apache-2.0
#include "bench/dump.hpp"

#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/norm.hpp"
#include "kernels/residual.hpp"

namespace zerogap::bench {
namespace {

template <class T>
void write(const std::filesystem::path& file, const std::vector<T>& values) {
  std::ofstream out;
  out.exceptions(std::ios::failbit | std::ios::badbit);
  out.open(file, std::ios::binary);
  out.write(reinterpret_cast<const char*>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(T)));
}

/// The gradient of fit + rho hinge in fixed point, to which the group norm's 2 beta w/|w| is added.
std::vector<double> whole_gradient(const std::vector<std::int64_t>& sums, const std::vector<float>& w,
                                   int length) {
  std::vector<double> gradient(sums.size());
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i) / length;
    gradient[i] = gradient_scale().real(sums[i]) + 2.0 * beta * w[i] / row_norm(w.data(), row, length);
  }
  return gradient;
}

double group_norm(const Inputs<float>& in) {
  double sum = 0.0;
  for (std::int64_t j = 0; j < in.shape.blocks; ++j)
    sum += row_norm(in.w.data(), j, in.shape.length()) + row_norm(in.w_prime.data(), j, in.shape.length());
  return 2.0 * beta * sum;
}

/// J at these inputs, with the kernels' halves.
double objective(Kernels<float>& kernels, const Inputs<float>& in, double rho) {
  std::vector<std::int64_t> pred(static_cast<std::size_t>(in.shape.patches()));
  const auto hinge = kernels.run(DualForward<float>{in.source(), in.list, in.blocks(), lambda, rho > 0.0,
                                                    prediction_scale(), gradient_scale(), pred, rho});
  const auto sums =
      kernels.residual_sums({in.list, pixels_per_image, prediction_scale(), pred, in.target.data()},
                            gradient_scale(), gradient_scale());
  return gradient_scale().real(sums.fit) + group_norm(in) + rho * gradient_scale().real(hinge.hinge);
}

/// The text behind `name=` among the arguments, or `otherwise`.
std::string argument(int argc, char** argv, std::string_view name, const std::string& otherwise) {
  const std::string start = "--" + std::string(name) + "=";
  for (int i = 1; i < argc; ++i)
    if (const std::string_view text = argv[i]; text.starts_with(start))
      return std::string(text.substr(start.size()));
  return otherwise;
}

}  // namespace

std::optional<DumpRequest> dump_request(int argc, char** argv) {
  const std::string folder = argument(argc, argv, "dump", "");
  if (folder.empty()) return std::nullopt;
  DumpRequest request{folder, {}};
  request.shape.images = std::stoll(argument(argc, argv, "dump_images", "60"));
  request.shape.blocks = std::stoll(argument(argc, argv, "dump_blocks", "512"));
  return request;
}

void dump(const DumpRequest& request) {
  const auto& folder = request.folder;
  std::filesystem::create_directories(folder);
  const Inputs<float> in(request.shape);
  write(folder / "pixels.f32", in.pixels);
  write(folder / "g.f32", in.g);
  write(folder / "w.f32", in.w);
  write(folder / "w_prime.f32", in.w_prime);
  write(folder / "target.f32", in.target);

  const auto kernels = make_cpu_kernels<float>(2);
  double values[2] = {};
  for (const bool on : {true, false}) {
    const double rho = on ? rho_on : 0.0;
    std::vector<std::int64_t> grad_w(in.w.size()), grad_w_prime(in.w.size());
    kernels->run(DualStep<float>{in.source(), in.list, in.blocks(), lambda, rho, prediction_scale(),
                                 in.target.data(), gradient_scale(), grad_w, grad_w_prime});
    const std::string suffix = on ? ".on.f64" : ".off.f64";
    write(folder / ("grad_w" + suffix), whole_gradient(grad_w, in.w, in.shape.length()));
    write(folder / ("grad_w_prime" + suffix), whole_gradient(grad_w_prime, in.w_prime, in.shape.length()));
    values[on ? 0 : 1] = objective(*kernels, in, rho);
  }
  std::ofstream json;
  json.exceptions(std::ios::failbit | std::ios::badbit);
  json.open(folder / "values.json");
  json.precision(17);
  json << "{\"images\": " << in.shape.images << ", \"size\": " << image_size
       << ", \"side\": " << in.shape.side << ", \"blocks\": " << in.shape.blocks << ", \"lambda\": " << lambda
       << ", \"beta\": " << beta << ", \"rho\": " << rho_on << ", \"objective_on\": " << values[0]
       << ", \"objective_off\": " << values[1] << "}\n";
}

}  // namespace zerogap::bench
