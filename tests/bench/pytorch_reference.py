# SPDX-License-Identifier: Apache-2.0
"""Times one objective and gradient of the dual network as a PyTorch user writes it, eager and compiled.

    zerogap_bench --dump=FOLDER; pytorch_reference.py FOLDER [--threads N] [--seconds S]
    pytorch_reference.py FOLDER --device cuda [--seconds S] [--out FILE] [--budget S]

Reads the inputs that the kernels' benchmark wrote, checks value and gradient against the kernels' (which it
wrote too), so that both are known to compute the same thing, and prints JSON. The gates do not depend on the
weights; they are computed once, outside what is timed, which the kernels do every time.

On a GPU it takes more ways to write it: products in TF32 too, and gates inside what is timed. Where the card's
memory does not suffice the patches go in chunks, as few as fit. A way that cannot be taken, such as compile where
there is no C compiler, is written down with the reason. FILE is complete after every way; what would begin later than
the budget is left out.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import sys
import time

import torch

TOLERANCE = 1e-4
MOST_CHUNKS = 64


def objective(w, w_prime, y, q, signed_q, x, rho, beta):
    b = y @ w.T
    b_prime = y @ w_prime.T
    fit = ((q * (b_prime - b)).sum(1) - x).square().sum()
    group = 2 * beta * (w.norm(dim=1).sum() + w_prime.norm(dim=1).sum())
    if rho == 0:
        return fit + group
    hinge = torch.relu(-signed_q * b).sum() + torch.relu(-signed_q * b_prime).sum()
    return fit + group + rho * hinge


def gates(y, g, threshold):
    a = y @ g.T
    q = torch.clamp_min(1 - threshold / a.abs(), 0)
    return q, a.sign() * q


def with_gates(w, w_prime, y, g, threshold, x, rho, beta):
    return objective(w, w_prime, y, *gates(y, g, threshold), x, rho, beta)


class Problem:
    def __init__(self, folder, device="cpu"):
        self.shape = json.loads((folder / "values.json").read_text())
        self.folder, self.device = folder, device
        side, size = self.shape["side"], self.shape["size"]
        wide = size + side - 1
        pixels = self.read("pixels", (-1, 1, wide, wide))
        length = side * side
        unfolded = torch.nn.functional.unfold(pixels, (side, side))
        self.y = unfolded.transpose(1, 2).reshape(-1, length).contiguous()
        self.x = self.read("target", (-1,))
        self.w = self.read("w", (-1, length)).requires_grad_()
        self.w_prime = self.read("w_prime", (-1, length)).requires_grad_()
        self.g = self.read("g", (-1, length))
        self.kept = None
        self.split(1)

    def read(self, name, shape):
        return self.numbers(f"{name}.f32", torch.float32).reshape(shape).to(self.device)

    def numbers(self, file, kind):
        return torch.frombuffer(bytearray((self.folder / file).read_bytes()), dtype=kind)

    def split(self, chunks):
        """The patches in so many parts of nearly equal length."""
        self.chunks = chunks
        self.parts = list(zip(self.y.chunk(chunks), self.x.chunk(chunks)))
        self.kept = None

    def keep_gates(self):
        """Computes them once for all steps that do not; with the products' precision as it is now."""
        threshold = self.shape["lambda"]
        self.kept = [gates(y, self.g, threshold) for y, _ in self.parts]

    def gradient_of_kernels(self, rho):
        suffix = "on" if rho > 0 else "off"
        parts = [self.numbers(f"{name}.{suffix}.f64", torch.float64) for name in ("grad_w", "grad_w_prime")]
        return torch.cat(parts)

    def step(self, function, rho, inside=False):
        """One objective and gradient; the gradient stays in w and w_prime."""
        self.w.grad = self.w_prime.grad = None
        beta = self.shape["beta"] / len(self.parts)  # of which each part adds its share
        total = 0.0
        for at, (y, x) in enumerate(self.parts):
            of_gates = (self.g, self.shape["lambda"]) if inside else self.kept[at]
            value = function(self.w, self.w_prime, y, *of_gates, x, rho, beta)
            value.backward()
            total = total + value.detach()
        return total

    def pairs(self):
        return self.y.shape[0] * self.w.shape[0]

    def errors(self, function, rho, inside=False):
        """Relative differences of value and gradient from the kernels'."""
        value = float(self.step(function, rho, inside))
        expected = self.shape["objective_on" if rho > 0 else "objective_off"]
        gradient = torch.cat([self.w.grad.flatten(), self.w_prime.grad.flatten()]).double().cpu()
        kernels = self.gradient_of_kernels(rho)
        return {
            "value": abs(value - expected) / abs(expected),
            "gradient": float((gradient - kernels).norm() / kernels.norm()),
        }


def seconds_of(call, least_seconds, wait=lambda: None):
    """The times of calls over at least so many seconds, and at least three."""
    call()
    wait()
    times = []
    while len(times) < 3 or sum(times) < least_seconds:
        start = time.perf_counter()
        call()
        wait()
        times.append(time.perf_counter() - start)
    return times


