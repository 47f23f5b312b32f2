# SPDX-License-Identifier: Apache-2.0
"""Calls of the zerogap program (ZEROGAP_PROGRAM, otherwise the one in PATH)."""

import os
import subprocess

from zerogap_tools.command_line import Fail


def environment_of_one_process():
    """Without this, under mpirun, zerogap would act as a rank of the job in which the report was started."""
    ours = ("OMPI_", "PMIX_", "PMI_")
    kept = ("OMPI_ALLOW_RUN_AS_ROOT",)
    return {k: v for k, v in os.environ.items() if not k.startswith(ours) or k.startswith(kept)}


def run_zerogap(*arguments, folder=None):
    """The output of zerogap; raises Fail with its message if it fails."""
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


def write_config(folder, text):
    """Writes a configuration of zerogap into a folder like a run's, and returns the file. In such a folder zerogap also
    reads the key names of earlier versions."""
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    file = folder / "config.yaml"
    file.write_text(text, encoding="utf-8", errors="surrogateescape")
    return file
