// SPDX-License-Identifier: Apache-2.0
#include "config/consistency.hpp"

#include <algorithm>
#include <vector>

#include "config/schema.hpp"
#include "config/values.hpp"
#include "core/error.hpp"

namespace zerogap::schema {
namespace {

struct Contradiction {
  bool holds;
  std::vector<std::string> keys;
  std::string why, todo;
};

Contradiction missing_path(bool holds, const std::string& kind_key, const std::string& path_key) {
  return {holds, {kind_key, path_key}, "it reads from there", "give " + path_key};
}

std::vector<Contradiction> of_data(const Config& c) {
  const bool reads_path = c.data.source == DataSource::hdf5 || c.data.source == DataSource::images;
  return {{c.data.pool != kWholePool && c.data.images > c.data.pool,
           {"data.images", "data.pool"},
           "images are selected from the first data.pool ones",
           "raise data.pool or lower data.images"},
          missing_path(reads_path && c.data.path.empty(), "data.source", "data.path")};
}

std::vector<Contradiction> of_weights(const Config& c) {
  const ArrangementOptions& a = c.arrangements;
  const bool reads_init = c.init.kind == InitKind::file || c.init.kind == InitKind::dual;
  return {missing_path(a.source != ArrangementSource::random && a.path.empty(), "arrangements.source",
                       "arrangements.path"),
          {a.include_random && a.source != ArrangementSource::primal,
           {"arrangements.include_random", "arrangements.source"},
           "random vectors are added to a primal network's filters only",
           "set arrangements.source to primal or arrangements.include_random to false"},
          {a.radius_min > a.radius_max,
           {"arrangements.radius_min", "arrangements.radius_max"},
           "lengths lie between the two",
           "lower arrangements.radius_min or raise arrangements.radius_max"},
          missing_path(reads_init && c.init.path.empty(), "init.kind", "init.path")};
}

std::string section_of(Network network) { return std::string("optimizer.") + name_of(network) + "."; }

std::vector<Contradiction> of_optimizer(const Config& c, Network network) {
  const OptimizerOptions& o = c.optimizer(network);
  const std::string section = section_of(network);
  return {{o.nesterov && o.momentum == 0.0,
           {section + "nesterov", section + "momentum"},
           "Nesterov's rule needs a momentum",
           "give a momentum > 0 or set nesterov to false"},
          {o.nesterov && o.dampening != 0.0,
           {section + "nesterov", section + "dampening"},
           "Nesterov's rule knows no dampening",
           "set dampening to 0 or nesterov to false"},
          {c.data.images > 0 && o.batch > c.data.images,
           {section + "batch", "data.images"},
           "a mini-batch is a part of the images",
           "lower the batch, write full, or raise data.images"}};
}

std::vector<Contradiction> of_network_program(const Config& c, Network network) {
  const OptimizerOptions& o = c.optimizer(network);
  if (o.name != OptimizerName::frank_wolfe || !c.run.trains(network)) return {};
  const std::string section = section_of(network);
  return {
      {network == Network::dual,
       {section + "name", "run.networks"},
       "it solves the primal network's program over any number of filters, and the dual has blocks that "
       "are given",
       "give it as optimizer.primal.name, with newton as optimizer.dual.name, or set run.networks to "
       "[primal]"},
      {o.batch > 0, {section + "name", section + "batch"}, "it works on all images", "set the batch to full"},
      {c.run.stop.relative_change > 0.0,
       {section + "name", "run.stop.relative_change"},
       "the network that it shows stays the same for some rounds and then improves",
       "set run.stop.relative_change to 0, and use run.stop.gap"}};
}

std::vector<Contradiction> of_solver(const Config& c, Network network) {
  const OptimizerOptions& o = c.optimizer(network);
  if (!o.solves() || !c.run.trains(network)) return {};
  const std::string section = section_of(network);
  return {
      {network == Network::primal,
       {section + "name", "run.networks"},
       "the primal network's objective is not convex, and only the dual's can be solved",
       "give the solver as optimizer.dual.name, or set run.networks to [dual]"},
      {o.batch > 0,
       {section + "name", section + "batch"},
       "a solver works on all images",
       "set the batch to full"},
      {o.name == OptimizerName::fista && c.network.rho > 0.0 && c.network.constraints != Constraints::none &&
           c.continuation.parameter != ContinuationParameter::rho,
       {section + "name", "network.rho"},
       "the hinge has no simple proximal step",
       "take newton, or set network.rho to 0"}};
}

std::vector<Contradiction> of_constraints(const Config& c) {
  const bool hard = c.network.constraints == Constraints::hard, dual = c.run.trains(Network::dual);
  return {{hard && c.network.rho == 0.0,
           {"network.constraints", "network.rho"},
           "hard constraints are reached by a hinge whose weight grows from rho",
           "give a network.rho > 0, 0.01 for instance"},
          {hard && c.network.rho > c.hard.rho_max,
           {"network.rho", "network.hard.rho_max"},
           "rho grows from one to the other",
           "lower network.rho or raise network.hard.rho_max"},
          {hard && dual && c.dual_optimizer.name != OptimizerName::newton,
           {"network.constraints", "optimizer.dual.name"},
           "only newton can solve, and so prove, the program with hard constraints",
           "set optimizer.dual.name to newton, or network.constraints to hinge"}};
}

std::vector<Contradiction> of_continuation(const Config& c) {
  const auto& values = c.continuation.values;
  if (c.continuation.parameter == ContinuationParameter::none)
    return {{!values.empty(),
             {"continuation.values", "continuation.parameter"},
             "no parameter takes these values",
             "set continuation.parameter to beta, lambda or rho, or leave continuation.values out"}};
  const bool over_rho = c.continuation.parameter == ContinuationParameter::rho;
  const auto positive = [](double value) { return value > 0.0; };
  return {{values.empty(),
           {"continuation.parameter", "continuation.values"},
           "a continuation is a list of values",
           "give continuation.values, or set continuation.parameter to none"},
          {c.run.networks != std::vector<Network>{Network::dual},
           {"continuation.parameter", "run.networks"},
           "each program starts from the last solution, and only the dual's can be solved",
           "set run.networks to [dual]"},
          {!c.dual_optimizer.solves(),
           {"continuation.parameter", "optimizer.dual.name"},
           "each program starts from the last solution",
           "set optimizer.dual.name to newton (or fista, where rho is 0)"},
          {c.continuation.parameter == ContinuationParameter::beta &&
               !std::all_of(values.begin(), values.end(), positive),
           {"continuation.parameter", "continuation.values"},
           "beta must be > 0",
           "leave 0 out of continuation.values"},
          {over_rho && c.network.constraints != Constraints::hinge,
           {"continuation.parameter", "network.constraints"},
           "only the hinge has a weight that can vary",
           "set network.constraints to hinge, or continuation.parameter to beta or lambda"},
          {over_rho && c.dual_optimizer.name == OptimizerName::fista &&
               std::any_of(values.begin(), values.end(), positive),
           {"optimizer.dual.name", "continuation.values"},
           "the hinge has no simple proximal step",
           "set optimizer.dual.name to newton"}};
}

std::vector<Contradiction> of_pricing(const Config& c) {
  const auto& pricing = c.arrangements.pricing;
  if (!pricing.active()) return {};
  const std::string key =
      pricing.rounds > 0 ? "arrangements.pricing.rounds" : "arrangements.pricing.doublings";
  const bool from_file = (c.init.kind == InitKind::file || c.init.kind == InitKind::dual) &&
                         (c.init.dual_kind == DualInit::automatic || c.init.dual_kind == DualInit::same);
  return {{c.run.networks != std::vector<Network>{Network::dual},
           {key, "run.networks"},
           "blocks change between solved programs, and only the dual's can be solved",
           "set run.networks to [dual]"},
          {!c.dual_optimizer.solves(),
           {key, "optimizer.dual.name"},
           "what a block is worth is known at a solution only",
           "set optimizer.dual.name to newton (or fista, where rho is 0)"},
          {c.continuation.parameter != ContinuationParameter::none,
           {key, "continuation.parameter"},
           "prices belong to one program, and the next value would go on with its blocks",
           "set continuation.parameter to none, and run once for each value"},
          {c.network.constraints == Constraints::hard,
           {key, "network.constraints"},
           "a price depends on the hinge's weight, which grows",
           "set network.constraints to hinge, with a larger network.rho"},
          {from_file,
           {key, "init.kind"},
           "the file's weights belong to its blocks, and the run's change",
           "set init.dual_kind to zero"},
          {pricing.doublings > 0 && c.arrangements.source != ArrangementSource::random,
           {"arrangements.pricing.doublings", "arrangements.source"},
           "only random blocks go on beyond P",
           "set arrangements.source to random or arrangements.pricing.doublings to 0"},
          {pricing.doublings > 0 && c.arrangements.drop_dead,
           {"arrangements.pricing.doublings", "arrangements.drop_dead"},
           "samples are nested only if all their blocks are kept",
           "set arrangements.drop_dead to false"}};
}

/// The key that set the value: optimizer.primal.lr may come from optimizer.lr.
std::string given_key(const std::string& key, const Origins& origins) {
  const std::string& shared = find_slot(key)->row->key;
  return origins.contains(key) || !origins.contains(shared) ? key : shared;
}

[[noreturn]] void report(const Contradiction& found, const Config& config, const Origins& origins) {
  std::vector<std::string> places, values;
  for (const std::string& key : found.keys) {
    const std::string given = given_key(key, origins);
    const auto origin = origins.find(given);
    const bool by_default = origin == origins.end();
    values.push_back(given + " is " + value_of(config, key) + (by_default ? " by default" : ""));
    if (!by_default && std::find(places.begin(), places.end(), origin->second) == places.end()) {
      places.push_back(origin->second);
    }
  }
  throw usage_error(join(places, " and ") + ": " + join(values, " but "), found.why, found.todo);
}

}  // namespace

void check_consistency(const Config& config, const Origins& origins) {
  for (const auto& contradictions :
       {of_data(config), of_weights(config), of_optimizer(config, Network::primal),
        of_optimizer(config, Network::dual), of_solver(config, Network::primal),
        of_solver(config, Network::dual), of_network_program(config, Network::primal),
        of_network_program(config, Network::dual), of_constraints(config), of_continuation(config),
        of_pricing(config)}) {
    for (const Contradiction& each : contradictions) {
      if (each.holds) report(each, config, origins);
    }
  }
}

}  // namespace zerogap::schema
