#!/usr/bin/env python3
"""docs/softmax.md has kept up with the code: the functions and tests that it names are where it says, and every line of
`mnist gradcheck` stands beside its step and holds. Prints TAP.

Only the standard library. Usage: derivation.py PROGRAM
"""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
N_CHECKS = N_FAILED = 0


def check(title, ok, seen=""):
    global N_CHECKS, N_FAILED
    N_CHECKS += 1
    N_FAILED += not ok
    print(f"{'ok' if ok else 'not ok'} {N_CHECKS} - {title}")
    if not ok:
        print(f"# {seen}")


def checks_of(text):
    """What each line of a table of gradcheck checks, with its bound: the error differs between machines."""
    return re.findall(r"^(\S.*\S) +[0-9.]+e[-+]\d+ +([0-9.]+e[-+]\d+)  ok$", text, re.MULTILINE)


text = (ROOT / "docs" / "softmax.md").read_text()
unfolded = text.replace("\n> ", " ")
for kind, names, path in re.findall(r"\*\*(Code|Tests)\*\* ((?:`\w+`(?:, )?)+) \(`([\w/.]+)`\)", unfolded):
    source = (ROOT / path).read_text()
    for name in re.findall(r"\w+", names):
        begins = rf"START_TEST\({name}\)" if kind == "Tests" else rf"^[a-z].*\b{name}\("
        check(f"{name} is in {path}", re.search(begins, source, re.MULTILINE))
check("no name is without its file", unfolded.count("**Code**") + unfolded.count("**Tests**") ==
      len(re.findall(r"\*\*(?:Code|Tests)\*\* (?:`\w+`(?:, )?)+ \(`", unfolded)))

said = subprocess.run([sys.argv[1], "gradcheck", "--data", ROOT / "datasets" / "mnist"], capture_output=True, text=True,
                      check=False)
check("gradcheck: everything holds", said.returncode == 0, said)
for line in checks_of(said.stdout):
    check(f"beside its step and in the whole: {line[0]}", checks_of(text).count(line) == 2, line)
check("and no line is of another time", set(checks_of(text)) == set(checks_of(said.stdout)) != set())
print(f"1..{N_CHECKS}")
sys.exit(N_FAILED > 0)
