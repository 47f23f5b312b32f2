# SPDX-License-Identifier: Apache-2.0
"""Makes a table, a picture and one JSON file of what tests/bench/network measured.

    network_report.py RAW --json FILE --text FILE --picture PNG [--quick] [--page FILE]

RAW has a folder for each case: problem.json, solve.json and load.json (the load average before the measurement), and
pytorch.json and adam.json as far as they were made.
Called with the Python that draws.
"""

import argparse
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "launch/python"))

import matplotlib.pyplot as plt
import scaling_model
from bench_report import BUSY, machine, put_into
from matplotlib.ticker import FuncFormatter, NullFormatter
from zerogap_tools import style

PICTURE_IMAGES = 60  # the cases with more are in the table only
IN_PAGE = "![Objective of the network and estimated bound against seconds](network.png)"
LOWEST, HIGHEST = 0.965, 1.1  # of the objectives shown, in estimated bounds
DOTS = 120  # an inch: 984 pixels wide, as docs/sweep.png
# Name in the files: label in the picture, colour, dash.
CURVES = {
    "Adam": ("PyTorch, Adam", "#0072B2", "-"),
    "L-BFGS": ("PyTorch, L-BFGS", "#009E73", "-"),
    "zerogap's Adam": ("zerogap, Adam", "#CC79A7", "--"),
}


def read(file):
    return json.loads(file.read_text()) if file.is_file() else None


def read_case(folder):
    """What was measured of one case: problem, zerogap's solution, and the other methods."""
    case = {name: read(folder / f"{name}.json") for name in ("problem", "solve", "pytorch", "adam")}
    case["load"] = read(folder / "load.json")
    case["methods"] = list((case["pytorch"] or {}).get("methods", []))
    if case["adam"]:
        case["methods"].append(case["adam"])
    return case


def gap(case, objective):
    """To zerogap's estimated bound."""
    return (objective - case["solve"]["bound"]) / objective


def seconds_to(points, objective):
    """When a curve was as low as that; None: never."""
    return next((seconds for seconds, value in points if value <= objective), None)


def title(problem):
    source = "MNIST images" if problem["source"] == "mnist" else "drawn digits"
    return f"{problem['form']}, {problem['images']} {source}"


def settings_of(method):
    if "rate" in method:
        betas = ", ".join(f"{beta:g}" for beta in method["betas"])
        return f"best of {len(method['trials'])}: rate {method['rate']:g}, betas {betas}"
    counted = "start" if method["starts"] == 1 else "starts"
    return f"{method['starts']} {counted}"


def rows(cases):
    for case in cases.values():
        solve, filters = case["solve"], case["problem"]["filters"]
        steps = f"{solve['rounds']} rounds"
        name = title(case["problem"])
        yield name, "zerogap, frank_wolfe", filters, steps, solve["objective"], solve["seconds"], solve["gap"], "", ""
        for method in case["methods"]:
            label = CURVES[method["name"]][0]
            width = case["pytorch"]["filters"] if method["name"] in ("Adam", "L-BFGS") else filters
            reached = seconds_to(solve["points"], method["objective"])
            after = "never" if reached is None else f"{reached:.1f} s"
            steps = f"{method['gradients']:,} gradients"
            yield (name, label, width, steps, method["objective"], method["seconds"], gap(case, method["objective"]), after,
                   settings_of(method))


def table(cases):
    head = ("network", "method", "filters", "", "objective", "s", "gap to the estimated bound", "zerogap as low after", "")
    cells = []
    for name, method, filters, steps, objective, seconds, share, after, note in rows(cases):
        cells.append((name, method, str(filters), steps, f"{objective:.2f}", f"{seconds:.1f}", f"{share:.2%}", after, note))
    return scaling_model.table(head, cells)


def as_text(cases, about, quick):
    first = next(iter(cases.values()))
    load = max(case["load"] for case in cases.values())
    name = about.get("Model name", "an unknown processor")
    torch = f", PyTorch {first['pytorch']['torch']}" if first["pytorch"] else ""
    lines = [
        f"Measured with zerogap {first['solve']['versions']['zerogap']}{torch} on {about['cores']} cores of {name}, kernels "
        f"{first['solve']['kernels']}, two threads each, load {load} before."
    ]
    if quick:
        lines.append("A quick run: its figures mean nothing.")
    elif load > BUSY:
        lines.append("**The machine was busy with something else: do not rely on these figures.**")
    return "\n\n".join([*lines, table(cases)]) + "\n"


