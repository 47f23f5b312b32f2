# SPDX-License-Identifier: Apache-2.0
"""The table of bench_report.py on small made-up measurements, and the cost model's arithmetic.

Nothing is timed here: this sees that the benchmark's Python still works.
"""

import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest
import unittest.mock

import bench_report
import scaling_model


def case(name, seconds, **counters):
    return {
        "run_name": f"{name}/real_time",
        "run_type": "iteration",
        "real_time": seconds * 1e3,
        "time_unit": "ms",
        "label": "cpu AVX2",
        **counters,
    }


def step(pairs, **arguments):
    given = {**bench_report.USUAL, **arguments}
    name = "step/fp32/" + "/".join(f"{k}:{v}" for k, v in given.items())
    return case(name, 0.01, pairs=pairs, fma=45 * pairs, scratch=2**20)


def result(steps, dual_steps, **more):
    time = {"steps": steps, "evaluations": 0.5, "checkpoints": 0.0}
    machine = {"peak_memory_bytes": 3 * 2**20, "start_memory_bytes": 2**20}
    return {"time": time, "steps": {"dual": dual_steps, "primal": dual_steps}, "machine": machine, **more}


KERNELS = [
    case("peak/fp32/threads:1", 1, fma=48e9),
    case("peak/fp32/threads:2", 1, fma=90e9),
    case("peak/fp32/threads:2", 1, fma=100e9),
    step(1.2e9),
    step(1.5e9),
    step(0.9e9, threads=1),
    step(2.0e9, rho=0),
    step(1.4e9, P=128),
    step(1.45e9, P=8192),
    step(1.52e9, whole=1),
    step(0.7e9, P=8192, images=1, threads=1),
]
MNIST = [
    step(1e9, P=64, images=600),
    case("primal_step/fp32/P:64/images:600/side:3/threads:2/rho:0/whole:0", 0.005, pairs=2e9, fma=18e9, scratch=0),
]
PYTORCH = {
    "blocks": 512,
    "patches": 47040,
    "runs": [
        {"mode": mode, "rho": rho, "errors": {"value": 1e-7, "gradient": 2e-6}, "seconds": [0.9, 0.6]}
        for mode in ("eager", "compile")
        for rho in (0.01, 0.0)
    ],
}
COMM = {
    "ranks": 2,
    "messages": [{"bytes": 8, "seconds": 1e-6}, {"bytes": 8e6, "seconds": 1e-3}, {"bytes": 8e7, "seconds": 1e-2}],
    "sums": [{"bytes": 1152000, "seconds": 4e-4}],
}


def write(folder):
    for name, content in {
        "kernels": {"benchmarks": KERNELS},
        "mnist-before": {"benchmarks": MNIST},
        "mnist-after": {"benchmarks": MNIST},
        "pytorch": PYTORCH,
        "comm-2": COMM,
        "train-ranks1-threads2-1": result(1, 40, pairs_per_second=1.4e9),
        "train-ranks2-threads1-1": result(1, 40, pairs_per_second=1.3e9),
        "train-ranks1-threads1-1": result(1, 40, pairs_per_second=0.7e9),
        "train-host-1": result(0.5, 40, pairs_per_second=1e9),
        "train-memory": result(1, 40, pairs_per_second=1e9),
        "train-mnist": result(15.3, 1000, data={"origin": "digits"}),
    }.items():
        (folder / f"{name}.json").write_text(json.dumps(content))


