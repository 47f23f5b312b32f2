#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes one table and one JSON file of what tests/bench/run measured.

    bench_report.py RAW [--json FILE] [--page FILE] [--load BEFORE AFTER] [--program TEXT] [--quick]

RAW holds Google Benchmark's JSON (kernels, mnist-before, mnist-after), pytorch.json, comm-RANKS.json and the
result.json of each training run. A rate is that of the least disturbed repetition, for everything that is compared.
"""

import argparse
import dataclasses
import json
import math
import pathlib
import platform
import re
import statistics
import subprocess
import textwrap

import scaling_model

USUAL = {"P": 512, "images": 60, "side": 3, "threads": 2, "rho": 1, "whole": 0}
# FMA a pair of a step with rho > 0 and d = 9: three inner products and two updates.
STEP_FMA = 45
# Load average at the start beyond which figures are disturbed.
BUSY = 0.5


@dataclasses.dataclass
class Row:
    """One line of the table. predicted and aim are numbers like value, in the row's own form; aim counts as met from
    there on upwards, or downwards where at_most."""

    group: str
    what: str
    value: float
    form: str = "{:.2f}"
    predicted: float | None = None
    aim: float | None = None
    at_most: bool = False
    note: str = ""

    def met(self):
        if self.aim is None:
            return None
        return self.value <= self.aim if self.at_most else self.value >= self.aim

    def cells(self):
        aim = "" if self.aim is None else ("≤ " if self.at_most else "≥ ") + self.form.format(self.aim)
        predicted = "" if self.predicted is None else self.form.format(self.predicted)
        verdict = {None: "", True: "met", False: "missed"}[self.met()]
        return self.group, self.what, predicted, self.form.format(self.value), aim, verdict, self.note


class Kernels:
    """Rates of Google Benchmark's cases; a case is a name and the arguments that differ from USUAL."""

    def __init__(self, report):
        self.rates = {}
        self.target = ""
        for run in report["benchmarks"]:
            if run.get("run_type") != "iteration":
                continue
            self.rates.setdefault(self.key(run["run_name"]), []).append(run)
            self.target = run.get("label", self.target)

    @staticmethod
    def key(name):
        arguments = {k: int(v) for k, v in re.findall(r"(\w+):(-?\d+)", name)}
        return re.split(r"/(?=\w+:)", name)[0], tuple(sorted(arguments.items()))

    def runs(self, name, **arguments):
        given = arguments if name.startswith("peak") else {**USUAL, **arguments}
        return self.rates.get((name, tuple(sorted(given.items()))), [])

    def rate(self, name, counter="pairs", **arguments):
        return max((run[counter] for run in self.runs(name, **arguments)), default=None)

    def seconds(self, name, **arguments):
        factor = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}
        return [run["real_time"] * factor[run["time_unit"]] for run in self.runs(name, **arguments)]

    def peak(self, threads, kind="fp32"):
        """The highest seen: that of so many threads, or so many times one thread's where a busy machine held two up."""
        alone, together = (self.rate(f"peak/{kind}", "fma", threads=n) or 0 for n in (1, threads))
        return max(threads * alone, together)


def kernel_rows(kernels):
    """One row a case: pairs a second, share of the peak, scratch."""
    rows = []
    for kind in ("fp32", "fp64"):
        for threads in (1, 2):
            if rate := kernels.rate(f"peak/{kind}", "fma", threads=threads):
                counted = f"{threads} threads" if threads > 1 else "1 thread"
                rows.append(Row("peak", f"FMA, {kind}, {counted}", rate / 1e9, "{:.1f} GFMA/s"))
    for (name, arguments), runs in sorted(kernels.rates.items()):
        if name.startswith("peak"):
            continue
        given = dict(arguments)
        peak = kernels.peak(given["threads"], name.split("/")[1])
        best = max(runs, key=lambda run: run["pairs"])
        differing = [f"{k} {v}" for k, v in given.items() if v != USUAL[k] and k not in ("rho", "whole")]
        network = "" if name.startswith("primal") else ("ρ > 0" if given["rho"] else "ρ = 0")
        tile = "all blocks in one tile" if given["whole"] else ""
        what = ", ".join(filter(None, [name.replace("/", ", ").replace("_", " "), network, *differing, tile]))
        share = f"{best['fma'] / peak:.0%} of the peak, " if peak else ""
        note = f"{share}{best['scratch'] / 2**20:.2f} MiB of scratch"
        rows.append(Row("kernels", what, best["pairs"] / 1e9, "{:.3f} Gpair/s", note=note))
    return rows


