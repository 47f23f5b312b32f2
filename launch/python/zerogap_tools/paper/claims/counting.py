# SPDX-License-Identifier: Apache-2.0
"""Claims about the number of sign patterns, and patterns of figure 1's data with their representatives."""

import functools
import math

import numpy as np

from zerogap_tools.paper.claims.claim import FAILS, HOLDS, Claim

FIGURE1 = np.array([[-2.0, 1], [-1, 1], [0, 1], [1, 1], [2, 1]]), np.array([1.0, -1, -1, -1, 1])
LAMBDA = 0.1
PAPER = {"images": 600, "side": 28, "m": 3}  # the paper's images; m is not published


def signs(patches, filters, lam):
    """Sign patterns (n, I) of filters (n, d): -1, 0 or 1 for each patch."""
    activations = filters @ patches.T
    return (np.sign(activations) * (np.abs(activations) > lam)).astype(np.int8)


def grid_of_filters(longest, angles=1200, lengths=600):
    """Filters (n, 2) over all directions, of lengths from 0.001 to `longest`, equally spaced in the logarithm."""
    angle = (np.arange(angles) + 0.5) * (2 * np.pi / angles)
    length = np.geomspace(1e-3, longest, lengths)
    return np.stack([np.outer(length, np.cos(angle)).ravel(), np.outer(length, np.sin(angle)).ravel()], 1)


def patterns(patches, lam, filters):
    """{pattern: indices into `filters`} of all that occur, the pattern without an open gate left out."""
    found = signs(patches, filters, lam)
    unique, which = np.unique(found, axis=0, return_inverse=True)
    which = which.reshape(-1)
    return {tuple(row): np.flatnonzero(which == at) for at, row in enumerate(unique.tolist()) if any(row)}


@functools.cache
def figure1_patterns():
    """Sign patterns on figure 1's data, with that of no open gate."""
    return 1 + len(patterns(FIGURE1[0], LAMBDA, grid_of_filters(1e4)))


def at_most(units, rank):
    """Regions of an arrangement of `units` hyperplanes: sum_(j<=rank) C(units, j) (Lemma 4 for one layer)."""
    return sum(math.comb(units, j) for j in range(rank + 1))


def eq74(patches, rank):
    return 3 * sum(math.comb(patches - 1, j) for j in range(rank))


def right_side(patches, rank):
    return 3 * rank * (math.e * (patches - 1) / rank) ** rank


def parallel(patches, rank):
    """sum_(j<=r) 2^j C(I, j): each patch has two parallel hyperplanes."""
    return sum(2**j * math.comb(patches, j) for j in range(rank + 1))


def log10_of(number):
    return math.log10(number) if number < 1e300 else len(str(number)) - 1 + math.log10(int(str(number)[:15]) / 1e14)


def eq73():
    counted = figure1_patterns()
    m3 = at_most(9, 9)
    return Claim(
        "Eq. 73",
        '"Consider m hyperplanes": the number of regions is at most sum_(j<=rank Y) C(m^2, j)',
        FAILS,
        [
            f"figure 1's data (I = 5, two numbers a patch, rank 2): {at_most(2, 2)}, and there are {counted} patterns",
            f"m = 3: {m3}, for any number of patches",
        ],
        {"says": at_most(2, 2), "counted": counted, "m3": m3},
        why="m in the text and m^2 in the formula, where Y has I rows with two hyperplanes each; the text calls it equal to Eq. 74",
    )


def eq74_claim():
    y, lam, rank = np.array([[1.0], [2.0]]), 1.0, 1
    found = sorted({tuple(row) for row in signs(y, np.linspace(-3, 3, 6001)[:, None], lam).tolist()})
    counted = figure1_patterns()
    patches = PAPER["images"] * PAPER["side"] ** 2
    said, bound = log10_of(eq74(patches, 9)), log10_of(parallel(patches, 9))
    return Claim(
        "Eq. 74",
        "for Y of full rank at most 3 sum_(j<r) C(I-1, j) <= 3r (e(I-1)/r)^r regions",
        FAILS,
        [
            f"Y = (1, 2), lambda = 1: Eq. 74 says {eq74(2, rank)}, there are {len(found)}: {' '.join(map(str, found))}; sum_(j<=r) 2^j C(I, j) = {parallel(2, rank)}",
            f"figure 1's data: Eq. 74 says {eq74(5, 2)}, there are {counted} (in general position {parallel(5, 2)})",
            f"600 images of 28 x 28 with m = 3: the sum is 10^{said:.2f}, in general position there are 10^{bound:.2f}: of degree r in I, not r - 1",
            f"the right side, of degree r too: {right_side(2, 1):.2f}, {right_side(5, 2):.0f} and 10^{math.log10(right_side(patches, 9)):.2f}, too small for the last only",
        ],
        {"paper": eq74(2, rank), "patterns": len(found), "ours": parallel(2, rank), "counted": counted, "said": said, "bound": bound},
        why="each patch has two parallel hyperplanes; Lemma 4 applied to both does hold (next)",
    )


def lemma4():
    small, figure1 = at_most(2 * 2, 1), at_most(2 * 5, 2)
    return Claim(
        "Lemma 4, Eq. 16",
        "the number of regions of L layers of rectified linear units is at most a sum of products of binomials",
        HOLDS,
        [
            f"for soft-thresholding take 2I units in one layer, sum_(j<=r) C(2I, j): Y = (1, 2) gives {small} and has 5 patterns",
            f"figure 1's data: {figure1}, where parallel lines leave at most {parallel(5, 2)}, and {figure1_patterns()} occur",
        ],
        {"small": small, "figure1": figure1},
        why="it is of rectifier networks; here a unit for each hyperplane y'u = lambda and y'u = -lambda serves",
    )


ALL = (eq73, eq74_claim, lemma4)
