// SPDX-License-Identifier: Apache-2.0
#include "comm/mpi.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <numeric>

#include "core/error.hpp"

#ifdef OPEN_MPI
#include <mpi-ext.h>
#endif

namespace zerogap {
namespace {

/// Most elements in one MPI call, whose count is an int.
constexpr std::size_t longest_call = std::size_t{1} << 30;

/// Whether MPI's blocking calls accept device pointers.
bool reads_devices() {
#ifdef MPIX_CUDA_AWARE_SUPPORT
  return MPIX_Query_cuda_support() == 1;
#else
  return false;
#endif
}

/// Sums of an array, or of its copy in host memory if the CPU cannot dereference its pointers.
class MpiSum final : public Request {
 public:
  MpiSum(Memory& memory, std::span<std::int64_t> resident, MPI_Comm group)
      : memory_(memory), resident_(resident), values_(resident) {
    if (!memory.on_host() && !resident.empty()) {
      copy_ = std::make_unique_for_overwrite<std::int64_t[]>(resident.size());
      values_ = {copy_.get(), resident.size()};
      memory.download(copy_.get(), resident.data(), resident.size_bytes());
    }
    for (std::size_t at = 0; at < values_.size(); at += longest_call) {
      const auto count = static_cast<int>(std::min(longest_call, values_.size() - at));
      requests_.push_back(MPI_REQUEST_NULL);
      check_mpi(MPI_Iallreduce(MPI_IN_PLACE, values_.data() + at, count, MPI_INT64_T, MPI_SUM, group,
                               &requests_.back()),
                "MPI_Iallreduce");
    }
  }
  /// A sum that was never waited for belongs to a job that ends; MPI may still write into the copy.
  ~MpiSum() override {
    if (!over_) static_cast<void>(copy_.release());
  }

  void wait() override {
    if (over_) return;
    check_mpi(MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE),
              "MPI_Waitall");
    over_ = true;
    if (copy_) memory_.upload(resident_.data(), copy_.get(), resident_.size_bytes());
  }
  bool done() override {
    int flag = 1;
    check_mpi(MPI_Testall(static_cast<int>(requests_.size()), requests_.data(), &flag, MPI_STATUSES_IGNORE),
              "MPI_Testall");
    return flag != 0;
  }

 private:
  Memory& memory_;
  std::span<std::int64_t> resident_, values_;
  std::unique_ptr<std::int64_t[]> copy_;
  std::vector<MPI_Request> requests_;
  bool over_ = false;
};

/// How Communicator::reduce() combines two messages. A message is one element: the numbers of sums and of
/// maxima, the sums, the maxima.
void combine(void* from, void* into, int* messages, MPI_Datatype*) {
  const auto* in = static_cast<const std::int64_t*>(from);
  auto* to = static_cast<std::int64_t*>(into);
  for (int message = 0; message < *messages; ++message) {
    const std::int64_t sums = in[0], maxima = in[1];
    for (std::int64_t i = 2; i < 2 + sums; ++i) to[i] += in[i];
    for (std::int64_t i = 2 + sums; i < 2 + sums + maxima; ++i) to[i] = std::max(to[i], in[i]);
    in += 2 + sums + maxima;
    to += 2 + sums + maxima;
  }
}

/// Frees MPI's handles, also when an exception is thrown.
class Combination {
 public:
  explicit Combination(int words) {
    check_mpi(MPI_Type_contiguous(words, MPI_INT64_T, &type), "MPI_Type_contiguous");
    check_mpi(MPI_Type_commit(&type), "MPI_Type_commit");
    check_mpi(MPI_Op_create(combine, 1, &op), "MPI_Op_create");
  }
  ~Combination() {
    if (op != MPI_OP_NULL) MPI_Op_free(&op);
    if (type != MPI_DATATYPE_NULL) MPI_Type_free(&type);
  }
  Combination(const Combination&) = delete;
  Combination& operator=(const Combination&) = delete;

