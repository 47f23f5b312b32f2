// SPDX-License-Identifier: Apache-2.0
// A folder of sweeps: behind each line "=== NAME" the file NAME (store.json, sweeps/s.json,
// cells/CELL/result.json, ...). What status and collect read of it.

#include <nlohmann/json.hpp>
#include "support.hpp"

#include "sweep/cell_status.hpp"
#include "sweep/status.hpp"
#include "sweep/table.hpp"

namespace zerogap::fuzzing {
namespace {

namespace fs = std::filesystem;

void put_files(const Parts& parts) {
  for (const auto& [name, text] : parts) {
    if (!is_safe_name(name)) continue;
    std::error_code ignored;  // a file may be where another one's folder is to be
    fs::create_directories((folder() / name).parent_path(), ignored);
    put(name, text);
  }
}

void read_tables(const CollectOptions& options) {
  Table table = collect(folder(), options);
  add_sanity_flags(table);
  to_csv(table);
  to_text(table);
  to_csv(summarise(table));
  accepts([&] { write_hdf5(table, folder() / "table.h5"); });
}

void read_cells() {
  const Store store = Store::open(folder());
  for (const auto& name : store.sweeps())
    accepts([&] {
      const SweepPlan plan = store.load(name);
      seconds_left(read_status(store, plan), 2);
      for (const Cell& cell : plan.cells) {
        rerun_command(store, plan, cell);
        store.is_blocked(cell.name);
        accepts([&] { store.checkpoint(cell); });
      }
    });
}

}  // namespace

void fuzz(std::string_view bytes) {
  empty_folder();
  put_files(parts_of(bytes));
  read_cells();
  accepts([] {
    const auto status = sweep_status(folder(), {});
    status_text(status);
    nothing_left(status);
    status.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  });
  for (const bool mixed : {false, true})
    accepts([&] { read_tables({.sweeps = {}, .mixed = mixed, .reproducible = mixed}); });
  accepts([] { read_tables({.sweeps = {"s", "t"}, .mixed = true}); });
}

}  // namespace zerogap::fuzzing
