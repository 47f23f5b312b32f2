# SPDX-License-Identifier: Apache-2.0
"""The command lines of the tools: their error messages, and how their arguments are read."""

import argparse
import sys

USAGE, DATA = 2, 3  # exit codes


class Fail(Exception):
    """An error message: what (why); what to do. `code` is the exit code."""

    def __init__(self, text, code=DATA):
        super().__init__(text)
        self.code = code


class Parser(argparse.ArgumentParser):
    """Reports errors in zerogap's form, and refuses an argument that is given but empty, as from a variable that is not
    set."""

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
                raise Fail(f"{name} is empty (possibly a variable that is not set); give it a value, or leave it out", USAGE)
            before = word
        return super().parse_args(words)


# Names of files are bytes. Bytes that are not UTF-8 are lone surrogates in Python's text (PEP 383), both from the file
# system and in zerogap's JSON. They can be written back unchanged, but not onto a page or into a figure.
for stream in (sys.stdout, sys.stderr):
    stream.reconfigure(errors="surrogateescape")
