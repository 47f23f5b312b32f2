// SPDX-License-Identifier: Apache-2.0
#include "core/log.hpp"

#include <fcntl.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <system_error>

#include "core/files.hpp"

namespace zerogap::log {
namespace {

/// One write(2) for each line, so that it is written before the next statement runs. spdlog's own file sink
/// buffers, and retries what a full disk refused.
class FileSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit FileSink(FileHandle file) : file_(std::move(file)) {}
  int failure() const { return failure_; }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    std::string_view rest(line.data(), line.size());
    while (!rest.empty()) {
      const ssize_t written = ::write(file_.get(), rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) {
        if (failure_ == 0) failure_ = errno;
        return;
      }
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  void flush_() override {}

  FileHandle file_;
  int failure_ = 0;
};

struct State {
  State() {
    console_sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
    console_sink->set_color(spdlog::level::info, "");
    console_sink->set_color(spdlog::level::warn, console_sink->yellow);
    console_sink->set_color(spdlog::level::err, console_sink->red);
    // A colour around an info line would only be an escape sequence without effect.
    console_sink->set_pattern("%v");
    console = make(console_sink);
  }

  static std::unique_ptr<spdlog::logger> make(spdlog::sink_ptr sink) {
    auto logger = std::make_unique<spdlog::logger>("zerogap", std::move(sink));
    logger->set_error_handler([](const std::string&) {});
    return logger;
  }

  std::mutex mutex;
  int rank = 0;
  std::string mark;  // " [rank N, host H]"
  std::function<void()> hook;
  std::shared_ptr<spdlog::sinks::stderr_color_sink_mt> console_sink;
  std::unique_ptr<spdlog::logger> console;
  std::shared_ptr<FileSink> file_sink;
  std::unique_ptr<spdlog::logger> file;
  std::set<std::string> warned;  // by warn_once()
  bool failure_reported = false;
  bool file_only = false;
};

/// Never destroyed: destructors of other globals may still log.
State& state() {
  static State& instance = *new State;
  return instance;
}

spdlog::level::level_enum spdlog_level(Level level) {
  if (level == Level::error) return spdlog::level::err;
  return level == Level::warning ? spdlog::level::warn : spdlog::level::info;
}

void to_console(State& s, Level level, const std::string& text) {
  if (s.hook) s.hook();
  s.console_sink->set_pattern(level == Level::info ? "%v" : "%^%v%$");
  s.console->log(spdlog_level(level), "{}", text);
}

void report_failure(State& s, const std::string& what, int error_number) {
  if (s.failure_reported) return;
  s.failure_reported = true;
  to_console(s, Level::warning,
             "warning: " + what + " (" + std::generic_category().message(error_number) +
                 "); the run goes on and its messages are on the console only");
}

std::string prefix(Level level) {
  if (level == Level::warning) return "warning: ";
  return level == Level::error ? "error: " : "";
}

void dispatch(State& s, Level level, std::string_view text) {
  const bool problem = level == Level::warning || level == Level::error;
  if (s.rank != 0 && !problem && !s.file_only) return;
  std::string line = prefix(level);
  line.append(text);
  if ((s.rank != 0 && problem) || level == Level::error) line += s.mark;
  if (level != Level::record && (problem || !s.file_only)) to_console(s, level, line);
  if (s.file == nullptr) return;
  s.file->log(spdlog_level(level), "{}", line);
  if (s.file_sink->failure() != 0)
    report_failure(s, "the log file cannot be written", s.file_sink->failure());
}

}  // namespace

void start(int rank, const std::string& host) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  s.rank = rank;
  s.mark = fmt::format(" [rank {}, host {}]", rank, host);
}

void open_file(const std::filesystem::path& file) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  s.file.reset();
  s.file_sink.reset();
  s.failure_reported = false;
  if (s.rank != 0 && !s.file_only) return;
  FileHandle handle(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (!handle) return report_failure(s, "cannot open " + file.string(), errno);
  s.file_sink = std::make_shared<FileSink>(std::move(handle));
  s.file_sink->set_pattern("%Y-%m-%dT%H:%M:%S%z %v");
  s.file = State::make(s.file_sink);
}

void close_file() {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  s.file.reset();
  s.file_sink.reset();
}

void keep_to_file(bool on) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  s.file_only = on;
}

void announce(std::string_view text) noexcept {
  try {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    to_console(s, Level::info, std::string(text));
  } catch (...) {
    // As in write().
  }
}

void before_line(std::function<void()> hook) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  s.hook = std::move(hook);
}

void write(Level level, std::string_view text) noexcept {
  try {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    dispatch(s, level, text);
  } catch (...) {
    // A message that cannot be written must not end the run.
  }
}

void warn_once(const std::string& text) noexcept {
  try {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    if (s.rank == 0 && s.warned.insert(text).second) dispatch(s, Level::warning, text);
  } catch (...) {
    // As in write().
  }
}

}  // namespace zerogap::log
