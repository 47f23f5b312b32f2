# SPDX-License-Identifier: Apache-2.0
"""What a visit to a GPU is expected to show, written down before anything had run on one, and how it compares.

For one H100 (SXM) or H200: 132 multiprocessors of 128 lanes at 1.98 GHz, where one issue slot a pair of patch and block
costs 0.1125 ms at 600 images of 28 x 28 and 8,000 blocks. Slots a pair are counted in what the compiler makes of the
kernels (sm_90, d = 9, fp32), and 87 to 95% of them are taken to be filled. On another card the figures say nothing.
"""

import dataclasses

CARDS = ("H100", "H200")
MISS = 0.15  # beyond the range's ends


@dataclasses.dataclass(frozen=True)
class Prediction:
    """From low to high, both included, in the unit. key is that of measurements.py."""

    key: str
    what: str
    low: float
    high: float
    unit: str
    why: str
    form: str = "{:.3g}"

    def ratio(self, measured):
        """Against the nearer end of the range; 1 within it."""
        if measured < self.low:
            return measured / self.low
        return measured / self.high if measured > self.high else 1.0

    def verdict(self, measured):
        return "ok" if 1 - MISS <= self.ratio(measured) <= 1 + MISS else "missed"

    def range(self):
        low, high = self.form.format(self.low), self.form.format(self.high)
        return f"{low} {self.unit}" if low == high else f"{low} to {high} {self.unit}"


def bench(images, blocks, line, low, high, why):
    what = f"{line}, {images} images, {blocks} blocks"
    return Prediction(f"bench fp32 {images} {blocks} 3 {line}", what, low, high, "ms", why)


def whole(step, what, seconds, why):
    return Prediction(f"step {step} seconds", f"{what}, the complete command", seconds, seconds, "s", why)


def pytorch(mode, low, high, unit, key, why):
    what = f"PyTorch, {mode}, 600 images, 512 blocks, fp32"
    return Prediction(f"pytorch 600 512 {mode} fp32 rho outside {key}", what, low, high, unit, why)


PREDICTIONS = (
    bench(600, 8000, "dual step", 10.6, 11.5, "90.2 slots a pair"),
    bench(600, 8000, "dual step, rho = 0", 6.25, 6.75, "52.6 slots a pair"),
    bench(600, 8000, "forward", 2.95, 3.2, "24.9 slots a pair"),
    bench(600, 8000, "backward", 7.7, 8.4, "65.4 slots a pair"),
    bench(600, 8000, "backward, rho = 0", 3.25, 3.6, "27.7 slots a pair"),
    bench(600, 8000, "primal step", 5.4, 5.9, "45.3 slots a pair"),
    bench(600, 8000, "step rule, adam", 0.005, 0.02, "32 bytes a weight and two starts of kernels"),
    bench(600, 512, "dual step", 0.8, 0.9, "fewer places than at 8,000 blocks are filled"),
    bench(600, 64, "dual step", 0.18, 0.22, "slices fill the card: three times as fast as with 64 of them"),
    Prediction(
        "train paper_size step",
        "a step of the trainer, 600 images, 8192 blocks",
        10.9,
        11.9,
        "ms",
        "the kernels' 10.9 to 11.8 ms; the step rule stays on the GPU",
    ),
    Prediction(
        "train mnist_cuda step", "a step of configs/mnist.yaml", 0.18, 0.22, "ms", "64 blocks: the kernels' 0.2 ms"
    ),
    whole("mnist_cuda", "configs/mnist.yaml on the GPU", 5, "two networks of 3,000 steps of 0.2 ms, and evaluations"),
    whole("mnist_cpu", "configs/mnist.yaml on the CPU", 25, "16 cores; two take 75 s"),
    whole("newton_cuda", "newton, 600 images, 512 blocks, to 1e-3, on the GPU", 10, "a guess"),
    whole("newton_cpu", "newton, the same on the CPU", 15, "16 cores; two take 18 s, not all of it on both"),
    pytorch("eager", 18, 25, "ms", "ms", "some twenty passes over matrices of 1 GB"),
    pytorch("compile", 5, 8, "ms", "ms", "passes fused, products not"),
    Prediction("ncu forward registers", "registers of the forward kernel", 87, 87, "", "-Xptxas -v", "{:.0f}"),
    Prediction("ncu backward registers", "registers of the backward kernel", 96, 96, "", "-Xptxas -v", "{:.0f}"),
    Prediction("ncu forward resident", "thread blocks a multiprocessor, forward", 5, 5, "", "by registers", "{:.0f}"),
    Prediction("ncu backward resident", "thread blocks a multiprocessor, backward", 5, 5, "", "by registers", "{:.0f}"),
    Prediction("ncu forward issue", "issue slots filled, forward", 87, 95, "%", "20 warps for four schedulers"),
    Prediction("ncu backward issue", "issue slots filled, backward", 87, 95, "%", "20 warps for four schedulers"),
)


def is_foretold(card):
    return any(name in card for name in CARDS)


def compare(measured):
    """One entry a prediction, as JSON holds it; measured is null where that is not known."""
    entries = []
    for prediction in PREDICTIONS:
        value = measured.get(prediction.key)
        entry = {"key": prediction.key, "what": prediction.what, "unit": prediction.unit, "why": prediction.why}
        entry |= {"low": prediction.low, "high": prediction.high, "predicted": prediction.range(), "measured": value}
        if value is None:
            entry |= {"shown": "-", "ratio": None, "verdict": "not measured"}
        else:
            shown = f"{prediction.form.format(value)} {prediction.unit}".strip()
            entry |= {"shown": shown, "ratio": prediction.ratio(value), "verdict": prediction.verdict(value)}
        entries.append(entry)
    return entries


def as_lines(entries):
    """A table for the terminal."""
    rows = [("", "predicted", "measured", "ratio", "")]
    for entry in entries:
        ratio = "" if entry["ratio"] is None else f"{entry['ratio']:.2f}"
        rows.append((entry["what"], entry["predicted"].strip(), entry["shown"], ratio, entry["verdict"]))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return [
        f"{row[0]:{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]:>{widths[3]}}  {row[4]}".rstrip()
        for row in rows
    ]
