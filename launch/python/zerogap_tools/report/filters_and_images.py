# SPDX-License-Identifier: Apache-2.0
"""Filters as images, and strips of noisy, clean and denoised images."""

import matplotlib.patches
import numpy as np

from zerogap_tools.style import WIDTH, panels
from zerogap_tools.text import dig, number

MOST_FILTERS = 64
COLUMNS = 16
NAMES = {"noisy": "noisy", "clean": "clean", "primal": "primal", "dual": "dual", "mapped": "mapped\n(Eq. 46)", "mapped_gate": "mapped,\ngate's length"}


def frame(axes, left, top, wide, tall, grey):
    """A frame around a tile, because a white edge would be invisible on the page."""
    axes.add_patch(matplotlib.patches.Rectangle((left - 0.5, top - 0.5), wide, tall, fill=False, edgecolor=grey, linewidth=0.6, clip_on=False))


def grid_of(rows, side, title, axes):
    """Rows (n, d) as tiles, each on its own scale: middle grey is 0, so that signs show in black and white."""
    columns = min(COLUMNS, len(rows))
    lines = -(-len(rows) // columns)
    tall, wide = (side, side) if side else (1, rows.shape[1])
    canvas = np.full((lines * (tall + 1) - 1, columns * (wide + 1) - 1), np.nan)
    for at, row in enumerate(rows):
        top, left = at // columns * (tall + 1), at % columns * (wide + 1)
        canvas[top : top + tall, left : left + wide] = row.reshape(tall, wide) / max(np.abs(row).max(), 1e-300)
        frame(axes, left, top, wide, tall, "0.5")
    axes.imshow(canvas, cmap="gray", vmin=-1, vmax=1, interpolation="nearest")
    axes.set_title(title, loc="left")
    axes.axis("off")
    return lines * (tall + 1) / (columns * (wide + 1))


def groups(weights):
    """(title, rows) of each kind of filter, the one with the largest weight first."""
    if "primal/u" in weights:
        u, v = weights["primal/u"], weights["primal/v"]
        order = np.argsort(-np.abs(v) * np.linalg.norm(u, axis=1), kind="stable")
        yield "primal filters: sign(v) u", (u * np.where(v < 0, -1, 1)[:, None])[order]
    if "dual/w" in weights:
        g, w, w_prime = (weights[f"dual/{name}"] for name in ("g", "w", "w_prime"))
        order = np.argsort(-np.linalg.norm(w, axis=1) - np.linalg.norm(w_prime, axis=1), kind="stable")
        yield "the dual's blocks g", g[order]
        yield "the dual's filters w′ − w, block by block as above", (w_prime - w)[order]


def filters(gallery, run):
    """The figure, or None if there is no checkpoint."""
    found = list(groups(run.weights))
    if not found:
        return None
    side = round(found[0][1].shape[1] ** 0.5)
    side = side if side * side == found[0][1].shape[1] else 0
    lines = [-(-min(len(rows), MOST_FILTERS) // COLUMNS) for _, rows in found]
    figure, axes = panels(len(found), 1, sum(0.52 * n + 0.3 for n in lines) if side else 0.6 * len(found) + 0.5, height_ratios=[n + 0.5 for n in lines])
    for (title, rows), (at,) in zip(found, axes):
        count = f" (the {MOST_FILTERS} that weigh most of {len(rows)})" if len(rows) > MOST_FILTERS else f" ({len(rows)})"
        grid_of(rows[:MOST_FILTERS], side, title + count, at)
    return gallery.save(figure, f"{run.slug}-filters", "Learned filters, the one that weighs most first. Each has its own scale: middle grey is 0, white positive, black negative. A filter that is all grey is zero.")


def strip(images, label, axes):
    """Images (n, h, w) side by side in one pair of axes, because laying out and drawing one for each takes seconds."""
    count, tall, wide = images.shape
    gap = max(1, round(0.02 * wide))
    canvas = np.full((tall, count * (wide + gap) - gap), np.nan)
    for at, image in enumerate(np.clip(images, 0, 1)):
        left = at * (wide + gap)
        canvas[:, left : left + wide] = image
        frame(axes, left, 0, wide, tall, "0.7")
    axes.imshow(canvas, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_ylabel(label, rotation=0, ha="right", va="center", labelpad=6)
    axes.set_anchor("E")  # the labels use the remaining space


def strips(gallery, run, denoised, part):
    rows = [("noisy", denoised.noisy), ("clean", denoised.clean)] + list(denoised.shown.items())
    columns = denoised.noisy.shape[0]
    n, h = denoised.noisy.shape[1:]
    size = (WIDTH - 1.4) / columns
    figure, axes = panels(len(rows), 1, len(rows) * (size * n / h + 0.1))
    for (name, images), (at,) in zip(rows, axes):
        value = denoised.psnr.get(name)
        strip(images, NAMES[name] + (f"\n{value:.2f} dB" if value is not None else ""), at)
    kind = "test" if part == "test" else "training"
    whole = f"all {denoised.images} images of the {kind} set" if denoised.whole else f"the {denoised.images} images shown"
    more = evaluated_at_end(run, denoised, part)
    if more:
        whole = f"the {denoised.images} test images of the run's history (its last evaluation took {more}, and the result's PSNR is over those)"
    caption = f"The first images of the {kind} set, clipped to [0, 1]; PSNR over {whole}, computed for this page from {run.checkpoint} with NumPy."
    return gallery.save(figure, f"{run.slug}-images-{part}", caption)


def evaluated_at_end(run, denoised, part):
    """How many test images the last evaluation used if they differ (data.final_test), or 0."""
    at_end = dig(run.result or {}, "data", "test_images") if part == "test" and denoised.whole else 0
    return at_end if at_end and at_end != denoised.images else 0


def differences(run, denoised, part):
    """Networks whose PSNR here differs from what the program reported for the same images: [(network, here,
    reported)]."""
    if not denoised.whole or evaluated_at_end(run, denoised, part):
        return []
    found = []
    for name, here in denoised.psnr.items():
        path = ("baselines",) + (("test",) if part == "test" else ()) + ("noisy_psnr",)
        if name != "noisy":
            path = (name, "test", "psnr") if part == "test" else (name, "psnr")
        reported = number(run.result or {}, *path)
        if dig(run.result or {}, *path) is not None and not abs(here - reported) <= 0.01:
            found.append((name, here, reported))
    return found
