# SPDX-License-Identifier: Apache-2.0
"""Sweeps and their cells: run by several zerogap processes at once, kept, and continued after a stop."""

import concurrent.futures
import json
import os
import signal
import subprocess

import numpy as np

from zerogap_tools.command_line import Fail
from zerogap_tools.program import environment_of_one_process, run_zerogap, write_config
from zerogap_tools.reading import read_history, read_json
from zerogap_tools.text import dig, number, unquoted

STOPPED = 75
STOP = "stopped (a signal came); run the same command to continue"
PROBLEM = ("data.path", "data.noise.sigma", "network.lambda", "network.beta", "network.rho", "patches.filter")


class Cell:
    """A finished cell: its network, the axes' values that it depends on, result, history, certificate."""

    def __init__(self, folder, plan):
        self.name, self.network, self.identity = plan["name"], plan["network"], plan.get("identity", "")
        self.settings = {key: unquoted(value) for key, value in plan["settings"].items() if value != ""}
        self.folder = folder / "cells" / self.name
        self.result = read_json(self.folder / "result.json")
        if self.result is None:
            raise Fail(f"cell {self.name} is not finished (it has no result.json); run the same command again", 4)
        self._history = None

    @property
    def history(self):
        if self._history is None:
            self._history = read_history(self.folder / "history.jsonl")
        return self._history

    @property
    def diverged(self):
        return self.result.get("status") == "diverged"

    @property
    def dead(self):
        return bool(dig(self.result, "primal", "dead"))

    @property
    def checkpoint(self):
        return sorted(self.folder.glob("checkpoints/[0-9]*.h5"))[-1].resolve()

    def value(self, *path):
        return number(self.result, *path)

    def has(self, **wanted):
        """Whether the axes (dots as double underscores) have these values; an axis on which it does not depend matches
        any value."""
        for key, value in wanted.items():
            mine = self.settings.get(key.replace("__", "."))
            if mine is not None and mine != value and not same_number(mine, value):
                return False
        return True

    def problem(self):
        return {key: self.settings[key] for key in PROBLEM if key in self.settings}

    @property
    def certificate(self):
        return read_json(self.folder / "certificate.json")


def same_number(a, b):
    try:
        return float(a) == float(b)
    except (TypeError, ValueError):
        return False


def last_error(path):
    """The last error message in a log."""
    errors = [line for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if line.startswith("error: ")]
    return errors[-1].removeprefix("error: ") if errors else f"zerogap sweep failed (it said nothing of an error); see {path}"


class Store:
    """OUT/store, with the program's working folder OUT/data (relative data paths count from there)."""

    def __init__(self, out, jobs, say):
        self.folder, self.plans, self.data = out / "store", out / "sweeps", out / "data"
        self.jobs, self.say, self.children, self.stopped = jobs, say, [], False
        for folder in (self.plans, self.data):
            folder.mkdir(parents=True, exist_ok=True)

    def stop(self, *_):
        """Handles a signal: sweeps write checkpoints and end, and nothing new is started."""
        self.stopped = True
        for child in self.children:
            child.send_signal(signal.SIGTERM)

    def begin(self, what):
        if self.stopped:
            raise Fail(STOP, STOPPED)
        self.say(what)

    def sweep(self, file):
        """The finished cells of a sweep file, computed if they are missing."""
        self.begin(f"sweep {file.stem}")
        command = [os.environ["ZEROGAP_PROGRAM"], "sweep", file, "--out", self.folder]
        environment = environment_of_one_process()
        logs = [self.plans / f"{file.stem}.{job}.log" for job in range(1, self.jobs + 1)]
        for path in logs:
            with path.open("w", encoding="utf-8") as log:
                self.children.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=self.data, env=environment))
        codes = [child.wait() for child in self.children]
        self.children = []
        for path, code in zip(logs, codes):
            if code == STOPPED or (code and self.stopped):
                raise Fail(STOP, STOPPED)
            if code:
                raise Fail(last_error(path), code if code > 0 else 4)
        plan = json.loads((self.folder / "sweeps" / f"{file.stem}.json").read_text(encoding="utf-8"))
        return [Cell(self.folder, cell) for cell in plan["cells"]]

    def derive(self, name, base, config, rows, seeds=""):
        """A sweep derived from another: a cell's resolved configuration, overridden by `config`, and zipped `rows` of
        settings."""
        write_config(self.plans / f"{name}.base", base.result["config"])
        rows = [dict(row) for row in dict.fromkeys(tuple(sorted(row.items())) for row in rows)]
        lines = [f"base: {name}.base/config.yaml", "config:", *(f"  {key}: {value}" for key, value in config.items())]
        first = rows[0] if rows else {}
        keys = [key for key in first if any(row[key] != first[key] for row in rows)]
        lines += [f"  {key}: {value}" for key, value in first.items()]  # valid without the axes
        if keys:
            lines += ["zip:", *(f"  {key}: [{', '.join(row[key] for row in rows)}]" for key in keys)]
        if seeds:
            lines += ["seeds:", f"  {seeds}"]
        if not keys and not seeds:
            lines += ["seeds:", "  arrangements: [1]"]
        file = self.plans / f"{name}.yaml"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="surrogateescape")
        return self.sweep(file)

    def own_filters(self, name, cells, gap):
        """{primal cell: the solved dual cell whose blocks are that cell's filters}; dead and diverged ones left out."""
        cells = [cell for cell in cells if not cell.dead and not cell.diverged]
        if not cells:
            return {}
        rows = [{"arrangements.path": json.dumps(str(cell.checkpoint), ensure_ascii=False), **cell.problem()} for cell in cells]
        config = {**SOLVED, "run.stop.gap": gap, "arrangements.source": "primal"}
        solved = self.derive(name, cells[0], config, rows)
        if len(cells) == 1:
            return {cells[0]: solved[0]}
        at = {cell.settings["arrangements.path"]: cell for cell in solved}
        return {cell: at[str(cell.checkpoint)] for cell in cells}

    def certify(self, cells, *settings):
        """zerogap certify for each cell that has no certificate yet."""

        def one(cell):
            if self.stopped:
                return
            words = [word for setting in settings for word in ("--set", setting)]
            run_zerogap("certify", cell.folder.resolve(), *words, folder=self.data)

        todo = [cell for cell in cells if cell.certificate is None]
        if todo:
            self.begin(f"certify {len(todo)} cells")
            with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
                list(pool.map(one, todo))
            if self.stopped:
                raise Fail(STOP, STOPPED)


SOLVED = {
    "run.networks": "[dual]",
    "optimizer.dual.name": "newton",
    "optimizer.dual.batch": "full",
    "optimizer.dual.epochs": 1000,
    "init.kind": "kaiming_uniform",
    "init.dual_kind": "zero",
}


def curve(cells, path):
    """Epochs, and an array (cells, epochs) of what the histories have at the path; common evaluations only."""
    lines = [{number(e, "epoch"): number(e, *path) for e in cell.history} for cell in cells]
    epochs = sorted(set.intersection(*(set(line) for line in lines))) if lines else []
    return np.array(epochs), np.array([[line[epoch] for epoch in epochs] for line in lines])
