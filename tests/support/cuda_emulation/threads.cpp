// A thread block as fibres of one thread.

#include <ucontext.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <vector>

#include "cuda_runtime.h"
#include "threads.hpp"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace zerogap::emulation {
namespace {

constexpr std::size_t stack_size = 256 * 1024;

struct Fibre {
  ucontext_t context{};
  std::unique_ptr<char[]> stack{new char[stack_size]};
  const char* file = nullptr;  ///< of the barrier where it waits
  int line = 0;
  bool over = false;
};

ucontext_t scheduler;
std::vector<Fibre> fibres;
Fibre* running = nullptr;
const std::function<void()>* body = nullptr;

/// The sanitizer has to know which stack is in use.
class StackSwitch {
 public:
  StackSwitch([[maybe_unused]] const void* bottom, [[maybe_unused]] std::size_t size) {
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_start_switch_fiber(&fake_, bottom, size);
#endif
  }
  ~StackSwitch() {
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_finish_switch_fiber(fake_, nullptr, nullptr);
#endif
  }

 private:
  [[maybe_unused]] void* fake_ = nullptr;
};

const void* scheduler_stack = nullptr;
std::size_t scheduler_size = 0;

void run_fibre() {
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(nullptr, &scheduler_stack, &scheduler_size);
#endif
  (*body)();
  running->over = true;
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber(nullptr, scheduler_stack, scheduler_size);
#endif
  setcontext(&scheduler);
}

void resume(Fibre& fibre, unsigned index) {
  threadIdx = dim3(index, 0, 0);
  running = &fibre;
  const StackSwitch stack(fibre.stack.get(), stack_size);
  swapcontext(&scheduler, &fibre.context);
}

[[noreturn]] void divergence(const char* what, const Fibre& fibre) {
  std::fprintf(stderr, "%s: the barrier at %s:%d, thread block (%u, %u)\n", what, fibre.file, fibre.line,
               blockIdx.x, blockIdx.y);
  std::abort();
}

/// After a round, all threads wait at one barrier, or all are over.
bool all_over() {
  for (unsigned t = 1; t < blockDim.x; ++t) {
    const Fibre &first = fibres[0], &other = fibres[t];
    if (first.over != other.over) divergence("a thread has ended before", first.over ? other : first);
    if (!first.over && (first.line != other.line || std::strcmp(first.file, other.file) != 0))
      divergence("threads wait at different barriers, one of them", other);
  }
  return fibres[0].over;
}

void run_block(bool backwards) {
  for (unsigned t = 0; t < blockDim.x; ++t) {
    Fibre& fibre = fibres[t];
    fibre.over = false;
    getcontext(&fibre.context);
    fibre.context.uc_stack.ss_sp = fibre.stack.get();
    fibre.context.uc_stack.ss_size = stack_size;
    fibre.context.uc_link = nullptr;
    makecontext(&fibre.context, run_fibre, 0);
  }
  do {
    for (unsigned at = 0; at < blockDim.x; ++at) {
      const unsigned t = backwards ? blockDim.x - 1 - at : at;
      resume(fibres[t], t);
    }
  } while (!all_over());
}

}  // namespace

void barrier(const char* file, int line) {
  running->file = file;
  running->line = line;
  const StackSwitch stack(scheduler_stack, scheduler_size);
  swapcontext(&running->context, &scheduler);
}

void run_grid(const dim3& grid, const dim3& block, const std::function<void()>& thread) {
  static bool backwards = false;
  backwards = !backwards;  // results must not depend on who is first
  gridDim = grid;
  blockDim = block;
  body = &thread;
  while (fibres.size() < block.x) fibres.emplace_back();
  for (unsigned y = 0; y < grid.y; ++y)
    for (unsigned x = 0; x < grid.x; ++x) {
      blockIdx = dim3(x, y, 0);
      run_block(backwards);
    }
}

}  // namespace zerogap::emulation
