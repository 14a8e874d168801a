#!/usr/bin/env python3
"""Makes every allocation and every system call of every command fail in turn, with a preloaded library (tests/faults).
Whatever fails, the program does not crash, hang or leak; each file is either the old or the new one, complete, and no
temporary file is left. The program exits with 0 and the same results as without the fault, or with 1 and one clear line.
A run with checkpoints can be resumed to the same model. Prints TAP.

Usage: tests/cli/faults.py PROGRAM LIBRARY [--all]    By default an evenly spread sample of the calls of each kind fails.
"""
import argparse
import dataclasses
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import tool

# The ways in which each kind of call may fail. With a + every later call fails too; `full` writes a part, and then the
# disk is full.
WAYS = {
    "memory": ["ENOMEM", "ENOMEM+"],
    "read": ["EIO", "EINTR", "short"],
    "write": ["EIO", "ENOSPC", "EINTR", "short", "full"],
    "open": ["EIO", "ENOSPC", "EINTR", "EMFILE+"],
    "fsync": ["EIO", "EINTR"],
    "close": ["EIO", "ENOSPC", "EINTR"],
    "rename": ["EIO", "ENOSPC"],
    "mkdir": ["EIO", "ENOSPC", "EINTR"],
    "stat": ["EIO"],
}
# Not failures: the caller must retry. (Streams of libc, such as standard output, give up when interrupted.)
HARMLESS = {("read", "EINTR"), ("read", "short"), ("write", "short")}

CHECKPOINT = "checkpoint.safetensors"


@dataclasses.dataclass
class Scenario:
    """A command that works in a folder `out`, initially a copy of another folder."""
    name: str
    arguments: list
    start: str = "old"  # the folder to copy
    output: str = "out"
    keeps_checkpoints: bool = False
    is_quiet: bool = True
    n_files: int = 1  # each of which may have its own line
    program: str = ""


@dataclasses.dataclass
class Run:
    """The results of a run of the program."""
    status: int  # None if it hung
    out: str
    err: str
    files: dict
    report: dict


def read_files(folder):
    """File contents by name, without anything that depends on the time."""
    files = {}
    for path in sorted(folder.rglob("*")) if folder.exists() else []:
        if path.is_file():
            content = path.read_bytes()
            if path.name == "history.csv":
                content = re.sub(rb",[^,\n]*\n", b"\n", content)
            files[str(path.relative_to(folder))] = content
    return files


def read_report(path):
    """Numbers by name, and under "#" the lines about memory that was not freed."""
    report = {"#": []}
    for line in path.read_text().splitlines() if path.exists() else []:
        name, value = line.split(" ", 1)
        if name == "#":
            report["#"].append(value)
        else:
            report[name] = int(value)
    return report


class Bench:
    """A folder in which to run the program."""

    def __init__(self, program, library, folder):
        self.program, self.library, self.folder = program, library, folder
        self.environment = {k: v for k, v in os.environ.items() if k not in ("MNIST_DATA", "MNIST_ISA", "MNIST_FAULT")}
        self.environment["LC_ALL"] = "C"

    def run(self, scenario, fault=None, fresh=True, more=()):
        folder, report = self.folder, self.folder / "report"
        if fresh:
            shutil.rmtree(folder / "out", ignore_errors=True)
            shutil.copytree(folder / scenario.start, folder / "out")
        report.unlink(missing_ok=True)
        environment = dict(self.environment, LD_PRELOAD=str(self.library), MNIST_FAULT_REPORT=str(report))
        if fault:
            environment["MNIST_FAULT"] = fault
        try:
            done = subprocess.run([scenario.program or self.program, *scenario.arguments, *more], cwd=folder,
                                  env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=20,
                                  check=False, text=True, errors="replace")
        except subprocess.TimeoutExpired:
            return Run(None, "", "", {}, {})
        out = re.sub(r"[0-9.]+ s,", "- s,", done.stdout)
        return Run(done.returncode, out, done.stderr, read_files(folder / "out"), read_report(report))


# ---------------------------------------------------------------------------------------------------------
# Judging a run

