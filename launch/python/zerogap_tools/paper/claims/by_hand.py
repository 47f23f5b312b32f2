# SPDX-License-Identifier: Apache-2.0
"""Claims that one or two numbers decide, by formulas and grids."""

import math

import numpy as np

from zerogap_tools.paper.claims.claim import CONDITION, FAILS, Claim
from zerogap_tools.paper.claims.counting import FIGURE1, LAMBDA
from zerogap_tools.predictions import soft


def gate(a, lam):
    """q = max(0, 1 - lambda/|a|), 0 at a = 0."""
    return max(0.0, 1 - lam / abs(a)) if a else 0.0


def least(function, low, high, points=200_001):
    """The least value on a grid, and where."""
    grid = np.linspace(low, high, points)
    values = function(grid)
    at = int(np.argmin(values))
    return float(values[at]), float(grid[at])


def one_filter(outputs, x, beta):
    """min over v of |c v - x|^2 + 2 beta |v| for each row c of outputs (..., I): the exact optimum."""
    inner, size = outputs @ x, (outputs**2).sum(-1)
    gain = np.maximum(np.abs(inner) - beta, 0.0)
    return float(x @ x) - np.divide(gain**2, size, out=np.zeros_like(size), where=size > 0)


def decay_optimum(lam, beta):
    """min over u, v of (tau_lambda(u) v - 1)^2 + beta (u^2 + v^2), Y = x = 1; v is solved for."""

    def value(u):
        t = soft(u, lam)
        return beta / (t * t + beta) + beta * u * u

    return least(value, 0, 10)


def overlapping_sets():
    a, lam = 0.5, 1.0
    first, second, third = (a + lam) / a, 0.0, (a - lam) / a
    return Claim(
        "Eq. 7 to 9, 22, 24",
        "S_1 is the union of H_1 and H_2, S_2 is H_2, S_3 the union of H_2 and H_3, and Q^S = Q^S1 + Q^S2 + Q^S3",
        FAILS,
        [f"y'u = 0.5, lambda = 1 lies in H_2, so in all three: Q_ii = {first:g} + {second:g} + ({third:g}) = {first + second + third:g}, where soft-thresholding has {gate(a, lam):g}"],
        {"sum": first + second + third, "gate": gate(a, lam)},
        why="as printed; \"the same transformation as the soft threshold function\" (after Eq. 42) needs S_1 and S_3 without H_2",
    )


def rescaling():
    y, lam, beta, u, v, eps = 1.0, 1.0, 0.1, 2.0, 1.0, 0.5
    before, after = soft(y * u, lam) * v, soft(y * u * eps, lam) * v / eps
    decay, at = decay_optimum(lam, beta)
    ball, _ = least(lambda w: (soft(w, lam) - 1) ** 2, -1, 1)  # |u| <= 1: nothing passes lambda, so v = 0 costs nothing
    # z = 2(x - pred) and D = s z - s^2 z^2/4 with |s| sup_t |tau_t(z)| <= 2 beta; sup is |z|, so s z <= 2 beta
    bound = 2 * beta - beta**2
    return Claim(
        "Theorem 2, Eq. 25, 26, 48",
        '"the scaling has no effect on the network output", so Eq. 20 and Eq. 26 have one optimum',
        FAILS,
        [
            f"Y = [1], lambda = 1, u = 2, v = 1: output {before:g}; with eps = 1/2: output {after:g}",
            f"Y = [1], x = [1], lambda = 1, beta = 0.1: Eq. 20 has the optimum {decay:.5f} (u = {at:.3f}), Eq. 26 has {ball:g}",
            f"the bound of Eq. 20 is {bound:g}, for any number of filters: its gap is not zero",
        ],
        {"before": before, "after": after, "decay": decay, "ball": ball, "bound": bound},
        why="soft-thresholding with a fixed lambda is not positively homogeneous",
    )


def active_norms():
    y, x, lam, beta = np.array([1.0, 2.0]), np.array([0.0, 1.0]), 0.5, 0.01
    ball, at = least(lambda u: one_filter(soft(np.outer(u, y), lam), x, beta), -1, 1)
    sphere = float(one_filter(soft(y[None], lam), x, beta)[0])
    return Claim(
        "Appendix A",
        '"all the constraints that correspond to a nonzero v_k must be active for an optimal solution"',
        FAILS,
        [
            f"Y = (1, 2), x = (0, 1), lambda = 0.5, beta = 0.01: {ball:.4f} with one filter of |u| = {abs(at):.2f} in the ball",
            f"on the sphere |u| = 1 all filters are u = 1 or -1, and the optimum is {sphere:.4f}",
        ],
        {"ball": ball, "at": abs(at), "sphere": sphere},
        why="a shorter filter passes the threshold on fewer patches",
    )


