// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace zerogap {

/// A library that is opened when the program needs it, and stays open until the process ends: what never
/// needs it starts without it, also where there is none.
class SharedObject {
 public:
  /// Opens `name`, a file's path or a name that the loader looks for. What it is to people ("NCCL") and what
  /// mends it are in the Error (exit 4) that is thrown where it cannot be opened.
  SharedObject(std::string name, std::string what, std::string advice);

  /// Sets `function` to the one that the library calls `symbol`. Throws Error (exit 4) where it has none.
  template <class Function>
  void find(const char* symbol, Function& function) const {
    function = reinterpret_cast<Function>(address(symbol));
  }

  /// As it was given.
  const std::string& name() const { return name_; }

 private:
  void* address(const char* symbol) const;

  std::string name_, what_, advice_;
  void* handle_;
};

}  // namespace zerogap
