# SPDX-License-Identifier: Apache-2.0
"""What tests/gpu/checks runs, in the order of what it is worth: the first ones teach most.

estimates are those that were written down before anything had run on a GPU, and limits several times as long. Together
the limits add up to more than the run may take: what comes last is cut short or left out when others needed them.
"""

import dataclasses
import pathlib
import sys

from runner import Step

HERE = pathlib.Path(__file__).resolve().parent
# Few enough pairs for tools that make everything a hundred times slower.
FEW_TESTS = "*ClosedForm*:*SomeImages*:*Slope*:*RowSteps*"
# What PyTorch is compared at: images, blocks. The first is the size of the paper's images with blocks that fit.
PYTORCH_SIZES = ((600, 512), (60, 8192), (60, 512))
STEP_KERNELS = "regex:forward|backward_narrow"
# Lines of the benchmark whose kernels a profiler looks at briefly: a name, the line, kernels of a call.
PROFILED = (("rho0", "dual step, rho = 0", 2), ("hinge", "forward with hinge", 1), ("primal", "primal step", 2))
SECTIONS = ("SpeedOfLight", "Occupancy", "LaunchStats", "WarpStateStats", "InstructionStats", "SchedulerStats")


@dataclasses.dataclass
class Place:
    """Where things are. rehearsal: no GPU is expected; what needs one is skipped by its program, what can run on a CPU
    does, and everything is small."""

    folder: pathlib.Path
    out: pathlib.Path
    work: pathlib.Path
    rehearsal: bool = False

    def run(self, *command):
        return [self.folder / "run", *command]

    def python(self, script, *arguments):
        """A script that lies here, or in the repository with the other benchmarks."""
        folders = (HERE, HERE.parents[1] / "bench")
        file = next(folder / script for folder in folders if (folder / script).exists())
        return [sys.executable, "-B", file, *arguments]

    def train(self, name, backend, config, *settings, ranks=0, short=()):
        """A training run into the work folder's NAME; `short` are a rehearsal's settings."""
        # Ranks that are bound to nothing: a container may forbid it, and cores are not what is checked here.
        placed = ("mpirun", "--map-by", ":OVERSUBSCRIBE", "--bind-to", "none", "-n", ranks)
        start = (*placed, "zerogap") if ranks else ("zerogap",)
        if self.rehearsal:
            backend, settings = "cpu", (*settings, *short)
        keys = [word for setting in (f"run.backend={backend}", *settings) for word in ("--set", setting)]
        return self.run(*start, "train", self.folder / "configs" / config, "--out", self.work / name, *keys)

    def same(self, one, other):
        return self.python("compare.py", "same", self.work / one, self.work / other, self.folder / "run")

    def alike(self, one, other):
        return self.python("compare.py", "alike", self.work / one, self.work / other, 1e-3)

    def only_gpu(self):
        return "a rehearsal: nothing on a CPU stands for this" if self.rehearsal else ""

    def data(self):
        """The settings for MNIST, or for digits where the folder has no MNIST."""
        return () if (self.folder / "mnist").is_dir() else ("data.source=digits",)


def results(*names):
    return tuple(f"{name}/result.json" for name in names)


def machine_and_suites(at):
    few = at.rehearsal
    return [
        Step("machine", at.python("machine.py", at.out / "machine.json"), 6, 20, judged=False),
        Step("doctor", at.run("zerogap", "doctor"), 5, 60),
        Step("suites", at.run("zerogap_gpu_test", "--gtest_brief=1"), 25, 150),
        Step("golden_evaluate", at.run("golden_evaluate_gpu", "--gtest_brief=1"), 8, 60),
        Step("golden_trajectory", at.run("golden_trajectory_gpu", "--gtest_brief=1"), 20, 100),
        Step(
            "bench",
            [HERE / "with_clocks", at.out / "clocks.csv"]
            + at.run("zerogap_gpu_bench", 1 if few else 10, "--json", at.out / "bench.jsonl"),
            8,
            60,
            judged=False,
        ),
    ]


def sanitizers(at):
    def under(tool, *program):
        return at.run("compute-sanitizer", "--tool", tool, "--target-processes", "all", "--error-exitcode", 9, *program)

    steps = []
    for tool in ("memcheck", "racecheck", "initcheck", "synccheck"):
        command = under(tool, at.folder / "bin/zerogap_gpu_test", "--gtest_brief=1", f"--gtest_filter={FEW_TESTS}")
        steps.append(Step(tool, command, 12, 45, tools=("compute-sanitizer",)))
    small = ("data.images=4", "data.test_images=2", "optimizer.epochs=4", "run.evaluate_every=2", "network.rho=0.01")
    train = at.train("memcheck", "cuda", "smoke/digits.yaml", *small)[1:]
    train[0] = at.folder / "bin/zerogap"
    steps.append(Step("memcheck_trainer", under("memcheck", *train), 15, 45, tools=("compute-sanitizer",)))
    return steps