def sum_inside():
    y, x, lam, beta = 2.0, 1.0, 1.0, 0.1
    most = soft(y, lam)  # of |tau(y u)| over |u| <= 1
    primal = 1 - (1 - beta / most) ** 2 if most > beta else x * x

    def dual(filters):
        z = min(2 * x, 2 * beta / (filters * most))
        return x * x - (z - 2 * x) ** 2 / 4

    return Claim(
        "Eq. 35, 36",
        "the constraint z' sum_k tau(Y u_k) <= 2 beta, where Eq. 27 has z' tau(Y u_k) <= 2 beta",
        FAILS,
        [
            f"Y = [2], x = [1], lambda = 1, beta = 0.1: Eq. 26 and Eq. 27 have {primal:.4g} and {dual(1):.4g}",
            f"Eq. 36 has {dual(2):.4g} with K = 2 filters and {dual(16):.4g} with 16: the sum makes the dual smaller",
        ],
        {"primal": primal, "one": dual(1), "two": dual(2)},
        why="as printed; Eq. 34 separates over k, and Eq. 27, 40 and 43 have no sum",
    )


def exchange():
    (patches, x), beta = FIGURE1, 0.01
    angle, radius = np.meshgrid(np.linspace(0, np.pi, 1501), np.linspace(0, 1, 1001), indexing="ij")
    filters = np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1).reshape(-1, 2)
    one = float(one_filter(soft(filters @ patches.T, LAMBDA), x, beta).min())
    return Claim(
        "Theorem 3, Eq. 33 to 36",
        "the minimum over the filters moves behind the maximum over z; no reason is given",
        CONDITION,
        [
            f"figure 1's data, beta = 0.01, lambda = 0.1: one filter in the ball has the optimum {one:.4f} (a grid of {len(filters):,} filters)",
            "Eq. 27 has 0.4977, which three filters attain (Theorem 1 below); Eq. 31, where the filters are fixed, holds",
        ],
        {"one": one},
        why="enough filters (here three); tau(Yu) is not convex in u, so that no minimax theorem gives it for few",
    )


def missing_minus():
    y, lam, w = 1.0, 0.0, 4.0
    dual = -gate(y * 1.0, lam) * y * w
    u, v = w / math.sqrt(w), math.sqrt(w)
    printed, signed = soft(y * u, lam) * v, soft(y * u, lam) * -v
    lam2 = 0.5
    dual2, signed2 = -gate(y * 1.0, lam2) * y * w, soft(y * u, lam2) * -v
    return Claim(
        "Eq. 46",
        "w* -> u = w*/sqrt|w*|, v = sqrt|w*| gives the optimal solution of the primal",
        FAILS,
        [
            f"Y = [1], lambda = 0, g = 1, w = 4, w' = 0: the dual predicts {dual:g}, the mapped network {printed:g}; with v = -sqrt|w|: {signed:g}",
            f"with lambda = 0.5 the minus alone does not do: the dual predicts {dual2:g}, the mapped network {signed2:g} (another gate)",
        ],
        {"dual": dual, "printed": printed, "signed": signed, "dual2": dual2, "signed2": signed2},
        why="w needs a minus, and the length of u changes the gate",
    )


def orientation():
    y, lam, g, beta = 1.0, 1.0, 2.0, 0.1
    q = gate(y * g, lam)
    side = math.copysign(1.0, y * g) * q * y * g
    right, at = least(lambda w: (q * y * w - 1) ** 2 + 2 * beta * abs(w), 0, 10)  # w' >= 0, w = 0
    printed, elsewhere = least(lambda w: (-q * y * w - 1) ** 2 + 2 * beta * abs(w), -10, 0)  # w <= 0, w' = 0
    return Claim(
        "Eq. 11, 23",
        "Q^S1 Y w >= 0 and Q^S3 Y w <= 0, where by Eq. 5 and 7 S_1 has y'u <= -lambda and S_3 has y'u >= lambda",
        CONDITION,
        [
            f"Y = [1], lambda = 1, g = 2: s q y g = {side:g}, so g itself is feasible where s q y w >= 0, and not where s q y w <= 0",
            f"x = [1], beta = 0.1: optimum {right:.4f} at w' = {at:.2f}, and with <= {printed:.4f} at w = {elsewhere:.2f}",
        ],
        {"side": side, "right": right, "printed": printed},
        why="the line after Eq. 9 names the sets the other way round, and with it they are right; with Eq. 5 and 7 the optimal value is the same, as w and w' swap roles",
    )


def gates():
    y, lam, beta = 1.0, 1.0, 0.1
    rows = []
    for g in (2.0, 4.0, 40.0, 4000.0):
        q = gate(y * g, lam)
        rows.append((g, q, 1 - max(0.0, 1 - beta / q) ** 2))  # min over w' of (q w' - 1)^2 + 2 beta |w'|
    limit = 1 - (1 - beta) ** 2
    return Claim(
        "Theorem 4, Eq. 37 to 44",
        'the dual "can be represented as a standard finite-dimensional program", read as one Q^S for each sign pattern',
        FAILS,
        [
            "Y = [1], x = [1], lambda = 1, beta = 0.1, one block, always of the pattern (+):",
            "; ".join(f"g = {g:g}: q = {q:.5g}, optimum {value:.5f}" for g, q, value in rows),
            f"the infimum over all blocks, {limit:g}, is that of q = 1, which no g attains",
        ],
        {"values": [row[2] for row in rows], "limit": limit},
        why="the gate varies within a pattern, so that blocks are a continuum",
    )


ALL = (overlapping_sets, rescaling, active_norms, exchange, sum_inside, gates, orientation, missing_minus)
