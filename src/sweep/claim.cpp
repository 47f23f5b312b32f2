#include "sweep/claim.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <exception>
#include <vector>

#include "core/files.hpp"
#include "core/format.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds heartbeat_interval{30};
constexpr std::chrono::seconds clock_interval{60};
/// How long its creator may take to write a claim.
constexpr std::chrono::seconds writing{60};
const std::string prefix = "claim.";
const std::string released_text = "released\n";

fs::path claim_file(const fs::path& folder, std::int64_t number) {
  return folder / (prefix + std::to_string(number));
}

/// N of claim.N, 0 for any other name.
std::int64_t number_of(const std::string& name) {
  if (!name.starts_with(prefix)) return 0;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(name.data() + prefix.size(), name.data() + name.size(), number);
  return error == std::errc{} && end == name.data() + name.size() ? number : 0;
}

std::vector<std::int64_t> claims_in(const fs::path& folder) {
  std::vector<std::int64_t> numbers;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (const auto number = number_of(entry.path().filename().string()); number > 0)
      numbers.push_back(number);
  return numbers;
}

std::int64_t newest_claim(const fs::path& folder) {
  const auto numbers = claims_in(folder);
  return numbers.empty() ? 0 : *std::max_element(numbers.begin(), numbers.end());
}

}  // namespace

std::time_t FileClock::now() {
  const auto steady = std::chrono::steady_clock::now();
  if (!known_ || steady - read_ > clock_interval) {
    const std::string probe =
        fmt::format("{}/.clock.{}.{}", folder_.string(), this_process().host, ::getpid());
    const FileHandle handle(::open(probe.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
    struct stat status {};
    const bool read = handle && ::futimens(handle.get(), nullptr) == 0 && ::fstat(handle.get(), &status) == 0;
    ahead_ = read ? std::time(nullptr) - status.st_mtime : 0;
    if (handle) ::unlink(probe.c_str());
    known_ = true;
    read_ = steady;
  }
  return std::time(nullptr) - ahead_;
}

ClaimState look_at_claim(const fs::path& folder, FileClock& clock) {
  static const LockOwner self = this_process();
  ClaimState state;
  state.number = newest_claim(folder);
  if (state.number == 0) return state;
  const fs::path file = claim_file(folder, state.number);
  std::string text;
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0 || read_fully(file, text) != 0) {
    // Gone since it was listed: by its owner, who finished the cell, or by a newer one's.
    state.stale = "";
    state.owner.reset();
    return state;
  }
  state.released = text == released_text;
  // A time far ahead is no sign of life either: it was set by hand, or before a clock was.
  state.since_heartbeat = std::chrono::seconds(std::abs(clock.now() - status.st_mtime));
  if (state.released) return state;
  try {
    state.owner = parse_owner(text);
  } catch (const std::exception&) {
    if (state.since_heartbeat > writing) state.stale = "it does not say whose it is";
    return state;
  }
  state.stale = why_stale(*state.owner, self, state.since_heartbeat);
  return state;
}

void remove_claims(const fs::path& folder) {
  for (const auto number : claims_in(folder)) ::unlink(claim_file(folder, number).c_str());
}

std::unique_ptr<Claim> Claim::take(const fs::path& folder, FileClock& clock) {
  if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST)
    throw file_error("cannot make the cell's folder " + folder.string(), errno);
  const ClaimState state = look_at_claim(folder, clock);
  if (!state.free()) return nullptr;
  const fs::path file = claim_file(folder, state.number + 1);
  const FileHandle handle(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!handle && errno == EEXIST) return nullptr;
  if (!handle) throw file_error("cannot claim the cell " + folder.string(), errno);
  const std::string text = to_text(this_process());
  if (const int failure = write_fully(handle.get(), text, 0); failure != 0) {
    ::unlink(file.c_str());
    throw file_error("cannot claim the cell " + folder.string(), failure);
  }
  if (newest_claim(folder) != state.number + 1) {
    ::unlink(file.c_str());
    return nullptr;
  }
  for (const auto number : claims_in(folder))
    if (number <= state.number) ::unlink(claim_file(folder, number).c_str());
  std::string reason;
  if (!state.stale.empty())
    reason = state.owner
                 ? fmt::format("process {} on host {}: {}", state.owner->pid, state.owner->host, state.stale)
                 : state.stale;
  return std::unique_ptr<Claim>(new Claim(file, text, reason));
}

Claim::Claim(fs::path file, std::string text, std::string taken_over)
    : file_(std::move(file)), text_(std::move(text)), taken_over_(std::move(taken_over)) {
  heart_ = std::thread([this] { beat(); });
}

Claim::~Claim() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  heart_.join();
  try {
    if (!still_ours()) return;
    if (finished_) {
      ::unlink(file_.c_str());
    } else {
      write_file(file_, released_text);
    }
  } catch (...) {
    // A full disk, say: whoever wants the cell finds that this process is gone.
  }
}

void Claim::finish() { finished_ = true; }

bool Claim::still_ours() const {
  std::string text;
  const bool greater = newest_claim(file_.parent_path()) > number_of(file_.filename().string());
  return !greater && read_fully(file_, text) == 0 && text == text_;
}

void Claim::beat() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, heartbeat_interval, [this] { return ending_; })) {
    if (still_ours()) ::utimensat(AT_FDCWD, file_.c_str(), nullptr, 0);
  }
}

}  // namespace zerogap
