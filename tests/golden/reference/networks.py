# SPDX-License-Identifier: Apache-2.0
"""Values, gradients and bounds of the two networks at given weights.

Everything is float64. Shapes, in the letters of docs/theory.md: images (N, n, h), patches y (I, d)
with d = m * m, target x (I), primal weights u (K, d) and v (K), the dual's blocks g and weights w,
w_prime (P, d). Objectives are in squared pixel values, summed over patches.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Problem:
    """What both networks are trained on: patches, target, weights of the objective's terms."""

    y: np.ndarray  # (I, d)
    x: np.ndarray  # (I)
    lam: float  # soft threshold, in pixel values
    beta: float  # of the decay and of the group norm
    rho: float  # of the hinge


def cut_patches(images, m):
    """Images (N, n, h) to patches (N n h, m m): stride 1, zero padding, each window row by row."""
    count, rows, columns = images.shape
    r = m // 2
    padded = np.zeros((count, rows + 2 * r, columns + 2 * r))
    padded[:, r : r + rows, r : r + columns] = images
    windows = np.lib.stride_tricks.sliding_window_view(padded, (m, m), axis=(1, 2))
    return windows.reshape(count * rows * columns, m * m).copy()


def soft_threshold(a, lam):
    """tau_lam(a) = sign(a) max(|a| - lam, 0)"""
    return np.sign(a) * np.maximum(np.abs(a) - lam, 0.0)


def gates(y, g, lam):
    """The blocks' gates q and signed gates c = s q, (I, P) each; 0 where y.g is 0."""
    a = y @ g.T
    size = np.abs(a)
    q = np.zeros_like(a)
    open_ = size > lam
    q[open_] = 1.0 - lam / size[open_]
    return q, np.sign(a) * q


def primal(problem, u, v):
    """The decay network: prediction, terms of the objective, gradients of the objective."""
    a = problem.y @ u.T
    activation = soft_threshold(a, problem.lam)
    residual = activation @ v - problem.x
    fit = residual @ residual
    reg = problem.beta * (np.sum(u * u) + np.sum(v * v))
    passes = np.abs(a) > problem.lam
    return {
        "pred": residual + problem.x,
        "fit": fit,
        "reg": reg,
        "objective": fit + reg,
        "grad_u": 2 * v[:, None] * ((passes * residual[:, None]).T @ problem.y)
        + 2 * problem.beta * u,
        "grad_v": 2 * activation.T @ residual + 2 * problem.beta * v,
    }


def hinge_slopes(t, width):
    """Slopes in [0, 1] of max(0, -t), up to the sign; a width > 0 makes the step at 0 a ramp that
    reaches 1 at t = -width."""
    return (t < 0).astype(float) if width == 0 else np.clip(-t / width, 0.0, 1.0)


def scaled_bound(z, x, largest, beta, most=np.inf):
    """(s, D(s)) for the best s of D(s) = s z.x - s^2 |z|^2 / 4, which is a lower bound of the
    sampled program where |s| largest <= 2 beta and |s| <= most."""
    length = z @ z
    if length == 0:
        return 0.0, 0.0
    cap = min(2 * beta / largest if largest > 0 else np.inf, most)
    s = float(np.clip(2 * (z @ x) / length, -cap, cap))
    return s, s * (z @ x) - s * s * length / 4


def dual(problem, g, w, w_prime, width=0.0):
    """The sampled dual: prediction, terms of the objective, gradients of fit + rho hinge, bound.

    `width` smooths the hinge's slopes in the gradients and so in the bound, never in the values.
    """
    q, c = gates(problem.y, g, problem.lam)
    b, b_prime = problem.y @ w.T, problem.y @ w_prime.T
    pred = np.sum(q * (b_prime - b), axis=1)
    residual = pred - problem.x
    fit = residual @ residual
    group = 2 * problem.beta * (block_norms(w).sum() + block_norms(w_prime).sum())
    violation = np.maximum(0.0, -c * b), np.maximum(0.0, -c * b_prime)
    hinge = violation[0].sum() + violation[1].sum()

    def gradient(sign, own):
        slopes = problem.rho * c * hinge_slopes(c * own, width)
        return (sign * 2 * q * residual[:, None] - slopes).T @ problem.y

    grad_w, grad_w_prime = gradient(-1.0, b), gradient(1.0, b_prime)
    largest = max(block_norms(grad_w).max(), block_norms(grad_w_prime).max())
    most = 1.0 if problem.rho > 0 else np.inf
    scale, bound = scaled_bound(-2 * residual, problem.x, largest, problem.beta, most)
    return {
        "pred": pred,
        "fit": fit,
        "group": group,
        "hinge": hinge,
        "d3": fit + group,
        "objective": fit + group + problem.rho * hinge,
        "max_violation": max(violation[0].max(), violation[1].max()),
        "grad_w": grad_w,
        "grad_w_prime": grad_w_prime,
        "max_block_norm": largest,
        "scale": scale,
        "lower_bound": bound,
    }


def block_norms(w):
    """Euclidean norms of the rows, (P)."""
    return np.sqrt(np.sum(w * w, axis=1))


def mapped_filters(g, w, w_prime, keep_gate):
    """Dual weights as primal filters (u, v): those of w_prime, then those of w, none for zero rows.

    |u| is the square root of the block's norm (Eq. 46, with the minus sign that it lacks), or |g|.
    """
    u, v = [], []
    for weights, sign in ((w_prime, 1.0), (w, -1.0)):
        norm = block_norms(weights)
        alive = norm > 0
        length = (block_norms(g) if keep_gate else np.sqrt(norm))[alive]
        u.append(weights[alive] * (length / norm[alive])[:, None])
        v.append(sign * norm[alive] / length)
    return np.concatenate(u), np.concatenate(v)


def embedded_blocks(u, v):
    """A primal network as a point of the sampled program: blocks g = u and weights w, w_prime."""
    return u, np.maximum(-v, 0.0)[:, None] * u, np.maximum(v, 0.0)[:, None] * u
