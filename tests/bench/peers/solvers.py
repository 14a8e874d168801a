"""This program and its peers. Each solver trains with one budget, in a process of its own, and returns a Solution,
or None if it says that it did not converge.

A budget is what limits the solver: a tolerance or a number of iterations. The other options of a solver are those with
which it was fastest.
"""
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from typing import NamedTuple

import numpy as np

import blas
import data


class Task(NamedTuple):
    folder: str            # with the files of data.prepare
    n_samples: int
    l2: float
    budget: float
    n_threads: int


class Solution(NamedTuple):
    seconds: float         # of training alone, with the data in memory unless said otherwise
    weight: np.ndarray     # [10, 784]
    bias: np.ndarray       # [10]
    memory: int            # peak of the process, KiB


def _own_memory():
    """The peak of this process in KiB, without its parent's, which getrusage would include."""
    with open("/proc/self/status", encoding="utf-8") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1))


def _run(command):
    """A program's output and peak memory in KiB. A child's peak includes its parent's, which is small here."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=data.ROOT)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command[0]} failed: {output[-500:]}")
    return output, usage.ru_maxrss


def mnist(task):
    """Budget: the tolerance."""
    with tempfile.TemporaryDirectory(dir=task.folder) as results:
        output, memory = _run([os.path.join(data.ROOT, "mnist"), "train", "--data", task.folder, "--l2", repr(task.l2),
                               "--tolerance", repr(task.budget), "--threads", str(task.n_threads), "--output", results])
        with open(os.path.join(results, "model.safetensors"), "rb") as file:
            content = file.read()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8:8 + size])

    def tensor(name):
        begin, end = header[name]["data_offsets"]
        return np.frombuffer(content[8 + size + begin:8 + size + end], "<f4").reshape(header[name]["shape"])
    return Solution(float(re.search(r", ([0-9.]+) s, l2", output).group(1)), tensor("weight"), tensor("bias"), memory)


def sklearn(task, solver):
    """Budget: iterations. Of the solvers only lbfgs converts the pixels to doubles."""
    from sklearn.linear_model import LogisticRegression
    warnings.simplefilter("ignore")
    images, labels = data.load(task.folder, "train", np.float64 if solver == "lbfgs" else np.float32)
    # Later versions have no multi_class: these solvers then always minimise the multinomial loss.
    has_choice = "multi_class" in inspect.signature(LogisticRegression).parameters
    model = LogisticRegression(C=1 / (task.l2 * task.n_samples), solver=solver, tol=1e-12, max_iter=int(task.budget),
                               **({"multi_class": "multinomial"} if has_choice else {}))
    start = time.perf_counter()
    model.fit(images, labels)
    return Solution(time.perf_counter() - start, model.coef_, model.intercept_, _own_memory())


def torch(task):
    """Budget: iterations."""
    import torch as t
    t.set_num_threads(task.n_threads)
    images, labels = (t.from_numpy(array) for array in data.load(task.folder, "train", np.float32))
    layer = t.nn.Linear(data.N_FEATURES, data.N_CLASSES)
    t.nn.init.zeros_(layer.weight)
    t.nn.init.zeros_(layer.bias)
    optimizer = t.optim.LBFGS(layer.parameters(), max_iter=int(task.budget), max_eval=10 * int(task.budget),
                              history_size=10, tolerance_grad=0, tolerance_change=0, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = t.nn.functional.cross_entropy(layer(images), labels) + task.l2 / 2 * (layer.weight ** 2).sum()
        loss.backward()
        return loss
    start = time.perf_counter()
    optimizer.step(closure)
    return Solution(time.perf_counter() - start, layer.weight.detach().numpy(), layer.bias.detach().numpy(),
                    _own_memory())


def cyanure(task):
    """Budget: passes over the data. The gap is computed once, at the end. Its solver "auto" is qning-miso."""
    from cyanure.estimators import Classifier
    warnings.simplefilter("ignore")
    images, labels = data.load(task.folder, "train", np.float32)
    passes = int(task.budget)
    model = Classifier(loss="multiclass-logistic", penalty="l2", fit_intercept=True, lambda_1=task.l2, tol=1e-12,
                       max_iter=passes, duality_gap_interval=passes, n_threads=task.n_threads, verbose=False)
    start = time.perf_counter()
    model.fit(images, labels)
    return Solution(time.perf_counter() - start, model.coef_.T, model.intercept_.ravel(), _own_memory())


def mlpack(task):
    """Budget: iterations. The program of version 4.5.2 ignores --max_iterations, because it does not pass its
    optimiser on; every run then ends at the default tolerance."""
    with tempfile.TemporaryDirectory(dir=task.folder) as results:
        path = os.path.join(results, "model.json")
        output, memory = _run(["mlpack_softmax_regression", "--training_file", os.path.join(task.folder, "pixels.bin"),
                               "--labels_file", os.path.join(task.folder, "labels.csv"), "--lambda", repr(task.l2),
                               "--max_iterations", str(int(task.budget)), "--output_model_file", path, "--verbose"])
        with open(path, encoding="utf-8") as file:
            values = re.findall(r'"elem": *([-+0-9.e]+)', file.read())
    # Column by column, that of the intercepts first.
    parameters = np.array(values, np.float64).reshape(-1, data.N_CLASSES).T
    seconds = float(re.search(r"softmax_regression_optimization: ([0-9.]+)s", output).group(1))
    return Solution(seconds, parameters[:, 1:], parameters[:, 0], memory)


def r(task, package):
    """Budget: see fit.R."""
    path = os.path.join(task.folder, "fit.bin")
    output, memory = _run(["Rscript", os.path.join(os.path.dirname(os.path.abspath(__file__)), "fit.R"), package,
                           task.folder, repr(task.l2), repr(task.budget), path])
    if "did not converge" in output:
        return None
    values = np.fromfile(path)
    return Solution(float(output.split()[-1]), values[:-data.N_CLASSES].reshape(-1, data.N_CLASSES).T,
                    values[-data.N_CLASSES:], memory)


def liblinear(task):
    """Budget: the tolerance. One class against the rest, another objective. The time includes reading the file."""
    with tempfile.NamedTemporaryFile("r", dir=task.folder) as model:
        start = time.perf_counter()
        _, memory = _run(["liblinear-train", "-q", "-s", "0", "-B", "1", "-c", repr(1 / (task.l2 * task.n_samples)),
                          "-e", repr(task.budget), os.path.join(task.folder, "pixels.svm"), model.name])
        seconds = time.perf_counter() - start
        text = model.read()
    order = [int(label) for label in re.search(r"label (.*)", text).group(1).split()]
    values = np.array([line.split() for line in text.split("\nw\n")[1].strip().split("\n")], float)
    weight, bias = np.zeros((data.N_CLASSES, data.N_FEATURES)), np.zeros(data.N_CLASSES)
    for column, label in enumerate(order):
        weight[label, :len(values) - 1], bias[label] = values[:-1, column], values[-1, column]
    return Solution(seconds, weight, bias, memory)


def minimum(task, penalises_bias):
    """The minimum that all gaps refer to, by this project's library in double precision: (the objective, the certified
    distance to the minimum). A penalised intercept is the weight of a feature that is always 1. Budget: the
    tolerance."""
    if "SOFTMAX_LIBRARY" not in os.environ:
        _run(["meson", "compile", "-C", "build", "softmax:shared_library"])
        os.environ["SOFTMAX_LIBRARY"] = os.path.join(data.ROOT, "build", "lib", "libsoftmax.so")
    sys.path.append(os.path.join(data.ROOT, "python"))
    from softmax import SoftmaxRegression
    images, labels = data.load(task.folder, "train", np.float64)
    seen = np.hstack([images, np.ones((len(images), 1))]) if penalises_bias else images
    model = SoftmaxRegression(task.l2, tolerance=task.budget, fit_intercept=not penalises_bias,
                              n_threads=task.n_threads).fit(seen, labels)
    bias = model.coef_[:, -1] if penalises_bias else model.intercept_
    weight = model.coef_[:, :data.N_FEATURES]
    return data.objective(weight, bias, images, labels, task.l2, penalises_bias), model.gap_


class Peer(NamedTuple):
    name: str
    solve: callable
    options: tuple = ()
    budgets: tuple = ()           # from weak to strong
    uses_threads: bool = True     # whether more than one makes it faster
    penalises_bias: bool = False  # and has no way not to
    is_same: bool = True          # whether its objective is this one, apart from that
    program: str = ""             # that is run and calls a BLAS; "" if the process of the solver calls it
    missing: str = ""             # what must be installed first


def train(peer, task):
    """The peer's solution, and the paths of every BLAS that was loaded."""
    solution = peer.solve(task, *peer.options)
    return solution, blas.linked(peer.program) if peer.program else blas.loaded()


