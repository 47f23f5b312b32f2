// SPDX-License-Identifier: Apache-2.0
// A thread block as fibres of one thread.

#include <setjmp.h>
#include <ucontext.h>

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>

#include "cuda_runtime.h"
#include "threads.hpp"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace zerogap::emulation {
namespace {

constexpr std::size_t stack_size = 256 * 1024;

/// A stack and where it stopped. Lives as long as the program, and runs one thread after the other.
struct Fibre {
  ucontext_t context{};
  jmp_buf stopped{};
  std::unique_ptr<char[]> stack;
  const void* bottom = nullptr;
  std::size_t size = 0;
  bool begun = false;
  const char* file = nullptr;  ///< of the barrier where it waits
  int line = 0;
  bool over = false;
};

Fibre scheduler;
std::deque<Fibre> fibres;
Fibre* running = nullptr;
const std::function<void()>* body = nullptr;

#ifdef __SANITIZE_ADDRESS__
/// The sanitizer supports this way of switching if it is notified of the stack in use.
void switch_stacks(Fibre& from, Fibre& to) {
  void* fake = nullptr;
  __sanitizer_start_switch_fiber(&fake, to.bottom, to.size);
  swapcontext(&from.context, &to.context);
  __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
}
void arrive() { __sanitizer_finish_switch_fiber(nullptr, &scheduler.bottom, &scheduler.size); }
#else
/// No call of the system, unlike swapcontext.
void switch_stacks(Fibre& from, Fibre& to) {
  if (_setjmp(from.stopped) != 0) return;
  if (to.begun) _longjmp(to.stopped, 1);
  to.begun = true;
  setcontext(&to.context);
}
void arrive() {}
#endif

void run_fibre() {
  arrive();
  for (;;) {
    (*body)();
    running->over = true;
    switch_stacks(*running, scheduler);
  }
}

void make_fibre() {
  Fibre& fibre = fibres.emplace_back();
  fibre.stack.reset(new char[stack_size]);
  fibre.bottom = fibre.stack.get();
  fibre.size = stack_size;
  getcontext(&fibre.context);
  fibre.context.uc_stack.ss_sp = fibre.stack.get();
  fibre.context.uc_stack.ss_size = stack_size;
  fibre.context.uc_link = nullptr;
  makecontext(&fibre.context, run_fibre, 0);
}

void resume(Fibre& fibre, unsigned index) {
  threadIdx = dim3(index, 0, 0);
  running = &fibre;
  switch_stacks(scheduler, fibre);
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
    if (!first.over &&
        (first.line != other.line || (first.file != other.file && std::strcmp(first.file, other.file) != 0)))
      divergence("threads wait at different barriers, one of them", other);
  }
  return fibres[0].over;
}

void run_block(bool backwards) {
  for (unsigned t = 0; t < blockDim.x; ++t) fibres[t].over = false;
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
  switch_stacks(*running, scheduler);
}

void run_grid(const dim3& grid, const dim3& block, const std::function<void()>& thread) {
  static bool backwards = false;
  backwards = !backwards;  // results must not depend on who is first
  gridDim = grid;
  blockDim = block;
  body = &thread;
  scheduler.begun = true;
  while (fibres.size() < block.x) make_fibre();
  for (unsigned y = 0; y < grid.y; ++y)
    for (unsigned x = 0; x < grid.x; ++x) {
      blockIdx = dim3(x, y, 0);
      run_block(backwards);
    }
}

}  // namespace zerogap::emulation
