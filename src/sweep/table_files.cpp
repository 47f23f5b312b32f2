// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <limits>

#include "checkpoint/checkpoint.hpp"
#include "core/atomic_file.hpp"
#include "core/build_info.hpp"
#include "core/host_info.hpp"
#include "hdf5/calls.hpp"
#include "sweep/store.hpp"
#include "sweep/table.hpp"

namespace zerogap {
namespace {

using hdf5::check;
using hdf5::Handle;

constexpr const char* table_format = "zerogap table";

/// One field of RFC 4180. Flags are 1 and 0, as in the HDF5 file.
std::string field(const Value& v) {
  if (v.is_null()) return "";
  if (v.is_boolean()) return v.flag() ? "1" : "0";
  if (!v.is_string()) return words_of(v);
  std::string text = v.text();
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char letter : text) quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return quoted + "\"";
}

const char* name_of(Role role) {
  constexpr std::array names = {"name", "setting", "seed", "rate", "metric", "run"};
  return names[static_cast<std::size_t>(role)];
}

Handle text_type() {
  Handle type(check(H5Tcopy(H5T_C_S1), "H5Tcopy"));
  check(H5Tset_size(type.get(), H5T_VARIABLE), "H5Tset_size");
  check(H5Tset_cset(type.get(), H5T_CSET_UTF8), "H5Tset_cset");
  return type;
}

void write_attribute(hid_t object, const char* name, const std::string& text) {
  const Handle type = text_type();
  const Handle space(check(H5Screate(H5S_SCALAR), "H5Screate"));
  const Handle attribute(
      check(H5Acreate2(object, name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), "H5Acreate2"));
  const char* pointer = text.c_str();
  check(H5Awrite(attribute.get(), type.get(), &pointer), "H5Awrite");
}

/// A column: numbers if every value is a number, a flag or missing; texts otherwise.
void write_column(hid_t file, const Table& table, const Column& column) {
  const Handle space = hdf5::make_dataspace({table.rows.size()});
  const bool numbers = std::all_of(table.rows.begin(), table.rows.end(), [&](const auto& row) {
    const Value& v = value(row, column.name);
    return v.is_null() || v.is_number() || v.is_boolean();
  });
  const Handle type = numbers ? Handle(check(H5Tcopy(H5T_IEEE_F64LE), "H5Tcopy")) : text_type();
  const Handle data(check(
      H5Dcreate2(file, column.name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
      "H5Dcreate2"));
  write_attribute(data.get(), "role", name_of(column.role));
  if (table.rows.empty()) return;
  if (numbers) {
    std::vector<double> values;
    for (const auto& row : table.rows) {
      const Value& v = value(row, column.name);
      if (v.is_boolean()) {
        values.push_back(v.flag() ? 1.0 : 0.0);
      } else {
        values.push_back(v.is_number() ? v.number() : std::numeric_limits<double>::quiet_NaN());
      }
    }
    check(H5Dwrite(data.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "H5Dwrite");
    return;
  }
  std::vector<std::string> texts;
  for (const auto& row : table.rows) {
    const Value& v = value(row, column.name);
    texts.push_back(v.is_string() ? v.text() : field(v));
  }
  std::vector<const char*> pointers;
  for (const auto& text : texts) pointers.push_back(text.c_str());
  check(H5Dwrite(data.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()), "H5Dwrite");
}

/// The bytes of the HDF5 file. It is made in memory: on a full disk HDF5 can neither close nor abandon a
/// file.
std::string image_of(const Table& table) {
  constexpr std::size_t step = std::size_t{1} << 20;  // increment of the memory
  const Handle access = hdf5::make_properties(H5P_FILE_ACCESS);
  check(H5Pset_fapl_core(access.get(), step, false), "H5Pset_fapl_core");
  const Handle file(check(H5Fcreate("table", H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), "H5Fcreate"));
  std::string sweeps, order;
  for (const auto& name : table.sweeps) sweeps += (sweeps.empty() ? "" : ", ") + name;
  for (const auto& column : table.columns) order += (order.empty() ? "" : "\n") + column.name;
  write_attribute(file.get(), "format", table_format);
  write_attribute(file.get(), "schema", "1");
  write_attribute(file.get(), "sweeps", sweeps);
  write_attribute(file.get(), "columns", order);
  write_attribute(file.get(), "written", time_now());
  write_attribute(file.get(), "version",
                  std::string(build_info().version) + " " + std::string(build_info().revision));
  for (const auto& column : table.columns) write_column(file.get(), table, column);
  check(H5Fflush(file.get(), H5F_SCOPE_LOCAL), "H5Fflush");
  std::string image(
      static_cast<std::size_t>(check(H5Fget_file_image(file.get(), nullptr, 0), "H5Fget_file_image")), '\0');
  check(H5Fget_file_image(file.get(), image.data(), image.size()), "H5Fget_file_image");
  return image;
}

/// Whether its first line is a header of to_csv().
bool is_csv_table(const std::filesystem::path& file) {
  std::string line;
  std::getline(std::ifstream(file), line);
  line = "," + line + ",";
  return line.find(",cell,network,status,") != std::string::npos;
}

bool is_hdf5_table(const std::filesystem::path& file) {
  try {
    const auto table = open_plain(file);
    const auto format = table.attributes().find("format");
    return format != table.attributes().end() && format->second == Attribute(std::string(table_format));
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

void require_place_of_csv(const std::filesystem::path& file) {
  require_new_or(file, is_csv_table, "a table of zerogap collect");
}

void require_place_of_hdf5(const std::filesystem::path& file) {
  require_new_or(file, is_hdf5_table, "a table of zerogap collect --hdf5");
}

std::string to_csv(const Table& table) {
  std::string text;
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    text += (c == 0 ? "" : ",") + field(table.columns[c].name);
  text += "\n";
  for (const auto& row : table.rows) {
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      text += (c == 0 ? "" : ",") + field(value(row, table.columns[c].name));
    text += "\n";
  }
  return text;
}

void write_hdf5(const Table& table, const std::filesystem::path& file) {
  const hdf5::Quiet quiet;
  std::string image;
  try {
    image = image_of(table);
  } catch (const hdf5::CallFailure& failure) {
    throw data_error("cannot write " + file.string(), failure.what(),
                     "write a CSV file with --out in its place");
  }
  write_file(file, image);
}

}  // namespace zerogap
