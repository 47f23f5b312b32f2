// SPDX-License-Identifier: Apache-2.0
#include "run/progress_line.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <optional>
#include <thread>

#include "core/log.hpp"

namespace zerogap {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

ProgressState some_state() {
  ProgressState state;
  state.network = "dual";
  state.epoch = 12;
  state.epochs = 50;
  state.objective = 0.00123456789;
  state.gap = 0.0431;
  state.pairs_per_second = 1.25e9;
  state.seconds_left = 192.0;
  return state;
}

/// A terminal that a program writes to and a test reads from.
class Terminal {
 public:
  explicit Terminal(unsigned short columns) {
    master_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0) return;
    slave_ = ::open(::ptsname(master_), O_RDWR | O_NOCTTY);
    winsize size{};
    size.ws_row = 25;
    size.ws_col = columns;
    ::ioctl(slave_, TIOCSWINSZ, &size);
    termios mode{};
    ::tcgetattr(slave_, &mode);
    ::cfmakeraw(&mode);
    ::tcsetattr(slave_, TCSANOW, &mode);
  }
  ~Terminal() {
    if (slave_ >= 0) ::close(slave_);
    if (master_ >= 0) ::close(master_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  int descriptor() const { return slave_; }
  std::string shown() const {
    std::string text(65536, '\0');
    const ssize_t count = ::read(master_, text.data(), text.size());
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
  }

 private:
  int master_ = -1;
  int slave_ = -1;
};

TEST(ProgressText, NamesEverythingThatIsKnown) {
  EXPECT_EQ(progress_text(some_state()),
            "dual  epoch 12/50  objective 0.00123457  gap 4.31%  1.25 Gpairs/s  3 min 12 s left");
  ProgressState state;
  state.network = "primal";
  state.epochs = 3;
  EXPECT_EQ(progress_text(state), "primal  epoch 0/3");
}

TEST(Progress, OnATerminalOneLineIsRewritten) {
  const Terminal terminal(200);
  if (terminal.descriptor() < 0) GTEST_SKIP() << "no pseudo-terminals here";
  Progress progress(terminal.descriptor());
  ASSERT_TRUE(progress.on_terminal());
  progress.update(some_state());
  EXPECT_EQ(terminal.shown(), "\r" + progress_text(some_state()) + "\x1b[K");
  progress.update(some_state());
  EXPECT_THAT(terminal.shown(), IsEmpty()) << "within a tenth of a second";
  std::this_thread::sleep_for(std::chrono::milliseconds(120));
  ProgressState next = some_state();
  next.epoch = 13;
  progress.update(next);
  EXPECT_THAT(terminal.shown(), HasSubstr("epoch 13/50"));
  progress.finish();
  EXPECT_EQ(terminal.shown(), "\r" + progress_text(next) + "\x1b[K\n");
  progress.finish();
  EXPECT_THAT(terminal.shown(), IsEmpty());
}

TEST(Progress, TheLineIsCutToTheTerminal) {
  const Terminal terminal(20);
  if (terminal.descriptor() < 0) GTEST_SKIP() << "no pseudo-terminals here";
  Progress progress(terminal.descriptor());
  progress.update(some_state());
  EXPECT_EQ(terminal.shown(), "\r" + progress_text(some_state()).substr(0, 19) + "\x1b[K");
}

TEST(Progress, LogLinesTakeTheLineAwayFirst) {
  const Terminal terminal(80);
  if (terminal.descriptor() < 0) GTEST_SKIP() << "no pseudo-terminals here";
  {
    Progress progress(terminal.descriptor());
    progress.update(some_state());
    terminal.shown();
    testing::internal::CaptureStderr();
    log::info("a message");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "a message\n");
    EXPECT_EQ(terminal.shown(), "\r\x1b[K");
  }
  testing::internal::CaptureStderr();
  log::info("nobody listens any more");
  testing::internal::GetCapturedStderr();
  EXPECT_THAT(terminal.shown(), IsEmpty());
}

TEST(Progress, OnATerminalEvaluationsGoToTheLogFileOnly) {
  const Terminal terminal(80);
  if (terminal.descriptor() < 0) GTEST_SKIP() << "no pseudo-terminals here";
  Progress progress(terminal.descriptor());
  testing::internal::CaptureStderr();
  progress.line(some_state());
  EXPECT_THAT(testing::internal::GetCapturedStderr(), IsEmpty());
  EXPECT_THAT(terminal.shown(), Not(HasSubstr("\n")));
}

TEST(Progress, WithoutATerminalOnlyEvaluationsArePrinted) {
  const int nowhere = ::open("/dev/null", O_WRONLY);
  Progress progress(nowhere);
  EXPECT_FALSE(progress.on_terminal());
  testing::internal::CaptureStderr();
  progress.update(some_state());
  progress.line(some_state());
  progress.finish();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), progress_text(some_state()) + "\n");
  ::close(nowhere);
}

TEST(Progress, ALauncherMayDeclareATerminal) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::setenv("ZEROGAP_TERMINAL", "30", 1);
  {
    Progress progress(ends[1]);
    ::unsetenv("ZEROGAP_TERMINAL");
    EXPECT_TRUE(progress.on_terminal());
    progress.update(some_state());
  }
  ::close(ends[1]);
  std::string text(1000, '\0');
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(::read(ends[0], text.data(), text.size()), 0)));
  EXPECT_EQ(text, "\r" + progress_text(some_state()).substr(0, 29) + "\x1b[K\r\x1b[K");
  ::close(ends[0]);
}

}  // namespace
}  // namespace zerogap
