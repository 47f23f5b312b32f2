# SPDX-License-Identifier: Apache-2.0
"""zerogap report on tiny runs and sweeps, finished, at work, damaged and foreign: report_test.py PROGRAM REPOSITORY."""

import base64
import html.parser
import io
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree

PROGRAM, ROOT = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
try:
    import h5py
    import numpy as np
    from PIL import Image
except ImportError as missing:
    print(f"SKIPPED report: {missing}; run launch/setup")
    sys.exit(77)
from zerogap_tools import predictions  # noqa: E402  (what it needs comes first)

TINY = ["data.source=digits", "data.images=6", "data.test_images=4", "network.filters=5", "network.arrangements=6", "network.beta=2"]
TINY += ["optimizer.epochs=20", "run.evaluate_every=5", "run.threads=1", "optimizer.lr=0.01"]
SWEEP = """
config:
  data: {source: digits, images: 6, test_images: 4}
  network: {filters: 5, arrangements: 6}
  optimizer: {epochs: EPOCHS, lr: 0.01}
  run: {evaluate_every: 5, threads: 1}
axes:
  network.beta: [2, 4]
  network.lambda: [0.1, 0.2, 0.3]
seeds: 2
"""


def call(*arguments, **environment):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, env={**os.environ, **environment})


def made(*arguments):
    done = call(*arguments)
    if done.returncode:
        raise AssertionError(f"zerogap {arguments[0]}: {done.stderr}")


def settings(values):
    return [word for value in values for word in ("--set", value)]


