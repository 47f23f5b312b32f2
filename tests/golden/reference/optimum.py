# SPDX-License-Identifier: Apache-2.0
"""The optimum of the sampled program by an interior-point method, with the bound that proves it.

The cases in the repository have what CVXPY found with Clarabel. This is another method: Newton
steps on

    F(w) = fit + sum over blocks of N(|w|) + sum over patches of H(c y.w),

where N and H are the group norm and the hinge (or the sign constraint) as cones with logarithmic
barriers, whose inner variables are solved for, so that w alone is left. As the barriers' weight mu
shrinks, F's minimum tends to the program's, and mu over the distance to each barrier is a
multiplier. Scaled, the multipliers are feasible in the Lagrange dual, so every point has a lower
bound of its own (docs/theory.md, The certificate).
"""

import numpy as np

from reference import networks

GAP = 1e-9  # the relative gap at which the method ends
STEPS = 60  # Newton's, for each weight of the barrier


class Program:
    """min over w (2P, d), first the rows w_prime and then w, of fit + 2 beta sum |w| + rho hinge.

    rho is None for the constraints c y.w >= 0 in place of the hinge.
    """

    def __init__(self, problem, g, rho):
        q, c = networks.gates(problem.y, g, problem.lam)
        self.x, self.beta, self.rho = problem.x, problem.beta, rho
        self.shape = (2 * len(g), g.shape[1])
        signed = np.concatenate([q, -q], axis=1)  # (I, 2P)
        self.design = (signed[:, :, None] * problem.y[:, None, :]).reshape(len(problem.x), -1)
        used = c if rho != 0 else np.zeros_like(c)
        # For each of the 2P rows: c y of the patches whose gate is open, (patches, d).
        self.sides = [c_j[c_j != 0, None] * problem.y[c_j != 0] for c_j in np.tile(used.T, (2, 1))]
        self.gram = self.design.T @ self.design
        self.inside = np.tile(g, (2, 1)) / 10  # strictly feasible: c y.g > 0 where the gate is open

    def terms(self, w):
        """fit + group + rho hinge at w; w has to be feasible where there are constraints."""
        residual = self.design @ w.ravel() - self.x
        hinge = sum(np.maximum(0.0, -side @ row).sum() for side, row in zip(self.sides, w))
        group = 2 * self.beta * networks.block_norms(w).sum()
        return residual @ residual + group + (self.rho or 0.0) * hinge

    def value(self, w, mu):
        """F at w; infinite where a constraint is not strictly met."""
        residual = self.design @ w.ravel() - self.x
        sides = [side_value(side @ row, mu, self.rho) for row, side in zip(w, self.sides)]
        norms = [norm_barrier(row, mu, self.beta)[0] for row in w]
        return residual @ residual + sum(sides) + sum(norms)

    def derivatives(self, w, mu):
        """F's gradient (2P d) and Hessian (2P d, 2P d), and the lower bound of w's multipliers."""
        residual = self.design @ w.ravel() - self.x
        blocks = (2 * self.design.T @ residual).reshape(self.shape)  # of fit and hinge alone
        gradient, hessian = np.zeros(self.shape), 2 * self.gram
        for j, (row, side) in enumerate(zip(w, self.sides)):
            at = slice(j * self.shape[1], (j + 1) * self.shape[1])
            slope, curvature = side_derivatives(side @ row, mu, self.rho)
            _, direction, matrix = norm_barrier(row, mu, self.beta)
            blocks[j] += side.T @ slope
            gradient[j] = blocks[j] + direction
            hessian[at, at] += matrix + side.T @ (curvature[:, None] * side)
        largest = networks.block_norms(blocks).max()
        most = 1.0 if self.rho else np.inf
        bound = networks.scaled_bound(-2 * residual, self.x, largest, self.beta, most)[1]
        return gradient.ravel(), hessian, bound


def hinge_distances(t, mu, rho):
    """(e, e + t) where rho e - mu log e - mu log(e + t) is least, without subtracting numbers that
    are nearly equal."""
    size = np.abs(rho * t)
    root = np.hypot(size, 2 * mu)
    near = (2 * mu + 4 * mu * mu / (root + size)) / (2 * rho)
    far = (2 * mu + root + size) / (2 * rho)
    return np.where(t > 0, near, far), np.where(t > 0, far, near)


def side_value(t, mu, rho):
    """The barrier's terms of a block, t = c y.w: -mu log t, or with a hinge its least over e."""
    if len(t) == 0:
        return 0.0
    if rho is None:
        return -mu * np.log(t).sum() if t.min() > 0 else np.inf
    e, shifted = hinge_distances(t, mu, rho)
    return (rho * e - mu * np.log(e) - mu * np.log(shifted)).sum()


def side_derivatives(t, mu, rho):
    """First and second derivatives of each of these terms; the first is minus the multiplier."""
    if rho is None or len(t) == 0:
        return -mu / t, mu / (t * t)
    e, shifted = hinge_distances(t, mu, rho)
    return -mu / shifted, mu / (e * e + shifted * shifted)


def norm_barrier(w, mu, beta):
    """Value, gradient (d), Hessian (d, d) of the least over s of 2 beta s - mu log(s^2 - |w|^2)."""
    square = w @ w
    s = (mu + np.sqrt(mu * mu + 4 * beta * beta * square)) / (2 * beta)
    room = mu * s / beta  # s^2 - |w|^2
    factor = 2 * mu / room  # = 2 beta / s
    change = -2 * beta * factor / (s * (2 * beta * s - mu))  # the factor's gradient is change * w
    hessian = factor * np.eye(len(w)) + change * np.outer(w, w)
    return 2 * beta * s - mu * np.log(room), factor * w, hessian


def descend(program, w, mu):
    """Newton steps with a backtracking line search to the minimum of F for this mu."""
    for _ in range(STEPS):
        value = program.value(w, mu)
        gradient, hessian, _ = program.derivatives(w, mu)
        step = -np.linalg.solve(hessian, gradient)
        decrement = -gradient @ step
        length = 1.0
        while length > 1e-12:
            trial = w + length * step.reshape(w.shape)
            if program.value(trial, mu) <= value - 0.1 * length * decrement:
                break
            length /= 2
        else:
            return w  # rounding is all that is left
        w = trial
        if decrement < 0.01 * mu:
            return w
    return w


def solve(problem, g, rho):
    """(objective, w, w_prime, relative gap) of the sampled program; see Program for rho."""
    program = Program(problem, g, rho)
    w = program.inside.copy()
    mu, best = 1.0, (np.inf, w)
    bound = 0.0
    for _ in range(40):
        w = descend(program, w, mu)
        best = min(best, (program.terms(w), w), key=lambda found: found[0])
        bound = max(bound, program.derivatives(w, mu)[2])
        if best[0] - bound <= GAP * best[0]:
            break
        mu /= 8
    half = len(g)
    return best[0], best[1][half:], best[1][:half], (best[0] - bound) / best[0]
