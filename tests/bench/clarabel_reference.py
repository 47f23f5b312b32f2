# SPDX-License-Identifier: Apache-2.0
"""The sampled program (theory.md, section 4) by CVXPY and Clarabel, and by zerogap's Newton method in fp64.

    clarabel_reference.py ZEROGAP [--patches 200 500 1000 2000] [--blocks 4 8 16] [--json FILE]

Each case takes random 3 x 3 patches of noisy images. zerogap runs first and samples the blocks; Clarabel gets the same
ones. Seconds: zerogap's solve (`seconds` of result.json) and its complete process; Clarabel's solve (its own clock) and
all of CVXPY's call, which also brings the program into a cone solver's form. What is printed as a lower bound is each
solver's own: zerogap's certificate, and Clarabel's dual objective.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import clarabel
import cvxpy as cp
import h5py
import numpy as np
import scipy.sparse as sp

LAMBDA = 0.2
BETA_PER_PATCH = 5 / 47040  # beta = 5 on 60 images
SIDE = 3


def images(zerogap, folder, source):
    path = folder / "images.h5"
    subprocess.run([zerogap, "data", "--set", f"data.source={source}", "--set", "data.images=60", "--out", str(path)],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with h5py.File(path) as f:
        noisy, clean = f["noisy"][:].astype(float), f["clean"][:].astype(float)
    r = SIDE // 2
    padded = np.pad(noisy, ((0, 0), (r, r), (r, r)))
    n, h = noisy.shape[1:]
    shifted = [padded[:, i : i + n, j : j + h] for i in range(SIDE) for j in range(SIDE)]
    return np.stack(shifted, -1).reshape(-1, SIDE * SIDE), clean.reshape(-1)


def by_zerogap(zerogap, folder, data, blocks, beta, rho, gap, threads):
    run = folder / "run"
    keys = {
        "data.source": "hdf5", "data.path": data, "network.lambda": LAMBDA, "network.beta": beta, "network.rho": rho,
        "network.arrangements": blocks, "run.networks": "[dual]", "run.precision": "fp64", "run.threads": threads,
        "optimizer.dual.name": "newton", "optimizer.dual.epochs": 1000, "run.evaluate_every": 1000, "run.stop.gap": gap,
        "run.checkpoint.every": 0, "arrangements.distribution": "normal", "data.test_images": 0,
    }
    (folder / "empty.yaml").write_text("{}\n")
    command = [zerogap, "train", str(folder / "empty.yaml"), "--out", str(run)]
    for key, value in keys.items():
        command += ["--set", f"{key}={value}"]
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    process = time.perf_counter() - begin
    result = json.loads((run / "result.json").read_text())
    newest = sorted((run / "checkpoints").glob("[0-9]*.h5"))[-1]
    with h5py.File(newest) as f:
        g = f["dual/g"][:].astype(float)
    dual = result["dual"]
    return g, {"objective": dual["objective"], "lower_bound": dual["best_lower_bound"], "solve": result["seconds"],
               "all": process, "steps": result["steps"]["dual"]}


def by_clarabel(y, x, g, beta, rho):
    begin = time.perf_counter()
    a = y @ g.T
    q = np.where(a != 0, np.maximum(0, 1 - LAMBDA / np.where(a != 0, np.abs(a), 1)), 0)
    c = np.sign(a) * q
    parts = [q[:, j : j + 1] * y for j in range(len(g))]
    gate = sp.csr_matrix(np.hstack(parts))
    w, w_prime = cp.Variable(g.shape), cp.Variable(g.shape)
    flat, flat_prime = cp.vec(w, order="C"), cp.vec(w_prime, order="C")
    objective = cp.sum_squares(gate @ (flat_prime - flat) - x)
    objective += 2 * beta * (cp.sum(cp.norm(w, axis=1)) + cp.sum(cp.norm(w_prime, axis=1)))
    if rho > 0:
        signed = []
        for j in range(len(g)):
            rows = np.flatnonzero(c[:, j])  # a shut gate constrains nothing
            signed.append(sp.csr_matrix(c[rows, j : j + 1] * y[rows]))
        signed = sp.block_diag(signed, format="csr")
        objective += rho * (cp.sum(cp.pos(-(signed @ flat))) + cp.sum(cp.pos(-(signed @ flat_prime))))
    problem = cp.Problem(cp.Minimize(objective))
    problem.solve(solver=cp.CLARABEL, tol_gap_abs=1e-9, tol_gap_rel=1e-9, tol_feas=1e-9)
    taken = time.perf_counter() - begin
    stats = problem.solver_stats
    dual = getattr(stats.extra_stats, "obj_val_dual", None) if stats.extra_stats is not None else None
    return {"objective": problem.value, "lower_bound": dual, "solve": stats.solve_time, "all": taken,
            "steps": stats.num_iters, "status": problem.status}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("zerogap")
    parser.add_argument("--patches", type=int, nargs="+", default=[200, 500, 1000, 2000])
    parser.add_argument("--blocks", type=int, nargs="+", default=[4, 8, 16])
    parser.add_argument("--rho", type=float, default=0.01)
    parser.add_argument("--gap", type=float, default=1e-6, help="certified relative gap at which zerogap stops")
    parser.add_argument("--threads", type=int, default=1, help="zerogap's; Clarabel has one")
    parser.add_argument("--source", choices=["mnist", "digits"], help="default: mnist where it is found")
    parser.add_argument("--json", help="file for the figures")
    given = parser.parse_args()
    print(f"cvxpy {cp.__version__}, clarabel {clarabel.__version__}, rho {given.rho}")
    print("    I    P  J zerogap       J Clarabel      difference  gap zerogap   zerogap s: solve, all   Clarabel s: "
          "solve, all   ratio: solve, all")
    figures = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        try:
            y, x = images(given.zerogap, folder, given.source or "mnist")
        except subprocess.CalledProcessError:
            if given.source:
                raise
            y, x = images(given.zerogap, folder, "digits")
        for patches in given.patches:
            rows = np.random.default_rng(patches).choice(len(x), patches, replace=False)
            data = folder / f"{patches}.h5"
            with h5py.File(data, "w") as f:
                f["patches"], f["target"] = y[rows], x[rows]
            for blocks in given.blocks:
                case = folder / f"{patches}-{blocks}"
                case.mkdir()
                beta = BETA_PER_PATCH * patches
                g, ours = by_zerogap(given.zerogap, case, data, blocks, beta, given.rho, given.gap, given.threads)
                theirs = by_clarabel(y[rows], x[rows], g, beta, given.rho)
                difference = (ours["objective"] - theirs["objective"]) / theirs["objective"]
                gap = (ours["objective"] - ours["lower_bound"]) / ours["objective"]
                print(f"{patches:>5} {blocks:>4}  {ours['objective']:<15.10g} {theirs['objective']:<15.10g} "
                      f"{difference:>+10.1e}  {gap:>10.1e}   {ours['solve']:>10.3f} {ours['all']:>10.3f}   "
                      f"{theirs['solve']:>14.2f} {theirs['all']:>8.2f}   {theirs['solve'] / ours['solve']:>12.0f} "
                      f"{theirs['all'] / ours['all']:>4.0f}  {theirs['status']}", flush=True)
                figures.append({"patches": patches, "blocks": blocks, "rho": given.rho, "beta": beta, "zerogap": ours,
                                "clarabel": theirs, "difference": difference, "gap": gap})
    if given.json:
        pathlib.Path(given.json).write_text(json.dumps(figures, indent=1) + "\n")
    return 0 if all(abs(f["difference"]) < 1e-6 for f in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
