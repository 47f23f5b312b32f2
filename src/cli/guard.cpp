// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <csignal>
#include <exception>
#include <memory>
#include <new>
#include <thread>

#include "cli/program.hpp"
#include "comm/mpi.hpp"
#include "core/host_info.hpp"
#include "core/log.hpp"
#include "core/out_of_memory.hpp"

namespace zerogap {
namespace {

/// How long a rank other than 0 delays its message. Usually all ranks fail in the same way, and rank 0 prints
/// the message and ends them. The other rank prints its own only if rank 0 has not failed.
constexpr auto courtesy = std::chrono::milliseconds(1500);

}  // namespace

ExitCode describe_failure(std::string& message) {
  try {
    throw;
  } catch (const Error& error) {
    message = error.what();
    return error.code();
  } catch (const std::bad_alloc&) {
    message = std::string("out of memory (an allocation failed); ") + out_of_memory_advice;
  } catch (const std::exception& error) {
    message = std::string("unexpected failure (") + error.what() + "); report it with log.txt";
  }
  return ExitCode::runtime;
}

int run_guarded(int argc, char** argv, const Command& body) {
  // A closed pipe or a file-size limit must not kill a run: writing then fails, and is reported like a full
  // disk.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  std::unique_ptr<MpiSession> session;
  std::unique_ptr<Communicator> world;
  try {
    if (started_under_mpi()) session = std::make_unique<MpiSession>(&argc, &argv);
    world = session ? session->world() : make_serial();
    log::start(world->rank(), host_name());
    return static_cast<int>(body(*world));
  } catch (...) {
    std::string message;
    const auto code = describe_failure(message);
    const bool alone = !world || world->size() == 1;
    if (!alone && world->rank() != 0) std::this_thread::sleep_for(courtesy);
    log::error("{}", message);
    if (!alone) MpiSession::abort(static_cast<int>(code));
    return static_cast<int>(code);
  }
}

}  // namespace zerogap
