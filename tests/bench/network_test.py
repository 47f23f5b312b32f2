# SPDX-License-Identifier: Apache-2.0
"""tests/bench/network on a tiny problem: PyTorch's objective is zerogap's, and table, picture and figures get written.

    network_test.py ZEROGAP

Needs the Python that draws, and the environment that tests/bench/environment makes.
"""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
where = subprocess.run([ROOT / "launch/setup", "--where"], capture_output=True, text=True, check=True).stdout.strip()
pythons = sorted(pathlib.Path(where).parent.glob("bench-env-*/bin/python"))
if not pythons:
    print("SKIPPED bench_network: needs a Python that can import torch; tests/bench/environment makes one")
    sys.exit(77)
PROGRAM = sys.argv.pop(1)


class Quick(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.out = pathlib.Path(cls.folder.name)
        cls.environment = os.environ | {"ZEROGAP": PROGRAM, "OMP_WAIT_POLICY": "passive"}
        command = [HERE / "network", "--quick", cls.out]
        ended = subprocess.run(command, capture_output=True, text=True, env=cls.environment, check=False)
        if ended.returncode:
            raise AssertionError(ended.stderr)
        cls.text = ended.stdout
        cls.report = json.loads((cls.out / "network.json").read_text())
        cls.case = cls.report["cases"]["quick"]

    def test_pytorch_and_zerogap_have_one_objective(self):
        for way, error in self.case["pytorch"]["errors"].items():
            self.assertLess(error, 1e-12 if way.endswith("float64") else 1e-5, way)

    def test_product_too_and_another_objective_is_refused(self):
        folder = self.out / "raw/product"
        options = "--form product --source digits --images 4 --beta 0.5 --gap 0.1 --epochs 6".split()
        solve = [sys.executable, "-B", HERE / "network_zerogap.py", PROGRAM, "solve", folder, *options]
        subprocess.run(solve, check=True, env=self.environment)
        train = [pythons[0], "-B", HERE / "network_pytorch.py", folder, "--seconds", "0.1", "--eager"]
        subprocess.run(train, check=True, capture_output=True)
        errors = json.loads((folder / "pytorch.json").read_text())["errors"]
        self.assertLess(max(errors.values()), 1e-5)
        problem = json.loads((folder / "problem.json").read_text())
        (folder / "problem.json").write_text(json.dumps(problem | {"form": "decay"}))
        ended = subprocess.run(train, check=False, capture_output=True, text=True)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("PyTorch's objective is not zerogap's", ended.stderr)

    def test_objectives_are_those_of_their_curves(self):
        methods = [*self.case["methods"], self.case["solve"]]
        self.assertEqual([m["name"] for m in methods], ["Adam", "L-BFGS", "zerogap's Adam", "zerogap"])
        for method in methods:
            values = [value for _, value in method["points"]]
            self.assertEqual(values, sorted(values, reverse=True), method["name"])
            self.assertAlmostEqual(values[-1], method["objective"], delta=1e-4 * method["objective"], msg=method["name"])

    def test_bounds_are_those_of_the_history(self):
        solve = self.case["solve"]
        self.assertEqual(solve["bounds"][-1][1], solve["bound"])
        self.assertEqual(len(solve["bounds"]), solve["rounds"])

    def test_table_and_picture(self):
        self.assertEqual((self.out / "network.txt").read_text(), self.text)
        self.assertIn("its figures mean nothing", self.text)
        for name in ("zerogap, frank_wolfe", "PyTorch, Adam", "PyTorch, L-BFGS", "zerogap, Adam"):
            self.assertIn(f"| {name} |", self.text)
        start = (self.out / "network.png").read_bytes()[:24]
        self.assertEqual(start[:8], b"\x89PNG\r\n\x1a\n")
        self.assertGreater(struct.unpack(">II", start[16:])[0], 900)


if __name__ == "__main__":
    unittest.main()
