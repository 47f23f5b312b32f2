# SPDX-License-Identifier: Apache-2.0
"""Reports and plots of runs and sweeps whose names are no UTF-8, or that matplotlib would read otherwise, and command
lines with empty words: names_test.py PROGRAM REPOSITORY."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM, ROOT = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
try:
    import h5py  # noqa: F401  (the report needs it)
    import matplotlib  # noqa: F401
except ImportError as missing:
    print(f"SKIPPED report_names: {missing}; run launch/setup")
    sys.exit(77)
from zerogap_tools.text import unquoted  # noqa: E402  (what it needs comes first)

KEYS = ["data.images=6", "data.test_images=0", "network.filters=4", "network.arrangements=5", "optimizer.epochs=4", "run.evaluate_every=2", "run.threads=1"]
SWEEP = """
config:
  data: {source: hdf5, images: 6, test_images: 0}
  network: {filters: 4, arrangements: 5}
  optimizer: {epochs: 4}
  run: {evaluate_every: 2, threads: 1}
axes:
  data.path: [%s, %s]
"""


class Names(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(prefix="zerogap-names-test-")
        cls.folder = pathlib.Path(cls.scratch.name)
        (cls.folder / "empty.yaml").write_text("{}\n")
        cls.run_folder = cls.folder / "run"
        cls.made("train", "empty.yaml", "--out", cls.run_folder, *(word for key in KEYS for word in ("--set", key)))

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    @classmethod
    def start(cls, program, *words):
        environment = {**os.environ, "ZEROGAP_PYTHON": sys.executable, "ZEROGAP_PROGRAM": str(PROGRAM), "LC_ALL": "C.UTF-8"}
        return subprocess.run([program, *words], capture_output=True, cwd=cls.folder, env=environment)

    @classmethod
    def made(cls, *words):
        done = cls.start(PROGRAM, *words)
        if done.returncode:
            raise AssertionError(f"zerogap {words[0]}: {done.stderr.decode(errors='replace')}")
        return done

    def named(self, name):
        folder = self.folder / os.fsdecode(name)
        if not folder.exists():
            shutil.copytree(self.run_folder, folder)
        return folder

    def test_report_of_runs(self):
        for name, in_page in ((b"r\xff", "run r\\xff"), (b"$x_{$", "run $x_{$"), (b"_y", "run _y")):
            out = self.folder / os.fsdecode(b"page " + name)
            self.made("report", self.named(name), self.run_folder, "--out", out)
            self.assertIn(f">{in_page}</h2>", (out / "index.html").read_text(encoding="utf-8"))

    def test_report_of_a_sweep(self):
        data = [self.folder / os.fsdecode(name) for name in (b"d\xff.h5", b"d\xfe #$.h5")]
        for seed, file in enumerate(data):
            self.made("data", "--set", "data.images=6", "--set", f"data.seed={seed}", "--out", file)
        text = SWEEP % tuple(f"'{file}'" for file in data)
        file = self.folder / os.fsdecode(b"s\xfd.yaml")
        file.write_text(text, encoding="utf-8", errors="surrogateescape")
        store = self.folder / os.fsdecode(b"st\xfc")
        self.made("sweep", file, "--out", store)
        self.made("report", store, "--out", self.folder / "page")
        page = (self.folder / "page" / "index.html").read_text(encoding="utf-8")
        for words in ("sweep s\\xfd</h2>", "d\\xff.h5", "d\\xfe #$.h5"):
            self.assertIn(words, page)
        self.assertNotIn("&quot;/", page)  # text is plain
        plan = json.loads((store / "sweeps" / os.fsdecode(b"s\xfd.json")).read_text(encoding="utf-8"))
        self.assertEqual([unquoted(point["data.path"]) for point in plan["points"]], [str(file) for file in data])

    def test_plot(self):
        plot = ROOT / "launch" / "plot"
        for name in (b"r\xff", b"$x_{$", b"_y"):
            run = self.named(name)
            for words in ((run,), (run, self.run_folder, "--out", self.folder / os.fsdecode(name + b".png"))):
                done = self.start(plot, *words)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(name, done.stdout)
            self.assertTrue((run / "objective.png").exists())

    def test_draws_with_the_modules_beside_the_script(self):
        """Not with those of the working folder, of PYTHONPATH or of the environment, which several clones share."""
        other, here = self.folder / "other", self.folder / "here"
        for name in ("other/zerogap_tools/__init__.py", "here/zerogap_tools/__init__.py", "here/json.py"):
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text("raise SystemExit('the wrong module')\n")
        environment = {**os.environ, "ZEROGAP_PYTHON": sys.executable, "ZEROGAP_PROGRAM": str(PROGRAM), "PYTHONPATH": str(other)}
        for tool, *words in (("plot", self.run_folder), ("report", self.run_folder, "--no-images", "--out", "page"), ("paper", "claims", "--out", "claims")):
            done = subprocess.run([ROOT / "launch" / tool, *words], capture_output=True, cwd=here, env=environment)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_empty_words(self):
        for program in ("plot", "report", "paper"):
            for words in (("run", "--out", ""), ("run", "--out=")):
                done = self.start(ROOT / "launch" / program, *words)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertRegex(done.stderr, rb"^error: --out is empty \(.+\); [^\n]+\n$")
        done = self.start(ROOT / "launch" / "plot", "run", "")
        self.assertEqual((done.returncode, done.stderr.count(b"is empty")), (2, 1), done.stderr)

    def test_empty_words_of_scripts(self):
        environment = ROOT / "slurm" / "env" / "generic.sh"
        scripts = [(f"launch/{name}", "") for name in ("build", "bundle", "image", "quickstart", "test")]
        scripts += [("launch/test", "-L", ""), ("slurm/sweep", environment, "--name", "x", "--sbatch", "")]
        for script, *words in scripts:
            done = self.start(ROOT / script, *words)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertRegex(done.stderr, rb"^error: (an argument is empty|--sbatch is followed by nothing) \(.+\); [^\n]+\n$")

    def test_unquoted(self):
        self.assertEqual(unquoted(r'"a \"b\" \\ \x0a é"'), 'a "b" \\ \n é')
        self.assertEqual(unquoted("0.5"), "0.5")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
