"""What all modules of the report share: failures, command lines, colours, numbers and names as text, and calls of the
zerogap program."""

import argparse
import math
import os
import re
import subprocess
import sys

USAGE, DATA = 2, 3

# Okabe and Ito's colours, told apart by colour-blind readers; every curve has a marker and a dash of its own besides.
PRIMAL, DUAL, OWN, BOUND, GREY = "#D55E00", "#0072B2", "#009E73", "#56B4E9", "#555555"
CYCLE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = "so^Dv*P"
DASHES = ("-", "--", "-.", ":")


class Fail(Exception):
    """What the user is told: what (why); what to do. `code` is the exit code."""

    def __init__(self, text, code=DATA):
        super().__init__(text)
        self.code = code


class Parser(argparse.ArgumentParser):
    """Fails in the house's words, and over an argument that is there and empty, as a variable that is not set leaves it."""

    def __init__(self, prog, description=None):
        super().__init__(prog=prog, description=description, allow_abbrev=False)

    def error(self, message):
        raise Fail(f"the command line is not understood ({message}); see {self.prog} --help", USAGE)

    def parse_args(self, words):
        before = ""
        for word in words:
            name, equals, value = word.partition("=")
            is_option = name.startswith("--") and equals
            if word == "" or (is_option and value == ""):
                name = name if is_option else before if before.startswith("--") and before != "--" else "an argument"
                raise Fail(f"{name} is empty (a variable that is not set, perhaps); give it a value, or leave it out", USAGE)
            before = word
        return super().parse_args(words)


# Names of files are bytes. Those that are not UTF-8 are lone surrogates in Python's text (PEP 383), in what it reads from
# the file system and in zerogap's JSON alike; they get back out as they came in, but not onto a page or into a figure.
for stream in (sys.stdout, sys.stderr):
    stream.reconfigure(errors="surrogateescape")


def shown(text):
    """The text with \\xff for a byte that is no letter."""
    return str(text).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def lettering(text):
    """The text for a figure: matplotlib takes $...$ for mathematics, and leaves out of a legend what begins with _."""
    words = shown(text).replace("$", r"\$")
    return f" {words}" if words.startswith("_") else words


def plain(value):
    """A value of a setting as zerogap prints it, without the quotes and escapes that YAML has around text."""
    if not value.startswith('"'):
        return value
    return re.sub(r"\\(?:x([0-9a-f]{2})|(.))", lambda found: chr(int(found[1], 16)) if found[1] else found[2], value[1:-1])


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def dig(tree, *path):
    """The value at the path through nested objects, or None."""
    for key in path:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree


def number(tree, *path):
    """The number at the path, or NaN where it is absent or not finite."""
    value = dig(tree, *path)
    return float(value) if is_number(value) else math.nan


def show(value, digits=6):
    """A number as people read it; an en dash where there is none."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if not is_number(value):
        return "–"
    return f"{int(value):,}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:.{digits}g}"


def percent(value):
    return f"{100 * value:.3g}%" if is_number(value) else "–"


def decibel(value):
    return f"{value:.2f} dB" if is_number(value) else "–"


def seconds(value):
    if not is_number(value):
        return "–"
    if value < 120:
        return f"{value:.3g} s"
    return f"{value / 60:.3g} min" if value < 7200 else f"{value / 3600:.3g} h"


def environment_of_one_process():
    """Under mpirun zerogap would take itself for a rank of the job that the report was started in."""
    ours = ("OMPI_", "PMIX_", "PMI_")
    kept = ("OMPI_ALLOW_RUN_AS_ROOT",)
    return {k: v for k, v in os.environ.items() if not k.startswith(ours) or k.startswith(kept)}


def zerogap(*arguments, folder=None):
    """What zerogap prints; Fail with its own message where it does not end well."""
    program = os.environ.get("ZEROGAP_PROGRAM", "zerogap")
    try:
        done = subprocess.run(
            [program, *map(str, arguments)], capture_output=True, text=True, errors="replace", cwd=folder, env=environment_of_one_process()
        )
    except OSError as error:
        raise Fail(
            f"the program {program} cannot be started ({error.strerror}); run launch/build, or set ZEROGAP_PROGRAM"
        ) from error
    if done.returncode != 0:
        message = done.stderr.strip().split("\n")[-1].removeprefix("error: ")
        raise Fail(message or f"{program} {arguments[0]} failed (exit code {done.returncode}); run it alone")
    return done.stdout
