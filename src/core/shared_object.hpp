// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace zerogap {

/// A library that is opened when the program needs it and stays open until the process ends. A command that
/// does not need it runs without it, even if it is not installed.
class SharedObject {
 public:
  /// Opens `name`, a file's path or a name that the loader looks for. Throws Error (exit 4) if it cannot be
  /// opened; `what` names the library in messages ("NCCL") and `advice` is what to do.
  SharedObject(std::string name, std::string what, std::string advice);

  /// Sets `function` to the one that the library calls `symbol`. Throws Error (exit 4) if it has none.
  template <class Function>
  void find(const char* symbol, Function& function) const {
    function = reinterpret_cast<Function>(address(symbol));
  }

  /// The name given to the constructor.
  const std::string& name() const { return name_; }

 private:
  void* address(const char* symbol) const;

  std::string name_, what_, advice_;
  void* handle_;
};

}  // namespace zerogap
