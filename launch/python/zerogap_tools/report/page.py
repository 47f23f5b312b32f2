# SPDX-License-Identifier: Apache-2.0
"""One self-contained HTML page with style, figures and tables."""

import html

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #111; background: #fff; max-width: 68rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.7rem } h2 { border-top: 2px solid #111; padding-top: .6rem; margin-top: 2.5rem } h3 { margin: 1.6rem 0 .4rem }
table { border-collapse: collapse; margin: .6rem 0 1rem; font-size: .84rem; display: block; overflow-x: auto }
th, td { padding: .2rem .55rem; border-bottom: 1px solid #ccc; text-align: left; vertical-align: top }
th { border-bottom: 2px solid #111 } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
figure { margin: 1rem 0 } figure img { max-width: 100%; height: auto; display: block } figcaption { font-size: .88rem; color: #333 }
.note { border-left: 4px solid #111; padding: .2rem .8rem; margin: .6rem 0; background: #f4f4f4 }
pre { background: #f4f4f4; padding: .6rem; overflow-x: auto; font-size: .8rem; white-space: pre-wrap }
nav a { margin-right: 1rem } code { background: #f4f4f4; padding: 0 .2rem }
@media print { h2, figure, table { break-inside: avoid } details { display: none } }
"""


def text(value):
    return html.escape(str(value), quote=True)


class Page:
    def __init__(self, title, made):
        self.title, self.made = title, made
        self.parts, self.contents = [], []

    def heading(self, level, words, anchor=None):
        mark = f' id="{text(anchor)}"' if anchor else ""
        self.parts.append(f"<h{level}{mark}>{text(words)}</h{level}>")
        if level == 2 and anchor:
            self.contents.append(f'<a href="#{text(anchor)}">{text(words)}</a>')

    def paragraph(self, words):
        self.parts.append(f"<p>{text(words)}</p>")

    def note(self, words):
        self.parts.append(f'<p class="note">{text(words)}</p>')

    def figure(self, figure):
        """Adds nothing if there is none."""
        if figure:
            image = f'<img src="{figure.uri}" alt="{text(figure.caption)}">'
            self.parts.append(f'<figure id="figure-{text(figure.name)}">{image}<figcaption>{text(figure.caption)} <code>{text(figure.name)}.svg</code></figcaption></figure>')

    def table(self, head, rows, numbers=True):
        """The first column holds words, the others numbers (or words too, with numbers=False)."""

        def line(values, tag):
            cells = [f'<{tag}{" class=number" if numbers and at else ""}>{text(v)}</{tag}>' for at, v in enumerate(values)]
            return f"<tr>{''.join(cells)}</tr>"

        body = "".join(line(row, "td") for row in rows)
        self.parts.append(f"<table><thead>{line(head, 'th')}</thead><tbody>{body}</tbody></table>")

    def folded(self, title, words):
        self.parts.append(f"<details><summary>{text(title)}</summary><pre>{text(words)}</pre></details>")

    def html(self):
        nav = f"<nav>{''.join(self.contents)}</nav>" if len(self.contents) > 1 else ""
        return (
            f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>{text(self.title)}</title><style>{STYLE}</style></head><body>\n"
            f"<h1>{text(self.title)}</h1><p>{text(self.made)}</p>{nav}\n" + "\n".join(self.parts) + "\n</body></html>\n"
        )
