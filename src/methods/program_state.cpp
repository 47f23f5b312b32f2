// SPDX-License-Identifier: Apache-2.0
#include "methods/program_state.hpp"

#include "core/error.hpp"

namespace zerogap {
namespace {

void write(std::vector<double>& to, const std::vector<double>& values) {
  to.push_back(static_cast<double>(values.size()));
  to.insert(to.end(), values.begin(), values.end());
}

/// Reads numbers in the order in which they were written.
class Reader {
 public:
  explicit Reader(std::span<const double> numbers) : left_(numbers) {}
  double number() {
    require(!left_.empty());
    const double value = left_.front();
    left_ = left_.subspan(1);
    return value;
  }
  std::int64_t whole() { return static_cast<std::int64_t>(number()); }
  /// `width` numbers for each of `rows`; of any number of rows if that is negative.
  std::vector<double> values(std::int64_t rows, std::int64_t width) {
    const double size = number();
    require(size >= 0.0 && size <= static_cast<double>(left_.size()));
    const auto count = static_cast<std::size_t>(size);
    require(rows < 0 || count == static_cast<std::size_t>(rows * width));
    std::vector<double> out(left_.begin(), left_.begin() + static_cast<std::ptrdiff_t>(count));
    left_ = left_.subspan(count);
    return out;
  }
  void end() const { require(left_.empty()); }

 private:
  static void require(bool fits) {
    if (fits) return;
    throw data_error("the checkpoint does not fit", "it was not written by optimizer.primal.name frank_wolfe",
                     "resume with the configuration it was written with");
  }
  std::span<const double> left_;
};

}  // namespace

std::vector<double> ProgramState::numbers() const {
  std::vector<double> out{ratio, objective, lower_bound, price, best.value, candidate.value, pairs};
  for (const std::int64_t each :
       {trust.starts, trust.at_best, trust.distinct, static_cast<std::int64_t>(atoms_end),
        static_cast<std::int64_t>(end), wanted, idle, std::int64_t{made}, std::int64_t{improved}})
    out.push_back(static_cast<double>(each));
  write(out, atoms.mass);
  write(out, atoms.sign);
  write(out, atoms.u);
  for (const auto* each : {&best.network, &candidate.network}) {
    write(out, each->v);
    write(out, each->copies);
    write(out, each->u);
  }
  return out;
}

ProgramState ProgramState::from(std::span<const double> numbers, int length) {
  Reader in(numbers);
  ProgramState out;
  out.ratio = in.number();
  out.objective = in.number();
  out.lower_bound = in.number();
  out.price = in.number();
  out.best.value = in.number();
  out.candidate.value = in.number();
  out.pairs = in.number();
  out.trust.starts = in.whole();
  out.trust.at_best = in.whole();
  out.trust.distinct = in.whole();
  out.atoms_end = static_cast<ProgramEnd>(in.whole());
  out.end = static_cast<ProgramEnd>(in.whole());
  out.wanted = in.whole();
  out.idle = in.whole();
  out.made = in.whole() != 0;
  out.improved = in.whole() != 0;
  out.atoms.length = length;
  out.atoms.mass = in.values(-1, 1);
  const auto n = out.atoms.count();
  out.atoms.sign = in.values(n, 1);
  out.atoms.u = in.values(n, length);
  for (auto* each : {&out.best.network, &out.candidate.network}) {
    each->length = length;
    each->v = in.values(-1, 1);
    const auto g = static_cast<std::int64_t>(each->v.size());
    each->copies = in.values(g, 1);
    each->u = in.values(g, length);
  }
  in.end();
  return out;
}

}  // namespace zerogap
