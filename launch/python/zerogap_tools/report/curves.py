# SPDX-License-Identifier: Apache-2.0
"""A run's curves: objectives with the certified band, gap against time, violations; several runs in one."""

import itertools
import math

from zerogap_tools.style import (
    BOUND,
    CYCLE,
    DASHES,
    DUAL,
    GREY,
    MARKERS,
    OWN,
    PRIMAL,
    legend_outside,
    log_axis,
    panels,
    tidy,
)
from zerogap_tools.text import dig, lettering, number

CURVES = (
    # path, label, colour, marker, dash
    (("primal", "objective"), "primal, train", PRIMAL, "o", "-"),
    (("primal", "test", "objective"), "primal, test", PRIMAL, "o", "--"),
    (("dual", "objective"), "dual, train", DUAL, "s", "-"),
    (("dual", "test", "objective"), "dual, test", DUAL, "s", "--"),
    (("embedded", "objective"), "dual at the primal's\nfilters (embedded)", OWN, "^", "-."),
)


def points(history, path, over="epoch", positive=True):
    """Two lists, with only the values that an axis can show."""
    pairs = [(number(e, over), number(e, *path)) for e in history]
    pairs = [(x, y) for x, y in pairs if math.isfinite(x) and math.isfinite(y) and (y > 0 or not positive)]
    return [x for x, _ in pairs], [y for _, y in pairs]


