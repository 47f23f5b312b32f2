# SPDX-License-Identifier: Apache-2.0
"""The section on a GPU that gpu_page.py makes, of a made-up report: it names the card, and has the numbers."""

import contextlib
import copy
import io
import json
import pathlib
import sys
import tempfile
import unittest
import unittest.mock

import bench_report
import gpu_page

LINE = {"kind": "fp32", "images": 600, "blocks": 8000, "side": 3, "line": "dual step, rho = 0", "seconds": 0.0123456}
LINE |= {"pairs": 3.7632e9, "share_of_peak": 0.61, "scratch_bytes": 62 * 2**20}
PREDICTED = {"what": "dual step", "predicted": "10 to 11 ms", "why": "counted"}
WAY = {"mode": "eager", "tf32": True, "gates": "outside", "chunks": 4, "peak_bytes": 3 * 2**30, "seconds": 0.0321}
REPORT = {
    "rehearsal": False,
    "status": "complete",
    "date": "2031-02-03T04:05:06+00:00",
    "card": "Imagined H100 80GB",
    "device": {"runtime": 13010},
    "versions": {"revision": "abcdef012345", "LibTorch": "2.11.0"},
    "machine": {
        "card": {"driver_version": "999.88"},
        "attributes": {"driver serves CUDA": "13.2"},
        "cores": 16,
        "processor": "Imagined CPU",
    },
    "clocks": {"sm_mhz_median": 1755.0, "sm_mhz_most": 1980},
    "steps": [
        {"name": "suites", "judged": True, "outcome": "failed", "seconds": 20.0},
        {"name": "memcheck", "judged": True, "outcome": "skipped", "seconds": 0.0},
        {"name": "bench", "judged": False, "outcome": "failed", "seconds": 0.0},
        {"name": "paper_size", "judged": True, "outcome": "passed", "seconds": 7.77},
    ],
    "judged_passed": 1,
    "judged": 3,
    "bench": [LINE],
    "predictions": [
        PREDICTED | {"shown": "13.5 ms", "ratio": 1.227, "verdict": "missed"},
        PREDICTED | {"shown": "-", "ratio": None, "verdict": "not measured"},
    ],
    "against_pytorch": [
        {"images": 600, "blocks": 512, "rho": True, "zerogap": 0.00085, "ways": [WAY | {"error": 4e-4, "times": 37.76}]}
    ],
    "pytorch": [{"mode": "compile", "size": "60x8192", "error": "no C compiler"}],
    "trainings": {
        "paper": {
            "seconds_a_step": 0.0121,
            "time": {"steps": 0.484},
            "primal": {},
            "dual": {"objective": 4053.03, "gap": 0.41},
        }
    },
    "profiles": {"ncu_step": [{"kernel": "void zerogap::forward<float, 9>(X)", "registers": 87.0, "issue": 91.2}]},
}


class Section(unittest.TestCase):
    def setUp(self):
        self.report = copy.deepcopy(REPORT)

    def lines(self):
        return gpu_page.section(self.report).splitlines()

    def test_it_names_the_card_and_what_went_with_it(self):
        first = self.lines()[0]
        for words in ("revision abcdef012345", "one Imagined H100 80GB, 2031-02-03", "driver 999.88, for CUDA 13.2"):
            self.assertIn(words, first)
        self.assertIn("CUDA 13.1, LibTorch 2.11.0; 16 cores of Imagined CPU", first)
        self.assertIn("it ran at 1755 MHz (median; 1980 at most)", first)

    def test_it_tells_what_did_not_pass(self):
        self.assertIn("1 of 3 correctness steps passed; failed: suites; skipped: memcheck.", self.lines())
        self.assertFalse(any("cut off" in line for line in self.lines()))
        self.report["status"] = "running"
        self.assertTrue(any("cut off" in line for line in self.lines()))

    def test_tables(self):
        lines = self.lines()
        self.assertIn("| dual step | 10 to 11 ms | 13.5 ms | 1.23 | missed | counted |", lines)
        self.assertIn("| dual step | 10 to 11 ms | - |  | not measured | counted |", lines)
        self.assertIn("| fp32 | 600 | 8,000 | 9 | dual step, ρ = 0 | 12.35 | 305 | 61% | 62.0 |", lines)
        self.assertIn("| 600 | 512 | ρ > 0 | zerogap | 0.85 |  |  |  |", lines)
        way = "PyTorch, eager, TF32, gates outside, 4 chunks"
        self.assertIn(f"| 600 | 512 | ρ > 0 | {way} | 32.1 | 37.8 × | 3.00 | 4e-04 |", lines)
        self.assertIn("PyTorch failed (compile at 60 × 8192): no C compiler", lines)
        name = gpu_page.RUNS["paper"]
        self.assertIn(f"| {name} | 12.1 | 0.484 | 7.77 | dual 4053.03, gap 0.41 |", lines)
        self.assertIn("| step | forward | 87 |  | 91.2 |  |  |  |  |  |", lines)

    def test_another_card(self):
        self.report["card"] = "Imagined T4"
        self.assertTrue(any("for this card they say nothing" in line for line in self.lines()))

    def test_what_is_refused(self):
        for key, value in (("rehearsal", True), ("card", "")):
            self.report = REPORT | {key: value}
            with self.assertRaises(gpu_page.Refused):
                self.lines()


class Page(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.page, self.file = (pathlib.Path(folder.name) / name for name in ("page.md", "gpu.json"))
        real = pathlib.Path(__file__).parents[2] / "docs/performance.md"
        self.page.write_text(real.read_text())

    def main(self, text):
        self.file.write_text(text)
        arguments = ["gpu_page.py", str(self.file), "--page", str(self.page)]
        out, error = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
            with unittest.mock.patch.object(sys, "argv", arguments):
                code = gpu_page.main()
        return code, out.getvalue(), error.getvalue()

    def test_the_real_page_has_a_place_for_it(self):
        before = self.page.read_text()
        code, printed, _ = self.main(json.dumps(REPORT))
        self.assertEqual(code, 0)
        start, _, rest = before.partition("<!-- gpu -->\n")
        end = rest.partition("<!-- end of gpu -->\n")[2]
        self.assertTrue(end)
        expected = f"{start}<!-- gpu -->\n\n{bench_report.wrapped(printed)}\n<!-- end of gpu -->\n{end}"
        self.assertEqual(self.page.read_text(), expected)
        lines = bench_report.wrapped(printed).splitlines()
        sentences = [line for line in lines if not line.startswith(("|", "!", "<"))]
        self.assertLessEqual(max(map(len, sentences)), 100)
        self.assertEqual(self.main(json.dumps(REPORT))[0], 0)  # and once more
        self.assertEqual(self.page.read_text(), expected)

    def test_what_cannot_be_taken_changes_nothing(self):
        before = self.page.read_text()
        for text in ("", "{}", json.dumps(REPORT | {"rehearsal": True})):
            code, _, error = self.main(text)
            self.assertEqual(code, 2)
            self.assertRegex(error, r"^error: [^\n]* \([^\n]*\); [^\n]*\n$")
        self.assertEqual(self.page.read_text(), before)


if __name__ == "__main__":
    unittest.main()
