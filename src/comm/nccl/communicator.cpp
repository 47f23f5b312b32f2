// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <memory>
#include <utility>

#include "comm/nccl.hpp"
#include "comm/nccl/watch.hpp"
#include "core/error.hpp"

namespace zerogap {
namespace {

class NcclSum final : public Request {
 public:
  NcclSum(std::shared_ptr<nccl::Watch> watch, std::shared_ptr<nccl::Flight> flight)
      : watch_(std::move(watch)), flight_(std::move(flight)) {}
  void wait() override { watch_->join(*flight_); }
  bool done() override { return watch_->done(*flight_); }

 private:
  std::shared_ptr<nccl::Watch> watch_;
  std::shared_ptr<nccl::Flight> flight_;
};

class NcclCommunicator final : public Communicator {
 public:
  NcclCommunicator(std::shared_ptr<nccl::Watch> watch, Communicator& twin, std::string axis)
      : watch_(std::move(watch)), twin_(twin) {
    open(std::move(axis));
  }
  NcclCommunicator(std::shared_ptr<nccl::Watch> watch, std::unique_ptr<Communicator> part, std::string axis)
      : watch_(std::move(watch)), part_(std::move(part)), twin_(*part_) {
    open(std::move(axis));
  }
  ~NcclCommunicator() override { watch_->close(group_); }
  NcclCommunicator(const NcclCommunicator&) = delete;
  NcclCommunicator& operator=(const NcclCommunicator&) = delete;

  int rank() const override { return twin_.rank(); }
  int size() const override { return twin_.size(); }
  std::string name() const override { return "nccl"; }
  const Communicator& host() const override { return twin_.host(); }

  using Communicator::broadcast;
  using Communicator::max;
  using Communicator::split;
  using Communicator::sum;

  void sum(std::span<std::int64_t> values) override { twin_.sum(values); }
  void max(std::span<double> values) override { twin_.max(values); }
  void max(std::span<std::int64_t> values) override { twin_.max(values); }
  void reduce(std::span<std::int64_t> sums, std::span<std::int64_t> maxima) override {
    twin_.reduce(sums, maxima);
  }
  void broadcast(std::span<std::byte> bytes, int root) override { twin_.broadcast(bytes, root); }
  std::vector<std::string> all_gather_text(const std::string& text) override {
    return twin_.all_gather_text(text);
  }
  std::vector<double> all_gather(std::span<const double> mine) override { return twin_.all_gather(mine); }
  void barrier() override { twin_.barrier(); }

  std::unique_ptr<Request> start_sum(Memory& memory, std::span<std::int64_t> resident) override {
    if (memory.on_host()) return twin_.start_sum(memory, resident);
    if (&memory != &watch_->memory())
      throw runtime_failure("run.comm: nccl sums in one GPU's memory", "this array is in another's",
                            "use --set run.comm=mpi");
    if (resident.empty()) return completed_request();
    return std::make_unique<NcclSum>(watch_, watch_->start(group_, resident));
  }
  void synchronize(Memory& memory) override {
    if (memory.on_host())
      memory.wait();
    else
      watch_->synchronize();
  }
  std::unique_ptr<Communicator> split(int colour, const std::string& axis) override {
    return std::make_unique<NcclCommunicator>(watch_, twin_.split(colour, axis), axis);
  }

 private:
  void open(std::string axis) {
    group_.axis = std::move(axis);
    group_.rank = twin_.rank();
    group_.size = twin_.size();
    ncclUniqueId id{};
    if (group_.rank == 0)
      if (const auto result = watch_->api().get_unique_id(&id); result != ncclSuccess)
        throw runtime_failure("ncclGetUniqueId failed", watch_->api().error_string(result),
                              "see what NCCL_DEBUG=WARN says, or use --set run.comm=mpi");
    twin_.broadcast(std::as_writable_bytes(std::span(&id, 1)), 0);
    watch_->open(group_, id);
  }

  std::shared_ptr<nccl::Watch> watch_;
  std::unique_ptr<Communicator> part_;
  Communicator& twin_;
  nccl::Group group_;
};

}  // namespace

std::unique_ptr<Communicator> make_nccl(Communicator& twin, Memory& memory, double timeout) {
  return std::make_unique<NcclCommunicator>(std::make_shared<nccl::Watch>(memory, timeout), twin,
                                            "all ranks");
}

std::string nccl_version() { return nccl::load().version; }

}  // namespace zerogap
