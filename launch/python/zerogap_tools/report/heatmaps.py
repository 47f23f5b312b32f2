# SPDX-License-Identifier: Apache-2.0
"""A sweep's figures: values and states over two axes, and the spread over seeds."""

import math

import matplotlib.patches
import numpy as np

from zerogap_tools.style import (
    CYCLE,
    DUAL,
    MARKERS,
    PRIMAL,
    log_axis,
    panels,
    tick_text,
    tidy,
)
from zerogap_tools.text import lettering, percent

# State or verdict: colour, hatch, letter. The letter alone is unambiguous.
STATES = {
    "proved": ("#0072B2", "", "P"),
    "open": ("#F0E442", "..", "O"),
    "trained": ("#CFE8F5", "", "T"),
    "dead": ("#000000", "", "D"),
    "diverged": ("#D55E00", "xx", "X"),
    "failed": ("#CC79A7", "++", "F"),
    "at work": ("#E69F00", "//", "W"),
    "stale": ("#BBBBBB", "\\\\", "S"),
    "todo": ("#FFFFFF", "", "·"),
    "closed": ("#0072B2", "", "C"),
    "unsolved": ("#F0E442", "..", "U"),
    "closed-estimate": ("#a6d854", "..", "e"),
    "sampling-limited": ("#009E73", "//", "s"),
    "width-limited": ("#56B4E9", "\\\\", "w"),
    "optimiser-limited": ("#E69F00", "xx", "o"),
    "form-limited": ("#CC79A7", "++", "f"),
}
MEANING = {
    "proved": "finished, certified gap within run.stop.gap",
    "open": "finished, certified gap wider than run.stop.gap or 1%",
    "trained": "a primal, finished: nothing is proved of it until zerogap certify",
    "dead": "no activation passes λ",
}


def field(row, *keys):
    """The number in a cell of the table, or NaN."""
    for key in keys:
        try:
            return float(row.get(key) or "nan")
        except ValueError:
            continue
    return math.nan


def axes_of(sweep, network):
    """(across, down, others): the two axes of a heat map, λ and β if both vary, and the other axes on which the network
    depends."""
    moving = [k for k in sweep.axes if k not in sweep.seeds and len(sweep.values[k]) > 1]
    moving = [k for k in moving if any(k in c["settings"] for c in sweep.cells.values() if c["network"] == network)]
    order = sorted(moving, key=lambda k: (k != "network.lambda" and k != "network.beta", sweep.axes.index(k)))
    if not order:
        return None, None, []
    if len(order) == 1:
        return order[0], None, []
    across, down = (order[0], order[1]) if order[0] == "network.lambda" else (order[1], order[0])
    return across, down, order[2:]


def symbol(key):
    return {"network.beta": "β", "network.lambda": "λ", "network.rho": "ρ", "data.noise.sigma": "σ"}.get(key, key)


class Plane:
    """The cells of one network over two axes: cells[i][j] is the list of those at down i, across j."""

    def __init__(self, sweep, network):
        self.sweep, self.network = sweep, network
        self.across, self.down, self.others = axes_of(sweep, network)
        self.columns = sweep.values.get(self.across, [""])
        self.lines = sweep.values.get(self.down, [""])
        self.cells = [[[] for _ in self.columns] for _ in self.lines]
        for cell in sweep.cells.values():
            if cell["network"] == network:
                at = cell["settings"]
                down = self.lines.index(at[self.down]) if self.down in at else 0
                across = self.columns.index(at[self.across]) if self.across in at else 0
                self.cells[down][across].append(cell["name"])
        self.rows = {row["cell"]: row for row in sweep.rows if row["network"] == network}

    def over_seeds(self, names, *keys):
        """The mean over the finished ones of these cells, NaN if there is none."""
        values = [field(self.rows[n], *keys) for n in names if n in self.rows]
        values = [v for v in values if math.isfinite(v)]
        return np.mean(values) if values else math.nan

    def best(self, names):
        """The cells with the values of the other axes that give the least mean objective: a mean over dead and other
        starts would represent neither."""
        groups = {}
        for name in names:
            settings = self.sweep.cells[name]["settings"]
            groups.setdefault(tuple(settings.get(k) for k in self.others), []).append(name)
        means = [self.over_seeds(group, "objective") for group in groups.values()]
        known = [(mean, at) for at, mean in enumerate(means) if math.isfinite(mean)]
        return list(groups.values())[min(known)[1]] if known else names

    def mean(self, *keys):
        """Means over seeds, at the best values of the other axes."""
        return np.array([[self.over_seeds(self.best(names), *keys) for names in line] for line in self.cells])

    def label(self, axes):
        axes.set_xticks(range(len(self.columns)), map(lettering, self.columns))
        axes.set_yticks(range(len(self.lines)), map(lettering, self.lines))
        axes.set_xlabel(symbol(self.across) if self.across else "")
        axes.set_ylabel(symbol(self.down) if self.down else "", rotation=0, labelpad=10)
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)


def draw_values(axes, plane, values, title, write, logarithmic=False):
    shown = np.log10(np.where(values > 0, values, np.nan)) if logarithmic else values
    plane.label(axes)
    axes.set_title(title)
    if not np.isfinite(shown).any():
        axes.set_xlim(-0.5, len(plane.columns) - 0.5)
        axes.set_ylim(len(plane.lines) - 0.5, -0.5)
    else:
        low, high = np.nanmin(shown), np.nanmax(shown)
        pad = 1e-9 + (high == low)
        axes.imshow(shown, cmap="cividis", vmin=low - pad, vmax=high + pad, aspect="auto")
    for i, j in np.ndindex(values.shape):
        known = np.isfinite(shown[i, j])
        bright = known and (shown[i, j] - low) > 0.55 * (high - low)
        text = write(values[i, j]) if known else "–"
        axes.text(j, i, text, ha="center", va="center", color="black" if bright or not known else "white", fontsize=8)


