# SPDX-License-Identifier: Apache-2.0
"""Runs steps one after the other, each within its own limit and all within one time, whatever any of them does.

A step is a command. What it says goes straight into OUT/log.txt, so that nothing is lost with this process; its end is
a line in OUT/steps.tsv, and OUT/results.json is complete after every step. At its limit a step is asked to end and then
made to, with everything that it has started: this process becomes the parent of whatever loses its own.
"""

import ctypes
import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import time

PATIENCE = 3.0  # seconds between asking a step to end and making it
DRAIN = 3.0  # seconds that killed processes have to go; one that waits for a driver may not
CLOSING = 5.0  # seconds kept for the table and the last files
LEAST = 2.0  # a step that has less than so many seconds left is not begun
LAST_WORDS = 15
SKIPPED = 77

PASSED, FAILED, TIMED_OUT, SKIPPED_STEP, NO_TIME = "passed", "failed", "timed out", "skipped", "no time"


@dataclasses.dataclass
class Step:
    """estimate and limit are seconds. judged: whether its failure fails the complete run, or only a measurement.
    after: steps that must have passed. tools: programs of the host without which it is skipped. skip: why it cannot be
    run here. keep: files of the work folder, to be copied into OUT."""

    name: str
    command: list
    estimate: float
    limit: float
    judged: bool = True
    after: tuple = ()
    tools: tuple = ()
    skip: str = ""
    environment: dict = dataclasses.field(default_factory=dict)
    keep: tuple = ()


@dataclasses.dataclass
class Outcome:
    step: Step
    outcome: str
    why: str = ""
    code: int | None = None
    seconds: float = 0.0
    words: list = dataclasses.field(default_factory=list)

    def as_json(self):
        step = self.step
        about = {"name": step.name, "outcome": self.outcome, "why": self.why, "code": self.code}
        times = {"seconds": round(self.seconds, 2), "estimate": step.estimate, "limit": step.limit}
        return about | times | {"judged": step.judged, "words": self.words}


class Interrupted(Exception):
    """A signal requested the end of the run."""

    def __init__(self, number):
        super().__init__(signal.Signals(number).name)
        self.number = number


def adopt_orphans():
    """Processes below this one whose parent ends become its own, so that they can be found and ended."""
    PR_SET_CHILD_SUBREAPER = 36
    return ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


def descendants():
    """Every process below this one; ended ones that were not waited for are left out."""
    children, ended = {}, set()
    for folder in pathlib.Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue  # it has just gone
        children.setdefault(int(parent), []).append(int(folder.name))
        if state in "ZX":
            ended.add(int(folder.name))
    found, ahead = [], [os.getpid()]
    while ahead:
        below = children.get(ahead.pop(), [])
        found += [process for process in below if process not in ended]
        ahead += below
    return found


def send(number, processes):
    for process in processes:
        try:
            os.kill(process, number)
        except ProcessLookupError:
            pass


