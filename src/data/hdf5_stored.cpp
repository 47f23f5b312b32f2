// SPDX-License-Identifier: Apache-2.0
#include "data/hdf5_stored.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

#include "data/places.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostCache = 64 << 20;  ///< bytes, unless a single chunk is more
constexpr int kDeepest = 8;                   ///< virtual arrays of virtual arrays

/// A source of a virtual array.
struct Source {
  std::vector<hsize_t> extents;
  Hdf5Storage storage;
};

/// `prefix`, with ${ORIGIN} at its start replaced by the folder of the HDF5 file.
fs::path expanded(const std::string& prefix, const fs::path& folder) {
  static const std::string origin = "${ORIGIN}";
  return prefix.starts_with(origin) ? fs::path(folder.string() + prefix.substr(origin.size()))
                                    : fs::path(prefix);
}

fs::path folder_of(const fs::path& file) {
  std::error_code ignored;
  return fs::absolute(file, ignored).parent_path();
}

/// Where HDF5 looks for the file of a source, in order.
std::vector<fs::path> places_of(const std::string& name, const fs::path& file) {
  std::vector<fs::path> places;
  fs::path rest = name;
  if (rest.is_absolute()) {
    places.push_back(rest);
    rest = rest.filename();
  }
  const char* variable = std::getenv("HDF5_VDS_PREFIX");
  std::istringstream prefixes(variable != nullptr ? variable : "");
  for (std::string prefix; std::getline(prefixes, prefix, ':');)
    if (!prefix.empty()) places.push_back(expanded(prefix, folder_of(file)) / rest);
  std::error_code ignored;
  places.push_back(folder_of(file) / rest);
  places.push_back(rest);
  places.push_back(fs::weakly_canonical(file, ignored).parent_path() / rest);
  return places;
}

/// A name that HDF5 writes to a buffer of the caller, after its length was queried.
template <class Call>
std::string text_of(Call call, const std::string& what) {
  const ssize_t length = hdf5::checked(call(nullptr, 0), what);
  std::string text(static_cast<std::size_t>(length) + 1, '\0');
  hdf5::checked(call(text.data(), text.size()), what);
  text.resize(static_cast<std::size_t>(length));
  return text;
}

/// A printf-style name of a source: %b is the number of the block, %% a percent sign.
std::string numbered(const std::string& name, hsize_t block) {
  std::string text;
  for (std::size_t k = 0; k < name.size(); ++k) {
    const bool special = name[k] == '%' && k + 1 < name.size();
    if (special && name[k + 1] == 'b') text += std::to_string(block);
    if (!special || name[k + 1] == '%') text += name[k];
    if (special) ++k;
  }
  return text;
}

class Survey {
 public:
  Survey(const hdf5::Handle& array, const std::string& name, std::string path, int depth)
      : array_(array),
        what_("'" + name + "' in " + path),
        path_(std::move(path)),
        depth_(depth),
        plist_(hdf5::checked(H5Dget_create_plist(array.get()), unreadable())),
        extents_(hdf5::extents_of(array, unreadable())) {
    for (const hsize_t extent : extents_) numbers_ *= extent;
    const H5D_layout_t layout = H5Pget_layout(plist_.get());
    if (layout == H5D_VIRTUAL) follow_sources();
    if (layout == H5D_CHUNKED) count_chunks();
    if (layout == H5D_CONTIGUOUS) check_contiguous();
  }

  Source take() { return {std::move(extents_), std::move(found_)}; }

 private:
  std::string unreadable() const { return "cannot read " + what_; }

  /// An array of fill values only carries no information, and so small a file could promise an array of any
  /// size.
  [[noreturn]] void refuse_empty() const {
    throw data_error(what_ + " is incomplete", "none of it was ever written",
                     "write the array, or leave it out");
  }

  /// `part` of the array was never written.
  void report(const std::string& part) {
    H5D_fill_value_t state = H5D_FILL_VALUE_ERROR;
    H5D_fill_time_t time = H5D_FILL_TIME_ERROR;
    hdf5::checked(H5Pfill_value_defined(plist_.get(), &state), unreadable());
    hdf5::checked(H5Pget_fill_time(plist_.get(), &time), unreadable());
    const bool virtual_array = H5Pget_layout(plist_.get()) == H5D_VIRTUAL;
    if (!virtual_array && (state == H5D_FILL_VALUE_UNDEFINED || time == H5D_FILL_TIME_NEVER))
      throw data_error(what_ + " is incomplete", part + ", and the file defines no fill value for it",
                       "write the array to its end");
    double value = 0.0;
    if (state != H5D_FILL_VALUE_UNDEFINED)
      hdf5::checked(H5Pget_fill_value(plist_.get(), H5T_NATIVE_DOUBLE, &value), unreadable());
    std::array<char, 32> shown{};
    std::snprintf(shown.data(), shown.size(), "%g", value);
    found_.unwritten.push_back(what_ + " is incomplete (" + part + "), and is read as " + shown.data() +
                               " there; write the rest, or leave it out");
  }

