// SPDX-License-Identifier: Apache-2.0
#include "problem/weights_file.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/error.hpp"

namespace zerogap {
namespace {

std::optional<double> attribute(const CheckpointReader& file, const std::string& name) {
  const auto found = file.attributes().find(name);
  if (found == file.attributes().end()) return std::nullopt;
  if (const auto* real = std::get_if<double>(&found->second)) return *real;
  if (const auto* integer = std::get_if<std::int64_t>(&found->second)) return static_cast<double>(*integer);
  throw data_error("the attribute " + name + " of " + file.path().string() + " is a text",
                   "a number belongs there", "store a number, or remove it");
}

Error out_of_range(const CheckpointReader& file, const std::string& name, double value,
                   const std::string& allowed) {
  return data_error("the attribute " + name + " of " + file.path().string() + " cannot be used",
                    fmt::format("it is {:g}, and has to be {}", value, allowed), "mend the file");
}

template <class T>
Normalisation measured(const Config& config, const std::string& hash) {
  const auto alone = make_serial();
  const auto data =
      load_dataset<T>(config.data, Part::train, static_cast<int>(config.patches.filter), *alone, nullptr);
  if (data.content_hash != hash)
    throw data_error("the mean and deviation of data.normalise are not known",
                     "data.path or the files behind it have changed since the run",
                     "give the images it was trained on, with --set data.path=... if they have moved");
  return data.normalisation;
}

template <class T>
std::vector<T> as_finite(const CheckpointReader& file, const std::string& path,
                         const std::vector<double>& values) {
  std::vector<T> out(values.begin(), values.end());
  for (std::size_t k = 0; k < out.size(); ++k)
    if (!std::isfinite(out[k]))
      throw data_error("weights " + file.path().string() + " are not finite",
                       std::isfinite(values[k])
                           ? fmt::format("{} holds {:g}, which single precision cannot hold", path, values[k])
                           : path + " holds NaN or infinity",
                       std::isfinite(values[k]) ? "give other weights, or set run.precision to fp64"
                                                : "give other weights");
  return out;
}

}  // namespace

template <class T>
std::vector<T> read_weights(const CheckpointReader& file, const std::string& path, std::uint64_t first,
                            std::uint64_t rows) {
  return as_finite<T>(file, path, file.read<double>(path, first, rows));
}
template <class T>
std::vector<T> read_weights(const CheckpointReader& file, const std::string& path) {
  return as_finite<T>(file, path, file.read<double>(path));
}
template std::vector<float> read_weights(const CheckpointReader&, const std::string&, std::uint64_t,
                                         std::uint64_t);
template std::vector<double> read_weights(const CheckpointReader&, const std::string&, std::uint64_t,
                                          std::uint64_t);
template std::vector<float> read_weights(const CheckpointReader&, const std::string&);
template std::vector<double> read_weights(const CheckpointReader&, const std::string&);

std::optional<double> stored_threshold(const CheckpointReader& file) {
  const auto lambda = attribute(file, "lambda");
  if (lambda && !(std::isfinite(*lambda) && *lambda >= 0.0))
    throw out_of_range(file, "lambda", *lambda, "finite and at least 0");
  return lambda;
}

std::optional<Normalisation> stored_normalisation(const CheckpointReader& file) {
  const std::string prefix = file.attributes().contains("config") ? "data/" : "";
  const auto mean = attribute(file, prefix + "mean"), deviation = attribute(file, prefix + "deviation");
  if (!mean && !deviation) return std::nullopt;
  for (const auto& [value, name] : {std::pair{mean, prefix + "mean"}, {deviation, prefix + "deviation"}})
    if (!value)
      throw data_error("weights " + file.path().string() + " do not say how pixels are normalised",
                       "of the attributes mean and deviation " + name + " is missing",
                       "store both, or neither");
  if (!std::isfinite(*mean)) throw out_of_range(file, prefix + "mean", *mean, "finite");
  if (!(std::isfinite(*deviation) && *deviation > 0.0))
    throw out_of_range(file, prefix + "deviation", *deviation, "finite and above 0");
  return Normalisation{*mean, *deviation};
}

Normalisation training_normalisation(const CheckpointReader& file, const Config& config) {
  if (!config.data.normalise) return {};
  if (const auto stored = stored_normalisation(file)) return *stored;
  const std::string hash = file.text("data/train_hash");
  return config.run.precision == Precision::fp64 ? measured<double>(config, hash)
                                                 : measured<float>(config, hash);
}

}  // namespace zerogap
