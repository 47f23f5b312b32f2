// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <algorithm>
#include <barrier>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "comm/communicator.hpp"
#include "core/error.hpp"
#include "data/dataset.hpp"

namespace zerogap::testing {

/// A folder of its own for every test, removed at its end.
class Folder : public ::testing::Test {
 protected:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "zerogap-data-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
  }
  ~Folder() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  std::string file(const std::string& name) const { return folder_ + "/" + name; }
  void make_folder(const std::string& name) const { std::filesystem::create_directories(file(name)); }

  std::string folder_;
};

inline void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string read_bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Expects an Error with this code whose text has all of these parts.
template <class Work>
void expect_error(ExitCode code, const std::vector<std::string>& parts, Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(code)) << error.what();
    for (const std::string& part : parts) EXPECT_THAT(error.what(), ::testing::HasSubstr(part));
    return;
  }
  ADD_FAILURE() << "no error, where one was expected about " << parts.front();
}

/// What is written to stderr meanwhile: warnings.
template <class Work>
std::string said_by(Work&& work) {
  ::testing::internal::CaptureStderr();
  try {
    work();
  } catch (...) {
    ::testing::internal::GetCapturedStderr();
    throw;
  }
  return ::testing::internal::GetCapturedStderr();
}

inline Dataset<double> load(const DataOptions& options, Part part = Part::train, int side = 1) {
  return load_dataset<double>(options, part, side, *make_serial(), nullptr);
}

inline DataOptions all_of(DataSource source, const std::string& path, double sigma = 0.0) {
  DataOptions options;
  options.source = source;
  options.path = path;
  options.images = 0;
  options.noise_sigma = sigma;
  return options;
}

/// An array of any type and shape into an HDF5 file that is created if need be.
template <class V>
void add_array(const std::string& path, const std::string& name, hid_t memory, hid_t stored,
               const std::vector<hsize_t>& shape, const std::vector<V>& values) {
  const bool there = std::filesystem::exists(path);
  const hid_t file = there ? H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT)
                           : H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
  const hid_t links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  const hid_t array = H5Dcreate2(file, name.c_str(), stored, space, links, H5P_DEFAULT, H5P_DEFAULT);
  ASSERT_GE(H5Dwrite(array, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
  H5Dclose(array), H5Pclose(links), H5Sclose(space), H5Fclose(file);
}

inline void add_doubles(const std::string& path, const std::string& name, const std::vector<hsize_t>& shape,
                        const std::vector<double>& values) {
  add_array(path, name, H5T_NATIVE_DOUBLE, H5T_IEEE_F64LE, shape, values);
}

/// 0, 1/count, 2/count, ...
inline std::vector<double> ramp(std::size_t count) {
  std::vector<double> values(count);
  for (std::size_t k = 0; k < count; ++k) values[k] = static_cast<double>(k) / static_cast<double>(count);
  return values;
}

/// What the ranks of a group share, when each is a thread of this process.
struct Meeting {
  explicit Meeting(int ranks) : size(ranks), wait(ranks), sums(ranks), reals(ranks), texts(ranks) {}
  int size;
  std::barrier<> wait;
  std::vector<std::vector<std::int64_t>> sums;
  std::vector<std::vector<double>> reals;
  std::vector<std::string> texts;
};

class ThreadRank final : public Communicator {
 public:
  ThreadRank(Meeting& meeting, int rank) : meeting_(meeting), rank_(rank) {}
  using Communicator::max;
  using Communicator::sum;
  int rank() const override { return rank_; }
  int size() const override { return meeting_.size; }
  std::string name() const override { return "threads"; }
  void sum(std::span<std::int64_t> values) override {
    exchange(meeting_.sums, values, [](std::int64_t a, std::int64_t b) {
      return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
    });
  }
  void max(std::span<double> values) override {
    exchange(meeting_.reals, values, [](double a, double b) { return std::max(a, b); });
  }
  void max(std::span<std::int64_t> values) override {
    exchange(meeting_.sums, values, [](std::int64_t a, std::int64_t b) { return std::max(a, b); });
  }
  std::unique_ptr<Request> start_sum(Memory&, std::span<std::int64_t>) override {
    throw std::logic_error("not used here");
  }
  std::vector<std::string> all_gather_text(const std::string& text) override {
    meeting_.texts[rank_] = text;
    meeting_.wait.arrive_and_wait();
    std::vector<std::string> all = meeting_.texts;
    meeting_.wait.arrive_and_wait();
    return all;
  }
  void broadcast(std::span<std::byte>, int) override { throw std::logic_error("not used here"); }
  void barrier() override { meeting_.wait.arrive_and_wait(); }
  std::unique_ptr<Communicator> split(int, const std::string&) override {
    throw std::logic_error("not used here");
  }

 private:
  template <class V, class Combine>
  void exchange(std::vector<std::vector<V>>& slots, std::span<V> values, Combine combine) {
    slots[rank_].assign(values.begin(), values.end());
    meeting_.wait.arrive_and_wait();
    for (std::size_t k = 0; k < values.size(); ++k) {
      values[k] = slots[0][k];
      for (int r = 1; r < meeting_.size; ++r) values[k] = combine(values[k], slots[r][k]);
    }
    meeting_.wait.arrive_and_wait();
  }

  Meeting& meeting_;
  int rank_;
};

/// One rank that meets no other, for what reads its own share only. HDF5 takes one thread at a time.
class LoneRank final : public Communicator {
 public:
  LoneRank(int rank, int size) : rank_(rank), size_(size) {}
  int rank() const override { return rank_; }
  int size() const override { return size_; }
  std::string name() const override { return "alone"; }
  void sum(std::span<std::int64_t>) override {}
  void max(std::span<double>) override {}
  void max(std::span<std::int64_t>) override {}
  std::unique_ptr<Request> start_sum(Memory&, std::span<std::int64_t>) override {
    throw std::logic_error("not used here");
  }
  std::vector<std::string> all_gather_text(const std::string& text) override { return {text}; }
  void broadcast(std::span<std::byte>, int) override {}
  void barrier() override {}
  std::unique_ptr<Communicator> split(int, const std::string&) override {
    throw std::logic_error("not used here");
  }

 private:
  int rank_, size_;
};

/// Runs work(communicator) as `ranks` ranks at once.
inline void run_ranks(int ranks, const std::function<void(Communicator&)>& work) {
  Meeting meeting(ranks);
  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks; ++rank)
    threads.emplace_back([&meeting, &work, rank] {
      ThreadRank own(meeting, rank);
      work(own);
    });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace zerogap::testing
