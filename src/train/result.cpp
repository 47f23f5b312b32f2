#include "train/result.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

#include "core/build_info.hpp"
#include "core/format.hpp"
#include "core/host_info.hpp"
#include "model/arrangements.hpp"

namespace zerogap {
namespace {

using Json = nlohmann::ordered_json;

Json versions() {
  const auto& b = build_info();
  return {{"zerogap", std::string(b.version) + " " + std::string(b.revision)},
          {"compiler", b.compiler},
          {"build", b.build_type},
          {"libtorch", b.libtorch},
          {"open_mpi", b.open_mpi},
          {"hdf5", b.hdf5},
          {"nccl", b.nccl},
          {"cuda", b.cuda}};
}

std::string above_zero(double zero) {
  return fmt::format(
      "            this is worse than the zero network's {:g}: lower optimizer.lr, or train longer\n", zero);
}

}  // namespace

template <class T>
Json describe_run(const Config& config, const Problem<T>& problem, const RunSummary& head) {
  const auto& shape = problem.train().data.shape;
  const int rank = static_cast<int>(std::min<std::int64_t>(problem.length(), shape.patches));
  const auto patterns = count_patterns(shape.patches, rank);
  Json json{{"status", head.status},
            {"checkpoint", head.checkpoint.string()},
            {"seconds", head.seconds},
            {"time", head.time},
            {"pairs_per_second", head.pairs_per_second}};
  json["data"] = {{"origin", problem.train().data.origin},
                  {"images", shape.images},
                  {"patches", shape.patches},
                  {"patch_length", problem.length()},
                  {"train_hash", problem.train().data.content_hash}};
  if (problem.test() != nullptr) {
    json["data"]["test_images"] = problem.test()->data.shape.images;
    json["data"]["test_hash"] = problem.test()->data.content_hash;
  }
  json["lambda"] = problem.context().lambda;
  json["beta"] = problem.context().beta;
  json["rho"] = problem.context().rho;
  json["arrangements"] = {{"count", problem.blocks().total},
                          {"dead", problem.blocks().dead},
                          {"log10_patterns_bound", patterns.bound},
                          {"log10_patterns_paper", patterns.paper}};
  auto& grid = problem.grid();
  json["machine"] = {{"host", host_name()},
                     {"ranks", grid.world().size()},
                     {"grid", {grid.patch_axis().size(), grid.arrangement_axis().size()}},
                     {"threads", problem.threads()},
                     {"kernels", problem.kernels().target()},
                     {"communicator", grid.world().name()},
                     {"start_memory_bytes", problem.start_memory()},
                     {"peak_memory_bytes", peak_resident_bytes()}};
  json["versions"] = versions();
  json["config"] = dump_config(config);
  return json;
}

std::string summary_text(const Json& result, const std::filesystem::path& folder) {
  std::string text;
  const auto number = [](const Json& value) { return value.is_number() ? value.get<double>() : NAN; };
  const double zero = number(result["baselines"]["zero_objective"]);
  if (result.contains("primal")) {
    const auto& p = result["primal"];
    const std::string form = p.value("form", "decay");
    text += fmt::format("primal      {}objective {:g}, PSNR {:.2f} dB", form == "decay" ? "" : form + ", ",
                        number(p["objective"]), number(p["psnr"]));
    text += fmt::format("; with its filters as blocks {:g}\n", number(result["embedded"]["objective"]));
    if (p["all_filters_used"] == true) text += "            all K filters are in use: more might do better\n";
    if (p["dead"] == true) text += "            dead: no activation passes the threshold\n";
    if (number(p["objective"]) > zero) text += above_zero(zero);
  }
  if (result.contains("dual")) {
    const auto& d = result["dual"];
    const bool hard = d.contains("relative_violation");
    text += fmt::format(
        "dual        {} {:g}, PSNR {:.2f} dB; proved: the optimum on these blocks is at least {:g} (gap "
        "{})\n",
        hard ? "made feasible" : "objective", number(d[hard ? "feasible_objective" : "objective"]),
        number(d["psnr"]), number(d["best_lower_bound"]), format_percent(number(d["gap"])));
    if (number(result["rho"]) > 0.0 && number(d["max_violation"]) > 0.0)
      text += fmt::format("            sign constraints are violated by up to {:.3g}\n",
                          number(d["max_violation"]));
    if (number(d["objective"]) > zero * (1.0 + 1e-3)) text += above_zero(zero);
  }
  return text + "result      " + (folder / "result.json").string() + "; draw it with launch/plot " +
         folder.string();
}

Json best_report(Network network, const Json& line) {
  Json out = Json::object();
  const auto take = [&](const char* name) {
    if (!line.contains(name)) return;
    out[name] = line[name];
    out[name]["epoch"] = line["epoch"];
  };
  if (network == Network::primal) {
    take("primal");
    take("embedded");
  } else {
    take("dual");
    take("mapped");
    take("mapped_gate");
  }
  return out;
}

template Json describe_run(const Config&, const Problem<float>&, const RunSummary&);
template Json describe_run(const Config&, const Problem<double>&, const RunSummary&);

}  // namespace zerogap
