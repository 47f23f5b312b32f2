# SPDX-License-Identifier: Apache-2.0
"""Figure 10's comparison for other values of what the paper does not publish: each alone, and lambda down to 0."""

import math

import numpy as np
from matplotlib.ticker import NullLocator

from zerogap_tools.paper import levels, seed_curves
from zerogap_tools.paper.tables import mean, relative, spread
from zerogap_tools.style import label_log_axis, panels, tick_text
from zerogap_tools.text import show

KEYS = ["network.lambda", "network.beta", "network.rho", "patches.filter", "network.filters", "optimizer.primal.lr"]
EQUAL = 0.005  # relative distance below which two objectives count as equal


class Point:
    """One setting of KEYS: primal cells by seed of their start, solved dual cells by seed of their blocks."""

    def __init__(self, values, base, primal, dual):
        self.values, self.base, self.primal, self.dual = values, base, primal, dual

    @property
    def changed(self):
        return [key for key in KEYS if self.values[key] != self.base[key]]

    def number(self, key):
        return float(self.values[key])

    def row(self):
        names = [f"{key.split('.', 1)[-1].replace('primal.lr', 'rate')} {self.values[key]}" for key in self.changed]
        reached, random = mean(levels.objectives(self.primal, "primal")), mean(levels.objectives(self.dual, "dual"))
        lower = "equal" if abs(reached / random - 1) <= EQUAL else "primal" if reached < random else "dual"
        zero = self.primal[0].value("baselines", "zero_objective")
        return [
            ", ".join(names).replace("filters ", "K = P = ") or "none (figure 10's)",
            spread(levels.objectives(self.primal, "primal")),
            levels.solved_text(self.dual),
            relative(reached, random),
            lower,
            f"{100 * min(reached, random) / zero:.3g}%",
        ]


class Variations:
    """The points of figure10-ours; the first is figure 10's own."""

    HEAD = ("changed", "primal, train", "random blocks (gap)", "primal against random", "lower (equal: within 0.5%)", "share of the zero network's")

    def __init__(self, cells):
        groups = {}
        for cell in cells:
            if cell.network == "primal":
                groups.setdefault(tuple(cell.settings.get(k, "") for k in KEYS), []).append(cell)
        base = dict(zip(KEYS, next(iter(groups))))
        self.points = []
        for values, primal in groups.items():
            here = dict(zip(KEYS, values))
            wanted = {key.replace(".", "__"): here[key] for key in KEYS[:4]} | {"network__arrangements": here["network.filters"]}
            self.points.append(Point(here, base, primal, [c for c in cells if c.network == "dual" and c.has(**wanted)]))
        self.seeds = len(self.points[0].primal)

    def along(self, key):
        """The points that differ from figure 10's in this key alone, and figure 10's own, in order of its values."""
        return sorted((p for p in self.points if p.changed in ([], [key])), key=lambda p: p.number(key))


def variations(store, folder):
    """(Variations, its cells)."""
    cells = store.sweep(folder / "figure10-ours.yaml")
    return Variations(cells), cells


def band_along(axes, points, key, cells_of, network, style, label, scale=None):
    x = np.array([point.number(key) for point in points])
    values = [np.array(levels.objectives(cells_of(point), network)) / (scale(point) if scale else 1) for point in points]
    colour, dash, marker = seed_curves.STYLES[style]
    axes.fill_between(x, [v.min() for v in values], [v.max() for v in values], color=colour, alpha=0.22, linewidth=0)
    axes.plot(x, [v.mean() for v in values], color=colour, linestyle=dash, marker=marker, markersize=4, mfc="white", linewidth=1.6, label=label)


def draw_lambda(axes, varied, estimate, references):
    points = varied.along(levels.LAMBDA)
    least = min(point.number(levels.LAMBDA) for point in points if point.number(levels.LAMBDA) > 0)
    band_along(axes, points, levels.LAMBDA, lambda p: p.primal, "primal", "primal", "primal, ADAM")
    band_along(axes, points, levels.LAMBDA, lambda p: p.dual, "dual", "dual", "dual's optimum on random blocks, hinge")
    kept = [(p.number(levels.LAMBDA), mean(levels.kept(cells))) for p in points if (cells := references.hard("0.25", p.values[levels.LAMBDA]))]
    if kept:
        axes.plot(*zip(*kept), linestyle="", marker="x", color=seed_curves.STYLES["hard"][0], markersize=6, label="dual's optimum with the sign constraints kept")
    if math.isfinite(estimate):
        seed_curves.line(axes, estimate, "estimated", "estimate: no primal network of any width is lower (λ > 0)")
    axes.set_xscale("symlog", linthresh=least, linscale=0.5)
    axes.set_xlim(left=0)
    ticks = [0, *(10.0**k for k in range(math.ceil(math.log10(least)), 1) if 10.0**k <= points[-1].number(levels.LAMBDA))]
    axes.set_xticks(ticks, [tick_text(tick) for tick in ticks])
    axes.set_xlabel("λ")
    axes.set_ylabel("objective, train")
    axes.set_title("threshold")


def draw_beta(axes, varied):
    points = varied.along(levels.BETA)
    zero = lambda point: point.primal[0].value("baselines", "zero_objective")  # noqa: E731
    band_along(axes, points, levels.BETA, lambda p: p.primal, "primal", "primal", "primal, ADAM", zero)
    band_along(axes, points, levels.BETA, lambda p: p.dual, "dual", "dual", "dual's optimum on random blocks, hinge", zero)
    axes.axhline(1, color="0.5", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_xlabel("β")
    axes.set_ylabel("objective / that of the zero network")
    axes.set_title("regularisation")


def lambda_figure(gallery, tables, varied, estimate, references):
    figure, axes = panels(1, 2, 3.9)
    draw_lambda(axes[0, 0], varied, estimate, references)
    draw_beta(axes[0, 1], varied)
    for panel in axes[0]:
        panel.set_yscale("log")
        label_log_axis(panel.yaxis)
        panel.xaxis.set_minor_locator(NullLocator())
        panel.grid(True, which="major", color="0.88", linewidth=0.6)
        panel.set_axisbelow(True)
    handles = {label: handle for panel in axes[0] for handle, label in zip(*panel.get_legend_handles_labels())}
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=2, handlelength=3.2)
    caption = f"Figure 10's comparison along λ (0 at the left) and β, σ = 0.25. Shaded: from the least to the greatest of {varied.seeds} seeds."
    tables.picture(gallery.save(figure, "figure10-lambda", caption))


def number_of_images(store, folder, tables):
    """The table of section IV.C's "large amount of data"; returns its cells."""
    cells = store.sweep(folder / "figure10-images.yaml")
    rows = []
    for count in dict.fromkeys(c.settings["data.images"] for c in cells):
        mine = [c for c in cells if c.settings["data.images"] == count]
        primal, dual = [c for c in mine if c.network == "primal"], [c for c in mine if c.network == "dual"]
        reached, random = mean(levels.objectives(primal, "primal")), mean(levels.objectives(dual, "dual"))
        zero = primal[0].value("baselines", "zero_objective")
        rows.append([count, mine[0].settings[levels.BETA], spread(levels.objectives(primal, "primal")), levels.solved_text(dual), relative(reached, random), show((random - reached) / zero, 3)])
    tables.words("The number of images, with β in proportion and as many steps:")
    tables.table("images", ["images", "β", "primal, train", "random blocks (gap)", "primal against random", "distance / objective of the zero network"], rows)
    return cells
