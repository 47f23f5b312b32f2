// SPDX-License-Identifier: Apache-2.0
#include "methods/program_record.hpp"

#include "bounds/lagrangian_bound.hpp"

namespace zerogap {

const char* name_of(ProgramEnd end) {
  switch (end) {
    case ProgramEnd::gap:
      return "gap";
    case ProgramEnd::nothing:
      return "nothing found";
    case ProgramEnd::rounds:
      return "rounds";
    case ProgramEnd::rest:
      return "rest";
    case ProgramEnd::running:
      break;
  }
  return "running";
}

double NetworkProgramRecord::split_gap() const { return estimated_gap(split->objective, lower_bound); }

double NetworkProgramRecord::gap() const { return estimated_gap(objective, lower_bound); }

}  // namespace zerogap
