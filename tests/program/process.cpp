// SPDX-License-Identifier: Apache-2.0
#include "program/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <thread>

extern char** environ;

namespace zerogap::test {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string name_in(const std::string& entry) { return entry.substr(0, entry.find('=')); }

/// The environment of this process with `new_entries`. Each name occurs once: of two values getenv() takes
/// the first, and a shell hands on the last.
std::vector<std::string> environment_with(const std::vector<std::string>& new_entries) {
  std::map<std::string, std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) entries[name_in(*entry)] = *entry;
  for (const char* name : {"OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"})
    entries[name] = std::string(name) + "=1";
  for (const std::string& entry : new_entries) entries[name_in(entry)] = entry;
  // The sanitizers cannot distinguish MPI's leaks from zerogap's.
  if (const auto sanitizer = entries.find("ASAN_OPTIONS"); sanitizer != entries.end())
    sanitizer->second += ":detect_leaks=0";
  std::vector<std::string> all;
  for (auto& [name, entry] : entries) all.push_back(std::move(entry));
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

sigset_t stop_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) ::sigaddset(&signals, number);
  return signals;
}

/// The parent in /proc/PID/stat, -1 where it cannot be read.
pid_t parent_of(const std::string& pid) {
  const std::string line = text_of(fs::path("/proc") / pid / "stat");
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return -1;
  std::istringstream words(line.substr(name_end + 1));
  std::string state;
  pid_t parent = -1;
  words >> state >> parent;
  return parent;
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") == std::string::npos && parent_of(name) == parent)
      children.push_back(static_cast<pid_t>(std::stol(name)));
  }
  return children;
}

/// launch/mpirun stands between the test and Open MPI's.
pid_t rank_below(pid_t parent, const std::string& wanted) {
  for (const pid_t child : children_of(parent)) {
    const std::string environment =
        '\0' + text_of(fs::path("/proc") / std::to_string(child) / "environ") + '\0';
    if (environment.find('\0' + wanted + '\0') != std::string::npos) return child;
    if (const pid_t deeper = rank_below(child, wanted); deeper > 0) return deeper;
  }
  return -1;
}

}  // namespace

Folder::Folder() {
  std::string name = (fs::temp_directory_path() / "zerogap_program_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Process::Process(const std::vector<std::string>& command, const std::vector<std::string>& environment)
    : start_(Clock::now()) {
  auto arguments = command;
  auto variables = environment_with(environment);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  const std::string out = folder_ / "out", err = folder_ / "err";
  posix_spawn_file_actions_addopen(&files, 1, out.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_addopen(&files, 2, err.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  // Signals that whoever started the tests ignores would stay ignored.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  const sigset_t stops = stop_signals();
  posix_spawnattr_setsigdefault(&attributes, &stops);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  const int failure = ::posix_spawnp(&pid_, command[0].c_str(), &files, &attributes,
                                     pointers(arguments).data(), pointers(variables).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (failure != 0) throw std::runtime_error("cannot start " + command[0]);
}

Process::~Process() { end(); }

/// mpirun ends its ranks when asked to; whoever does not listen is killed.
void Process::end() {
  if (!running()) return;
  signal(SIGTERM);
  if (eventually([this] { return !running(); }, std::chrono::seconds(5))) return;
  for (const pid_t child : children_of(pid_)) ::kill(child, SIGKILL);
  signal(SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  status_ = status;
}

bool Process::running() {
  int status = 0;
  if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
  return !status_;
}

void Process::signal(int number) const {
  if (!status_) ::kill(pid_, number);
}

pid_t Process::rank(int number) const {
  return rank_below(pid_, "OMPI_COMM_WORLD_RANK=" + std::to_string(number));
}

std::string Process::out() const { return text_of(folder_ / "out"); }
std::string Process::err() const {
  std::string text = text_of(folder_ / "err");
  std::erase(text, '\0');  // Open MPI 5's mpirun ends its account of an abort with one, wherever that lands
  return text;
}

Ended Process::wait(std::chrono::seconds patience) {
  const bool in_time = eventually([this] { return !running(); }, patience);
  if (!in_time) end();
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const int code = WIFEXITED(*status_) ? WEXITSTATUS(*status_) : 128 + WTERMSIG(*status_);
  return {in_time ? code : -1, out(), err(), seconds};
}

std::vector<std::string> command_line(const std::string& program, const std::vector<std::string>& arguments,
                                      int ranks) {
  std::vector<std::string> command;
  if (ranks > 0) {
    std::istringstream flags(ZEROGAP_MPIRUN_FLAGS);
    command.emplace_back(ZEROGAP_MPIRUN);
    for (std::string flag; flags >> flag;) command.push_back(flag);
    command.insert(command.end(), {"-n", std::to_string(ranks)});
  }
  command.push_back(program);
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

std::vector<std::string> command_line(const std::vector<std::string>& arguments, int ranks) {
  return command_line(ZEROGAP_PROGRAM, arguments, ranks);
}

void pause(std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }

}  // namespace zerogap::test
