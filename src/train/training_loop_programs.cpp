// The training loop between two programs of a run (problem/program_sequence.hpp).

#include <nlohmann/json.hpp>
#include "core/format.hpp"

#include "core/log.hpp"
#include "train/training_loop.hpp"

namespace zerogap {

template <class T>
NetworkTrainer<T>* TrainingLoop<T>::solver() const {
  for (const auto& t : trainers_)
    if (t->options().solves()) return t.get();
  return nullptr;
}

template <class T>
bool TrainingLoop<T>::program_ended() const {
  return solver() != nullptr && solver()->ended != TerminationReason::running && !programs_.done();
}

template <class T>
void TrainingLoop<T>::end_program() {
  if (!program_ended()) return;
  auto& trainer = *solver();
  const auto& report = *dual_;
  const auto& context = problem_->context();
  ProgramResult result{.end = trainer.ended,
                       .lambda = context.lambda,
                       .beta = context.beta,
                       .rho = context.rho,
                       .objective = report.objective(),
                       .lower_bound = report.best_lower_bound,
                       .gap = report.gap(),
                       .max_violation = report.train.max_violation,
                       .feasible_objective = report.feasible_objective,
                       .relative_violation = report.relative_violation(),
                       .steps = trainer.steps,
                       .seconds = record_.seconds};
  const ProgramParameters before = programs_.parameters();
  const bool more = programs_.advance(result);
  tell_end(result);
  rounds_.solved(result, problem_->blocks().total);
  if (rounds_.active()) log::info("{}", rounds_.summary());
  if (!more && change_blocks()) {
    programs_.go_on();
    trainer.start_program({});
    dual_.reset();
    return;
  }
  if (!more) {
    trainer.finished = true;
    return;
  }
  const ProgramParameters& next = programs_.parameters();
  problem_->set_parameters(next);
  trainer.start_program({.bound_holds = ProgramSequence::bound_holds(before, next),
                         .values_hold = programs_.differ_in_weight_only(before),
                         .other_rho = next.rho != before.rho});
  dual_.reset();
  tell_program();
}

template <class T>
void TrainingLoop<T>::tell_program() const {
  if (solver() == nullptr || !programs_.several() || rounds_.active()) return;
  const auto& context = problem_->context();
  log::info("{}: lambda = {:g}, beta = {:g}, rho = {:g}{}", programs_.title(), context.lambda, context.beta,
            context.rho,
            problem_->blocks().dead > 0 ? fmt::format(", {} blocks are dead", problem_->blocks().dead) : "");
}

template <class T>
void TrainingLoop<T>::tell_end(const ProgramResult& result) const {
  const auto& trainer = *solver();
  std::string why = "run.stop.gap is reached";
  if (result.end == TerminationReason::rounding) why = "rounding ends the solution";
  if (result.end == TerminationReason::conditioning)
    why = fmt::format(
        "conditioning ends the solution: conjugate gradients used all their products up in {} steps; raise "
        "optimizer.memory",
        trainer.cut_steps);
  if (result.end != TerminationReason::gap && config_.run.precision == Precision::fp32)
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
  if (programs_.constraint_status() == ConstraintStatus::rounding)
    log::info("dual: the constraints hold, and rounding leaves nothing of the gap to gain");
  if (programs_.constraint_status() == ConstraintStatus::unreachable && folder_ != nullptr)
    log::warn(
        "hard constraints are unreachable: with rho = {:g} the relative violation is {:.2g} "
        "(network.hard.violation {:g}), the gap {} (run.stop.gap {:g}), and rho may not exceed "
        "network.hard.most = {:g}; raise that, allow more, or set run.precision to fp64",
        result.rho, result.relative_violation, config_.hard.violation, format_percent(result.gap),
        config_.run.stop.gap, config_.hard.most);
}

template <class T>
void TrainingLoop<T>::warn_if_epochs_are_used_up() const {
  if (solver() == nullptr || programs_.done() || folder_ == nullptr) return;
  const std::string at = dual_ ? " at a certified gap of " + format_percent(dual_->gap()) : "";
  log::warn("optimizer.dual.epochs = {} are used up in {}{}; raise them and go on with --resume",
            solver()->options().epochs, programs_.title(), at);
}

template <class T>
nlohmann::ordered_json TrainingLoop<T>::solver_json() const {
  const auto& trainer = *solver();
  nlohmann::ordered_json json{{"ended", name_of(trainer.ended)},
                              {"programs_solved", programs_.solved()},
                              {"programs", programs_.planned()},
                              {"cut_steps", trainer.cut_steps}};
  if (trainer.ended == TerminationReason::running && trainer.finished) json["ended"] = "budget";
  if (programs_.hard()) json["constraints"] = name_of(programs_.constraint_status());
  return json;
}

template NetworkTrainer<float>* TrainingLoop<float>::solver() const;
template NetworkTrainer<double>* TrainingLoop<double>::solver() const;
template bool TrainingLoop<float>::program_ended() const;
template bool TrainingLoop<double>::program_ended() const;
template void TrainingLoop<float>::end_program();
template void TrainingLoop<double>::end_program();
template void TrainingLoop<float>::tell_program() const;
template void TrainingLoop<double>::tell_program() const;
template void TrainingLoop<float>::warn_if_epochs_are_used_up() const;
template void TrainingLoop<double>::warn_if_epochs_are_used_up() const;
template nlohmann::ordered_json TrainingLoop<float>::solver_json() const;
template nlohmann::ordered_json TrainingLoop<double>::solver_json() const;

}  // namespace zerogap
