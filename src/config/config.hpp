// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "data/options.hpp"
#include "kernels/options.hpp"
#include "model/arrangement_options.hpp"
#include "model/options.hpp"
#include "optim/options.hpp"

namespace zerogap {

/// What network.beta is a multiple of: 1, or the largest beta whose optimum at rho = 0 is not zero.
enum class BetaUnits { absolute, beta_max };
/// Where start weights come from.
enum class InitKind {
  kaiming_uniform,
  normal,
  zero,
  file,
  dual,
  greedy,  ///< of earlier versions: their runs are read and go on, but none starts so (removed_keys.hpp)
};
/// Which of section 6's two maps from the dual starts a primal network.
enum class PrimalMap { eq46, gate };
/// The two networks of a run: the primal (section 2) and the sampled dual (section 4).
enum class Network { primal, dual };
/// As keys, files and tables name it.
constexpr const char* name_of(Network network) { return network == Network::primal ? "primal" : "dual"; }
/// What keeps dual weights on the side of the threshold that their block's gate chose (section 4).
enum class Constraints {
  hinge,  ///< a hinge of weight rho
  hard,   ///< the inequalities themselves, by a hinge whose weight grows from rho
  none,   ///< nothing: the program for rho = 0
};
/// Key of network.* that a sequence of programs varies.
enum class ContinuationParameter { none, beta, lambda, rho };
/// How ranks sum: over MPI, over NCCL, or over whichever fits.
enum class CommName { automatic, mpi, nccl };

/// Keys patches.*.
struct PatchOptions {
  std::int64_t filter = 3;  ///< side m of a filter, odd
};

/// Keys network.*: the program that is solved (sections 2 and 4).
struct NetworkOptions {
  double lambda = 0.2;  ///< soft threshold
  double beta = 100.0;  ///< regularisation
  double rho = 0.01;    ///< hinge weight; 0: no sign constraints
  BetaUnits beta_units = BetaUnits::absolute;
  NetworkForm form = NetworkForm::decay;
  Constraints constraints = Constraints::hinge;
  std::int64_t filters = 64;       ///< K
  std::int64_t arrangements = 64;  ///< P
};

/// Constraints::hard: how the hinge's weight grows, and what ends it.
struct HardOptions {
  double violation = 1e-4;  ///< largest violation allowed, relative to the largest |c_ij y_i.w_j|
  double factor = 16.0;     ///< by which rho grows from one program to the next
  double rho_max = 1e6;     ///< rho beyond which the violation counts as unreachable
};

/// Keys continuation.*: programs solved one after the other, each from the last one's solution.
struct ContinuationOptions {
  ContinuationParameter parameter = ContinuationParameter::none;
  std::vector<double> values;  ///< of network.beta, lambda or rho, in order
};

/// How the dual network starts. automatic: from zero where init.kind is a random rule, otherwise as init.kind
/// says. Its program is convex, so the start changes only how soon first-order methods get there, and from
/// zero they do soonest. blocks: w' = g and w = 0, as in the paper's remark on Theorem 1.
enum class DualInit { automatic, same, zero, kaiming_uniform, normal, blocks };

/// Keys init.*: where weights start.
struct InitOptions {
  InitKind kind = InitKind::kaiming_uniform;
  DualInit dual_kind = DualInit::automatic;
  double std = 1e-3;       ///< normal
  double kaiming_a = 0.0;  ///< kaiming_uniform: a of torch.nn.init, whose layers have sqrt(5)
  std::uint64_t seed = 1;
  std::string path;                 ///< file, dual: the weights (a checkpoint will do)
  PrimalMap map = PrimalMap::gate;  ///< dual: which of the two maps of theory.md, section 6
};

/// Keys certify.*: the sampled program's certificate, and what `zerogap certify` does.
struct CertifyOptions {
  /// Smoothing widths mu of the hinge tried for the lower bound in addition to 0 if rho > 0 (section 5).
  std::vector<double> smoothing_widths = {1e-4, 1e-3, 1e-2, 1e-1};
  double tolerance = 1e-3;          ///< relative: what counts as no gap
  FilterSearchOptions search;       ///< for the networks' bounds
  double seconds = 10.0;            ///< for the branch and bound of each network's bound
  std::int64_t rounds = 50;         ///< of the network's own program, at most
  std::int64_t solver_steps = 200;  ///< of each program that it solves, at most
};

/// Keys run.checkpoint.*.
struct CheckpointOptions {
  std::int64_t every = 250;  ///< epochs; 0: only by time and at the end
  double seconds = 600.0;    ///< longest time between two; 0: only by epochs
  std::int64_t keep = 2;     ///< generations, at least 2
};

/// Keys run.stop.*: what ends a run before its epochs do.
struct StopOptions {
  double gap = 0.0;      ///< dual: stop at this certified relative gap; 0: never
  double seconds = 0.0;  ///< stop after this time of training, with a checkpoint; 0: never
  double relative_change =
      0.0;  ///< primal: stop when the objective changed by less between evaluations; 0: never
};

/// Keys run.grid.*: ranks along each axis (comm/grid.hpp).
struct GridOptions {
  std::int64_t patches = 0;  ///< 0: choose
  std::int64_t arrangements = 0;
};

/// Keys run.*: how a run is computed, evaluated, stored and ended.
struct RunOptions {
  std::vector<Network> networks = {Network::primal, Network::dual};
  Precision precision = Precision::fp32;
  BackendName backend = BackendName::automatic;
  CommName comm = CommName::automatic;
  double comm_timeout = 600.0;   ///< nccl: seconds that a sum may keep this rank waiting for others, > 0
  std::int64_t comm_chunks = 0;  ///< parts in which a gradient is summed while it is computed; 0: choose
  double watchdog = 0.0;         ///< seconds without progress that end a rank with exit 4; 0: never
  std::int64_t threads = 0;      ///< a rank; 0: the cores this rank may use
  GridOptions grid;
  std::int64_t evaluate_every = 250;  ///< epochs
  CheckpointOptions checkpoint;
  StopOptions stop;