  MPI_Datatype type = MPI_DATATYPE_NULL;
  MPI_Op op = MPI_OP_NULL;
};

class MpiCommunicator final : public Communicator {
 public:
  /// Owned handles are freed; MPI_COMM_WORLD must not be.
  MpiCommunicator(MPI_Comm handle, bool owned) : handle_(handle), owned_(owned) {
    check_mpi(MPI_Comm_set_errhandler(handle_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    check_mpi(MPI_Comm_rank(handle_, &rank_), "MPI_Comm_rank");
    check_mpi(MPI_Comm_size(handle_, &size_), "MPI_Comm_size");
  }
  ~MpiCommunicator() override {
    if (owned_) MPI_Comm_free(&handle_);  // unchecked: a destructor cannot report an error
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  std::string name() const override { return "mpi"; }
  MPI_Comm handle() const { return handle_; }

  using Communicator::broadcast;
  using Communicator::max;
  using Communicator::sum;

  void sum(std::span<std::int64_t> values) override { all(values, MPI_INT64_T, MPI_SUM); }
  void sum(Memory& memory, std::span<std::int64_t> resident) override {
    if (size_ == 1) return;
    if (!memory.on_host() && !reads_devices()) return start_sum(memory, resident)->wait();
    memory.wait();
    all(resident, MPI_INT64_T, MPI_SUM);
  }
  std::unique_ptr<Request> start_sum(Memory& memory, std::span<std::int64_t> resident) override {
    if (size_ == 1) return completed_request();
    return std::make_unique<MpiSum>(memory, resident, handle_);
  }
  void max(std::span<double> values) override { all(values, MPI_DOUBLE, MPI_MAX); }
  void max(std::span<std::int64_t> values) override { all(values, MPI_INT64_T, MPI_MAX); }
  void reduce(std::span<std::int64_t> sums, std::span<std::int64_t> maxima) override {
    if (size_ == 1) return;
    std::vector<std::int64_t> message{static_cast<std::int64_t>(sums.size()),
                                      static_cast<std::int64_t>(maxima.size())};
    message.insert(message.end(), sums.begin(), sums.end());
    message.insert(message.end(), maxima.begin(), maxima.end());
    const Combination as(static_cast<int>(message.size()));
    check_mpi(MPI_Allreduce(MPI_IN_PLACE, message.data(), 1, as.type, as.op, handle_), "MPI_Allreduce");
    std::copy_n(message.begin() + 2, sums.size(), sums.begin());
    std::copy_n(message.begin() + 2 + static_cast<std::ptrdiff_t>(sums.size()), maxima.size(),
                maxima.begin());
  }

  void broadcast(std::span<std::byte> bytes, int root) override {
    for (std::size_t at = 0; at < bytes.size(); at += longest_call) {
      const auto count = static_cast<int>(std::min(longest_call, bytes.size() - at));
      check_mpi(MPI_Bcast(bytes.data() + at, count, MPI_BYTE, root, handle_), "MPI_Bcast");
    }
  }

  std::vector<std::string> all_gather_text(const std::string& text) override {
    const int mine = static_cast<int>(text.size());
    std::vector<int> lengths(static_cast<std::size_t>(size_)), starts(lengths.size());
    check_mpi(MPI_Allgather(&mine, 1, MPI_INT, lengths.data(), 1, MPI_INT, handle_), "MPI_Allgather");
    std::exclusive_scan(lengths.begin(), lengths.end(), starts.begin(), 0);
    std::string all(static_cast<std::size_t>(starts.back() + lengths.back()), '\0');
    check_mpi(MPI_Allgatherv(text.data(), mine, MPI_CHAR, all.data(), lengths.data(), starts.data(), MPI_CHAR,
                             handle_),
              "MPI_Allgatherv");
    std::vector<std::string> texts;
    for (std::size_t r = 0; r < lengths.size(); ++r)
      texts.push_back(all.substr(static_cast<std::size_t>(starts[r]), static_cast<std::size_t>(lengths[r])));
    return texts;
  }
  std::vector<double> all_gather(std::span<const double> mine) override {
    const auto places = offsets(mine.size());
    if (places.back() > longest_call) return Communicator::all_gather(mine);
    const std::vector<int> starts(places.begin(), places.end() - 1);
    std::vector<int> counts(places.begin() + 1, places.end());
    std::ranges::transform(counts, starts, counts.begin(), std::minus());
    std::vector<double> all(places.back());
    check_mpi(MPI_Allgatherv(mine.data(), static_cast<int>(mine.size()), MPI_DOUBLE, all.data(),
                             counts.data(), starts.data(), MPI_DOUBLE, handle_),
              "MPI_Allgatherv");
    return all;
  }

  void barrier() override { check_mpi(MPI_Barrier(handle_), "MPI_Barrier"); }

  std::unique_ptr<Communicator> split(int colour, const std::string&) override {
    MPI_Comm part = MPI_COMM_NULL;
    check_mpi(MPI_Comm_split(handle_, colour, rank_, &part), "MPI_Comm_split");
    return std::make_unique<MpiCommunicator>(part, true);
  }

 private:
  template <class T>
  void all(std::span<T> values, MPI_Datatype type, MPI_Op op) {
    if (size_ == 1) return;
    for (std::size_t at = 0; at < values.size(); at += longest_call) {
      const auto count = static_cast<int>(std::min(longest_call, values.size() - at));
      check_mpi(MPI_Allreduce(MPI_IN_PLACE, values.data() + at, count, type, op, handle_), "MPI_Allreduce");
    }
  }

  MPI_Comm handle_;
  bool owned_;
  int rank_ = 0;
  int size_ = 1;
};

/// A launcher that does not match this MPI starts ranks that do not see each other: each would do all the
/// work, in the same folder.
void check_launcher() {
  const char* announced = std::getenv("OMPI_COMM_WORLD_SIZE");
  int size = 1;
  check_mpi(MPI_Comm_size(MPI_COMM_WORLD, &size), "MPI_Comm_size");
  if (announced == nullptr || std::atoi(announced) == size) return;
  char library[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  int length = 0;
  MPI_Get_library_version(library, &length);
  const std::string version(library, static_cast<std::size_t>(length));
  throw runtime_failure(
      fmt::format("mpirun and MPI do not match: {} ranks were started, and MPI sees {}", announced, size),
      fmt::format("zerogap was built with {}", version.substr(0, version.find(','))),
      "put that MPI's mpirun first in PATH");
}

}  // namespace

bool started_under_mpi() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE"})
    if (std::getenv(name) != nullptr) return true;
  return false;
}

MpiSession::MpiSession(int* argc, char*** argv) {
  int provided = 0, running = 0;
  MPI_Initialized(&running);
  owned_ = running == 0;
  if (owned_ && MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS)
    throw runtime_failure("MPI did not start", "MPI_Init_thread failed",
                          "check that mpirun belongs to the MPI zerogap was built with");
  if (owned_ && provided < MPI_THREAD_FUNNELED) {
    MPI_Finalize();
    throw runtime_failure("this MPI cannot be used", "it gives no support for threads (MPI_THREAD_FUNNELED)",
                          "build it, and zerogap with it, with threads enabled");
  }
  check_mpi(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check_mpi(MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check_launcher();
}

MpiSession::~MpiSession() {
  if (owned_) MPI_Finalize();
}

std::unique_ptr<Communicator> MpiSession::world() const {
  return std::make_unique<MpiCommunicator>(MPI_COMM_WORLD, false);
}

void MpiSession::abort(int status) {
  int running = 0, over = 0;
  MPI_Initialized(&running);
  MPI_Finalized(&over);
  if (running != 0 && over == 0) MPI_Abort(MPI_COMM_WORLD, status);
  std::_Exit(status);
}

MPI_Comm mpi_handle(const Communicator& communicator) {
  const auto* mpi = dynamic_cast<const MpiCommunicator*>(&communicator.host());
  return mpi == nullptr ? MPI_COMM_NULL : mpi->handle();
}

void check_mpi(int status, const char* call) {
  if (status == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(status, text, &length);
  throw runtime_failure(std::string(call) + " failed", std::string(text, static_cast<std::size_t>(length)),
                        "see whether another rank ended; restart with --resume");
}

}  // namespace zerogap
