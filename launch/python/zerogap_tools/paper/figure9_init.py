# SPDX-License-Identifier: Apache-2.0
"""Figure 9: three initialisations of primal and dual; dead starts are named."""

from zerogap_tools.paper import levels, seed_curves
from zerogap_tools.paper.sweeps import SOLVED
from zerogap_tools.paper.tables import FigureTables, mean, relative, spread
from zerogap_tools.style import panels
from zerogap_tools.text import dig

KINDS = {"kaiming": "Kaiming-uniform", "normal1": "N(0, 0.001²)", "normal5": "N(0, 0.005²)"}
CLOSE = 0.02  # relative distance of two objectives that a figure shows as one


def kind(cell):
    if cell.settings["init.kind"] == "kaiming_uniform":
        return "kaiming"
    return "normal1" if float(cell.settings["init.std"]) == 0.001 else "normal5"


def dead_at_start(cell):
    return bool(cell.history and dig(cell.history[0], "primal", "dead"))


class Group:
    """The cells of one lambda and one initialisation."""

    def __init__(self, cells, lam, name):
        mine = [c for c in cells if c.settings[levels.LAMBDA] == lam and kind(c) == name]
        self.lam, self.name = lam, name
        self.primal = [c for c in mine if c.network == "primal"]
        self.dual = [c for c in mine if c.network == "dual"]
        self.dead = sum(map(dead_at_start, self.primal))
        self.still_dead = sum(c.dead for c in self.primal)

    def note(self):
        """What a panel says of dead starts; empty without any."""
        if not self.dead:
            return ""
        woken = self.dead - self.still_dead
        ending = "to the end" if not woken else "woken by ADAM's steps" if not self.still_dead else f"{woken} woken"
        return f"{KINDS[self.name]}: {self.dead} of {len(self.primal)} starts\nof the primal dead, {ending}"

    def order(self):
        """What section IV.B asks: do the objectives coincide, and which one is better?"""
        primal, dual = (mean(levels.objectives(cells, network)) for cells, network in ((self.primal, "primal"), (self.dual, "dual")))
        if abs(dual / primal - 1) <= CLOSE:
            return f"they coincide ({relative(dual, primal)})"
        return f"{'dual' if dual < primal else 'primal'} ({relative(dual, primal)})"


def figure(gallery, groups, lambdas, solved, references):
    seeds = len(next(iter(groups.values())).primal)
    figure, axes = panels(2, len(lambdas), 7.0, width=3.8 * len(lambdas), sharex=True, sharey="row")
    for row, part in zip(axes, ((), ("test",))):
        for panel, lam in zip(row, lambdas):
            for name, label in KINDS.items():
                for network in ("primal", "dual"):
                    seed_curves.band(panel, getattr(groups[lam, name], network), (network, *part, "objective"), f"{name} {network}", f"{network}, {label}")
            levels.draw(panel, part, solved[lam], references.hard("0.25", lam))
            if not part:
                seed_curves.line(panel, levels.estimate(references.program("0.25")), "estimated", "estimate: no primal network of any width is lower")
            notes = [text for name in KINDS if (text := groups[lam, name].note())]
            if notes:
                panel.text(0.98, 0.97, "\n".join(notes), transform=panel.transAxes, ha="right", va="top", fontsize=6.5, bbox={"facecolor": "white", "edgecolor": "0.6", "pad": 2})
            seed_curves.finish(panel, f"{'test' if part else 'train'}, λ = {lam}", "objective" if panel is row[0] else "")
    seed_curves.shared_legend(figure, axes, 3)
    caption = f"Three initialisations of primal and dual, ADAM, σ = 0.25, train over test, for {len(lambdas)} λ. Shaded: from the least to the greatest of {seeds} seeds. A start is dead where no activation passes λ."
    return gallery.save(figure, "figure9", caption)


def rows(groups, solved):
    for (lam, name), group in groups.items():
        dual = levels.objectives(group.dual, "dual")
        yield [
            lam,
            KINDS[name],
            f"{group.dead} of {len(group.primal)}",
            f"{group.still_dead} of {len(group.primal)}",
            spread(levels.objectives(group.primal, "primal")),
            spread(levels.objectives(group.primal, "primal", "test")),
            spread(dual),
            spread(levels.objectives(group.dual, "dual", "test")),
            relative(mean(dual), mean(levels.objectives(solved[lam], "dual"))),
            group.order(),
        ]


HEAD = ["λ", "start", "dead starts", "still dead at the end", "primal, train", "primal, test", "dual, train", "dual, test"]
HEAD += ["dual above its optimum", "better on the training set (dual against primal)"]


def run(store, gallery, folder, command):
    cells = store.sweep(folder / "figure9.yaml")
    references = levels.References(store, folder)
    lambdas = list(dict.fromkeys(c.settings[levels.LAMBDA] for c in cells))
    groups = {(lam, name): Group(cells, lam, name) for lam in lambdas for name in KINDS}
    config = {**SOLVED, "run.stop.gap": levels.GAP}
    blocks = [{"arrangements.seed": c.settings["arrangements.seed"], levels.LAMBDA: lam} for lam in lambdas for c in groups[lam, "kaiming"].dual]
    duals = store.derive("figure9-blocks", cells[0], config, blocks)
    solved = {lam: [c for c in duals if c.has(network__lambda=lam)] for lam in lambdas}
    tables = FigureTables("figure9")
    tables.picture(figure(gallery, groups, lambdas, solved, references))
    tables.table("results", HEAD, list(rows(groups, solved)))
    tables.words("The dual's optima on its random blocks, and with the sign constraints kept (in brackets: the greatest certified gap):")
    optima = [[lam, levels.solved_text(solved[lam]), levels.hard_text(references.hard("0.25", lam))] for lam in lambdas]
    tables.table("optima", ["λ", "hinge", "sign constraints kept"], optima)
    hard = [c for lam in lambdas for c in references.hard("0.25", lam)]
    tables.origin(command, cells + duals + hard + [references.program("0.25")], f"{len(groups[lambdas[0], 'kaiming'].primal)} seeds, of starts and blocks together")
    return tables
