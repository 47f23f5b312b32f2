// SPDX-License-Identifier: Apache-2.0
#include "core/shared_object.hpp"

#include <dlfcn.h>

#include "core/error.hpp"

namespace zerogap {

SharedObject::SharedObject(std::string name, std::string what, std::string advice)
    : name_(std::move(name)), what_(std::move(what)), advice_(std::move(advice)) {
  handle_ = dlopen(name_.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle_ != nullptr) return;
  const char* why = dlerror();
  throw runtime_failure("cannot load " + what_, why != nullptr ? why : name_, advice_);
}

void* SharedObject::address(const char* symbol) const {
  void* found = dlsym(handle_, symbol);
  if (found == nullptr) throw runtime_failure("cannot use " + what_, name_ + " has no " + symbol, advice_);
  return found;
}

}  // namespace zerogap
