// SPDX-License-Identifier: Apache-2.0
#include "recipe.hpp"

#include <hdf5.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

#include "checkpoint/checkpoint.hpp"
#include "support.hpp"

namespace zerogap::fuzzing {
namespace {

constexpr std::uint64_t most_values = 1 << 14;  // that are written; what is larger never is
constexpr std::size_t longest = 64;             // bytes of a value that is written

template <class T>
T number(std::string_view text, T otherwise) {
  T value = otherwise;
  return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{} ? value : otherwise;
}

/// From the word at `first` to the end of the line, with its spaces.
std::string rest_of(const std::string& line, std::size_t first) {
  std::size_t at = 0;
  for (std::size_t k = 0; k < first && at != std::string::npos; ++k) {
    at = line.find(' ', at);
    if (at != std::string::npos) at = line.find_first_not_of(' ', at);
  }
  std::string text = at == std::string::npos ? "" : line.substr(at);
  for (std::size_t found; (found = text.find("\\n")) != std::string::npos;) text.replace(found, 2, "\n");
  return text;
}

std::vector<std::uint64_t> shape_from(const std::string& text) {
  std::vector<std::uint64_t> shape;
  for (const auto& size : split(text, 'x')) shape.push_back(number<std::uint64_t>(size, 1));
  return shape;
}

/// How many values the shape asks for; most_values + 1 where these are too many.
std::uint64_t count_of(const std::vector<std::uint64_t>& shape) {
  std::uint64_t count = 1;
  for (const auto size : shape) {
    if (size > most_values) count = most_values + 1;
    count = std::min(count * std::min(size, most_values + 1), most_values + 1);
  }
  return count;
}

struct Array {
  std::string path, type;
  std::vector<std::uint64_t> shape;
  bool null = false;
  std::vector<std::string> words;
  bool has(const char* word) const { return std::find(words.begin(), words.end(), word) != words.end(); }

  /// What is to be written, repeated as often as it takes.
  std::vector<double> values() const {
    std::vector<double> given;
    for (const auto& word : words)
      if (word.starts_with("values="))
        for (const auto& value : split(word.substr(7), ',')) given.push_back(number(value, 0.5));
    std::vector<double> all(count_of(shape));
    for (std::size_t k = 0; k < all.size(); ++k)
      all[k] = given.empty() ? static_cast<double>(k % 17) / 16.0 : given[k % given.size()];
    return all;
  }
};

Array array_from(const std::vector<std::string>& words) {
  Array array{words[1], words[2], {}, words[3] == "null", {words.begin() + 4, words.end()}};
  if (words[3] != "scalar" && !array.null) array.shape = shape_from(words[3]);
  return array;
}

/// Closes by H5Idec_ref, whatever it is; refusals of HDF5 are left alone.
class Id {
 public:
  explicit Id(hid_t id) : id_(id) {}
  ~Id() {
    if (id_ >= 0) H5Idec_ref(id_);
  }
  Id(const Id&) = delete;
  Id& operator=(const Id&) = delete;
  operator hid_t() const { return id_; }

 private:
  hid_t id_;
};

hid_t type_of(const std::string& name) {
  if (name == "text" || name == "texts") {
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, name == "texts" ? H5T_VARIABLE : 8);
    return type;
  }
  if (name == "bits") return H5Tcopy(H5T_STD_B8LE);
  const bool big = name.back() == '>';
  const int size = number(std::string_view(name).substr(1), 8);
  hid_t known = name[0] == 'f'   ? (size == 4 ? H5T_IEEE_F32LE : H5T_IEEE_F64LE)
                : name[0] == 'u' ? (size == 1 ? H5T_STD_U8LE : H5T_STD_U64LE)
                : size == 1      ? H5T_STD_I8LE
                                 : H5T_STD_I64LE;
  const hid_t type = H5Tcopy(known);
  if (big) H5Tset_order(type, H5T_ORDER_BE);
  if (size > 0) H5Tset_size(type, static_cast<std::size_t>(size));
  return type;
}

hid_t space_of(const Array& array) {
  if (array.null) return H5Screate(H5S_NULL);
  if (array.shape.empty()) return H5Screate(H5S_SCALAR);
  const std::vector<hsize_t> sizes(array.shape.begin(), array.shape.end());
  return H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr);
}

