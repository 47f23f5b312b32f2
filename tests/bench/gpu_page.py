#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts what tests/gpu/checks measured on a GPU into docs/performance.md.

    gpu_page.py GPU.json [--page FILE]      prints the section, and puts it between the page's marks

Without such a file the page keeps what it says of GPUs. A rehearsal's figures are refused, and so are those of a card
that is not named.
"""

import argparse
import json
import pathlib
import sys

from bench_report import put_into
from scaling_model import table

MARK = "gpu"
TODO = "name the gpu.json that tests/gpu/checks has written where there is a GPU"
FORETOLD = ("H100", "H200")
# What a training run of the checks is, by its folder.
RUNS = {
    "paper": "600 images, 8,192 blocks, 40 steps",
    "mnist_cuda": "`configs/mnist.yaml` on the GPU",
    "mnist_cpu": "`configs/mnist.yaml` on the CPU",
    "newton_cuda": "newton, 600 images, 512 blocks, on the GPU",
    "newton_cpu": "newton, the same on the CPU",
    "one_rank": "the smoke run, 512 blocks, one rank",
    "nccl": "the same over NCCL",
    "two_ranks": "the same, 2 ranks on this GPU",
    "four_ranks": "the same, 2 × 2 ranks on this GPU",
}


class Refused(Exception):
    pass


def number(value, form="{:.3g}", none=""):
    return none if value is None else form.format(value)


def about(report):
    """Card, versions, clocks and outcome, in sentences."""
    machine, versions, clocks = report["machine"], report["versions"], report["clocks"]
    card, attributes = machine.get("card", {}), machine.get("attributes", {})
    runtime = report["device"].get("runtime")
    with_what = [
        f"driver {card['driver_version']}" if "driver_version" in card else "",
        f"for CUDA {attributes['driver serves CUDA']}" if "driver serves CUDA" in attributes else "",
        f"CUDA {runtime // 1000}.{runtime % 1000 // 10}" if runtime else "",
        f"LibTorch {versions['LibTorch']}" if "LibTorch" in versions else "",
    ]
    lines = [
        f"Measured at revision {versions.get('revision', 'unknown')} on one {report['card']}, {report['date'][:10]}: "
        + ", ".join(filter(None, with_what))
        + f"; {machine.get('cores', '?')} cores of {machine.get('processor', 'an unknown processor')}."
    ]
    if clocks:
        median, most = clocks["sm_mhz_median"], clocks["sm_mhz_most"]
        lines[0] += f" While the kernels were timed it ran at {median:.0f} MHz (median; {most:.0f} at most)."
    if report["status"] != "complete":
        lines.append("**The run was cut off: what is missing below was not measured.**")
    outcomes = {}
    for step in report["steps"]:
        if step["judged"] and step["outcome"] != "passed":
            outcomes.setdefault(step["outcome"], []).append(step["name"])
    others = "; ".join(f"{outcome}: {', '.join(names)}" for outcome, names in sorted(outcomes.items()))
    lines.append(f"{report['judged_passed']} of {report['judged']} correctness steps passed{others and '; '}{others}.")
    return lines


def prediction_table(report):
    rows = [
        (p["what"], p["predicted"].strip(), p["shown"], number(p["ratio"], "{:.2f}"), p["verdict"], p["why"])
        for p in report["predictions"]
    ]
    return table(("", "predicted", "measured", "ratio", "", "why so predicted"), rows)


def bench_table(report):
    rows = []
    for line in report["bench"]:
        share = f"{line['share_of_peak']:.0%}" if line["share_of_peak"] else ""
        name = line["line"].replace("rho", "ρ")
        size = (f"{line['images']:,}", f"{line['blocks']:,}", line["side"] ** 2)
        rate = number(line["pairs"] / line["seconds"] / 1e9)
        scratch = number(line["scratch_bytes"] / 2**20, "{:.1f}")
        rows.append((line["kind"], *size, name, number(1e3 * line["seconds"], "{:.4g}"), rate, share, scratch))
    head = ("", "images", "blocks", "d", "", "ms", "Gpair/s", "share of the peak", "scratch, MiB")
    return table(head, rows)


def run_table(report):
    rows = []
    seconds = {step["name"]: step["seconds"] for step in report["steps"]}
    for folder, what in RUNS.items():
        if not (run := report["trainings"].get(folder)):
            continue
        command = seconds.get("paper_size" if folder == "paper" else folder)
        values = []
        for network in ("primal", "dual"):
            if "objective" in run.get(network, {}):
                values.append(f"{network} {run[network]['objective']:.6g}")
        if "gap" in run.get("dual", {}) and run["dual"]["gap"] is not None:
            values.append(f"gap {run['dual']['gap']:.2g}")
        step = number(run.get("seconds_a_step") and 1e3 * run["seconds_a_step"])
        rows.append((what, step, number(run["time"]["steps"]), number(command), ", ".join(values)))
    return table(("", "ms a step", "s in steps", "s, whole command", "objectives"), rows)


def pytorch_table(report):
    rows = []
    for entry in report["against_pytorch"]:
        sign = "ρ > 0" if entry["rho"] else "ρ = 0"
        size = (f"{entry['images']:,}", f"{entry['blocks']:,}", sign)
        rows.append((*size, "zerogap", number(1e3 * entry["zerogap"], "{:.4g}"), "", "", ""))
        for way in entry["ways"]:
            name = f"PyTorch, {way['mode']}{', TF32' if way['tf32'] else ''}, gates {way['gates']}"
            if (way["chunks"] or 1) > 1:
                name += f", {way['chunks']} chunks"
            memory = number(way["peak_bytes"] and way["peak_bytes"] / 2**30, "{:.2f}")
            time = number(1e3 * way["seconds"], "{:.4g}")
            rows.append((*size, name, time, f"{way['times']:.1f} ×", memory, f"{way['error']:.0e}"))
    head = ("images", "blocks", "", "", "ms", "against zerogap", "peak GiB", "gradient differs by")
    return table(head, rows)


def failures_of_pytorch(report):
    """One line for each reason that a way could not be taken."""
    reasons = {}
    for run in report["pytorch"]:
        if "error" in run:
            reasons.setdefault(run["error"], []).append(f"{run['mode']} at {run['size'].replace('x', ' × ')}")
    return [f"PyTorch failed ({', '.join(sorted(set(ways)))}): {reason}" for reason, ways in reasons.items()]


def profile_table(report):
    names = {"registers": "registers", "resident": "blocks a multiprocessor", "issue": "issue slots filled, %"}
    names |= {"occupancy": "occupancy, %", "fma": "FMA pipe, %", "alu": "ALU, %", "xu": "XU, %", "lsu": "LSU, %"}
    rows = []
    for report_name, kernels in report["profiles"].items():
        for kernel in kernels:
            name = kernel["kernel"].split("(")[0].split("<")[0].split("::")[-1].split()[-1]
            rows.append((report_name.removeprefix("ncu_"), name, *(number(kernel.get(key)) for key in names)))
    return table(("line", "kernel", *names.values()), rows)


def section(report):
    if report.get("rehearsal"):
        raise Refused("it is of a rehearsal, whose figures mean nothing")
    if not report.get("card"):
        raise Refused("it does not name a card")
    parts = about(report)
    if not any(name in report["card"] for name in FORETOLD):
        parts.append(f"Predictions are for an {' or '.join(FORETOLD)}; for this card they say nothing.")
    parts.append(prediction_table(report))
    parts.append("*ratio* is against the nearer end of what was predicted; beyond 15% of it the prediction is missed.")
    for found, make, title in (
        ("bench", bench_table, "Kernels (`zerogap_gpu_bench`, median; the peak at the card's highest clock):"),
        ("against_pytorch", pytorch_table, "PyTorch on the same card, medians; zerogap's gates are inside:"),
        ("trainings", run_table, "Training runs:"),
        ("profiles", profile_table, "Nsight Compute, at 600 images and 8,000 blocks:"),
    ):
        if report[found]:
            parts += [title, make(report)]
        if found == "against_pytorch":
            parts += failures_of_pytorch(report)
    return "\n\n".join(parts) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("report", type=pathlib.Path)
    parser.add_argument("--page", type=pathlib.Path)
    arguments = parser.parse_args()
    try:
        text = section(json.loads(arguments.report.read_text()))
    except (OSError, ValueError, KeyError, TypeError, Refused) as error:
        reason = error if isinstance(error, Refused) else f"{type(error).__name__}: {error}"
        print(f"error: {arguments.report} cannot be taken ({reason}); {TODO}", file=sys.stderr)
        return 2
    print(text, end="")
    if arguments.page:
        put_into(arguments.page, text, MARK)
    return 0


if __name__ == "__main__":
    sys.exit(main())
