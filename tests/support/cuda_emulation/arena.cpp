// SPDX-License-Identifier: Apache-2.0
#include "arena.hpp"

#include <execinfo.h>
#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size) static_cast<void>(0)
#define ASAN_UNPOISON_MEMORY_REGION(at, size) static_cast<void>(0)
#endif

namespace zerogap::emulation {
namespace {

constexpr std::size_t reserved = std::size_t{64} << 30;
constexpr std::size_t page = 4096;
constexpr unsigned char garbage = 0xCB;  // as a double -4e56, as an integer far from any sum's

/// Address space without memory behind it; arrays are whole pages, and those that were given back serve
/// again.
class Arena {
 public:
  Arena() {
    void* const at = mmap(nullptr, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) wrong("cannot reserve 64 GiB of addresses", nullptr, "the emulated GPU");
    first_ = static_cast<char*>(at);
    key_ = pkey_alloc(0, PKEY_DISABLE_ACCESS);
  }

  void* take(std::size_t bytes) {
    const std::size_t size = size_for(bytes);
    char* at = nullptr;
    if (const auto found = spare_.find(size); found != spare_.end()) {
      at = found->second;
      spare_.erase(found);
    } else {
      if (size > reserved - used_) return nullptr;
      at = first_ + used_;
      used_ += size;
      if (key_ >= 0) pkey_mprotect(at, size, PROT_READ | PROT_WRITE, key_);
    }
    taken_[at] = bytes;
    const InsideDevice here;
    if (key_ < 0) protect();  // pages that are new
    ASAN_UNPOISON_MEMORY_REGION(at, size);
    std::memset(at, garbage, watched(bytes));
    ASAN_POISON_MEMORY_REGION(at + bytes, size - bytes);
    return at;
  }
  void give(void* of) {
    char* const at = static_cast<char*>(of);
    const std::size_t bytes = taken_.at(at), size = size_for(bytes);
    {
      const InsideDevice here;
      ASAN_UNPOISON_MEMORY_REGION(at, size);
      for (std::size_t behind = bytes; behind < watched(bytes); ++behind)
        if (static_cast<unsigned char>(at[behind]) != garbage)
          wrong("something was written behind the end of an array", at + behind, "the emulated GPU's memory");
    }
    taken_.erase(at);
    spare_.emplace(size, at);
  }
  bool holds(const void* of) const {
    const char* const at = static_cast<const char*>(of);
    auto next = taken_.upper_bound(const_cast<char*>(at));
    if (next == taken_.begin()) return false;
    --next;
    return at < next->first + next->second;
  }

  void enter() {
    if (inside_++ == 0) protect();
  }
  void leave() {
    if (--inside_ == 0) protect();
  }

 private:
  static std::size_t size_for(std::size_t bytes) { return std::max(page, std::bit_ceil(bytes)); }
  /// Of an array and what lies behind it: as far as writes are looked for.
  static std::size_t watched(std::size_t bytes) { return std::min(size_for(bytes), bytes + 256); }
  /// By the processor's keys where it has them, which is one instruction; else the kernel changes every page.
  void protect() {
    if (key_ >= 0)
      pkey_set(key_, inside_ > 0 ? 0 : PKEY_DISABLE_ACCESS);
    else if (used_ > 0)
      mprotect(first_, used_, inside_ > 0 ? PROT_READ | PROT_WRITE : PROT_NONE);
  }

  char* first_ = nullptr;
  std::size_t used_ = 0;
  int key_ = -1;
  int inside_ = 0;
  std::map<char*, std::size_t> taken_;       ///< with the bytes asked for
  std::multimap<std::size_t, char*> spare_;  ///< by size
};

/// Never destroyed: arrays outlive whatever static object is destroyed first.
Arena& arena() {
  static auto* const all = new Arena;
  return *all;
}

bool is_mapped(std::uintptr_t at) {
  unsigned char resident = 0;
  return mincore(reinterpret_cast<void*>(at / page * page), page, &resident) == 0;
}

}  // namespace

void* take_device_memory(std::size_t bytes) { return arena().take(bytes); }
void give_device_memory(void* at) { arena().give(at); }
bool on_device(const void* at) { return arena().holds(at); }
InsideDevice::InsideDevice() { arena().enter(); }
InsideDevice::~InsideDevice() { arena().leave(); }

void wrong(const char* what, const void* at, const char* where) {
  std::fprintf(stderr, "emulated GPU: %s: %p in %s\n", what, at, where);
  void* frames[40];
  backtrace_symbols_fd(frames, backtrace(frames, 40), 2);
  std::abort();
}

/// The layout of a kernel's arguments is not known here, so every word that could be a pointer is taken for
/// one: those in the range where programs and their heaps, stacks and libraries lie, if there is memory. Two
/// small integers side by side look like none, and padding has been cleared.
void refuse_host_pointers(const void* argument, std::size_t size, const char* kernel) {
  for (std::size_t at = 0; at + sizeof(std::uintptr_t) <= size; at += sizeof(std::uintptr_t)) {
    std::uintptr_t word = 0;
    std::memcpy(&word, static_cast<const char*>(argument) + at, sizeof word);
    if (word < 0x500000000000 || word >= 0x800000000000 || (word & 0xffffffff) <= 0xffff) continue;
    const void* const pointer = reinterpret_cast<const void*>(word);
    if (!on_device(pointer) && is_mapped(word))
      wrong("a kernel is given memory that is not the GPU's", pointer, kernel);
  }
}

}  // namespace zerogap::emulation
