# SPDX-License-Identifier: Apache-2.0
"""The command lines of the tools: what they are told that they cannot do, and how their arguments are read."""

import argparse
import sys

USAGE, DATA = 2, 3  # exit codes


class Fail(Exception):
    """What the user is told: what (why); what to do. `code` is the exit code."""

    def __init__(self, text, code=DATA):
        super().__init__(text)
        self.code = code


class Parser(argparse.ArgumentParser):
    """Fails in zerogap's words, and over an argument that is there and empty, as a variable that is not set leaves it."""

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
