# SPDX-License-Identifier: Apache-2.0
"""Puts a figure's tables and pictures into a Markdown page, between <!-- paper:NAME --> and <!-- end -->."""

import re

from PIL import Image

from zerogap_tools.command_line import USAGE, Fail
from zerogap_tools.text import wrapped


def place_of(name):
    """The pattern of a text's place: its mark, and everything up to the end mark."""
    return re.compile(rf"<!-- paper:{name} -->\n.*?<!-- end -->", re.S)


def read(page, names):
    """The page's text. Raises Fail if it has no place for one of the names."""
    try:
        words = page.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise Fail(f"{page} cannot be filled (there is no such file); give a page with marks such as <!-- paper:figure1 -->", USAGE) from error
    for name in names:
        if not place_of(name).search(words):
            raise Fail(f"{page} has no place for {name} (no <!-- paper:{name} --> ... <!-- end -->); add these two lines", USAGE)
    return words


def fill(page, texts, figures):
    """Replaces what is between the marks of each text; pictures are copied to a folder of the page's name."""
    words = read(page, texts)
    folder = page.with_suffix("")
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        for picture in re.findall(r"\(FIGURES/(\S+\.png)\)", text):
            # 128 colours are enough for curves, and a third of the bytes.
            Image.open(figures / picture).convert("RGB").quantize(128).save(folder / picture, optimize=True)
        inside = wrapped(text.replace("FIGURES/", f"{folder.name}/"))
        words = place_of(name).sub(lambda _, n=name, t=inside: f"<!-- paper:{n} -->\n\n{t}\n<!-- end -->", words)
    page.write_text(words, encoding="utf-8")
