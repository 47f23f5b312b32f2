#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a step of the dual network costs on a grid of ranks: compute, host work, bytes, latency, memory.

    scaling_model.py        prints the predictions of docs/scaling.md, which explains the formulas

Everything here is a prediction. The few measured numbers that go in are parameters of Machine. bench_report.py
uses all_reduce() to compare the sums of this host with the model.
"""

import dataclasses
import math

PIXELS = 28 * 28


@dataclasses.dataclass(frozen=True)
class Link:
    """A message of n bytes takes latency + n / bandwidth."""

    latency: float  # seconds
    bandwidth: float  # bytes a second, one direction

    def seconds(self, size):
        return self.latency + size / self.bandwidth


@dataclasses.dataclass(frozen=True)
class Machine:
    name: str
    fma_rate: float  # FMA a second that the kernels reach on one rank
    keeps_gates: bool  # a step alone on its column costs 5d (3d), not 7d (4d), up to 8,192 blocks
    weight_seconds: float  # of the step rule for each weight (2 P d of them): gradient, rule, norm of its row
    step_seconds: float  # of the host for each step, whatever its size: launches, a wait
    per_node: int
    inside: Link
    between: Link  # one rank's own share of it
    start: float  # seconds to start one all-reduce
    small: float  # seconds of one hop of a host reduction of a few bytes


# fma_rate: half of 67 TFLOP/s, the fp32 peak without tensor cores that the vendor states. Links: NVLink's 450 GB/s a
# direction and one 400 Gb/s InfiniBand port a GPU, both at 80%. A weight's step reads and writes 32 bytes (its sum, itself
# and Adam's two moments) at half of the 3.35 TB/s that the vendor states. Latencies, the start and the host's part of a
# step are round numbers.
GPU = Machine(
    "H100 (assumed)", 0.5 * 67e12 / 2, False, 32 / 1.675e12, 30e-6, 8, Link(1e-6, 360e9), Link(4e-6, 40e9), 10e-6, 3e-6
)


@dataclasses.dataclass(frozen=True)
class Size:
    name: str
    images: int
    blocks: int
    length: int = 9
    with_rho: bool = True

    @property
    def patches(self):
        return self.images * PIXELS


PAPER = Size("the paper's size: 600 images (I = 470,400), P = 8,000", 600, 8000)
LARGE = Size("60,000 images (I = 47,040,000), P = 1,000,000", 60000, 1_000_000)


def block_tile(blocks):
    """comm/share.hpp."""
    if blocks < 64:
        return max(1, blocks // 16)
    return min(128, max(32, blocks // 32 * 16))


def largest_share(total, parts, unit=1):
    return min(total, math.ceil(math.ceil(total / unit) / parts) * unit)


def all_reduce(ranks, size, message, crowding=1):
    """Seconds of an all-reduce of `size` bytes where `message(n)` is a message's time: the better of a ring and of
    recursive doubling. crowding: how many ranks share a core."""
    if ranks == 1:
        return 0.0
    ring = 2 * (ranks - 1) * message(size / ranks)
    doubling = math.ceil(math.log2(ranks)) * message(size)
    return crowding * min(ring, doubling)


def axis_all_reduce(machine, ranks, stride, size):
    """An axis whose ranks lie `stride` apart: first inside nodes, then between them, each rank with its part."""
    if ranks == 1:
        return 0.0
    inside = max(1, min(ranks, machine.per_node // stride))
    seconds = machine.start + all_reduce(inside, size, machine.inside.seconds)
    return seconds + all_reduce(math.ceil(ranks / inside), size / inside, machine.between.seconds)


@dataclasses.dataclass(frozen=True)
class Step:
    grid: tuple
    compute: float
    rule: float  # the step rule, and the host's part
    gradient_bytes: int
    prediction_bytes: int
    gradient: float  # seconds of the sums over the patch axis
    prediction: float  # ... over the arrangement axis
    small: float  # ... of a few numbers

    @property
    def communication(self):
        return self.gradient + self.prediction + self.small

    @property
    def seconds(self):
        return self.compute + self.rule + self.communication


def products(size, machine, columns, blocks):
    """FMA a pair in units of d."""
    fused = machine.keeps_gates and columns == 1 and blocks <= 8192
    if size.with_rho:
        return 5 if fused else 7
    return 3 if fused else 4


def step(machine, size, rows, columns):
    """One step on a grid of rows (patch axis) x columns (arrangement axis), nothing overlapped."""
    images = largest_share(size.images, rows)
    blocks = largest_share(size.blocks, columns, block_tile(size.blocks))
    pairs = images * PIXELS * blocks
    weights = 2 * blocks * size.length
    gradient_bytes = 8 * weights if rows > 1 else 0
    prediction_bytes = 8 * images * PIXELS if columns > 1 else 0
    # One message over all ranks: the sum of the rows' norms, and the wish to stop.
    hops = math.ceil(math.log2(rows * columns))
    return Step(
        (rows, columns),
        pairs * products(size, machine, columns, blocks) * size.length / machine.fma_rate,
        weights * machine.weight_seconds + machine.step_seconds,
        gradient_bytes,
        prediction_bytes,
        axis_all_reduce(machine, rows, columns, gradient_bytes),
        axis_all_reduce(machine, columns, 1, prediction_bytes),
        hops * machine.small,
    )


def grids(size, ranks):
    tiles = math.ceil(size.blocks / block_tile(size.blocks))
    for columns in range(1, ranks + 1):
        if ranks % columns == 0 and ranks // columns <= size.images and columns <= tiles:
            yield ranks // columns, columns


def best(machine, size, ranks):
    return min((step(machine, size, *grid) for grid in grids(size, ranks)), key=lambda s: s.seconds)


def patches_only(machine, size, ranks):
    return step(machine, size, ranks, 1) if ranks <= size.images else None


def crossover(size):
    """Ranks beyond which two columns send fewer bytes in all than one: R > I / (d P)."""
    return size.patches / (size.length * size.blocks)


def bytes_of_rank(size, rows, columns, number=4):
    """Memory of one rank's kernels, by what it is for; Adam, numbers of `number` bytes, halves of a step."""
    images = largest_share(size.images, rows)
    blocks = largest_share(size.blocks, columns, block_tile(size.blocks))
    weights = 2 * blocks * size.length
    return {
        "blocks g": blocks * size.length * number,
        "weights": weights * number,
        "gradient sums (64-bit)": 8 * weights,
        "optimizer state (Adam)": 2 * number * weights,
        "pixels and targets": images * (30 * 30 + PIXELS) * number,
        "predictions and residuals": images * PIXELS * (8 + number),
    }