def ratio(a, b):
    return a / b if a and b else None


def aim_rows(kernels):
    rows = []

    def add(what, value, form="{:.2f}", **more):
        if value is not None:
            rows.append(Row("kernels", what, value, form, **more))

    step, peak = kernels.rate("step/fp32"), kernels.peak(2)
    if step and peak:
        add("step, ρ > 0: share of the peak", step * STEP_FMA / peak, "{:.0%}", predicted=0.5, aim=0.45)
    one = kernels.rate("step/fp32", threads=1)
    add("step, ρ > 0: 2 threads against 1", ratio(step, one), "{:.2f} ×", predicted=2.0, aim=1.9)
    without = kernels.rate("step/fp32", rho=0)
    add("step: ρ = 0 against ρ > 0, pairs/s", ratio(without, step), "{:.2f} ×", predicted=45 / 27)
    for what, cases in (
        ("P = 128 to 8,192", [{"P": p} for p in (128, 512, 2048, 8192)]),
        ("I = 10,192 to 470,400", [{"images": n} for n in (13, 60, 600)]),
    ):
        rates = [rate for case in cases if (rate := kernels.rate("step/fp32", **case))]
        if len(rates) > 1:
            what = f"step, ρ > 0: slowest against fastest, {what}"
            add(what, min(rates) / max(rates), "{:.0%}", predicted=1.0, aim=0.9)
    whole = kernels.rate("step/fp32", whole=1)
    if step and whole:
        # A flush is about 16 instructions for a vector of 16 blocks and a patch, once for 8 such vectors, which
        # cost about 65 each.
        cost = whole / step - 1
        add("step, ρ > 0: cost of determinism", cost, "{:.1%}", predicted=0.02, aim=0.05, at_most=True)
    return rows


def pytorch_rows(kernels, report):
    rows = []
    pairs = report["blocks"] * report["patches"]
    for on in (True, False):
        runs = [run for run in report["runs"] if (run["rho"] > 0) == on]
        sign = "ρ > 0" if on else "ρ = 0"
        for run in runs:
            note = f"gradient differs from the kernels' by {run['errors']['gradient']:.0e}"
            rate = pairs / min(run["seconds"]) / 1e9
            rows.append(Row("PyTorch", f"{run['mode']}, {sign}, P 512", rate, "{:.4f} Gpair/s", note=note))
        fastest = pairs / min(min(run["seconds"]) for run in runs)
        if ours := kernels.rate("step/fp32", rho=int(on)):
            what = f"step, {sign}: against the better of eager and compile"
            rows.append(Row("PyTorch", what, ours / fastest, "{:.0f} ×", aim=30 if on else None))
    return rows


def trained(raw, name):
    files = sorted(raw.glob(f"train-{name}.json"))
    return [json.loads(file.read_text()) for file in files]