void set_layout(hid_t how, const Array& array, hid_t space) {
  if (array.has("compact")) H5Pset_layout(how, H5D_COMPACT);
  if (array.has("never")) H5Pset_alloc_time(how, H5D_ALLOC_TIME_LATE);
  const bool small = count_of(array.shape) <= most_values;  // readers cannot tell how much lies elsewhere
  if (small && array.has("external"))
    H5Pset_external(how, (folder() / "elsewhere.raw").c_str(), 0, H5F_UNLIMITED);
  if (small && array.has("virtual")) H5Pset_virtual(how, space, "elsewhere.h5", "clean", space);
  if (!array.has("chunked") && !array.has("gzip")) return;
  std::vector<hsize_t> chunk;
  for (const auto size : array.shape) chunk.push_back(std::clamp<hsize_t>(size, 1, 8));
  H5Pset_chunk(how, static_cast<int>(chunk.size()), chunk.data());
  if (array.has("gzip")) H5Pset_deflate(how, 1);
}

void add_array(hid_t file, hid_t links, const Array& array) {
  const Id type(type_of(array.type)), space(space_of(array)), how(H5Pcreate(H5P_DATASET_CREATE));
  set_layout(how, array, space);
  const Id made(H5Dcreate2(file, array.path.c_str(), type, space, links, how, H5P_DEFAULT));
  const std::vector<double> values = array.values();
  if (made < 0 || array.null || array.has("never") || values.size() > most_values ||
      H5Tget_size(type) > longest || type_of(array.type) < 0)
    return;
  if (H5Tget_class(type) == H5T_INTEGER || H5Tget_class(type) == H5T_FLOAT)
    H5Dwrite(made, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
}

void add_attribute(hid_t file, const std::vector<std::string>& words, const std::string& value) {
  const std::string& kind = words[3];
  const hsize_t two = 2;
  const Id space(kind == "list" ? H5Screate_simple(1, &two, nullptr) : H5Screate(H5S_SCALAR));
  const bool text = kind.starts_with("text");
  const Id type(text ? H5Tcopy(H5T_C_S1) : H5Tcopy(kind == "integer" ? H5T_STD_I64LE : H5T_IEEE_F64LE));
  if (text) H5Tset_size(type, kind == "texts" ? H5T_VARIABLE : std::max<std::size_t>(value.size(), 1));
  const Id made(H5Acreate_by_name(file, words[1].c_str(), words[2].c_str(), type, space, H5P_DEFAULT,
                                  H5P_DEFAULT, H5P_DEFAULT));
  if (made < 0) return;
  const std::string bytes = value + '\0';
  const char* pointer = bytes.c_str();
  const double numbers[2] = {number(value, 0.5), 1.0};
  const std::int64_t whole = number<std::int64_t>(value, 1);
  if (kind == "texts")
    H5Awrite(made, type, &pointer);
  else if (text)
    H5Awrite(made, type, bytes.data());
  else if (kind == "integer")
    H5Awrite(made, H5T_NATIVE_INT64, &whole);
  else
    H5Awrite(made, H5T_NATIVE_DOUBLE, numbers);
}

void cook_plain(const std::string& path, const std::vector<std::string>& lines) {
  const Id file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)),
      links(H5Pcreate(H5P_LINK_CREATE));
  H5Pset_create_intermediate_group(links, 1);
  for (const auto& line : lines) {
    const auto words = words_of(line);
    const std::size_t count = words.size();
    const std::string step = words.empty() ? "" : words[0];
    if (step == "group" && count > 1) Id(H5Gcreate2(file, words[1].c_str(), links, H5P_DEFAULT, H5P_DEFAULT));
    if (step == "array" && count > 3) add_array(file, links, array_from(words));
    if (step == "attribute" && count > 3) add_attribute(file, words, rest_of(line, 4));
    if (count < 3) continue;
    const char *name = words[1].c_str(), *target = words[2].c_str();
    if (step == "soft") H5Lcreate_soft(target, file, name, links, H5P_DEFAULT);
    if (step == "hard") H5Lcreate_hard(file, target, file, name, links, H5P_DEFAULT);
    if (step == "elsewhere") H5Lcreate_external("elsewhere.h5", target, file, name, links, H5P_DEFAULT);
  }
}

