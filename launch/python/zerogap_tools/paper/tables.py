# SPDX-License-Identifier: Apache-2.0
"""A figure's tables as Markdown, their numbers as JSON, and their origin."""

import hashlib
import json
import math

import numpy as np

from zerogap_tools.text import dig, percent, show


def spread(values, digits=6):
    """Mean ± sample standard deviation (count) as text."""
    values = [value for value in values if math.isfinite(value)]
    if not values:
        return "–"
    if len(values) == 1:
        return show(values[0], digits)
    deviation = float(f"{np.std(values, ddof=1):.2g}")
    return f"{show(float(np.mean(values)), digits)} ± {f'{deviation:.0f}' if deviation >= 100 else show(deviation, 2)}"


def mean(values):
    values = [value for value in values if math.isfinite(value)]
    return float(np.mean(values)) if values else math.nan


def relative(value, base):
    """By how much value is above (+) or below base."""
    return f"{100 * (value / base - 1):+.3g}%" if math.isfinite(value) and base > 0 else "–"


class FigureTables:
    """One figure's pictures, tables and words, in the order in which they were added."""

    def __init__(self, name):
        self.name, self.parts, self.numbers, self.pictures = name, [], {}, []

    def picture(self, figure):
        self.pictures.append(figure.name)
        self.parts.append(f"![{figure.caption}](FIGURES/{figure.name}.png)\n\n*{figure.caption}*")

    def words(self, text):
        self.parts.append(text)

    def table(self, key, head, rows, folded=""):
        """Rows of text, under a heading to unfold if `folded` is one; the JSON gets them as objects under `key`."""
        self.numbers[key] = [dict(zip(head, row)) for row in rows]
        lines = [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
        text = "\n".join(lines)
        self.parts.append(f"<details><summary>{folded}</summary>\n\n{text}\n\n</details>" if folded else text)

    def origin(self, command, cells, seeds):
        """The last line: configurations, number of seeds, and how to reproduce it."""
        cells = list({cell.name: cell for cell in cells}.values())
        # The names of programs on a primal's filters depend on the trained weights, and so on the kind of kernels.
        names = sorted(cell.name for cell in cells if "arrangements.source: primal\n" not in cell.identity)
        digest = hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
        seconds = sum(cell.value("seconds") for cell in cells if math.isfinite(cell.value("seconds")))
        self.numbers["configuration_hash"], self.numbers["cells"], self.numbers["seconds"] = digest, len(cells), seconds
        gaps = [cell.value("dual", "gap") for cell in cells if cell.network == "dual" and "run.stop.gap: 0\n" not in cell.identity]
        gaps = [gap for gap in gaps if math.isfinite(gap)]
        solved = f" {len(gaps)} of them are solved programs, certified to {percent(max(gaps))} or better." if gaps else ""
        self.numbers["largest_certified_gap"] = max(gaps, default=math.nan)
        kernels = " and ".join(sorted({text for cell in cells if (text := dig(cell.result, "machine", "kernels"))}))
        self.parts.append(
            f"{len(cells)} cells, {seeds}; {seconds / 3600:.2g} core-hours of training and solving (kernels {kernels}).{solved} Configuration hash `{digest}` (SHA-256 of the names of the sweeps' cells, each a hash of "
            f"configuration and data); `{command}`."
        )

    def write(self, out):
        text = "\n\n".join(self.parts) + "\n"
        (out / f"{self.name}.md").write_text(text.replace("FIGURES/", "figures/"), encoding="utf-8")
        numbers = {key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in self.numbers.items()}
        (out / f"{self.name}.json").write_text(json.dumps(numbers, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return text
