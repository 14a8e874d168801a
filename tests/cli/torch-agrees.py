#!/usr/bin/env python3
"""The model file as a layer of PyTorch: its tensors are the state of a Linear(784, 10), which gives the same scores for
the test images as `mnist eval`. Prints TAP; skipped without PyTorch. Usage: tests/cli/torch-agrees.py [PROGRAM]
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import tool

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "datasets" / "mnist"
SYSTEM_PYTHON = "/usr/bin/python3"

try:
    import torch
except ImportError:
    if os.environ.get("MNIST_TORCH_TRIED") is None and os.access(SYSTEM_PYTHON, os.X_OK):
        os.environ["MNIST_TORCH_TRIED"] = "1"
        os.execv(SYSTEM_PYTHON, [SYSTEM_PYTHON, *sys.argv])
    print("1..0 # SKIP no Python here has PyTorch: apt-get install python3-torch")
    sys.exit(0)


def read_tensors(path):
    """All tensors of the file, read with the safetensors package if that is installed, or by hand."""
    try:
        from safetensors.torch import load_file
        return load_file(path)
    except ImportError:
        _, weights, biases = tool.read_model(path)
        return {"weight": torch.tensor(weights), "bias": torch.tensor(biases)}


def main():
    program = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "mnist").resolve()
    environment = {k: v for k, v in os.environ.items() if k not in ("MNIST_DATA", "MNIST_ISA")}
    checks = []
    with tempfile.TemporaryDirectory(prefix="mnist-torch-test.") as name:
        for command in (["train", "--quiet"], ["eval", "--json"]):
            done = subprocess.run([program, *command, "--data", DATA, "--output", name], check=True, env=environment,
                                  stdout=subprocess.PIPE)
        metrics = json.loads(done.stdout)
        layer = torch.nn.Linear(784, 10)
        loaded = layer.load_state_dict(read_tensors(Path(name) / "model.safetensors"))
        checks.append(("the tensors are exactly those of the layer",
                       not loaded.missing_keys and not loaded.unexpected_keys))
        _, _, images, labels = tool.read_set(DATA, "test")
        pixels = torch.frombuffer(bytearray(b"".join(images)), dtype=torch.uint8).reshape(-1, 784)
        labels = torch.tensor(list(labels))
        with torch.no_grad():
            scores = layer(pixels / 255)
            loss = torch.nn.functional.cross_entropy(scores, labels).item()
        confusion = torch.zeros(10, 10, dtype=torch.int64)
        confusion.index_put_((labels, scores.argmax(1)), torch.tensor(1), accumulate=True)
        checks.append(("the confusion matrix equals eval's", confusion.tolist() == metrics["confusion"]))
        checks.append(("the mean loss agrees with eval's to 1e-6", abs(loss - metrics["mean_loss"]) < 1e-6))
    for i, (title, passed) in enumerate(checks, 1):
        print(f"{'ok' if passed else 'not ok'} {i} - {title}")
    print(f"1..{len(checks)}")
    return not all(passed for _, passed in checks)


if __name__ == "__main__":
    sys.exit(main())
