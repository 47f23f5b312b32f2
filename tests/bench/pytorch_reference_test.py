# SPDX-License-Identifier: Apache-2.0
"""What pytorch_reference.py does on a GPU, with the CPU in its place: that chunks change nothing but the memory, and
that what fails is written down.

    pytorch_reference_test.py ZEROGAP_BENCH

Needs a Python that imports torch: this one, or that of tests/bench/environment.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

HERE = pathlib.Path(__file__).resolve().parent
try:
    import torch
except ImportError:
    command = [HERE.parents[1] / "launch/setup", "--where"]
    project = pathlib.Path(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())
    pythons = [str(python) for python in project.parent.glob("bench-env-*/bin/python")]
    if not pythons or sys.executable in pythons:
        print("SKIPPED bench_pytorch: needs a Python that can import torch; tests/bench/environment makes one")
        sys.exit(77)
    os.execv(pythons[0], [pythons[0], "-B", *sys.argv])

import pytorch_reference as reference

PROGRAM = sys.argv.pop(1)


class OnTheCpu(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        size = ["--dump_images=3", "--dump_blocks=16"]
        subprocess.run([PROGRAM, f"--dump={self.folder / 'dump'}", *size], check=True, capture_output=True)
        cuda = {"empty_cache": None, "reset_peak_memory_stats": None, "synchronize": None, "max_memory_allocated": 1234}
        cuda |= {"is_available": True, "get_device_name": "Imagined"}
        for name, value in cuda.items():
            patch = unittest.mock.patch.object(torch.cuda, name, lambda value=value: value)
            patch.start()
            self.addCleanup(patch.stop)
        self.problem = reference.Problem(self.folder / "dump")

    def gradient(self, chunks, inside):
        self.problem.split(chunks)
        self.problem.keep_gates()
        function = reference.with_gates if inside else reference.objective
        errors = self.problem.errors(function, self.problem.shape["rho"], inside)
        self.assertLess(max(errors.values()), reference.TOLERANCE)
        return self.problem.w.grad.clone()

    def test_chunks_and_gates_change_nothing(self):
        whole = self.gradient(1, False)
        for chunks, inside in ((3, False), (64, False), (1, True), (5, True)):
            torch.testing.assert_close(self.gradient(chunks, inside), whole, rtol=1e-4, atol=1e-4)

    def test_memory_that_does_not_suffice(self):
        real = reference.gates

        def little(y, *more):
            if y.shape[0] > 700:
                raise torch.cuda.OutOfMemoryError("too much")
            return real(y, *more)

        with unittest.mock.patch.object(reference, "gates", little):
            run = reference.measure_on_gpu(self.problem, reference.Way("eager", 0.01), 0.01)
        self.assertEqual((run["chunks"], run["peak_bytes"]), (4, 1234))
        self.assertLess(run["errors"]["gradient"], reference.TOLERANCE)
        with unittest.mock.patch.object(reference, "gates", lambda *_: little(self.problem.y)):
            run = reference.measure_on_gpu(self.problem, reference.Way("eager", 0.01), 0.01)
        self.assertIn("out of memory in 64 chunks", run["error"])

    def main(self, *words):
        out = self.folder / "out.json"
        arguments = ["pytorch_reference.py", str(self.folder / "dump"), "--device", "cuda", "--seconds", "0.01"]
        real = reference.Problem
        with (
            unittest.mock.patch.object(sys, "argv", [*arguments, "--out", str(out), *words]),
            unittest.mock.patch.object(reference, "Problem", lambda folder, _: real(folder)),
            unittest.mock.patch("builtins.print"),
        ):
            code = reference.main()
        return code, json.loads(out.read_text())

    def test_a_compiler_that_fails_is_written_down(self):
        with unittest.mock.patch.object(torch, "compile", side_effect=RuntimeError("no C compiler\nat all")):
            code, report = self.main()
        self.assertEqual((code, report["device"]), (0, "Imagined"))
        compiled = [run for run in report["runs"] if run["mode"] == "compile"]
        eager = [run for run in report["runs"] if run["mode"] == "eager"]
        self.assertEqual({run["error"] for run in compiled}, {"RuntimeError: no C compiler"})
        self.assertEqual((len(eager), len(compiled)), (5, 5))
        self.assertTrue(all(len(run["seconds"]) >= 3 for run in eager))
        self.assertEqual([run["gates"] for run in eager].count("inside"), 1)

    def test_budget(self):
        code, report = self.main("--budget", "0")
        self.assertEqual((code, report["runs"], report["left_out"]), (0, [], 10))

    def test_a_disagreement_is_an_error_but_for_tf32(self):
        run = {"errors": {"value": 0.0, "gradient": 4e-4}}
        self.assertTrue(reference.disagrees(run))
        self.assertFalse(reference.disagrees(run | {"tf32": True}))
        self.assertTrue(reference.disagrees({"errors": {"value": 0.0, "gradient": float("nan")}}))


if __name__ == "__main__":
    unittest.main()
