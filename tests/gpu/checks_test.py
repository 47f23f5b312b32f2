# SPDX-License-Identifier: Apache-2.0
"""tests/gpu/checks without a GPU: on stand-ins for a visit's programs and tools, and on the real ones on a CPU.

    checks_test.py BUILD

What a visit depends on: that no step stops the next, that what hangs is ended with all it has started, that there is an
end in time, and that a run that is killed leaves what it has. BUILD has zerogap and zerogap_gpu_bench_emulated.
"""

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

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else ROOT / "build/default").resolve()
sys.path[:0] = [str(HERE / "checking"), str(ROOT / "tests/bench")]

import gpu_page  # noqa: E402
import measurements  # noqa: E402
import predictions  # noqa: E402

CARD = "NVIDIA Pretended H100"
# A trainer that leaves what a run does.
TRAIN = """
[[ $1 == --version ]] && echo "zerogap 0.1.0 (0123456789ab)" && echo "LibTorch     2.11.0" && exit 0
[[ $1 == train ]] || exit 0
while (($#)); do [[ $1 != --out ]] || out=$2; shift; done
mkdir -p "$out/checkpoints"
echo '{"epoch": 1, "seconds": '$RANDOM', "objective": 3}' >"$out/history.jsonl"
echo weights >"$out/checkpoints/1.h5"
cat >"$out/result.json" <<END
{"status": "complete", "seconds": 1.5, "time": {"steps": 0.5, "evaluations": 0.1, "checkpoints": 0.0},
 "steps": {"primal": 20, "dual": 30}, "pairs_per_second": 1e9, "data": {"origin": "digits"},
 "primal": {"objective": 2.0}, "dual": {"objective": 3.0, "gap": 0.0005}}
END
"""
SANITIZER = """
while [[ $1 != */* ]]; do shift; done
exec "$@"
"""
NCU = """
if [[ $1 == --import ]]; then
  [[ -f $2 ]] || exit 1
  [[ $* == *csv* ]] || exit 0
  printf '%s\\n' '"ID","Kernel Name","launch__registers_per_thread"' '"","","register/thread"' '"0","forward","90"'
  exit 0
fi
while [[ $1 != -o ]]; do shift; done
echo report >"$2.ncu-rep"
"""
CLOCKS = "1755, 2619, 420.5, 50"
ABOUT = f"{CARD}, 580.95.05, 81559 MiB, 1980 MHz, 2619 MHz, 700.00 W, Enabled, Enabled, Disabled, Default, 0:01:00.0"
NVIDIA_SMI = f"""
case $* in
  *clocks_event*) echo 'Field "clocks_event_reasons.active" is not a valid field to query.' && exit 2 ;;
  *-lms*) while :; do echo "{CLOCKS}"; sleep 0.02; done ;;
  *) echo "{ABOUT}" ;;
esac
"""
# Among the words of what hangs here, and of nothing else on this machine.
MARK = f"70.{os.getpid():07}"
HANGS = f"""
echo "says something, and hangs"
setsid bash -c 'trap "" TERM; while :; do sleep {MARK}; done' &
(setsid bash -c 'exec sleep {MARK}' &)
trap "" TERM
while :; do sleep {MARK}; done
"""


