#include "config/rows.hpp"

namespace zerogap::schema {
namespace {

const Choice<OptimizerName> optimizers{{{"sgd", OptimizerName::sgd},
                                        {"asgd", OptimizerName::asgd},
                                        {"svrg", OptimizerName::svrg},
                                        {"adam", OptimizerName::adam},
                                        {"newton", OptimizerName::newton},
                                        {"fista", OptimizerName::fista}}};
const Choice<PathOver> paths{{{"none", PathOver::none},
                              {"beta", PathOver::beta},
                              {"lambda", PathOver::lambda},
                              {"rho", PathOver::rho}}};
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
          "the step rule; newton, fista: solve the dual's program, an epoch being a step"),
      each(
          "schedule", [](auto& o) -> auto& { return o.schedule; }, schedules, result, "of the learning rate"),
      each(
          "batch", [](auto& o) -> auto& { return o.batch; }, batch, result, "images in a mini-batch"),
      each(
          "epochs", [](auto& o) -> auto& { return o.epochs; }, count, schedule, "passes over the images"),
      each(
          "lr", [](auto& o) -> auto& { return o.lr; }, positive, result, "learning rate"),
      each(
          "momentum", [](auto& o) -> auto& { return o.momentum; }, fraction, result,
          "sgd: how much of the last step is kept"),
      each(
          "dampening", [](auto& o) -> auto& { return o.dampening; }, fraction, result,
          "sgd: how much of the gradient the momentum leaves out"),
      each(
          "nesterov", [](auto& o) -> auto& { return o.nesterov; }, Flag{}, result,
          "sgd: Nesterov's momentum"),
      each(
          "weight_decay", [](auto& o) -> auto& { return o.weight_decay; }, not_negative, result,
          "added to the gradient, times the weights; not part of the objective"),
      each(
          "betas", [](auto& o) { return std::tie(o.beta1, o.beta2); }, NumberPair{fraction}, result,
          "adam: decay of the two moments"),
      each(
          "eps", [](auto& o) -> auto& { return o.eps; }, positive, result, "adam: added to the denominator"),
      each(
          "amsgrad", [](auto& o) -> auto& { return o.amsgrad; }, Flag{}, result,
          "adam: keep the greatest second moment"),
      each(
          "lambd", [](auto& o) -> auto& { return o.lambd; }, not_negative, result, "asgd: decay term"),
      each(
          "alpha", [](auto& o) -> auto& { return o.alpha; }, not_negative, result,
          "asgd: power of the learning rate's decay"),
      each(
          "t0", [](auto& o) -> auto& { return o.t0; }, not_negative, result,
          "asgd: the step after which weights are averaged"),
      each(
          "snapshot_every", [](auto& o) -> auto& { return o.snapshot_every; }, count, result,
          "svrg: epochs between full gradients"),
      each(
          "smoothing", [](auto& o) { return std::tie(o.start_mu, o.start_epsilon); }, NumberPair{positive},
          result, "newton: widths of hinge and norm in the first stage"),
      each(
          "smoothing_factor", [](auto& o) -> auto& { return o.smoothing_factor; },
          Number{.low = 1.0, .open = true}, result, "newton: by which the widths shrink from stage to stage"),
      each(
          "cg_tolerance", [](auto& o) -> auto& { return o.cg_tolerance; }, Number{.open = true, .below = 1.0},
          result, "newton: by how much conjugate gradients lower the residual in a step"),
      each(
          "memory", [](auto& o) -> auto& { return o.memory; }, count, result,
          "newton: MiB a rank for the preconditioner's matrices"),

      row(
          "path.over", [](auto& c) -> auto& { return c.path.over; }, paths, result,
          "solve one program after the other, each from the last solution, along this key of network"),
      row(
          "path.values", [](auto& c) -> auto& { return c.path.values; }, NumberList{not_negative}, result,
          "that network.beta, lambda or rho takes, in order"),
      row(
          "certificate.widths", [](auto& c) -> auto& { return c.certificate.widths; }, NumberList{positive},
          result, "slopes' widths tried for the lower bound beside 0, where network.rho > 0"),

