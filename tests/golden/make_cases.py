#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Regenerates the reference cases of tests/golden/cases, or checks a folder of them.

    make_cases.py DIR           writes DIR/NAME/data.h5, weights.h5 and expected.h5 for every case
    make_cases.py --check DIR   computes every case, compares it with the one in DIR array by array,
                                and prints the largest differences; writes nothing

tests/golden/README.md says what the cases hold. Needs NumPy and h5py, nothing of zerogap, and for
the case mnist20 the training images of MNIST (--mnist FOLDER, or ZEROGAP_DATA_DIR). Without them
mnist20 is left out, or checked with the clean images that it holds. Exit codes: 0 done or the same,
1 different, 2 usage, 3 data or file, 77 NumPy or h5py is missing.
"""

import argparse
import dataclasses
import gzip
import os
import pathlib
import sys
from dataclasses import dataclass

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices; and sums in one order
try:
    import h5py
    import numpy as np
except ImportError as missing:
    print(f"SKIPPED golden_cases: needs a Python with NumPy and h5py ({missing}); run launch/setup")
    sys.exit(77)

from reference import comparison, networks, optimum, trajectories

SEED = 1  # of the one random sequence that all cases are drawn from, in their order
SIGMA = 0.25  # standard deviation of the noise, in pixel values
LONG = 2000  # vectors of as many entries or more are left out, and so is the optimum
WIDTHS = (0.0, 1e-4, 1e-3, 1e-2, 1e-1)  # of the hinge's smoothed slopes, in pixel values
MNIST = 60_000  # training images
DRAWN_FROM = 10_000  # the first of them, among which mnist20's are drawn


@dataclass(frozen=True)
class Definition:
    """What makes a case: images (N, n, h) and filter side m, or patches and target as they are."""

    name: str
    blocks: int  # P
    filters: int  # K
    lam: float
    beta: float
    rho: float
    images: tuple = ()
    m: int = 0
    given: tuple = ()  # patches (I, d), target (I)
    size: float = 0.3  # standard deviation of the weights


INPUT = (-1.0, 2.0, 0.0, 1.0, 2.0)  # the paper's x and y of figure 6
OUTPUT = (2.0, 1.0, 2.0, 1.0, 2.0)
DEFINITIONS = (
    Definition("one_pixel", 2, 1, 0.1, 0.05, 0.02, images=(1, 1, 1), m=1),
    Definition("row", 3, 2, 0.2, 0.1, 0.05, images=(1, 1, 9), m=1),
    Definition("small", 6, 4, 0.15, 0.05, 0.01, images=(2, 5, 4), m=3),
    Definition("linear", 4, 3, 0.0, 0.1, 0.01, images=(1, 6, 6), m=3),
    Definition("wide", 12, 8, 0.3, 0.2, 0.03, images=(1, 7, 7), m=5),
    Definition("dead", 3, 2, 1e3, 0.1, 0.01, images=(1, 4, 4), m=3),
    Definition("mnist20", 32, 16, 0.2, 1.0, 0.01, images=(20, 28, 28), m=3, size=0.05),
    Definition("figure1", 24, 8, 0.1, 0.001, 0.01,
               given=([[t, 1.0] for t in (-2.0, -1.0, 0.0, 1.0, 2.0)],
                      (1.0, -1.0, -1.0, -1.0, 1.0))),
    Definition("figure6", 24, 8, 0.1, 0.01, 0.01, given=([[t] for t in OUTPUT], INPUT)),
    Definition("figure6_swapped", 24, 8, 0.1, 0.01, 0.01, given=([[t] for t in INPUT], OUTPUT)),
)  # fmt: skip


@dataclass
class Case:
    """A case's three files as {path: float64 array}, and expected.h5's attributes as
    {path: {name: number}}, those of the file itself under ""."""

    definition: Definition
    problem: networks.Problem
    data: dict
    weights: dict
    expected: dict = dataclasses.field(default_factory=dict)
    attributes: dict = dataclasses.field(default_factory=dict)


class Fail(Exception):
    """An error message: what (why); what to do. `code` is the exit code."""

    def __init__(self, text, code=3):
        super().__init__(text)
        self.code = code


def read_mnist(folder):
    """MNIST's training images, uint8 (60000, 28, 28), or None where the folder has none."""
    for name in ("train-images-idx3-ubyte.gz", "train-images-idx3-ubyte"):
        path = pathlib.Path(folder) / name if folder else None
        if path and path.exists():
            content = path.read_bytes()
            content = gzip.decompress(content) if path.suffix == ".gz" else content
            if len(content) != 16 + MNIST * 28 * 28:
                raise Fail(f"{path} is not MNIST's ({len(content)} bytes); fetch it again")
            return np.frombuffer(content, np.uint8, offset=16).reshape(-1, 28, 28)
    return None


