# SPDX-License-Identifier: Apache-2.0
"""tests/gpu/checks, which has the help."""

import argparse
import datetime
import fnmatch
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import measurements
import predictions
import steps
from runner import FAILED, NO_TIME, PASSED, SKIPPED_STEP, TIMED_OUT, Interrupted, Runner, adopt_orphans, end_all

BEGIN = time.monotonic()
SKIPPED = 77
QUESTION = 30  # seconds that a question to a program may take
TOOLS = ("/usr/local/cuda*/bin", "/opt/nvidia/nsight-compute/*", "/opt/cuda/bin")


def refuse(what, why, do):
    print(f"error: {what} ({why}); {do}", file=sys.stderr)
    sys.exit(2)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        refuse("the command is wrong", message, "see tests/gpu/checks --help")


def arguments():
    parser = Parser(add_help=False)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path, nargs="?")
    parser.add_argument("--seconds", type=float, default=560.0)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--rehearse", action="store_true")
    given = parser.parse_intermixed_args()
    if given.seconds <= 0 or given.scale <= 0:
        refuse("no time", "--seconds and --scale have to be above 0", "leave them out")
    return given


def check_folder(folder):
    for name in ("run", "bin/zerogap_gpu_test", "bin/zerogap", "configs/mnist.yaml", "golden"):
        if not (folder / name).exists():
            refuse(f"no folder for this in {folder}", f"there is no {name}", "make one with tests/gpu/pack")


def environment(folder):
    """Tools of the host come last, and nothing of the user's settings reaches what is measured."""
    there = {k: v for k, v in os.environ.items() if not k.startswith(("ZEROGAP_", "OMP_", "OMPI_", "GTEST_"))}
    for name in ("ZEROGAP_TORCH", "ZEROGAP_PYTHON"):
        if name in os.environ:
            there[name] = os.environ[name]
    there.setdefault("ZEROGAP_PYTHON", sys.executable)
    tools = [path for pattern in TOOLS for path in sorted(pathlib.Path("/").glob(pattern[1:]), reverse=True)]
    there["PATH"] = ":".join([there.get("PATH", "/usr/bin:/bin"), *(str(path) for path in tools if path.is_dir())])
    if "ZEROGAP_TORCH" in there:
        beside = str(pathlib.Path(there["ZEROGAP_TORCH"]).resolve().parent)
        there["PYTHONPATH"] = ":".join(filter(None, [beside, there.get("PYTHONPATH", "")]))
    there |= {"ZEROGAP_GOLDEN_DIR": str(folder / "golden"), "PYTHONUNBUFFERED": "1", "LC_ALL": "C"}
    if (folder / "mnist").is_dir():
        there["ZEROGAP_DATA_DIR"] = str(folder / "mnist")
    return there


def ask(folder, env, *command):
    """A program's exit code and what it says; whatever it has started is ended."""
    try:
        done = subprocess.run(
            [folder / "run", *command], env=env, capture_output=True, text=True, timeout=QUESTION, check=False
        )
        return done.returncode, (done.stdout + done.stderr).splitlines()
    except (OSError, subprocess.TimeoutExpired) as error:
        return 1, [f"error: {error}"]
    finally:
        end_all()


def versions(lines):
    """What zerogap --version says: its revision, and what it was built with."""
    found = {}
    for line in lines[1:]:
        name, _, value = line.partition("  ")
        if value:
            found[name] = value.strip()
    if lines and (revision := re.search(r"^zerogap .*\(([^)]*)\)", lines[0])):
        found["revision"] = revision.group(1)
    return found


def tables(runner, report):
    runner.say("\nstep                outcome     seconds  estimate  limit  why")
    for outcome in runner.outcomes:
        step = outcome.step
        times = f"{outcome.seconds:8.1f}  {step.estimate:8.0f}  {step.limit:5.0f}"
        runner.say(f"{step.name:19} {outcome.outcome:10} {times}  {outcome.why}".rstrip())
    runner.say("")
    if report["rehearsal"]:
        runner.say("a rehearsal: no figure means anything")
    elif not predictions.is_foretold(report["card"]):
        runner.say(f"predictions are for {' and '.join(predictions.CARDS)}, and this is {report['card'] or 'unknown'}")
    for line in predictions.as_lines(report["predictions"]):
        runner.say(line)
    for entry in report["against_pytorch"]:
        sign = "rho > 0" if entry["rho"] else "rho = 0"
        best = entry["ways"][0]
        way = f"{best['mode']}{', TF32' if best['tf32'] else ''}, gates {best['gates']}"
        runner.say(
            f"{entry['images']} images, {entry['blocks']} blocks, {sign}: zerogap {1e3 * entry['zerogap']:.3g} ms, "
            f"PyTorch at best {1e3 * best['seconds']:.3g} ms ({way}), {best['times']:.1f} times as long"
        )


