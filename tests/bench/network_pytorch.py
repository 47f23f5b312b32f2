# SPDX-License-Identifier: Apache-2.0
"""Trains the primal network with PyTorch's Adam and L-BFGS on the problem that network_zerogap.py has solved.

    network_pytorch.py FOLDER [--seconds S | --times N] [--filters K] [--eager] [--threads N]

Reads problem.json, the images and zerogap's network from FOLDER. PyTorch's objective at that network must be the one of
`zerogap evaluate`, or nothing is trained. Writes FOLDER/pytorch.json. What is trained is in float32 on all patches at
once, written in the fastest of several ways; objectives at the end are in double.
"""

import argparse
import itertools
import json
import math
import pathlib
import sys
import time

import torch

TOLERANCE = 1e-5
RATES = (0.003, 0.01, 0.03)
BETAS = ((0.9, 0.999), (0.9, 0.9))  # PyTorch's default, and zerogap's
TRIAL = 0.05  # of the time, for each choice of both
STALLED = 1e-7  # relative gain of a call of L-BFGS's step below which it has come to rest
STEPS_A_CALL = 50


class Problem:
    """The patches, and the objective as a PyTorch user writes it."""

    def __init__(self, folder, number=torch.float32):
        self.about = json.loads((folder / "problem.json").read_text())
        self.folder, self.number = folder, number
        side = self.about["side"]
        self.noisy = self.read("noisy", (self.about["images"], 1, *self.about["size"]))
        self.x = self.read("clean", (-1,))
        patches = torch.nn.functional.unfold(self.noisy, side, padding=side // 2)
        self.y = patches.transpose(1, 2).reshape(-1, side * side).contiguous()
        self.y_turned = self.y.T.contiguous()

    def read(self, name, shape):
        kept = torch.frombuffer(bytearray((self.folder / f"{name}.f64").read_bytes()), dtype=torch.float64)
        return kept.reshape(shape).to(self.number)

    def solution(self):
        return self.read("u", (-1, self.y.shape[1])), self.read("v", (-1,))

    def rows(self, u, v):
        return torch.nn.functional.softshrink(self.y @ u.T, self.about["lambda"]) @ v

    def columns(self, u, v):
        return v @ torch.nn.functional.softshrink(u @ self.y_turned, self.about["lambda"])

    def convolution(self, u, v):
        side = self.about["side"]
        hidden = torch.nn.functional.conv2d(self.noisy, u.reshape(-1, 1, side, side), padding=side // 2)
        hidden = torch.nn.functional.softshrink(hidden, self.about["lambda"])
        return torch.nn.functional.conv2d(hidden, v.reshape(1, -1, 1, 1)).reshape(-1)

    def objective(self, predict):
        beta, product = self.about["beta"], self.about["form"] == "product"

        def value(u, v):
            fit = (predict(u, v) - self.x).square().sum()
            if product:
                return fit + 2 * beta * (u.norm(dim=1) * v.abs()).sum()
            return fit + beta * (u.square().sum() + v.square().sum())

        return value

    def start(self, filters, seed):
        """Kaiming's uniform start with the constants of torch.nn.Conv2d."""
        random = torch.Generator().manual_seed(seed)
        length = self.y.shape[1]
        u = (2 * torch.rand(filters, length, generator=random) - 1) / math.sqrt(length)
        v = (2 * torch.rand(filters, generator=random) - 1) / math.sqrt(filters)
        return u.requires_grad_(), v.requires_grad_()


class OutOfTime(Exception):
    pass


class Record:
    """The lowest objective so far against time, and its weights."""

    def __init__(self, seconds):
        self.most, self.begin = seconds, time.perf_counter()
        self.points, self.best, self.weights, self.gradients = [], math.inf, None, 0

    def seconds(self):
        return time.perf_counter() - self.begin

    def see(self, value, u, v):
        now = self.seconds()
        self.gradients += 1
        if value < self.best:
            self.best = value
            self.weights = u.detach().clone(), v.detach().clone()
            # A logarithmic axis shows no more points than these.
            if not self.points or now > 1.01 * self.points[-1][0]:
                self.points.append([now, value])
        if now >= self.most:
            raise OutOfTime

    def result(self, name, exact, **more):
        """`exact`: the objective in double."""
        end = self.seconds()
        objective = float(exact(*(w.double() for w in self.weights)))
        points = [*self.points, [end, self.best]]
        return {"name": name, "objective": objective, "seconds": end, "gradients": self.gradients, "points": points} | more


def gradient(objective, u, v):
    u.grad = v.grad = None
    value = objective(u, v)
    value.backward()
    return value


def ways(problem, filters, modes):
    """The least seconds of a gradient, written in several ways, eager and compiled; and the fastest one's objective."""
    report, best = [], (math.inf, None)
    for name in ("rows", "columns", "convolution"):
        for mode in modes:
            way = {"way": name, "mode": mode}
            try:
                torch._dynamo.reset()
                objective = problem.objective(getattr(problem, name))
                objective = torch.compile(objective) if mode == "compile" else objective
                u, v = problem.start(filters, 1)
                times = []
                while len(times) < 3 or (sum(times[2:]) < 1 and len(times) < 20):
                    begin = time.perf_counter()
                    gradient(objective, u, v)
                    times.append(time.perf_counter() - begin)
                way["seconds"] = min(times[1:])  # the first one compiles
                if way["seconds"] < best[0]:
                    best = way["seconds"], objective, f"{name}, {mode}"
            except Exception as error:  # noqa: BLE001  # whatever a compiler may raise
                if mode == "eager":
                    raise
                way["error"] = f"{type(error).__name__}: {error}".split("\n")[0][:300]
            report.append(way)
    return report, best[1], best[2]


def adam(objective, start, rate, betas, seconds):
    """Along half a cosine to a rate of 0 at the end of the time."""
    u, v = start
    optimizer = torch.optim.Adam([u, v], lr=rate, betas=betas)
    record = Record(seconds)
    try:
        while True:
            optimizer.param_groups[0]["lr"] = rate * 0.5 * (1 + math.cos(math.pi * min(1, record.seconds() / seconds)))
            record.see(gradient(objective, u, v).item(), u, v)
            optimizer.step()
    except OutOfTime:
        return record


def best_adam(objective, starts, seconds, exact):
    """Every choice of rate and betas for a twentieth of the time, then the best of them for all of it."""
    trials = []
    for rate, betas in itertools.product(RATES, BETAS):
        trial = adam(objective, starts(1), rate, betas, TRIAL * seconds).result("trial", exact)
        trials.append({"rate": rate, "betas": betas, "objective": trial["objective"], "seconds": trial["seconds"]})
    best = min(trials, key=lambda trial: trial["objective"])
    chosen = {"rate": best["rate"], "betas": best["betas"]}
    return adam(objective, starts(1), **chosen, seconds=seconds).result("Adam", exact, **chosen, trials=trials)


def lbfgs(objective, starts, seconds, exact):
    """With strong Wolfe conditions. Where it rests it forgets its history; where it rests again it begins elsewhere."""
    record, tried = Record(seconds), 0
    try:
        while True:
            tried += 1
            u, v = starts(tried)
            optimizer, fresh, before = None, True, math.inf
            while True:
                if optimizer is None:
                    optimizer = torch.optim.LBFGS([u, v], max_iter=STEPS_A_CALL, line_search_fn="strong_wolfe")

                def closure():
                    value = gradient(objective, u, v)
                    record.see(value.item(), u, v)
                    return value

                optimizer.step(closure)
                with torch.no_grad():
                    now = objective(u, v).item()
                if now < before * (1 - STALLED):
                    before, fresh = now, False
                elif fresh:
                    break
                else:
                    optimizer, fresh = None, True
    except OutOfTime:
        return record.result("L-BFGS", exact, starts=tried)


def check(folder):
    """Relative differences of PyTorch's objective at zerogap's network from that of `zerogap evaluate`."""
    errors = {}
    for number in (torch.float32, torch.float64):
        problem = Problem(folder, number)
        expected = problem.about["objective"]
        for name in ("rows", "columns", "convolution"):
            value = float(problem.objective(getattr(problem, name))(*problem.solution()))
            kind = str(number).removeprefix("torch.")
            errors[f"{name}, {kind}"] = abs(value - expected) / abs(expected)
    return errors


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--times", type=float, default=10.0, help="the time of each method, in zerogap's")
    parser.add_argument("--seconds", type=float, help="the time of each method")
    parser.add_argument("--filters", type=int, help="K; the default is that of zerogap's answer")
    parser.add_argument("--eager", action="store_true", help="compile nothing")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    errors = check(arguments.folder)
    if not all(error <= TOLERANCE for error in errors.values()):
        print(f"error: PyTorch's objective is not zerogap's ({errors}); mend one of them", file=sys.stderr)
        return 1
    problem, double = Problem(arguments.folder), Problem(arguments.folder, torch.float64)
    exact = double.objective(double.rows)
    filters = arguments.filters or problem.about["filters"]
    seconds = arguments.seconds or arguments.times * problem.about["seconds"]
    tried, objective, fastest = ways(problem, filters, ("eager",) if arguments.eager else ("eager", "compile"))

    def starts(seed):
        return problem.start(filters, seed)

    report = {"torch": torch.__version__, "threads": torch.get_num_threads(), "filters": filters, "time": seconds}
    report |= {"errors": errors, "ways": tried, "fastest": fastest}
    report["methods"] = [best_adam(objective, starts, seconds, exact), lbfgs(objective, starts, seconds, exact)]
    (arguments.folder / "pytorch.json").write_text(json.dumps(report, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
