# SPDX-License-Identifier: Apache-2.0
"""Figures 1 and 6: a handful of numbers, where every bound can be enumerated and so every statement is proved.

The primal in three forms (docs/theory.md, section 7): for ball and relative the gap closes with enough filters; for decay,
the paper's, as far as copies of filters reach the solution of its program.
"""

import h5py
import numpy as np

from zerogap_tools.paper import seed_curves
from zerogap_tools.paper.levels import hard_text
from zerogap_tools.paper.sweeps import SOLVED
from zerogap_tools.paper.tables import FigureTables, mean, relative, spread
from zerogap_tools.style import panels
from zerogap_tools.text import number, percent, show

FORMS = ("decay", "ball", "relative")
CLOSED = 1e-3  # a relative gap that counts as none, as in zerogap certify

# The paper's numbers: patches Y (I, d) and target x (I).
FIGURE1 = {"figure1.h5": ([[-2, 1], [-1, 1], [0, 1], [1, 1], [2, 1]], [1, -1, -1, -1, 1])}
FIGURE6 = {
    "caption.h5": ([[-1], [2], [0], [1], [2]], [2, 1, 2, 1, 2]),  # x the input, y the output
    "elsewhere.h5": ([[2], [1], [2], [1], [2]], [-1, 2, 0, 1, 2]),  # y the input
    "caption-ones.h5": ([[-1, 1], [2, 1], [0, 1], [1, 1], [2, 1]], [2, 1, 2, 1, 2]),  # with figure 1's column of ones
    "elsewhere-ones.h5": ([[2, 1], [1, 1], [2, 1], [1, 1], [2, 1]], [-1, 2, 0, 1, 2]),
}
READINGS = {
    "figure1.h5": "",
    "caption.h5": "x in, y out (the caption)",
    "elsewhere.h5": "y in, x out (elsewhere)",
    "caption-ones.h5": "the caption, with ones",
    "elsewhere-ones.h5": "elsewhere, with ones",
}


def write_data(folder, data):
    for name, (patches, target) in data.items():
        with h5py.File(folder / name, "w") as file:
            file["patches"], file["target"] = np.array(patches, float), np.array(target, float)


class Problem:
    """One reading at one beta and lambda: its cells, and what is proved about them."""

    def __init__(self, cells, reading, beta, lam, every):
        chosen = [c for c in cells if c.has(data__path=reading, network__beta=beta, network__lambda=lam)]
        self.reading, self.beta, self.lam = reading, beta, lam
        primal = {form: [c for c in chosen if c.network == "primal" and c.has(network__form=form)] for form in FORMS}
        self.primal = {form: [c for c in primal[form] if c.settings["optimizer.primal.name"] == "adam"] for form in FORMS}
        self.program = {form: [c for c in primal[form] if c.settings["optimizer.primal.name"] == "frank_wolfe"] for form in FORMS}
        duals = [c for c in chosen if c.network == "dual"]
        self.trained = [c for c in duals if c.settings["optimizer.dual.name"] == "adam"]
        solved = [c for c in duals if c.settings["optimizer.dual.name"] == "newton"]
        self.solved = [c for c in solved if c.settings["network.constraints"] == "hinge"]
        self.hard = [c for c in solved if c.settings["network.constraints"] == "hard"]
        self.every = next(c for c in every if c.has(data__path=reading, network__beta=beta, network__lambda=lam))
        self.zero = self.primal["decay"][0].value("baselines", "zero_objective")

    def to_certify(self, all_seeds):
        for form in FORMS:
            yield from self.primal[form] + self.program[form] if all_seeds else (lowest(self.primal[form]), lowest(self.program[form]))

    def bound(self, form):
        """The greatest certificate of any certified cell for this form: any z is valid."""
        found = [number(c.certificate or {}, "networks", form, "certificate") for f in FORMS for c in self.primal[f] + self.program[f]]
        return max((value for value in found if np.isfinite(value)), default=np.nan)

    def own(self, form):
        """Certified optima of the programs whose blocks are the primal's filters."""
        values = [number(c.certificate or {}, "own_filters", "objective") for c in self.primal[form]]
        return [value for value in values if np.isfinite(value)]

    def own_gap(self, form):
        return max((number(c.certificate or {}, "own_filters", "gap") for c in self.primal[form] if c.certificate), default=np.nan)

    def best(self, form):
        """The lowest objective found, and the least number of filters with which it was, to six digits."""
        cells = self.primal[form] + self.program[form]
        least = lowest(cells).value("primal", "objective")
        near = [c for c in cells if c.value("primal", "objective") <= least * (1 + 1e-6)]
        return least, min(c.value("primal", "filters") for c in near)


def lowest(cells):
    return min(cells, key=lambda cell: cell.value("primal", "objective"))


def draw(axes, problem, form, title):
    seed_curves.band(axes, problem.primal[form], ("primal", "objective"), "primal", "primal, Adam: mean; three starts thin", lines=3)
    seed_curves.band(axes, problem.trained, ("dual", "objective"), "dual", "dual on random blocks, Adam")
    seed_curves.level(axes, problem.solved, ("dual", "objective"), "sampled", "its optimum, certified (the mean over blocks)")
    seed_curves.level(axes, problem.hard, ("dual", "feasible_objective"), "hard", "the same with the sign constraints kept")
    own = problem.own(form)
    seed_curves.line(axes, mean(own), "own", "dual on the primal's own filters, certified", min(own), max(own))
    seed_curves.line(axes, problem.bound(form), "proved", "proved: no primal of this form is lower")
    seed_curves.line(axes, problem.every.value("every_block", "lower_bound"), "every", "proved: no choice of blocks is lower (ρ = 0)")
    seed_curves.level(axes, problem.program[form], ("primal", "objective"), "program", "primal, its program solved: as many filters as that needs")
    seed_curves.finish(axes, title, "objective" if form == "decay" else "")


