# SPDX-License-Identifier: Apache-2.0
"""How the report's and the paper's figures look: colours, markers, sizes, and axes that may be logarithmic or empty.

Importing this chooses matplotlib's backend and sets its defaults; zerogap_tools.plot has a look of its own.
"""

import math

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (the backend comes first)
from matplotlib.ticker import (  # noqa: E402
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    NullLocator,
)

# Okabe and Ito's colours, distinguishable for colour-blind readers; in addition every curve has its own marker and
# dash.
PRIMAL, DUAL, OWN, BOUND, GREY = "#D55E00", "#0072B2", "#009E73", "#56B4E9", "#555555"
CYCLE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = "so^Dv*P"
DASHES = ("-", "--", "-.", ":")
WIDTH = 8.2  # inches

plt.rcParams.update(
    {
        "font.size": 9,
        "axes.titlesize": 9.5,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
        "legend.fontsize": 8,
        "svg.hashsalt": "zerogap",
        "figure.max_open_warning": 0,
    }
)


def panels(rows, columns, height, width=WIDTH, **options):
    return plt.subplots(rows, columns, figsize=(width, height), layout="constrained", squeeze=False, **options)


def tick_text(value, _=None):
    if 1e4 <= abs(value) < 1e6:
        return f"{value:,.0f}"
    return f"{value:,.4g}" if 1e-3 <= abs(value) < 1e4 or value == 0 else f"{value:.3g}"


def log_axis(axis, values):
    """Logarithmic if the values are positive; label_log_axis() labels it once its limits are known."""
    if any(math.isfinite(v) and v > 0 for v in values):
        (axis.axes.set_yscale if axis.axis_name == "y" else axis.axes.set_xscale)("log")


def label_log_axis(axis):
    """Plain numbers, and more than one per decade if few decades are shown. Other axes are unchanged."""
    if axis.get_scale() != "log":
        return
    low, high = axis.get_view_interval()
    decades = math.log10(high / low)
    if decades >= 3.5 or low < 1e-3:
        axis.set_minor_formatter(NullFormatter())
        return
    axis.set_major_formatter(FuncFormatter(tick_text))
    if decades >= 2:
        axis.set_minor_formatter(NullFormatter())
        return
    axis.set_minor_locator(NullLocator())
    marks = (1, 2, 5) if axis.axis_name == "x" else (1, 2, 3, 5)  # horizontal labels need more space
    axis.set_major_locator(LogLocator(subs=marks) if decades > 0.7 else MaxNLocator(6))


def tidy(axes, drawn, otherwise):
    """Grid and legend, or a text if nothing was drawn."""
    if drawn:
        label_log_axis(axes.xaxis)
        label_log_axis(axes.yaxis)
        axes.grid(True, which="major", color="0.88", linewidth=0.6)
        axes.set_axisbelow(True)
        return
    axes.set_xticks([])
    axes.set_yticks([])
    axes.text(0.5, 0.5, otherwise, ha="center", va="center", transform=axes.transAxes, color="0.35", wrap=True)


def legend_outside(axes):
    """To the right of the axes, where it covers no curve."""
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0)
