"""MNIST for the peers, and the objective, evaluated in float64 with no code of any solver."""
import gzip
import os

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
N_FEATURES, N_CLASSES = 784, 10
_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def prepare(folder, n_images):
    """Writes the first n_images images of the training set, and the test set, to folder, in every form that a peer
    reads."""
    for name in _FILES:
        with gzip.open(os.path.join(ROOT, "datasets", "mnist", name + ".gz")) as file:
            content = file.read()
        if name.startswith("train"):
            header, size = (16, N_FEATURES) if "images" in name else (8, 1)
            n_images = min(n_images, (len(content) - header) // size)
            content = content[:4] + n_images.to_bytes(4, "big") + content[8:header + n_images * size]
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)
    images, labels = load(folder, "train", np.float64)
    # Armadillo's format: two lines, then doubles column by column. R reads it as well.
    with open(os.path.join(folder, "pixels.bin"), "wb") as file:
        file.write(b"ARMA_MAT_BIN_FN008\n%d %d\n" % images.shape)
        file.write(np.ascontiguousarray(images.T))
    np.savetxt(os.path.join(folder, "labels.csv"), labels, "%d")
    with open(os.path.join(folder, "pixels.svm"), "w", encoding="ascii") as file:
        for row, label in zip(images, labels):
            at = np.flatnonzero(row)
            file.write("%d %s\n" % (label, " ".join("%d:%.7g" % pair for pair in zip(at + 1, row[at]))))


def load(folder, part, dtype):
    """Pixels [N, 784] from 0 to 1, and labels [N]."""
    def read(name, offset):
        return np.fromfile(os.path.join(folder, f"{part}-{name}-ubyte"), np.uint8, offset=offset)
    images = read("images-idx3", 16).reshape(-1, N_FEATURES)
    return images / dtype(255), read("labels-idx1", 8).astype(np.int64)


def objective(weight, bias, images, labels, l2, penalises_bias):
    """The mean cross-entropy + (l2/2) (||W||^2, and ||b||^2 if that is penalised), a block of samples at a time."""
    weight, bias, loss = weight.astype(np.float64), bias.astype(np.float64), 0.0
    for first in range(0, len(labels), 5000):
        block = slice(first, first + 5000)
        scores = images[block] @ weight.T + bias
        highest = scores.max(axis=1, keepdims=True)
        norm = np.log(np.exp(scores - highest).sum(axis=1)) + highest[:, 0]
        loss += (norm - scores[np.arange(len(norm)), labels[block]]).sum()
    return loss / len(labels) + l2 / 2 * ((weight ** 2).sum() + penalises_bias * (bias ** 2).sum())