def draw_data(definition, random, mnist, recorded):
    """The case's images {"noisy": (N, n, h), "clean": (N, n, h)}, or patches and target as given.

    mnist20's clean images are MNIST's, or those `recorded`; both of its arrays are rounded to
    single precision. Empty where there are neither.
    """
    if definition.given:
        patches, target = definition.given
        return {"patches": np.array(patches), "target": np.array(target)}
    if definition.name != "mnist20":
        clean = random.uniform(0, 1, definition.images)
        return {"clean": clean, "noisy": clean + SIGMA * random.standard_normal(clean.shape)}
    chosen = random.choice(DRAWN_FROM, definition.images[0], replace=False)
    noise = SIGMA * random.standard_normal(definition.images)
    clean = recorded if mnist is None else (mnist[chosen] / 255).astype(np.float32).astype(float)
    if clean is None:
        return {}
    return {"clean": clean, "noisy": (clean + noise).astype(np.float32).astype(float)}


def draw_weights(definition, length, random):
    """Normal numbers: weights of the definition's size, vectors of the blocks of size 1."""
    k, p, size = (definition.filters, length), (definition.blocks, length), definition.size
    return {
        "primal/u": random.standard_normal(k) * size,
        "primal/v": random.standard_normal(k[0]) * size,
        "dual/g": random.standard_normal(p),
        "dual/w": random.standard_normal(p) * size,
        "dual/w_prime": random.standard_normal(p) * size,
    }


def draw_cases(mnist, recorded=lambda name: None):
    """Every case with its data and weights; mnist20 only where there are images for it."""
    random = np.random.default_rng(SEED)
    for definition in DEFINITIONS:
        data = draw_data(definition, random, mnist, recorded(definition.name))
        length = len(definition.given[0][0]) if definition.given else definition.m**2
        weights = draw_weights(definition, length, random)
        if not data:
            continue
        y = (
            data["patches"]
            if definition.given
            else networks.cut_patches(data["noisy"], definition.m)
        )
        x = data["target"] if definition.given else data["clean"].reshape(-1)
        problem = networks.Problem(y, x, definition.lam, definition.beta, definition.rho)
        yield Case(definition, problem, data, weights)


def programs(problem):
    """The sampled programs whose optima are wanted: {name: rho}, None for constraints."""
    return {"rho_zero": 0.0, "hinge": problem.rho, "hard": None}


def compute(case):
    """Fills in what a correct program finds for the case."""
    problem, found = case.problem, case.expected
    u, v, g, w, w_prime = (
        case.weights[key] for key in ("primal/u", "primal/v", "dual/g", "dual/w", "dual/w_prime")
    )
    case.attributes[""] = {
        "filter": case.definition.m,
        "lam": problem.lam,
        "beta": problem.beta,
        "rho": problem.rho,
    }
    q, c = networks.gates(problem.y, g, problem.lam)
    arrays = {"patches": problem.y, "arrangements/q": q, "arrangements/c": c}
    found.update(arrays if len(problem.x) < LONG else {})
    found["arrangements/q_column_sums"], found["arrangements/c_column_sums"] = q.sum(0), c.sum(0)
    evaluations = {
        "primal": networks.primal(problem, u, v),
        "mapped": networks.primal(
            problem, *networks.mapped_filters(g, w, w_prime, keep_gate=False)
        ),
        "mapped_gate": networks.primal(
            problem, *networks.mapped_filters(g, w, w_prime, keep_gate=True)
        ),
        "dual": networks.dual(problem, g, w, w_prime),
        "embedded": networks.dual(problem, *networks.embedded_blocks(u, v)),
    }
    for name, values in evaluations.items():
        found.update(
            {
                f"{name}/{key}": value
                for key, value in values.items()
                if np.ndim(value) != 1 or len(value) < LONG
            }
        )
    found["certificate/smoothing"] = np.array(WIDTHS)
    found["certificate/lower_bound"] = np.array(
        [networks.dual(problem, g, w, w_prime, t)["lower_bound"] for t in WIDTHS]
    )
    for name, (objectives, attributes) in trajectories.all_of(problem, case.weights).items():
        found[f"trajectory/{name}"], case.attributes[f"trajectory/{name}"] = objectives, attributes
    if len(problem.x) < LONG:
        for name, rho in programs(problem).items():
            value, best, best_prime, gap = optimum.solve(problem, g, rho)
            if not gap <= 10 * optimum.GAP:
                raise Fail(
                    f"{case.definition.name}: {name} was not solved (relative gap {gap:.1e}); "
                    "see reference/optimum.py",
                    1,
                )
            found.update(
                {
                    f"optimum/{name}": value,
                    f"optimum/{name}_w": best,
                    f"optimum/{name}_w_prime": best_prime,
                }
            )