def step_rows(raw, kernels):
    rows = []

    def best(name):
        return max((run["pairs_per_second"] for run in trained(raw, name)), default=None)

    threads, ranks, one = best("ranks1-threads2-*"), best("ranks2-threads1-*"), best("ranks1-threads1-*")
    for what, rate in (("1 rank × 2 threads", threads), ("2 ranks × 1 thread", ranks), ("1 rank × 1 thread", one)):
        if rate:
            rows.append(Row("training steps", what, rate / 1e9, "{:.3f} Gpair/s", note="P 512, ρ > 0"))
    if threads and ranks and one:
        rows.append(Row("training steps", "2 ranks against 1", ranks / one, "{:.2f} ×", predicted=2.0, aim=1.9))
        what = "2 ranks × 1 thread against 1 rank × 2 threads"
        rows.append(Row("training steps", what, ranks / threads, "{:.2f} ×", predicted=1.0))
    for run in trained(raw, "memory"):
        grown = (run["machine"]["peak_memory_bytes"] - run["machine"]["start_memory_bytes"]) / 2**20
        rows.append(Row("training steps", "memory above start-up, P 8192", grown, "{:.1f} MiB"))
    if host := host_seconds(raw, kernels):
        rows.append(Row("training steps", "host's work for a weight and a step", host * 1e9, "{:.1f} ns"))
    return rows


def host_seconds(raw, kernels):
    """What a step takes beyond its kernels, for each of the 2 P d weights: from one image and many blocks."""
    alone = kernels.seconds("step/fp32", P=8192, images=1, threads=1)
    steps = [run["time"]["steps"] / run["steps"]["dual"] for run in trained(raw, "host-*")]
    return (min(steps) - min(alone)) / (2 * 8192 * 9) if alone and steps else None


def message_model(messages):
    """Seconds of a message of any size: between measured ones on straight lines of the logarithms."""
    points = [(math.log(m["bytes"]), math.log(m["seconds"])) for m in messages]

    def seconds(size):
        at = math.log(max(size, 1))
        place = sum(1 for x, _ in points[1:-1] if x < at)
        (x0, y0), (x1, y1) = points[place], points[place + 1]
        slope = (y1 - y0) / (x1 - x0) if at > points[0][0] else 0
        return math.exp(y0 + slope * (at - x0))

    return seconds


def comm_rows(reports):
    rows = []
    if not reports:
        return rows
    message = message_model(reports[0]["messages"])
    cores = len_cores()
    for report in reports:
        ranks = report["ranks"]
        crowding = math.ceil(ranks / cores)
        for entry in report["sums"]:
            size = entry["bytes"]
            predicted = scaling_model.all_reduce(ranks, size, message, crowding)
            share = f", {crowding} ranks a core" if crowding > 1 else ""
            what = f"sum of {scaling_model.size_text(size)}, {ranks} ranks{share}"
            note = f"measured / predicted {entry['seconds'] / predicted:.2f}"
            rows.append(Row("sums", what, entry["seconds"] * 1e6, "{:.1f} µs", predicted=predicted * 1e6, note=note))
    return rows


def len_cores():
    return int(subprocess.run(["nproc"], capture_output=True, text=True, check=True).stdout)


def end_to_end_rows(raw):
    rows = []
    runs = trained(raw, "mnist")
    around = [Kernels(json.loads(file.read_text())) for file in sorted(raw.glob("mnist-*.json"))]
    if not runs or not around:
        return rows
    run, time = runs[0], runs[0]["time"]
    # Medians, before and after: the run cannot choose its least disturbed second.
    kernel_time = 0.0
    for network, name, rho in (("dual", "step/fp32", 1), ("primal", "primal_step/fp32", 0)):
        medians = [statistics.median(k.seconds(name, P=64, images=600, rho=rho)) for k in around]
        kernel_time += run["steps"][network] * statistics.mean(medians)
    loop = sum(time.values())
    group = f"configs/mnist.yaml on {run['data']['origin'].split(':')[0].split()[0]}"
    note = ", ".join(f"{part} {seconds:.2f} s" for part, seconds in time.items())
    rows.append(Row(group, "kernel time of its steps", kernel_time, "{:.1f} s"))
    rows.append(Row(group, "the entire loop", loop, "{:.1f} s", note=note))
    steps = time["steps"] / kernel_time
    rows.append(Row(group, "steps against their kernel time", steps, "{:.2f} ×", predicted=1.02, at_most=True))
    rows.append(Row(group, "loop against kernel time", loop / kernel_time, "{:.2f} ×", 1.07, 1.15, True))
    return rows