  void count_chunks() {
    std::vector<hsize_t> chunk(extents_.size());
    hdf5::checked(H5Pget_chunk(plist_.get(), static_cast<int>(chunk.size()), chunk.data()), unreadable());
    found_.chunk.assign(chunk.begin(), chunk.end());
    const hdf5::Handle type(hdf5::checked(H5Dget_type(array_.get()), unreadable()));
    std::size_t bytes = H5Tget_size(type.get()), line = 1;
    hsize_t all = 1, written = 0;
    for (std::size_t d = 0; d < chunk.size(); ++d) {
      const hsize_t across = (extents_[d] + chunk[d] - 1) / chunk[d];
      all *= across;
      bytes *= chunk[d];
      if (d >= 2) line *= across;
    }
    found_.cache = std::max(bytes, std::min(bytes * line, kMostCache));
    const hdf5::Handle space(hdf5::checked(H5Dget_space(array_.get()), unreadable()));
    hdf5::checked(H5Dget_num_chunks(array_.get(), space.get(), &written), unreadable());
    if (written == 0 && all > 0) refuse_empty();
    if (written < all)
      report(std::to_string(all - written) + " of its " + std::to_string(all) + " chunks were never written");
  }

  /// A contiguous array, in this file or in external ones.
  void check_contiguous() {
    const int files = hdf5::checked(H5Pget_external_count(plist_.get()), unreadable());
    if (files > 0) return check_external(files);
    H5D_space_status_t status = H5D_SPACE_STATUS_ERROR;
    hdf5::checked(H5Dget_space_status(array_.get(), &status), unreadable());
    if (status == H5D_SPACE_STATUS_NOT_ALLOCATED && numbers_ > 0) refuse_empty();
  }

  void check_external(int files) {
    const hdf5::Handle type(hdf5::checked(H5Dget_type(array_.get()), unreadable()));
    hsize_t left = numbers_ * H5Tget_size(type.get());
    for (int k = 0; k < files && left > 0; ++k) {
      std::string name(4096, '\0');
      off_t offset = 0;
      hsize_t size = 0;
      hdf5::checked(
          H5Pget_external(plist_.get(), static_cast<unsigned>(k), name.size(), name.data(), &offset, &size),
          unreadable());
      name.resize(std::min(name.find('\0'), name.size()));
      const hsize_t needed = std::min(size, left);
      require_external(name, static_cast<hsize_t>(offset) + needed);
      left -= needed;
    }
  }

  void require_external(const std::string& name, hsize_t bytes) const {
    const char* prefix = std::getenv("HDF5_EXTFILE_PREFIX");
    const fs::path place = prefix == nullptr ? fs::path(name) : expanded(prefix, folder_of(path_)) / name;
    std::error_code failure;
    const auto there = fs::file_size(place, failure);
    if (failure)
      throw data_error(what_ + " stores its values in " + place.string() + ", which cannot be read",
                       failure.message() + seen_from(place.string()),
                       "restore that file, or name its folder in HDF5_EXTFILE_PREFIX ('${ORIGIN}' is that "
                       "of the HDF5 file)");
    if (there < bytes)
      throw data_error(what_ + " stores its values in " + place.string() + ", which is truncated",
                       "it holds " + std::to_string(there) + " bytes of " + std::to_string(bytes) +
                           ", and HDF5 would read zeros for the rest",
                       "restore the complete file");
  }

  void follow_sources() {
    if (depth_ == kDeepest)
      throw data_error(what_ + " is virtual", "its sources are virtual too, and so on", "store the numbers");
    std::size_t mappings = 0;
    hdf5::checked(H5Pget_virtual_count(plist_.get(), &mappings), unreadable());
    hsize_t covered = 0;
    bool unlimited = false;
    for (std::size_t k = 0; k < mappings; ++k) {
      const hdf5::Handle space(hdf5::checked(H5Pget_virtual_vspace(plist_.get(), k), unreadable()));
      const std::string file =
          text_of([&](char* out, std::size_t n) { return H5Pget_virtual_filename(plist_.get(), k, out, n); },
                  unreadable());
      const std::string name =
          text_of([&](char* out, std::size_t n) { return H5Pget_virtual_dsetname(plist_.get(), k, out, n); },
                  unreadable());
      const auto blocks = blocks_of(space);
      unlimited = unlimited || blocks.has_value();
      const bool many = (file + name).find("%b") != std::string::npos;
      if (!blocks) covered += static_cast<hsize_t>(H5Sget_select_npoints(space.get()));
      const hsize_t last = many ? last_block(file, blocks.value_or(1)) : 1;
      for (hsize_t block = 0; block < last; ++block)
        require_source(many ? numbered(file, block) : file, many ? numbered(name, block) : name, k);
    }
    for (const auto& [key, source] : sources_) take_over(source);
    if (!unlimited && covered < numbers_)
      report("at least " + std::to_string(numbers_ - covered) + " of its " + std::to_string(numbers_) +
             " numbers have no source");
  }

