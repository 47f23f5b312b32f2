# SPDX-License-Identifier: Apache-2.0
"""Draws RUN_DIR/history.jsonl: objectives with the dual's certified band, and the certified gap. Several
folders: their certified gaps against time in one figure.

Called by launch/plot. Only `Evaluation` knows the names of the history's fields; anything missing in a line is left
out of the figure.
"""

import itertools
import json
import math
import os
import sys
from pathlib import Path

import matplotlib

from zerogap_tools.command_line import USAGE, Fail, Parser
from zerogap_tools.text import lettering

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (the backend comes first)

PRIMAL, DUAL, BAND = "#c1440e", "#1f4e79", "#9db8d2"
MARK = "zerogap launch/plot"  # in the PNGs, which this may replace


class Evaluation:
    """One line of the history."""

    def __init__(self, fields):
        self.fields = fields

    def get(self, *path):
        """The number at the path, or NaN where it is absent or not a finite number."""
        value = self.fields
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return float(value) if is_number and math.isfinite(value) else math.nan

    def train(self, network, key):
        """A training value; these are directly under the network, those of the test images under its "test"."""
        direct = self.get(network, key)
        return self.get(network, "train", key) if math.isnan(direct) else direct

    epoch = property(lambda self: self.get("epoch"))
    seconds = property(lambda self: self.get("seconds"))
    primal_train = property(lambda self: self.train("primal", "objective"))
    primal_test = property(lambda self: self.get("primal", "test", "objective"))
    dual_train = property(lambda self: self.train("dual", "objective"))
    dual_test = property(lambda self: self.get("dual", "test", "objective"))
    lower_bound = property(lambda self: self.train("dual", "best_lower_bound"))
    gap = property(lambda self: self.train("dual", "gap"))


def read_history(path):
    advice = "give the folder of a run that has evaluated at least once"
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise Fail(f"{path} cannot be read ({error.strerror}); {advice}") from error
    evaluations = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except ValueError as error:
            if number == len(lines):  # no line feed yet: it is being written
                break
            raise Fail(f"{path}:{number} is no JSON ({error}); restore the file, or train again") from error
        if isinstance(fields, dict):
            evaluations.append(Evaluation(fields))
    if not evaluations:
        raise Fail(f"{path} holds no evaluation (it is empty); {advice}")
    return evaluations


def points(evaluations, name, over="epoch"):
    """Epochs (or seconds) and values of one curve: only those that a logarithmic axis can show."""
    pairs = [(getattr(e, over), getattr(e, name)) for e in evaluations]
    return [p for p in pairs if math.isfinite(p[0]) and p[1] > 0]