def collect(raw):
    kernels_json = json.loads((raw / "kernels.json").read_text())
    kernels = Kernels(kernels_json)
    pytorch = json.loads((raw / "pytorch.json").read_text())
    comm = [json.loads(file.read_text()) for file in sorted(raw.glob("comm-*.json"))]
    rows = aim_rows(kernels) + pytorch_rows(kernels, pytorch) + step_rows(raw, kernels) + end_to_end_rows(raw)
    rows += comm_rows(comm) + kernel_rows(kernels)
    everything = {file.stem: json.loads(file.read_text()) for file in sorted(raw.glob("*.json"))}
    return rows, everything, kernels.target


def table(rows, quick):
    """A quick run's figures are no verdict, so that its table has no aims."""
    head = ("", "", "predicted", "measured", "aim", "", "remarks")
    kept = (0, 1, 3) if quick else range(len(head))
    cells = [head, *(row.cells() for row in rows)]
    head, *cells = [tuple(row[column] for column in kept) for row in cells]
    return scaling_model.table(head, cells)


def machine():
    text = subprocess.run(["lscpu"], capture_output=True, text=True, check=False).stdout
    fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    wanted = ("Model name", "CPU family", "Model", "L2 cache", "L3 cache", "Hypervisor vendor")
    return {name: fields[name].strip() for name in wanted if name in fields} | {
        "cores": len_cores(),
        "system": platform.platform(),
    }


def as_text(rows, about, quick):
    before, after = about["load"]
    name = about.get("Model name", platform.machine())
    head = f"{about['cores']} cores of {name}, kernels {about['kernels']}, load {before} before and {after} after."
    lines = [f"Measured at revision {about['revision']} on {head}"]
    if quick:
        return "\n\n".join([*lines, "A quick run: its figures mean nothing.", table(rows, quick)]) + "\n"
    if before != "?" and float(before) > BUSY:
        lines.append("**The machine was busy with something else: do not rely on these figures.**")
    aims = [row for row in rows if row.aim is not None]
    lines += [table(rows, quick), f"{sum(row.met() for row in aims)} of {len(aims)} aims met."]
    return "\n\n".join(lines) + "\n"


def wrapped(text):
    """Markdown whose sentences have lines of at most 100 characters, as pages have; tables and pictures stay."""
    lines = text.split("\n")
    return "\n".join(line if line.startswith(("|", "!", "<")) else textwrap.fill(line, 100, break_on_hyphens=False) for line in lines)


def put_into(page, text, mark="measured"):
    """Replaces what stands between the page's two marks."""
    parts = re.split(rf"(<!-- (?:end of )?{mark} -->\n)", page.read_text())
    if len(parts) != 5:
        raise SystemExit(f"error: {page} has no place for the table (two marks: {mark}, end of {mark})")
    page.write_text("".join([*parts[:2], "\n" + wrapped(text) + "\n", *parts[3:]]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("raw", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--page", type=pathlib.Path)
    parser.add_argument("--load", nargs=2, default=["?", "?"], metavar=("BEFORE", "AFTER"))
    parser.add_argument("--program", default="")
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    rows, everything, target = collect(arguments.raw)
    revision = re.search(r"\(([^)]*)\)", arguments.program)
    about = machine() | {"kernels": target, "load": arguments.load, "program": arguments.program}
    about["revision"] = revision.group(1) if revision else "unknown"
    text = as_text(rows, about, arguments.quick)
    print(text, end="")
    if arguments.page:
        put_into(arguments.page, text)
    if arguments.json:
        report = {"machine": about, "quick": arguments.quick}
        report["rows"] = [dataclasses.asdict(row) | {"met": row.met()} for row in rows]
        report["raw"] = everything
        arguments.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
