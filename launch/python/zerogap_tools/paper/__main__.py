# SPDX-License-Identifier: Apache-2.0
"""launch/paper [FIGURE...]: see launch/paper --help."""

import os
import pathlib
import re
import shutil
import signal
import sys
import tempfile

from zerogap_tools.command_line import DATA, USAGE, Fail, Parser
from zerogap_tools.program import run_zerogap

try:
    from zerogap_tools.figures import Gallery
    from zerogap_tools.paper import (
        claims,
        document,
        figure8_optimizers,
        figure9_init,
        figure10_noise,
        figures_1_6,
    )
    from zerogap_tools.paper.sweeps import Store
except ImportError as missing:
    print(f"error: the figures cannot be drawn ({missing.name or missing} is missing in {sys.executable}); run launch/setup", file=sys.stderr)
    sys.exit(DATA)

FIGURES = ("1", "6", "8", "9", "10")
# Hours that the figures of --scale paper took on two cores with AVX-512, one after the other; figure 8 computes programs
# that 9 and 10 share. The others were not timed.
HOURS = {"paper": {"1": 0.01, "6": 0.03, "8": 0.5, "9": 0.4, "10": 0.65, "claims": 0.01}}
SCALES = {"small": "small", "paper": "", "wide": "wide"}  # folders of configs/paper for figures 8, 9 and 10
GPU_RATE = 266e9  # pairs a second that docs/scaling.md predicts of an H100; never measured


def parse(arguments):
    parser = Parser("launch/paper")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(), help="the folder that holds configs/paper: the repository, or an installed tree's share/zerogap (default: this one)")
    parser.add_argument("figures", nargs="*", metavar="FIGURE")
    parser.add_argument("--scale", choices=tuple(SCALES), default="small")
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--document", type=pathlib.Path)
    given = parser.parse_args(arguments)
    given.root = given.root.absolute()
    if not (given.root / "configs" / "paper").is_dir():
        raise Fail(f"{given.root} has no sweep files of the paper's figures (no configs/paper); name the repository with --root", USAGE)
    for name in given.figures:
        if name not in (*FIGURES, "claims"):
            raise Fail(f"there is no figure {name} here (launch/paper has {', '.join(FIGURES)} and claims); give one of these", USAGE)
    if given.jobs is not None and given.jobs < 1:
        raise Fail(f"--jobs {given.jobs} is invalid (it is a number of processes); give 1 or more", USAGE)
    given.figures = list(dict.fromkeys(given.figures)) or [*FIGURES, "claims"]
    given.out = (given.out or given.root / "runs" / f"paper-{given.scale}").absolute()
    given.jobs = given.jobs or (1 if given.scale == "wide" else len(os.sched_getaffinity(0)))
    return given


def folder_of(figure, given):
    """Where a figure's sweeps are: figures 1 and 6 are the paper's own size at every scale."""
    return given.root / "configs" / "paper" / (SCALES[given.scale] if figure in ("8", "9", "10") else "")


def sweeps_of(figure, given):
    folder = folder_of(figure, given)
    return sorted(folder.glob(f"figure{figure}.yaml")) + sorted(folder.glob(f"figure{figure}-*.yaml"))


def hours_text(figures, scale):
    """What the figures took where they were measured; a figure's finished cells are not computed again."""
    if scale not in HOURS:
        return f"hours at --scale {scale}: not measured"
    hours = {name: HOURS[scale][name] for name in figures}
    each = ", ".join(f"{'claims' if name == 'claims' else f'figure {name}'} {value:.2g} h" for name, value in hours.items())
    return f"{each}; together {sum(hours.values()):.2g} h, as measured on two cores with AVX-512; what is finished is not computed again"


