# SPDX-License-Identifier: Apache-2.0
"""The section of the page about one run."""

import re

from zerogap_tools.command_line import Fail
from zerogap_tools.predictions import Denoised
from zerogap_tools.report import curves, filters_and_images
from zerogap_tools.text import decibel, dig, number, percent, seconds, show

IMAGES = 8
NETWORKS = (
    ("primal", "primal"),
    ("dual", "dual, on its blocks"),
    ("embedded", "dual, primal's filters as blocks"),
    ("mapped", "dual mapped to a primal (Eq. 46)"),
    ("mapped_gate", "dual mapped, gate's length kept"),
)


def summary(run):
    """The main results, in words that distinguish what is proved."""
    last, words = run.last, []
    if dig(last, "primal"):
        form = dig(last, "primal", "form") or "decay"
        words.append(f"The primal network ({form}) is at {show(number(last, 'primal', 'objective'))}.")
    program = dig(run.result or {}, "network_program")
    if isinstance(program, dict):
        bound = show(number(program, "estimated_lower_bound"))
        words.append(f"Its own program over any number of filters is at {show(number(program, 'objective'))}; estimate: no network is below {bound} (gap {percent(number(program, 'estimated_gap'))}).")
    gap = number(last, "dual", "gap")
    if gap == gap:
        bound = show(number(last, "dual", "best_lower_bound"))
        words.append(f"The dual is at {show(number(last, 'dual', 'objective'))}; the optimum of the sampled program on these blocks is, proved, at least {bound} (gap {percent(gap)}).")
    return " ".join(words)


def cautions(run):
    last = run.last
    if dig(last, "primal", "dead"):
        yield "The primal is dead: no activation passes λ, so nothing but the regularisation moves it. Its objective says nothing about training."
    if dig(last, "primal", "all_filters_used"):
        yield "All of the primal's filters are in use: more might lower the objective."
    violation = number(last, "dual", "max_violation")
    if violation > 0:
        yield f"The dual violates sign constraints (by at most {show(violation, 3)}): its objective belongs to the hinge program."
    if dig(last, "primal") and dig(last, "dual"):
        yield from on_blocks(run)
    if run.status == "diverged":
        yield "The run diverged: its last numbers are not a result."


def on_blocks(run):
    """What the dual on the run's blocks says of the primal, beside the network's own bound."""
    last = run.last
    objective, bound = number(last, "primal", "objective"), number(last, "dual", "best_lower_bound")
    if not (objective == objective and bound == bound):
        return
    below = objective < bound
    place = "below the bound proved on these blocks: others do better (the sampling gap)" if below else "above it, which proves nothing"
    own = show(number(last, "embedded", "objective"))
    yield f"The dual (the paper's Eq. 21) is a program of its own on the run's blocks, and its optimum bounds no network. The primal lies {place}; on blocks of the primal's own filters the dual is at most {own}."
    form = dig(last, "primal", "form") or "decay"
    bounds = dig(run.certificate or {}, "networks", form)
    if isinstance(bounds, dict):
        yield f"What bounds the network (Eq. 20 or its form) is {show(number(bounds, 'certificate'))}, proved, and {show(number(bounds, 'estimate'))}, estimated."
    else:
        yield f"A bound of the network itself is given by zerogap certify {run.folder}."


PARTS = {"optimiser": "training", "filters": "the number of filters", "at_zero": "filters with thresholds near 0", "unsolved": "the network's program not solved", "unproved": "the estimate not proved"}


def gap_parts(page, run):
    parts = dig(run.certificate, "gap")
    if isinstance(parts, dict):
        page.table(("part of the network's gap, due to", "share of its objective"), [[what, percent(number(parts, key))] for key, what in PARTS.items()])


def values_table(page, run):
    head = ("network", "objective", "fit", "PSNR", "objective, test", "PSNR, test", "certified gap", "largest violation")
    rows = []
    for key, label in NETWORKS:
        at = dig(run.last, key)
        if isinstance(at, dict):
            at_test = [show(number(at, "test", "objective")), decibel(number(at, "test", "psnr"))]
            rows.append([label, show(number(at, "objective")), show(number(at, "fit")), decibel(number(at, "psnr")), *at_test, percent(number(at, "gap")), show(number(at, "max_violation"), 3)])
    base = dig(run.result or {}, "baselines")
    if isinstance(base, dict):
        test = base.get("test") or {}
        rows.append(["noisy images", "–", "–", decibel(number(base, "noisy_psnr")), "–", decibel(number(test, "noisy_psnr")), "–", "–"])
        rows.append(["best linear filter", "–", show(number(base, "linear_fit")), decibel(number(base, "linear_psnr")), "–", decibel(number(test, "linear_psnr")), "–", "–"])
        rows.append(["zero network, ‖x‖²", show(number(base, "zero_objective")), show(number(base, "zero_objective")), "–", show(number(test, "zero_objective")), "–", "–", "–"])
    page.table(head, rows)
    if base is None:
        page.note("The baselines (noisy images, linear filter) are written at the run's end.")


