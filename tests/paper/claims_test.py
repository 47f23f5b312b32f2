# SPDX-License-Identifier: Apache-2.0
"""launch/paper claims: every claim is computed, has the value found by hand, and stands so in docs/paper.md:
claims_test.py PROGRAM REPOSITORY."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

PROGRAM, ROOT = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
try:
    import h5py
    import numpy as np
except ImportError as missing:
    print(f"SKIPPED paper_claims: {missing}; run launch/setup")
    sys.exit(77)
from zerogap_tools.paper import claims  # noqa: E402  (what it needs comes first)
from zerogap_tools.paper.claims import by_hand, counting, experiments, programs  # noqa: E402
from zerogap_tools.paper.claims.claim import CONDITION, FAILS, HOLDS, OPEN  # noqa: E402

os.environ["ZEROGAP_PROGRAM"] = str(PROGRAM)
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
MADE = {}


def made(function):
    """A claim, computed once."""
    if function not in MADE:
        MADE[function] = function()
    return MADE[function]


class ByHand(unittest.TestCase):
    def test_overlapping_sets(self):
        self.assertEqual(made(by_hand.overlapping_sets).numbers, {"sum": 2.0, "gate": 0.0})

    def test_rescaling(self):
        found = made(by_hand.rescaling).numbers
        self.assertEqual((found["before"], found["after"]), (1.0, 0.0))
        self.assertAlmostEqual(found["decay"], 0.45717, places=5)  # docs/theory.md, section 7
        self.assertEqual(found["ball"], 1.0)
        self.assertAlmostEqual(found["bound"], 0.19, places=12)

    def test_rescaling_is_what_zerogap_certifies(self):
        """The same example through the program: the decay network's exact bound and its optimum."""
        with tempfile.TemporaryDirectory(prefix="zerogap-claims-test-") as scratch:
            folder = pathlib.Path(scratch)
            with h5py.File(folder / "one.h5", "w") as file:
                file["patches"], file["target"] = np.array([[1.0]]), np.array([1.0])
            (folder / "one.yaml").write_text(
                "data: {source: hdf5, path: one.h5, images: 0, test_images: 0}\n"
                "network: {lambda: 1, beta: 0.1, filters: 1, arrangements: 1}\n"
                "optimizer: {name: frank_wolfe, epochs: 40}\nrun: {networks: [primal], precision: fp64, threads: 1}\n"
            )
            for command in (["train", "one.yaml", "--out", "run"], ["certify", "run"]):
                done = subprocess.run([PROGRAM, *command], cwd=folder, capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stderr)
            certificate = json.loads((folder / "run" / "certificate.json").read_text())
        decay = certificate["networks"]["decay"]
        self.assertAlmostEqual(decay["objective"], 0.45717, places=4)
        self.assertLessEqual(decay["certificate"], 0.19 + 1e-12)
        self.assertLess(decay["certificate"], decay["objective"])

    def test_active_norms(self):
        found = made(by_hand.active_norms).numbers
        self.assertAlmostEqual(found["sphere"], 1 - (1.5 - 0.01) ** 2 / 2.5, places=12)  # one column, (0.5, 1.5)
        self.assertLess(found["ball"], 0.0385)
        self.assertLess(found["at"], 0.6)

    def test_sum_inside(self):
        found = made(by_hand.sum_inside).numbers
        for key, value in (("primal", 0.19), ("one", 0.19), ("two", 0.0975)):  # 1 - (0.1 - 2)^2/4
            self.assertAlmostEqual(found[key], value, places=12)

    def test_exchange(self):
        self.assertGreater(made(by_hand.exchange).numbers["one"], 4)  # against 0.4977

    def test_minus(self):
        found = made(by_hand.missing_minus).numbers
        self.assertEqual(found["printed"], -found["dual"])
        self.assertEqual(found["signed"], found["dual"])
        self.assertNotEqual(found["signed2"], found["dual2"])

    def test_orientation(self):
        found = made(by_hand.orientation).numbers
        self.assertGreater(found["side"], 0)
        self.assertAlmostEqual(found["right"], 0.36, places=6)  # 1 - (1 - beta/q)^2
        self.assertAlmostEqual(found["right"], found["printed"], places=9)

    def test_gates(self):
        found = made(by_hand.gates).numbers
        self.assertTrue(all(a > b for a, b in zip(found["values"], found["values"][1:])))
        self.assertGreater(found["values"][-1], found["limit"])


