# SPDX-License-Identifier: Apache-2.0
"""The paper's claims that do not hold as stated, each with a smallest example, computed on request."""

import math

import numpy as np

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


def decay_optimum(lam, beta):
    """min over u, v of (tau_lambda(u) v - 1)^2 + beta (u^2 + v^2), Y = x = 1; v is solved for."""

    def value(u):
        t = soft(u, lam)
        return beta / (t * t + beta) + beta * u * u

    return least(value, 0, 10)


def rescaling():
    """Theorem 2 rescales (u, v) to (eps u, v/eps) and keeps the output."""
    y, lam, beta, u, v, eps = 1.0, 1.0, 0.1, 2.0, 1.0, 0.5
    before, after = soft(y * u, lam) * v, soft(y * u * eps, lam) * v / eps
    decay, at = decay_optimum(lam, beta)
    ball, _ = least(lambda w: (soft(w, lam) - 1) ** 2, -1, 1)  # |u| <= 1: nothing passes lambda, so v = 0 costs nothing
    # z = 2(x - pred) and D = s z - s^2 z^2/4 with |s| sup_t |tau_t(z)| <= 2 beta; sup is |z|, so s z <= 2 beta
    bound = 2 * beta - beta**2
    return (
        f"Theorem 2: (u, v) -> (eps u, v/eps) leaves the output unchanged\n"
        f"  Y = [1], lambda = 1, u = 2, v = 1: output {before:g}; with eps = 1/2: output {after:g}\n"
        f"  so weight decay and the unit ball are different networks: Y = [1], x = [1], lambda = 1, beta = 0.1 has optimum\n"
        f"  {decay:.5f} with decay (u = {at:.3f}), {ball:g} in the ball, and the decay network's bound is {bound:g}: its gap is not zero\n",
        {"before": before, "after": after, "decay": decay, "ball": ball, "bound": bound},
    )


def missing_minus():
    """Eq. 46 maps w to a filter with a positive output weight, but the dual's prediction subtracts w."""
    y, lam, w = 1.0, 0.0, 4.0
    dual = -gate(y * 1.0, lam) * y * w
    u, v = w / math.sqrt(w), math.sqrt(w)
    printed, signed = soft(y * u, lam) * v, soft(y * u, lam) * -v
    lam2 = 0.5
    dual2, signed2 = -gate(y * 1.0, lam2) * y * w, soft(y * u, lam2) * -v
    return (
        f"Eq. 46: w -> u = w/sqrt|w|, v = +sqrt|w|\n"
        f"  Y = [1], lambda = 0, g = 1, w = 4, w' = 0: the dual predicts {dual:g}, the mapped network {printed:g}; with v = -sqrt|w|: {signed:g}\n"
        f"  with lambda = 0.5 the minus alone does not do: the dual predicts {dual2:g}, the mapped network {signed2:g} (another gate)\n",
        {"dual": dual, "printed": printed, "signed": signed, "dual2": dual2, "signed2": signed2},
    )


def orientation():
    """Eq. 11 and 23 print the sign constraints with the opposite orientation."""
    y, lam, g, beta = 1.0, 1.0, 2.0, 0.1
    q = gate(y * g, lam)
    side = math.copysign(1.0, y * g) * q * y * g
    right, at = least(lambda w: (q * y * w - 1) ** 2 + 2 * beta * abs(w), 0, 10)  # w' >= 0, w = 0
    printed, elsewhere = least(lambda w: (-q * y * w - 1) ** 2 + 2 * beta * abs(w), -10, 0)  # w <= 0, w' = 0
    return (
        f"Eq. 11: the sign constraints' orientation\n"
        f"  Y = [1], lambda = 1, g = 2: s q y g = {side:g}, so g keeps its own side where s q y w >= 0; as printed (<= 0) it is infeasible\n"
        f"  the optimum does not change, because w and w' swap roles: x = [1], beta = 0.1: {right:.4f} at w' = {at:.2f}, as printed {printed:.4f} at w = {elsewhere:.2f}\n"
        f"  (what changes is the primal's own weights, w'_k = v_k u_k, which are feasible only where s q y w >= 0)\n",
        {"side": side, "right": right, "printed": printed},
    )


def count():
    """Eq. 74 counts sign patterns of one hyperplane a sample; soft-thresholding has two."""
    y, lam, rank = np.array([1.0, 2.0]), 1.0, 1
    patterns = sorted({tuple(int(s) for s in np.sign(y * u) * (np.abs(y * u) > lam)) for u in np.linspace(-3, 3, 6001)})
    paper = 3 * sum(math.comb(len(y) - 1, j) for j in range(rank))
    ours = sum(2**j * math.comb(len(y), j) for j in range(rank + 1))
    return (
        f"Eq. 73 and 74: at most 3 sum_(j<r) C(I-1, j) sign patterns\n"
        f"  y = (1, 2), rank 1, lambda = 1: the bound says {paper}, there are {len(patterns)}: {' '.join(map(str, patterns))}; sum_(j<=r) 2^j C(I, j) = {ours}\n",
        {"paper": paper, "patterns": len(patterns), "ours": ours},
    )


def finitely_many():
    """Theorem 4 uses one block for each sign pattern, but the gate varies within a pattern."""
    y, lam, beta = 1.0, 1.0, 0.1
    rows = []
    for g in (2.0, 4.0, 40.0, 4000.0):
        q = gate(y * g, lam)
        rows.append((g, q, 1 - max(0.0, 1 - beta / q) ** 2))  # min over w' of (q w' - 1)^2 + 2 beta |w'|
    text = "; ".join(f"g = {g:g}: q = {q:.5g}, optimum {value:.5f}" for g, q, value in rows)
    limit = 1 - (1 - beta) ** 2
    return (
        f"Theorem 4: finitely many blocks\n"
        f"  Y = [1], x = [1], lambda = 1, beta = 0.1, one block, always of the pattern (+):\n"
        f"  {text}\n"
        f"  the infimum over all blocks, {limit:g}, is that of q = 1, which no g attains\n",
        {"values": [row[2] for row in rows], "limit": limit},
    )


ALL = (rescaling, missing_minus, orientation, count, finitely_many)


def text():
    return "\n".join(claim()[0] for claim in ALL)