def bury():
    """Waits for adopted processes that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    except ChildProcessError:
        pass


def end_all():
    """Kills everything below this process. Returns what does not go."""
    until = time.monotonic() + DRAIN
    # Once more than they are seen: a list is read while parents end, and a child may be missing in it.
    while (processes := descendants()) or (processes := descendants()):
        send(signal.SIGKILL, processes)
        time.sleep(0.02)
        bury()
        if time.monotonic() > until:
            return processes
    bury()
    return []


class Runner:
    """The folder OUT is there. end: when everything has to be over, on the monotonic clock. scale: of every step's
    limit. may_skip: a step may say that it cannot be run here, as without a GPU; otherwise that is a failure."""

    def __init__(self, out, work, environment, end, scale=1.0, may_skip=True, about=None):
        self.out, self.work, self.environment = out, work, environment
        self.begin, self.end, self.scale, self.may_skip = time.monotonic(), end, scale, may_skip
        self.outcomes, self.about, self.status, self.running = [], about or {}, "running", None
        self.log = os.open(out / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)
        os.set_inheritable(self.log, False)
        (out / "steps.tsv").write_text("step\toutcome\tcode\tseconds\testimate\tlimit\twhy\n")
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.interrupt)
        adopt_orphans()
        self.write()

    def interrupt(self, number, _frame):
        for other in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(other, signal.SIG_IGN)
        raise Interrupted(number)

    def say(self, text, loud=True):
        """Into the log, and to whoever waits."""
        os.write(self.log, (text + "\n").encode())
        if loud:
            self.show(text)

    @staticmethod
    def show(text):
        try:
            print(text, flush=True)
        except OSError:
            pass  # stdout is closed; the log is still written

    def left(self):
        return self.end - CLOSING - time.monotonic()

    def passed(self, name):
        return any(o.step.name == name and o.outcome == PASSED for o in self.outcomes)

    def reason_to_skip(self, step):
        """Of a step that cannot be run: its outcome and why."""
        if step.skip:
            return SKIPPED_STEP, step.skip
        missing = [tool for tool in step.tools if not self.which(tool)]
        if missing:
            return SKIPPED_STEP, f"there is no {' and no '.join(missing)} here"
        lacking = [name for name in step.after if not self.passed(name)]
        if lacking:
            return SKIPPED_STEP, f"needs {' and '.join(lacking)}, which did not pass"
        if self.left() - PATIENCE - DRAIN < LEAST:
            return NO_TIME, "the time of the run is used up"
        return None

    def which(self, program):
        folders = self.environment.get("PATH", "").split(":")
        return next((f"{f}/{program}" for f in folders if os.access(f"{f}/{program}", os.X_OK)), None)

    def run(self, step):
        reason = self.reason_to_skip(step)
        outcome = Outcome(step, *reason) if reason else self.start(step)
        self.outcomes.append(outcome)
        self.tell(outcome)
        return outcome

    def start(self, step):
        limit = min(step.limit * self.scale, self.left() - PATIENCE - DRAIN)
        self.say(f"\n=== {step.name} (at most {limit:.0f} s): {' '.join(map(str, step.command))}", loud=False)
        self.running = {"name": step.name, "since": round(time.monotonic() - self.begin, 1)}
        self.write()
        place, begin = os.lseek(self.log, 0, os.SEEK_END), time.monotonic()
        environment = self.environment | step.environment
        try:
            process = subprocess.Popen(
                [str(word) for word in step.command],
                cwd=self.work,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=self.log,
                stderr=self.log,
                start_new_session=True,
            )
        except OSError as error:
            self.running = None
            return Outcome(step, FAILED, f"cannot be started: {error.strerror}")
        try:
            code, in_time = self.wait(process, limit)
        finally:
            stuck = end_all()
            self.running = None
        seconds = time.monotonic() - begin
        words = self.words_since(place)
        if not in_time:
            why = f"ended at its limit of {limit:.0f} s"
            if limit < step.limit * self.scale:
                why += f", shortened from {step.limit * self.scale:.0f} for want of time"
            outcome = Outcome(step, TIMED_OUT, why, code, seconds, words)
        elif code == SKIPPED:
            kind = SKIPPED_STEP if self.may_skip else FAILED
            outcome = Outcome(step, kind, self.said_skipped(words), code, seconds, words)
        elif code:
            outcome = Outcome(step, FAILED, self.said(code), code, seconds, words)
        else:
            outcome = Outcome(step, PASSED, "", code, seconds, words)
        if stuck:
            outcome.why += f"; {len(stuck)} of its processes do not end"
        self.copy(step)
        return outcome

    def wait(self, process, limit):
        try:
            return process.wait(limit), True
        except subprocess.TimeoutExpired:
            send(signal.SIGTERM, descendants())
        try:
            return process.wait(PATIENCE), False
        except subprocess.TimeoutExpired:
            end_all()
        process.poll()  # bury() may have seen its end, so that nobody knows its code
        return None, False

    @staticmethod
    def said(code):
        if code > 0:
            return f"ended with {code}"
        try:
            return f"ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"ended by signal {-code}"

    @staticmethod
    def said_skipped(words):
        told = next((word for word in reversed(words) if word.startswith("SKIPPED")), "")
        return told.partition(": ")[2] or "it said that it cannot run here"

    def words_since(self, place):
        """The last lines of what a step has said."""
        with open(self.out / "log.txt", "rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(place, size - 16384))
            text = log.read().decode(errors="replace")
        return [line[:400] for line in text.splitlines() if line.strip()][-LAST_WORDS:]

    def copy(self, step):
        """What a step has left in the work folder."""
        for name in step.keep:
            source, target = self.work / name, self.out / name
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(source.read_bytes())

    def tell(self, outcome):
        step = outcome.step
        took = f"{outcome.seconds:6.1f} s (estimate {step.estimate:.0f})" if outcome.seconds else " " * 22
        self.say(f"{outcome.outcome:9} {step.name:18} {took}  {outcome.why}".rstrip())
        if outcome.outcome in (FAILED, TIMED_OUT):
            for line in outcome.words:
                self.show("    " + line)  # the log has them
        times = (f"{outcome.seconds:.1f}", step.estimate, step.limit)
        fields = (step.name, outcome.outcome, "" if outcome.code is None else outcome.code, *times, outcome.why)
        with open(self.out / "steps.tsv", "a", encoding="utf-8") as file:
            file.write("\t".join(" ".join(str(field).split()) for field in fields) + "\n")
        self.write()

    def write(self):
        """Writes results.json, which is complete at any time."""
        everything = {
            "status": self.status,
            "seconds": round(time.monotonic() - self.begin, 1),
            **self.about,
            "running": self.running,
            "steps": [outcome.as_json() for outcome in self.outcomes],
        }
        write_json(self.out / "results.json", everything)


def write_json(path, content):
    fresh = path.with_name(path.name + ".part")
    fresh.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    os.replace(fresh, path)
