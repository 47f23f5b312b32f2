# SPDX-License-Identifier: Apache-2.0
"""What figures 8, 9 and 10 compare trained networks with: solved programs of the dual, and the primal's own program."""

import math

from zerogap_tools.paper import seed_curves
from zerogap_tools.paper.tables import spread
from zerogap_tools.text import percent, show

GAP = "1.0e-4"  # to which programs of the dual are solved
SIGMA, LAMBDA, BETA = "data.noise.sigma", "network.lambda", "network.beta"


def objectives(cells, network, *part):
    return [math.nan if cell.diverged else cell.value(network, *part, "objective") for cell in cells]


def worst_gap(cells):
    return percent(max((cell.value("dual", "gap") for cell in cells), default=math.nan))


def solved_text(cells):
    """Optima of the hinge's programs over samples of blocks, with the worst certified gap."""
    return f"{spread(objectives(cells, 'dual'))} ({worst_gap(cells)})" if cells else "–"


def kept(cells):
    """Objectives whose weights keep the sign constraints: an upper bound on the hard optimum each."""
    return [cell.value("dual", "feasible_objective") for cell in cells]


def hard_text(cells):
    return f"{spread(kept(cells))} ({worst_gap(cells)})" if cells else "–"


class References:
    """The sweeps figure10-hard and figure10-program: sign constraints kept, and the primal network's own program."""

    def __init__(self, store, folder):
        self.hard_cells = store.sweep(folder / "figure10-hard.yaml")
        self.program_cells = store.sweep(folder / "figure10-program.yaml")

    @property
    def cells(self):
        return self.hard_cells + self.program_cells

    def hard(self, sigma, lam):
        return [c for c in self.hard_cells if c.has(data__noise__sigma=sigma, network__lambda=lam)]

    def program(self, sigma, beta=None):
        """The cell of the network's program at this noise level, by default at the first beta of the sweep."""
        cells = [c for c in self.program_cells if c.has(data__noise__sigma=sigma)]
        beta = beta or self.program_cells[0].settings[BETA]
        return next((c for c in cells if c.has(network__beta=beta)), None)


def estimate(program):
    """An estimated lower bound of every network of form decay with this data and beta: valid if the search found the
    greatest |z'tau_t(Yu)|; the same for every lambda > 0 (theory.md, section 14)."""
    return program.value("network_program", "estimated_lower_bound") if program else math.nan


def program_text(program):
    """Objective and width of the network made of the program's solution, and the estimated bound."""
    made, filters = program.value("primal", "objective"), program.value("primal", "filters")
    return f"{show(made)} with {filters:.0f} filters; estimate: no network is below {show(estimate(program))}"


def draw(axes, part, solved=(), hard=(), program=None):
    """Level lines of a panel; `part` is () for the training set or ("test",)."""
    seed_curves.level(axes, solved, ("dual", *part, "objective"), "sampled", "dual's optimum on its random blocks, hinge, certified on the training set")
    if not part:
        seed_curves.level(axes, hard, ("dual", "feasible_objective"), "hard", "the same with the sign constraints kept")
    if program is None:
        return
    seed_curves.level(axes, [program], ("primal", *part, "objective"), "program", "primal network made of its own program's solution")
    if not part:
        seed_curves.line(axes, estimate(program), "estimated", "estimate: no primal network of any width is lower")
