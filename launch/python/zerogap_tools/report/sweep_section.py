# SPDX-License-Identifier: Apache-2.0
"""The section of the page about one sweep."""

import math

from zerogap_tools.command_line import Fail
from zerogap_tools.report import curves, heatmaps, run_section
from zerogap_tools.report.heatmaps import field, symbol
from zerogap_tools.text import decibel, percent, seconds, show

MOST_ROWS = 200
MOST_CURVES = 6
MOST_FAILURES = 10


def progress(page, sweep):
    status = sweep.status
    counts = [(k, status[k]) for k in ("done", "diverged", "running", "stale", "failed", "retry", "interrupted", "todo") if status.get(k)]
    page.paragraph(f"{status['cells']} cells of {len(sweep.plan['points'])} points: " + ", ".join(f"{n} {k}" for k, n in counts) + ".")
    left = status.get("seconds_left")
    if status["done"] + status["diverged"] + status["failed"] < status["cells"]:
        page.note(f"This sweep is not finished (about {seconds(left)} left): the page shows what was there when it was made." if left else "This sweep is not finished: the page shows what was there when it was made.")
    failures = status.get("failures", [])
    for entry in failures[:MOST_FAILURES]:
        name = entry.get("cell") or entry.get("name")
        page.note(f"Cell {name} failed: {entry.get('message') or entry.get('error') or 'see zerogap status'}.")
    if len(failures) > MOST_FAILURES:
        page.note(f"{len(failures) - MOST_FAILURES} more have failed; zerogap status {sweep.folder} lists all.")
    page.table(("axis", "values"), [(symbol(k), ", ".join(map(str, v))) for k, v in sweep.values.items()], numbers=False)


def best_of(sweep, network):
    """The finished cell with the least objective, or None. For different β and λ objectives belong to different
    problems."""
    rows = [r for r in sweep.rows if r["network"] == network and r["status"] == "complete" and math.isfinite(field(r, "test.psnr", "psnr"))]
    return max(rows, key=lambda r: field(r, "test.psnr", "psnr"), default=None)


def cell_table(page, sweep):
    moving = [k for k in sweep.axes if len(sweep.values[k]) > 1]
    rows = []
    for row in sweep.rows[:MOST_ROWS]:
        settings = sweep.cells.get(row["cell"], {}).get("settings", {})
        values = [show(field(row, "objective")), percent(field(row, "gap")), decibel(field(row, "psnr")), decibel(field(row, "test.psnr")), show(field(row, "max_violation"), 3)]
        rows.append([row["network"], *[settings.get(k, "any") for k in moving], heatmaps.state_of(sweep, row["cell"], row), *values, seconds(field(row, "seconds")), row.get("flags", ""), row["cell"]])
    page.table(["network", *map(symbol, moving), "state", "objective", "certified gap", "PSNR", "PSNR, test", "largest violation", "time", "flags", "cell"], rows)
    if len(sweep.rows) > MOST_ROWS:
        page.note(f"The table ends after {MOST_ROWS} of {len(sweep.rows)} cells; zerogap collect {sweep.folder} has all.")


def baselines(page, sweep):
    """One line for each problem's images."""
    kinds = {}
    for row in sweep.rows:
        if math.isfinite(field(row, "baselines.noisy_psnr")):
            kinds.setdefault(row.get("data.train_hash"), row)
    columns = ("baselines.noisy_psnr", "baselines.linear_psnr", "baselines.test.noisy_psnr", "baselines.test.linear_psnr")
    if kinds:
        page.table(("images (hash)", "noisy", "linear filter", "noisy, test", "linear filter, test"), [[k, *(decibel(field(r, c)) for c in columns)] for k, r in kinds.items()])


def environment(page, sweep):
    columns = [c for c in ("host", "ranks", "threads", "kernels", "communicator", "version", "version.compiler", "version.libtorch", "version.open_mpi", "version.hdf5", "version.cuda") if sweep.rows and c in sweep.rows[0]]
    rows = [(c, ", ".join(sorted({r[c] for r in sweep.rows if r[c]}))) for c in columns]
    total = sum(v for v in (field(r, "seconds") for r in sweep.rows) if math.isfinite(v))
    rates = [v / 1e6 for v in (field(r, "pairs_per_second") for r in sweep.rows) if v > 0]
    rows.append(("computing, all cells", seconds(total)))
    if rates:
        rows.append(("million pairs/s, least and greatest", f"{min(rates):.4g} to {max(rates):.4g}"))
    page.table(("", ""), rows, numbers=False)


def at_work(page, gallery, sweep):
    """Cells that are running, from their current histories."""
    names = [e.get("cell") or e.get("name") for e in sweep.status.get("at_work", [])]
    runs = []
    for name in names[:MOST_CURVES]:
        try:
            run = sweep.run_of(name)
        except Fail as failure:
            page.note(f"Cell {name} is left out: {failure}.")
            continue
        if run.history:
            runs.append(run)
    if not runs:
        return
    page.heading(3, "At work now")
    for run in runs:
        run.slug = f"{sweep.slug}-{run_section.slug(run.name)}"
        page.paragraph(f"{run.name}, epoch {show(run.last.get('epoch'))}: {run_section.summary(run)}")
        page.figure(curves.objectives(gallery, run))


def write(page, gallery, sweep, with_images):
    progress(page, sweep)
    for network in ("primal", "dual"):
        page.figure(heatmaps.heat_maps(gallery, sweep, network))
    if not sweep.rows:
        page.note("No cell is finished yet.")
        at_work(page, gallery, sweep)
        return
    page.heading(3, "Spread over seeds")
    page.figure(heatmaps.spread(gallery, sweep))
    page.heading(3, "Baselines")
    baselines(page, sweep)
    duals = [sweep.run_of(r["cell"]) for r in sweep.rows if r["network"] == "dual" and r["status"] == "complete"][:MOST_CURVES]
    for run in duals:
        settings = sweep.cells.get(run.folder.name, {}).get("settings", {})
        run.name = ", ".join(f"{symbol(k)}={v}" for k, v in settings.items() if len(sweep.values.get(k, ())) > 1) or run.name
    if duals:
        page.heading(3, "Gap against time")
        page.figure(curves.gaps(gallery, duals, f"{sweep.slug}-gap", f"Certified gap against training time: the first {len(duals)} dual cells." if len(duals) > 1 else "Certified gap against training time."))
    at_work(page, gallery, sweep)
    page.heading(3, "Cells")
    cell_table(page, sweep)
    page.heading(3, "Environment")
    environment(page, sweep)
    for network in ("primal", "dual"):
        row = best_of(sweep, network)
        if row:
            run = sweep.run_of(row["cell"])
            run.slug = f"{sweep.slug}-best-{network}"
            settings = sweep.cells.get(row["cell"], {}).get("settings", {})
            page.heading(2, f"{sweep.name}: {network} with the best {'test ' if row.get('test.psnr') else ''}PSNR", run.slug)
            page.paragraph(", ".join(f"{symbol(k)} = {v}" for k, v in settings.items()) + ".")
            run_section.write(page, gallery, run, with_images)
