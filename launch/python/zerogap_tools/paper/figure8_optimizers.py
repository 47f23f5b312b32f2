# SPDX-License-Identifier: Apache-2.0
"""Figure 8: step rules on MNIST, primal and dual, train and test, each at the best of the rates tried."""

from zerogap_tools.paper import levels, seed_curves
from zerogap_tools.paper.sweeps import SOLVED
from zerogap_tools.paper.tables import FigureTables, mean, relative, spread
from zerogap_tools.style import panels
from zerogap_tools.text import show

# In the paper's order; the text calls ASGD an adaptive gradient optimizer and cites SVRG, so it has three columns.
KINDS = {
    "sgd": "SGD",
    "asgd": "ASGD: averaged SGD",
    "svrg": "ASGD: SVRG",
    "adagrad": "ASGD: Adagrad",
    "adam": "ADAM",
}
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


def best_rate(rates, network):
    """The smallest rate within 0.5% of the least mean training objective, among those from which no seed diverged: of
    two with the same end, the curve of the greater one shows only the noise of its steps."""
    means = {rate: mean(levels.objectives(cells, network)) for rate, cells in rates.items() if not any(c.diverged for c in cells)}
    return min((rate for rate, value in means.items() if value <= 1.005 * min(means.values())), key=float, default=None)


def figure(gallery, chosen, solved, hard, program, seeds):
    names = [name for name in KINDS if chosen["primal"].get(name)]
    figure, axes = panels(2, len(names), 6.2, width=2.4 * len(names), sharex=True, sharey="row")
    for row, part in zip(axes, ((), ("test",))):
        for panel, name in zip(row, names):
            for network in ("primal", "dual"):
                if chosen[network].get(name):
                    seed_curves.band(panel, chosen[network][name], (network, *part, "objective"), network, network)
            levels.draw(panel, part, solved, hard, program)
            seed_curves.finish(panel, f"{KINDS[name]}, {'test' if part else 'train'}", "objective" if panel is row[0] else "")
    seed_curves.shared_legend(figure, axes, 3)
    caption = f"Primal and dual by step rule, σ = 0.25, train over test, each at the best of its rates (the smallest within 0.5%). Shaded: from the least to the greatest of {seeds} seeds."
    return gallery.save(figure, "figure8", caption)


def rates_table(tables, groups):
    rows = []
    for network in ("primal", "dual"):
        for name, rates in groups[network].items():
            best = best_rate(rates, network)
            for rate, cells in sorted(rates.items(), key=lambda item: float(item[0])):
                gone = sum(c.diverged for c in cells)
                rows.append([network, name, rate, spread(levels.objectives(cells, network)), f"{gone} of {len(cells)}", "yes" if rate == best else ""])
    tables.table("rates", ["network", "step rule", "rate", "objective, train", "diverged", "drawn"], rows, "All rates")


def results_table(tables, chosen, solved, program):
    rows = []
    optimum = mean(levels.objectives(solved, "dual"))
    for name in chosen["primal"]:
        primal, dual = chosen["primal"].get(name) or [], chosen["dual"].get(name) or []
        reached, trained = mean(levels.objectives(primal, "primal")), mean(levels.objectives(dual, "dual"))
        rows.append(
            [
                name,
                spread(levels.objectives(primal, "primal")),
                spread(levels.objectives(primal, "primal", "test")),
                relative(reached, levels.estimate(program)),
                spread(levels.objectives(dual, "dual")),
                spread(levels.objectives(dual, "dual", "test")),
                relative(trained, optimum),
                relative(trained, reached),
            ]
        )
    head = ["step rule", "primal, train", "primal, test", "primal above the estimated bound", "dual, train", "dual, test"]
    tables.table("results", [*head, "dual above its optimum", "dual against primal"], rows)


def run(store, gallery, folder, command):
    cells = store.sweep(folder / "figure8.yaml")
    references = levels.References(store, folder)
    groups = {network: by_rate(cells, network) for network in ("primal", "dual")}
    chosen = {network: {k: rates.get(best_rate(rates, network)) for k, rates in groups[network].items()} for network in groups}
    primal = [c for some in chosen["primal"].values() for c in some or []]
    seeds = len({c.settings["arrangements.seed"] for c in cells if c.network == "dual"})
    solved = store.derive("figure8-blocks", primal[0], {**SOLVED, "run.stop.gap": levels.GAP}, [], f"arrangements: {seeds}")
    hard, program = references.hard("0.25", "0.2"), references.program("0.25")
    tables = FigureTables("figure8")
    tables.picture(figure(gallery, chosen, solved, hard, program, seeds))
    results_table(tables, chosen, solved, program)
    tables.words(
        f"The dual's optimum on the random blocks is {levels.solved_text(solved)} with the hinge, on the test set {spread(levels.objectives(solved, 'dual', 'test'))}, and {levels.hard_text(hard)} with the sign "
        f"constraints kept (in brackets: the greatest certified gap). The primal network's own program: {levels.program_text(program)}. The zero network has {show(primal[0].value('baselines', 'zero_objective'))}."
    )
    rates_table(tables, groups)
    tables.origin(command, cells + solved + hard + [program], f"{seeds} seeds of starts (primal), {seeds} of blocks (dual)")
    return tables
