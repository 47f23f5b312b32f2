// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include "comm/communicator.hpp"

namespace zerogap {
namespace {

class CompletedRequest final : public Request {
 public:
  void wait() override {}
  bool done() override { return true; }
};

class SerialCommunicator final : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  std::string name() const override { return "serial"; }
  void sum(std::span<std::int64_t>) override {}
  std::unique_ptr<Request> start_sum(Memory&, std::span<std::int64_t>) override {
    return completed_request();
  }
  void max(std::span<double>) override {}
  void max(std::span<std::int64_t>) override {}
  void broadcast(std::span<std::byte>, int) override {}
  std::vector<std::string> all_gather_text(const std::string& text) override { return {text}; }
  void barrier() override {}
  std::unique_ptr<Communicator> split(int, const std::string&) override { return make_serial(); }
};

}  // namespace

std::unique_ptr<Communicator> make_serial() { return std::make_unique<SerialCommunicator>(); }

std::unique_ptr<Request> completed_request() { return std::make_unique<CompletedRequest>(); }

std::string Communicator::broadcast(const std::string& text, int root) {
  std::int64_t length = rank() == root ? static_cast<std::int64_t>(text.size()) : 0;
  length = max(length);
  std::string copy(static_cast<std::size_t>(length), '\0');
  if (rank() == root) copy = text;
  broadcast(std::as_writable_bytes(std::span(copy)), root);
  return copy;
}

std::vector<std::size_t> Communicator::offsets(std::size_t mine) {
  std::vector<std::int64_t> ends(static_cast<std::size_t>(size()) + 1);
  ends[static_cast<std::size_t>(rank()) + 1] = static_cast<std::int64_t>(mine);
  sum(ends);
  std::partial_sum(ends.begin(), ends.end(), ends.begin());
  return {ends.begin(), ends.end()};
}

std::vector<double> Communicator::all_gather(std::span<const double> mine) {
  const auto starts = offsets(mine.size());
  std::vector<double> all(starts.back());
  std::ranges::copy(mine,
                    all.begin() + static_cast<std::ptrdiff_t>(starts[static_cast<std::size_t>(rank())]));
  for (int r = 0; r < size(); ++r) {
    const auto first = starts[static_cast<std::size_t>(r)], last = starts[static_cast<std::size_t>(r) + 1];
    broadcast(std::as_writable_bytes(std::span(all).subspan(first, last - first)), r);
  }
  return all;
}

}  // namespace zerogap