def write_case(folder, case):
    place = folder / case.definition.name
    place.mkdir(parents=True)
    for name, arrays in (
        ("data", case.data),
        ("weights", case.weights),
        ("expected", case.expected),
    ):
        with h5py.File(place / f"{name}.h5", "w") as file:
            for path, value in arrays.items():
                file[path] = np.asarray(value, float)
            if name == "expected":
                for path, numbers in case.attributes.items():
                    (file[path] if path else file).attrs.update(numbers)


def make(folder, mnist):
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Fail(f"{folder} is not empty (there may be cases in it); name a new folder", 2)
    for case in draw_cases(mnist):
        compute(case)
        write_case(folder, case)
        print(f"made {folder / case.definition.name}", flush=True)
    if mnist is None:
        print(
            "left out mnist20: it needs MNIST's training images "
            "(--mnist, or ZEROGAP_DATA_DIR; datasets/fetch brings them)"
        )


def recorded_images(folder):
    """name -> the clean images that the folder's case holds, (N, n, h), or None."""

    def read(name):
        path = folder / name / "data.h5"
        if not path.exists():
            return None
        with h5py.File(path) as file:
            return file["clean"][()] if "clean" in file else None

    return read


def compare(folder, mnist):
    """Every comparison.Difference between the folder's cases and what is computed for them."""
    for name in (definition.name for definition in DEFINITIONS):
        if not (folder / name).is_dir():
            raise Fail(f"{folder} has no case {name} (no such folder); give a folder of all cases")
    recorded = recorded_images(folder) if mnist is None else lambda name: None
    for case in draw_cases(mnist, recorded):
        compute(case)
        solved = programs(case.problem) if "optimum/hard" in case.expected else {}
        for found in comparison.differences(case, folder / case.definition.name, solved):
            yield dataclasses.replace(found, where=f"{case.definition.name}/{found.where}")


def check(folder, mnist):
    """Prints the largest difference of each kind of array, then all that are beyond the kind's
    tolerance. Returns how many those are."""
    found = list(compare(folder, mnist))
    print(f"{'kind':<34}{'largest difference':>20}{'tolerance':>11}  where")
    for kind in comparison.KINDS:
        of_kind = [one for one in found if one.kind == kind]
        if of_kind:
            worst = max(of_kind, key=lambda one: one.size)
            where = worst.where if worst.size > 0 else ""
            print(f"{kind.name:<34}{worst.size:>20.1e}{kind.tolerance:>11.0e}  {where}")
    wrong = [one for one in found if one.is_too_large]
    for one in wrong:
        print(f"different: {one.where}: {one.size:.1e} (tolerance {one.kind.tolerance:.0e})")
    if mnist is None:
        print("mnist20 was computed from the clean images that it holds: MNIST itself is not there")
    return len(wrong)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=pathlib.Path, metavar="DIR")
    parser.add_argument(
        "--check", action="store_true", help="compare the cases in DIR, and write nothing"
    )
    parser.add_argument("--mnist", default=os.environ.get("ZEROGAP_DATA_DIR"), metavar="FOLDER")
    given = parser.parse_args()
    try:
        mnist = read_mnist(given.mnist)
        if given.check:
            return 1 if check(given.folder, mnist) else 0
        make(given.folder, mnist)
        return 0
    except Fail as failure:
        print(f"error: {failure}", file=sys.stderr)
        return failure.code
    except OSError as error:
        print(
            f"error: {error.filename or given.folder} cannot be read or written ({error}); "
            "check the path",
            file=sys.stderr,
        )
        return 3


if __name__ == "__main__":
    sys.exit(main())
