#include "data/hdf5_file.hpp"

#include <hdf5.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/error.hpp"

namespace zerogap {
namespace {

static_assert(sizeof(hid_t) == sizeof(std::int64_t));

/// Keeps HDF5 from printing its error stack; the reason goes into the Error instead.
class Quiet {
 public:
  Quiet() {
    H5Eget_auto2(H5E_DEFAULT, &print_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~Quiet() { H5Eset_auto2(H5E_DEFAULT, print_, data_); }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  H5E_auto2_t print_ = nullptr;
  void* data_ = nullptr;
};

herr_t keep_first(unsigned depth, const H5E_error2_t* entry, void* text) {
  if (depth == 0 && entry->desc != nullptr) *static_cast<std::string*>(text) = entry->desc;
  return 0;
}

/// What the innermost function of HDF5's error stack says.
std::string reason() {
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &text);
  return text.empty() ? "HDF5 gives no reason" : "HDF5: " + text;
}

/// Every HDF5 call goes through here: negative means failed.
template <class R>
R checked(R result, const std::string& what, const char* todo) {
  if (result < 0) throw data_error(what, reason(), todo);
  return result;
}

constexpr const char* kCheckFile =
    "check that the file is whole and readable (h5dump -H shows what it holds)";
constexpr const char* kCheckDisk = "check the folder, its permissions and the free space";

std::string list(const std::vector<hsize_t>& sizes) {
  std::string text = "(";
  for (const hsize_t size : sizes) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + ")";
}

std::vector<hsize_t> extents(const Hdf5Handle& array, const std::string& what) {
  const Hdf5Handle space(checked(H5Dget_space(array.id()), what, kCheckFile));
  const int rank = checked(H5Sget_simple_extent_ndims(space.id()), what, kCheckFile);
  std::vector<hsize_t> sizes(static_cast<std::size_t>(rank));
  if (rank > 0) checked(H5Sget_simple_extent_dims(space.id(), sizes.data(), nullptr), what, kCheckFile);
  return sizes;
}

}  // namespace

Hdf5Handle& Hdf5Handle::operator=(Hdf5Handle&& other) noexcept {
  std::swap(id_, other.id_);
  return *this;
}

Hdf5Handle::~Hdf5Handle() {
  if (id_ >= 0) H5Idec_ref(id_);
}

Hdf5Arrays Hdf5Arrays::open(const std::string& path) {
  const Quiet quiet;
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    throw data_error("no file " + path, "data.path names it",
                     "check data.path; datasets/README.md shows the layouts");
  Hdf5Handle file(checked(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT),
                          "cannot read " + path + " as HDF5", kCheckFile));
  return {path, std::move(file)};
}

Hdf5Arrays Hdf5Arrays::create(const std::string& path) {
  const Quiet quiet;
  Hdf5Handle file(checked(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT),
                          "cannot create " + path, kCheckDisk));
  return {path, std::move(file)};
}

bool Hdf5Arrays::has(const std::string& name) const {
  const Quiet quiet;
  for (std::size_t end = name.find('/'); end != std::string::npos; end = name.find('/', end + 1))
    if (H5Lexists(file_.id(), name.substr(0, end).c_str(), H5P_DEFAULT) <= 0) return false;
  return H5Lexists(file_.id(), name.c_str(), H5P_DEFAULT) > 0;
}

std::vector<std::string> Hdf5Arrays::names() const {
  const Quiet quiet;
  std::vector<std::string> found;
  const auto add = [](hid_t, const char* name, const H5L_info_t*, void* out) -> herr_t {
    static_cast<std::vector<std::string>*>(out)->push_back(name);
    return 0;
  };
  checked(H5Literate(file_.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &found), "cannot list " + path_,
          kCheckFile);
  return found;
}

Hdf5Handle Hdf5Arrays::open_array(const std::string& name) const {
  return Hdf5Handle(checked(H5Dopen2(file_.id(), name.c_str(), H5P_DEFAULT),
                            "cannot open '" + name + "' in " + path_, kCheckFile));
}