def wrong_ending(run, scenario, whole):
    if run.status is None:
        return ["it hangs"]
    if run.status not in (0, 1):
        return [f"it ends with {run.status}"]
    if "live" not in run.report:
        return ["it leaves no report"]
    wrong = []
    if run.report["live"] or run.report["descriptors"]:
        wrong += [f"it leaks {run.report['live']} allocations and {run.report['descriptors']} descriptors"]
        wrong += run.report["#"][:5]
    said = [line for line in run.err.splitlines() if line.startswith("mnist: ")]
    others = len(run.err.splitlines()) - len(said)
    if not run.status <= len(said) <= run.status * scenario.n_files or (others and scenario.is_quiet):
        wrong += [f"exit status {run.status}, and it says: {run.err[-300:]!r}"]
    elif said and not re.fullmatch(r"mnist: [ -~]*[^ :]", said[0]):
        wrong += [f"no clear line: {said[0]!r}"]
    if run.status == 0 and (run.out != whole.out or run.err.count("\n") != whole.err.count("\n")):
        wrong += [f"exit status 0, but it prints {run.out!r} and {run.err!r}"]
    return wrong


def wrong_files(run, scenario, before, whole):
    """After a failure each file has its old content or its new content."""
    wrong = []
    for name in sorted({*run.files, *before, *whole.files}):
        found = run.files.get(name)
        allowed = [whole.files.get(name)] + ([before.get(name)] if run.status != 0 else [])
        if name == CHECKPOINT and scenario.keeps_checkpoints and run.status != 0:
            continue
        if found not in allowed:
            wrong += [f"{name} is {'missing' if found is None else f'none of those it may be, {len(found)} bytes'}"]
    return wrong


def wrong_resumption(bench, scenario, whole):
    """A failed run can be resumed."""
    more = [] if "--resume" in scenario.arguments else ["--resume"]
    run = bench.run(scenario, None, fresh=False, more=more)
    if run.status != 0 or run.files != whole.files:
        return [f"resumed, it ends with {run.status}, and the files are not those of a whole run: {run.err!r}"]
    return []


def wrong_with(bench, scenario, fault, before, whole):
    run = bench.run(scenario, fault)
    kind, _, way = fault.split(":")
    wrong = wrong_ending(run, scenario, whole) + wrong_files(run, scenario, before, whole)
    if run.status == 1 and (kind, way) in HARMLESS:
        wrong += [f"it gives up: {run.err!r}"]
    if run.status == 1 and kind == "memory" and "out of memory" not in run.err:
        wrong += [f"memory ran out, and it says: {run.err!r}"]
    if not wrong and run.status == 1 and scenario.keeps_checkpoints:
        wrong += wrong_resumption(bench, scenario, whole)
    return wrong, run.report.get("faults", 0) > 0, run.err


# ---------------------------------------------------------------------------------------------------------
# The scenarios

def picture(path):
    """A pen stroke on paper, in colour, and larger than the model's images."""
    size, pixels = 60, bytearray(b"\xf0\xf0\xe0" * 3600)
    for y in range(10, 50):
        for x in range(26, 33):
            pixels[3 * (size * y + x):3 * (size * y + x) + 3] = b"\x20\x20\x40"
    path.write_bytes(tool.pack_png(size, size, bytes(pixels), 2, 3))


