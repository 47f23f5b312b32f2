# SPDX-License-Identifier: Apache-2.0
"""The optimum over networks of any number of filters (docs/theory.md, section 7.1), for patches of
one or two numbers:

    minimise |sum_k theta_k c_k - x|^2 + 2 beta sum_k theta_k over theta >= 0

where the columns are any of the form's: c = +-tau_t(Y u) with

    product   |u| = 1 and any t >= 0 (t = 0 alone if lambda = 0)
    relative  |u| = 1 and t = lambda
    ball      |u| <= 1 and t = lambda

Found by column generation on a grid of the angle of u. Nothing else needs one: z'tau_t(Yu) is
piecewise linear in t, with kinks at |y_i.u|, and for fixed t in u, so that within the disc it is
greatest at a corner, where |y_i.u| = |y_j.u| = lambda, unless it is on the circle.

Proved, up to rounding, by D(s) = s z'x - s^2 |z|^2/4 for |s| <= 2 beta/M, where no |z'c| exceeds M.
M is the greatest value at a grid's angles plus what |z'c| can rise between them (rises()); the grid
becomes finer where that is not enough. None of this is how zerogap searches or proves.
"""

from dataclasses import dataclass

import numpy as np

FORMS = ("product", "ball", "relative")
ANGLES = 2048  # of the grid, over half a turn: columns are odd in u
FINEST = 1e-14  # distance of angles at which a maximum counts as found
ROUNDS = 200
GAP = 1e-11  # relative, where column generation ends
PROOF = 1e-10  # relative, how far M may exceed what is attained
DEPENDENT = 1e-12  # a column that is a sum of others but for this share of its length


@dataclass
class Toy:
    """Patches (I, d) with d = 1 or 2, target (I)."""

    y: np.ndarray
    x: np.ndarray
    lam: float
    beta: float


@dataclass
class Optimum:
    upper: float  # the objective of these masses
    lower: float  # proved
    masses: np.ndarray
    thresholds: np.ndarray  # of the atoms, whose direction has length 1


def responses(toy, angles):
    """Y u, (I, n)."""
    return toy.y @ np.stack([np.cos(angles), np.sin(angles)])[: toy.y.shape[1]]


def soft(a, t):
    return np.sign(a) * np.maximum(np.abs(a) - t, 0.0)


def kinks(toy, form, a):
    """The thresholds that matter on the circle, (k, n): k = I + 1 if t is free, else 1."""
    if form != "product":
        return np.full((1, a.shape[1]), toy.lam)
    return np.vstack([np.zeros(a.shape[1]), np.abs(a) if toy.lam > 0 else np.zeros((0, a.shape[1]))])


def values(toy, form, z, angles):
    """z'c of every kink at every angle, (k, n)."""
    a = responses(toy, angles)
    return np.stack([z @ soft(a, t) for t in kinks(toy, form, a)])


def corners(toy, form):
    """Filters within the disc, (n, d), where |y_i.u| = |y_j.u| = lambda; for d = 1, one of them."""
    d = toy.y.shape[1]
    if form != "ball" or toy.lam == 0:
        return np.zeros((0, d))
    if d == 1:
        at = [[toy.lam / abs(y)] for y in toy.y[:, 0] if y]
    else:
        at = [np.linalg.solve(np.stack([p, q]), [toy.lam, sign * toy.lam])
              for i, p in enumerate(toy.y) for q in toy.y[:i] for sign in (1, -1)
              if abs(p[0] * q[1] - p[1] * q[0]) > 1e-12]  # fmt: skip
    return np.array([u for u in at if np.linalg.norm(u) < 1]).reshape(-1, d)


def climb(toy, form, z, angle, width):
    """The best angle within `width` of one, by finer and finer grids."""
    while width > FINEST:
        near = angle + width * np.linspace(-1, 1, 33)
        angle = near[np.argmax(np.abs(values(toy, form, z, near)).max(0))]
        width /= 8
    return angle


def peaks(toy, form, z):
    """Angles of the local maxima that can be above 2 beta."""
    if toy.y.shape[1] == 1:
        return np.zeros(1)
    width = np.pi / ANGLES
    angles = width * np.arange(ANGLES)
    value = np.abs(values(toy, form, z, angles)).max(0)
    top = (value >= np.roll(value, 1)) & (value >= np.roll(value, -1))
    top &= value + steepest(toy, z) * width > 2 * toy.beta
    return np.array([climb(toy, form, z, angle, width) for angle in angles[top]])


def steepest(toy, z):
    """|z'c| changes by at most so much a radian."""
    return np.abs(z) @ np.linalg.norm(toy.y, axis=1)


def candidates(toy, form, z):
    """Columns (I, n) that may be worth adding, and the thresholds of their atoms."""
    a = responses(toy, peaks(toy, form, z))
    inner = corners(toy, form)
    columns = [soft(a, t) for t in kinks(toy, form, a)] + [soft(toy.y @ inner.T, toy.lam)]
    thresholds = [*kinks(toy, form, a), toy.lam / np.linalg.norm(inner, axis=1)]
    columns, thresholds = np.hstack(columns), np.concatenate(thresholds)
    return columns * np.sign(z @ columns), thresholds


