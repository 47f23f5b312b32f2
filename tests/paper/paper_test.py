# SPDX-License-Identifier: Apache-2.0
"""launch/paper on figure 1, its command line, and its texts in a page: paper_test.py PROGRAM REPOSITORY."""

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
    import h5py  # noqa: F401  (launch/paper needs it)
    import numpy as np
    from PIL import Image
except ImportError as missing:
    print(f"SKIPPED paper: {missing}; run launch/setup")
    sys.exit(77)
from zerogap_tools.command_line import Fail  # noqa: E402  (what they need comes first)
from zerogap_tools.paper import document, figure8_optimizers, levels, sweeps, variations  # noqa: E402


def paper(*arguments, **environment):
    environment = {**os.environ, "ZEROGAP_PROGRAM": str(PROGRAM), "ZEROGAP_PYTHON": sys.executable, **environment}
    return subprocess.run([ROOT / "launch" / "paper", *map(str, arguments)], capture_output=True, text=True, env=environment)


def leading(text):
    """The number that a table's entry begins with."""
    return float(text.replace(",", "").split()[0])


def in_brackets(text):
    """A relative gap such as (0.01%)."""
    return float(re.search(r"\(([-0-9.e]+)%\)", text).group(1)) / 100


class Figure1(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(prefix="zerogap-paper-test-")
        cls.out = pathlib.Path(cls.scratch.name) / "out"
        done = paper("1", "--scale", "small", "--out", cls.out)
        if done.returncode:
            raise AssertionError(done.stderr)
        cls.numbers = json.loads((cls.out / "figure1.json").read_text())
        cls.forms = {row["form"]: row for row in cls.numbers["verdicts"]}

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def test_every_point_has_every_form(self):
        self.assertEqual(list(self.forms), ["decay", "ball", "relative"])
        self.assertEqual(len(self.numbers["varied"]), 9)
        self.assertEqual(self.numbers["cells"], 166)

    def test_ball_and_relative_reach_what_is_proved(self):
        for form in ("ball", "relative"):
            row = self.forms[form]
            best, bound = leading(row["best primal found"]), leading(row["proved lower bound"])
            self.assertGreaterEqual(best, bound * (1 - 1e-5))  # six digits are printed
            self.assertLess(best - bound, 5e-4 * best)
            self.assertIn("closed, proved", row["duality gap"])
            self.assertLess(abs(leading(row["primal, Adam"]) - bound), 1e-3 * bound)  # the mean over seeds

    def test_decay_does_not_without_many_filters(self):
        row = self.forms["decay"]
        self.assertIn("open", row["duality gap"])
        best, bound = leading(row["best primal found"]), leading(row["proved lower bound"])
        self.assertGreater(leading(row["primal, Adam"]), 4 * bound)
        self.assertLess(best, 1.03 * bound)
        self.assertGreater(int(row["its filters"]), 500)

    def test_more_filters_come_closer_to_the_bound(self):
        rows = self.numbers["width"]
        self.assertEqual([row["filters"] for row in rows], ["4", "16", "64", "256", "1024"])
        best = [min(leading(row["the best of them"]), leading(row["made of its own program"])) for row in rows]
        self.assertEqual(best, sorted(best, reverse=True))
        self.assertLess(best[-1], 0.15 * best[0])

    def test_kept_constraints_cost_something(self):
        for row in self.numbers["verdicts"]:
            self.assertGreaterEqual(leading(row["constraints kept (gap)"]), leading(row["random blocks (gap)"]) * (1 - 1e-5))

    def test_programs_are_solved_and_in_their_order(self):
        for row in self.numbers["verdicts"] + self.numbers["varied"]:
            with self.subTest(form=row["form"], beta=row["β"], lam=row["λ"]):
                for key, most in (("own filters (gap)", 1e-3), ("random blocks (gap)", 1e-5), ("every block, ρ = 0 (gap)", 1e-4), ("constraints kept (gap)", 1e-5)):
                    self.assertLessEqual(in_brackets(row[key]), most)
                    self.assertGreaterEqual(in_brackets(row[key]), 0)
                every = leading(row["every block, ρ = 0 (gap)"])
                self.assertLessEqual(every, leading(row["random blocks (gap)"]))
                self.assertLessEqual(every, leading(row["own filters (gap)"]))
                self.assertLessEqual(leading(row["own filters (gap)"]), leading(row["primal, Adam"]))
                self.assertLessEqual(leading(row["proved lower bound"]), leading(row["best primal found"]) * (1 + 1e-5))
        self.assertLessEqual(self.numbers["largest_certified_gap"], 1e-6)

    def test_picture(self):
        pixels = np.asarray(Image.open(self.out / "figures" / "figure1.png").convert("L")).astype(float)
        third = pixels.shape[1] // 3
        for panel in range(3):
            self.assertGreater(pixels[:, panel * third : (panel + 1) * third].std(), 10, f"panel {panel} is blank")
        self.assertIn("<svg", (self.out / "figures" / "figure1.svg").read_text()[:2000])

    def test_again_computes_nothing_and_says_the_same(self):
        results = {path: path.stat().st_mtime_ns for path in self.out.glob("store/cells/*/result.json")}
        before = (self.out / "figure1.md").read_bytes()
        self.assertEqual(paper("1", "--out", self.out).returncode, 0)
        self.assertEqual({path: path.stat().st_mtime_ns for path in self.out.glob("store/cells/*/result.json")}, results)
        self.assertEqual((self.out / "figure1.md").read_bytes(), before)

    def test_document(self):
        page = self.out / "page.md"
        page.write_text("Before.\n\n<!-- paper:figure1 -->\nold\n<!-- end -->\n\nAfter.\n")
        words = "new words, `a command that stays on one line` " * 5
        table, code = f"| {words}|", f"```\n{words}\n```"
        document.fill(page, {"figure1": f"![f](FIGURES/figure1.png)\n\n{table}\n\n{code}\n\n{words}\n"}, self.out / "figures")
        text = page.read_text()
        self.assertIn(table, text)
        self.assertIn(code, text)
        sentences = text.replace(table, "").replace(code, "")
        self.assertLessEqual(max(map(len, sentences.splitlines())), 100)
        self.assertEqual(sentences.count("`a command that stays on one line`"), 5)
        self.assertNotIn("old", text)
        self.assertIn("![f](page/figure1.png)", text)
        self.assertTrue(text.startswith("Before.") and text.endswith("After.\n"))
        self.assertLess((self.out / "page" / "figure1.png").stat().st_size, 150_000)
        with self.assertRaisesRegex(Fail, "has no place for figure6"):
            document.fill(page, {"figure6": ""}, self.out / "figures")


class CommandLine(unittest.TestCase):
    def refused(self, code, words, *arguments, **environment):
        done = paper(*arguments, **environment)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"^error: .+ \(.+\); .+\n$")
        self.assertIn(words, done.stderr)

    def test_help(self):
        done = paper("--help")
        self.assertEqual(done.returncode, 0)
        self.assertIn("--scale small", done.stdout)

    def test_refusals(self):
        with tempfile.TemporaryDirectory(prefix="zerogap-paper-test-") as scratch:
            out = pathlib.Path(scratch) / "out"
            self.refused(2, "there is no figure 7", "7", "--out", out)
            self.refused(2, "--scale", "--scale", "large", "--out", out)
            self.refused(2, "--jobs 0", "--jobs", "0", "--out", out)
            self.refused(2, "page.md", "claims", "--document", out / "page.md", "--out", out)
            self.refused(3, "cannot be started", "1", "--out", out, ZEROGAP_PROGRAM="/no/such/zerogap")
            self.refused(3, "launch/setup", "1", "--out", out, ZEROGAP_PYTHON="/no/such/python")
            self.refused(3, "cannot be written", "1", "--out", "/proc/nowhere")

    def test_keys_are_the_programs(self):
        """Figures 8 to 10 need MNIST and minutes; what they look up in a cell's settings is looked at here."""
        keys = subprocess.run([PROGRAM, "config", "--keys"], capture_output=True, text=True, check=True).stdout
        known = set(re.findall(r"^(\S+)  ", keys, re.M))
        named = {*sweeps.PROBLEM, *sweeps.SOLVED, *figure8_optimizers.RATE.values(), *variations.KEYS, levels.SIGMA, levels.LAMBDA, levels.BETA}
        for key in named:
            self.assertIn(key.replace(".primal.", ".").replace(".dual.", "."), known)

    def test_dry_run_computes_nothing(self):
        with tempfile.TemporaryDirectory(prefix="zerogap-paper-test-") as scratch:
            out = pathlib.Path(scratch) / "out"
            done = paper("1", "6", "--scale", "paper", "--dry-run", "--out", out)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("cells to compute", done.stdout)
            self.assertIn("as measured on two cores", done.stdout)
            self.assertIn("not measured", done.stdout)
            self.assertFalse(out.exists())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
