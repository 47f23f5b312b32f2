# SPDX-License-Identifier: Apache-2.0
"""Figures as PNG and SVG files, and the PNG's bytes for the page."""

import base64
import io

import matplotlib.pyplot as plt

from zerogap_tools.command_line import Fail

DOTS = 120  # an inch


class Figure:
    """A figure of the page: name of its files, caption, and the PNG's bytes."""

    def __init__(self, name, caption, png):
        self.name, self.caption, self.png = name, caption, png

    @property
    def uri(self):
        return "data:image/png;base64," + base64.b64encode(self.png).decode()


class Gallery:
    """Draws into a folder; every name is used once."""

    def __init__(self, folder):
        self.folder, self.names = folder, set()

    def save(self, figure, name, caption):
        stem, copy = name, 2
        while name in self.names:
            name, copy = f"{stem}-{copy}", copy + 1
        self.names.add(name)
        png = io.BytesIO()
        figure.savefig(png, dpi=DOTS, metadata={"Software": None})
        try:
            (self.folder / f"{name}.png").write_bytes(png.getvalue())
            figure.savefig(self.folder / f"{name}.svg", metadata={"Date": None})
        except OSError as error:
            raise Fail(f"{self.folder} cannot be written ({error.strerror}); give another place with --out") from error
        finally:
            plt.close(figure)
        return Figure(name, caption, png.getvalue())