  bool trains(Network network) const {
    return std::find(networks.begin(), networks.end(), network) != networks.end();
  }
};

/// A configuration with every value; a default-constructed one is what an empty file ({}) means.
struct Config {
  DataOptions data;
  PatchOptions patches;
  NetworkOptions network;
  ArrangementOptions arrangements;
  InitOptions init;
  OptimizerOptions primal_optimizer;  ///< optimizer.*, then optimizer.primal.*
  OptimizerOptions dual_optimizer;    ///< optimizer.*, then optimizer.dual.*
  HardOptions hard;
  ContinuationOptions continuation;
  CertifyOptions certify;
  RunOptions run;

  const OptimizerOptions& optimizer(Network of) const {
    return of == Network::primal ? primal_optimizer : dual_optimizer;
  }
  OptimizerOptions& optimizer(Network of) {
    return of == Network::primal ? primal_optimizer : dual_optimizer;
  }
};

/// A key's value that an option of a command gives, --data of evaluate for instance.
struct OptionValue {
  std::string key;
  std::string value;  ///< text is taken byte for byte, anything else is YAML
  std::string given;  ///< as messages show it: "--data n.h5"
};

/// Reads a YAML file, applies KEY=VALUE overrides (same dotted keys; values in YAML, but for keys of text,
/// whose value is all that follows '=', byte for byte) in order, checks everything. Throws Error (exit 2)
/// naming file, line, key, what was found, what is allowed and the nearest known key, or the present name of
/// a key that was renamed or removed. The config.yaml of a run's folder may have the keys of earlier
/// versions.
Config load_config(const std::string& path, const std::vector<std::string>& overrides);
/// The same for text that zerogap wrote, of this or an earlier version: keys may have their earlier names
/// there, and those that were removed are passed over. `name` stands for its file in messages. `options` beat
/// it, and overrides both.
Config parse_config(const std::string& text, const std::string& name,
                    const std::vector<std::string>& overrides, const std::vector<OptionValue>& options = {});
/// Every key with its value, as YAML that parses to the same Config. Numbers are printed so that they read
/// back exactly.
std::string dump_config(const Config& config);

/// Keys whose difference changes the result of a run, with both values, in dotted form ("network.beta": "5",
/// "50"). What may differ on resume: where data lies (content decides), backend-neutral settings (run.comm,
/// comm_timeout, watchdog, comm_chunks, threads, grid, evaluate_every, checkpoint, stop, backend, networks)
/// and epochs where the schedule is constant.
struct Difference {
  std::string key, before, after;
};
/// In the order of the keys; empty where a run may go on.
std::vector<Difference> differences_that_matter(const Config& before, const Config& after);

/// A key, its values and its meaning, for `zerogap config --keys` and the documentation.
struct KeyDescription {
  std::string key;            ///< "network.beta"
  std::string allowed;        ///< type and range, or the choices: "number > 0", "auto | mpi | nccl"
  std::string default_value;  ///< as dump_config prints it
  std::string help;           ///< its meaning, one line
  bool per_network = false;   ///< optimizer.KEY: optimizer.primal.KEY and optimizer.dual.KEY override it
  bool changes_result =
      true;  ///< a resume refuses another value (of epochs: unless the schedule is constant)
};
/// Every key in the order of dump_config; optimizer.primal.* and optimizer.dual.* are not listed apart.
std::vector<KeyDescription> describe_keys();

}  // namespace zerogap