def dry_run(given):
    """Cells, pairs and hours of each sweep, from zerogap sweep --dry-run, without the solved programs."""
    pairs = 0.0
    with tempfile.TemporaryDirectory(prefix="zerogap-paper-") as scratch:
        data = pathlib.Path(scratch)
        figures_1_6.write_data(data, {**figures_1_6.FIGURE1, **figures_1_6.FIGURE6})
        for figure in given.figures:
            for file in sweeps_of(figure, given):
                words = run_zerogap("sweep", file, "--out", given.out / "store", "--dry-run", folder=data)
                print(f"{file.relative_to(given.root)}")
                print("".join(f"  {line}\n" for line in words.splitlines() if re.match(r"(work|memory|hours) ", line)), end="")
                pairs += float(re.search(r"about (\S+) pairs", words).group(1))
    print(hours_text(given.figures, given.scale))
    print(f"together {pairs:.3g} pairs; {pairs / GPU_RATE / 3600:.2g} hours on an H100 at 266 Gpair/s, which docs/scaling.md predicts: not measured,")
    print("and small steps do not reach it. This does not include the programs solved to a certified gap.")


def make(figure, store, gallery, given):
    command = f"launch/paper {figure} --scale {given.scale}"
    folder = folder_of(figure, given)
    if figure in ("1", "6"):
        return figures_1_6.run(store, gallery, folder, f"figure{figure}", figures_1_6.FIGURE1 if figure == "1" else figures_1_6.FIGURE6, command)
    return {"8": figure8_optimizers, "9": figure9_init, "10": figure10_noise}[figure].run(store, gallery, folder, command)


def make_claims(out):
    """Computes the claims, prints each as it is done, and returns them for the page."""
    texts = []
    for claim in claims.computed():
        texts.append(claim.text())
        print(texts[-1], flush=True)
    page = "```\n" + "\n".join(texts) + "```\n"
    (out / "claims.md").write_text(page, encoding="utf-8")
    return page


def set_environment(root):
    """Programs are started in another folder, so paths in the environment must not be relative; and several at once, so
    waiting threads must not spin on cores that others need, which would cost most of the time of small cells."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    name = os.environ.get("ZEROGAP_PROGRAM", "zerogap")
    program = shutil.which(name)
    if program is None:
        raise Fail(f"the program {name} cannot be started (it does not exist or is not executable); run launch/build, or set ZEROGAP_PROGRAM")
    os.environ["ZEROGAP_PROGRAM"] = str(pathlib.Path(program).absolute())
    if not os.environ.get("ZEROGAP_DATA_DIR"):
        os.environ["ZEROGAP_DATA_DIR"] = str(root / "datasets" / "mnist")
    os.environ["ZEROGAP_DATA_DIR"] = str(pathlib.Path(os.environ["ZEROGAP_DATA_DIR"]).absolute())


def run(given):
    set_environment(given.root)
    if given.dry_run:
        dry_run(given)
        return
    if given.document:
        document.read(given.document, [name if name == "claims" else f"figure{name}" for name in given.figures])
    (given.out / "figures").mkdir(parents=True, exist_ok=True)
    print(f"paper: {hours_text(given.figures, given.scale)}", flush=True)
    store = Store(given.out, given.jobs, lambda words: print(f"paper: {words}", flush=True))
    signal.signal(signal.SIGTERM, store.stop)
    signal.signal(signal.SIGINT, store.stop)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, store.stop)
    texts = {}
    for figure in given.figures:
        if figure == "claims":
            texts["claims"] = make_claims(given.out)
            continue
        tables = make(figure, store, Gallery(given.out / "figures"), given)
        texts[tables.name] = tables.write(given.out)
        print(f"paper: figure {figure}: {given.out / tables.name}.md, {', '.join(f'figures/{name}.png' for name in tables.pictures)}", flush=True)
    if given.document:
        document.fill(given.document, texts, given.out / "figures")


def main():
    try:
        run(parse(sys.argv[1:]))
        return 0
    except Fail as failure:
        print(f"error: {failure}", file=sys.stderr)
        return failure.code
    except OSError as error:
        print(f"error: {error.filename or 'a file'} cannot be written or read ({error.strerror}); give another place with --out", file=sys.stderr)
        return DATA


if __name__ == "__main__":
    sys.exit(main())