class Counting(unittest.TestCase):
    def test_eq73_and_eq74(self):
        self.assertEqual(made(counting.eq73).numbers, {"says": 4, "counted": 39, "m3": 512})
        found = made(counting.eq74_claim).numbers
        self.assertEqual((found["paper"], found["patterns"], found["ours"], found["counted"]), (3, 5, 5, 39))
        self.assertAlmostEqual(found["said"], 41.25, places=2)
        self.assertAlmostEqual(found["bound"], 48.20, places=2)

    def test_the_program_counts_the_same(self):
        """result.json has Eq. 74 and the bound."""
        with programs.Folder() as folder:
            folder.data(*counting.FIGURE1)
            settings = {"network.lambda": 0.1, "network.arrangements": 2, "network.filters": 2, "optimizer.epochs": 1}
            found = folder.train(settings)["arrangements"]
        self.assertAlmostEqual(10 ** found["log10_patterns_paper"], counting.eq74(5, 2), places=9)
        self.assertAlmostEqual(10 ** found["log10_patterns_bound"], counting.parallel(5, 2), places=9)

    def test_lemma4(self):
        self.assertEqual(made(counting.lemma4).numbers, {"small": 5, "figure1": 56})


class Programs(unittest.TestCase):
    def test_filters_needed(self):
        found = made(programs.filters_needed).numbers
        self.assertEqual(found["few"], 3)
        self.assertAlmostEqual(found["ball"], found["bound"], places=5)
        self.assertAlmostEqual(found["bound"], 0.497716, places=5)
        self.assertGreater(found["wanted"], 500)
        self.assertGreater(found["decay"][6], 4 * found["decay_bound"])
        self.assertLess(found["decay"][1024], 1.03 * found["decay_bound"])

    def test_equal_blocks_are_one(self):
        for one, five in made(programs.one_block).numbers["rows"]:
            self.assertAlmostEqual(five / one, 1, delta=3e-4)  # each within 1e-4 of its optimum

    def test_all_patterns(self):
        found = made(programs.all_patterns).numbers
        self.assertEqual(found["count"], 38)
        for name, value in found["values"].items():
            self.assertLess(value, 0.2, name)  # Eq. 26 has 0.4977
        self.assertGreater(max(found["values"].values()), 2 * min(found["values"].values()))

    def test_patterns_or_patches(self):
        found = made(programs.patterns_or_patches).numbers
        self.assertAlmostEqual(found["own"] / found["value"], 1, delta=1e-3)
        self.assertGreater(min(found["five"]), 1.1 * found["value"])


class Experiments(unittest.TestCase):
    def test_start_at_blocks(self):
        found = made(experiments.start_at_blocks).numbers
        self.assertAlmostEqual(found["first"] / found["by_hand"], 1, places=9)
        self.assertAlmostEqual(found["ends"][0] / found["ends"][1], 1, delta=3e-4)

    def test_complexity(self):
        found = made(experiments.complexity).numbers
        self.assertAlmostEqual(found["said"], 133, delta=0.5)
        self.assertLess(max(found["steps"].values()), 200)

    def test_amount_of_data(self):
        for images, distance in made(experiments.amount_of_data).numbers["rows"].items():
            self.assertLess(distance, -0.2, images)

    def test_small_thresholds(self):
        rows = made(experiments.small_thresholds).numbers["rows"]
        self.assertLess(rows[0.2], -0.2)
        self.assertLess(abs(rows[0]), 0.02)

    def test_kaiming_and_asgd(self):
        self.assertEqual(len(made(experiments.kaiming).numbers["rows"]), 2)
        ends = made(experiments.asgd).numbers["ends"]
        self.assertEqual(set(ends), {"sgd", "asgd", "svrg", "adagrad", "adam"})
        self.assertLess(ends["adam"], min(value for name, value in ends.items() if name != "adam"))


class Page(unittest.TestCase):
    def test_it_shows_what_is_computed(self):
        """Every line but those that depend on the machine, and the verdict of each claim in the table at the top."""
        page = (ROOT / "docs" / "paper.md").read_text()
        table = page.split("\n## ")[1]
        for function in claims.ALL:
            claim = made(function)
            self.assertIn(claim.verdict, (HOLDS, CONDITION, FAILS, OPEN))
            for line in claim.text().splitlines():
                wanted = re.split(r"\d", line)[0] if line.startswith("  observed:") else line
                self.assertIn(wanted, page)
            rows = [row for row in table.splitlines() if row.startswith("|") and f"| {claim.where} |" in row]
            self.assertTrue(any(f"| {claim.verdict}" in row for row in rows), f"{claim.where}: {claim.verdict} is not in the table")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