def interlaced_palette(path):
    """A picture with a palette and several passes, for which libpng needs more memory."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 3, 0, 0, 1)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + tool.chunk(b"IHDR", header) + tool.chunk(b"PLTE", bytes(6))
                     + tool.chunk(b"tRNS", b"\x80") + tool.chunk(b"IDAT", zlib.compress(bytes(2)))
                     + tool.chunk(b"IEND", b""))


TRAIN = ["train", "--output", "out", "--threads", "1"]
SMALL = TRAIN + ["--data", "data", "--quiet"]
SGD = ["--optimizer", "sgd", "--epochs", "2", "--batch-size", "16"]
STOPPED_EARLY = ["--optimizer", "sgd", "--learning-rate", "20", "--validation", "20", "--patience", "1"]
EVAL = ["eval", "--data", "data", "--output", "out", "--threads", "1"]
TABLE = TRAIN + ["--data", "table.csv", "--quiet"]
PREDICT = ["predict", "--output", "out"]
PICTURES = ["pictures/0.png", "pen.png", "palette.png"]


def interrupted(bench, name, arguments, n_renames):
    """A folder in the state in which it is left if the n-th file cannot be renamed into place."""
    run = bench.run(Scenario(name, arguments), f"rename:{n_renames}:EIO")
    assert run.status == 1 and CHECKPOINT in run.files, run
    shutil.copytree(bench.folder / "out", bench.folder / name)


def prepare(bench):
    """Data, pictures, earlier results, and unfinished runs."""
    folder = bench.folder
    tool.make(folder / "data", 6, 8, 3, 60, 30)
    tool.make(folder / "pictures-of-28", 28, 28, 3, 40, 10)
    shutil.copytree(folder / "data", folder / "plain")
    for packed in (folder / "plain").glob("*.gz"):
        subprocess.run(["gunzip", packed], check=True)
    for name in ("empty", "pictures", "old", "bin/datasets"):
        (folder / name).mkdir(parents=True)
    tool.pictures(folder / "data", folder / "pictures", 1)
    picture(folder / "pen.png")
    for name in ("0", "2"):
        (folder / "classes" / name).mkdir(parents=True)
        picture(folder / "classes" / name / "pen.png")
        (folder / "classes" / name / "broken.png").write_bytes(b"x")
    interlaced_palette(folder / "palette.png")
    shutil.copy(bench.program, folder / "bin" / "mnist")
    (folder / "bin" / "datasets" / "mnist").symlink_to(folder / "data")
    for arguments in (SMALL + ["--l2", "1"], EVAL + ["--train"], ["weights", "--output", "out", "--scale", "1"]):
        assert bench.run(Scenario("old", arguments)).status == 0
        shutil.rmtree(folder / "old")
        shutil.copytree(folder / "out", folder / "old")
    rows = (Path(__file__).parents[2] / "examples" / "iris.csv").read_text().splitlines()[31:71]
    (folder / "table.csv").write_text("\n".join(rows))
    (folder / "features.csv").write_text("\n".join(row.rsplit(",", 1)[0] for row in rows))
    (folder / "numbers.csv").write_text("\n".join(f"{row.rsplit(',', 1)[0]},{i % 2}" for i, row in enumerate(rows)))
    tool.table_as_npy(folder / "numbers.csv", folder / "table.npy")
    shutil.rmtree(folder / "out")
    assert bench.run(Scenario("table", TABLE, "empty")).status == 0
    shutil.copytree(folder / "out", folder / "old-table")
    interrupted(bench, "half-lbfgs", SMALL + ["--checkpoint", "1"], 3)
    interrupted(bench, "half-sgd", SMALL + SGD + ["--checkpoint", "1"], 2)
    interrupted(bench, "half-choice", SMALL + ["--l2", "auto", "--checkpoint", "1"], 3)
    return [
        Scenario("help", ["--help"]),
        Scenario("train lbfgs", SMALL),
        Scenario("train, many features", TRAIN + ["--data", "pictures-of-28", "--features", "scattering", "--quiet"]),
        Scenario("train sgd", SMALL + SGD),
        Scenario("train --l2 auto", SMALL + ["--l2", "auto"]),
        Scenario("train --validation", SMALL + SGD + ["--validation", "10"]),
        Scenario("train --checkpoint", SMALL + ["--checkpoint", "3"], keeps_checkpoints=True),
        Scenario("train sgd --checkpoint", SMALL + SGD + ["--checkpoint", "1"], keeps_checkpoints=True),
        Scenario("train --l2 auto --checkpoint", SMALL + ["--l2", "auto", "--checkpoint", "4"], keeps_checkpoints=True),
        Scenario("train, stopped early, --checkpoint", SMALL + STOPPED_EARLY + ["--checkpoint", "1"],
                 keeps_checkpoints=True),
        Scenario("train --resume", SMALL + ["--resume", "--checkpoint", "4"], "half-lbfgs", keeps_checkpoints=True),
        Scenario("train sgd --resume, telling of it", SMALL[:-1] + SGD + ["--resume"], "half-sgd", is_quiet=False,
                 keeps_checkpoints=True),
        Scenario("train --l2 auto --resume", SMALL + ["--l2", "auto", "--resume", "--checkpoint", "4"], "half-choice",
                 keeps_checkpoints=True),
        Scenario("train --from", SMALL + ["--from", "old/model.safetensors", "--l2", "0.5"]),
        Scenario("train, plain files, into a new folder",
                 ["train", "--output", "out/new/one", "--threads", "1", "--data", "plain", "--quiet"], "empty"),
        Scenario("train, with the data beside the program", SMALL[:-3] + ["--quiet"],
                 program=str(folder / "bin" / "mnist")),
        Scenario("train, a table", TABLE + ["--from", "old-table/model.safetensors", "--l2", "0.1"]),
        Scenario("train --folds, a table", TABLE + ["--l2", "auto", "--folds", "2", "--class-weight", "balanced"]),
        Scenario("train, a table of NumPy's", TRAIN + ["--data", "table.npy", "--validation", "5", "--quiet"]),
        Scenario("eval, a table", ["eval", "--data", "table.csv", "--output", "out", "--threads", "1"], "old-table"),
        Scenario("predict, a table", PREDICT + ["features.csv"], "old-table"),
        Scenario("train --add", SMALL + ["--add", "classes"], is_quiet=False),
        Scenario("eval, a folder of pictures", ["eval", "--data", "classes", "--output", "out", "--threads", "1"],
                 is_quiet=False),
        Scenario("train, telling of it", SMALL[:-1] + SGD, is_quiet=False),
        Scenario("eval", EVAL + ["--mistakes"]),
        Scenario("eval --json", EVAL + ["--json"]),
        Scenario("report", ["report", "--data", "data", "--output", "out", "--threads", "1"]),
        Scenario("weights", ["weights", "--output", "out", "--scale", "2"]),
        Scenario("export", ["export", "--output", "out"]),
        Scenario("export --quantize int8", ["export", "--output", "out", "--quantize", "int8"]),
        Scenario("export --format onnx", ["export", "--output", "out", "--format", "onnx"]),
        Scenario("export --format npy", ["export", "--output", "out", "--format", "npy"]),
        Scenario("export --format csv", ["export", "--output", "out", "--format", "csv"]),
        Scenario("predict", PREDICT + PICTURES, n_files=3),
        Scenario("predict --json", PREDICT + ["--json"] + PICTURES, n_files=3),
        Scenario("predict --all --show --save-normalized",
                 PREDICT + ["--all", "--show", "--save-normalized", "out/seen", "pen.png"]),
        Scenario("predict --all --json, of a folder", PREDICT + ["--all", "--json", "--recursive", "pictures"]),
        Scenario("predict --as-is", PREDICT + ["--as-is", "pictures/0.png"]),
        Scenario("gradcheck",
                 ["gradcheck", "--data", "data", "--images", "20", "--coordinates", "5", "--threads", "1"]),
    ]


# ---------------------------------------------------------------------------------------------------------

def chosen(n_calls, n_most):
    """The calls that fail: all, or an evenly spread sample that includes the first and the last."""
    if n_calls <= n_most:
        return list(range(1, n_calls + 1))
    return sorted({1 + i * (n_calls - 1) // (n_most - 1) for i in range(n_most)})


class Tap:
    def __init__(self):
        self.count = self.failures = 0

    def check(self, title, complaints):
        self.count += 1
        self.failures += bool(complaints)
        print(f"{'not ok' if complaints else 'ok'} {self.count} - {title}")
        for line in complaints[:40]:
            print(f"# {line}")
        sys.stdout.flush()


def try_kind(tap, bench, scenario, whole, kind, n_most):
    """Makes calls of one kind fail in every way; returns the number of faults, and the messages about them."""
    n_calls, n_faults, said = whole.report[kind], 0, set()
    before = read_files(bench.folder / scenario.start)
    for way in WAYS[kind] if n_calls else []:
        complaints, n_done = [], 0
        for n in chosen(n_calls, n_most):
            fault = f"{kind}:{n}:{way}"
            wrong, struck, err = wrong_with(bench, scenario, fault, before, whole)
            complaints += [f"{fault}: {line}" for line in wrong]
            n_done += struck
            said.add(re.sub(r"[0-9]+", "N", err))
        if n_done == 0:
            complaints += ["no call failed"]
        tap.check(f"{scenario.name}: {kind} {way}, {n_done} of {n_calls} calls", complaints)
        n_faults += n_done
    return n_faults, said


def try_all(tap, bench, options):
    totals = dict.fromkeys(WAYS, 0)
    for scenario in prepare(bench):
        if options.only and options.only not in scenario.name:
            continue
        whole = bench.run(scenario)
        tap.check(f"{scenario.name}: works", wrong_ending(whole, scenario, whole))
        if whole.status != 0 or not whole.report.get("write", 0):
            tap.check(f"{scenario.name}: its calls are seen", ["the library sees none of its calls", whole.err])
            continue
        for kind in WAYS:
            n_faults, said = try_kind(tap, bench, scenario, whole, kind, options.most)
            totals[kind] += n_faults
            for line in sorted(said) if options.messages else []:
                print(f"# {kind}: {line.strip()}")
    print("# faults:", ", ".join(f"{n} {kind}" for kind, n in totals.items()) + f", {sum(totals.values())} in all")


def main():
    parser = argparse.ArgumentParser(description="Every call fails in turn.")
    parser.add_argument("program", type=Path)
    parser.add_argument("library", type=Path)
    parser.add_argument("--all", dest="most", action="store_const", const=1 << 30, default=8, help="let every call fail, instead of a sample")
    parser.add_argument("--only", help="run only scenarios whose name contains this")
    parser.add_argument("--messages", action="store_true", help="show the error messages")
    options = parser.parse_args()
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="mnist-faults-test.") as name:
        try_all(tap, Bench(options.program.resolve(), options.library.resolve(), Path(name)), options)
    print(f"1..{tap.count}")
    return tap.failures > 0


if __name__ == "__main__":
    sys.exit(main())
