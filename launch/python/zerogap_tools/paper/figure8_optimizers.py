# SPDX-License-Identifier: Apache-2.0
"""Figure 8: step rules on MNIST, primal and dual, train and test, each at the best of the rates tried."""

import math

from zerogap_tools.paper import seed_curves
from zerogap_tools.paper.sweeps import SOLVED
from zerogap_tools.paper.tables import FigureTables, mean, relative, spread
from zerogap_tools.style import panels
from zerogap_tools.text import percent, show

GAP = "1.0e-4"
KINDS = {"sgd": "SGD", "asgd": "ASGD, averaging from half way", "svrg": "SVRG", "adam": "ADAM"}
RATE = {"primal": "optimizer.primal.lr", "dual": "optimizer.dual.lr"}


def kind(cell):
    name = cell.settings["optimizer.name"]
    return "asgd, PyTorch's t0" if name == "asgd" and float(cell.settings["optimizer.t0"]) >= 1e6 else name


def by_rate(cells, network):
    """{kind: {rate: cells}}"""
    groups = {}
    for cell in cells:
        if cell.network == network:
            groups.setdefault(kind(cell), {}).setdefault(cell.settings[RATE[network]], []).append(cell)
    return groups


def final(cells, network, *path):
    return [math.nan if c.diverged else c.value(network, *(path or ("objective",))) for c in cells]


def best_rate(rates, network):
    """The smallest rate within 0.5% of the least mean training objective, among those from which no seed diverged: of
    two with the same end, the curve of the greater one shows only the noise of its steps."""
    means = {rate: mean(final(cells, network)) for rate, cells in rates.items() if not any(c.diverged for c in cells)}
    return min((rate for rate, value in means.items() if value <= 1.005 * min(means.values())), key=float, default=None)


def figure(gallery, chosen, solved, own):
    figure, axes = panels(2, 2, 6.6, sharex=True)
    for row, network in zip(axes, ("primal", "dual")):
        for panel, part, title in zip(row, ((), ("test",)), ("train", "test")):
            for name, label in KINDS.items():
                if chosen[network].get(name):
                    seed_curves.band(panel, chosen[network][name], (network, *part, "objective"), name, label)
            seed_curves.level(panel, solved, ("dual", *part, "objective"), "sampled", "dual on random blocks, optimum certified on the training set")
            if network == "primal":
                seed_curves.level(panel, own["adam"], ("dual", *part, "objective"), "own", "dual on ADAM's own filters, likewise certified")
            seed_curves.finish(panel, f"{network}, {title}", "objective" if title == "train" else "")
    seed_curves.shared_legend(figure, axes, 2)
    caption = "Primal and dual by step rule, σ = 0.25, each at the best of its rates (the smallest within 0.5%). Shaded: from the least to the greatest of 5 seeds. SGD, ASGD and SVRG nearly coincide."
    return gallery.save(figure, "figure8", caption)


def rates_table(tables, groups):
    rows = []
    for network in ("primal", "dual"):
        for name, rates in groups[network].items():
            for rate, cells in sorted(rates.items(), key=lambda item: float(item[0])):
                gone = sum(c.diverged for c in cells)
                rows.append([network, name, rate, spread(final(cells, network)), f"{gone} of {len(cells)}", "yes" if rate == best_rate(rates, network) else ""])
    tables.table("rates", ["network", "step rule", "rate", "objective, train", "diverged", "drawn"], rows, "All rates")


def results_table(tables, groups, chosen, solved, own):
    rows = []
    optimum = mean([c.value("dual", "objective") for c in solved])
    for name in groups["primal"]:
        primal, dual, mine = chosen["primal"].get(name) or [], chosen["dual"].get(name) or [], own.get(name) or []
        own_train = mean([c.value("dual", "objective") for c in mine])
        rows.append(
            [
                name,
                spread(final(primal, "primal")),
                spread(final(primal, "primal", "test", "objective")),
                f"{spread([c.value('dual', 'objective') for c in mine])} ({percent(max((c.value('dual', 'gap') for c in mine), default=math.nan))})",
                spread([c.value("dual", "test", "objective") for c in mine]),
                relative(mean(final(primal, "primal")), own_train),
                spread(final(dual, "dual")),
                spread(final(dual, "dual", "test", "objective")),
                relative(mean(final(dual, "dual")), optimum),
            ]
        )
    head = ["step rule", "primal, train", "primal, test", "own filters, train (gap)", "own filters, test", "primal above own filters"]
    tables.table("results", head + ["dual, train", "dual, test", "dual above its optimum"], rows)


def run(store, gallery, folder, command):
    cells = store.sweep(folder / "figure8.yaml")
    groups = {network: by_rate(cells, network) for network in ("primal", "dual")}
    chosen = {network: {k: rates.get(best_rate(rates, network)) for k, rates in groups[network].items()} for network in groups}
    primal = [c for some in chosen["primal"].values() for c in some or []]
    matched = store.own_filters("figure8-own", primal, GAP)
    own = {k: [matched[c] for c in some or [] if c in matched] for k, some in chosen["primal"].items()}
    solved = store.derive("figure8-blocks", primal[0], {**SOLVED, "run.stop.gap": GAP}, [], "arrangements: 5")
    tables = FigureTables("figure8")
    tables.picture(figure(gallery, chosen, solved, own))
    results_table(tables, groups, chosen, solved, own)
    gap = max(c.value("dual", "gap") for c in solved)
    tables.words(f"The dual's optimum on the random blocks is {spread([c.value('dual', 'objective') for c in solved])} (certified gap at most {percent(gap)}), on the test set {spread([c.value('dual', 'test', 'objective') for c in solved])}. The zero network has {show(primal[0].value('baselines', 'zero_objective'))}.")
    rates_table(tables, groups)
    tables.origin(command, cells + list(matched.values()) + solved, "5 seeds of starts (primal), 5 of blocks (dual)")
    return tables
