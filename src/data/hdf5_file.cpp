// SPDX-License-Identifier: Apache-2.0
#include "data/hdf5_file.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "data/hdf5_rows.hpp"
#include "data/hdf5_stored.hpp"
#include "data/places.hpp"
#include "hdf5/calls.hpp"

namespace zerogap {
namespace {

constexpr const char* kCheckDisk = "check the folder, its permissions and the free space";

constexpr std::size_t kOwnCache = 1 << 20;  ///< HDF5's default for an array
constexpr std::size_t kCacheSlots = 1009;   ///< a prime greater than the number of chunks in a line

void warn_of(const std::vector<std::string>& unwritten) {
  constexpr std::size_t kShown = 4;
  for (std::size_t k = 0; k < std::min(unwritten.size(), kShown); ++k) log::warn_once(unwritten[k]);
  if (unwritten.size() > kShown)
    log::warn_once(std::to_string(unwritten.size() - kShown) + " more sources like " +
                   unwritten[kShown - 1].substr(0, unwritten[kShown - 1].find(" is incomplete")) +
                   " are incomplete");
}

std::string list(const std::vector<hsize_t>& sizes) {
  std::string text = "(";
  for (const hsize_t size : sizes) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + ")";
}

/// Whether its values are in other files.
bool lies_elsewhere(const hdf5::Handle& array) {
  const hdf5::Handle how(H5Dget_create_plist(array.get()));
  return how.get() >= 0 && (H5Pget_layout(how.get()) == H5D_VIRTUAL || H5Pget_external_count(how.get()) > 0);
}

}  // namespace

Hdf5Arrays Hdf5Arrays::open(const std::string& path) {
  const hdf5::Quiet quiet;
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    throw data_error("no file " + path, "data.path names it" + seen_from(path),
                     "check data.path, or give an absolute path (--set data.path=...); datasets/README.md "
                     "shows the layouts");
  hdf5::Handle file = hdf5::open_locked(path, "cannot read " + path + " as HDF5");
  return {path, std::move(file)};
}

Hdf5Arrays Hdf5Arrays::create(const std::string& path) {
  const hdf5::Quiet quiet;
  hdf5::Handle file(hdf5::checked(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT),
                                  "cannot create " + path, kCheckDisk));
  return {path, std::move(file)};
}

bool Hdf5Arrays::has(const std::string& name) const {
  const hdf5::Quiet quiet;
  for (std::size_t end = name.find('/'); end != std::string::npos; end = name.find('/', end + 1))
    if (H5Lexists(file_.get(), name.substr(0, end).c_str(), H5P_DEFAULT) <= 0) return false;
  return H5Lexists(file_.get(), name.c_str(), H5P_DEFAULT) > 0;
}

std::vector<std::string> Hdf5Arrays::names() const {
  const hdf5::Quiet quiet;
  std::vector<std::string> found;
  const auto add = [](hid_t, const char* name, const H5L_info_t*, void* out) -> herr_t {
    static_cast<std::vector<std::string>*>(out)->push_back(name);
    return 0;
  };
  hdf5::checked(H5Literate(file_.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &found),
                "cannot list " + path_, hdf5::check_file);
  return found;
}

/// `cache`: bytes of decompressed chunks that HDF5 keeps, if more than its default.
hdf5::Handle Hdf5Arrays::open_array(const std::string& name, std::size_t cache) const {
  const std::string what = "cannot open '" + name + "' in " + path_;
  const hdf5::Handle access(hdf5::checked(H5Pcreate(H5P_DATASET_ACCESS), what));
  if (cache > kOwnCache)
    hdf5::checked(H5Pset_chunk_cache(access.get(), kCacheSlots, cache, H5D_CHUNK_CACHE_W0_DEFAULT), what);
  return hdf5::Handle(hdf5::checked(H5Dopen2(file_.get(), name.c_str(), access.get()), what));
}

