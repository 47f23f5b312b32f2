// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

#include "comm/communicator.hpp"

namespace zerogap {

/// What `zerogap certify` was asked for.
struct CertifyArguments {
  std::string run;          ///< a run's folder (its newest intact checkpoint), or a checkpoint
  std::string export_file;  ///< HDF5 file for tests/support/recheck.py; empty: none
  std::vector<std::string> overrides;
};

/// What is proved about a run, computed in double, and the verdict (docs/theory.md): the sampled program's
/// gap, the networks' bounds, the program with the primal's own filters as blocks, and what limits the
/// primal. Solves the programs that it needs. Written to certificate.json in a run's folder as well. Throws
/// Error: exit 2 for settings that would make it another problem, 3 for what is no checkpoint or has other
/// data. Collective.
nlohmann::ordered_json certify_run(const CertifyArguments& arguments, Communicator& world);

/// The same for people.
std::string certification_text(const nlohmann::ordered_json& certification);

}  // namespace zerogap