def rises(toy, form, z, angles, width):
    """How much |z'c| can rise within width/2 of an angle, (k, n). In one kink's column, with t = |a_j|, the
    patches that are above t in all of that interval have a derivative and a bounded second one; those that
    may cross t change by no more than |a_i| - t does; the others stay at 0."""
    half, norm = width / 2, np.linalg.norm(toy.y, axis=1)
    a, slope = responses(toy, angles), responses(toy, angles + np.pi / 2)
    sign = np.where(np.abs(a) > norm[:, None] * half, np.sign(a), 0.0)  # 0: may change
    found = []
    for j, t in enumerate(kinks(toy, form, a), -1):
        y_t = np.zeros(2) if j < 0 else toy.y[j]
        sign_t, slope_t = (np.ones_like(t), 0.0) if j < 0 else (sign[j], sign[j] * slope[j])
        known = (sign != 0) & (sign_t != 0)
        signed = sign[:, :, None] * toy.y[:, None, :] - sign_t[None, :, None] * y_t
        rate = np.where(known, np.linalg.norm(signed, axis=2), (norm + np.linalg.norm(y_t))[:, None])
        above = known & (np.abs(a) - t > rate * half)
        crossing = ~above & (np.abs(a) - t >= -rate * half)
        if form == "product" and j < 0:  # t = 0: the column is linear in u
            above, crossing = np.ones_like(above), np.zeros_like(crossing)
        first = np.abs(z @ np.where(above, slope - sign * slope_t, 0.0))
        loose = np.abs(z) @ np.where(crossing, rate, 0.0)
        curved = np.abs(z) @ (norm + np.linalg.norm(y_t))
        found.append((first + loose) * half + curved * half**2 / 2)
    return np.stack(found)


def proved_maximum(toy, form, z):
    """M: no |z'c| of the form's columns is greater."""
    best = np.abs(z @ soft(toy.y @ corners(toy, form).T, toy.lam)).max(initial=0.0)
    if toy.y.shape[1] == 1:
        return max(best, np.abs(values(toy, form, z, np.zeros(1))).max())
    width, beyond = np.pi / ANGLES, best
    angles = width * (np.arange(ANGLES) + 0.5)
    while len(angles):
        value = np.abs(values(toy, form, z, angles))
        bound = (value + rises(toy, form, z, angles, width)).max(0)
        best = max(best, value.max())
        done = bound <= best * (1 + PROOF)
        beyond = max(beyond, bound[done].max(initial=0.0))
        width /= 2
        angles = np.concatenate([angles[~done] - width / 2, angles[~done] + width / 2])
    return max(best, beyond)


def fit_masses(columns, x, beta):
    """theta >= 0 that minimises |C theta - x|^2 + 2 beta sum theta, for C (I, n): an active-set method."""
    theta, used = np.zeros(columns.shape[1]), []
    rounding = 1e-14 * np.linalg.norm(x) * np.linalg.norm(columns, axis=0).max()
    while True:
        slope = columns.T @ (x - columns @ theta) - beta
        slope[used] = 0.0
        new = int(np.argmax(slope))
        if slope[new] <= rounding:
            return theta
        others = columns[:, used]
        shares = np.linalg.lstsq(others, columns[:, new], rcond=None)[0] if used else np.zeros(0)
        rest = np.linalg.norm(columns[:, new] - others @ shares)
        if rest <= DEPENDENT * np.linalg.norm(columns[:, new]):
            # The same prediction for less mass, until one of the others has none left.
            steps = np.full(len(used), np.inf)
            steps[shares > 0] = theta[used][shares > 0] / shares[shares > 0]
            theta[used] -= steps.min() * shares
            theta[new], gone = steps.min(), int(np.argmin(steps))
            theta[used[gone]] = 0.0
            used[gone] = new
        else:
            used.append(new)
        descend(columns, x, beta, theta, used)


def descend(columns, x, beta, theta, used):
    """Moves theta to the minimum over `used`; those that become 0 leave it."""
    while used:
        q, r = np.linalg.qr(columns[:, used])
        wanted = np.linalg.solve(r, q.T @ x - np.linalg.solve(r.T, np.full(len(used), beta)))
        if wanted.min() > 0:
            theta[used] = wanted
            return
        now = theta[used]
        shrinks = wanted <= 0
        step = (now[shrinks] / (now[shrinks] - wanted[shrinks])).min()
        now = now + step * (wanted - now)
        gone = int(np.where(shrinks, now, np.inf).argmin())
        theta[used] = np.maximum(now, 0.0)
        theta[used[gone]] = 0.0
        del used[gone]


def lower_bound(toy, z, maximum):
    squared, along = z @ z, z @ toy.x
    if squared == 0:
        return 0.0
    s = 2 * along / squared
    if maximum > 0:
        s = min(s, 2 * toy.beta / maximum)
    return s * along - s * s * squared / 4


def solve(toy, form):
    """The Optimum; its caller decides whether upper - lower is small enough."""
    columns, thresholds, theta = np.zeros((len(toy.x), 0)), np.zeros(0), np.zeros(0)
    for _ in range(ROUNDS):
        left = toy.x - columns @ theta
        z, upper = 2 * left, left @ left + 2 * toy.beta * theta.sum()
        added, t = candidates(toy, form, z)
        pull = z @ added
        worth = pull > 2 * toy.beta
        if not worth.any() or upper - lower_bound(toy, z, pull.max()) <= GAP * upper:
            break
        columns = np.hstack([columns, added[:, worth]])
        thresholds = np.append(thresholds, t[worth])
        theta = fit_masses(columns, toy.x, toy.beta)
        kept = theta > 0
        columns, thresholds, theta = columns[:, kept], thresholds[kept], theta[kept]
    lower = lower_bound(toy, z, proved_maximum(toy, form, z))
    return Optimum(float(upper), float(lower), theta, thresholds)
