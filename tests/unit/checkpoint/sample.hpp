// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <list>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.hpp"
#include "core/error.hpp"

namespace zerogap::testing {

/// A folder of its own for a test, removed afterwards. Several ranks pass the name that rank 0 made.
class Folder {
 public:
  Folder() : owner_(true) {
    std::string name = (std::filesystem::temp_directory_path() / "zerogap_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
    path_ = name;
  }
  explicit Folder(std::filesystem::path path) : path_(std::move(path)), owner_(false) {}
  ~Folder() {
    std::error_code ignored;
    if (owner_) std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
  bool owner_;
};

inline std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void put_bytes(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

inline std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

/// One rank's part of contents with every type, empty arrays, a scalar, and fewer rows than ranks.
class Sample {
 public:
  explicit Sample(int rank = 0, int size = 1, std::int64_t step = 7, std::uint64_t blocks = 13) {
    add("dual/w", DataType::float32, {blocks, 3}, rank, size);
    add("dual/w_prime", DataType::float64, {blocks, 3}, rank, size);
    add("primal/v", DataType::float64, {2}, rank, size);
    add("optimizer/dual/step", DataType::int64, {5, 2, 2}, rank, size);
    add("optimizer/scalar", DataType::float64, {1}, rank, size);
    add("empty/rows", DataType::float64, {0, 9}, rank, size);
    add("empty/columns", DataType::float32, {4, 0}, rank, size);
    contents.attributes = {{"position/step", step},
                           {"learning_rate", 0.125},
                           {"config", std::string("network:\n  lambda: 0.1\n")},
                           {"position/note", std::string()}};
  }

  /// The value of element i of an array, in any type.
  static double value(std::size_t array, std::size_t i) {
    return static_cast<double>(array * 1000 + i) - 3.0;
  }

  CheckpointContents contents;

 private:
  void add(const std::string& path, DataType type, std::vector<std::uint64_t> shape, int rank, int size) {
    const auto share = [&](int r) {
      return shape[0] * static_cast<std::uint64_t>(r) / static_cast<std::uint64_t>(size);
    };
    std::uint64_t columns = 1;
    for (std::size_t k = 1; k < shape.size(); ++k) columns *= shape[k];
    ArrayRows array{path, type, shape, share(rank), share(rank + 1) - share(rank), nullptr};
    std::string& bytes = storage_.emplace_back();
    for (std::uint64_t i = array.first * columns; i < (array.first + array.rows) * columns; ++i) {
      const double number = value(contents.arrays.size(), i);
      const auto append = [&](auto typed) {
        bytes.append(reinterpret_cast<const char*>(&typed), sizeof typed);
      };
      if (type == DataType::float32) append(static_cast<float>(number));
      if (type == DataType::float64) append(number);
      if (type == DataType::int64) append(static_cast<std::int64_t>(number));
    }
    array.values = bytes.empty() ? nullptr : bytes.data();
    contents.arrays.push_back(array);
  }

  std::list<std::string> storage_;
};

/// All that a sample holds is read back, in every type that it can be read as.
inline void expect_sample(const CheckpointReader& reader, std::int64_t step = 7, std::uint64_t blocks = 13) {
  const Sample whole(0, 1, step, blocks);
  EXPECT_EQ(reader.attributes(), whole.contents.attributes);
  EXPECT_EQ(reader.arrays().size(), whole.contents.arrays.size());
  for (std::size_t a = 0; a < whole.contents.arrays.size(); ++a) {
    const ArrayRows& array = whole.contents.arrays[a];
    EXPECT_EQ(reader.shape(array.path), array.shape) << array.path;
    EXPECT_EQ(reader.type(array.path), array.type) << array.path;
    std::vector<double> expected;
    std::uint64_t count = 1;
    for (const auto extent : array.shape) count *= extent;
    for (std::size_t i = 0; i < count; ++i) expected.push_back(Sample::value(a, i));
    EXPECT_EQ(reader.read<double>(array.path), expected) << array.path;
  }
}

/// The message of the Error that `call` throws, prefixed by its exit code: "3: ..."; "none" where it throws
/// nothing.
template <class Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return fmt::format("{}: {}", static_cast<int>(error.code()), error.what());
  }
  return "none";
}

}  // namespace zerogap::testing
