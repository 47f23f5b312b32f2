// SPDX-License-Identifier: Apache-2.0
#include "config/rows.hpp"

namespace zerogap::schema {
namespace {

const Choice<OptimizerName> optimizers{{{"sgd", OptimizerName::sgd},
                                        {"asgd", OptimizerName::asgd},
                                        {"svrg", OptimizerName::svrg},
                                        {"adagrad", OptimizerName::adagrad},
                                        {"adam", OptimizerName::adam},
                                        {"newton", OptimizerName::newton},
                                        {"fista", OptimizerName::fista},
                                        {"frank_wolfe", OptimizerName::frank_wolfe}}};
const Choice<ContinuationParameter> continuation_parameters{{{"none", ContinuationParameter::none},
                                                             {"beta", ContinuationParameter::beta},
                                                             {"lambda", ContinuationParameter::lambda},
                                                             {"rho", ContinuationParameter::rho}}};
const Choice<Schedule> schedules{{{"constant", Schedule::constant}, {"cosine", Schedule::cosine}}};
const Choice<Network> networks{{{"primal", Network::primal}, {"dual", Network::dual}}};
const Choice<Precision> precisions{{{"fp32", Precision::fp32}, {"fp64", Precision::fp64}}};
const Choice<BackendName> backends{{{"auto", BackendName::automatic},
                                    {"reference", BackendName::reference},
                                    {"cpu", BackendName::cpu},
                                    {"cuda", BackendName::cuda}}};
const Choice<CommName> comms{
    {{"auto", CommName::automatic}, {"mpi", CommName::mpi}, {"nccl", CommName::nccl}}};

}  // namespace

std::vector<Row> run_rows() {
  using enum Effect;
  const Integer batch{.low = 1, .word = "full", .word_value = 0};
  const Integer generations{.low = 2};
  return {
      each(
          "name", [](auto& o) -> auto& { return o.name; }, optimizers, result,
          "method that trains a network; sgd, asgd, svrg, adagrad, adam: steps along gradients; newton, "
          "fista: "
          "solvers of the dual network's convex program (fista: only for rho = 0); frank_wolfe: solver of "
          "the "
          "primal network's convex program over any number of filters, by column generation"),
      each(
          "schedule", [](auto& o) -> auto& { return o.schedule; }, schedules, result,
          "sgd, asgd, svrg, adagrad, adam: learning rate over the run; constant, or to 0 along half a "
          "cosine"),
      each(
          "batch", [](auto& o) -> auto& { return o.batch; }, batch, result,
          "number of images in a mini-batch; full: all, which newton, fista and frank_wolfe require"),
      each(
          "epochs", [](auto& o) -> auto& { return o.epochs; }, count, schedule,
          "passes over the training images; newton, fista: largest number of steps; frank_wolfe: of rounds"),
      each(
          "lr", [](auto& o) -> auto& { return o.lr; }, positive, result,
          "sgd, asgd, svrg, adagrad, adam: learning rate at the start"),
      each(
          "momentum", [](auto& o) -> auto& { return o.momentum; }, fraction, result,
          "sgd: momentum, the fraction of the previous direction that the next one keeps"),
      each(
          "dampening", [](auto& o) -> auto& { return o.dampening; }, fraction, result,
          "sgd: fraction of the gradient that does not enter the momentum"),
      each(
          "nesterov", [](auto& o) -> auto& { return o.nesterov; }, Flag{}, result,
          "sgd: whether the momentum is Nesterov's"),
      each(
          "weight_decay", [](auto& o) -> auto& { return o.weight_decay; }, not_negative, result,
          "sgd, asgd, svrg, adagrad, adam: multiple of the weights that is added to the gradient; it is no "
          "part of "
          "the objective"),
      each(
          "betas", [](auto& o) { return std::tie(o.beta1, o.beta2); }, NumberPair{fraction}, result,
          "adam: decay rates of the running means of the gradient and of its square"),
      each(
          "eps", [](auto& o) -> auto& { return o.eps; }, positive, result,
          "adagrad, adam: number added to the denominator of the step"),
      each(
          "amsgrad", [](auto& o) -> auto& { return o.amsgrad; }, Flag{}, result,
          "adam: whether the step is divided by the largest running mean of the squared gradient so far"),
      each(
          "lambd", [](auto& o) -> auto& { return o.lambd; }, not_negative, result,
          "asgd: lambd in the learning rate lr / (1 + lambd lr t)^alpha of step t, which also multiplies the "
          "weights by 1 - lambd times that rate"),
      each(
          "alpha", [](auto& o) -> auto& { return o.alpha; }, not_negative, result,
          "asgd: exponent alpha in the learning rate lr / (1 + lambd lr t)^alpha of step t"),
      each(
          "t0", [](auto& o) -> auto& { return o.t0; }, not_negative, result,
          "asgd: step from which on the weights are averaged"),
      each(
          "snapshot_every", [](auto& o) -> auto& { return o.snapshot_every; }, count, result,
          "svrg: number of epochs between full gradients"),
      each(
          "smoothing", [](auto& o) { return std::tie(o.start_mu, o.start_epsilon); }, NumberPair{positive},
          result, "newton: smoothing widths mu of the hinge and epsilon of the norms in the first stage"),
      each(
          "smoothing_factor", [](auto& o) -> auto& { return o.smoothing_factor; },
          Number{.low = 1.0, .open = true}, result,
          "newton: factor by which the smoothing widths shrink from stage to stage"),
      each(
          "cg_tolerance", [](auto& o) -> auto& { return o.cg_tolerance; }, Number{.open = true, .below = 1.0},
          result, "newton: relative residual at which the conjugate gradients of a step end"),
      each(
          "preconditioner_mib", [](auto& o) -> auto& { return o.preconditioner_mib; }, count, result,
          "newton: memory for the preconditioner's matrices, in MiB per rank"),
      each(
          "search_starts", [](auto& o) -> auto& { return o.search_starts; }, count, result,
          "frank_wolfe: random starts of a round's search for new filters"),
      each(
          "search_steps", [](auto& o) -> auto& { return o.search_steps; }, count, result,
          "frank_wolfe: steps of the ascent from each start"),

      row(
          "continuation.parameter", [](auto& c) -> auto& { return c.continuation.parameter; },
          continuation_parameters, result,
          "key of network.* that varies over a sequence of programs, each solved from the last solution; "
          "needs run.networks [dual] and newton or fista; none: one program"),
      row(
          "continuation.values", [](auto& c) -> auto& { return c.continuation.values; },
          NumberList{not_negative}, result, "values that continuation.parameter takes, in order"),
      row(
          "certify.smoothing_widths", [](auto& c) -> auto& { return c.certify.smoothing_widths; },
          NumberList{positive}, result,
          "smoothing widths mu of the hinge with which the lower bound of the dual network is computed, in "
          "addition to 0, if rho > 0; read in training and by zerogap evaluate and certify"),

      row(
          "certify.tolerance", [](auto& c) -> auto& { return c.certify.tolerance; }, positive, none,
          "zerogap certify: relative gap below which an objective counts as optimal"),
      row(
          "certify.starts", [](auto& c) -> auto& { return c.certify.search.starts; }, count, none,
          "zerogap certify: number of random filters from which the search for a network's bound starts"),
      row(
          "certify.steps", [](auto& c) -> auto& { return c.certify.search.steps; }, count, none,
          "zerogap certify: number of steps of the local ascent from each start"),
      row(
          "certify.seed", [](auto& c) -> auto& { return c.certify.search.seed; }, Seed{}, none,
          "zerogap certify: seed of the random starts"),
      row(
          "certify.seconds", [](auto& c) -> auto& { return c.certify.seconds; }, not_negative, none,
          "zerogap certify: time for the branch and bound of each network's bound, and for further searches "
          "for the run's own network, in seconds"),
      row(
          "certify.rounds", [](auto& c) -> auto& { return c.certify.rounds; }, count, none,
          "zerogap certify: largest number of rounds in which the network's own program is solved"),
      row(
          "certify.solver_steps", [](auto& c) -> auto& { return c.certify.solver_steps; }, count, none,
          "zerogap certify: largest number of Newton steps for each program that it solves"),
      row(
          "run.networks", [](auto& c) -> auto& { return c.run.networks; }, ChoiceList<Network>{networks},
          none, "networks that are trained"),
      row(
          "run.precision", [](auto& c) -> auto& { return c.run.precision; }, precisions, result,
          "floating-point type of weights and products"),
      row(
          "run.backend", [](auto& c) -> auto& { return c.run.backend; }, backends, none,
          "kernels that compute; reference: slow, for comparison; cpu; cuda: on the GPU; auto: cuda if the "
          "program and every rank can, otherwise cpu"),
      row(
          "run.comm", [](auto& c) -> auto& { return c.run.comm; }, comms, none,
          "library that sums over ranks; auto: nccl if each rank has a GPU of its own, otherwise mpi"),
      row(
          "run.comm_timeout", [](auto& c) -> auto& { return c.run.comm_timeout; }, positive, none,
          "nccl: time that a sum may wait for other ranks before the run ends with exit code 4, in seconds"),
      row(
          "run.watchdog", [](auto& c) -> auto& { return c.run.watchdog; }, not_negative, none,
          "time without progress after which a rank ends with exit code 4, in seconds; it should be several "
          "times the longest step; 0: never"),
      row(
          "run.comm_chunks", [](auto& c) -> auto& { return c.run.comm_chunks; }, count_or_none, none,
          "number of parts in which a gradient is summed over ranks, each while the next one is computed; "
          "read on several GPUs and if run.grid.arrangements > 1; 0: chosen by the program"),
      row(
          "run.threads", [](auto& c) -> auto& { return c.run.threads; }, count_or_none, none,
          "number of threads per rank; 0: as many as the rank may use cores, at most OMP_NUM_THREADS"),
      row(
          "run.grid.patches", [](auto& c) -> auto& { return c.run.grid.patches; }, count_or_none, none,
          "number of ranks among which the images are divided; 0: chosen by the program"),
      row(
          "run.grid.arrangements", [](auto& c) -> auto& { return c.run.grid.arrangements; }, count_or_none,
          none, "number of ranks among which blocks and filters are divided; 0: chosen by the program"),
      row(
          "run.evaluate_every", [](auto& c) -> auto& { return c.run.evaluate_every; }, count, none,
          "number of epochs from one evaluation to the next"),
      row(
          "run.checkpoint.every", [](auto& c) -> auto& { return c.run.checkpoint.every; }, count_or_none,
          none, "number of epochs from one checkpoint to the next; 0: only by time and at the end"),
      row(
          "run.checkpoint.seconds", [](auto& c) -> auto& { return c.run.checkpoint.seconds; }, not_negative,
          none, "longest time between checkpoints, in seconds; 0: only by epochs"),
      row(
          "run.checkpoint.keep", [](auto& c) -> auto& { return c.run.checkpoint.keep; }, generations, none,
          "number of newest checkpoints that are kept"),
      row(
          "run.stop.gap", [](auto& c) -> auto& { return c.run.stop.gap; }, fraction, none,
          "relative gap at which training ends: of the dual network, certified; of frank_wolfe, estimated; "
          "0: never"),
      row(
          "run.stop.seconds", [](auto& c) -> auto& { return c.run.stop.seconds; }, not_negative, none,
          "training time after which the run stops with a checkpoint, in seconds; 0: never"),
      row(
          "run.stop.relative_change", [](auto& c) -> auto& { return c.run.stop.relative_change; }, fraction,
          none,
          "primal network: training ends once the objective changes by less than this fraction from one "
          "evaluation to the next; 0: never"),
  };
}

}  // namespace zerogap::schema