std::vector<std::int64_t> Hdf5Arrays::shape(const std::string& name, int rank) const {
  const hdf5::Quiet quiet;
  const std::string what = "'" + name + "' in " + path_;
  const hdf5::Handle array = open_array(name);
  const hdf5::Handle type(hdf5::checked(H5Dget_type(array.get()), what + " has no readable type"));
  const H5T_class_t kind = H5Tget_class(type.get());
  // HDF5 accepts number types of any length, and allocates as many bytes when it reads one.
  constexpr std::size_t longest = 16;
  if ((kind == H5T_FLOAT || kind == H5T_INTEGER) && H5Tget_size(type.get()) > longest)
    throw data_error(what + " has no standard number type",
                     "each has " + std::to_string(H5Tget_size(type.get())) + " bytes",
                     "store float32, float64 or integers");
  if (kind != H5T_FLOAT && kind != H5T_INTEGER)
    throw data_error(what + " holds no numbers", "its type is neither integer nor floating point",
                     "store float32, float64 or integers");
  const std::vector<hsize_t> sizes = hdf5::extents_of(array, what + " has no readable shape");
  if (static_cast<int>(sizes.size()) != rank)
    throw data_error(what + " has the wrong shape",
                     list(sizes) + " has " + std::to_string(sizes.size()) + " dimensions, " +
                         std::to_string(rank) + " are needed",
                     "datasets/README.md shows the layouts");
  if (std::count(sizes.begin(), sizes.end(), hsize_t{0}) > 0)
    throw data_error(what + " is empty", "its shape is " + list(sizes), "store at least one entry");
  double bytes = static_cast<double>(H5Tget_size(type.get()));
  for (const hsize_t size : sizes) bytes *= static_cast<double>(size);
  if (!lies_elsewhere(array) && !may_hold(path_, bytes))
    throw data_error(what + " is larger than its file can be",
                     "its shape " + list(sizes) + " promises more values than the file has room for",
                     hdf5::check_file);
  return {sizes.begin(), sizes.end()};
}

Hdf5Rows& Hdf5Arrays::rows_of(const std::string& name) const {
  if (const auto known = open_.find(name); known != open_.end()) return known->second;
  const hdf5::Quiet quiet;
  const Hdf5Storage storage = survey_hdf5(open_array(name), name, path_);
  warn_of(storage.unwritten);
  std::string what = "cannot read '" + name + "' in " + path_;
  Hdf5Rows rows(open_array(name, storage.cache), std::move(what), storage.chunk, Hdf5Rows::Room{});
  return open_.emplace(name, std::move(rows)).first->second;
}

void Hdf5Arrays::expect_rows(const std::string& name, std::vector<Range> rows) const {
  rows_of(name).expect(std::move(rows));
}

void Hdf5Arrays::read_rows(const std::string& name, std::int64_t first, std::int64_t rows,
                           std::span<double> out) const {
  rows_of(name).read(first, rows, out);
}

void Hdf5Arrays::write(const std::string& name, const std::vector<std::int64_t>& shape,
                       std::span<const double> values) {
  const hdf5::Quiet quiet;
  const std::string what = "cannot write '" + name + "' to " + path_;
  const std::vector<hsize_t> sizes(shape.begin(), shape.end());
  const hdf5::Handle space(hdf5::checked(
      H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr), what, kCheckDisk));
  const hdf5::Handle links(hdf5::checked(H5Pcreate(H5P_LINK_CREATE), what, kCheckDisk));
  hdf5::checked(H5Pset_create_intermediate_group(links.get(), 1), what, kCheckDisk);
  const hdf5::Handle array(hdf5::checked(H5Dcreate2(file_.get(), name.c_str(), H5T_IEEE_F64LE, space.get(),
                                                    links.get(), H5P_DEFAULT, H5P_DEFAULT),
                                         what, kCheckDisk));
  hdf5::checked(H5Dwrite(array.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), what,
                kCheckDisk);
}

void Hdf5Arrays::write_number(const std::string& object, const std::string& name, double value) {
  const hdf5::Quiet quiet;
  const std::string what = "cannot write '" + name + "' of '" + object + "' to " + path_;
  const hdf5::Handle space(hdf5::checked(H5Screate(H5S_SCALAR), what, kCheckDisk));
  const hdf5::Handle number(
      hdf5::checked(H5Acreate_by_name(file_.get(), object.c_str(), name.c_str(), H5T_IEEE_F64LE, space.get(),
                                      H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                    what, kCheckDisk));
  hdf5::checked(H5Awrite(number.get(), H5T_NATIVE_DOUBLE, &value), what, kCheckDisk);
}

void Hdf5Arrays::close() {
  const hdf5::Quiet quiet;
  open_.clear();
  hdf5::checked(H5Fflush(file_.get(), H5F_SCOPE_GLOBAL), "cannot write " + path_, kCheckDisk);
  file_ = hdf5::Handle();
}

}  // namespace zerogap