void cook_checkpoint(const std::string& path, const std::vector<std::string>& lines) {
  CheckpointContents contents;
  std::vector<std::vector<std::byte>> kept;
  for (const auto& line : lines) {
    const auto words = words_of(line);
    if (words.size() > 2 && words[0] == "attribute") {
      const std::string value = rest_of(line, 3);
      if (words[2] == "integer")
        contents.attributes[words[1]] = number<std::int64_t>(value, 1);
      else if (words[2] == "real")
        contents.attributes[words[1]] = number(value, 0.5);
      else
        contents.attributes[words[1]] = value;
    }
    if (words.size() < 4 || words[0] != "array") continue;
    const Array array = array_from(words);
    const std::uint64_t count = count_of(array.shape);
    if (array.shape.empty() || count > most_values) continue;
    ArrayRows rows{array.path, DataType::float64, array.shape, 0, array.shape[0], nullptr};
    if (array.type == "f4") rows.type = DataType::float32;
    if (array.type == "i8") rows.type = DataType::int64;
    auto& bytes = kept.emplace_back(count * 8);
    const auto values = array.values();
    for (std::size_t k = 0; k < count; ++k) {
      if (rows.type == DataType::float32)
        reinterpret_cast<float*>(bytes.data())[k] = static_cast<float>(values[k]);
      if (rows.type == DataType::float64) reinterpret_cast<double*>(bytes.data())[k] = values[k];
      if (rows.type == DataType::int64)
        reinterpret_cast<std::int64_t*>(bytes.data())[k] = static_cast<std::int64_t>(k);
    }
    rows.values = bytes.data();
    contents.arrays.push_back(rows);
  }
  accepts([&] { write_checkpoint(path, contents, *make_serial()); });
}

std::string bytes_from(const std::string& hex) {
  std::string bytes;
  for (std::size_t k = 0; k + 1 < hex.size(); k += 2) {
    int value = 0;
    std::from_chars(hex.data() + k, hex.data() + k + 2, value, 16);
    bytes += static_cast<char>(value);
  }
  return bytes;
}

/// What is done to the bytes of the file.
void damage(const std::string& path, const std::vector<std::string>& lines) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  bool any = false;
  for (const auto& line : lines) {
    const auto words = words_of(line);
    const std::string step = words.size() > 1 ? words[0] : "";
    const std::size_t at = step.empty() ? 0 : number<std::size_t>(words[1], 0);
    if (step == "cut") bytes.resize(std::min(at, bytes.size()));
    if (step == "append") bytes += bytes_from(words[1]);
    if (step == "patch" && words.size() > 2) {
      const std::string patch = bytes_from(words[2]);
      if (at <= bytes.size() && patch.size() <= bytes.size() - at) bytes.replace(at, patch.size(), patch);
    }
    any = any || step == "cut" || step == "append" || step == "patch";
  }
  if (any) std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

std::string cook(std::string_view bytes) {
  empty_folder();
  if (bytes.starts_with("\x89HDF")) return put("data.h5", bytes);
  const std::string path = (folder() / "data.h5").string();
  const auto lines = lines_of(bytes);
  H5E_auto2_t print = nullptr;
  void* data = nullptr;
  H5Eget_auto2(H5E_DEFAULT, &print, &data);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  if (!lines.empty() && lines.front() == "checkpoint")
    cook_checkpoint(path, lines);
  else
    cook_plain(path, lines);
  H5Eset_auto2(H5E_DEFAULT, print, data);
  damage(path, lines);
  return path;
}

}  // namespace zerogap::fuzzing
