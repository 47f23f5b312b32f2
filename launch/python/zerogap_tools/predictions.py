# SPDX-License-Identifier: Apache-2.0
"""The networks' predictions in NumPy, from a checkpoint's weights (docs/theory.md).

Images are (N, n, h), patches Y (I, d) with d = m m, primal weights u (K, d), v (K), the dual's g, w, w' (P, d).
"""

import pathlib
import re
import tempfile

import h5py
import numpy as np

from zerogap_tools.command_line import Fail
from zerogap_tools.program import run_zerogap, write_config
from zerogap_tools.text import unquoted

TILE = 1 << 22  # numbers in a temporary matrix
MOST_PRODUCTS = 4e8  # patches times filters that a report computes; beyond, only the images shown


def cut(images, m):
    """(N, n, h) to (N n h, m m): one patch for each pixel, zero padding, row-major."""
    r = m // 2
    padded = np.pad(images, ((0, 0), (r, r), (r, r)))
    n, h = images.shape[1:]
    return np.stack([padded[:, i : i + n, j : j + h] for i in range(m) for j in range(m)], -1).reshape(-1, m * m)


def soft(a, t):
    """tau_t(a) = sign(a) max(|a| - t, 0)"""
    return np.sign(a) * np.maximum(np.abs(a) - t, 0)


def primal_prediction(form, lam, u, v):
    """Y -> sum_k tau(Y u_k) v_k; the threshold is lambda, in the relative form lambda |u_k|."""
    threshold = lam * np.linalg.norm(u, axis=1) if form == "relative" else lam
    return lambda y: soft(y @ u.T, threshold) @ v


def dual_prediction(lam, g, w, w_prime):
    """Y -> sum_j Q_j Y (w'_j - w_j) with q_ij = max(0, 1 - lambda/|y_i.g_j|)."""

    def predict(y):
        a = np.abs(y @ g.T)
        q = np.maximum(0, 1 - lam / np.where(a > 0, a, np.inf)) * (a > 0)
        return (q * (y @ (w_prime - w).T)).sum(1)

    return predict


def mapped_filters(form, g, w, w_prime, keep_gate):
    """Dual weights as primal filters: u along w', v = |w'|/|u| (w: v negative). |u| is sqrt|w'| (Eq. 46), or |g|."""
    u, v = [], []
    for weights, sign in ((w_prime, 1.0), (w, -1.0)):
        norm, gate = np.linalg.norm(weights, axis=1), np.linalg.norm(g, axis=1)
        size = np.sqrt(norm)
        if form == "ball":
            size = np.minimum(gate, 1.0) if keep_gate else np.ones_like(norm)
        elif form != "relative" and keep_gate:
            size = gate
        alive = (norm > 0) & (size > 0)
        u.append(weights[alive] * (size / np.where(norm > 0, norm, 1))[alive, None])
        v.append(sign * norm[alive] / size[alive])
    return np.concatenate(u), np.concatenate(v)


def predictors(run):
    """{network: (Y -> prediction, filters)} of the run's newest weights."""
    lam, weights = run.result["lambda"] if run.result else float(setting(run.config, "network", "lambda")), run.weights
    form = setting(run.config, "network", "form") or "decay"
    made = {}
    if "primal/u" in weights:
        made["primal"] = primal_prediction(form, lam, weights["primal/u"], weights["primal/v"]), len(weights["primal/v"])
    if "dual/w" in weights:
        dual = [weights[f"dual/{name}"] for name in ("g", "w", "w_prime")]
        made["dual"] = dual_prediction(lam, *dual), 2 * len(dual[0])
        for name, keep_gate in (("mapped", False), ("mapped_gate", True)):
            u, v = mapped_filters(form, *dual, keep_gate)
            made[name] = primal_prediction(form, lam, u, v), len(v)
    return made


def setting(config, section, key):
    """A scalar of the resolved configuration, in zerogap's own layout: two spaces for each level."""
    found = re.search(rf"^{section}:\n((?:  .*\n)*)", config + "\n", re.M)
    line = re.search(rf"^  {key}: (.*)$", found.group(1), re.M) if found else None
    return unquoted(line.group(1)) if line else None


def psnr(prediction, clean):
    """dB, peak 1, error pooled over all pixels."""
    error = np.mean((prediction - clean) ** 2)
    return float(-10 * np.log10(error)) if error > 0 else float("inf")


def export(run, part):
    """(noisy, clean, hash) of the run's images, through zerogap data. Raises Fail if these are not images."""
    with tempfile.TemporaryDirectory(prefix="zerogap-report-") as scratch:
        config, out = write_config(pathlib.Path(scratch), run.config), pathlib.Path(scratch) / "data.h5"
        flags = ["--test"] if part == "test" else []
        text = run_zerogap("data", config, *flags, "--out", out)
        found = re.search(r"^hash +(\w+)", text, re.M)
        with h5py.File(out) as file:
            if "noisy" not in file:
                raise Fail("there are no images (the data set is a list of patches); nothing to do")
            return file["noisy"][:], file["clean"][:], found.group(1) if found else ""


class Denoised:
    """The first images of a part, denoised by each network, and each network's PSNR."""

    def __init__(self, run, part, count):
        if not run.config:
            raise Fail("the images cannot be chosen (the run's configuration was not found); nothing was drawn")
        if setting(run.config, "data", "normalise") == "true":
            raise Fail("the images were normalised (data.normalise), which this report does not support; use zerogap evaluate")
        noisy, clean, content = export(run, part)
        known = run.hashes.get(part)  # not the result's, which may be of every test image (data.final_test)
        if known and content and known != content:
            raise Fail("the data set has changed since the run (its hash differs); restore the old one")
        networks = predictors(run)
        side = int(setting(run.config, "patches", "filter") or 3)
        work = noisy.size * sum(filters for _, filters in networks.values())
        self.whole = work <= MOST_PRODUCTS
        if not self.whole:
            noisy, clean = noisy[:count], clean[:count]
        self.noisy, self.clean, self.images = noisy[:count], clean[:count], len(noisy)
        self.psnr, self.shown = {"noisy": psnr(noisy, clean)}, {}
        for name, (predict, filters) in networks.items():
            step = max(1, TILE // max(1, filters * noisy[0].size))
            parts = [predict(cut(noisy[i : i + step], side)) for i in range(0, len(noisy), step)]
            prediction = np.concatenate(parts).reshape(noisy.shape)
            self.psnr[name], self.shown[name] = psnr(prediction, clean), prediction[:count]
