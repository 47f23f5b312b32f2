// SPDX-License-Identifier: Apache-2.0
#include "run/progress_line.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include "core/format.hpp"
#include "core/log.hpp"

namespace zerogap {
namespace {

constexpr auto redraw_interval = std::chrono::milliseconds(100);

/// Writes to a terminal; what it does not accept is dropped, which does no harm.
void put(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

int columns_declared() {
  const char* text = std::getenv("ZEROGAP_TERMINAL");
  return text != nullptr ? std::clamp(std::atoi(text), 0, 10000) : 0;
}

}  // namespace

std::string progress_text(const ProgressState& state) {
  std::string text = fmt::format("{}  epoch {}/{}", state.network, state.epoch, state.epochs);
  if (!std::isnan(state.objective)) text += fmt::format("  objective {:.6g}", state.objective);
  if (!std::isnan(state.gap)) text += "  gap " + format_percent(state.gap);
  if (!std::isnan(state.pairs_per_second)) text += "  " + format_rate(state.pairs_per_second, "pairs");
  if (!std::isnan(state.seconds_left)) text += "  " + format_duration(state.seconds_left) + " left";
  return text;
}

Progress::Progress(int descriptor)
    : descriptor_(descriptor),
      on_terminal_(::isatty(descriptor) == 1),
      declared_columns_(columns_declared()) {
  on_terminal_ = on_terminal_ || declared_columns_ > 0;
  if (on_terminal_) log::before_line([this] { clear(); });
}

Progress::~Progress() {
  if (!on_terminal_) return;
  log::before_line({});
  clear();
}

int Progress::columns() const {
  winsize size{};
  if (::ioctl(descriptor_, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return declared_columns_ > 0 ? declared_columns_ : 80;
}

void Progress::draw() {
  // The last column stays empty: some terminals go to the next line after it.
  const auto room = static_cast<std::size_t>(std::max(columns() - 1, 1));
  put(descriptor_, "\r" + text_.substr(0, room) + "\x1b[K");
  visible_ = true;
  last_draw_ = std::chrono::steady_clock::now();
}

void Progress::update(const ProgressState& state) {
  if (!on_terminal_) return;
  const bool early = std::chrono::steady_clock::now() - last_draw_ < redraw_interval;
  text_ = progress_text(state);
  if (!early) draw();
}

void Progress::line(const ProgressState& state) {
  if (on_terminal_) {
    log::record("{}", progress_text(state));
    update(state);
  } else {
    log::info("{}", progress_text(state));
  }
}

void Progress::clear() {
  if (!visible_) return;
  put(descriptor_, "\r\x1b[K");
  visible_ = false;
}

void Progress::finish() {
  if (!on_terminal_ || text_.empty()) return;
  draw();
  put(descriptor_, "\n");
  visible_ = false;
  text_.clear();
}

}  // namespace zerogap