def verdict(page, gallery, run):
    page.heading(3, "Verdict")
    said = dig(run.certificate or {}, "verdict")
    if not run.certificate:
        page.paragraph(f"Not certified yet: after zerogap certify {run.folder} a report shows here what limits this run, and its bounds.")
        return
    if isinstance(said, dict):
        page.note(f"{said.get('name')}: {said.get('because')}. To change: {said.get('change')}.")
        gap_parts(page, run)
    of_blocks = dig(run.certificate, "blocks_verdict")
    if isinstance(of_blocks, dict):
        page.note(f"The dual on the run's blocks is {of_blocks.get('name')}: {of_blocks.get('because')}. To change: {of_blocks.get('change')}.")
    if dig(run.certificate, "checkpoint") and run.checkpoint and not str(run.certificate["checkpoint"]).endswith(run.checkpoint):
        page.note(f"The verdict is of another checkpoint than the newest one, {run.checkpoint}.")
    page.figure(curves.bounds(gallery, run))


def images(page, gallery, run):
    page.heading(3, "Denoised images")
    if not run.weights:
        page.paragraph("There is no intact checkpoint yet, so there are no weights for denoising.")
        return
    for part in ("test", "train"):
        if part == "test" and dig(run.result or {}, "data", "test_images") == 0:
            continue
        try:
            denoised = Denoised(run, part, IMAGES)
        except Fail as failure:
            page.note(f"No images of the {part} set are shown: {failure}.")
            continue
        page.figure(filters_and_images.strips(gallery, run, denoised, part))
        for name, here, reported in filters_and_images.differences(run, denoised, part):
            page.note(f"{name}: NumPy finds {decibel(here)} on the {part} set where the result says {decibel(reported)}; the result's values are of other weights (an average, or other images) or one of the two is wrong.")


def environment(page, run):
    page.heading(3, "Time and environment")
    result, last = run.result or {}, run.last
    rows = [("status", run.status), ("folder", run.folder)]
    rows.append(("epoch", show(number(last, "epoch"))))
    rows.append(("time", seconds(number(last, "seconds"))))
    time = result.get("time")
    if isinstance(time, dict):
        rows.append(("of which (last start)", ", ".join(f"{k} {seconds(v)}" for k, v in time.items() if k in ("steps", "evaluations", "checkpoints"))))
    rate = number(last, "pairs_per_second")
    rows.append(("speed", f"{rate / 1e6:,.4g} million pairs/s" if rate == rate else "–"))
    for section in ("data", "machine", "versions"):
        at = result.get(section)
        if isinstance(at, dict):
            rows += [(f"{section}: {key.replace('_', ' ')}", value_text(key, value)) for key, value in at.items()]
    for key in ("lambda", "beta", "rho"):
        if key in result:
            rows.append((key, show(number(result, key))))
    page.table(("", ""), rows, numbers=False)
    if run.config:
        page.folded("configuration, resolved", run.config)


def value_text(key, value):
    if key.endswith("_bytes") and isinstance(value, int):
        return f"{value / 2**20:,.0f} MiB"
    return " × ".join(map(str, value)) if isinstance(value, list) else show(value)


def program_tables(page, run):
    """Runs that solve several programs or search for blocks."""
    path = dig(run.result or {}, "path")
    if isinstance(path, list) and path:
        page.heading(3, "Programs solved in order")
        keys = ("program", "beta", "lambda", "rho", "objective", "lower_bound", "gap", "max_violation", "steps", "seconds")
        page.table(keys, [[show(p.get(k)) for k in keys] for p in path if isinstance(p, dict)])
    for key, title, columns in (
        ("pricing", "Rounds of looking for blocks", ("round", "added", "dropped", "price", "objective", "lower_bound", "gap", "fall")),
        ("sampling_curve", "More random blocks", ("P", "objective", "lower_bound", "gap", "steps", "seconds")),
    ):
        at = dig(run.result or {}, key)
        at = at.get("rounds") if isinstance(at, dict) else at
        if isinstance(at, list) and at:
            page.heading(3, title)
            page.table(columns, [[show(p.get(k)) for k in columns] for p in at if isinstance(p, dict)])


def write(page, gallery, run, with_images):
    page.paragraph(summary(run))
    if run.status not in ("complete", "diverged"):
        page.note(f"This run is {run.status}: the page shows it as it was at epoch {show(number(run.last, 'epoch'))}.")
    for words in cautions(run):
        page.note(words)
    for words in run.notes:
        page.note(words)
    values_table(page, run)
    if run.history:
        page.heading(3, "Objectives and certified gap")
        page.figure(curves.objectives(gallery, run))
        page.figure(curves.gap(gallery, run))
    else:
        page.note("There is no history.jsonl here, so no curves are drawn.")
    verdict(page, gallery, run)
    program_tables(page, run)
    page.heading(3, "Filters")
    drawn = filters_and_images.filters(gallery, run)
    page.figure(drawn)
    if not drawn:
        page.paragraph("There is no intact checkpoint yet.")
    if with_images:
        images(page, gallery, run)
    if any(number(e, "dual", "max_violation") > 0 for e in run.history):
        page.heading(3, "Violations")
        page.figure(curves.violations(gallery, run))
    environment(page, run)
    page.figure(curves.speed(gallery, run))


def slug(name):
    """A part of file names and anchors."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.") or "run"
