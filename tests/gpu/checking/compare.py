# SPDX-License-Identifier: Apache-2.0
"""Compares training runs with each other, and with what was asked of them.

    compare.py same A B RUN        histories and last weights are the same to the last bit; RUN starts h5diff
    compare.py alike A B RELATIVE  objectives differ by no more; prints the rest side by side
    compare.py solved A GAP        the dual's certified gap is at most GAP

Needs nothing but Python. Exits with 0 where it holds, with 1 and the reason where it does not.
"""

import json
import math
import pathlib
import re
import subprocess
import sys

NETWORKS = ("primal", "dual")
SHOWN = re.compile(r"objective|gap|psnr|bound|violation|seconds|pairs_per_second|time\.")
# What differs from run to run: times.
TIMES = re.compile(r'"(seconds|pairs_per_second)":[^,}]*')


class Differs(Exception):
    pass


def result(run):
    return json.loads((run / "result.json").read_text())


def last_checkpoint(run):
    files = sorted((run / "checkpoints").glob("*.h5"))
    if not files:
        raise Differs(f"{run} has no checkpoint")
    return files[-1]


def same(one, other, start):
    """Their numbers alone: the files hold times and settings, too."""
    histories = [TIMES.sub("", (run / "history.jsonl").read_text()).splitlines() for run in (one, other)]
    if not histories[0]:
        raise Differs(f"{one} has no history")
    for number, (a, b) in enumerate(zip(*histories), 1):
        if a != b:
            raise Differs(f"line {number} of the histories:\n  {a[:1000]}\n  {b[:1000]}")
    if len(histories[0]) != len(histories[1]):
        raise Differs(f"histories of {len(histories[0])} and {len(histories[1])} lines")
    files = [last_checkpoint(run) for run in (one, other)]
    trained = [network for network in NETWORKS if network in result(one)]
    groups = [f"/{network}" for network in trained] + ["/best", "/optimizer"]
    for group in groups:
        done = subprocess.run([start, "h5diff", *files, group], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Differs(f"{group} of {files[0]} and {files[1]}: {(done.stdout + done.stderr).strip()[:2000]}")
    return f"the same bits: {len(histories[0])} lines of history, {', '.join(groups)}"


def flat(value, at=""):
    """Every number below, by its path."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield from flat(below, f"{at}.{key}" if at else key)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield at, float(value)


def alike(one, other, most):
    first, second = (dict(flat(result(run))) for run in (one, other))
    for key, a in first.items():
        if key in second and SHOWN.search(key) and not key.startswith(("config.", "best.")):
            print(f"{key:50} {a:.9g} {second[key]:.9g}")
    judged = [key for network in NETWORKS if (key := f"{network}.objective") in first or key in second]
    if not judged:
        raise Differs("there are no objectives")
    worst = 0.0
    for key in judged:
        a, b = first.get(key, math.nan), second.get(key, math.nan)
        difference = abs(a - b) / abs(b) if b else abs(a)
        if not difference <= most:
            raise Differs(f"{key}: {a:.9g} and {b:.9g}, by {difference:.2g}, more than {most:g}")
        worst = max(worst, difference)
    return f"alike: objectives differ by {worst:.2g} at most"


def solved(run, gap):
    reached = result(run).get("dual", {}).get("gap")
    if reached is None or not reached <= gap:
        raise Differs(f"the certified gap is {reached}, not {gap:g}")
    return f"solved: the certified gap is {reached:.2g}"


def main(what, *arguments):
    if what == "same":
        return same(pathlib.Path(arguments[0]), pathlib.Path(arguments[1]), arguments[2])
    if what == "alike":
        return alike(pathlib.Path(arguments[0]), pathlib.Path(arguments[1]), float(arguments[2]))
    return solved(pathlib.Path(arguments[0]), float(arguments[1]))


if __name__ == "__main__":
    try:
        print(main(*sys.argv[1:]))
    except (Differs, OSError, ValueError) as error:
        print(f"differs: {error}")
        sys.exit(1)
