// SPDX-License-Identifier: Apache-2.0
// Commands of the program as calls in one MPI job. The first rank runs the tests; a command with several
// ranks gets the job's first ones, and the others sleep.

#include "commands/job.hpp"

#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <stdexcept>

#include "cli/program.hpp"
#include "core/host_info.hpp"
#include "core/log.hpp"
#include "program/process.hpp"
#include "support/world.hpp"
#include "sweep/cell_group.hpp"

namespace zerogap::test {
namespace {

using Clock = std::chrono::steady_clock;

/// Captures what this rank writes to one of its standard streams while the object lives.
class Capture {
 public:
  explicit Capture(std::FILE* stream) : stream_(stream), file_(std::tmpfile()) {
    if (file_ == nullptr) throw std::runtime_error("no temporary file");
    std::fflush(stream_);
    before_ = ::dup(::fileno(stream_));
    ::dup2(::fileno(file_), ::fileno(stream_));
    newest_ = this;
  }
  ~Capture() {
    newest_ = nullptr;
    std::fflush(stream_);
    ::dup2(before_, ::fileno(stream_));
    ::close(before_);
    std::fclose(file_);
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  std::string text() const {
    std::fflush(stream_);
    std::string all;
    for_each_part([&](const char* bytes, std::size_t count) { all.append(bytes, count); });
    return all;
  }

  /// Writes what the newest capture holds to where it would have gone: the last words of a process that dies.
  static void give_up() {
    if (newest_ == nullptr) return;
    newest_->for_each_part([](const char* bytes, std::size_t count) {
      static_cast<void>(::write(newest_->before_, bytes, count) != 0);
    });
  }

 private:
  template <class Part>
  void for_each_part(Part part) const {
    std::array<char, 4096> buffer;
    for (off_t at = 0;;) {
      const ssize_t count = ::pread(::fileno(file_), buffer.data(), buffer.size(), at);
      if (count <= 0) return;
      part(buffer.data(), static_cast<std::size_t>(count));
      at += count;
    }
  }

  inline static const Capture* newest_ = nullptr;

  std::FILE* stream_;
  std::FILE* file_;
  int before_ = -1;
};

extern "C" {
[[gnu::weak]] void __sanitizer_set_death_callback(void (*)());  // there in sanitized builds

void die_with_words(int signal) {
  Capture::give_up();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}
}

/// Like run_guarded(), but a failure does not end the ranks: the first that fails prints its message.
int run_on(Communicator& ranks, const Command& body) {
  log::start(ranks.rank(), host_name());
  std::string message;
  ExitCode code = ExitCode::done;
  try {
    code = body(ranks);
  } catch (...) {
    code = describe_failure(message);
  }
  log::close_file();
  CellGroup::meet(ranks, 60.0);  // if a rank failed alone, the others wait forever
  const std::int64_t speaker = -ranks.max(std::int64_t{message.empty() ? -ranks.size() : -ranks.rank()});
  if (ranks.rank() == speaker) log::error("{}", message);
  std::int64_t decides = 0;
  if (ranks.rank() == (speaker < ranks.size() ? speaker : 0)) decides = static_cast<std::int64_t>(code);
  return static_cast<int>(ranks.sum(decides));
}

Ended run_here(std::vector<std::string> arguments, Communicator& ranks) {
  arguments.insert(arguments.begin(), "zerogap");
  std::vector<char*> words;
  for (auto& each : arguments) words.push_back(each.data());
  words.push_back(nullptr);
  const auto start = Clock::now();
  const Capture out(stdout), err(stderr);
  Ended ended;
  ended.code = run_program(static_cast<int>(arguments.size()), words.data(),
                           [&](const Command& body) { return run_on(ranks, body); });
  std::cout.flush();
  ended.out = out.text();
  ended.err = err.text();
  ended.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return ended;
}

/// Runs this rank's part of a command on the first `count` ranks; returns what all of them wrote.
Ended run_together(const std::vector<std::string>& arguments, int count) {
  const auto ranks = world().split(world().rank() < count ? 0 : 1, "a command's ranks");
  Ended ended;
  if (world().rank() < count) ended = run_here(arguments, *ranks);
  CellGroup::meet(world(), 0.0);
  const auto all_out = world().all_gather_text(ended.out), all_err = world().all_gather_text(ended.err);
  ended.out.clear();
  ended.err.clear();
  for (const auto& text : all_out) ended.out += text;
  for (const auto& text : all_err) ended.err += text;
  return ended;
}

/// A command as one text: each word ends with a NUL, which no word contains.
std::string packed(const std::vector<std::string>& arguments, int count) {
  std::string text = std::to_string(count) + '\0';
  for (const auto& each : arguments) text += each + '\0';
  return text;
}

std::vector<std::string> unpacked(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\0', begin);
    words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

std::string next_command(const std::string& of_the_first) {
  CellGroup::meet(world(), 0.0);
  return world().broadcast(of_the_first, 0);
}

}  // namespace

Ended zerogap(const std::vector<std::string>& arguments, int ranks,
              const std::vector<std::string>& environment) {
  if (!environment.empty()) throw std::logic_error("an environment needs a separate process");
  if (ranks == 0) return run_here(arguments, *make_serial());
  if (ranks > world().size())
    throw std::runtime_error("a command asks for " + std::to_string(ranks) +
                             " ranks; start this program as mpirun -n 3");
  if (world().size() > 1) next_command(packed(arguments, ranks));
  return run_together(arguments, ranks);
}

void serve_commands() {
  for (;;) {
    auto words = unpacked(next_command(""));
    if (words.empty()) return;
    const int count = std::stoi(words.front());
    words.erase(words.begin());
    run_together(words, count);
  }
}

void keep_last_words() {
  if (__sanitizer_set_death_callback != nullptr) {
    __sanitizer_set_death_callback(Capture::give_up);
    return;
  }
  for (const int each : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(each, die_with_words);
}

void dismiss_ranks() {
  if (world().size() > 1) next_command("");
}

}  // namespace zerogap::test
