# SPDX-License-Identifier: Apache-2.0
"""Claims that small convex programs decide, solved by zerogap to a certified gap."""

import functools
import json
import pathlib
import tempfile

import h5py
import numpy as np

from zerogap_tools.paper.claims import counting
from zerogap_tools.paper.claims.claim import CONDITION, FAILS, Claim
from zerogap_tools.paper.claims.counting import FIGURE1, LAMBDA
from zerogap_tools.predictions import soft
from zerogap_tools.program import run_zerogap

BETA = 0.01
GAP = 1e-4


class Folder:
    """A temporary folder in which zerogap solves programs on a list of patches."""

    def __enter__(self):
        self._scratch = tempfile.TemporaryDirectory(prefix="zerogap-claims-")
        self.path, self.count = pathlib.Path(self._scratch.name), 0
        return self

    def __exit__(self, *_):
        self._scratch.cleanup()

    def data(self, patches, target):
        with h5py.File(self.path / "data.h5", "w") as file:
            file["patches"], file["target"] = patches, target

    def train(self, settings):
        """result.json of a run on data.h5; `settings` are dotted keys."""
        self.count += 1
        base = {"data.source": "hdf5", "data.path": "data.h5", "data.images": 0, "data.test_images": 0}
        base |= {"run.precision": "fp64", "run.threads": 1, "run.checkpoint.every": 0, "run.evaluate_every": 100000}
        file = self.path / f"run{self.count}.yaml"
        file.write_text("".join(f"{key}: {value}\n" for key, value in (base | settings).items()), encoding="utf-8")
        run_zerogap("train", file, "--out", f"run{self.count}", folder=self.path)
        return json.loads((self.path / f"run{self.count}" / "result.json").read_text())

    def checkpoint(self):
        """The newest checkpoint of the last run."""
        return sorted((self.path / f"run{self.count}" / "checkpoints").glob("[0-9]*.h5"))[-1]

    def on_blocks(self, blocks, constraints="hard"):
        """The dual's program with these vectors g as blocks: the objective of a feasible point within GAP of the optimum,
        and how many w_j and w'_j are longer than a thousandth of the longest."""
        with h5py.File(self.path / "blocks.h5", "w") as file:
            file["dual/g"] = np.asarray(blocks, float)
        settings = {"run.networks": "[dual]", "arrangements.source": "file", "arrangements.path": "blocks.h5"}
        settings |= {"network.arrangements": len(blocks), "network.lambda": LAMBDA, "network.beta": BETA, "run.stop.gap": GAP}
        settings |= {"network.constraints": constraints, "optimizer.dual.name": "newton", "optimizer.dual.epochs": 5000}
        result = self.train(settings)
        with h5py.File(self.checkpoint()) as file:
            norms = [np.linalg.norm(file[f"dual/{name}"], axis=1) for name in ("w", "w_prime")]
        used = np.flatnonzero(np.maximum(*norms) > 1e-3 * max(map(np.max, norms)))
        return result["dual"]["feasible_objective"], used

    def network(self, form, filters):
        """The primal network of at most so many filters that frank_wolfe makes of its own program's solution."""
        settings = {"run.networks": "[primal]", "optimizer.primal.name": "frank_wolfe", "optimizer.primal.epochs": 200}
        settings |= {"network.form": form, "network.filters": filters, "network.lambda": LAMBDA, "network.beta": BETA}
        return self.train(settings | {"run.stop.gap": 1e-6})


@functools.cache
def figure1_programs():
    """{name: (optimum, blocks that are used, blocks)} of figure 1's data, one block for each pattern, by the choice of its
    representative; hard constraints."""
    # In every pattern of the plane with an open gate there are filters of any length up to some end, from some start.
    long = counting.grid_of_filters(1e4)
    ball = counting.grid_of_filters(1.0)
    regions = counting.patterns(FIGURE1[0], LAMBDA, long)
    inside = counting.patterns(FIGURE1[0], LAMBDA, ball)
    length = np.linalg.norm(long, axis=1)
    random = np.random.default_rng(1)
    chosen = {
        "the longest": long[[at[np.argmax(length[at])] for at in regions.values()]],
        "a random one": long[[random.choice(at) for at in regions.values()]],
        "the longest of |u| <= 1": ball[[at[np.argmax(np.linalg.norm(ball[at], axis=1))] for at in inside.values()]],
        "the shortest": long[[at[np.argmin(length[at])] for at in regions.values()]],
    }
    with Folder() as folder:
        folder.data(*FIGURE1)
        return {name: (*folder.on_blocks(blocks), blocks) for name, blocks in chosen.items()}


def one_block():
    rows = []
    with Folder() as folder:
        folder.data(*FIGURE1)
        for g in np.random.default_rng(7).standard_normal((3, 2)):
            rows.append((folder.on_blocks([g])[0], folder.on_blocks([g] * 5)[0]))
    return Claim(
        "Theorem 1, Eq. 21, 45",
        "a sum of I terms Q^S Y (w'_i - w_i) with one Q^S",
        FAILS,
        [
            "figure 1's data, hard constraints, one random block against five equal ones: " + "; ".join(f"{one:.3f} and {five:.3f}" for one, five in rows),
            "zerogap reads the sum as one over P blocks, each with its own gate Q_j",
        ],
        {"rows": rows},
        why="as printed, where it is a program of one block: w_1 + ... + w_I keeps the constraints and costs no more",
    )