      row(
          "certify.tolerance", [](auto& c) -> auto& { return c.certify.tolerance; }, positive, none,
          "zerogap certify: relative gap that counts as none"),
      row(
          "certify.starts", [](auto& c) -> auto& { return c.certify.search.starts; }, count, none,
          "zerogap certify: random filters that the search for a bound starts from"),
      row(
          "certify.steps", [](auto& c) -> auto& { return c.certify.search.steps; }, count, none,
          "zerogap certify: of the local ascent from each start"),
      row(
          "certify.seed", [](auto& c) -> auto& { return c.certify.search.seed; }, Seed{}, none,
          "zerogap certify: of the starts"),
      row(
          "certify.seconds", [](auto& c) -> auto& { return c.certify.seconds; }, not_negative, none,
          "zerogap certify: that branch and bound may take for each network"),
      row(
          "certify.polish", [](auto& c) -> auto& { return c.certify.polish; }, count_or_none, none,
          "zerogap certify: steps of Adam on the network that the solved program gives"),
      row(
          "certify.solver_steps", [](auto& c) -> auto& { return c.certify.solver_steps; }, count, none,
          "zerogap certify: of each program solved on the way, at most"),
      row(
          "run.networks", [](auto& c) -> auto& { return c.run.networks; }, ChoiceList<Network>{networks},
          none, "which networks to train"),
      row(
          "run.precision", [](auto& c) -> auto& { return c.run.precision; }, precisions, result,
          "of the weights"),
      row(
          "run.backend", [](auto& c) -> auto& { return c.run.backend; }, backends, none,
          "which kernels compute"),
      row(
          "run.comm", [](auto& c) -> auto& { return c.run.comm; }, comms, none, "how ranks communicate"),
      row(
          "run.comm_timeout", [](auto& c) -> auto& { return c.run.comm_timeout; }, positive, none,
          "nccl: seconds that a sum may wait for the other ranks before the run ends"),
      row(
          "run.watchdog", [](auto& c) -> auto& { return c.run.watchdog; }, not_negative, none,
          "seconds without progress (a host that is cut off, a collective or file system that hangs) after "
          "which a rank ends with exit 4; several times the longest step; 0: never"),
      row(
          "run.overlap", [](auto& c) -> auto& { return c.run.overlap; }, count_or_none, none,
          "parts of a gradient, each summed while the next is computed, where steps are taken in halves "
          "(GPUs on "
          "several ranks, or run.grid.arrangements > 1); 0: choose"),
      row(
          "run.threads", [](auto& c) -> auto& { return c.run.threads; }, count_or_none, none,
          "of a rank; 0: the cores that it may use, and no more than OMP_NUM_THREADS"),
      row(
          "run.grid.patches", [](auto& c) -> auto& { return c.run.grid.patches; }, count_or_none, none,
          "ranks that share the images; 0: choose"),
      row(
          "run.grid.arrangements", [](auto& c) -> auto& { return c.run.grid.arrangements; }, count_or_none,
          none, "ranks that share blocks and filters; 0: choose"),
      row(
          "run.evaluate_every", [](auto& c) -> auto& { return c.run.evaluate_every; }, count, none, "epochs"),
      row(
          "run.checkpoint.every", [](auto& c) -> auto& { return c.run.checkpoint.every; }, count_or_none,
          none, "epochs; 0: only by time and at the end"),
      row(
          "run.checkpoint.seconds", [](auto& c) -> auto& { return c.run.checkpoint.seconds; }, not_negative,
          none, "at most so long between two; 0: only by epochs"),
      row(
          "run.checkpoint.keep", [](auto& c) -> auto& { return c.run.checkpoint.keep; }, generations, none,
          "how many of the newest to keep"),
      row(
          "run.stop.gap", [](auto& c) -> auto& { return c.run.stop.gap; }, fraction, none,
          "dual: stop at this certified relative gap; 0: never"),
      row(
          "run.stop.seconds", [](auto& c) -> auto& { return c.run.stop.seconds; }, not_negative, none,
          "stop after this time of training, with a checkpoint; 0: never"),
      row(
          "run.stop.relative_change", [](auto& c) -> auto& { return c.run.stop.relative_change; }, fraction,
          none, "primal: stop where the objective changes by less between evaluations; 0: never"),
  };
}

}  // namespace zerogap::schema