def figure(gallery, name, problems, what):
    figure, axes = panels(len(problems), 3, 0.6 + 2.9 * len(problems), sharex=True, sharey="row")
    for row, problem in zip(axes, problems):
        for panel, form in zip(row, FORMS):
            reading = READINGS[problem.reading]
            draw(panel, problem, form, f"{form}{': ' + reading if reading else ''}")
            if row is not axes[-1]:
                panel.set_xlabel("")
    seed_curves.shared_legend(figure, axes, 2)
    seeds = len(problems[0].primal["decay"])
    caption = f"{what}, β = {problems[0].beta}, λ = {problems[0].lam}: three forms of the primal, 16 filters by Adam. Shaded: from the least to the greatest of {seeds} seeds (starts of the primal, blocks of the dual)."
    return gallery.save(figure, name, caption)


def verdict(value, bound):
    gap = (value - bound) / value
    return f"closed, proved ({percent(gap)})" if gap <= CLOSED else f"{percent(gap)} open"


def rows(problem):
    for form in FORMS:
        objectives = [c.value("primal", "objective") for c in problem.primal[form]]
        (best, filters), bound = problem.best(form), problem.bound(form)
        own = problem.own(form)
        yield [
            READINGS[problem.reading] or "–",
            problem.beta,
            problem.lam,
            form,
            spread(objectives),
            show(best),
            f"{filters:.0f}",
            show(bound),
            verdict(best, bound),
            f"{spread(own)} ({percent(problem.own_gap(form))})",
            f"{spread([c.value('dual', 'objective') for c in problem.solved])} ({percent(max(c.value('dual', 'gap') for c in problem.solved))})",
            hard_text(problem.hard),
            f"{show(problem.every.value('every_block', 'lower_bound'))} ({percent(problem.every.value('every_block', 'gap'))})",
            relative(best, mean([c.value("dual", "objective") for c in problem.solved])),
        ]


HEAD = ["reading", "β", "λ", "form", "primal, Adam", "best primal found", "its filters", "proved lower bound", "duality gap"]
HEAD += ["own filters (gap)", "random blocks (gap)", "constraints kept (gap)", "every block, ρ = 0 (gap)", "best primal above random blocks"]


def width(store, tables, file, bound):
    """The decay network's objective by its number of filters, against the proved bound, which does not depend on it."""
    cells = store.sweep(file)
    table = []
    for filters in dict.fromkeys(c.settings["network.filters"] for c in cells):
        mine = [c for c in cells if c.settings["network.filters"] == filters]
        adam = [c.value("primal", "objective") for c in mine if c.settings["optimizer.primal.name"] == "adam"]
        made = next(c.value("primal", "objective") for c in mine if c.settings["optimizer.primal.name"] == "frank_wolfe")
        best = min(made, *adam)
        table.append([filters, spread(adam), show(min(adam)), show(made), percent((best - bound) / best)])
    tables.words(f"The decay network by its number of filters; no network of any width is below {show(bound)}, proved:")
    tables.table("width", ["filters", "ADAM, five starts", "the best of them", "made of its own program", "best above the bound, of itself"], table)
    return cells


def run(store, gallery, folder, name, data, command):
    write_data(store.data, data)
    cells = store.sweep(folder / f"{name}.yaml")
    primal = next(c for c in cells if c.network == "primal")
    solved = [c for c in cells if c.network == "dual" and c.has(network__constraints="hinge", optimizer__dual__name="newton")]
    # No run.stop.gap: with patches of one number the best gates are the limit of longer and longer vectors, whose
    # rounding makes the sampled program's own bound poor, while the bound over all blocks is not affected.
    config = {**SOLVED, "network.rho": 0, "arrangements.pricing.rounds": 40, "arrangements.pricing.add": 4}
    config |= {"arrangements.pricing.starts": 256, "arrangements.pricing.tolerance": "1.0e-5", "arrangements.seed": 1, "network.form": "decay"}
    every = store.derive(f"{name}-every-block", primal, config, [c.problem() for c in solved if c.has(arrangements__seed="1")])
    points = list(dict.fromkeys((c.settings.get("data.path", name + ".h5"), c.settings["network.beta"], c.settings["network.lambda"]) for c in solved))
    problems = [Problem(cells, *point, every) for point in points]
    main = [p for p in problems if (p.beta, p.lam) == (problems[0].beta, problems[0].lam)]
    certified = [c for p in problems for c in p.to_certify(p in main)]
    store.certify(certified, "certify.seconds=1", "certify.rounds=50")
    tables = FigureTables(name)
    what = "Five numbers" if name == "figure1" else "Four readings of the five pairs"
    tables.picture(figure(gallery, name, main, what))
    tables.table("verdicts", HEAD, [row for p in main for row in rows(p)])
    more = width(store, tables, folder / f"{name}-width.yaml", main[0].bound("decay"))
    tables.table("varied", HEAD, [row for p in problems if p not in main for row in rows(p)], "Other values of β and λ")
    tables.origin(command, cells + every + more, "5 seeds of starts, 5 of blocks")
    return tables
