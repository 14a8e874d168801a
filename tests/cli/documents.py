#!/usr/bin/env python3
"""The documents show what the program prints: each block that starts with "$ " is run, and compared. Prints TAP.

A line of "..." matches any number of lines. Times are not compared. All blocks of a document run in one folder, in order.
Usage: documents.py MNIST
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
N_CHECKS = N_FAILED = 0


def check(title, ok, expected, seen):
    global N_CHECKS, N_FAILED
    N_CHECKS += 1
    N_FAILED += not ok
    print(f"{'ok' if ok else 'not ok'} {N_CHECKS} - {title}")
    if not ok:
        print("\n".join(f"# {line}" for line in ["expected:", *expected, "found:", *seen]))


def read_sessions(document):
    """[[(command, lines of output)]]: the blocks that start with a command."""
    blocks = re.findall(r"^```\n(\$ .*?)^```$", document.read_text(), re.MULTILINE | re.DOTALL)
    return [[(head, rest.splitlines()) for head, rest in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)]
            for block in blocks]


def without_time(line):
    return re.sub(r"\b[0-9]+\.[0-9]+ s\b", "0.00 s", line.rstrip())


def matches(expected, seen):
    pattern = "".join("(?:.*\n)*" if line == "..." else re.escape(without_time(line)) + "\n" for line in expected)
    return re.fullmatch(pattern, "".join(without_time(line) + "\n" for line in seen)) is not None


def run_document(document, program, folder):
    (folder / "mnist").symlink_to(program)
    for name in ("examples", "datasets", "docs"):
        (folder / name).symlink_to(ROOT / name)
    for session in read_sessions(document):
        for command, expected in session:
            said = subprocess.run(command, shell=True, cwd=folder, text=True, check=False, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
            seen = said.stdout.splitlines()
            check(f"{document.name}: {command}", said.returncode == 0 and matches(expected, seen), expected, seen)


for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
    with tempfile.TemporaryDirectory(prefix="mnist-documents-test.") as name:
        run_document(path, Path(sys.argv[1]).resolve(), Path(name))
check("there are such blocks", N_CHECKS > 0, [], [])
print(f"1..{N_CHECKS}")
sys.exit(N_FAILED > 0)