def draw(axes, xs, ys, label, colour, marker, dash):
    hollow = "white" if dash == "--" else colour
    style = {"color": colour, "marker": marker, "mfc": hollow, "linestyle": dash, "linewidth": 1.5, "markersize": 4.5}
    axes.plot(xs, ys, label=label, markevery=max(1, len(xs) // 12), **style)


def zoom(axes, values, floor):
    """Leaves out the start, where it is far above the ends of the curves, and lower bounds far below them."""
    ends, top = [v[-1] for v in values if v], max(max(v) for v in values if v)
    low = min(min(v) for v in values if v)
    low = min(low, floor) if floor > low * 0.2 else low
    high = min(top, 6 * max(ends)) if top > 20 * max(ends) else top
    axes.set_ylim(low * 0.9, high * 1.15)
    return high < top


def of_one_program(run, known):
    """Whether all these bounds and objectives belong to one program: λ, β, ρ and blocks never changed."""
    changed = any("program" in e for e in known) or any(key in (run.result or {}) for key in ("path", "pricing", "sampling_curve"))
    largest = max((number(e, "dual", "best_lower_bound") for e in known), default=math.inf)
    return not changed and largest <= min((number(e, "dual", "objective") for e in known), default=0) * (1 + 1e-6)


def band(axes, known):
    """Shades the band between the best bound and the lowest objective so far. Returns the last bound."""
    lowest = list(itertools.accumulate((number(e, "dual", "objective") for e in known), min))
    bounds = [number(e, "dual", "best_lower_bound") for e in known]
    epochs = [number(e, "epoch") for e in known]
    shown = [max(b, 1e-3 * lowest[-1]) for b in bounds]  # a logarithmic axis cannot show less
    label = "certified: the dual's\noptimum lies here"
    axes.fill_between(epochs, shown, lowest, facecolor=BOUND, edgecolor=DUAL, alpha=0.35, hatch="///", linewidth=0, label=label)
    axes.plot(epochs, shown, color=DUAL, linestyle=":", linewidth=1.4, label="best lower bound")
    return bounds[-1]


def objectives(gallery, run):
    figure, ((axes,),) = panels(1, 1, 3.9)
    known = [e for e in run.history if number(e, "dual", "objective") > 0 and math.isfinite(number(e, "dual", "best_lower_bound"))]
    floor = math.inf
    if of_one_program(run, known):
        floor = band(axes, known)
    values = []
    for path, label, *style in CURVES:
        xs, ys = points(run.history, path)
        if ys:
            draw(axes, xs, ys, label, *style)
            values.append(ys)
    zero = number(run.result or {}, "baselines", "zero_objective")
    cut_off = False
    if values:
        log_axis(axes.yaxis, [v for ys in values for v in ys])
        cut_off = zoom(axes, values, floor)
        if zero > 0 and axes.get_ylim()[0] < zero < axes.get_ylim()[1]:
            axes.axhline(zero, color=GREY, linewidth=1, linestyle=(0, (1, 3)), label="zero network, ‖x‖²")
    axes.set_xlabel("epoch")
    axes.set_ylabel("objective")
    tidy(axes, values, "no objective in this history is positive")
    legend_outside(axes)
    caption = "Objectives against epochs. Solid: training set, dashed and hollow: test set."
    if known and math.isinf(floor):
        caption += " The dual's program changed on the way (λ, β, ρ or blocks), so its bounds are of different programs and no band is drawn."
    elif known:
        caption += " Inside the hatched band lies, proved, the optimum of the sampled program on these blocks."
    if cut_off:
        caption += " The first values lie above the figure's edge."
    return gallery.save(figure, f"{run.slug}-objectives", caption)


def gap(gallery, run):
    return gaps(gallery, [run], f"{run.slug}-gap", "The dual's certified relative gap (J − D)/J against training time, evaluations included.")


def gaps(gallery, runs, name, caption):
    """None if no run has a gap."""
    curves = [(run, *points(run.history, ("dual", "gap"), "seconds")) for run in runs]
    curves = [(run, xs, ys) for run, xs, ys in curves if ys]
    if not curves:
        return None
    figure, ((axes,),) = panels(1, 1, 3.0 if len(runs) == 1 else 3.8)
    for at, (run, xs, ys) in enumerate(curves):
        style = (CYCLE[at % len(CYCLE)], MARKERS[at % len(MARKERS)], DASHES[at % len(DASHES)])
        draw(axes, xs, ys, lettering(run.name) if len(runs) > 1 else "dual, train", *style)
    log_axis(axes.yaxis, [y for _, _, ys in curves for y in ys])
    times = [x for _, xs, _ in curves for x in xs if x > 0]
    if times and max(times) > 50 * min(times):
        log_axis(axes.xaxis, times)
    axes.set_xlabel("seconds of training")
    axes.set_ylabel("certified relative gap")
    tidy(axes, True, "")
    if len(runs) > 1:
        legend_outside(axes)
    return gallery.save(figure, name, caption)


def together(gallery, runs, network):
    """One network's training objective of several runs, or None."""
    curves = [(run, *points(run.history, (network, "objective"))) for run in runs]
    curves = [(run, xs, ys) for run, xs, ys in curves if ys]
    if len(curves) < 2:
        return None
    figure, ((axes,),) = panels(1, 1, 3.6)
    for at, (run, xs, ys) in enumerate(curves):
        draw(axes, xs, ys, lettering(run.name), CYCLE[at % len(CYCLE)], MARKERS[at % len(MARKERS)], DASHES[at % len(DASHES)])
    log_axis(axes.yaxis, [y for _, _, ys in curves for y in ys])
    zoom(axes, [ys for _, _, ys in curves], math.inf)
    axes.set_xlabel("epoch")
    axes.set_ylabel(f"{network} objective, train")
    tidy(axes, True, "")
    legend_outside(axes)
    return gallery.save(figure, f"together-{network}", f"The {network} training objective of each run.")


def violations(gallery, run):
    """The dual's violations and hinge, or None if there never was one."""
    xs, ys = points(run.history, ("dual", "max_violation"))
    if not ys:
        return None
    figure, ((left, right),) = panels(1, 2, 2.8)
    for axes, key, label in ((left, "max_violation", "largest violation"), (right, "hinge", "hinge (before ρ)")):
        for part, dash in (((), "-"), (("test",), "--")):
            xs, ys = points(run.history, ("dual", *part, key))
            if ys:
                draw(axes, xs, ys, "test" if part else "train", DUAL, "s", dash)
        log_axis(axes.yaxis, axes_values(axes))
        axes.set_xlabel("epoch")
        axes.set_title(label)
        tidy(axes, axes.lines, "none")
        if axes.lines:
            axes.legend()
    return gallery.save(figure, f"{run.slug}-violations", "How far the dual's weights violate the sign constraints that their blocks chose.")


def axes_values(axes):
    return [float(y) for line in axes.lines for y in line.get_ydata()]


def speed(gallery, run):
    """Pairs a second, or None."""
    xs, ys = points(run.history, ("pairs_per_second",), "seconds")
    if len(ys) < 2:
        return None
    figure, ((axes,),) = panels(1, 1, 2.2)
    draw(axes, xs, [y / 1e6 for y in ys], "", GREY, "o", "-")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("seconds of training")
    axes.set_ylabel("million pairs/s")
    tidy(axes, True, "")
    return gallery.save(figure, f"{run.slug}-speed", "Pairs (a patch with a block or filter, forward and backward) a second.")


def bounds(gallery, run):
    """certificate.json as bars: the bounds of each network's objective, proved or estimated; or None."""
    certificate = run.certificate
    if not certificate:
        return None
    rows = []
    for form, at in (dig(certificate, "networks") or {}).items():
        rows.append((f"{form} network", number(at, "certificate"), number(at, "estimate"), number(at, "objective")))
    for key, label in (("program", "program, own blocks"), ("own_filters", "program, primal's filters"), ("with_filters", "program, both")):
        at = dig(certificate, key)
        if isinstance(at, dict):
            rows.append((label, number(at, "lower_bound"), math.nan, number(at, "objective")))
    rows = [row for row in rows if any(math.isfinite(v) for v in row[1:])]
    if not rows:
        return None
    figure, ((axes,),) = panels(1, 1, 0.42 * len(rows) + 1.0)
    for at, (_, proved, estimate, objective) in enumerate(rows):
        ends = [v for v in (proved, estimate, objective) if math.isfinite(v)]
        axes.plot([min(ends), max(ends)], [at, at], color="0.7", linewidth=1.5, zorder=1)
        for value, colour, marker, label, fill in (
            (objective, PRIMAL, "o", "objective reached", "white"),
            (estimate, OWN, "d", "estimated lower bound (no proof)", OWN),
            (proved, DUAL, "|", "proved lower bound", DUAL),
        ):
            if math.isfinite(value):
                axes.plot([value], [at], color=colour, marker=marker, mfc=fill, linestyle="", label=label, markersize=15 if marker == "|" else 8, markeredgewidth=2)
    axes.set_yticks(range(len(rows)), [row[0] for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(left=0)
    axes.set_xlabel("objective")
    tidy(axes, True, "")
    handles = dict(zip(*reversed(axes.get_legend_handles_labels())))
    axes.legend(handles.values(), handles.keys(), loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0)
    return gallery.save(figure, f"{run.slug}-bounds", "zerogap certify: what is proved, what is estimated, what was reached. The program's optimum is no bound for the networks.")