def trainings(at):
    paper = ("data.images=600", "data.pool=600", "network.arrangements=8192", "network.rho=0.01", "optimizer.lr=1.0e-11", "optimizer.epochs=40")
    few_epochs = ("optimizer.epochs=20", "run.evaluate_every=10", "data.final_test=same", "data.images=60")
    fewer = ("data.images=6", "data.pool=6", "network.arrangements=512", "optimizer.epochs=5")

    def mnist(name, backend):
        return at.train(name, backend, "mnist.yaml", *at.data(), short=few_epochs)

    large = at.train("paper", "cuda", "bench/step.yaml", *paper, short=fewer)
    return [
        Step("paper_size", large, 5, 60, keep=results("paper")),
        Step("mnist_cuda", mnist("mnist_cuda", "cuda"), 5, 60, keep=results("mnist_cuda")),
        Step("mnist_again", mnist("mnist_again", "cuda"), 5, 60, keep=results("mnist_again")),
        Step("mnist_same", at.same("mnist_cuda", "mnist_again"), 2, 30, after=("mnist_cuda", "mnist_again")),
        Step("mnist_cpu", mnist("mnist_cpu", "cpu"), 25, 90, keep=results("mnist_cpu")),
        Step("mnist_alike", at.alike("mnist_cuda", "mnist_cpu"), 1, 20, after=("mnist_cuda", "mnist_cpu")),
    ]


def ranks(at):
    small = ("network.rho=0.01", "network.arrangements=512", "network.filters=256", "optimizer.epochs=40")

    def train(name, *settings, count=0):
        more = (*small, "run.threads=2", *settings)
        short = ("data.images=12", "network.arrangements=64", "network.filters=32", "optimizer.epochs=10")
        command = at.train(name, "cuda", "smoke/digits.yaml", *more, ranks=count, short=short)
        return command, results(name)

    def same(one, other):
        return Step(f"{other}_same", at.same(one, other), 2, 30, after=(one, other))

    one, two = train("one_rank"), train("two_ranks", count=2)
    four = train("four_ranks", "run.grid.patches=2", "run.grid.arrangements=2", count=4)
    nccl = train("nccl", "run.comm=nccl")
    loud, patient = {"NCCL_DEBUG": "WARN"}, {"OMP_WAIT_POLICY": "passive"}
    return [
        Step("one_rank", one[0], 2, 30, keep=one[1]),
        Step("nccl", nccl[0], 4, 40, skip=at.only_gpu(), keep=nccl[1], environment=loud),
        same("one_rank", "nccl"),
        Step("two_ranks", two[0], 5, 60, keep=two[1], environment=patient),
        same("one_rank", "two_ranks"),
        Step("four_ranks", four[0], 7, 60, keep=four[1], environment=patient),
        same("one_rank", "four_ranks"),
    ]


def newton(at):
    settings = (
        *at.data(),
        "data.test_images=0",
        "data.final_test=same",
        "run.networks=[dual]",
        "optimizer.dual.name=newton",
        "run.evaluate_every=1000",
        "run.stop.gap=1e-3",
        "network.arrangements=512",
        "network.beta=50",
    )
    short = ("data.images=60", "network.arrangements=32", "network.beta=5")

    def solve(name, backend):
        return at.train(name, backend, "mnist.yaml", *settings, short=short)

    solved = at.python("compare.py", "solved", at.work / "newton_cuda", 1e-3)

    return [
        Step("newton_cuda", solve("newton_cuda", "cuda"), 10, 60, keep=results("newton_cuda")),
        Step("newton_solved", solved, 1, 20, after=("newton_cuda",)),
        Step("newton_cpu", solve("newton_cpu", "cpu"), 15, 90, keep=results("newton_cpu")),
        Step("newton_alike", at.alike("newton_cuda", "newton_cpu"), 1, 20, after=("newton_cuda", "newton_cpu")),
    ]


def profiles(at):
    """The step's two kernels in full, others by some sections; of each the numbers as text and as a table."""
    bench, paper = at.folder / "bin/zerogap_gpu_bench", ("--size", "600,8000,3")
    common = ("--target-processes", "all", "--clock-control", "none", "-f")
    steps = []

    def profile(name, line, kernels, estimate, limit, *what):
        report = at.out / f"ncu_{name}"  # ncu puts its own ending behind
        command = at.run("ncu", *what, *common, "-k", STEP_KERNELS, "-c", kernels, "-o", report, bench, 1, *paper)
        steps.append(Step(f"ncu_{name}", [*command, "--line", line], estimate, limit, judged=False, tools=("ncu",)))
        command = [HERE / "read_profile", f"{report}.ncu-rep", f"{report}.csv"]
        steps.append(Step(f"ncu_{name}_read", command, 3, 20, judged=False, tools=("ncu",), after=(f"ncu_{name}",)))

    profile("step", "dual step", 2, 25, 60, "--set", "full")
    for name, line, kernels in PROFILED:
        profile(name, line, kernels, 8, 40, *(word for section in SECTIONS for word in ("--section", section)))
    return steps


def pytorch(at):
    device = "cpu" if at.rehearsal else "cuda"
    sizes = [(6, 32)] if at.rehearsal else PYTORCH_SIZES
    steps = []
    for (images, blocks), limit in zip(sizes, (80, 60, 50)):
        name = f"{images}x{blocks}"
        shape = (f"--dump={at.work / name}", f"--dump_images={images}", f"--dump_blocks={blocks}")
        steps.append(Step(f"inputs_{name}", at.run("zerogap_bench", *shape), 3, 30, judged=False))
        out = ("--out", at.out / f"pytorch_{name}.json")
        measure = ("--device", device, "--seconds", 0.1 if at.rehearsal else 0.3, "--budget", limit - 20)
        command = at.python("pytorch_reference.py", at.work / name, *measure, *out)
        steps.append(Step(f"pytorch_{name}", command, 30, limit, judged=False, after=(f"inputs_{name}",)))
    return steps


def all_steps(at):
    parts = (machine_and_suites, sanitizers, trainings, ranks, newton, profiles, pytorch)
    return [step for part in parts for step in part(at)]