std::vector<std::int64_t> Hdf5Arrays::shape(const std::string& name, int rank) const {
  const Quiet quiet;
  const std::string what = "'" + name + "' in " + path_;
  const Hdf5Handle array = open_array(name);
  const Hdf5Handle type(checked(H5Dget_type(array.id()), what + " has no readable type", kCheckFile));
  const H5T_class_t kind = H5Tget_class(type.id());
  if (kind != H5T_FLOAT && kind != H5T_INTEGER)
    throw data_error(what + " holds no numbers", "its type is neither integer nor floating point",
                     "store float32, float64 or integers");
  const std::vector<hsize_t> sizes = extents(array, what + " has no readable shape");
  if (static_cast<int>(sizes.size()) != rank)
    throw data_error(what + " has the wrong shape",
                     list(sizes) + " has " + std::to_string(sizes.size()) + " dimensions, " +
                         std::to_string(rank) + " are needed",
                     "datasets/README.md shows the layouts");
  if (std::count(sizes.begin(), sizes.end(), hsize_t{0}) > 0)
    throw data_error(what + " is empty", "its shape is " + list(sizes), "store at least one entry");
  return {sizes.begin(), sizes.end()};
}

void Hdf5Arrays::read_rows(const std::string& name, std::int64_t first, std::int64_t rows,
                           std::span<double> out) const {
  const Quiet quiet;
  const std::string what = "cannot read '" + name + "' in " + path_;
  if (!open_.contains(name)) open_.emplace(name, open_array(name));
  const Hdf5Handle& array = open_.at(name);
  const Hdf5Handle file_space(checked(H5Dget_space(array.id()), what, kCheckFile));
  std::vector<hsize_t> count = extents(array, what);
  std::vector<hsize_t> start(count.size(), 0);
  start[0] = static_cast<hsize_t>(first);
  count[0] = static_cast<hsize_t>(rows);
  hsize_t total = 1;
  for (const hsize_t size : count) total *= size;
  if (total != out.size())
    throw data_error(what, "its shape changed while it was read", "do not write to a file that is in use");
  checked(H5Sselect_hyperslab(file_space.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr),
          what, kCheckFile);
  const Hdf5Handle memory(checked(H5Screate_simple(1, &total, nullptr), what, kCheckFile));
  checked(H5Dread(array.id(), H5T_NATIVE_DOUBLE, memory.id(), file_space.id(), H5P_DEFAULT, out.data()), what,
          kCheckFile);
}

void Hdf5Arrays::write(const std::string& name, const std::vector<std::int64_t>& shape,
                       std::span<const double> values) {
  const Quiet quiet;
  const std::string what = "cannot write '" + name + "' to " + path_;
  const std::vector<hsize_t> sizes(shape.begin(), shape.end());
  const Hdf5Handle space(
      checked(H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr), what, kCheckDisk));
  const Hdf5Handle links(checked(H5Pcreate(H5P_LINK_CREATE), what, kCheckDisk));
  checked(H5Pset_create_intermediate_group(links.id(), 1), what, kCheckDisk);
  const Hdf5Handle array(checked(
      H5Dcreate2(file_.id(), name.c_str(), H5T_IEEE_F64LE, space.id(), links.id(), H5P_DEFAULT, H5P_DEFAULT),
      what, kCheckDisk));
  checked(H5Dwrite(array.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), what,
          kCheckDisk);
}

void Hdf5Arrays::write_number(const std::string& object, const std::string& name, double value) {
  const Quiet quiet;
  const std::string what = "cannot write '" + name + "' of '" + object + "' to " + path_;
  const Hdf5Handle space(checked(H5Screate(H5S_SCALAR), what, kCheckDisk));
  const Hdf5Handle number(checked(H5Acreate_by_name(file_.id(), object.c_str(), name.c_str(), H5T_IEEE_F64LE,
                                                    space.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                                  what, kCheckDisk));
  checked(H5Awrite(number.id(), H5T_NATIVE_DOUBLE, &value), what, kCheckDisk);
}

void Hdf5Arrays::close() {
  const Quiet quiet;
  open_.clear();
  checked(H5Fflush(file_.id(), H5F_SCOPE_GLOBAL), "cannot write " + path_, kCheckDisk);
  file_ = Hdf5Handle();
}

}  // namespace zerogap
