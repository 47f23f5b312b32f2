# SPDX-License-Identifier: Apache-2.0
"""Figure 10: primal against dual objective for three noise levels, with a verdict each; whether the result depends on
values that the paper does not publish, on lambda down to 0, and on the number of images."""

from zerogap_tools.paper import levels, seed_curves
from zerogap_tools.paper.levels import SIGMA, objectives
from zerogap_tools.paper.tables import FigureTables, mean, relative, spread
from zerogap_tools.paper.variations import lambda_figure, number_of_images, variations
from zerogap_tools.style import panels
from zerogap_tools.text import dig, number, show


class Level:
    """One noise level: primal and dual cells, the programs on the primal's own filters, and what belongs to it."""

    def __init__(self, cells, sigma, matched, references):
        mine = [c for c in cells if c.settings[SIGMA] == sigma]
        self.sigma = sigma
        self.primal = [c for c in mine if c.network == "primal"]
        duals = [c for c in mine if c.network == "dual"]
        self.trained = [c for c in duals if c.settings["optimizer.dual.name"] == "adam"]
        self.solved = [c for c in duals if c.settings["optimizer.dual.name"] == "newton"]
        self.own = [matched[c] for c in self.primal if c in matched]
        self.hard = references.hard(sigma, "0.2")
        self.program = references.program(sigma)

    @property
    def best(self):
        return min(self.primal, key=lambda c: c.value("primal", "objective"))


def figure(gallery, noise_levels):
    figure, axes = panels(2, len(noise_levels), 6.6, width=3.8 * len(noise_levels), sharex=True)
    for row, part in zip(axes, ((), ("test",))):
        for panel, at in zip(row, noise_levels):
            seed_curves.band(panel, at.primal, ("primal", *part, "objective"), "primal", "primal")
            seed_curves.band(panel, at.trained, ("dual", *part, "objective"), "dual", "dual")
            levels.draw(panel, part, at.solved, at.hard, at.program)
            seed_curves.level(panel, at.own, ("dual", *part, "objective"), "own", "dual's optimum on the primal's own filters")
            seed_curves.finish(panel, f"σ = {at.sigma}, {'test' if part else 'train'}", "objective" if panel is row[0] else "")
    seed_curves.shared_legend(figure, axes, 3)
    caption = f"Primal against dual by noise level, train over test, ADAM from Kaiming-uniform starts. Shaded: from the least to the greatest of {len(noise_levels[0].primal)} seeds (starts of the primal, blocks of the dual)."
    return gallery.save(figure, "figure10", caption)


def trained(noise_levels):
    for at in noise_levels:
        primal, dual = mean(objectives(at.primal, "primal")), mean(objectives(at.trained, "dual"))
        yield [
            at.sigma,
            spread(objectives(at.primal, "primal")),
            spread(objectives(at.primal, "primal", "test")),
            spread(objectives(at.trained, "dual")),
            spread(objectives(at.trained, "dual", "test")),
            relative(dual, mean(objectives(at.solved, "dual"))),
            relative(primal, dual),
        ]


def solved(noise_levels):
    for at in noise_levels:
        primal = mean(objectives(at.primal, "primal"))
        made = at.program.value("primal", "objective")
        yield [
            at.sigma,
            levels.solved_text(at.solved),
            levels.hard_text(at.hard),
            levels.solved_text(at.own),
            f"{show(made)} ({at.program.value('primal', 'filters'):.0f})",
            show(levels.estimate(at.program)),
            relative(primal, mean(objectives(at.own, "dual"))),
            relative(primal, levels.estimate(at.program)),
            relative(made, levels.estimate(at.program)),
        ]


TRAINED = ["σ", "primal, train", "primal, test", "dual, train", "dual, test", "dual above its optimum", "primal against dual"]
SOLVED = ["σ", "random blocks, hinge (gap)", "sign constraints kept (gap)", "the primal's own filters (gap)", "primal made of its own program (filters)"]
SOLVED += ["estimate: no primal is below", "ADAM's primal above its own filters", "ADAM's primal above the estimate", "made of the program above the estimate"]


def verdicts(noise_levels):
    """The verdicts of zerogap certify on the best primal of each level, and on the blocks beside it."""
    for at in noise_levels:
        certificate = at.best.certificate
        decay = dig(certificate, "networks", "decay") or {}
        yield [
            at.sigma,
            show(at.best.value("primal", "objective")),
            show(number(decay, "certificate")),
            show(number(decay, "estimate")),
            f"**{dig(certificate, 'verdict', 'name')}**: {dig(certificate, 'verdict', 'because')}",
            f"**{dig(certificate, 'blocks_verdict', 'name')}**: {dig(certificate, 'blocks_verdict', 'because')}",
        ]


def run(store, gallery, folder, command):
    cells = store.sweep(folder / "figure10.yaml")
    references = levels.References(store, folder)
    matched = store.own_filters("figure10-own", [c for c in cells if c.network == "primal"], levels.GAP)
    sigmas = list(dict.fromkeys(c.settings[SIGMA] for c in cells))
    noise_levels = [Level(cells, sigma, matched, references) for sigma in sigmas]
    store.certify([at.best for at in noise_levels], "certify.seconds=4", "certify.rounds=20")
    tables = FigureTables("figure10")
    tables.picture(figure(gallery, noise_levels))
    tables.words("Trained by ADAM:")
    tables.table("trained", TRAINED, list(trained(noise_levels)))
    tables.words("Solved (the programs of the dual to a certified gap; the bound of the primal is an estimate, because it rests on a search):")
    tables.table("solved", SOLVED, list(solved(noise_levels)))
    tables.words("`zerogap certify` of the best primal of each level; the proved bound is the greatest that branch and bound reached in 4 s, and the estimate rests on a search and proves nothing:")
    head = ["σ", "objective", "proved lower bound", "estimated lower bound", "verdict on the network", "verdict on the blocks"]
    tables.table("verdicts", head, list(verdicts(noise_levels)))
    varied, more = variations(store, folder)
    lambda_figure(gallery, tables, varied, levels.estimate(references.program("0.25")), references)
    tables.words("Values that the paper does not publish, varied one at a time, σ = 0.25:")
    tables.table("varied", [*varied.HEAD], [point.row() for point in varied.points])
    more += number_of_images(store, folder, tables)
    seeds = len(noise_levels[0].primal)
    tables.origin(command, cells + list(matched.values()) + references.cells + more, f"{seeds} seeds of starts (primal), {seeds} of blocks (dual); {varied.seeds} of the variations")
    return tables
