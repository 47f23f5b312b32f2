# SPDX-License-Identifier: Apache-2.0
"""Reads what the steps have left in OUT, and puts it together into gpu.json.

A run may have been cut off anywhere, so that every file may be missing or end in the middle of a line; what is not
there is left out.
"""

import csv
import json
import re
import statistics

import predictions
from runner import PASSED, write_json
from steps import PYTORCH_SIZES

# Of Nsight Compute's raw page.
METRICS = {
    "registers": "launch__registers_per_thread",
    "resident": "launch__occupancy_limit_registers",
    "issue": "sm__inst_issued.avg.pct_of_peak_sustained_active",
    "occupancy": "sm__warps_active.avg.pct_of_peak_sustained_active",
    "fma": "sm__inst_executed_pipe_fma.avg.pct_of_peak_sustained_active",
    "alu": "sm__inst_executed_pipe_alu.avg.pct_of_peak_sustained_active",
    "xu": "sm__inst_executed_pipe_xu.avg.pct_of_peak_sustained_active",
    "lsu": "sm__inst_executed_pipe_lsu.avg.pct_of_peak_sustained_active",
}


def read_json(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def bench_lines(out):
    """The device, and every line."""
    lines = []
    try:
        for text in (out / "bench.jsonl").read_text().splitlines():
            lines.append(json.loads(text))
    except (OSError, ValueError):
        pass
    return (lines[0], lines[1:]) if lines else ({}, [])


def clocks(out):
    """Of the multiprocessors, in MHz, while the benchmark ran; idle samples at its begin and end are low ones."""
    try:
        rows = [line.split(",") for line in (out / "clocks.csv").read_text(errors="replace").splitlines()]
    except OSError:
        return {}
    rows = [row for row in rows if len(row) >= 4 and re.fullmatch(r" *\d+ *", row[0])]
    if not rows:
        return {}
    rates = [int(row[0]) for row in rows]
    power = [float(row[2]) for row in rows if re.fullmatch(r" *[\d.]+ *", row[2])]
    found = {"samples": len(rates), "sm_mhz_median": statistics.median(rates), "sm_mhz_most": max(rates)}
    found["reasons"] = sorted({row[4].strip() for row in rows if len(row) > 4})
    return found | ({"power_watts_most": max(power)} if power else {})


def number(text):
    try:
        return float(text.replace(",", ""))
    except (AttributeError, ValueError):
        return None


def profile(path):
    """A dictionary a kernel: its name and those of METRICS that the file has. The line below the head has units."""
    try:
        with open(path, newline="", errors="replace") as file:
            text = [line for line in file if not line.startswith("==")]
    except OSError:
        return []
    kernels = []
    for row in csv.DictReader(text):
        if not row.get("Kernel Name"):
            continue
        values = {name: number(row.get(metric)) for name, metric in METRICS.items()}
        kernels.append({"kernel": row["Kernel Name"]} | {k: v for k, v in values.items() if v is not None})
    return kernels


def profiles(out):
    return {path.stem: profile(path) for path in sorted(out.glob("ncu_*.csv"))}


def pytorch_runs(out):
    """One entry a way and size, and why where there is no time."""
    runs = []
    for path in sorted(out.glob("pytorch_*.json")):
        report = read_json(path)
        if not report:
            continue
        for run in report["runs"]:
            entry = {k: v for k, v in run.items() if k != "seconds"}
            entry |= {"patches": report["patches"], "blocks": report["blocks"], "torch": report["torch"]}
            entry["size"] = path.stem.removeprefix("pytorch_")
            if "seconds" in run:
                entry |= {"seconds": statistics.median(run["seconds"]), "least": min(run["seconds"])}
                entry["repeats"] = len(run["seconds"])
            runs.append(entry)
    return runs


def trainings(out):
    """Seconds and values of each run; the complete result.json is next to it in OUT."""
    found = {}
    for path in sorted(out.glob("*/result.json")):
        result = read_json(path)
        if not result:
            continue
        steps, time = result["steps"], result["time"]
        entry = {"status": result["status"], "seconds": result["seconds"], "time": time, "steps": steps}
        entry["pairs_per_second"] = result.get("pairs_per_second")
        if count := sum(steps.values()):
            entry["seconds_a_step"] = time["steps"] / count
        for network in ("primal", "dual"):
            values = result.get(network, {})
            entry[network] = {k: values[k] for k in ("objective", "gap", "psnr") if k in values}
        entry["origin"] = result.get("data", {}).get("origin")
        found[path.parent.name] = entry
    return found


# What a run is called in the keys of predictions, by its folder.
STEP_OF_FOLDER = {"paper": "paper_size"}


def measured(found, outcomes):
    """Numbers by the keys of predictions.py."""
    values = {f"step {o.step.name} seconds": o.seconds for o in outcomes if o.outcome == PASSED}
    for line in found["bench"]:
        key = f"bench {line['kind']} {line['images']} {line['blocks']} {line['side']} {line['line']}"
        values[key] = 1e3 * line["seconds"]
    for folder, run in found["trainings"].items():
        name = STEP_OF_FOLDER.get(folder, folder)
        if "seconds_a_step" in run:
            values[f"train {name} step"] = 1e3 * run["seconds_a_step"]
    for run in found["pytorch"]:
        if "seconds" not in run:
            continue
        images, blocks = run["size"].split("x")
        kind = "tf32" if run.get("tf32") else "fp32"
        sign = "rho" if run["rho"] > 0 else "free"
        key = f"pytorch {images} {blocks} {run['mode']} {kind} {sign} {run.get('gates', 'outside')} ms"
        values[key] = 1e3 * run["seconds"]
    for kernel in found["profiles"].get("ncu_step", []):
        side = "forward" if "forward" in kernel["kernel"] else "backward"
        for name in ("registers", "resident", "issue"):
            if name in kernel:
                values[f"ncu {side} {name}"] = kernel[name]
    return values


def against_pytorch(found):
    """One entry a size and sign: zerogap's step, the fastest of PyTorch's ways, and how many times as long it takes."""
    entries = []
    for images, blocks in PYTORCH_SIZES:
        for on in (True, False):
            wanted = ("fp32", images, blocks, 3, "dual step" if on else "dual step, rho = 0")
            ours = [b for b in found["bench"] if (b["kind"], b["images"], b["blocks"], b["side"], b["line"]) == wanted]
            timed = [run for run in found["pytorch"] if "seconds" in run and run["size"] == f"{images}x{blocks}"]
            runs = [run for run in timed if (run["rho"] > 0) == on]
            if not ours or not runs:
                continue
            entry = {"images": images, "blocks": blocks, "rho": on, "zerogap": ours[0]["seconds"], "ways": []}
            for run in sorted(runs, key=lambda r: r["seconds"]):
                way = {k: run.get(k) for k in ("mode", "tf32", "gates", "chunks", "peak_bytes", "seconds")}
                way |= {"error": run["errors"]["gradient"], "times": run["seconds"] / entry["zerogap"]}
                entry["ways"].append(way)
            entries.append(entry)
    return entries


def gather(runner, about):
    """Writes gpu.json again."""
    out = runner.out
    device, lines = bench_lines(out)
    found = {"bench": lines, "profiles": profiles(out), "pytorch": pytorch_runs(out), "trainings": trainings(out)}
    report = about | {
        "status": runner.status,
        "card": card(out, device),
        "device": device,
        "clocks": clocks(out),
        "machine": read_json(out / "machine.json") or {},
        "steps": [{k: v for k, v in outcome.as_json().items() if k != "words"} for outcome in runner.outcomes],
        "judged_passed": sum(o.outcome == PASSED for o in runner.outcomes if o.step.judged),
        "judged": sum(o.step.judged for o in runner.outcomes),
        **found,
        "against_pytorch": against_pytorch(found),
        "predictions": predictions.compare({} if about["rehearsal"] else measured(found, runner.outcomes)),
    }
    write_json(out / "gpu.json", report)
    return report


def card(out, device):
    """Its name: as nvidia-smi has it, or as the benchmark has."""
    machine = read_json(out / "machine.json") or {}
    return machine.get("card", {}).get("name") or device.get("device", "").removeprefix("cuda ")
