// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <string>

/// Stands between the program (HDF5 included) and the C library: the calls by which a file is written can be
/// made to fail, or to end the process, one after the other.
namespace zerogap::test {

enum class Fault {
  fail,        ///< the call does nothing and fails with `error`; so do all later ones, as on a full disk
  fail_once,   ///< only this one does
  kill,        ///< the process ends by SIGKILL before the call
  unreserved,  ///< the file system can neither reserve space nor say how much it has (not counted by
               ///< `before`)
  shorten,     ///< every write from this one on writes one byte less than asked, where that is more than one
};

/// The calls after `before` more of them go wrong, until disarm().
void arm(Fault fault, long before, int error = 0);
/// Whether any call went wrong since arm(), by name; empty if none did.
std::string disarm();

/// The pages of files, by number, into which this process has written between arm() and disarm().
std::set<std::int64_t> pages_written();

}  // namespace zerogap::test
