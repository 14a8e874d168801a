"""Helpers of the tests of the report: parse the page as HTML. Only the standard library.

Usage: report_page.py COMMAND ARGUMENT...; the commands are the functions at the end.
"""
import base64
import gzip
import json
import re
import struct
import sys
from html.parser import HTMLParser
from pathlib import Path

VOID = {"meta", "link", "br", "input"}
# HTML lets these elements end implicitly, where the next of their kind or their parent ends.
ENDS_BY_ITSELF = {"td", "th", "tr", "tbody", "thead"}
SVG_SHAPES = {"path", "rect", "circle"}


class Page(HTMLParser):
    """The elements of a page, and whether each one is closed if it must be."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.texts, self.wrong = [], [], [], {}, []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if "href" in attributes:
            self.links.append(attributes["href"])
        self.wrong += [f"<{tag}> has {name}" for name in attributes if name.startswith("on")]
        if "src" in attributes:
            self.wrong.append(f"<{tag}> loads {attributes['src'][:40]}")
        if tag not in VOID | ENDS_BY_ITSELF | SVG_SHAPES:
            self.open.append((tag, attributes.get("id")))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        if tag in ENDS_BY_ITSELF:
            return
        if not self.open or self.open[-1][0] != tag:
            self.wrong.append(f"</{tag}> where {self.open[-1:]} is open")
        else:
            self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1][1]:
            self.texts[self.open[-1][1]] = self.texts.get(self.open[-1][1], "") + data


def read_page(path):
    page = Page()
    page.feed(Path(path).read_text(encoding="utf-8", errors="strict"))
    page.close()
    return page


def check_page(path):
    """Fails unless the page is valid UTF-8, its elements are closed, its links lead somewhere, and its data are JSON."""
    page = read_page(path)
    wrong = page.wrong + [f"<{tag}> is not closed" for tag, _ in page.open]
    wrong += [f"two elements are called {i}" for i in set(page.ids) if page.ids.count(i) > 1]
    wrong += [f"{link} leads nowhere" for link in page.links if link != "data:," and link[1:] not in page.ids]
    wrong += ["{{ is left of the template"] if "{{" in Path(path).read_text(encoding="utf-8") else []
    images = json.loads(page.texts.get("images-data", '{"tiles": []}'))
    if [tile[0] for tile in images["tiles"]] != sorted({tile[0] for tile in images["tiles"]}):
        wrong.append("the images are not in the order of the test set")
    print("\n".join(wrong))
    return not wrong


def check_page_model(path, model):
    """Fails unless the page holds a model file, byte for byte."""
    return gzip.decompress(base64.b64decode(read_page(path).texts["model-data"])) == Path(model).read_bytes()


def add_notes(path):
    """Adds notes to a model file that are special to HTML, to a terminal, or to a script."""
    content = Path(path).read_bytes()
    size, = struct.unpack("<Q", content[:8])
    header = json.loads(content[8:8 + size])
    header["__metadata__"].update({"<b>": "<img src=x onerror=alert(1)>", "escape": "\x1b[2Jgone",
                                   "end": "</script></table>", "long": "\u20ac" * 100})
    packed = json.dumps(header).encode()
    Path(path).write_bytes(struct.pack("<Q", len(packed)) + packed + content[8 + size:])
    return re.fullmatch(rb"\{.*\}", packed) is not None


if __name__ == "__main__":
    command = {f.__name__.replace("_", "-"): f for f in (check_page, check_page_model, add_notes)}[sys.argv[1]]
    sys.exit(0 if command(*sys.argv[2:]) else 1)
