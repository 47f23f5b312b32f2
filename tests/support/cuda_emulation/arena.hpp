// SPDX-License-Identifier: Apache-2.0
#pragma once

// The emulated GPU's memory: an address range of its own that the host may touch only while an emulated
// kernel, copy or memset runs, so that a pointer that crosses over ends the test at the place where it does.

#include <cstddef>

namespace zerogap::emulation {

/// Null where the range is used up. Filled with bytes that are no meaningful number of any type.
void* take_device_memory(std::size_t bytes);
/// Ends the program if something was written behind the array's end.
void give_device_memory(void* at);
/// Whether it lies in an array that is taken.
bool on_device(const void* at);

/// While one lives, the device's memory may be touched.
class InsideDevice {
 public:
  InsideDevice();
  ~InsideDevice();
  InsideDevice(const InsideDevice&) = delete;
  InsideDevice& operator=(const InsideDevice&) = delete;
};

/// Says what a real GPU would fail at, or what would work there by accident only, and ends the program.
[[noreturn]] void wrong(const char* what, const void* at, const char* where);

/// Ends the program if a kernel's argument holds a pointer to the host's memory: wrong(), with `kernel` as
/// where.
void refuse_host_pointers(const void* argument, std::size_t size, const char* kernel);

}  // namespace zerogap::emulation