def _iterations(first, last):
    """About four per octave."""
    return tuple(sorted({round(first * 2 ** (i / 4)) for i in range(round(4 * np.log2(last / first)) + 1)}))


def _tolerances(first, last):
    """Four per decade."""
    return tuple(10 ** (-i / 4) for i in range(round(-4 * np.log10(first)), round(-4 * np.log10(last)) + 1))


def _module(name, advice):
    found = subprocess.run([sys.executable, "-c", "import " + name], capture_output=True).returncode == 0
    return "" if found else f"Python does not find {name}: {advice}"


def _program(name, advice):
    return "" if shutil.which(name) else f"no {name} on the path: {advice}"


def _r_package(name):
    found = shutil.which("Rscript") and subprocess.run(
        ["Rscript", "-e", f"loadNamespace('{name}')"], capture_output=True).returncode == 0
    return "" if found else f"R does not find it: apt-get install r-cran-{name}"


def peers():
    in_sklearn = _module("sklearn", "apt-get install python3-sklearn")
    return (
        Peer("mnist (this project)", mnist, (), _tolerances(1e-1, 1e-8),
             missing="" if os.path.exists(os.path.join(data.ROOT, "mnist")) else "scripts/setup builds it"),
        Peer("scikit-learn newton-cg", sklearn, ("newton-cg",), tuple(range(4, 41)), missing=in_sklearn),
        Peer("scikit-learn lbfgs", sklearn, ("lbfgs",), _iterations(25, 1600), missing=in_sklearn),
        Peer("scikit-learn saga", sklearn, ("saga",), _iterations(5, 640), uses_threads=False, missing=in_sklearn),
        Peer("PyTorch L-BFGS", torch, (), _iterations(25, 1600),
             missing=_module("torch", "apt-get install python3-torch")),
        Peer("Cyanure qning-miso", cyanure, (), _iterations(5, 1280),
             missing=_module("cyanure", "not in Debian; build it from its sources and set PYTHONPATH")),
        Peer("mlpack L-BFGS", mlpack, (), _iterations(25, 1600), penalises_bias=True,
             program="mlpack_softmax_regression",
             missing=_program("mlpack_softmax_regression",
                              "mlpack-bin of Debian, which its release 12 lacks; or build it from its sources")),
        Peer("R glmnet", r, ("glmnet",), _tolerances(1e-4, 1e-12), uses_threads=False, missing=_r_package("glmnet")),
        Peer("R nnet", r, ("nnet",), _iterations(50, 3200), uses_threads=False, missing=_r_package("nnet")),
        Peer("LIBLINEAR -s 0", liblinear, (), (0.01,), uses_threads=False, is_same=False, program="liblinear-train",
             missing=_program("liblinear-train", "apt-get install liblinear-tools")))
