# SPDX-License-Identifier: Apache-2.0
"""Curves over seeds as mean and range, proved values as level lines; readable without colours."""

import numpy as np
from matplotlib.ticker import NullLocator

from zerogap_tools.paper.sweeps import curve
from zerogap_tools.style import label_log_axis, tick_text
from zerogap_tools.text import number

# name: colour, dash, marker. No two share a dash and a marker.
STYLES = {
    "primal": ("#D55E00", "-", "o"),
    "dual": ("#0072B2", "--", "s"),
    "own": ("#009E73", "-.", "^"),
    "sampled": ("#0072B2", ":", ""),
    "program": ("#D55E00", (0, (1, 1)), ""),
    "proved": ("#000000", (0, (5, 1)), ""),
    "every": ("#777777", "-", ""),
    "hard": ("#56B4E9", "-.", ""),
    "estimated": ("#000000", (0, (5, 1)), ""),
    "kaiming primal": ("#D55E00", "-", "o"),
    "kaiming dual": ("#D55E00", "--", "s"),
    "normal1 primal": ("#009E73", "-", "^"),
    "normal1 dual": ("#009E73", "--", "v"),
    "normal5 primal": ("#CC79A7", "-", "D"),
    "normal5 dual": ("#CC79A7", "--", "P"),
}


def band(axes, cells, path, style, label, lines=0):
    """Mean over the cells, shaded from the least to the greatest; `lines` of them also as thin lines. Epoch 0 is left
    out of a logarithmic axis, so the first evaluation after it begins the curve. False if there is nothing to draw."""
    epochs, values = curve([cell for cell in cells if not cell.diverged], path)
    keep = (epochs > 0) & np.isfinite(values).all(axis=0) if values.size else np.array([], bool)
    if not keep.any():
        return False
    epochs, values = epochs[keep], values[:, keep]
    colour, dash, marker = STYLES[style]
    axes.fill_between(epochs, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.22, linewidth=0)
    at = np.unique(np.searchsorted(epochs, np.geomspace(epochs[0], epochs[-1], 9)).clip(0, len(epochs) - 1)).tolist()
    for line, dashes in zip(values[:lines], ("-", "--", ":")):
        axes.plot(epochs, line, color=colour, linestyle=dashes, linewidth=0.8)
    axes.plot(epochs, values.mean(axis=0), color=colour, linestyle=dash, marker=marker, markevery=at, markersize=4, mfc="white", linewidth=1.6, label=label)
    return True


def level(axes, cells, path, style, label):
    """A level line at the mean of the results' values, shaded over their range."""
    values = [number(cell.result, *path) for cell in cells]
    values = [value for value in values if np.isfinite(value)]
    if values:
        line(axes, np.mean(values), style, label, min(values), max(values))


def line(axes, value, style, label, low=None, high=None):
    colour, dash, _ = STYLES[style]
    axes.axhline(value, color=colour, linestyle=dash, linewidth=1.1 if dash == "-" else 1.5, label=label)
    if low is not None and high > low:
        axes.axhspan(low, high, color=colour, alpha=0.15, linewidth=0)


def finish(axes, title="", ylabel=""):
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_title(title)
    axes.set_ylabel(ylabel)
    low, high = axes.get_xlim()
    ticks = [a * 10**k for k in range(7) for a in (1, 3) if low <= a * 10**k <= high]
    axes.set_xticks(ticks, [tick_text(tick) for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    label_log_axis(axes.yaxis)
    axes.grid(True, which="major", color="0.88", linewidth=0.6)
    axes.set_axisbelow(True)


def shared_legend(figure, axes, columns):
    """One legend under all panels, each label once; epochs run along the last row."""
    for panel in np.atleast_2d(axes)[-1]:
        panel.set_xlabel("epochs")
    found = {}
    for panel in np.ravel(axes):
        for handle, label in zip(*panel.get_legend_handles_labels()):
            found.setdefault(label, handle)
    figure.legend(found.values(), found.keys(), loc="outside lower center", ncols=columns, handlelength=3.2)