class Report(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        write(self.folder)
        self.rows = bench_report.collect(self.folder)[0]

    def row(self, what):
        found = [row for row in self.rows if row.what == what]
        self.assertEqual(len(found), 1, what)
        return found[0]

    def test_shares_are_of_the_best_peak(self):
        row = self.row("step, ρ > 0: share of the peak")
        self.assertAlmostEqual(row.value, 1.5 * 45 / 100)
        self.assertTrue(row.met())

    def test_a_peak_that_a_busy_machine_held_up_counts_as_twice_one_threads(self):
        kernels = bench_report.Kernels({"benchmarks": [KERNELS[0], case("peak/fp32/threads:2", 1, fma=20e9)]})
        self.assertAlmostEqual(kernels.peak(2), 96e9)

    def test_threads_determinism_and_growth(self):
        self.assertFalse(self.row("step, ρ > 0: 2 threads against 1").met())
        self.assertAlmostEqual(self.row("step, ρ > 0: cost of determinism").value, 1.52 / 1.5 - 1)
        self.assertAlmostEqual(self.row("step, ρ > 0: slowest against fastest, P = 128 to 8,192").value, 1.4 / 1.5)

    def test_ratio_to_the_better_pytorch(self):
        pairs = 512 * 47040 / 0.6
        self.assertAlmostEqual(self.row("step, ρ > 0: against the better of eager and compile").value, 1.5e9 / pairs)

    def test_training(self):
        self.assertAlmostEqual(self.row("loop against kernel time").value, 15.8 / 15)
        self.assertAlmostEqual(self.row("host's work for a weight and a step").value, 0.0025 / (2 * 8192 * 9) * 1e9)

    def test_sums_are_compared_with_the_model(self):
        row = self.row("sum of 1.15 MB, 2 ranks")
        self.assertAlmostEqual(row.value, 400)
        self.assertGreater(row.predicted, 0)

    def test_program_prints_a_table_and_writes_json(self):
        out, page, printed = self.folder / "bench.out", self.folder / "page.md", io.StringIO()
        page.write_text("before\n<!-- measured -->\nold\n<!-- end of measured -->\nafter\n")
        arguments = ["bench_report.py", str(self.folder), "--json", str(out), "--page", str(page)]
        with contextlib.redirect_stdout(printed), unittest.mock.patch.object(sys, "argv", arguments):
            bench_report.main()
        self.assertIn("of 7 aims met", printed.getvalue())
        self.assertEqual(len(json.loads(out.read_text())["rows"]), len(self.rows))
        # The line that names the machine is longer than a page's lines may be where the processor's name is long.
        start, middle, end = page.read_text().partition(bench_report.wrapped(printed.getvalue()))
        self.assertEqual((start, end), ("before\n<!-- measured -->\n\n", "\n<!-- end of measured -->\nafter\n"))


class Model(unittest.TestCase):
    def test_all_reduce(self):
        link = scaling_model.Link(1e-6, 1e9)
        self.assertEqual(scaling_model.all_reduce(1, 1e6, link.seconds), 0)
        self.assertAlmostEqual(scaling_model.all_reduce(4, 8, link.seconds), 2 * (1e-6 + 8e-9))
        self.assertAlmostEqual(scaling_model.all_reduce(4, 4e6, link.seconds), 6 * (1e-6 + 1e-3))

    def test_every_number_of_ranks_has_a_grid(self):
        for size in (scaling_model.PAPER, scaling_model.LARGE):
            for power in range(11):
                best = scaling_model.best(scaling_model.GPU, size, 2**power)
                self.assertEqual(best.grid[0] * best.grid[1], 2**power)

    def test_bytes_of_a_step(self):
        one = scaling_model.step(scaling_model.GPU, scaling_model.PAPER, 4, 1)
        self.assertEqual((one.gradient_bytes, one.prediction_bytes), (16 * 8000 * 9, 0))
        two = scaling_model.step(scaling_model.GPU, scaling_model.PAPER, 1, 2)
        self.assertEqual((two.gradient_bytes, two.prediction_bytes), (0, 8 * 470400))

    def test_the_page_holds_what_the_model_prints(self):
        page = pathlib.Path(__file__).parents[2] / "docs" / "scaling.md"
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            scaling_model.main()
        missing = set(printed.getvalue().splitlines()) - set(page.read_text().splitlines())
        self.assertEqual(missing, set(), "put into docs/scaling.md what tests/bench/scaling_model.py prints")

    def test_crossover(self):
        self.assertAlmostEqual(scaling_model.crossover(scaling_model.PAPER), 470400 / 72000)


if __name__ == "__main__":
    unittest.main()