@dataclasses.dataclass(frozen=True)
class Way:
    """One way to write a step."""

    mode: str  # eager, compile
    rho: float
    tf32: bool = False
    inside: bool = False  # gates are computed in every step

    def function(self):
        function = with_gates if self.inside else objective
        if self.mode == "eager":
            return function
        torch._dynamo.reset()  # what was compiled for another way is not to count as one of this function's many forms
        return torch.compile(function)


def ways_on_gpu(rho):
    """Those that teach most come first, and what has to be compiled, which takes longest, last."""
    eager = [Way("eager", r, tf32) for tf32 in (False, True) for r in (rho, 0.0)]
    compiled = [Way("compile", r, tf32) for tf32 in (False, True) for r in (rho, 0.0)]
    return [*eager, Way("eager", rho, inside=True), *compiled, Way("compile", rho, inside=True)]


def measure_on_gpu(problem, way, least_seconds):
    """One way's run, with as few chunks as fit. What cannot be done is an "error"."""
    run = {"mode": way.mode, "rho": way.rho, "tf32": way.tf32, "gates": "inside" if way.inside else "outside"}
    torch.backends.cuda.matmul.allow_tf32 = way.tf32
    chunks = 1
    while True:
        try:
            problem.split(chunks)
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
            if not way.inside:
                problem.keep_gates()
            function = way.function()
            errors = problem.errors(function, way.rho, way.inside)
            wait = torch.cuda.synchronize
            times = seconds_of(lambda: problem.step(function, way.rho, way.inside), least_seconds, wait)
            peak = torch.cuda.max_memory_allocated()
            return run | {"chunks": chunks, "errors": errors, "seconds": times, "peak_bytes": peak}
        except torch.cuda.OutOfMemoryError as error:
            if chunks == MOST_CHUNKS:
                return run | {"error": f"out of memory in {chunks} chunks: {error}"[:300]}
            chunks *= 2
        except Exception as error:  # noqa: BLE001  # whatever a compiler or a driver may raise
            words = f"{type(error).__name__}: {error}".split("\n")[0]
            return run | {"error": words[:300]}


def report_of(problem, device):
    return {
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "blocks": problem.w.shape[0],
        "patches": problem.y.shape[0],
        "runs": [],
    } | ({"device": torch.cuda.get_device_name()} if device == "cuda" else {})


def run_on_gpu(arguments):
    begin = time.perf_counter()
    problem = Problem(arguments.folder, "cuda")
    report = report_of(problem, "cuda")
    for way in ways_on_gpu(problem.shape["rho"]):
        if time.perf_counter() - begin > arguments.budget:
            report["left_out"] = report.get("left_out", 0) + 1
        else:
            report["runs"].append(measure_on_gpu(problem, way, arguments.seconds))
            print(json.dumps(without_times(report["runs"][-1])), file=sys.stderr, flush=True)
        if arguments.out:
            fresh = arguments.out.with_name(arguments.out.name + ".part")
            fresh.write_text(json.dumps(report) + "\n")
            os.replace(fresh, arguments.out)
    return report


def without_times(run):
    return {k: v for k, v in run.items() if k != "seconds"} | (
        {"least_ms": 1e3 * min(run["seconds"]), "steps": len(run["seconds"])} if "seconds" in run else {}
    )


def run_on_cpu(arguments):
    torch.set_num_threads(arguments.threads)
    problem = Problem(arguments.folder)
    problem.keep_gates()
    compiled = torch.compile(objective)
    report = report_of(problem, "cpu")
    for rho in (problem.shape["rho"], 0.0):
        for mode, function in (("eager", objective), ("compile", compiled)):
            errors = problem.errors(function, rho)
            times = seconds_of(lambda f=function, r=rho: problem.step(f, r), arguments.seconds)
            report["runs"].append({"mode": mode, "rho": rho, "errors": errors, "seconds": times})
    if arguments.out:
        arguments.out.write_text(json.dumps(report) + "\n")
    return report


def disagrees(run):
    """TF32's products are another computation, whose errors are told and not judged."""
    return not run.get("tf32") and not all(error <= TOLERANCE for error in run.get("errors", {}).values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--budget", type=float, default=float("inf"))
    parser.add_argument("--out", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.device == "cuda" and not torch.cuda.is_available():
        print("SKIPPED pytorch_reference: PyTorch sees no GPU")
        return 77
    report = (run_on_gpu if arguments.device == "cuda" else run_on_cpu)(arguments)
    print(json.dumps(report))
    wrong = [run for run in report["runs"] if disagrees(run)]
    for run in wrong:
        print(f"PyTorch and the kernels disagree: {run['mode']}, rho {run['rho']}: {run['errors']}", file=sys.stderr)
    failed = [run for run in report["runs"] if "error" in run and run["mode"] == "eager"]
    for run in failed:
        print(f"PyTorch failed: {run['error']}", file=sys.stderr)
    return 1 if wrong or failed else 0


if __name__ == "__main__":
    sys.exit(main())
