#!/usr/bin/env python3
"""An exported ONNX file is valid: ONNX's own checker accepts it, and onnxruntime gives the same probabilities as the
library for all test images, for each map, for other shapes and with a temperature. Prints TAP; skips checks whose packages
are missing.

Usage: tests/cli/onnx-agrees.py PROGRAM REFERENCE    REFERENCE is the program built from tests/export/reference.c
"""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import tool

ROOT = Path(__file__).resolve().parents[2]
SYSTEM_PYTHON = "/usr/bin/python3"

try:
    import onnx
    from onnx import numpy_helper
except ImportError:
    if os.environ.get("MNIST_ONNX_TRIED") is None and os.access(SYSTEM_PYTHON, os.X_OK):
        os.environ["MNIST_ONNX_TRIED"] = "1"
        os.execv(SYSTEM_PYTHON, [SYSTEM_PYTHON, *sys.argv])
    onnx = None


class Tap:
    def __init__(self):
        self.count = self.failures = 0

    def check(self, title, passed, detail=""):
        self.count += 1
        self.failures += not passed
        print(f"{'ok' if passed else 'not ok'} {self.count} - {title}")
        if not passed:
            print(f"# {detail}")

    def skip(self, title, why):
        self.count += 1
        print(f"ok {self.count} - {title} # SKIP {why}")


def check_file(tap, title, folder, shape, opset):
    if not onnx:
        tap.skip(f"{title}: ONNX's checker", "no Python here has onnx: apt-get install python3-onnx")
        return
    model = onnx.load(folder / "model.onnx")
    try:
        onnx.checker.check_model(model, full_check=True)
        complaint = ""
    except onnx.checker.ValidationError as error:
        complaint = str(error)
    tap.check(f"{title}: ONNX's checker accepts it", not complaint, complaint)
    header, weights, biases = tool.read_model(folder / "model.safetensors")
    tensors = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    tap.check(f"{title}: the weights equal the model's",
              [tuple(row) for row in tensors["weight"].tolist()] == [tuple(row) for row in weights] and
              tuple(tensors["bias"].tolist()) == biases)
    about = model.graph.input[0].type.tensor_type
    tap.check(f"{title}: takes N images of bytes", about.elem_type == onnx.TensorProto.UINT8 and
              [d.dim_param or d.dim_value for d in about.shape.dim] == ["N", *shape])
    tap.check(f"{title}: opset {opset}", [(o.domain, o.version) for o in model.opset_import] == [("", opset)])
    tap.check(f"{title}: has descriptions", all(map(len, (model.doc_string, model.graph.doc_string,
              model.graph.input[0].doc_string, model.graph.output[0].doc_string))))
    notes = {p.key: p.value for p in model.metadata_props}
    tap.check(f"{title}: has notes on the training", notes and notes.items() <= header["__metadata__"].items(), notes)


def read_lines(text):
    return [[float(cell) for cell in line.split()] for line in text.splitlines()]


def check_runtime(tap, title, run, folder, data, reference, shape, limit, n_ties):
    node = shutil.which("node")
    if not node or not (ROOT / "tests" / "onnx" / "node_modules").is_dir():
        tap.skip(f"{title}: in onnxruntime", "it is missing: apt-get install nodejs npm && npm ci --prefix tests/onnx")
        return
    images = folder / "images"
    tool.raw(data, images, folder / "labels")
    expected = read_lines(run([reference, folder / "model.safetensors"], stdin=open(images, "rb")))
    found = read_lines(run([node, ROOT / "tests" / "onnx" / "run.mjs", folder / "model.onnx", images, *map(str, shape)]))
    n_same = sum(a[0] == b[0] for a, b in zip(expected, found))
    largest = max(abs(p - q) for a, b in zip(expected, found) for p, q in zip(a[1:], b[1:]))
    print(f"# {title}: {n_same} of {len(found)} classes the same, largest difference {largest:.2g}")
    tap.check(f"{title}: onnxruntime gives the same class for every image, up to {n_ties} near ties",
              len(found) - n_ties <= n_same and len(found) == len(expected))
    tap.check(f"{title}: and the same probabilities to {limit}", largest < limit, largest)


def main():
    program, reference = (Path(name).resolve() for name in sys.argv[1:3])
    environment = {k: v for k, v in os.environ.items() if k not in ("MNIST_DATA", "MNIST_ISA")}
    tap = Tap()

    def run(arguments, **more):
        return subprocess.run(arguments, check=True, env=environment, stdout=subprocess.PIPE, text=True, **more).stdout

    with tempfile.TemporaryDirectory(prefix="mnist-onnx-test.") as name:
        folder, small, odd = Path(name), Path(name) / "small", Path(name) / "odd"
        tool.make(small, 7, 12, 3, 400, 60)
        tool.make(odd, 9, 14, 3, 400, 60)
        mnist = ROOT / "datasets" / "mnist"
        for title, data, shape, opset, limit, options in (
                ("MNIST", mnist, [28, 28], 13, 1e-5, []),
                ("MNIST, deskewed", mnist, [28, 28], 16, 1e-3, ["--features", "deskew"]),
                ("MNIST, patches", mnist, [28, 28], 16, 1e-2, ["--features", "quick"]),
                ("7 x 12 pixels, 3 classes, a temperature", small, [7, 12], 13, 1e-5, ["--validation", "100", "--l2", "1"]),
                ("7 x 12 pixels, deskewed", small, [7, 12], 16, 1e-3, ["--l2", "1", "--features", "deskew"]),
                ("9 x 14 pixels, two rounds of patches", odd, [9, 14], 16, 1e-3,
                 ["--l2", "100", "--features", "patches:filters=600"])):
            run([program, "train", "--data", data, "--output", folder, "--quiet", *options])
            run([program, "export", "--format", "onnx", "--output", folder])
            check_file(tap, title, folder, shape, opset)
            check_runtime(tap, title, run, folder, data, reference, shape, limit, 3 if limit > 1e-3 else 0)
    print(f"1..{tap.count}")
    return tap.failures > 0


if __name__ == "__main__":
    sys.exit(main())
