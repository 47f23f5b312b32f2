"""Times one objective and gradient of the dual network as a PyTorch user writes it, eager and compiled.

    zerogap_bench --dump=FOLDER; pytorch_reference.py FOLDER [--threads N] [--seconds S]

Reads the inputs that the kernels' benchmark wrote, checks value and gradient against the kernels' (which it
wrote too), so that both are known to compute the same thing, and prints JSON. The gates do not depend on the
weights; they are computed once, outside what is timed, which the kernels do every time.
"""

import argparse
import json
import pathlib
import sys
import time

import numpy as np
import torch

TOLERANCE = 1e-4


def objective(w, w_prime, y, q, signed_q, x, rho, beta):
    b = y @ w.T
    b_prime = y @ w_prime.T
    fit = ((q * (b_prime - b)).sum(1) - x).square().sum()
    group = 2 * beta * (w.norm(dim=1).sum() + w_prime.norm(dim=1).sum())
    if rho == 0:
        return fit + group
    hinge = torch.relu(-signed_q * b).sum() + torch.relu(-signed_q * b_prime).sum()
    return fit + group + rho * hinge


class Problem:
    def __init__(self, folder):
        self.shape = json.loads((folder / "values.json").read_text())
        self.folder = folder
        side, size = self.shape["side"], self.shape["size"]
        wide = size + side - 1
        pixels = self.read("pixels", (-1, 1, wide, wide))
        length = side * side
        unfolded = torch.nn.functional.unfold(pixels, (side, side))
        self.y = unfolded.transpose(1, 2).reshape(-1, length).contiguous()
        self.x = self.read("target", (-1,))
        self.w = self.read("w", (-1, length)).requires_grad_()
        self.w_prime = self.read("w_prime", (-1, length)).requires_grad_()
        a = self.y @ self.read("g", (-1, length)).T
        self.q = torch.clamp_min(1 - self.shape["lambda"] / a.abs(), 0)
        self.signed_q = a.sign() * self.q

    def read(self, name, shape):
        values = np.fromfile(self.folder / f"{name}.f32", dtype=np.float32)
        return torch.from_numpy(values).reshape(shape)

    def gradient_of_kernels(self, rho):
        suffix = "on" if rho > 0 else "off"
        parts = [np.fromfile(self.folder / f"{name}.{suffix}.f64") for name in ("grad_w", "grad_w_prime")]
        return np.concatenate(parts)

    def step(self, function, rho):
        """One objective and gradient; the gradient stays in w and w_prime."""
        self.w.grad = self.w_prime.grad = None
        value = function(self.w, self.w_prime, self.y, self.q, self.signed_q, self.x, rho, self.shape["beta"])
        value.backward()
        return value

    def pairs(self):
        return self.y.shape[0] * self.w.shape[0]

    def errors(self, function, rho):
        """Relative differences of value and gradient from the kernels'."""
        value = float(self.step(function, rho).detach())
        expected = self.shape["objective_on" if rho > 0 else "objective_off"]
        gradient = torch.cat([self.w.grad.flatten(), self.w_prime.grad.flatten()]).double().numpy()
        kernels = self.gradient_of_kernels(rho)
        return {
            "value": abs(value - expected) / abs(expected),
            "gradient": float(np.linalg.norm(gradient - kernels) / np.linalg.norm(kernels)),
        }


def seconds_of(call, least_seconds):
    """The times of calls over at least so many seconds, and at least three."""
    call()
    times = []
    while len(times) < 3 or sum(times) < least_seconds:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5.0)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    problem = Problem(arguments.folder)
    compiled = torch.compile(objective)
    runs = []
    for rho in (problem.shape["rho"], 0.0):
        for mode, function in (("eager", objective), ("compile", compiled)):
            errors = problem.errors(function, rho)
            times = seconds_of(lambda f=function, r=rho: problem.step(f, r), arguments.seconds)
            runs.append({"mode": mode, "rho": rho, "errors": errors, "seconds": times})
    report = {
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "blocks": problem.w.shape[0],
        "patches": problem.y.shape[0],
        "runs": runs,
    }
    print(json.dumps(report))
    wrong = [run for run in runs if max(run["errors"].values()) > TOLERANCE]
    for run in wrong:
        print(f"PyTorch and the kernels disagree: {run['mode']}, rho {run['rho']}: {run['errors']}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