class Reader(html.parser.HTMLParser):
    """Collects a page's references, headings and text."""

    def __init__(self, text):
        super().__init__()
        self.sources, self.links, self.headings, self.words, self.open = [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.sources += [attributes[k] for k in ("src", "srcset", "data", "poster") if k in attributes]
        self.links += [attributes["href"]] if "href" in attributes else []
        if tag in ("link", "script", "iframe", "object"):
            self.links.append(f"<{tag}>")
        self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        self.words.append(data)
        if self.open and self.open[-1] in ("h1", "h2", "h3"):
            self.headings.append(data)


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(prefix="zerogap-report-test-")
        cls.folder = pathlib.Path(cls.scratch.name)
        cls.run_folder = cls.folder / "run <1>"
        (cls.folder / "empty.yaml").write_text("{}\n")
        made("train", cls.folder / "empty.yaml", "--out", cls.run_folder, *settings(TINY))
        (cls.folder / "tiny.yaml").write_text(SWEEP.replace("EPOCHS", "10"))
        made("sweep", cls.folder / "tiny.yaml", "--out", cls.folder / "sweep")

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def setUp(self):
        self.out = self.folder / "out" / self.id().split(".")[-1]

    def report(self, *arguments, **environment):
        done = call("report", *arguments, "--out", self.out, **environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(p.name for p in self.out.iterdir()), ["figures", "index.html", "zerogap-report"])
        self.assertEqual([p for p in self.out.parent.iterdir() if p.name.startswith(".")], [])
        text = (self.out / "index.html").read_text(encoding="utf-8")
        reader = Reader(text)
        self.check_self_contained(reader, text)
        self.check_figures(reader)
        return reader, " ".join(" ".join(reader.words).split())

    def check_self_contained(self, reader, text):
        self.assertEqual([s[:40] for s in reader.sources if not s.startswith("data:image/png;base64,")], [])
        self.assertEqual([link for link in reader.links if not link.startswith("#")], [])
        self.assertNotIn("url(", text)
        self.assertNotIn("@import", text)
        for link in reader.links:
            self.assertIn(f'id="{link[1:]}"', text)

    def check_figures(self, reader):
        """Every image decodes, is not blank, and also exists as PNG and SVG."""
        files = sorted((self.out / "figures").iterdir())
        pngs = sorted(p.read_bytes() for p in files if p.suffix == ".png")
        self.assertEqual(len(pngs) * 2, len(files))
        self.assertGreaterEqual(len(pngs), 2)
        shown = sorted(base64.b64decode(s.split(",", 1)[1], validate=True) for s in reader.sources)
        self.assertEqual(shown, pngs)
        for png in shown:
            pixels = np.asarray(Image.open(io.BytesIO(png)).convert("L"))
            self.assertGreater(pixels.std(), 2)
        for svg in (p for p in files if p.suffix == ".svg"):
            self.assertEqual(xml.etree.ElementTree.parse(svg).getroot().tag, "{http://www.w3.org/2000/svg}svg")

    def refused(self, code, fragments, *arguments, **environment):
        done = call("report", *arguments, "--out", self.out, **environment)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stderr.count("error: "), 1, done.stderr)
        self.assertRegex(done.stderr, r"^error: [^\n]+ \(.+\); [^\n]+\n$")
        for fragment in fragments:
            self.assertIn(fragment, done.stderr)
        self.assertFalse(self.out.exists())
        if self.out.parent.exists():
            self.assertEqual([p for p in self.out.parent.iterdir() if p.name.startswith(".")], [])

    def test_run(self):
        reader, words = self.report(self.run_folder)
        for heading in ("run run <1>", "Objectives and certified gap", "Verdict", "Filters", "Denoised images", "Time and environment"):
            self.assertIn(heading, reader.headings)
        result = json.loads((self.run_folder / "result.json").read_text())
        for network in ("primal", "dual", "mapped", "mapped_gate", "embedded"):
            self.assertIn(f"{result[network]['psnr']:.2f} dB", words)
        self.assertIn(f"{result['baselines']['noisy_psnr']:.2f} dB", words)
        self.assertIn(f"{result['baselines']['linear_psnr']:.2f} dB", words)
        self.assertIn(result["machine"]["kernels"], words)
        self.assertIn("proved, at least", words)
        self.assertNotIn("NumPy finds", words)  # what it says where its PSNR is not the program's

    def test_shows_test_images_where_the_end_took_all(self):
        run = self.folder / "all-at-end"
        made("train", self.folder / "empty.yaml", "--out", run, *settings([*TINY, "data.final_test=all"]))
        at_end = json.loads((run / "result.json").read_text())["data"]["test_images"]
        self.assertGreater(at_end, 4)
        reader, words = self.report(run)
        self.assertTrue((self.out / "figures" / "all-at-end-images-test.png").exists())
        self.assertNotIn("are shown: ", words)  # what it says where a part is left out
        self.assertNotIn("NumPy finds", words)
        self.assertIn(f"its last evaluation took {at_end}", words)

    def test_predictions_are_the_programs(self):
        for form in ("decay", "product", "ball", "relative"):
            with self.subTest(form):
                run = self.folder / f"form-{form}"
                made("train", self.folder / "empty.yaml", "--out", run, *settings([*TINY, f"network.form={form}", "run.precision=fp64"]))
                result = json.loads((run / "result.json").read_text())
                with h5py.File(sorted(run.glob("checkpoints/*.h5"))[-1]) as file:
                    names = ("primal/u", "primal/v", "dual/g", "dual/w", "dual/w_prime")
                    weights = {name: file[name][:] for name in names}
                data = self.folder / f"{form}.h5"
                made("data", run / "config.yaml", "--out", data)
                with h5py.File(data) as file:
                    patches, clean = predictions.cut(file["noisy"][:], 3), file["clean"][:].reshape(-1)

                class Given:
                    pass

                Given.result, Given.weights, Given.config = result, weights, result["config"]
                predictors = predictions.predictors(Given)
                self.assertEqual(sorted(predictors), ["dual", "mapped", "mapped_gate", "primal"])
                for name, (predict, _) in predictors.items():
                    self.assertAlmostEqual(predictions.psnr(predict(patches), clean), result[name]["psnr"], places=9, msg=name)

    def test_certified_run(self):
        made("certify", self.run_folder, "--set", "certify.seconds=1", "--set", "certify.rounds=4")
        try:
            _, words = self.report(self.run_folder)
            self.assertIn(json.loads((self.run_folder / "certificate.json").read_text())["verdict"]["because"], words)
            self.assertTrue(list(self.out.glob("figures/*-bounds.svg")))
        finally:
            (self.run_folder / "certificate.json").unlink()

    def test_sweep(self):
        reader, words = self.report(self.folder / "sweep", "--title", "A & <b>B</b>")
        self.assertEqual(reader.headings[0], "A & <b>B</b>")
        for heading in ("sweep tiny", "Spread over seeds", "Baselines", "Gap against time", "Cells", "Environment", "Filters"):
            self.assertIn(heading, reader.headings)
        names = {p.stem for p in self.out.glob("figures/*.svg")}
        for name in ("tiny-primal", "tiny-dual", "tiny-spread", "tiny-gap", "tiny-best-primal-filters", "tiny-best-dual-images-test"):
            self.assertIn(name, names)
        cells = [p.name for p in (self.folder / "sweep" / "cells").iterdir()]
        self.assertGreaterEqual(len(cells), 18)
        for cell in cells:
            self.assertIn(cell, words)

    def test_a_path_has_no_band(self):
        run = self.folder / "path"
        more = ["run.networks=[dual]", "optimizer.dual.name=newton", "run.stop.gap=1e-2", "continuation.parameter=beta", "continuation.values=[4, 2]"]
        made("train", self.folder / "empty.yaml", "--out", run, *settings(TINY + more))
        reader, words = self.report(run, "--no-images")
        self.assertIn("Programs solved in order", reader.headings)
        self.assertIn("no band is drawn", words)

    def test_list_of_patches(self):
        data = self.folder / "patches.h5"
        with h5py.File(data, "w") as file:
            file["patches"] = np.array([[-2.0, 1], [-1, 1], [0, 1], [1, 1], [2, 1]])
            file["target"] = np.array([1.0, -1, -1, -1, 1])
        run = self.folder / "patches"
        more = ["data.source=hdf5", f"data.path={data}", "data.images=0", "data.test_images=0", "data.noise.sigma=0"]
        made("train", self.folder / "empty.yaml", "--out", run, *settings(TINY + more))
        _, words = self.report(run)
        self.assertIn("the data set is a list of patches", words)

    def test_in_a_browser(self):
        browser = shutil.which("chromium")
        if browser is None:
            self.skipTest("no chromium; install it to see the page drawn")
        self.report(self.run_folder)
        shot, profile = self.folder / "page.png", self.folder / "profile"
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={profile}"]
        page = self.out / "index.html"
        subprocess.run([browser, *options, "--window-size=1100,5000", f"--screenshot={shot}", page.as_uri()], check=True, capture_output=True, timeout=120)
        pixels = np.asarray(Image.open(shot).convert("L")).astype(float)
        self.assertEqual(pixels.shape, (5000, 1100))
        self.assertTrue((pixels[:, -3:] > 250).all())  # nothing sticks out on the right
        for top in range(0, 4000, 500):
            self.assertGreater(pixels[top : top + 500].std(), 5, f"blank from {top} on")

    def test_failed_cells(self):
        text = SWEEP.replace("EPOCHS, lr: 0.01", "1, dual: {name: newton}").replace("threads: 1", "threads: 1, stop: {gap: 1.0e-6}")
        (self.folder / "fail.yaml").write_text(text)
        done = call("sweep", self.folder / "fail.yaml", "--out", self.folder / "fail")
        self.assertEqual(done.returncode, 4, done.stderr)
        _, words = self.report(self.folder / "fail", "--no-images")
        self.assertIn("failed: the certified gap", words)

    def test_several_together(self):
        twin = shutil.copytree(self.run_folder, self.folder / "twin" / self.run_folder.name)
        reader, _ = self.report(self.run_folder, self.folder / "sweep", twin, self.run_folder, "--no-images")
        for folder in (self.run_folder, twin):  # of one name, so called by their paths, and each once
            self.assertEqual(reader.headings.count(f"run {folder}"), 1)
        self.assertIn("Together", reader.headings)
        self.assertIn("sweep tiny", reader.headings)
        self.assertNotIn("Denoised images", reader.headings)
        self.assertTrue((self.out / "figures" / "together-gap.png").exists())

    def test_replaces_a_report_and_nothing_else(self):
        self.report(self.run_folder, "--no-images")
        (self.out / "figures" / "old.png").write_text("")
        self.report(self.run_folder, "--no-images")
        (self.out / "zerogap-report").unlink()
        done = call("report", self.run_folder, "--out", self.out)
        self.assertEqual(done.returncode, 2)
        self.assertIn("not replaced", done.stderr)
        self.assertTrue((self.out / "index.html").exists())

    def test_without_its_data(self):
        run = self.copy("no-data")
        result = json.loads((run / "result.json").read_text())
        result["config"] = result["config"].replace("source: digits", "source: hdf5").replace('path: ""', 'path: "/nowhere.h5"', 1)
        (run / "result.json").write_text(json.dumps(result))
        _, words = self.report(run)
        self.assertIn("No images of the test set are shown", words)

    def test_other_data_is_not_passed_off_as_the_runs(self):
        run = self.copy("other-data")
        result = json.loads((run / "result.json").read_text())
        self.assertIn("sigma: 0.25", result["config"])
        result["config"] = result["config"].replace("sigma: 0.25", "sigma: 0.26")  # other pixels under the run's weights
        (run / "result.json").write_text(json.dumps(result))
        _, words = self.report(run)
        for part in ("test", "train"):
            self.assertIn(f"No images of the {part} set are shown: the data set has changed since the run", words)

    def copy(self, name):
        return shutil.copytree(self.run_folder, self.folder / name)

    def test_run_at_work(self):
        run = self.copy("at-work")
        (run / "result.json").unlink()
        (run / "history.jsonl").write_text((run / "history.jsonl").read_text() + '{"epoch": 25, "prim')
        _, words = self.report(run)
        self.assertIn("not finished", words)
        self.assertIn("as it was at epoch 20", words)

    def test_damaged_checkpoint_is_passed_over(self):
        run = self.copy("damaged-checkpoint")
        newest = sorted(run.glob("checkpoints/*.h5"))[-1]
        data = bytearray(newest.read_bytes())
        data[len(data) // 2] ^= 255
        newest.write_bytes(data[:-100])
        _, words = self.report(run)
        self.assertIn(f"Checkpoint {newest.name} was passed over", words)

    def test_sweep_at_work(self):
        (self.folder / "long.yaml").write_text(SWEEP.replace("EPOCHS", "1000"))
        folder = self.folder / "long"
        process = subprocess.Popen([PROGRAM, "sweep", self.folder / "long.yaml", "--out", folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 120
            while not list(folder.glob("cells/*/history.jsonl")) and time.monotonic() < deadline:
                time.sleep(0.05)
            os.kill(process.pid, signal.SIGSTOP)
            _, words = self.report(folder)
            self.assertIn("This sweep is not finished", words)
        finally:
            process.kill()
            process.wait()

    def test_bad_folders(self):
        empty = self.folder / "nothing"
        empty.mkdir()
        self.refused(3, ["no such folder"], self.folder / "absent")
        self.refused(3, ["it is no folder"], self.folder / "empty.yaml")
        self.refused(3, ["neither history.jsonl"], empty)
        (empty / "history.jsonl").write_text("")
        self.refused(3, ["its history is empty"], empty)
        (empty / "history.jsonl").write_text('{"loss": 3}\n')
        self.refused(3, ["is no run of zerogap"], empty)
        (empty / "store.json").write_text('{"format": "another"}')
        self.refused(3, ["no sweep of this zerogap"], empty)
        (empty / "store.json").write_text('{"format": "zerogap store", "schema": 1}')
        self.refused(3, ["holds no sweep yet"], empty)
        (empty / "sweeps").mkdir()
        (empty / "sweeps" / "a.json").write_text('{"axes": [3]}')
        self.refused(3, ["damaged"], empty)
        self.refused(2, ["has no sweep other"], self.folder / "sweep", "--sweep", "other")

    def test_corrupt_files(self):
        run = self.copy("corrupt")
        history = (run / "history.jsonl").read_text()
        (run / "history.jsonl").write_text("{nonsense\n" + history)
        self.refused(3, ["history.jsonl:1 is damaged"], run)
        (run / "history.jsonl").write_bytes(b"\xff\xfe\x00\n")
        self.refused(3, ["history.jsonl"], run)
        (run / "history.jsonl").write_text(history)
        (run / "result.json").write_text("[1]")
        self.refused(3, ["result.json is damaged"], run)
        (run / "result.json").write_text('{"status": ')
        self.refused(3, ["result.json is damaged"], run, self.run_folder)

    def test_bad_command_lines(self):
        self.assertEqual(call("report").returncode, 2)
        self.assertEqual(call("report", self.run_folder).returncode, 2)
        self.out = self.folder / "sweep" / "store.json" / "report"
        self.assertEqual(call("report", self.run_folder, "--out", self.out).returncode, 3)
        self.assertEqual(call("report", self.run_folder, "--out", self.folder / "empty.yaml").returncode, 2)

    def test_without_matplotlib(self):
        bare = self.folder / "bare-python"
        bare.write_text(f'#!/bin/sh\nshift\nexec "{sys.executable}" -I -S "$@"\n')  # no site-packages
        bare.chmod(0o755)
        self.refused(3, ["launch/setup"], self.run_folder, ZEROGAP_PYTHON=str(bare))
        self.refused(3, ["launch/setup"], self.run_folder, ZEROGAP_PYTHON="/no/such/python")
        self.refused(3, ["ZEROGAP_SHARE"], self.run_folder, ZEROGAP_SHARE="/no/such/place")

    def test_under_mpirun_one_rank_draws(self):
        self.report(self.run_folder)
        first = (self.out / "figures" / "run-1-images-test.png").read_bytes()
        done = subprocess.run(
            [ROOT / "launch" / "mpirun", "-n", "2", PROGRAM, "report", self.run_folder, "--out", self.out], capture_output=True, text=True
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count("report: "), 1)
        self.assertEqual((self.out / "figures" / "run-1-images-test.png").read_bytes(), first)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
