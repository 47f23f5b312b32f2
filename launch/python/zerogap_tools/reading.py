# SPDX-License-Identifier: Apache-2.0
"""Reads runs and sweeps from disk, finished, running or stopped (docs/formats.md, docs/sweeps.md)."""

import csv
import json
import pathlib
import re
import tempfile

import h5py

from zerogap_tools.command_line import USAGE, Fail
from zerogap_tools.program import run_zerogap
from zerogap_tools.text import dig, shown, unquoted


def read_json(path):
    """The object in a file; None if there is no such file."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Fail(f"{path} cannot be read ({error.strerror}); check the path and its permissions") from error
    except ValueError as error:
        raise Fail(f"{path} is damaged (it is no JSON: {error}); restore it, or train again") from error
    if not isinstance(value, dict):
        raise Fail(f"{path} is damaged (it holds no object); restore it, or train again")
    return value


def read_history(path):
    """The evaluations, one object each; a last line without its line feed is being written and is left out."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise Fail(f"{path} cannot be read ({error}); restore it, or train again") from error
    evaluations = []
    for at, line in enumerate(lines[:-1], 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            raise Fail(f"{path}:{at} is damaged (it is no JSON: {error}); restore the file, or train again") from error
        if not isinstance(value, dict):
            raise Fail(f"{path}:{at} is damaged (it is no object); restore the file, or train again")
        evaluations.append(value)
    return evaluations


class Run:
    """A folder of zerogap train, or a cell of a sweep."""

    def __init__(self, folder, name=None):
        self.folder = folder
        self.name = name or shown(folder.resolve().name)
        self.result = read_json(folder / "result.json")
        self.certificate = read_json(folder / "certificate.json")
        self.history = read_history(folder / "history.jsonl")
        self.notes = []
        self.weights, self.checkpoint, config, self.hashes = self._read_checkpoint()
        written = dig(self.result, "config") or ""
        if "\ufffd" in written:  # the checkpoint has the bytes that JSON cannot represent
            written = config
        self.config = written or config or self._read_config()

    @property
    def last(self):
        """The last evaluation: the result's, or for a running one the history's."""
        return self.result or (self.history[-1] if self.history else {})

    @property
    def status(self):
        if self.result:
            return str(self.result.get("status"))
        return "at work" if (self.folder / "lock").exists() or list(self.folder.glob("claim.*")) else "not finished"

    def _read_config(self):
        try:
            return (self.folder / "config.yaml").read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return ""

    def _read_checkpoint(self):
        """From the newest intact checkpoint: weights {"primal/u": array, ...}, its file's name, the configuration, and
        the hashes {"train": text, "test": text} of the run's images."""
        for path in sorted(self.folder.glob("checkpoints/[0-9]*.h5"), reverse=True):
            try:
                run_zerogap("inspect", path, "--json")  # verifies the checksum
                with h5py.File(path) as file:
                    names = ("primal/u", "primal/v", "dual/g", "dual/w", "dual/w_prime")
                    weights = {name: file[name][:].astype(float) for name in names if name in file}
                    hashes = {part: file[f"meta/data/{part}_hash"][()].decode() for part in ("train", "test")}
                    return weights, path.name, file["meta/config"][()].decode(errors="surrogateescape"), hashes
            except FileNotFoundError:  # a running one removes old generations
                continue
            except (Fail, OSError, KeyError) as error:
                why = str(error) if isinstance(error, Fail) else "it cannot be read"
                self.notes.append(f"Checkpoint {path.name} was passed over: {why}.")
        return {}, "", "", {}


class Sweep:
    """A sweep of a store, as expanded, with a row of `zerogap collect` for each finished or failed cell."""

    def __init__(self, folder, name):
        self.folder, self.file, self.name = folder, name, shown(name)
        self.plan = read_json(folder / "sweeps" / f"{name}.json")
        try:
            self.axes = [key for axis in self.plan["axes"] for key in axis["keys"]]
            self.seeds = [key for axis in self.plan["axes"] if axis["section"] == "seeds" for key in axis["keys"]]
            self.cells = {cell["name"]: cell for cell in self.plan["cells"]}
            for cell in self.cells.values():  # the cell does not depend on an axis without a value
                cell["settings"] = {key: unquoted(value) for key, value in cell["settings"].items() if value != ""}
            settings = [cell["settings"] for cell in self.cells.values()]
        except (KeyError, TypeError, AttributeError) as error:
            raise Fail(f"{folder}/sweeps/{name}.json is damaged (it is not as zerogap sweep writes it: {error}); start the sweep again") from error
        self.status = json.loads(run_zerogap("status", folder, "--sweep", name, "--json"))[0]
        self.rows = self._rows() if self.status["done"] + self.status["diverged"] + self.status["failed"] else []
        self.values = {key: self._values(key, settings) for key in self.axes}
        self.verdicts = {}
        for cell in self.cells:
            certificate = read_json(folder / "cells" / cell / "certificate.json")
            if dig(certificate, "verdict", "name"):
                self.verdicts[cell] = certificate["verdict"]["name"]

    def _rows(self):
        with tempfile.TemporaryDirectory(prefix="zerogap-report-") as scratch:
            table = pathlib.Path(scratch) / "table.csv"
            run_zerogap("collect", self.folder, "--sweep", self.file, "--mixed", "--out", table)
            with table.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
                return list(csv.DictReader(file))

    def _values(self, key, settings):
        """An axis's values in the order of the sweep file."""
        return list(dict.fromkeys(cell[key] for cell in settings if key in cell))

    def state_of(self, cell):
        """done, diverged, failed, at work, stale or todo."""
        for list_name, state in (("at_work", "at work"), ("gone", "stale"), ("failures", "failed")):
            if any(entry.get("cell", entry.get("name")) == cell for entry in self.status.get(list_name, [])):
                return state
        return next(("done" if r["status"] == "complete" else r["status"] for r in self.rows if r["cell"] == cell), "todo")

    def stop_gap(self, cell):
        """The certified gap that the cell should reach; 1% if none is configured."""
        found = re.search(r"^run.stop.gap: (\S+)$", self.cells[cell].get("identity", ""), re.M)
        asked = float(found.group(1)) if found else 0.0
        return asked if asked > 0 else 0.01

    def run_of(self, cell):
        return Run(self.folder / "cells" / cell, f"cell {cell}")


def open_folder(folder, sweeps):
    """([runs], [sweeps]) of a folder."""
    if not folder.is_dir():
        why = "it is no folder" if folder.exists() else "there is no such folder"
        raise Fail(f"{folder} cannot be reported ({why}); give the folder of a run or of a sweep")
    store = read_json(folder / "store.json")
    if store is not None:
        if store.get("format") != "zerogap store" or store.get("schema") != 1:
            raise Fail(f"{folder} is no sweep of this zerogap (store.json says otherwise); give a folder that zerogap sweep made")
        there = sorted(path.stem for path in (folder / "sweeps").glob("*.json"))
        unknown = [name for name in sweeps if name not in there]
        if unknown:
            raise Fail(f"{folder} has no sweep {unknown[0]} (it has {', '.join(there) or 'none'}); name one of these", USAGE)
        if not there:
            raise Fail(f"{folder} holds no sweep yet (sweeps/ is empty); start zerogap sweep first")
        return [], [Sweep(folder, name) for name in (sweeps or there)]
    if not any((folder / name).exists() for name in ("history.jsonl", "result.json")):
        began = (folder / "config.yaml").exists() and (folder / "checkpoints").exists()
        why = "its run has not evaluated yet" if began else "neither history.jsonl, result.json nor store.json is in it"
        what = "wait for the first evaluation" if began else "give the folder of zerogap train --out or zerogap sweep --out"
        raise Fail(f"{folder} cannot be reported ({why}); {what}")
    run = Run(folder)
    if not run.last:
        raise Fail(f"{folder} cannot be reported (its history is empty: nothing was evaluated yet); wait for the first evaluation")
    networks = [n for n in ("primal", "dual") if isinstance(run.last.get(n), dict)]
    if not networks:
        raise Fail(f"{folder} is no run of zerogap (its history names neither primal nor dual); give the folder of zerogap train")
    return [run], []
