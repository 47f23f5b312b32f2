// The trainer between two programs of a run (problem/program_sequence.hpp).

#include <nlohmann/json.hpp>
#include "core/format.hpp"

#include "core/log.hpp"
#include "train/trainer.hpp"

namespace zerogap {

template <class T>
Trainee<T>* Trainer<T>::solver() const {
  for (const auto& t : trainees_)
    if (t->options().solves()) return t.get();
  return nullptr;
}

template <class T>
bool Trainer<T>::program_ended() const {
  return solver() != nullptr && solver()->ended != SolveEnd::running && !programs_.done();
}

template <class T>
void Trainer<T>::end_program() {
  if (!program_ended()) return;
  auto& trainee = *solver();
  const auto& report = *dual_;
  const auto& context = problem_->context();
  ProgramResult result{.end = trainee.ended,
                       .lambda = context.lambda,
                       .beta = context.beta,
                       .rho = context.rho,
                       .objective = report.objective(),
                       .lower_bound = report.best_lower_bound,
                       .gap = report.gap(),
                       .max_violation = report.train.max_violation,
                       .feasible_objective = report.feasible_objective,
                       .relative_violation = report.relative_violation(),
                       .steps = trainee.steps,
                       .seconds = record_.seconds};
  const Terms before = programs_.terms();
  const bool more = programs_.advance(result);
  tell_end(result);
  rounds_.solved(result, problem_->blocks().total);
  if (rounds_.active()) log::info("{}", rounds_.summary());
  if (!more && change_blocks()) {
    programs_.go_on();
    trainee.start_program({});
    dual_.reset();
    return;
  }
  if (!more) {
    trainee.finished = true;
    return;
  }
  const Terms& next = programs_.terms();
  problem_->set_terms(next);
  trainee.start_program({.bound_holds = Programs::bound_holds(before, next),
                         .values_hold = programs_.differ_in_weight_only(before),
                         .other_rho = next.rho != before.rho});
  dual_.reset();
  tell_program();
}

template <class T>
void Trainer<T>::tell_program() const {
  if (solver() == nullptr || !programs_.several() || rounds_.active()) return;
  const auto& context = problem_->context();
  log::info("{}: lambda = {:g}, beta = {:g}, rho = {:g}{}", programs_.title(), context.lambda, context.beta,
            context.rho,
            problem_->blocks().dead > 0 ? fmt::format(", {} blocks are dead", problem_->blocks().dead) : "");
}

template <class T>
void Trainer<T>::tell_end(const ProgramResult& result) const {
  const auto& trainee = *solver();
  std::string why = "run.stop.gap is reached";
  if (result.end == SolveEnd::rounding) why = "rounding ends the solution";
  if (result.end == SolveEnd::conditioning)
    why = fmt::format(
        "conditioning ends the solution: conjugate gradients used all their products up in {} steps; raise "
        "optimizer.memory",
        trainee.cut_steps);
  if (result.end != SolveEnd::gap && config_.run.precision == Precision::fp32)
    why += "; run.precision: fp64 goes further";
  std::string values = "certified gap " + format_percent(result.gap);
  if (programs_.several())
    values = fmt::format("objective {:.8g}, bound {:.8g}, gap {}", result.objective, result.lower_bound,
                         format_percent(result.gap));
  if (programs_.hard())
    values += fmt::format(" of the feasible {:.8g}, relative violation {:.2g}", result.feasible_objective,
                          result.relative_violation);
  log::info("dual: {} ({})", values, why);
  if (!programs_.hard()) return;
  if (programs_.hardness() == Hardness::rounding)
    log::info("dual: the constraints hold, and rounding leaves nothing of the gap to gain");
  if (programs_.hardness() == Hardness::unreachable && folder_ != nullptr)
    log::warn(
        "hard constraints are unreachable: with rho = {:g} the relative violation is {:.2g} "
        "(network.hard.violation {:g}), the gap {} (run.stop.gap {:g}), and rho may not exceed "
        "network.hard.most = {:g}; raise that, allow more, or set run.precision to fp64",
        result.rho, result.relative_violation, config_.hard.violation, format_percent(result.gap),
        config_.run.stop.gap, config_.hard.most);
}

template <class T>
void Trainer<T>::warn_if_epochs_are_used_up() const {
  if (solver() == nullptr || programs_.done() || folder_ == nullptr) return;
  const std::string at = dual_ ? " at a certified gap of " + format_percent(dual_->gap()) : "";
  log::warn("optimizer.dual.epochs = {} are used up in {}{}; raise them and go on with --resume",
            solver()->options().epochs, programs_.title(), at);
}

template <class T>
nlohmann::ordered_json Trainer<T>::solver_json() const {
  const auto& trainee = *solver();
  nlohmann::ordered_json json{{"ended", name_of(trainee.ended)},
                              {"programs_solved", programs_.solved()},
                              {"programs", programs_.planned()},
                              {"cut_steps", trainee.cut_steps}};
  if (trainee.ended == SolveEnd::running && trainee.finished) json["ended"] = "budget";
  if (programs_.hard()) json["constraints"] = name_of(programs_.hardness());
  return json;
}

template Trainee<float>* Trainer<float>::solver() const;
template Trainee<double>* Trainer<double>::solver() const;
template bool Trainer<float>::program_ended() const;
template bool Trainer<double>::program_ended() const;
template void Trainer<float>::end_program();
template void Trainer<double>::end_program();
template void Trainer<float>::tell_program() const;
template void Trainer<double>::tell_program() const;
template void Trainer<float>::warn_if_epochs_are_used_up() const;
template void Trainer<double>::warn_if_epochs_are_used_up() const;
template nlohmann::ordered_json Trainer<float>::solver_json() const;
template nlohmann::ordered_json Trainer<double>::solver_json() const;

}  // namespace zerogap
