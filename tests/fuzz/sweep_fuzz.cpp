// SPDX-License-Identifier: Apache-2.0
// A sweep's file; behind "=== base.yaml" the base that it may name, behind "=== set" a KEY=VALUE a line. Goes
// as far as the configurations at its points and the text that the store keeps.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/sweep_file.hpp"
#include "support.hpp"
#include "sweep/plan.hpp"

namespace zerogap::fuzzing {
namespace {

constexpr std::size_t most_points = 40;  // each is read like a configuration

void round_trip(const SweepFile& sweep, const std::vector<Settings>& points) {
  SweepPlan plan;
  plan.file = sweep;
  plan.points.assign(points.begin(),
                     points.begin() + static_cast<std::ptrdiff_t>(std::min(points.size(), most_points)));
  using Json = nlohmann::ordered_json;
  const std::string text = to_json(plan).dump(1, ' ', false, Json::error_handler_t::replace);
  const SweepPlan again = plan_from_json(Json::parse(text));
  require(to_json(again).dump(1, ' ', false, Json::error_handler_t::replace) == text,
          "a plan is read as it was written");
}

/// A million points are allowed, and take sanitizers and a busy machine longer than an input may.
bool asks_for_many(std::string_view text) {
  std::size_t digits = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9')
      ++digits;
    else if (digits >= 5 && digits <= 7)
      return true;
    else
      digits = 0;
  }
  return digits >= 5 && digits <= 7;
}

}  // namespace

void fuzz(std::string_view bytes) {
  if (asks_for_many(bytes)) return;
  const Parts parts = parts_of(bytes);
  empty_folder();
  for (const auto& [name, text] : parts)
    if (name == "base.yaml") put(name, text);
  const SweepFile sweep = load_sweep(put("sweep.yaml", parts.front().second), lines_of(parts, "set"));
  const std::vector<Settings> points = points_of(sweep);
  const auto before = neighbours_of(sweep, points);
  for (std::size_t p = 0; p < points.size(); ++p)
    require(!before[p] || *before[p] < p, "a point's neighbour comes before it");
  for (std::size_t p = 0; p < std::min(points.size(), most_points); ++p) {
    describe(points[p]);
    accepts([&] { settings_of(config_at(sweep, points[p]), Network::dual); });
  }
  round_trip(sweep, points);
}

}  // namespace zerogap::fuzzing
