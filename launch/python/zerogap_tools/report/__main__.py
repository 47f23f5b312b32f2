# SPDX-License-Identifier: Apache-2.0
"""zerogap report RUN|SWEEP... --out DIR: see launch/report --help."""

import datetime
import errno
import os
import pathlib
import shutil
import sys
import tempfile

from zerogap_tools.command_line import DATA, USAGE, Fail, Parser
from zerogap_tools.text import shown

try:
    from zerogap_tools.figures import Gallery
    from zerogap_tools.reading import open_folder
    from zerogap_tools.report import curves, run_section, sweep_section
    from zerogap_tools.report.page import Page
except ImportError as missing:
    print(
        f"error: the figures cannot be drawn ({missing.name or missing} is missing in {sys.executable}); run launch/setup",
        file=sys.stderr,
    )
    sys.exit(DATA)

MARK = "zerogap-report"  # the file that identifies a report


def parse(arguments):
    parser = Parser("zerogap report", __doc__)
    parser.add_argument("folders", type=pathlib.Path, nargs="+", metavar="RUN|SWEEP")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--title", default=None)
    parser.add_argument("--sweep", action="append", default=[])
    parser.add_argument("--no-images", action="store_true")
    return parser.parse_args(arguments)


def check_target(out):
    """Only a report is ever replaced."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise Fail(f"{out} cannot be a report (it is no folder); give another place with --out", USAGE)
    if out.is_dir() and any(out.iterdir()) and not (out / MARK).exists():
        raise Fail(f"{out} is not replaced (it holds other things than a report); give a new folder with --out", USAGE)


def name_apart(things):
    """Gives each run and sweep a unique slug, and runs of the same name their paths as names."""
    taken = set()
    names = [thing.name for thing in things]
    for thing in things:
        if names.count(thing.name) > 1 and hasattr(thing, "history"):
            thing.name = shown(thing.folder)
        slug, copy = run_section.slug(thing.name), 2
        while slug in taken:
            slug, copy = f"{run_section.slug(thing.name)}-{copy}", copy + 1
        taken.add(slug)
        thing.slug = slug


def write_report(arguments, folder):
    runs, sweeps = [], []
    for given in {folder.resolve(): folder for folder in arguments.folders}.values():  # without duplicates
        more_runs, more_sweeps = open_folder(given, arguments.sweep)
        runs += more_runs
        sweeps += more_sweeps
    name_apart(runs + sweeps)
    figures = folder / "figures"
    figures.mkdir()
    gallery = Gallery(figures)
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    names = ", ".join(thing.name for thing in runs + sweeps)
    page = Page(arguments.title or f"zerogap: {names}", f"Made on {now} by zerogap report, of {', '.join(map(str, arguments.folders))}.")
    if len(runs) > 1:
        page.heading(2, "Together", "together")
        page.figure(curves.gaps(gallery, runs, "together-gap", "The runs' certified gaps against training time."))
        for network in ("primal", "dual"):
            page.figure(curves.together(gallery, runs, network))
    for sweep in sweeps:
        page.heading(2, f"sweep {sweep.name}", sweep.slug)
        sweep_section.write(page, gallery, sweep, not arguments.no_images)
    for run in runs:
        page.heading(2, f"run {run.name}", run.slug)
        run_section.write(page, gallery, run, not arguments.no_images)
    (folder / "index.html").write_text(shown(page.html()), encoding="utf-8")
    (folder / MARK).write_text("A report of zerogap: zerogap report may replace this folder.\n", encoding="utf-8")
    return len(gallery.names)


def put(fresh, out):
    """Renames the finished report to its place; an earlier one is moved aside and then removed."""
    os.chmod(fresh, 0o755)
    old = fresh.with_name(fresh.name + ".old")
    if out.exists():
        os.rename(out, old)
    try:
        os.rename(fresh, out)
    except OSError:
        if old.exists():
            os.rename(old, out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def main():
    fresh = None
    try:
        arguments = parse(sys.argv[1:])
        out = arguments.out.absolute()
        check_target(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        fresh = pathlib.Path(tempfile.mkdtemp(prefix=f".{out.name}.part-", dir=out.parent))
        drawn = write_report(arguments, fresh)
        put(fresh, out)
        print(f"report: {arguments.out / 'index.html'} ({drawn} figures)")
        return 0
    except Fail as failure:
        print(f"error: {failure}", file=sys.stderr)
        return failure.code
    except OSError as error:
        what = error.filename or "a file"
        advice = "free some space" if error.errno == errno.ENOSPC else "give another place with --out"
        print(f"error: {what} cannot be written or read ({error.strerror}); {advice}", file=sys.stderr)
        return DATA
    finally:
        if fresh is not None:
            shutil.rmtree(fresh, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
