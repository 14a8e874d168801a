#!/usr/bin/env python3
"""The programs in examples/ are correct: their output is recomputed here from the definitions. Prints TAP.

Only the standard library. Usage: examples.py FOLDER-OF-PROGRAMS MNIST
"""
import csv
import math
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import tool

ROOT = Path(__file__).resolve().parents[2]
IRIS = ROOT / "examples" / "iris.csv"
N_CHECKS = N_FAILED = 0


def check(title, ok, seen=""):
    global N_CHECKS, N_FAILED
    N_CHECKS += 1
    N_FAILED += not ok
    print(f"{'ok' if ok else 'not ok'} {N_CHECKS} - {title}")
    if not ok:
        print(f"# {seen}")


def run(program, *arguments):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)


def read_table(keep=None):
    """(rows, labels, classes): every column has mean 0 and deviation 1; keep chooses classes."""
    cells = list(csv.reader(IRIS.open()))[1:]
    classes = list(dict.fromkeys(row[-1] for row in cells))
    classes = [classes[i] for i in keep] if keep else classes
    cells = [row for row in cells if row[-1] in classes]
    columns = [[float(v) for v in column] for column in list(zip(*cells))[:-1]]
    for j, column in enumerate(columns):
        mean = math.fsum(column) / len(column)
        deviation = math.sqrt(math.fsum((v - mean) ** 2 for v in column) / len(column))
        columns[j] = [(v - mean) / deviation for v in column]
    return list(zip(*columns)), [classes.index(row[-1]) for row in cells], classes


def softmax(scores):
    powers = [math.exp(a - max(scores)) for a in scores]
    return [p / sum(powers) for p in powers]


def objective(rows, labels, weights, biases, l2):
    """(value, largest component of the gradient, number of rows right)"""
    n, n_classes = len(rows), len(biases)
    value = l2 / 2 * sum(w * w for row in weights for w in row)
    gradient = [[l2 * w for w in row] + [0.0] for row in weights]
    right = 0
    for x, label in zip(rows, labels):
        p = softmax([sum(w * v for w, v in zip(weights[k], x)) + biases[k] for k in range(n_classes)])
        value -= math.log(p[label]) / n
        right += p.index(max(p)) == label
        for k in range(n_classes):
            for j, v in enumerate([*x, 1.0]):
                gradient[k][j] += (p[k] - (k == label)) * v / n
    return value, max(abs(g) for row in gradient for g in row), right


def check_iris(program):
    said = run(program, IRIS)
    lines = said.stdout.splitlines()
    check("iris: exits 0 without an error message", said.returncode == 0 and not said.stderr, said)
    check("iris: prints the size of the table", lines[0] == "150 rows, 4 columns, 3 classes", lines[0])
    rows, labels, classes = read_table()
    printed = {line.split()[0]: [float(v) for v in line.split()[1:]] for line in lines[4:7]}
    check("iris: weights for each class", list(printed) == classes, printed)
    weights, biases = [printed[c][:-1] for c in classes], [printed[c][-1] for c in classes]
    value, slope, right = objective(rows, labels, weights, biases, 1e-3)
    check("iris: the gradient is 0 at the result", slope < 1e-5, slope)
    check("iris: the printed objective is right", abs(value - float(lines[1].split()[1])) < 2e-6, (value, lines[1]))
    check("iris: the printed number of correct rows is right", f"{right} of 150 rows right" in lines, right)
    mistakes = [int(line.split()[0]) for line in lines if " taken for " in line]
    check("iris: it lists its mistakes, which are few", sum(mistakes) == 150 - right <= 4, mistakes)


def check_two_classes(program):
    said = run(program, IRIS)
    lines = said.stdout.splitlines()
    check("two-classes: exits 0 without an error message", said.returncode == 0 and not said.stderr, said)
    check("two-classes: uses the last two classes", lines[0] == "versicolor or virginica, 100 rows", lines[0])
    pairs = [[float(v) for v in line.split()[1:]] for line in lines[3:8]]
    check("two-classes: softmax and logistic regression find the same weights",
          len(pairs) == 5 and all(abs(a - b) < 1e-5 for a, b in pairs), pairs)
    check("two-classes: and the same probabilities", float(lines[9].split()[3]) < 1e-5, lines[9])
    values = [float(lines[10].split()[i]) for i in (1, 3)]
    rows, labels, _ = read_table(keep=[1, 2])
    w, b = [pair[1] for pair in pairs[:4]], pairs[4][1]
    value, slope, _ = objective(rows, labels, [[-v / 2 for v in w], [v / 2 for v in w]], [-b / 2, b / 2], 1e-2)
    check("two-classes: the gradient is 0 there", slope < 1e-5, slope)
    check("two-classes: the printed objectives are right", all(abs(v - value) < 1e-6 for v in values), (value, values))