def at_work(mark):
    """Processes with that among their words."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if mark.encode() in words:
            found.append(int(folder.name))
    return found


class Folder(unittest.TestCase):
    """What tests/gpu/pack makes, of stand-ins."""

    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix="checks-test.")
        self.addCleanup(place.cleanup)
        self.addCleanup(self.end_what_is_left)
        self.place = pathlib.Path(place.name)
        self.folder, self.out, self.tmp = (self.place / name for name in ("folder", "out", "tmp"))
        for name in ("bin", "golden", "tools"):
            (self.folder / name).mkdir(parents=True)
        self.tmp.mkdir()
        shutil.copytree(ROOT / "configs", self.folder / "configs")
        self.program("run", '[[ $1 != mpirun ]] || while [[ $1 != zerogap ]]; do shift; done\nexec "$@"', "")
        self.program("zerogap", TRAIN)
        for name in ("zerogap_gpu_test", "golden_evaluate_gpu", "golden_trajectory_gpu", "zerogap_bench"):
            self.program(name, "echo fine")
        self.program("zerogap_gpu_bench", f'exec {BUILD}/tests/gpu/zerogap_gpu_bench_emulated "$@" --size 2,16,3')
        self.program("h5diff", 'cmp "$1" "$2"')
        for name, text in (("compute-sanitizer", SANITIZER), ("ncu", NCU), ("nvidia-smi", NVIDIA_SMI)):
            self.program(name, text, "tools")
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("ZEROGAP_", "OUT"))}
        self.environment |= {"TMPDIR": str(self.tmp), "ZEROGAP_PYTHON": sys.executable}
        self.environment["PATH"] = f"{self.folder}/tools:{self.folder}/bin:{os.environ['PATH']}"

    def end_what_is_left(self):
        """Where a test kills what would end it, or fails."""
        for mark in (f"{self.place}/", MARK):
            for process in at_work(mark):
                try:
                    os.kill(process, signal.SIGKILL)
                except ProcessLookupError:
                    pass

    def program(self, name, text, folder="bin"):
        file = self.folder / folder / name
        file.write_text("#!/usr/bin/env bash\n" + text)
        file.chmod(0o755)

    def command(self, *options):
        return [HERE / "checks", self.folder, self.out, *options]

    def checks(self, *options):
        """Its exit code; the rest is in self.said, self.results and self.outcomes."""
        command = self.command(*options)
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=120, check=False)
        self.said = done.stdout + done.stderr
        self.read()
        return done.returncode

    def read(self):
        self.results = json.loads((self.out / "results.json").read_text())
        self.outcomes = {step["name"]: step["outcome"] for step in self.results["steps"]}
        self.why = {step["name"]: step["why"] for step in self.results["steps"]}


class Visit(Folder):
    def test_all_is_well(self):
        self.assertEqual(self.checks(), 0, self.said)
        judged = {step["name"]: step["outcome"] for step in self.results["steps"] if step["judged"]}
        self.assertEqual(set(judged.values()), {"passed"}, judged)
        self.assertEqual(len(judged), 26)
        self.assertEqual(self.results["status"], "complete")
        report = json.loads((self.out / "gpu.json").read_text())
        self.assertEqual((report["card"], report["versions"]["revision"]), (CARD, "0123456789ab"))
        self.assertEqual(report["device"]["device"], "cuda emulated GPU")
        self.assertEqual([line["line"] for line in report["bench"]][:2], ["dual step", "dual step, rho = 0"])
        self.assertEqual(report["clocks"]["sm_mhz_median"], 1755)
        self.assertAlmostEqual(report["trainings"]["paper"]["seconds_a_step"], 0.01)
        found = {entry["key"]: entry for entry in report["predictions"]}
        self.assertEqual(found["ncu forward registers"]["measured"], 90)
        self.assertEqual(found["train paper_size step"]["verdict"], "ok")
        self.assertIn(f"on one {CARD}", gpu_page.section(report))
        self.assertIn("26 of 26 correctness steps passed", self.said)
        self.assertEqual(list(self.tmp.iterdir()), [])

    def test_a_failure_stops_nothing_and_is_told(self):
        self.program("zerogap_gpu_test", "[[ $* == *filter=-* ]] && exit 0\necho 'test 7 is wrong'\nexit 1")
        self.program("golden_evaluate_gpu", "echo 'SKIPPED golden_evaluate_gpu: no GPU (it has gone)'\nexit 77")
        self.program("golden_trajectory_gpu", "kill -SEGV $$")
        self.program("zerogap", TRAIN + 'case $out in */mnist_again) echo other >"$out/checkpoints/1.h5" ;; esac')
        self.assertEqual(self.checks(), 1)
        bad = ("suites", "golden_evaluate", "golden_trajectory", "mnist_same")
        self.assertEqual({name: self.outcomes[name] for name in bad}, dict.fromkeys(bad, "failed"))
        self.assertEqual(self.why["golden_evaluate"], "no GPU (it has gone)")
        self.assertEqual(self.why["golden_trajectory"], "ended by SIGSEGV")
        self.assertIn("    test 7 is wrong", self.said)
        self.assertEqual((self.outcomes["bench"], self.outcomes["newton_alike"]), ("passed", "passed"))
        lines = (self.out / "steps.tsv").read_text().splitlines()
        self.assertEqual(len(lines), 1 + len(self.outcomes))
        self.assertIn("did not pass: suites, golden_evaluate, golden_trajectory, memcheck, ", self.said)

    def test_what_hangs_is_ended_with_all_it_started(self):
        self.program("golden_evaluate_gpu", HANGS)
        # ... and so is what a step leaves behind that ends by itself.
        self.program("golden_trajectory_gpu", f"setsid bash -c 'exec sleep {MARK}' &")
        begin = time.monotonic()
        self.assertEqual(self.checks("--scale", "0.03", "--only", "golden_*", "--only", "doctor"), 1)
        self.assertLess(time.monotonic() - begin, 20)
        self.assertEqual(self.outcomes["golden_evaluate"], "timed out")
        self.assertEqual((self.outcomes["doctor"], self.outcomes["golden_trajectory"]), ("passed", "passed"))
        self.assertEqual(at_work(MARK), [])
        self.assertIn("    says something, and hangs", self.said)

    def test_there_is_an_end_in_time(self):
        self.program("golden_evaluate_gpu", f"exec sleep {MARK}")
        self.program("golden_trajectory_gpu", f"exec sleep {MARK}")
        begin = time.monotonic()
        only = [word for name in ("doctor", "golden_*", "mnist_*") for word in ("--only", name)]
        self.assertEqual(self.checks("--seconds", "16", *only), 1)
        self.assertLess(time.monotonic() - begin, 16)
        self.assertEqual(self.outcomes["golden_evaluate"], "timed out")
        self.assertIn("shortened from 60 for want of time", self.why["golden_evaluate"])
        self.assertEqual((self.outcomes["golden_trajectory"], self.outcomes["mnist_cuda"]), ("no time", "no time"))
        self.assertEqual(self.results["status"], "complete")

    def begin_and_hang(self):
        self.program("golden_evaluate_gpu", f"echo 'half of it'\nexec sleep {MARK}")
        command = self.command("--only", "doctor", "--only", "golden_*")
        running = subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(running.stdout.close)
        until = time.monotonic() + 30
        while not at_work(MARK):
            self.assertLess(time.monotonic(), until, "the step did not begin")
            time.sleep(0.05)
        time.sleep(0.2)
        return running

    def test_killed_it_leaves_what_it_has(self):
        running = self.begin_and_hang()
        running.kill()
        running.wait()
        self.read()
        self.assertEqual(self.results["running"]["name"], "golden_evaluate")
        self.assertEqual((self.results["status"], self.outcomes), ("running", {"doctor": "passed"}))
        report = json.loads((self.out / "gpu.json").read_text())
        self.assertEqual([step["name"] for step in report["steps"]], ["doctor"])
        self.assertIn("half of it", (self.out / "log.txt").read_text())
        self.assertEqual(len((self.out / "steps.tsv").read_text().splitlines()), 2)

    def test_asked_to_end_it_cleans_up(self):
        running = self.begin_and_hang()
        running.terminate()
        said = running.stdout.read().decode()
        self.assertEqual(running.wait(), 128 + signal.SIGTERM)
        self.read()
        self.assertEqual(self.results["status"], "interrupted")
        self.assertIn("interrupted (SIGTERM)", said)
        self.assertEqual(at_work(MARK), [])
        self.assertEqual(list(self.tmp.iterdir()), [])

    def test_without_a_gpu(self):
        self.program("zerogap_gpu_test", "echo 'SKIPPED zerogap_gpu_test: no GPU (there is no driver)'\nexit 77")
        done = subprocess.run(self.command(), env=self.environment, capture_output=True, text=True, check=False)
        line = "SKIPPED checks: no GPU (there is no driver); --rehearse does what a CPU can\n"
        self.assertEqual((done.returncode, done.stdout), (77, line))
        self.assertFalse(self.out.exists())

    def test_where_nothing_starts(self):
        self.program("run", "echo 'error: PyTorch was not found (why); what to do' >&2\nexit 2", "")
        for words in ([], ["--rehearse"]):
            done = subprocess.run(
                self.command(*words), env=self.environment, capture_output=True, text=True, check=False
            )
            line = "error: PyTorch was not found (why); what to do\n"
            self.assertEqual((done.returncode, done.stdout, done.stderr), (2, "", line))
        self.assertFalse(self.out.exists())

    def test_a_tool_that_is_missing(self):
        (self.folder / "tools/ncu").unlink()
        if shutil.which("ncu") or list(pathlib.Path("/").glob("usr/local/cuda*/bin/ncu")):
            self.skipTest("this host has ncu")
        self.assertEqual(self.checks("--only", "ncu_step", "--only", "memcheck"), 0, self.said)
        self.assertEqual((self.outcomes["ncu_step"], self.outcomes["memcheck"]), ("skipped", "passed"))
        self.assertEqual(self.why["ncu_step"], "there is no ncu here")

    def test_usage(self):
        for words, text in (
            ([], "the following arguments are required"),
            ([self.folder, "--nonsense"], "unrecognized arguments: --nonsense"),
            ([self.place], "there is no run"),
            ([self.folder, self.out, "--only", "nothing"], "no step nothing"),
            ([self.folder, "/proc/out"], "cannot write /proc/out"),
        ):
            command = [HERE / "checks", *words]
            done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 2, words)
            self.assertRegex(done.stderr, r"^error: [^\n]* \([^\n]*\); [^\n]*\n$")
            self.assertIn(text, done.stderr)
        self.assertEqual(list(self.tmp.iterdir()), [])


class OnTheCpu(Folder):
    """The real program, ranks and files, in a rehearsal."""

    def setUp(self):
        super().setUp()
        for program in ("h5diff", "mpirun"):
            if not shutil.which(program):
                self.skipTest(f"needs {program}")
        self.program("run", f'[[ $1 != mpirun ]] || set -- {ROOT}/launch/mpirun "${{@:2}}"\nexec "$@"', "")
        for name in ("zerogap", "h5diff"):
            (self.folder / "bin" / name).unlink()
        (self.folder / "bin/zerogap").symlink_to(BUILD / "zerogap")
        self.program("zerogap_gpu_test", "echo 'SKIPPED zerogap_gpu_test: no GPU'\nexit 77")

    def test_rehearsal(self):
        only = [word for name in ("suites", "four_ranks_same", "nccl_same", "newton_*") for word in ("--only", name)]
        self.assertEqual(self.checks("--rehearse", *only), 0, self.said)
        passed = ("one_rank", "four_ranks", "four_ranks_same", "newton_solved", "newton_alike")
        self.assertEqual({name: self.outcomes[name] for name in passed}, dict.fromkeys(passed, "passed"))
        self.assertEqual((self.outcomes["suites"], self.outcomes["nccl_same"]), ("skipped", "skipped"))
        report = json.loads((self.out / "gpu.json").read_text())
        self.assertEqual({entry["verdict"] for entry in report["predictions"]}, {"not measured"})
        with self.assertRaises(gpu_page.Refused):
            gpu_page.section(report)

    def compare(self, *words):
        command = [sys.executable, "-B", HERE / "checking/compare.py", *words]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)

    def test_comparisons_can_fail(self):
        for name, seed in (("one", 1), ("other", 2)):
            settings = [f"init.seed={seed}", "data.images=4", "optimizer.epochs=2", "run.evaluate_every=1"]
            command = [BUILD / "zerogap", "train", ROOT / "configs/smoke/digits.yaml", "--out", self.place / name]
            command += [word for setting in settings for word in ("--set", setting)]
            subprocess.run(command, env=self.environment, check=True, capture_output=True)
        one, other, mixed = (self.place / name for name in ("one", "other", "mixed"))
        shutil.copytree(one, mixed)
        self.assertEqual(self.compare("same", one, mixed, self.folder / "run").returncode, 0)
        self.assertIn("line 1 of the histories", self.compare("same", one, other, self.folder / "run").stdout)
        # The history alone is not enough, nor is a file that h5diff cannot read.
        checkpoint = sorted((other / "checkpoints").glob("*.h5"))[-1]
        shutil.copy(checkpoint, mixed / "checkpoints" / checkpoint.name)
        self.assertIn("differs: /primal of", self.compare("same", one, mixed, self.folder / "run").stdout)
        (mixed / "checkpoints" / checkpoint.name).write_text("nothing")
        self.assertEqual(self.compare("same", one, mixed, self.folder / "run").returncode, 1)
        self.assertIn("differs: primal.objective", self.compare("alike", one, other, "1e-9").stdout)
        self.assertEqual(self.compare("alike", one, one, "1e-9").returncode, 0)
        self.assertIn("differs: the certified gap is", self.compare("solved", one, "1e-3").stdout)


class Measured(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = pathlib.Path(folder.name)

    def test_lines_that_are_cut_off(self):
        (self.out / "bench.jsonl").write_text('{"device": "cuda X"}\n{"line": "a"}\n{"line": "b", "sec')
        self.assertEqual(measurements.bench_lines(self.out), ({"device": "cuda X"}, [{"line": "a"}]))

    def test_nothing_is_there(self):
        self.assertEqual(measurements.bench_lines(self.out), ({}, []))
        self.assertEqual((measurements.clocks(self.out), measurements.profiles(self.out)), ({}, {}))
        self.assertEqual((measurements.trainings(self.out), measurements.pytorch_runs(self.out)), ({}, []))

    def test_profile(self):
        metrics = ["launch__registers_per_thread", "sm__inst_issued.avg.pct_of_peak_sustained_active"]
        head = '"ID","Kernel Name","' + '","'.join(metrics) + '"'
        rows = ["==PROF== words", head, '"","","register/thread","%"', '"0","forward","1,087","91.5"', ""]
        (self.out / "ncu_step.csv").write_text("\n".join(rows))
        found = measurements.profiles(self.out)
        self.assertEqual(found, {"ncu_step": [{"kernel": "forward", "registers": 1087.0, "issue": 91.5}]})
        everything = {"bench": [], "trainings": {}, "pytorch": [], "profiles": found}
        expected = {"ncu forward registers": 1087.0, "ncu forward issue": 91.5}
        self.assertEqual(measurements.measured(everything, []), expected)

    def test_every_prediction_has_a_measurement(self):
        line = {"kind": "fp32", "side": 3, "seconds": 0.001}
        bench = [p.key.split(" ", 5) for p in predictions.PREDICTIONS if p.key.startswith("bench ")]
        lines = [line | {"images": int(b[2]), "blocks": int(b[3]), "line": b[5]} for b in bench]
        run = {"size": "600x512", "rho": 0.01, "gates": "outside", "seconds": 0.02}
        runs = [run | {"mode": mode} for mode in ("eager", "compile")]
        numbers = {"registers": 1, "resident": 1, "issue": 1}
        kernels = [numbers | {"kernel": kernel} for kernel in ("forward", "backward_narrow")]
        trainings = {"paper": {"seconds_a_step": 0.01}, "mnist_cuda": {"seconds_a_step": 0.001}}
        everything = {"bench": lines, "trainings": trainings, "pytorch": runs, "profiles": {"ncu_step": kernels}}
        found = measurements.measured(everything, [])
        missing = {p.key for p in predictions.PREDICTIONS if p.key not in found and not p.key.startswith("step ")}
        self.assertEqual(missing, set())

    def test_verdicts(self):
        prediction = predictions.Prediction("key", "what", 10, 12, "ms", "")
        cases = ((11, 1, True), (9, 0.9, True), (8, 0.8, False), (13.2, 1.1, True), (14, 14 / 12, False))
        for value, ratio, good in cases:
            self.assertAlmostEqual(prediction.ratio(value), ratio)
            self.assertEqual(prediction.verdict(value), "ok" if good else "missed", value)


if __name__ == "__main__":
    unittest.main()
