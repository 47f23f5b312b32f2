#include "use/export.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "core/error.hpp"
#include "core/files.hpp"
#include "data/hdf5_file.hpp"
#include "use/npz.hpp"
#include "use/output_files.hpp"

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

/// Calls number(name, value) for all else.
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
  OutputFiles files(out.has_parent_path() ? out.parent_path() : fs::path("."));
  Hdf5Arrays file = Hdf5Arrays::create(files.add(out.filename().string()));
  const std::string group = n.gated ? "dual/" : "primal/";
  for_each_array(n, [&](const char* name, const std::vector<std::int64_t>& shape,
                        const std::vector<double>& values) { file.write(group + name, shape, values); });
  for_each_number(n, [&](const char* name, double value) { file.write_number("/", name, value); });
  file.close();
  files.keep();
}

}  // namespace

std::string export_network(const ExportArguments& a) {
  std::error_code ignored;
  if (fs::exists(a.out, ignored))
    throw data_error("will not overwrite " + a.out, "it exists", "give another name, or remove it");
  const fs::path folder = fs::path(a.out).parent_path();
  if (!folder.empty() && !fs::is_directory(folder, ignored))
    throw data_error("cannot write " + a.out, "there is no folder " + folder.string(), "make it first");
  const auto network = load_network(a.network);
  if (network.rows() == 0 && a.format != "torchscript")
    throw data_error("the " + network.name + " network of " + network.file + " is all zeros",
                     "there are no weights to write",
                     "export another network, or train it with a smaller beta");
  if (a.format == "hdf5")
    write_hdf5(network, a.out);
  else
    write_file(a.out, a.format == "npz" ? npz_bytes(network) : torchscript_bytes(network));
  return fmt::format("written  {} ({}): the {} network of {}, {} {} of {} x {}, lambda {:g}\n", a.out,
                     a.format, network.name, network.file, network.rows(),
                     network.gated ? "blocks" : "filters", network.side, network.side, network.lambda);
}

}  // namespace zerogap
