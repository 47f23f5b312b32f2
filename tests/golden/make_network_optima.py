#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/golden/network_optima.json: optima over networks of any number of filters, on toys.

    make_network_optima.py FILE           writes them
    make_network_optima.py --check FILE   computes them again and compares; writes nothing

tests/golden/README.md says what FILE holds. Needs NumPy, nothing of zerogap. Exit codes: 0 done or
the same, 1 different, or a toy that is not what it is for, 77 NumPy is missing.
"""

import argparse
import json
import os
import pathlib
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices; and sums in one order
try:
    import numpy as np
except ImportError as missing:
    print(f"SKIPPED golden_network_optima: needs a Python with NumPy ({missing}); run launch/setup")
    sys.exit(77)

from reference import atoms

PROVED = 1e-9  # relative distance of upper and lower
ROUNDING = 1e-13  # relative, by which lower may exceed upper
SAME = 2e-9  # relative difference of two computations
AT_ZERO = 1e-9  # thresholds below are 0


def fan(degrees, lengths=(1.0,)):
    """Patches at these angles, of these lengths in turn."""
    angles = np.radians(degrees)
    length = np.resize(lengths, len(angles))
    return np.round(np.stack([np.cos(angles), np.sin(angles)], 1) * length[:, None], 3)


def planted(y, parts):
    """The sum of mass * tau_t(Y e), each part (degrees, t, mass)."""
    return np.round(sum(mass * atoms.soft(y @ fan([at])[0], t) for at, t, mass in parts), 3)


def toys():
    """name, what it is for, Toy."""
    ring = fan(np.arange(0, 180, 15), (1.0, 1.6, 0.7))
    mixed = np.array([1.0, -0.4, 0.8, -1.2, 0.3, 0.9, -0.7, 1.1, -0.2, 0.6, -1.0, 0.5])
    row = np.array([[-1.0], [0.5], [2.0], [1.2], [-0.3], [0.9], [-1.7], [0.1], [2.4]])
    steep = np.array([0.2, 0.0, 1.9, 0.1, 0.3, 0.1, -1.0, 0.2, 3.0])
    figure6 = np.array([[-1.0, 1.0], [2.0, 1.0], [0.0, 1.0], [1.0, 1.0], [2.0, 1.0]])
    narrow = fan([40, 41, 42.5, 43, 44, 46, 47, 48.5], (1.0, 1.1, 0.9))
    twice = np.repeat(fan([10, 70, 130]), 2, axis=0) * np.array([1, -1, 1, 1, -1, 1])[:, None]
    lines = [
        ("one", "the smallest there is; all mass at t = 0", [[1.0]], [1.0], 1.0, 0.1),
        ("row", "patches of one number, a target of both signs", row, steep, 0.4, 0.05),
        ("figure6", "the paper's figure 6 with ones", figure6, [2.0, 1.0, 2.0, 1.0, 2.0], 0.1, 0.01),
        ("correlated", "rows that point nearly the same way", narrow,
         [0.9, 0.2, 1.0, -0.3, 0.5, 1.2, 0.1, 0.7], 0.3, 0.02),
        ("signs", "a target of both signs around the circle", ring, mixed, 0.3, 0.1),
        ("many", "many atoms", ring, mixed, 0.2, 0.002),
        ("linear", "a target that is linear in the patches: mass at t = 0", ring,
         np.round(ring @ [0.7, -1.1], 3), 0.2, 0.05),
        ("planted", "two atoms with t > 0 and their mixture", ring,
         planted(ring, [(25, 0.6, 1.5), (110, 0.35, -2.0)]), 0.35, 0.03),
        ("twice", "equal and opposite rows with different targets", twice,
         [1.0, 0.2, -0.5, 0.7, 0.9, -1.3], 0.25, 0.05),
        ("threshold", "no threshold: filters are linear", ring,
         np.round(ring @ [0.7, -1.1] + 0.2 * mixed, 3), 0.0, 0.1),
        ("barely", "a beta just below the one that leaves nothing", ring, mixed, 0.3, 0.72),
        ("nothing", "a beta that leaves nothing", ring, mixed, 0.3, 6.0),
    ]  # fmt: skip
    for name, purpose, y, x, lam, beta in lines:
        yield name, purpose, atoms.Toy(np.array(y, float), np.array(x, float), lam, beta)


def decay_of_one(toy):
    """The decay network's optimum for Y = [1]. One filter is best: with a_k = |u_k| - lambda the fit depends
    on sum a_k^2 alone, and for that sum_k (lambda + a_k)^2 is least where only one a_k is not 0. So it is
    the least of beta x^2/(a^2 + beta) + beta (lambda + a)^2, and x^2."""

    def value(a):
        return toy.beta * toy.x[0] ** 2 / (a * a + toy.beta) + toy.beta * (toy.lam + a) ** 2

    low, high = 0.0, 10.0
    while high - low > 1e-9:
        grid = np.linspace(low, high, 1001)
        best = grid[np.argmin(value(grid))]
        low, high = max(best - grid[1] + grid[0], 0.0), best + grid[1] - grid[0]
    least = float(min(value((low + high) / 2), toy.x[0] ** 2))
    return {"upper": least, "lower": least}


def optima(name, toy):
    found = {}
    for form in atoms.FORMS:
        one = atoms.solve(toy, form)
        if not -ROUNDING * one.upper <= one.upper - one.lower <= PROVED * one.upper:
            raise SystemExit(f"{name}: {form} was not solved ({one.lower} to {one.upper}); see reference/atoms.py")
        found[form] = {
            "upper": one.upper,
            "lower": one.lower,
            "atoms": len(one.masses),
            "mass": float(one.masses.sum()),
            "mass_at_zero": float(one.masses[one.thresholds < AT_ZERO].sum()),
        }
    if name == "one":
        found["decay"] = decay_of_one(toy)
    return found


def is_what_it_is_for(name, toy, found):
    product, zero = found["product"], toy.x @ toy.x
    return {
        "one": lambda: abs(product["upper"] - 0.19) < 1e-12 and abs(found["decay"]["upper"] - 0.45717) < 5e-6,
        "many": lambda: product["atoms"] >= 6,
        "linear": lambda: product["mass_at_zero"] > 0.5 * product["mass"],
        "planted": lambda: product["mass_at_zero"] == 0 and product["atoms"] >= 2,
        "barely": lambda: 0.98 * zero < found["ball"]["upper"] < zero,
        "nothing": lambda: all(found[form]["upper"] == zero for form in atoms.FORMS),
    }.get(name, lambda: product["atoms"] > 0 and product["upper"] < 0.9 * zero)()


def make():
    for name, purpose, toy in toys():
        found = optima(name, toy)
        if not is_what_it_is_for(name, toy, found):
            raise SystemExit(f"{name} is not what it is for ({purpose}): {found}")
        yield {
            "name": name,
            "purpose": purpose,
            "patches": toy.y.tolist(),
            "target": toy.x.tolist(),
            "lambda": toy.lam,
            "beta": toy.beta,
            "optima": found,
        }


def differences(made, stored):
    for key in ("name", "patches", "target", "lambda", "beta"):
        if made[key] != stored[key]:
            yield f"{key}: {made[key]}, not {stored[key]}"
    for form, now in made["optima"].items():
        for key in ("upper", "lower"):
            then = stored["optima"][form][key]
            if not abs(now[key] - then) <= SAME * now["upper"]:
                yield f"{form} {key}: {now[key]}, not {then}"


def check(file):
    stored, wrong = json.loads(file.read_text()), 0
    for made, then in zip(make(), stored, strict=True):
        found = list(differences(made, then))
        print(f"{made['name']}: {'the same' if not found else '; '.join(found)}", flush=True)
        wrong += bool(found)
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--check", action="store_true", help="compare with FILE, and write nothing")
    given = parser.parse_args()
    if given.check:
        return 1 if check(given.file) else 0
    lines = ",\n".join(" " + json.dumps(case) for case in make())
    given.file.write_text(f"[\n{lines}\n]\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
