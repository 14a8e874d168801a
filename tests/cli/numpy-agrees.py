#!/usr/bin/env python3
"""The model file is portable: read here with only the standard library and NumPy, it gives the same scores for the test
images as `mnist eval` and `mnist predict`. Prints TAP; skipped without NumPy.

Usage: tests/cli/numpy-agrees.py [PROGRAM]
"""
import gzip
import json
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "datasets" / "mnist"
SYSTEM_PYTHON = "/usr/bin/python3"

try:
    import numpy
except ImportError:
    if os.environ.get("MNIST_NUMPY_TRIED") is None and os.access(SYSTEM_PYTHON, os.X_OK):
        os.environ["MNIST_NUMPY_TRIED"] = "1"
        os.execv(SYSTEM_PYTHON, [SYSTEM_PYTHON, *sys.argv])
    print("1..0 # SKIP no Python here has NumPy")
    sys.exit(0)


def read_model(path):
    content = path.read_bytes()
    size, = struct.unpack("<Q", content[:8])
    header = json.loads(content[8:8 + size])

    def tensor(name):
        about = header[name]
        begin, end = about["data_offsets"]
        return numpy.frombuffer(content[8 + size + begin:8 + size + end], "<f4").reshape(about["shape"])

    return header, tensor("weight"), tensor("bias")


def read_idx(name):
    content = gzip.decompress((DATA / name).read_bytes())
    n_dimensions = content[3]
    shape = struct.unpack(f">{n_dimensions}I", content[4:4 + 4 * n_dimensions])
    return numpy.frombuffer(content, numpy.uint8, offset=4 + 4 * n_dimensions).reshape(shape)


def softmax(scores):
    exponentials = numpy.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


class Tap:
    def __init__(self):
        self.count = self.failures = 0

    def check(self, title, passed, detail=""):
        self.count += 1
        self.failures += not passed
        print(f"{'ok' if passed else 'not ok'} {self.count} - {title}")
        if not passed:
            print(f"# {detail}")


def check_predictions(tap, run, tool, folder, expected):
    pictures = folder / "pictures"
    pictures.mkdir()
    subprocess.run([sys.executable, tool, "pictures", DATA, pictures, "100"], check=True)
    names = [str(pictures / f"{i}.png") for i in range(100)]
    answers = json.loads(run("predict", "--json", *names))
    errors = [abs(guess["probability"] - expected[i, guess["label"]])
              for i, answer in enumerate(answers) for guess in answer["guesses"]]
    tap.check("predict gives the probabilities of the model to 1e-5", len(errors) == 300 and max(errors) < 1e-5,
              f"{len(errors)} of them, the largest error is {max(errors)}")
    firsts = [answer["guesses"][0]["label"] for answer in answers]
    tap.check("predict names the most probable class", firsts == list(expected[:100].argmax(axis=1)), firsts)


def main():
    program = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "mnist").resolve()
    environment = {k: v for k, v in os.environ.items() if k not in ("MNIST_DATA", "MNIST_ISA")}
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="mnist-numpy-test.") as name:
        folder = Path(name)

        def run(command, *arguments):
            return subprocess.run([program, command, "--output", folder, *arguments], check=True, env=environment,
                                  stdout=subprocess.PIPE).stdout

        run("train", "--data", DATA, "--quiet")
        metrics = json.loads(run("eval", "--data", DATA, "--json"))
        header, weight, bias = read_model(folder / "model.safetensors")
        images, labels = read_idx("t10k-images-idx3-ubyte.gz"), read_idx("t10k-labels-idx1-ubyte.gz")
        inputs = images.reshape(len(images), -1).astype(numpy.float64) / 255
        scores = inputs @ weight.T.astype(numpy.float64) + bias

        tap.check("weight is F32 [10, 784]", header["weight"]["dtype"] == "F32" and weight.shape == (10, 784))
        tap.check("bias is F32 [10]", header["bias"]["dtype"] == "F32" and bias.shape == (10,))
        tap.check("the metadata are strings",
                  all(isinstance(value, str) for value in header["__metadata__"].values()))
        probabilities = softmax(scores)
        predictions = scores.argmax(axis=1)
        confusion = numpy.zeros((10, 10), int)
        numpy.add.at(confusion, (labels, predictions), 1)
        n_correct = int((predictions == labels).sum())
        tap.check("the number of correct images is the same", n_correct == metrics["n_correct"],
                  f"{n_correct} here, {metrics['n_correct']} there")
        tap.check("the accuracy is the same", abs(n_correct / len(labels) - metrics["accuracy"]) < 1e-9)
        tap.check("the confusion matrix is the same", confusion.tolist() == metrics["confusion"])
        mean_loss = float(-numpy.log(probabilities[numpy.arange(len(labels)), labels]).mean())
        tap.check("the mean loss agrees to 1e-5", abs(mean_loss - metrics["mean_loss"]) < 1e-5,
                  f"{mean_loss} here, {metrics['mean_loss']} there")
        check_predictions(tap, run, ROOT / "tests" / "cli" / "tool.py", folder, probabilities)
    print(f"1..{tap.count}")
    return tap.failures > 0


if __name__ == "__main__":
    sys.exit(main())
