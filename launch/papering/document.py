"""Puts a figure's tables and pictures into a Markdown page, between <!-- paper:NAME --> and <!-- end -->."""

import re
import shutil

from house import USAGE, Fail


def fill(page, texts, figures):
    """Replaces what is between the marks of each text; pictures are copied to a folder of the page's name."""
    try:
        words = page.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise Fail(f"{page} cannot be filled (there is no such file); give a page with marks such as <!-- paper:figure1 -->", USAGE) from error
    folder = page.with_suffix("")
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        mark = f"<!-- paper:{name} -->"
        pattern = re.compile(re.escape(mark) + r"\n.*?<!-- end -->", re.S)
        if not pattern.search(words):
            raise Fail(f"{page} has no place for {name} (no {mark} ... <!-- end -->); add these two lines", USAGE)
        for picture in re.findall(r"\(FIGURES/(\S+\.png)\)", text):
            shutil.copyfile(figures / picture, folder / picture)
        inside = text.replace("FIGURES/", f"{folder.name}/")
        words = pattern.sub(lambda _, m=mark, t=inside: f"{m}\n\n{t}\n<!-- end -->", words)
    page.write_text(words, encoding="utf-8")
