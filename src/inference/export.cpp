// SPDX-License-Identifier: Apache-2.0
#include "inference/export.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "data/hdf5_file.hpp"
#include "inference/npz.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;

/// Calls array(name, shape, values) for the weights.
template <class Array>
void for_each_array(const TrainedNetwork& n, Array array) {
  if (n.gated) {
    const std::vector<std::int64_t> shape = {n.dual.count, n.dual.length};
    array("g", shape, n.dual.g);
    array("w", shape, n.dual.w);
    array("w_prime", shape, n.dual.w_prime);
  } else {
    array("u", {n.filters.count, n.filters.length}, n.filters.u);
    array("v", {n.filters.count}, n.filters.v);
  }
}

/// Calls number(name, value) for everything else.
template <class Number>
void for_each_number(const TrainedNetwork& n, Number number) {
  number("lambda", n.lambda);
  number("mean", n.normalisation.mean);
  number("deviation", n.normalisation.deviation);
  number("filter", static_cast<double>(n.side));
}

std::string npz_bytes(const TrainedNetwork& n) {
  NpzArchive archive;
  for_each_array(n, [&](const char* name, const std::vector<std::int64_t>& shape,
                        const std::vector<double>& values) { archive.add(name, shape, values); });
  for_each_number(n, [&](const char* name, double value) { archive.add(name, {}, std::span(&value, 1)); });
  return archive.bytes();
}

void write_hdf5(const TrainedNetwork& n, const fs::path& out) {
  Hdf5Arrays file = Hdf5Arrays::create(out.string());
  const std::string group = n.gated ? "dual/" : "primal/";
  for_each_array(n, [&](const char* name, const std::vector<std::int64_t>& shape,
                        const std::vector<double>& values) { file.write(group + name, shape, values); });
  for_each_number(n, [&](const char* name, double value) { file.write_number("/", name, value); });
  file.close();
}

}  // namespace

std::string export_network(const ExportArguments& a) {
  AtomicFile out(a.out);
  const auto network = load_network(a.network);
  if (network.rows() == 0 && a.format != "torchscript")
    throw data_error("the " + network.name + " network of " + network.file + " is all zeros",
                     "there are no weights to write",
                     "export another network, or train it with a smaller beta");
  if (a.format == "hdf5")
    write_hdf5(network, out.temporary());
  else
    write_file(out.temporary(), a.format == "npz" ? npz_bytes(network) : torchscript_bytes(network));
  out.keep();
  return fmt::format("written  {} ({}): the {} network of {}, {} {} of {} x {}, lambda {:g}\n", a.out,
                     a.format, network.name, network.file, network.rows(),
                     network.gated ? "blocks" : "filters", network.side, network.side, network.lambda);
}

}  // namespace zerogap
