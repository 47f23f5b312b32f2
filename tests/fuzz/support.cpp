// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <cxxabi.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <stdexcept>

namespace zerogap::fuzzing {
namespace {

namespace fs = std::filesystem;

/// Where messages go: libFuzzer may close the standard streams, which readers warn on.
int console = STDERR_FILENO;

void tell(const std::string& text) {
  const std::string line = text + "\n";
  if (::write(console, line.data(), line.size()) < 0) return;
}

/// Says what was thrown, where libFuzzer's stack then shows who threw it: nothing was unwound yet.
[[noreturn]] void end_with_words() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  std::string text = std::string("FINDING: not an Error: ") + (type != nullptr ? type->name() : "terminate");
  try {
    if (type != nullptr) throw;
  } catch (const std::exception& error) {
    text += std::string(": ") + error.what();
  } catch (...) {
  }
  tell(text);
  std::abort();
}

class OwnFolder {
 public:
  OwnFolder() {
    std::string name = (fs::temp_directory_path() / "zerogap-fuzz-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder in " + name);
    path_ = name;
  }
  ~OwnFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

void require(bool kept, const char* promise) {
  if (kept) return;
  tell(std::string("FINDING: not so: ") + promise);
  std::abort();
}

const fs::path& folder() {
  static const OwnFolder own;
  return own.path();
}

const fs::path& empty_folder() {
  for (const auto& entry : fs::directory_iterator(folder())) fs::remove_all(entry.path());
  return folder();
}

std::string put(const std::string& name, std::string_view bytes) {
  const fs::path file = folder() / name;
  std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return file.string();
}

Parts parts_of(std::string_view text) {
  constexpr std::string_view head = "=== ";
  Parts parts{{"", ""}};
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end);
    if (!line.starts_with(head)) {
      parts.back().second += line;
      continue;
    }
    if (line.back() == '\n') line.remove_suffix(1);
    parts.emplace_back(line.substr(head.size()), "");
  }
  return parts;
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  for (std::size_t end = 0; !text.empty(); text.remove_prefix(std::min(end + 1, text.size()))) {
    end = std::min(text.find(at), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
  }
  return parts;
}

std::vector<std::string> lines_of(std::string_view text) { return split(text, '\n'); }

std::vector<std::string> words_of(std::string_view line) { return split(line, ' '); }

std::vector<std::string> lines_of(const Parts& parts, std::string_view name) {
  for (const auto& [found, text] : parts)
    if (found == name) return lines_of(text);
  return {};
}

bool is_safe_name(const std::string& name) {
  if (name.empty() || name.size() > 200 || name.front() == '/' || name.find('\0') != std::string::npos)
    return false;
  for (const fs::path& step : fs::path(name))
    if (step == ".." || step.string().size() > 100) return false;
  return true;
}

}  // namespace zerogap::fuzzing

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  using namespace zerogap::fuzzing;
  if (const int copy = ::dup(STDERR_FILENO); copy >= 0) console = copy;
  std::set_terminate(end_with_words);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  zerogap::fuzzing::accepts([&] { zerogap::fuzzing::fuzz({reinterpret_cast<const char*>(data), size}); });
  return 0;
}
