# SPDX-License-Identifier: Apache-2.0
"""Figure 9: three initialisations of primal and dual; dead starts are named."""

import math

from zerogap_tools.paper import seed_curves
from zerogap_tools.paper.sweeps import SOLVED
from zerogap_tools.paper.tables import FigureTables, mean, relative, spread
from zerogap_tools.style import panels
from zerogap_tools.text import dig, percent

GAP = "1.0e-4"
KINDS = {"kaiming": "Kaiming-uniform", "normal1": "N(0, 0.001²)", "normal5": "N(0, 0.005²)"}


def kind(cell):
    if cell.settings["init.kind"] == "kaiming_uniform":
        return "kaiming"
    return "normal1" if float(cell.settings["init.std"]) == 0.001 else "normal5"


def dead_at_start(cell):
    return bool(cell.history and dig(cell.history[0], "primal", "dead"))


class Group:
    """The cells of one lambda and one initialisation."""

    def __init__(self, cells, lam, name):
        mine = [c for c in cells if c.settings["network.lambda"] == lam and kind(c) == name]
        self.lam, self.name = lam, name
        self.primal = [c for c in mine if c.network == "primal"]
        self.dual = [c for c in mine if c.network == "dual"]
        self.dead = sum(map(dead_at_start, self.primal))
        self.still_dead = sum(c.dead for c in self.primal)


def figure(gallery, groups, lambdas, solved, own):
    figure, axes = panels(len(lambdas), 4, 0.8 + 2.3 * len(lambdas), width=11.5, sharex=True, sharey="row")
    for row, lam in zip(axes, lambdas):
        for panel, (network, part) in zip(row, (("primal", ()), ("dual", ()), ("primal", ("test",)), ("dual", ("test",)))):
            notes = []
            for name, label in KINDS.items():
                group = groups[lam, name]
                seed_curves.band(panel, getattr(group, network), (network, *part, "objective"), name, label)
                if network == "primal" and group.dead:
                    woken = group.dead - group.still_dead
                    ending = "to the end" if not woken else "woken by ADAM's steps" if not group.still_dead else f"{woken} woken"
                    notes.append(f"{label}: {group.dead} of {len(group.primal)} starts\ndead, {ending}")
            style = ("dual", *part, "objective")
            if network == "dual":
                seed_curves.level(panel, solved[lam], style, "sampled", "dual on random blocks, optimum certified on the training set")
            else:
                seed_curves.level(panel, own[lam, "kaiming"], style, "own", "dual on the Kaiming primal's own filters, likewise certified")
            if notes:
                panel.text(0.98, 0.97, "\n".join(notes), transform=panel.transAxes, ha="right", va="top", fontsize=6.5, bbox={"facecolor": "white", "edgecolor": "0.6", "pad": 2})
            seed_curves.finish(panel, f"{network}, {'test' if part else 'train'}, λ = {lam}", "objective" if panel is row[0] else "")
    seed_curves.shared_legend(figure, axes, 3)
    caption = "Three initialisations, ADAM, σ = 0.25, for three λ. Shaded: from the least to the greatest of 5 seeds. A start is dead where no activation passes λ."
    return gallery.save(figure, "figure9", caption)


def rows(groups, solved, own):
    for (lam, name), group in groups.items():
        optimum = mean([c.value("dual", "objective") for c in solved[lam]])
        mine = own[lam, name]
        reached = [c.value("primal", "objective") for c in group.primal]
        dual = [c.value("dual", "objective") for c in group.dual]
        yield [
            lam,
            KINDS[name],
            f"{group.dead} of {len(group.primal)}",
            f"{group.still_dead} of {len(group.primal)}",
            spread(reached),
            spread([c.value("primal", "test", "objective") for c in group.primal]),
            f"{spread([c.value('dual', 'objective') for c in mine])} ({percent(max((c.value('dual', 'gap') for c in mine), default=math.nan))})",
            spread(dual),
            spread([c.value("dual", "test", "objective") for c in group.dual]),
            relative(mean(dual), optimum),
            f"{spread([c.value('dual', 'objective') for c in solved[lam]])} ({percent(max(c.value('dual', 'gap') for c in solved[lam]))})",
        ]


HEAD = ["λ", "start", "dead starts", "still dead at the end", "primal, train", "primal, test", "own filters (gap)"]
HEAD += ["dual, train", "dual, test", "dual above its optimum", "random blocks (gap)"]


def run(store, gallery, folder, command):
    cells = store.sweep(folder / "figure9.yaml")
    lambdas = list(dict.fromkeys(c.settings["network.lambda"] for c in cells))
    groups = {(lam, name): Group(cells, lam, name) for lam in lambdas for name in KINDS}
    config = {**SOLVED, "run.stop.gap": GAP}
    blocks = [{"arrangements.seed": c.settings["arrangements.seed"], "network.lambda": lam} for lam in lambdas for c in groups[lam, "kaiming"].dual]
    duals = store.derive("figure9-blocks", cells[0], config, blocks)
    solved = {lam: [c for c in duals if c.has(network__lambda=lam)] for lam in lambdas}
    matched = store.own_filters("figure9-own", [c for g in groups.values() for c in g.primal], GAP)
    own = {key: [matched[c] for c in group.primal if c in matched] for key, group in groups.items()}
    tables = FigureTables("figure9")
    tables.picture(figure(gallery, groups, lambdas, solved, own))
    tables.table("results", HEAD, list(rows(groups, solved, own)))
    tables.origin(command, cells + duals + list(matched.values()), "5 seeds, of starts and blocks together")
    return tables
