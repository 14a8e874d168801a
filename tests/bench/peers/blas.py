"""Which BLAS NumPy, R and other programs load, and the setting with which OpenBLAS is fastest on this machine.

OpenBLAS chooses its kernels by the processor's model. If it does not know the model, its choice can be half as fast as
another one, which the environment variable OPENBLAS_CORETYPE forces.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import time
from typing import NamedTuple, Optional

import numpy as np

VARIABLE = "OPENBLAS_CORETYPE"
CORES = (None, "Haswell", "Zen", "SkylakeX", "Cooperlake", "SapphireRapids")
NAMES = ("openblas", "mkl", "blis", "atlas", "flexiblas", "accelerate")


class Probe(NamedTuple):
    """What a new process found."""
    name: str              # of NAMES, or "reference"
    path: str
    version: str           # "" if not known
    core: str              # whose kernels OpenBLAS uses; "" if not known
    rate: float            # multiply-adds a second, float, one thread


def name_of(path):
    """Of NAMES, or "reference"."""
    return next((name for name in NAMES if name in path.lower()), "reference")


def _paths(words):
    """The paths of a BLAS among words, but not of one for GPUs."""
    return tuple(sorted({os.path.realpath(word) for word in words
                         if re.search(r"/lib(?!cu|nv)[^/]*(blas|blis|mkl|atlas)[^/]*$", word)}))


def loaded():
    """The paths of every BLAS that this process has loaded. One that is linked statically has none."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        return _paths(line.split()[-1] for line in maps)


def linked(program):
    """The paths of every BLAS that a program on the path is linked to."""
    return _paths(subprocess.run(["ldd", shutil.which(program)], capture_output=True, text=True).stdout.split())


def _describe():
    """(name, path, version, core) of the BLAS in this process."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        found = []
    else:
        found = [info for info in threadpool_info() if info["user_api"] == "blas"]
    if found:
        return (found[0]["internal_api"], found[0]["filepath"], found[0]["version"] or "",
                found[0].get("architecture", ""))
    # threadpoolctl does not list the reference BLAS.
    path = min(loaded(), key=lambda path: (name_of(path) == "reference", path), default="?")
    return name_of(path), path, "", ""


def _rate():
    """Multiply-adds a second of the two products of softmax regression: the best of 20, in time of the processor, which
    other programs affect less."""
    images, weight = np.ones((4000, 784), np.float32), np.ones((10, 784), np.float32)
    best = 0.0
    for _ in range(20):
        start = time.process_time()
        scores = images @ weight.T
        scores.T @ images
        best = max(best, 2 * scores.size * images.shape[1] / (time.process_time() - start))
    return best


def _probe(core) -> Optional[Probe]:
    """Runs this file with a setting of OPENBLAS_CORETYPE. None if it does not start or does not run."""
    environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
    environment.pop(VARIABLE, None)
    if core:
        environment[VARIABLE] = core
    child = subprocess.run([sys.executable, __file__], env=environment, capture_output=True, text=True)
    return Probe(*json.loads(child.stdout)) if child.returncode == 0 else None


def refuse_reference(who, paths):
    """Exits if one of the paths is of the reference BLAS, with which no comparison would be fair."""
    for path in paths:
        if name_of(path) == "reference":
            sys.exit(f"compare-peers: {who} loads the reference BLAS ({path}), many times slower than others;\n"
                     "install an optimised one: apt-get install libopenblas0-pthread")


def choose():
    """Exports the fastest setting to all later processes, and returns a text that describes it. Exits if NumPy loads
    the reference BLAS."""
    unset = _probe(None)
    if unset is None:
        sys.exit("compare-peers: NumPy cannot multiply matrices")
    refuse_reference("NumPy", [unset.path])
    text = f"NumPy loads {unset.name} {unset.version} ({unset.path})"
    if unset.name != "openblas":
        return f"{text}: {unset.rate / 1e9:.1f} G multiply-adds a second in float on one thread"
    tried = {core: probe for core in CORES if (probe := _probe(core))}
    # A name that OpenBLAS does not know changes nothing.
    tried = {core: probe for core, probe in tried.items() if core is None or probe.core.lower() == core.lower()}
    best = max(tried, key=lambda core: tried[core].rate)
    os.environ.pop(VARIABLE, None)
    if best:
        os.environ[VARIABLE] = best
    rates = ", ".join(f"{probe.rate / 1e9:.1f} {core or 'unset (' + probe.core + ')'}" for core, probe in tried.items())
    setting = f"{VARIABLE}={best}" if best else f"{VARIABLE} unset"
    return f"{text}.\n{setting} is the fastest, in G multiply-adds a second in float on one thread: {rates}"


def of_r():
    """A text that names the BLAS that R loads; "" without R."""
    if not shutil.which("Rscript"):
        return ""
    child = subprocess.run(["Rscript", "-e", 'cat(extSoftVersion()["BLAS"])'], capture_output=True, text=True)
    path = os.path.realpath(child.stdout.strip())
    return f"R loads {name_of(path)} ({path}); its glmnet and nnet call no BLAS"


if __name__ == "__main__":
    rate = _rate()
    print(json.dumps(_describe() + (rate,)))