def duration(seconds):
    for unit, factor in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1 or unit == "µs":
            return f"{seconds * factor:.3g} {unit}"
    return ""


def size_text(count):
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if count >= factor:
            return f"{count / factor:.3g} {unit}"
    return f"{count} B"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def predictions(machine, size):
    one = step(machine, size, 1, 1).seconds
    rows = []
    for power in range(11):
        ranks = 2**power
        at_best, plain = best(machine, size, ranks), patches_only(machine, size, ranks)
        rows.append(
            (
                ranks,
                f"{at_best.grid[0]} × {at_best.grid[1]}",
                duration(at_best.compute),
                duration(at_best.rule),
                f"{size_text(at_best.gradient_bytes)} + {size_text(at_best.prediction_bytes)}",
                duration(at_best.communication),
                duration(at_best.seconds),
                f"{one / ranks / at_best.seconds:.0%}",
                duration(plain.seconds) if plain else "too few images",
            )
        )
    head = ("GPUs", "best grid", "compute", "rule", "bytes", "sums", "step", "efficiency", "patch axis only")
    return table(head, rows)


def memory_table(size, all_grids):
    parts = [bytes_of_rank(size, *grid) for grid in all_grids]
    rows = [(name, *(size_text(part[name]) for part in parts)) for name in parts[0]]
    rows.append(("all", *(size_text(sum(part.values())) for part in parts)))
    return table(("", *(f"{rows_} × {columns}" for rows_, columns in all_grids)), rows)


def main():
    for size in (PAPER, LARGE):
        print(f"**Predicted**, {size.name}, d = {size.length}, ρ > 0, {GPU.name}\n")
        print(predictions(GPU, size) + "\n")
        print(f"Two columns send fewer bytes than one from {crossover(size):.1f} ranks on.\n")
    print("**Predicted**, bytes of one rank, 60,000 images and P = 1,000,000, fp32\n")
    print(memory_table(LARGE, [(1, 1), (64, 1), (1024, 1), (256, 4), (64, 16)]))


if __name__ == "__main__":
    main()