def draw_curve(axes, evaluations, name, label, **style):
    curve = points(evaluations, name)
    if curve:
        axes.plot(*zip(*curve), label=label, markersize=4, markevery=max(1, len(curve) // 12), **style)
    return bool(curve)


def draw_band(axes, evaluations):
    """Shades the band between the best lower bound and the objective, which contains the optimum."""
    known = [e for e in evaluations if e.dual_train > 0 and math.isfinite(e.lower_bound) and math.isfinite(e.epoch)]
    if not known:
        return
    top = list(itertools.accumulate((e.dual_train for e in known), min))  # the lowest so far bounds the optimum
    floor = min(top) * 1e-3  # a bound that is not positive yet is drawn at the axis' lower end
    bottom = [max(e.lower_bound, floor) for e in known]
    epochs = [e.epoch for e in known]
    axes.fill_between(epochs, bottom, top, color=BAND, alpha=0.5, linewidth=0, label="certified: the dual optimum lies here")
    draw_curve(axes, known, "lower_bound", "dual, best lower bound", color=DUAL, linestyle=":", linewidth=1.2)


def zoom(axes, evaluations):
    """Leaves out the first lower bounds if they are orders of magnitude below everything else."""
    names = ("primal_train", "primal_test", "dual_train", "dual_test")
    values = [v for name in names for _, v in points(evaluations, name)]
    bounds = [v for _, v in points(evaluations, "lower_bound")]
    if values:
        low = min(values + [max(bounds[-1], min(values) * 1e-2)] if bounds else values)
        axes.set_ylim(low * 0.8, max(values) * 1.25)


def draw_objectives(axes, evaluations):
    draw_band(axes, evaluations)
    solid, dashed = {"linestyle": "-", "linewidth": 1.8}, {"linestyle": "--", "linewidth": 1.3}
    drawn = [
        draw_curve(axes, evaluations, "primal_train", "primal, train", color=PRIMAL, marker="o", **solid),
        draw_curve(axes, evaluations, "primal_test", "primal, test", color=PRIMAL, marker="o", mfc="w", **dashed),
        draw_curve(axes, evaluations, "dual_train", "dual, train", color=DUAL, marker="s", **solid),
        draw_curve(axes, evaluations, "dual_test", "dual, test", color=DUAL, marker="s", mfc="w", **dashed),
    ]
    axes.set_ylabel("objective")
    finish(axes, any(drawn), "no objective is positive")
    zoom(axes, evaluations)


def draw_gap(axes, evaluations):
    drawn = draw_curve(axes, evaluations, "gap", "dual, train", color=DUAL, marker="s", linewidth=1.8)
    axes.set_ylabel("certified relative gap")
    axes.set_xlabel("epoch")
    finish(axes, drawn, "no certified gap in this history")


def finish(axes, drawn, otherwise):
    axes.grid(True, which="major", color="0.85", linewidth=0.6)
    if drawn:
        axes.set_yscale("log")
        axes.legend(fontsize=8, framealpha=0.9)
    else:
        axes.text(0.5, 0.5, otherwise, ha="center", va="center", transform=axes.transAxes)


def draw(run, out):
    evaluations = read_history(run / "history.jsonl")
    figure, (upper, lower) = plt.subplots(
        2, 1, figsize=(7, 6.5), sharex=True, height_ratios=(2, 1), layout="constrained"
    )
    draw_objectives(upper, evaluations)
    draw_gap(lower, evaluations)
    upper.set_title(f"zerogap: {lettering(run.resolve().name)}")
    save(figure, out)


COLOURS = ("#1f4e79", "#c1440e", "#3b7d3b", "#7a3b8f", "#8a6d00", "#444444")
MARKERS = "soD^vP"


def compare(runs, out):
    """The runs' certified gaps against their training time: solvers and step rules on one problem."""
    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    drawn = False
    for number, run in enumerate(runs):
        curve = points(read_history(run / "history.jsonl"), "gap", "seconds")
        if not curve:
            continue
        drawn = True
        style = {"color": COLOURS[number % len(COLOURS)], "marker": MARKERS[number % len(MARKERS)]}
        axes.plot(*zip(*curve), label=lettering(run.resolve().name), markersize=4, markevery=max(1, len(curve) // 12), **style)
    axes.set_xscale("log")
    axes.set_xlabel("seconds of training, evaluations included")
    axes.set_ylabel("certified relative gap")
    finish(axes, drawn, "no certified gap in these histories")
    save(figure, out)


def require_place(out):
    """Only an earlier figure may be replaced; checked before anything is drawn."""
    if not os.path.lexists(out):
        return
    try:
        with open(out, "rb") as file:
            start = file.read(4096)
    except OSError:
        start = b""
    if out.is_symlink() or not (start.startswith(b"\x89PNG") and MARK.encode() in start):
        raise Fail(f"will not overwrite {out} (it is not a figure of launch/plot); give another name with --out, or remove it")


def save(figure, out):
    # Written under a temporary name and renamed, so that the figure is always complete.
    part = out.with_name(f".{out.name}.part.png")
    try:
        figure.savefig(part, dpi=150, metadata={"Software": MARK})
        os.replace(part, out)
    except OSError as error:
        raise Fail(f"{out} cannot be written ({error.strerror}); give another place with --out") from error


def main():
    parser = Parser("launch/plot", "Draws a run's objectives and certified gap.")
    parser.add_argument("run", type=Path, nargs="+", help="a run's folder, which holds history.jsonl; several to compare")
    parser.add_argument("--out", type=Path, help="the PNG to write; replaces an earlier one (default: objective.png, of several gap.png, in the first folder)")
    try:
        arguments = parser.parse_args(sys.argv[1:])
        several = len(arguments.run) > 1
        out = arguments.out or arguments.run[0] / ("gap.png" if several else "objective.png")
        require_place(out)
        if several:
            compare(arguments.run, out)
        else:
            draw(arguments.run[0], out)
    except Fail as failure:
        print(f"error: {failure}", file=sys.stderr)
        sys.exit(USAGE if failure.code == USAGE else 1)
    print(f"figure: {out}")


if __name__ == "__main__":
    main()
