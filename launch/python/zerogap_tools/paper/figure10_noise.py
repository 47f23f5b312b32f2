# SPDX-License-Identifier: Apache-2.0
"""Figure 10: primal against dual objective for three noise levels, with a verdict each; and whether the result depends
on values that the paper does not publish."""

import math

from zerogap_tools.paper import seed_curves
from zerogap_tools.paper.sweeps import PROBLEM
from zerogap_tools.paper.tables import FigureTables, mean, relative, spread
from zerogap_tools.style import panels
from zerogap_tools.text import dig, number, percent, show

GAP = "1.0e-4"
SIGMA = "data.noise.sigma"


class Level:
    """One noise level: primal and dual cells, and the programs on the primal's own filters."""

    def __init__(self, cells, sigma, matched):
        mine = [c for c in cells if c.settings[SIGMA] == sigma]
        self.sigma = sigma
        self.primal = [c for c in mine if c.network == "primal"]
        duals = [c for c in mine if c.network == "dual"]
        self.trained = [c for c in duals if c.settings["optimizer.dual.name"] == "adam"]
        self.solved = [c for c in duals if c.settings["optimizer.dual.name"] == "newton"]
        self.own = [matched[c] for c in self.primal if c in matched]

    @property
    def best(self):
        return min(self.primal, key=lambda c: c.value("primal", "objective"))


def objectives(cells, network, *part):
    return [c.value(network, *part, "objective") for c in cells]


def worst_gap(cells):
    return percent(max((c.value("dual", "gap") for c in cells), default=math.nan))


def figure(gallery, levels):
    figure, axes = panels(len(levels), 2, 0.8 + 2.4 * len(levels), sharex=True)
    for row, at in zip(axes, levels):
        for panel, part, title in zip(row, ((), ("test",)), ("train", "test")):
            seed_curves.band(panel, at.primal, ("primal", *part, "objective"), "primal", "primal, ADAM")
            seed_curves.band(panel, at.trained, ("dual", *part, "objective"), "dual", "dual on random blocks, ADAM")
            seed_curves.level(panel, at.solved, ("dual", *part, "objective"), "sampled", "its optimum, certified on the training set")
            seed_curves.level(panel, at.own, ("dual", *part, "objective"), "own", "dual on the primal's own filters, likewise certified")
            seed_curves.finish(panel, f"σ = {at.sigma}, {title}", "objective" if title == "train" else "")
    seed_curves.shared_legend(figure, axes, 2)
    caption = "Primal against dual by noise level, ADAM from Kaiming-uniform starts. Shaded: from the least to the greatest of 5 seeds (starts of the primal, blocks of the dual)."
    return gallery.save(figure, "figure10", caption)


def rows(levels):
    for at in levels:
        primal, own, solved = (mean(v) for v in (objectives(at.primal, "primal"), objectives(at.own, "dual"), objectives(at.solved, "dual")))
        yield [
            at.sigma,
            spread(objectives(at.primal, "primal")),
            spread(objectives(at.primal, "primal", "test")),
            spread(objectives(at.trained, "dual")),
            spread(objectives(at.trained, "dual", "test")),
            f"{spread(objectives(at.solved, 'dual'))} ({worst_gap(at.solved)})",
            f"{spread(objectives(at.own, 'dual'))} ({worst_gap(at.own)})",
            relative(primal, solved),
            relative(primal, own),
        ]


HEAD = ["σ", "primal, train", "primal, test", "dual, train", "dual, test", "random blocks (gap)", "own filters (gap)"]
HEAD += ["primal against random blocks", "primal against own filters"]


def verdicts(levels):
    """The verdict of zerogap certify on the blocks beside the best primal of each level."""
    for at in levels:
        certificate = at.best.certificate
        decay = dig(certificate, "networks", "decay") or {}
        yield [
            at.sigma,
            show(at.best.value("primal", "objective")),
            show(number(decay, "certificate")),
            show(number(decay, "estimate")),
            f"**{dig(certificate, 'blocks_verdict', 'name')}**: {dig(certificate, 'blocks_verdict', 'because')}",
        ]


def ours(store, tables, folder):
    """Each value that the paper does not publish varied alone: does the order of the three numbers stay?"""
    cells = store.sweep(folder / "figure10-ours.yaml")
    keys = ["network.lambda", "network.beta", "network.rho", "patches.filter", "network.filters", "optimizer.primal.lr"]
    points = {}
    for cell in cells:
        if cell.network == "primal":
            points.setdefault(tuple(cell.settings.get(k, "") for k in keys), []).append(cell)
    first = next(iter(points))
    matched = store.own_filters("figure10-ours-own", [c for some in points.values() for c in some], GAP)
    table = []
    for point, primal in points.items():
        changed = [f"{key.split('.', 1)[-1].replace('primal.lr', 'rate')} {value}" for key, value, base in zip(keys, point, first) if value != base]
        problem = {key: value for key, value in zip(keys, point) if key in PROBLEM}
        width = point[keys.index("network.filters")]
        duals = [c for c in cells if c.network == "dual" and c.settings["network.arrangements"] == width and c.problem() == problem]
        own = [matched[c] for c in primal if c in matched]
        reached, mine, random = (mean(v) for v in (objectives(primal, "primal"), objectives(own, "dual"), objectives(duals, "dual")))
        order = "own < primal < random" if mine < reached < random else "another order"
        table.append(
            [
                ", ".join(changed).replace("filters ", "K = P = ") or "none (figure 10's)",
                spread(objectives(primal, "primal")),
                f"{spread(objectives(duals, 'dual'))} ({worst_gap(duals)})",
                f"{spread(objectives(own, 'dual'))} ({worst_gap(own)})",
                relative(reached, random),
                relative(reached, mine),
                order,
            ]
        )
    tables.table("ours", ["changed", "primal, train", "random blocks (gap)", "own filters (gap)", "primal against random", "primal against own", "order"], table)
    return cells + list(matched.values())


def run(store, gallery, folder, command):
    cells = store.sweep(folder / "figure10.yaml")
    matched = store.own_filters("figure10-own", [c for c in cells if c.network == "primal"], GAP)
    sigmas = list(dict.fromkeys(c.settings[SIGMA] for c in cells))
    levels = [Level(cells, sigma, matched) for sigma in sigmas]
    store.certify([at.best for at in levels], "certify.seconds=2")
    tables = FigureTables("figure10")
    tables.picture(figure(gallery, levels))
    tables.table("results", HEAD, list(rows(levels)))
    tables.words("`zerogap certify` of the best primal of each level (greatest lower bound proved in 2 s of branch and bound; the estimate rests on a search and proves nothing):")
    tables.table("verdicts", ["σ", "objective", "proved lower bound", "estimated lower bound", "verdict"], list(verdicts(levels)))
    tables.words("Values that the paper does not publish, varied one at a time, σ = 0.25:")
    more = ours(store, tables, folder)
    tables.origin(command, cells + list(matched.values()) + more, "5 seeds of starts (primal), 5 of blocks (dual)")
    return tables
