// SPDX-License-Identifier: Apache-2.0
#include "sweep/claim.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <vector>

#include "core/atomic_file.hpp"
#include "core/files.hpp"
#include "core/host_info.hpp"

namespace zerogap {
namespace {

namespace fs = std::filesystem;

/// The longest time that its creator may take to write a claim.
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

FileClock claim_clock(const fs::path& store) {
  return FileClock(store / fmt::format(".clock.{}.{}", host_name(), ::getpid()));
}

ClaimState read_claim(const fs::path& folder, FileClock& clock) {
  static const LeaseOwner self = this_process();
  ClaimState state;
  state.number = newest_claim(folder);
  if (state.number == 0) return state;
  const auto lease = read_lease(claim_file(folder, state.number), clock);
  // Removed since it was listed: by its owner, who finished the cell, or by the owner of a newer claim.
  if (!lease) return state;
  state.released = lease->text == released_text;
  // A time far in the future does not count as a heartbeat: it was set by hand, or before a clock was
  // corrected.
  state.since_heartbeat = std::chrono::abs(lease->since_heartbeat);
  if (state.released) return state;
  state.owner = lease->owner;
  if (state.owner)
    state.stale = why_stale(*state.owner, self, state.since_heartbeat);
  else if (state.since_heartbeat > writing)
    state.stale = "it does not say whose it is";
  return state;
}

void remove_claims(const fs::path& folder) {
  for (const auto number : claims_in(folder)) ::unlink(claim_file(folder, number).c_str());
}

std::unique_ptr<Claim> Claim::take(const fs::path& folder, FileClock& clock) {
  if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST)
    throw file_error("cannot make the cell's folder " + folder.string(), errno);
  const ClaimState state = read_claim(folder, clock);
  if (!state.free()) return nullptr;
  Lease lease(claim_file(folder, state.number + 1));
  const fs::path& file = lease.file();
  const FileHandle handle(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!handle && errno == EEXIST) return nullptr;
  if (!handle) throw file_error("cannot claim the cell " + folder.string(), errno);
  if (const int failure = write_fully(handle.get(), lease.text(), 0); failure != 0) {
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
  return std::unique_ptr<Claim>(new Claim(std::move(lease), reason));
}

Claim::Claim(Lease lease, std::string taken_over)
    : lease_(std::move(lease)), taken_over_(std::move(taken_over)) {
  heartbeats_ = std::thread([this] { send_heartbeats(); });
}

Claim::~Claim() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  heartbeats_.join();
  try {
    if (lost()) return;
    if (finished_) {
      ::unlink(lease_.file().c_str());
    } else {
      write_file(lease_.file(), released_text);
    }
  } catch (...) {
    // For example a full disk: the next process that wants the cell finds that this one no longer exists.
  }
}

void Claim::finish() { finished_ = true; }

bool Claim::lost() const {
  const fs::path& file = lease_.file();
  return newest_claim(file.parent_path()) > number_of(file.filename().string()) ||
         lease_.holder() != Lease::Holder::self;
}

void Claim::send_heartbeats() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, Lease::heartbeat_interval, [this] { return ending_; })) {
    if (!lost()) lease_.heartbeat();
  }
}

}  // namespace zerogap