def all_patterns():
    found = figure1_programs()
    values = {name: value for name, (value, _, _) in found.items()}
    count = len(found["the longest"][2])
    return Claim(
        "Theorems 4 to 6",
        '"p* = d*_3 is proved", read with a block for every sign pattern and its constraints',
        FAILS,
        [
            f"figure 1's data, all {count} patterns with an open gate, constraints kept, to a gap of {GAP:g}; of each pattern",
            "; ".join(f"{name}: {value:.4f}" for name, value in values.items()),
            "Eq. 26 has 0.4977, proved (figure 1, form ball), and Eq. 20 at least 0.1088",
        ],
        {"count": count, "values": values},
        why="the value depends on the vector that stands for a pattern, and lies below Eq. 26's for each choice tried",
    )


def patterns_or_patches():
    value, used, blocks = figure1_programs()["the longest"]
    random = np.random.default_rng(3)
    with Folder() as folder:
        folder.data(*FIGURE1)
        own = folder.on_blocks(blocks[used])[0]
        five = [folder.on_blocks(blocks[random.choice(len(blocks), 5, replace=False)])[0] for _ in range(10)]
    return Claim(
        "Appendix B, Eq. 60 to 70",
        "2I constraints, i from 1 to I, where there should be a pair for each pattern",
        CONDITION,
        [
            f"figure 1's data, the longest of each pattern: {len(blocks)} blocks give {value:.4f} and {len(used)} of them are used",
            f"these {len(used)} alone give {own:.4f}; ten random choices of I = 5 blocks give {min(five):.4f} to {max(five):.4f}",
        ],
        {"value": value, "own": own, "five": five, "used": len(used), "blocks": len(blocks)},
        why="few blocks suffice if they are the solution's, which one knows only after solving with all",
    )


def merged(filters, weights):
    """Filters that are equal up to sign and a hundredth, as one each; and the sign of its weight."""
    signed = filters * np.sign(weights)[:, None]
    kept = []
    for row in signed[np.argsort(-np.abs(weights))][: np.count_nonzero(weights)]:
        if all(np.linalg.norm(row - other) > 0.01 for other in kept):
            kept.append(row)
    return np.array(kept)


def refitted(filters):
    """min over v >= 0 of |sum_k tau(Y u_k) v_k - x|^2 + 2 beta sum v_k, if no v_k is 0 there."""
    patches, x = FIGURE1
    outputs = soft(patches @ filters.T, LAMBDA)
    v = np.linalg.solve(outputs.T @ outputs, outputs.T @ x - BETA)
    return float(((outputs @ v - x) ** 2).sum() + 2 * BETA * v.sum()) if (v > 0).all() else np.nan


def starts_that_reach(folder, filters, bound, starts=12):
    """Of so many random starts of ADAM, form ball: how many end within 0.1% of the bound."""
    settings = {"run.networks": "[primal]", "optimizer.primal.name": "adam", "optimizer.primal.epochs": 3000, "optimizer.lr": 0.02}
    settings |= {"network.form": "ball", "network.filters": filters, "network.lambda": LAMBDA, "network.beta": BETA}
    ends = [folder.train(settings | {"init.seed": seed})["primal"]["objective"] for seed in range(1, starts + 1)]
    return sum(end <= 1.001 * bound for end in ends)


def filters_needed():
    with Folder() as folder:
        folder.data(*FIGURE1)
        ball = folder.network("ball", 1024)
        with h5py.File(folder.checkpoint()) as file:
            few = merged(file["primal/u"][:], file["primal/v"][:])
        decay = {k: folder.network("decay", k) for k in (6, 64, 1024)}
        bound, decay_bound = (r["network_program"]["estimated_lower_bound"] for r in (ball, decay[1024]))
        reached = {k: starts_that_reach(folder, k, bound) for k in (3, 4, 6, 16)}
    value = {k: r["primal"]["objective"] for k, r in decay.items()}
    wanted = decay[1024]["network_program"]["split"]["filters_wanted"]
    return Claim(
        "Theorem 1",
        '"There exists k* <= I such that if the number of convolution filters k >= (k* + 1)", Eq. 20 has the strong dual Eq. 21',
        FAILS,
        [
            f"figure 1's data (I = 5), Eq. 26: the bound is {bound:.4f}, and {len(few)} filters attain it ({refitted(few):.4f})",
            f"Eq. 20: the bound is {decay_bound:.4f}; the best networks found have {', '.join(f'{v:.4f} with {k}' for k, v in value.items())} filters allowed; the solution asks for {wanted}",
            "that Eq. 20 has no better network with few filters is proved for Y = [1] only (Theorem 2 above)",
        ],
        {"ball": refitted(few), "few": len(few), "bound": bound, "decay": value, "decay_bound": decay_bound, "wanted": wanted},
        [f"Eq. 26 by ADAM from 12 random starts: {', '.join(f'{n} with K = {k}' for k, n in reached.items())} end within 0.1% of the bound"],
        why="for Eq. 20, whose solution asks for theta t^2/lambda^2 copies, and without end for t = 0; it holds for Eq. 26 and its dual, Eq. 27",
    )


ALL = (filters_needed, one_block, all_patterns, patterns_or_patches)