def draw_case(axes, case, last):
    """Objectives against time, and zerogap's estimated bound."""
    solve = case["solve"]
    for method in case["methods"]:
        label, colour, dash = CURVES[method["name"]]
        axes.step(*zip(*method["points"]), where="post", label=label, color=colour, linestyle=dash, linewidth=1.6)
    axes.step(*zip(*solve["points"]), where="post", label="zerogap, frank_wolfe", color=style.PRIMAL, linewidth=2.2)
    axes.plot(*zip(*solve["bounds"]), label="zerogap, estimated bound", color=style.GREY, linewidth=1.0, linestyle=":")
    ended, objective, bound = solve["seconds"], solve["objective"], solve["bound"]
    axes.plot([ended, last], [bound, bound], color=style.GREY, linewidth=1.4)
    axes.plot([ended], [objective], "o", color=style.PRIMAL, markersize=6)
    axes.text(
        0.98,
        0.97,
        f"zerogap stops after {ended:.0f} s\nat {objective:.2f},\nestimated gap {solve['gap']:.2%}",
        transform=axes.transAxes,
        ha="right",
        va="top",
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 2},
        fontsize=8.5,
        color=style.PRIMAL,
    )
    axes.set_ylim(LOWEST * bound, max(HIGHEST * bound, 1.2 * objective if solve["gap"] > 0.1 else 0))
    axes.set_title(f"{title(case['problem'])}, {case['problem']['filters']} filters")
    axes.set_xlabel("seconds of training")
    axes.grid(True, which="major", color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)


def draw(cases, out):
    shown = [case for case in cases.values() if case["problem"]["images"] <= PICTURE_IMAGES] or list(cases.values())
    figure, axes = style.panels(1, len(shown), 3.7)
    for one, case in zip(axes[0], shown):
        curves = [case["solve"], *case["methods"]]
        last = max(curve["seconds"] for curve in curves)
        draw_case(one, case, last)
        top = one.get_ylim()[1]
        entered = [seconds for curve in curves if (seconds := seconds_to(curve["points"], top)) is not None]
        one.set_xscale("log")
        one.set_xlim(0.5 * min(entered, default=last), 1.05 * last)
        one.xaxis.set_major_formatter(FuncFormatter(style.tick_text))
        one.xaxis.set_minor_formatter(NullFormatter())
    axes[0][0].set_ylabel("objective, lowest so far")
    handles, labels = axes[0][0].get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda i: not labels[i].startswith("zerogap, f"))
    figure.legend([handles[i] for i in order], [labels[i] for i in order], loc="outside lower center", ncols=len(labels))
    part = out.with_name(f".{out.name}.part.png")
    figure.savefig(part, dpi=DOTS, metadata={"Software": None})
    os.replace(part, out)
    plt.close(figure)




def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("raw", type=pathlib.Path)
    for name in ("json", "text", "picture"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("--page", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    found = [file.parent for file in arguments.raw.glob("*/solve.json")]
    cases = {folder.name: read_case(folder) for folder in sorted(found, key=lambda f: f.stat().st_mtime)}
    if not cases:
        raise SystemExit(f"error: nothing was measured (no case in {arguments.raw}); run tests/bench/network")
    wait = {name: os.environ.get(name) for name in ("OMP_WAIT_POLICY", "OMP_NUM_THREADS")}
    about = machine() | {"environment": wait}
    text = as_text(cases, about, arguments.quick)
    print(text, end="")
    arguments.text.write_text(text)
    everything = {"machine": about, "quick": arguments.quick, "cases": cases}
    arguments.json.write_text(json.dumps(everything, indent=1) + "\n")
    draw(cases, arguments.picture)
    if arguments.page:
        put_into(arguments.page, f"{text}\n{IN_PAGE}\n", "network")


if __name__ == "__main__":
    main()