  /// How many blocks an unlimited selection has inside the array; none for other selections.
  std::optional<hsize_t> blocks_of(const hdf5::Handle& space) const {
    if (H5Sget_select_type(space.get()) != H5S_SEL_HYPERSLABS || H5Sis_regular_hyperslab(space.get()) <= 0)
      return std::nullopt;
    const std::size_t rank = extents_.size();
    std::vector<hsize_t> start(rank), stride(rank), count(rank), block(rank);
    hdf5::checked(
        H5Sget_regular_hyperslab(space.get(), start.data(), stride.data(), count.data(), block.data()),
        unreadable());
    for (std::size_t d = 0; d < rank; ++d) {
      if (count[d] == H5S_UNLIMITED)
        return extents_[d] > start[d] ? (extents_[d] - start[d] + stride[d] - 1) / stride[d] : 0;
      if (block[d] == H5S_UNLIMITED) return 1;
    }
    return std::nullopt;
  }

  /// The file of a source; empty if there is none.
  std::string place_of(const std::string& name) const {
    std::error_code ignored;
    for (const fs::path& place : places_of(name, path_))
      if (fs::exists(place, ignored)) return place.string();
    return "";
  }

  /// Of numbered files HDF5 uses those before the first missing one. If a later one exists, the missing one
  /// is needed.
  hsize_t last_block(const std::string& file, hsize_t blocks) const {
    constexpr hsize_t kFar = 64;
    if (file.find("%b") == std::string::npos) return blocks;
    for (hsize_t block = blocks; block < blocks + kFar; ++block)
      if (!place_of(numbered(file, block)).empty()) return block + 1;
    return blocks;
  }

  /// Opens the source of mapping `k` once, and checks that the mapped part is inside it.
  void require_source(const std::string& file, const std::string& name, std::size_t k) {
    const auto key = std::make_pair(file, name);
    if (!sources_.contains(key)) sources_.emplace(key, source_of(file, name));
    const std::vector<hsize_t>& extents = sources_.at(key).extents;
    const hdf5::Handle space(hdf5::checked(H5Pget_virtual_srcspace(plist_.get(), k), unreadable()));
    if (H5Sget_select_type(space.get()) != H5S_SEL_HYPERSLABS ||
        H5Sget_select_npoints(space.get()) <= 0)  // all of it, or as much as exists
      return;
    std::vector<hsize_t> first(extents.size()), last(extents.size());
    if (H5Sget_simple_extent_ndims(space.get()) != static_cast<int>(extents.size()) ||
        H5Sget_select_bounds(space.get(), first.data(), last.data()) < 0)
      throw data_error(source_text(file, name) + " has changed its shape", "",
                       "create the virtual array again");
    for (std::size_t d = 0; d < extents.size(); ++d)
      if (last[d] != H5S_UNLIMITED && last[d] >= extents[d])
        throw data_error(source_text(file, name) + " is shorter than it was",
                         std::to_string(last[d] + 1) + " entries are mapped, and it has " +
                             std::to_string(extents[d]) + "; HDF5 would read its fill value for the rest",
                         "restore the complete source, or create the virtual array again");
  }

  std::string source_text(const std::string& file, const std::string& name) const {
    return "'" + name + "' in " + (file == "." ? path_ : file) + ", a source of " + what_ + ",";
  }

  Source source_of(const std::string& name_of_file, const std::string& name) const {
    const std::string path = name_of_file == "." ? path_ : place_of(name_of_file);
    if (path.empty())
      throw data_error(source_text(name_of_file, name) + " is missing",
                       "HDF5 would silently continue without it",
                       "put the file next to " + path_ + ", or name its folder in HDF5_VDS_PREFIX");
    const std::string what = "cannot read " + source_text(path, name);
    const hdf5::Handle file = hdf5::open_locked(path, what);
    const hdf5::Handle array(hdf5::checked(H5Dopen2(file.get(), name.c_str(), H5P_DEFAULT), what));
    return Survey(array, name, path, depth_ + 1).take();
  }

  void take_over(const Source& source) {
    const Hdf5Storage& of_source = source.storage;
    found_.unwritten.insert(found_.unwritten.end(), of_source.unwritten.begin(), of_source.unwritten.end());
    if (of_source.chunk.size() != extents_.size()) return;
    found_.chunk.resize(extents_.size(), 1);
    for (std::size_t d = 0; d < extents_.size(); ++d)
      found_.chunk[d] = std::max(found_.chunk[d], std::min<std::uint64_t>(of_source.chunk[d], extents_[d]));
  }

  const hdf5::Handle& array_;
  std::string what_, path_;
  int depth_;
  hdf5::Handle plist_;
  std::vector<hsize_t> extents_;
  hsize_t numbers_ = 1;
  std::map<std::pair<std::string, std::string>, Source> sources_;
  Hdf5Storage found_;
};

}  // namespace

Hdf5Storage survey_hdf5(const hdf5::Handle& array, const std::string& name, const std::string& path) {
  return Survey(array, name, path, 0).take().storage;
}

}  // namespace zerogap
