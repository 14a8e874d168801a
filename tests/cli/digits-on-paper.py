#!/usr/bin/env python3
"""Digits of the test set drawn on paper: enlarged, displaced, slightly rotated, dark on light and light on dark, unevenly
lit, on ruled paper, with noise, in every kind of PNG. `mnist predict` reads them nearly as well as the plain images.
Prints TAP; skipped without NumPy.

Usage: tests/cli/digits-on-paper.py PROGRAM [--keep DIR] [--each N]    --keep saves the pictures in DIR
"""
import argparse
import gzip
import json
import os
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "datasets" / "mnist"
SYSTEM_PYTHON = "/usr/bin/python3"

try:
    import numpy as np
except ImportError:
    if os.environ.get("MNIST_NUMPY_TRIED") is None and os.access(SYSTEM_PYTHON, os.X_OK):
        os.environ["MNIST_NUMPY_TRIED"] = "1"
        os.execv(SYSTEM_PYTHON, [SYSTEM_PYTHON, *sys.argv])
    print("1..0 # SKIP no Python here has NumPy")
    sys.exit(0)

# The accuracy may be this many points below that on the original images.
MOST_POINTS_LOST = 2

# How the digits of each group are drawn.
GROUPS = {
    "enlarged and displaced": {},
    "turned": {"turn": 10},
    "light on dark": {"is_inverted": True},
    "unevenly lit, with noise": {"shade": 0.35, "noise": 0.02},
    "on ruled paper": {"rule": 24, "shade": 0.15, "noise": 0.01},
    "on squared paper, inverted": {"rule": 30, "squares": True, "is_inverted": True},
    "all at once": {"turn": 8, "shade": 0.3, "noise": 0.015, "rule": 28},
}


def read_idx(name):
    content = gzip.decompress((DATA / name).read_bytes())
    n_dimensions = content[3]
    shape = struct.unpack(f">{n_dimensions}I", content[4:4 + 4 * n_dimensions])
    return np.frombuffer(content, np.uint8, offset=4 + 4 * n_dimensions).reshape(shape)


# ---------------------------------------------------------------------------------------------------------
# Drawing

def sample(image, y, x):
    """Interpolates the image between its pixels; 0 outside."""
    padded = np.pad(image, 2)
    y, x = np.clip(y + 2, 0, padded.shape[0] - 2), np.clip(x + 2, 0, padded.shape[1] - 2)
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    down, right = y - top, x - left
    return ((padded[top, left] * (1 - right) + padded[top, left + 1] * right) * (1 - down)
            + (padded[top + 1, left] * (1 - right) + padded[top + 1, left + 1] * right) * down)


def draw(random, digit, turn=0, shade=0, noise=0, rule=0, squares=False, is_inverted=False):
    """A picture of brightness 0 to 1 with the digit somewhere on it."""
    scale, angle = random.uniform(2.5, 7), np.radians(random.uniform(-turn, turn))
    side = int(28 * scale * random.uniform(1.1, 1.8))
    centre = side / 2 + random.uniform(-1, 1, 2) * (side - 26 * scale) / 2
    rows, columns = np.mgrid[0:side, 0:side]
    y, x = (rows - centre[0]) / scale, (columns - centre[1]) / scale
    ink = sample(digit / 255, np.cos(angle) * y - np.sin(angle) * x + 13.5, np.sin(angle) * y + np.cos(angle) * x + 13.5)
    paper = 0.93 - shade * (rows * random.uniform() + columns * random.uniform()) / (2 * side)
    if rule:
        is_line = ((rows + random.integers(rule)) % rule < 2) | (squares & ((columns + random.integers(rule)) % rule < 2))
        paper = np.where(is_line, paper - 0.2, paper)
    picture = paper * (1 - 0.8 * ink) + noise * random.standard_normal(paper.shape)
    return np.clip(1 - picture if is_inverted else picture, 0, 1)


# ---------------------------------------------------------------------------------------------------------
# Every kind of PNG: colour type and bits

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pack(picture, colour_type, bits, samples, before=b""):
    """A PNG of samples [height, width, channels], integers of the given number of bits."""
    height, width = picture.shape
    flat = samples.reshape(height, -1)
    if bits == 16:
        rows = flat.astype(">u2").view(np.uint8).reshape(height, -1)
    else:
        per_byte = 8 // bits
        padded = np.pad(flat, ((0, 0), (0, -flat.shape[1] % per_byte))).reshape(height, -1, per_byte)
        shifts = 8 - bits * (1 + np.arange(per_byte))
        rows = (padded << shifts).sum(axis=2).astype(np.uint8)
    content = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", zlib.compress(content))
            + chunk(b"IEND", b""))


def grey(picture, bits):
    return pack(picture, 0, bits, np.rint(picture * (2**bits - 1)).astype(int)[..., None])


