# SPDX-License-Identifier: Apache-2.0
"""Numbers from the program's JSON, and numbers and names as text."""

import math
import re

PAGE_WIDTH = 100  # characters in a line of a page, except tables, code and pictures

def shown(text):
    """The text with \\xff for a byte that is not valid UTF-8."""
    return str(text).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def lettering(text):
    """The text for a figure: matplotlib reads $...$ as mathematics, and omits from a legend names that begin with _."""
    words = shown(text).replace("$", r"\$")
    return f" {words}" if words.startswith("_") else words


def wrapped(text):
    """Markdown whose sentences are broken at PAGE_WIDTH, but not within `code`."""
    lines, fenced = [], False
    for line in text.split("\n"):
        fence = line.startswith("```")
        fenced ^= fence
        if fence or fenced or len(line) <= PAGE_WIDTH or line.startswith(("|", "![", "<")):
            lines.append(line)
            continue
        first, *rest = re.findall(r"(?:`[^`]*`|[^\s`])+", line)
        lines.append(first)
        for word in rest:
            if len(lines[-1]) + 1 + len(word) <= PAGE_WIDTH:
                lines[-1] += " " + word
            else:
                lines.append(word)
    return "\n".join(lines)


def unquoted(value):
    """A value of a setting as zerogap prints it, without YAML's quotes and escapes."""
    if not value.startswith('"'):
        return value
    return re.sub(r"\\(?:x([0-9a-f]{2})|(.))", lambda found: chr(int(found[1], 16)) if found[1] else found[2], value[1:-1])


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def dig(tree, *path):
    """The value at the path through nested objects, or None."""
    for key in path:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree


def number(tree, *path):
    """The number at the path, or NaN if it is absent or not finite."""
    value = dig(tree, *path)
    return float(value) if is_number(value) else math.nan


def show(value, digits=6):
    """A number as text; an en dash if there is none."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if not is_number(value):
        return "–"
    return f"{int(value):,}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:.{digits}g}"


def percent(value):
    return f"{100 * value:.3g}%" if is_number(value) else "–"


def decibel(value):
    return f"{value:.2f} dB" if is_number(value) else "–"


def seconds(value):
    if not is_number(value):
        return "–"
    if value < 120:
        return f"{value:.3g} s"
    return f"{value / 60:.3g} min" if value < 7200 else f"{value / 3600:.3g} h"
