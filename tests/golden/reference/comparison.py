# SPDX-License-Identifier: Apache-2.0
"""Compares a case's files with what was computed for it, array by array."""

import re
from dataclasses import dataclass

import h5py
import numpy as np

from reference import networks


@dataclass(frozen=True)
class Kind:
    """Arrays that are compared alike: the first of KINDS whose pattern fits file/path."""

    name: str
    pattern: str
    tolerance: float  # of the largest difference, relative to the largest entry; 0: the same bits
    floor: float = 1e-3  # the least that counts as largest entry: values that are rounding alone


MINIMISERS, SIGNS = "objective at a minimiser", "sign constraints at a minimiser"
KINDS = (
    Kind("images, patches given, weights", r"data/|weights/", 0),
    Kind("patches cut from images, widths", r"expected/(patches|certificate/smoothing)$", 0),
    Kind("settings, hyper-parameters", r"expected/.*@(?!averaged_objective)", 0),
    Kind("gates and their column sums", r"expected/arrangements/", 1e-12),
    Kind("predictions", r".*/pred$", 1e-12),
    Kind("gradients", r".*/grad_\w+$", 1e-12),
    Kind("lower bounds and their scales", r".*/(scale|lower_bound|max_block_norm)$", 1e-12),
    Kind("trajectories", r"expected/trajectory/", 1e-11),
    Kind("optima", r"expected/optimum/(rho_zero|hinge|hard)$", 1e-7, floor=0),
    Kind(MINIMISERS, r"expected/optimum/\w+_(w|w_prime)$", 1e-7, floor=0),
    Kind(SIGNS, r"$^", 1e-7, floor=0),
    Kind("other values", r".*", 1e-12),
)
BY_NAME = {kind.name: kind for kind in KINDS}


@dataclass(frozen=True)
class Difference:
    kind: Kind
    size: float  # relative; inf where something is missing, or of another shape or type
    where: str

    @property
    def is_too_large(self):
        return not self.size <= self.kind.tolerance


def kind_of(path):
    return next(kind for kind in KINDS if re.match(kind.pattern, path))


def read_case(folder):
    """{file/path: array} of the three files, the attributes of expected.h5 under file/path@name."""
    found = {}
    for name in ("data", "weights", "expected"):
        with h5py.File(folder / f"{name}.h5") as file:

            def take(path, thing, name=name):
                if isinstance(thing, h5py.Dataset):
                    found[f"{name}/{path}"] = thing[()]
                for key, value in thing.attrs.items():
                    found[f"{name}/{path}@{key}"] = value

            take("", file)
            file.visititems(take)
    return found


def flat_case(case):
    """What was computed, in the same form."""
    files = {"data": case.data, "weights": case.weights, "expected": case.expected}
    arrays = {
        f"{name}/{path}": np.asarray(value, float)
        for name, held in files.items()
        for path, value in held.items()
    }
    numbers = {
        f"expected/{path}@{key}": value
        for path, held in case.attributes.items()
        for key, value in held.items()
    }
    return {**arrays, **numbers}


def relative(recorded, computed, kind):
    """The largest difference over the largest entry; inf for other shapes, types, or no numbers."""
    recorded, computed = np.asarray(recorded), np.asarray(computed)
    if recorded.shape != computed.shape or recorded.dtype.kind != computed.dtype.kind:
        return np.inf
    if np.array_equal(recorded, computed):
        return 0.0
    difference = np.abs(recorded - computed).max()
    return (
        difference / max(np.abs(computed).max(), kind.floor) if np.isfinite(difference) else np.inf
    )


def minimiser_differences(case, recorded, programs):
    """What the recorded minimisers reach, since a program may have several: their objective against
    the optimum computed, and for constraints the largest violation of c y.w >= 0 against the
    largest |c y.w|."""
    for name, rho in programs.items():
        path = f"expected/optimum/{name}"
        w, w_prime = recorded.get(f"{path}_w"), recorded.get(f"{path}_w_prime")
        if w is None or w_prime is None:
            continue
        found = networks.dual(case.problem, case.weights["dual/g"], w, w_prime)
        reached, value = (
            found["d3"] + (rho or 0.0) * found["hinge"],
            case.expected[f"optimum/{name}"],
        )
        yield Difference(BY_NAME[MINIMISERS], abs(reached - value) / value, f"{path}_w")
        if rho is None:
            c = networks.gates(case.problem.y, case.weights["dual/g"], case.problem.lam)[1]
            largest = max(
                np.abs(c * (case.problem.y @ weights.T)).max() for weights in (w, w_prime)
            )
            yield Difference(
                BY_NAME[SIGNS], found["max_violation"] / largest if largest else 0.0, f"{path}_w"
            )


def differences(case, folder, programs):
    """Every Difference between the case computed and the folder that holds it."""
    recorded, computed = read_case(folder), flat_case(case)
    for path in sorted(recorded.keys() | computed.keys()):
        kind = kind_of(path)
        if path not in recorded or path not in computed:
            yield Difference(
                kind,
                np.inf,
                f"{path} ({'not in the folder' if path in computed else 'not computed'})",
            )
        elif kind.name == MINIMISERS:
            same = np.shape(recorded[path]) == np.shape(computed[path])
            yield Difference(kind, 0.0 if same else np.inf, path)
        else:
            yield Difference(kind, relative(recorded[path], computed[path], kind), path)
    yield from minimiser_differences(case, recorded, programs)