def verdict(runner):
    """The last line, and the exit code. A step without its tool cannot pass on that host, and is reported."""
    judged = [outcome for outcome in runner.outcomes if outcome.step.judged]
    bad = [o.step.name for o in judged if o.outcome in (FAILED, TIMED_OUT, NO_TIME)]
    skipped = [o.step.name for o in judged if o.outcome == SKIPPED_STEP]
    passed = sum(o.outcome == PASSED for o in judged)
    words = [f"{passed} of {len(judged)} correctness steps passed"]
    words += [f"skipped: {', '.join(skipped)}"] if skipped else []
    words += [f"did not pass: {', '.join(bad)}"] if bad else []
    others = [o.step.name for o in runner.outcomes if not o.step.judged and o.outcome in (FAILED, TIMED_OUT, NO_TIME)]
    words += [f"not measured: {', '.join(others)}"] if others else []
    runner.say("\n" + "; ".join(words))
    return 1 if bad or judged and not passed else 0


def remove_earlier(out):
    """What an earlier run has left would be taken for this one's."""
    for file in out.iterdir():
        if file.suffix in (".json", ".jsonl", ".csv", ".tsv", ".ncu-rep"):
            file.unlink()
        elif (file / "result.json").is_file():
            (file / "result.json").unlink()


def begin(given):
    folder = given.folder.resolve()
    check_folder(folder)
    env = environment(folder)
    adopt_orphans()
    begun, about_program = ask(folder, env, "zerogap", "--version")
    if begun != 0:  # no PyTorch, another one, too old a system: `run` says it in one line
        said = (line for line in about_program if line.startswith("error:"))
        print(next(said, "error: zerogap does not start"), file=sys.stderr)
        sys.exit(2)
    code, said = (0, []) if given.rehearse else ask(folder, env, "zerogap_gpu_test", "--gtest_filter=-*")
    if code == SKIPPED:
        why = next((line.partition(": ")[2] for line in said if line.startswith("SKIPPED")), "it does not say why")
        print(f"SKIPPED checks: {why}; --rehearse does what a CPU can")
        sys.exit(SKIPPED)
    out = (given.out or pathlib.Path(os.environ.get("OUT") or "out")).resolve()
    try:
        out.mkdir(parents=True, exist_ok=True)
        if (out / "steps.tsv").exists():
            remove_earlier(out)
        work = pathlib.Path(tempfile.mkdtemp(prefix="zerogap-checks."))
    except OSError as error:
        refuse(f"cannot write {error.filename or out}", error.strerror, "name another folder, or set TMPDIR")
    about = {
        "made_by": "tests/gpu/checks",
        "rehearsal": given.rehearse,
        "date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "versions": versions(about_program),
    }
    # What compilers and Open MPI leave behind goes with the work folder.
    (work / "tmp").mkdir()
    env |= {name: str(work / "tmp") for name in ("TMPDIR", "TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR")}
    return steps.Place(folder, out, work, given.rehearse), env, about


def select(everything, patterns):
    """The steps whose names fit, and those that they need."""
    if not patterns:
        return everything
    wanted = {step.name for step in everything for pattern in patterns if fnmatch.fnmatchcase(step.name, pattern)}
    if not wanted:
        names = ", ".join(step.name for step in everything)
        refuse(f"no step {', '.join(patterns)}", f"there are {names}", "name some of these")
    for step in reversed(everything):
        if step.name in wanted:
            wanted |= set(step.after)
    return [step for step in everything if step.name in wanted]


def visit(given, place, env, about):
    chosen = select(steps.all_steps(place), given.only)
    runner = Runner(place.out, place.work, env, BEGIN + given.seconds, given.scale, given.rehearse, about)
    code = None
    try:
        for step in chosen:
            runner.run(step)
            measurements.gather(runner, about)
        runner.status = "complete"
    except Interrupted as interrupted:
        end_all()
        runner.status = "interrupted"
        runner.say(f"\ninterrupted ({interrupted}): what was not run is missing below")
        code = 128 + interrupted.number
    tables(runner, measurements.gather(runner, about))
    judged = verdict(runner)
    runner.write()
    runner.say(f"all of it is in {place.out}")
    return judged if code is None else code


def main():
    given = arguments()
    place, env, about = begin(given)
    try:
        return visit(given, place, env, about)
    finally:
        shutil.rmtree(place.work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