def check_bad_input(name, program):
    check(f"{name}: without a file it prints its usage, exit 2",
          run(program).returncode == 2 and "Usage:" in run(program).stderr)
    with tempfile.TemporaryDirectory() as folder:
        bad = Path(folder) / "bad.csv"
        check(f"{name}: a missing file, exit 1", run(program, bad).returncode == 1)
        for what, text in {"nothing": "", "a header alone": "a,b\n", "a word for a number": "a,b\n1,x\ny,x\n",
                           "too few cells": "a,b,c\n1,x\n", "too many cells": "a,b\n1,x,2\n", "no number": "a,b\n,x\n",
                           "an infinite one": "a,b\ninf,x\n", "one column": "a\nx\n",
                           "too many columns": ",".join("abc" * 40) + "\n"}.items():
            bad.write_text(text)
            said = run(program, bad)
            check(f"{name}: {what}, one line and exit 1",
                  said.returncode == 1 and said.stderr.count("\n") == 1 and str(bad) in said.stderr, said)


def pgm(images, rows=28, columns=28):
    return b"".join(b"P5\n%d %d\n255\n" % (columns, rows) + bytes(image) for image in images)


def check_digit(mnist, folder):
    """The digit reader based on an exported header gives the same answers as the model's weights."""
    data = folder / "data"
    tool.subset(ROOT / "datasets" / "mnist", data, 2000, 200)
    subprocess.run([mnist, "train", "--data", data, "--output", folder, "--quiet"], check=True)
    _, weights, biases = tool.read_model(folder / "model.safetensors")
    images = tool.read_set(data, "test")[2]
    expected = [tool.probabilities(weights, biases, image) for image in images]
    for quantize, tolerance in (("none", 0.06), ("int8", 5)):
        subprocess.run([mnist, "export", "--output", folder, "--quantize", quantize], check=True, capture_output=True)
        built = run("cc", "-std=c99", "-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror", "-I", folder,
                    ROOT / "examples" / "digit.c", "-lm", "-o", folder / "digit")
        check(f"digit, {quantize}: builds without a warning", built.returncode == 0, built.stderr)
        said = subprocess.run([folder / "digit"], input=pgm(images), capture_output=True, check=False)
        answers = [line.split() for line in said.stdout.decode().splitlines()]
        check(f"digit, {quantize}: one answer for each picture", said.returncode == 0 and len(answers) == len(images),
              said.stderr)
        far = [(a, p) for a, p in zip(answers, expected) if abs(float(a[1][1:]) - 100 * p[int(a[0])]) > tolerance]
        wrong = [(a, p) for a, p in zip(answers, expected) if p[int(a[0])] < max(p) - tolerance / 100]
        check(f"digit, {quantize}: the class and its probability are the model's", not far and not wrong, far + wrong)
    for what, content in {"another size": pgm(images[:1], 14, 56), "a picture cut short": pgm(images[:1])[:-1],
                          "text": b"five\n", "a picture and rubbish": pgm(images[:1]) + b"P6",
                          "a second one cut short": pgm(images[:2])[:-1]}.items():
        said = subprocess.run([folder / "digit"], input=content, capture_output=True, check=False)
        check(f"digit: {what}, one line and exit 1", said.returncode == 1 and said.stderr.count(b"\n") == 1, said)


folder = Path(sys.argv[1])
check_iris(folder / "iris")
check_two_classes(folder / "two-classes")
check_bad_input("iris", folder / "iris")
check_bad_input("two-classes", folder / "two-classes")
if shutil.which("cc"):
    with tempfile.TemporaryDirectory(prefix="mnist-examples-test.") as name:
        check_digit(sys.argv[2], Path(name))
print(f"1..{N_CHECKS}")
sys.exit(N_FAILED > 0)
