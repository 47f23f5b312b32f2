# SPDX-License-Identifier: Apache-2.0
"""Solves the primal network's program with zerogap, or trains the network with zerogap's Adam, for tests/bench/network.

    network_zerogap.py ZEROGAP solve FOLDER --form F --images N --beta B --gap G [--epochs E] [--source mnist|digits]
    network_zerogap.py ZEROGAP adam FOLDER [--seconds S | --times N]

`solve` makes FOLDER and leaves there the run, solve.json with its curves, and the problem for network_pytorch.py: images
and noise exactly as the run had them, and the network that it ended with. `adam` gives the same problem and as many
filters to zerogap's Adam, and writes adam.json. Two threads.
"""

import argparse
import json
import math
import pathlib
import shutil
import subprocess
import sys

import h5py
import numpy as np

LAMBDA, SIDE, SIGMA = 0.2, 3, 0.25
MOST_FILTERS = 256
RATES = (0.001, 0.003, 0.01)
BETAS = (0.9, 0.9)  # zerogap's default
TRIAL = 0.1  # of the time, for each learning rate
LEAST = 0.9  # of the time, or Adam is run once more
EVALUATIONS = 100
WARM_UP = 100  # epochs whose rate says how many fit into the time


def run(program, *words):
    ended = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"error: zerogap {words[0]} failed ({ended.stderr.strip()[-800:]}); mend what it names")
    return ended.stdout


def settings(keys):
    return [word for key, value in keys.items() for word in ("--set", f"{key}={value}")]


def train(program, folder, keys):
    """A run's result and history."""
    # The pool of the numbers on docs/performance.md.
    common = {"data.pool": 10000, "data.test_images": 0, "data.final_test": "same", "data.path": "", "run.networks": "[primal]", "run.threads": 2}
    empty = folder.parent / "empty.yaml"
    empty.write_text("{}\n")
    run(program, "train", empty, "--out", folder, *settings(common | keys))
    empty.unlink()
    lines = (folder / "history.jsonl").read_text().splitlines()
    return json.loads((folder / "result.json").read_text()), [json.loads(line) for line in lines]


def lowest(history):
    """[seconds, the lowest objective so far] of each evaluation."""
    points, best = [], math.inf
    for line in history:
        best = min(best, line["primal"]["objective"])
        points.append([line["seconds"], best])
    return points


def evaluate(program, folder):
    """The best network's objective in double."""
    return json.loads(run(program, "evaluate", folder, "--best", "--json", "--set", "run.precision=fp64"))["primal"]


def write_problem(program, folder, result, about):
    """What PyTorch needs, as raw numbers: its environment has no h5py."""
    run(program, "data", folder / "run/config.yaml", "--out", folder / "images.h5")
    checkpoint = sorted((folder / "run/checkpoints").glob("[0-9]*.h5"))[-1]
    with h5py.File(folder / "images.h5") as images, h5py.File(checkpoint) as weights:
        noisy, clean = images["noisy"][:], images["clean"][:]
        u, v = weights["best/primal/u"][:], weights["best/primal/v"][:]
    used = v != 0
    for name, numbers in (("noisy", noisy), ("clean", clean), ("u", u[used]), ("v", v[used])):
        (folder / f"{name}.f64").write_bytes(np.ascontiguousarray(numbers, dtype=np.float64).tobytes())
    (folder / "images.h5").unlink()
    shape = {"images": len(noisy), "size": noisy.shape[1:], "side": SIDE, "filters": int(used.sum())}
    problem = about | shape | {"seconds": result["seconds"], "objective": evaluate(program, folder / "run")["objective"]}
    (folder / "problem.json").write_text(json.dumps(problem, indent=1) + "\n")
    return problem


def keys_of(about):
    data = {"data.source": about["source"], "data.images": about["images"], "data.noise.sigma": SIGMA}
    network = {"form": about["form"], "lambda": LAMBDA, "beta": about["beta"]}
    return data | {"patches.filter": SIDE} | {f"network.{key}": value for key, value in network.items()}