def state_of(sweep, name, row):
    """The verdict of zerogap certify for this cell if there is one, otherwise its state."""
    certificate = sweep.verdicts.get(name)
    if certificate in STATES:
        return certificate
    state = sweep.state_of(name)
    if state != "done":
        return state if state in STATES else "todo"
    if row and row.get("dead") in ("1", "true"):
        return "dead"
    if row and row["network"] == "primal":
        return "trained"
    gap = field(row or {}, "gap")
    return "proved" if gap <= sweep.stop_gap(name) else "open"


def draw_states(axes, plane, seen):
    plane.label(axes)
    axes.set_title(f"{plane.network}: verdict or state")
    axes.set_xlim(-0.5, len(plane.columns) - 0.5)
    axes.set_ylim(len(plane.lines) - 0.5, -0.5)
    for i, line in enumerate(plane.cells):
        for j, names in enumerate(line):
            for k, name in enumerate(names):  # one stripe for each cell
                state = state_of(plane.sweep, name, plane.rows.get(name))
                seen.setdefault(state, None)
                colour, hatch, letter = STATES[state]
                width = 0.96 / len(names)
                left = j - 0.48 + k * width
                axes.add_patch(matplotlib.patches.Rectangle((left, i - 0.46), width, 0.92, facecolor=colour, hatch=hatch, edgecolor="0.4", linewidth=0.6))
                if len(names) * len(plane.columns) <= 40:
                    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
                    axes.text(left + width / 2, i, letter, ha="center", va="center", fontsize=8, bbox=box)


def heat_maps(gallery, sweep, network):
    plane = Plane(sweep, network)
    cells = [n for line in plane.cells for names in line for n in names]
    if not cells:
        return None
    maps = [("objective", ("objective",), tick_text, False)]
    if network == "dual":
        maps.append(("certified gap", ("gap",), percent, True))
    else:
        maps.append(("with its filters as blocks", ("embedded.objective",), tick_text, False))
    maps += [("PSNR, test (dB)", ("test.psnr",), lambda v: f"{v:.2f}", False)]
    height = max(1.7, 0.36 * len(plane.lines) + 1.1)
    if not any(np.isfinite(plane.mean(*keys)).any() for _, keys, _, _ in maps):  # only states to show
        maps = []
    figure, axes = panels(2, 2, 2 * height + 0.5) if maps else panels(1, 1, height + 0.5)
    for at, (title, keys, write, logarithmic) in zip(axes.flat, maps):
        draw_values(at, plane, plane.mean(*keys), f"{network}: {title}", write, logarithmic)
    seen = {}
    draw_states(axes.flat[-1], plane, seen)
    handles = [matplotlib.patches.Patch(facecolor=STATES[s][0], hatch=STATES[s][1], edgecolor="0.4", label=f"{STATES[s][2]}  {s}") for s in seen]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(5, len(handles)))
    several = max(len(names) for line in plane.cells for names in line)
    caption = f"The {network} network over {' × '.join(symbol(k) for k in (plane.down, plane.across) if k) or 'one point'}."
    if several > 1:
        means = "means over seeds" if sweep.seeds else "values"
        best = f" at the {', '.join(symbol(k) for k in plane.others)} of least mean objective" if plane.others else ""
        caption += f" Shown are {means}{best}; states have a stripe for each of up to {several} cells."
    meanings = "; ".join(f"{STATES[s][2]}: {MEANING[s]}" for s in seen if s in MEANING)
    return gallery.save(figure, f"{sweep.slug}-{network}", f"{caption} {meanings}." if meanings else caption)


def spread(gallery, sweep):
    """Every cell's objective, grouped by all settings but seeds, with mean and deviation; None without finished
    cells."""
    groups = {}
    for row in sweep.rows:
        settings = sweep.cells.get(row["cell"], {}).get("settings", {})
        label = ", ".join(f"{symbol(k)}={settings[k]}" for k in sweep.axes if k not in sweep.seeds and k in settings and len(sweep.values[k]) > 1)
        value = field(row, "objective")
        if math.isfinite(value) and value > 0:
            groups.setdefault(label or "all", {}).setdefault(row["network"], []).append(value)
    if not groups:
        return None
    figure, ((axes,),) = panels(1, 1, max(2.2, 0.3 * len(groups) + 1.2))
    styles = {"primal": (PRIMAL, "o", -0.13), "dual": (DUAL, "s", 0.13)}
    for at, (_, networks) in enumerate(groups.items()):
        for network, values in networks.items():
            colour, marker, shift = styles.get(network, (CYCLE[3], MARKERS[3], 0))
            mean, deviation = np.mean(values), np.std(values, ddof=1) if len(values) > 1 else 0.0
            axes.plot(values, [at + shift] * len(values), marker, color=colour, mfc="white", markersize=5, label=f"{network}, one seed")
            axes.errorbar([mean], [at + shift], xerr=[deviation], fmt="|", color=colour, capsize=4, markersize=11, linewidth=1.6, label=f"{network}, mean ± deviation")
    axes.set_yticks(range(len(groups)), map(lettering, groups))
    axes.set_ylim(len(groups) - 0.5, -0.5)
    axes.set_xlabel("objective, train")
    log_axis(axes.xaxis, [v for n in groups.values() for values in n.values() for v in values])
    tidy(axes, True, "")
    handles = dict(zip(*reversed(axes.get_legend_handles_labels())))
    axes.legend(handles.values(), handles.keys(), loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0)
    return gallery.save(figure, f"{sweep.slug}-spread", "Every cell, and mean ± sample standard deviation over seeds.")