def coloured(picture, bits, has_alpha):
    """Blue ink on yellowish paper."""
    most = 2**bits - 1
    channels = [picture, picture, 0.85 * picture + 0.1] + ([np.ones_like(picture)] if has_alpha else [])
    samples = np.rint(np.stack(channels, axis=2) * most).astype(int)
    return pack(picture, 6 if has_alpha else 2, bits, samples)


def grey_with_alpha(picture, bits):
    """Black ink, more transparent where it is fainter."""
    most = 2**bits - 1
    samples = np.stack([np.zeros_like(picture), 1 - picture], axis=2)
    return pack(picture, 4, bits, np.rint(samples * most).astype(int))


def palette(picture, bits):
    n = 2**bits
    colours = bytes(round(255 * i / (n - 1)) for i in range(n) for _ in range(3))
    return pack(picture, 3, bits, np.rint(picture * (n - 1)).astype(int)[..., None], chunk(b"PLTE", colours))


# Two bits are too few for shades and noise; one bit and alpha are for clean pictures.
KINDS = [lambda p: grey(p, 4), lambda p: grey(p, 8), lambda p: grey(p, 16), lambda p: palette(p, 4),
         lambda p: palette(p, 8), lambda p: coloured(p, 8, False), lambda p: coloured(p, 16, False),
         lambda p: coloured(p, 8, True), lambda p: coloured(p, 16, True)]
KINDS_OF_CLEAN = KINDS + [lambda p: grey(p, 1), lambda p: grey(p, 2), lambda p: palette(p, 1), lambda p: palette(p, 2),
                          lambda p: grey_with_alpha(p, 8), lambda p: grey_with_alpha(p, 16)]


# ---------------------------------------------------------------------------------------------------------

def read_answers(program, model, folder, *more):
    """The label of each picture by its name; None for pictures without a digit."""
    done = subprocess.run([program, "predict", "--output", model, "--json", "--recursive", folder, *more], check=True,
                          capture_output=True, text=True)
    return {Path(one["file"]).stem: one["guesses"][0]["label"] if one["guesses"] else None
            for one in json.loads(done.stdout)}


def draw_all(folder, images, each):
    """Pictures named by their group and digit: `each` of every group, all of different digits."""
    random = np.random.default_rng(1)
    for group, (name, how) in enumerate(GROUPS.items()):
        kinds = KINDS if how.get("noise") or how.get("shade") or how.get("rule") else KINDS_OF_CLEAN
        for i in range(each):
            n = group * each + i
            (folder / f"{group}-{n:05d}.png").write_bytes(kinds[i % len(kinds)](draw(random, images[n], **how)))


def main():
    parser = argparse.ArgumentParser(description="Digits on paper.")
    parser.add_argument("program", type=Path)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--each", type=int, default=90, help="pictures of each group")
    options = parser.parse_args()
    images, labels = read_idx("t10k-images-idx3-ubyte.gz"), read_idx("t10k-labels-idx1-ubyte.gz")
    with tempfile.TemporaryDirectory(prefix="mnist-paper-test.") as name:
        folder, plain, model = options.keep or Path(name) / "paper", Path(name) / "plain", Path(name) / "model"
        folder.mkdir(parents=True, exist_ok=True)
        plain.mkdir()
        draw_all(folder, images, options.each)
        for n in range(len(GROUPS) * options.each):
            (plain / f"{n:05d}.png").write_bytes(grey(images[n] / 255, 8))
        program = str(options.program.resolve())
        subprocess.run([program, "train", "--data", DATA, "--output", model, "--quiet"], check=True,
                       capture_output=True)
        on_paper, as_they_are = read_answers(program, model, folder), read_answers(program, model, plain)
        untouched = read_answers(program, model, plain, "--as-is")
    right = {"all": [0, 0]}
    for group, name in enumerate(GROUPS):
        numbers = range(group * options.each, (group + 1) * options.each)
        right[name] = [sum(on_paper[f"{group}-{n:05d}"] == labels[n] for n in numbers),
                       sum(as_they_are[f"{n:05d}"] == labels[n] for n in numbers)]
        print(f"# {name}: {right[name][0]} of {options.each} are right, {right[name][1]} of the original images")
        right["all"] = [a + b for a, b in zip(right["all"], right[name])]
    total = len(GROUPS) * options.each
    lost = 100 * (right["all"][1] - right["all"][0]) / total
    failures = lost > MOST_POINTS_LOST
    print(f"{'not ok' if failures else 'ok'} 1 - {total} digits on paper: {100 * right['all'][0] / total:.2f} % right, "
          f"{lost:.2f} points less than for the original images")
    n_alike = sum(as_they_are[name] == label for name, label in untouched.items())
    print(f"{'ok' if n_alike >= 0.995 * total else 'not ok'} 2 - images of the data set are unchanged: "
          f"{n_alike} of {total} are read alike")
    print("1..2")
    return int(failures or n_alike < 0.995 * total)


if __name__ == "__main__":
    sys.exit(main())