def solve(program, folder, about, gap, epochs):
    folder.mkdir(parents=True)
    keys = keys_of(about) | {"optimizer.primal.name": "frank_wolfe", "network.filters": MOST_FILTERS}
    keys |= {"optimizer.epochs": epochs, "run.stop.gap": gap, "run.evaluate_every": 1}
    result, history = train(program, folder / "run", keys)
    problem = write_problem(program, folder, result, about)
    known = result["network_program"]
    bound = known["estimated_lower_bound"]
    searches = [line for line in history if "network_program" in line]
    report = {
        "name": "zerogap",
        "filters": problem["filters"],
        "objective": problem["objective"],
        "bound": bound,
        "gap": (problem["objective"] - bound) / problem["objective"],
        "seconds": result["seconds"],
        "rounds": result["epoch"],
        "points": lowest(history),
        "bounds": [[line["seconds"], line["network_program"]["estimated_lower_bound"]] for line in searches],
        "asked": {"gap": gap, "rounds": epochs},
        "network_program": known,
        "data": result["data"],
        "versions": result["versions"],
        "kernels": result["machine"]["kernels"],
    }
    (folder / "solve.json").write_text(json.dumps(report, indent=1) + "\n")


def adam(program, folder, times, seconds):
    """Every learning rate for a tenth of the time, then the best of them for all of it."""
    about = json.loads((folder / "problem.json").read_text())
    seconds = seconds or times * about["seconds"]
    base = keys_of(about) | {"optimizer.name": "adam", "network.filters": about["filters"]}
    last = {"epochs": WARM_UP, "seconds": 0.0}

    def attempt(name, rate, epochs):
        keys = {"optimizer.lr": rate, "optimizer.betas": list(BETAS), "optimizer.epochs": epochs}
        keys["run.evaluate_every"] = max(1, epochs // EVALUATIONS)
        shutil.rmtree(folder / f"adam-{name}", ignore_errors=True)
        result, history = train(program, folder / f"adam-{name}", base | keys)
        last.update(epochs=epochs, seconds=result["seconds"])
        return result, history, evaluate(program, folder / f"adam-{name}")["objective"]

    def epochs_of(share):
        return max(10, round(share * seconds * last["epochs"] / last["seconds"]))

    attempt("warm-up", RATES[0], WARM_UP)
    trials = []
    for rate in RATES:
        result, _, objective = attempt(f"trial-{rate}", rate, epochs_of(TRIAL))
        trials.append({"rate": rate, "objective": objective, "seconds": result["seconds"]})
    rate = min(trials, key=lambda trial: trial["objective"])["rate"]
    result, history, objective = attempt("full", rate, epochs_of(1.0))
    if result["seconds"] < LEAST * seconds:  # the machine was slower during the trials
        result, history, objective = attempt("full", rate, epochs_of(1.0))
    report = {
        "name": "zerogap's Adam",
        "objective": objective,
        "seconds": result["seconds"],
        "gradients": result["steps"]["primal"],
        "points": lowest(history),
        "rate": rate,
        "betas": BETAS,
        "trials": trials,
    }
    (folder / "adam.json").write_text(json.dumps(report, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("what", choices=("solve", "adam"))
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--form", choices=("decay", "product"), default="decay")
    parser.add_argument("--images", type=int, default=60)
    parser.add_argument("--beta", type=float, default=5.0)
    parser.add_argument("--source", choices=("mnist", "digits"), default="mnist")
    parser.add_argument("--gap", type=float, default=0.01)
    parser.add_argument("--epochs", type=int, default=200, help="the most rounds")
    parser.add_argument("--times", type=float, default=10.0, help="Adam's time, in the solver's")
    parser.add_argument("--seconds", type=float, help="Adam's time")
    given = parser.parse_args()
    if given.what == "solve":
        about = {"source": given.source, "images": given.images, "form": given.form, "beta": given.beta, "lambda": LAMBDA}
        solve(given.program, given.folder, about, given.gap, given.epochs)
    else:
        adam(given.program, given.folder, given.times, given.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
