#!/usr/bin/env python3
"""docs/softmax.md agrees with the code: the functions and tests that it names exist in the named files, and every line of
`mnist gradcheck` is quoted at its step and passes. Prints TAP.

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
    """The title and the bound of each line of a table of gradcheck, without the error, which differs between
    machines."""
    return re.findall(r"^(\S.*\S) +[0-9.]+e[-+]\d+ +([0-9.]+e[-+]\d+)  ok$", text, re.MULTILINE)


text = (ROOT / "docs" / "softmax.md").read_text()
unfolded = text.replace("\n> ", " ")
for kind, names, path in re.findall(r"\*\*(Code|Tests)\*\* ((?:`\w+`(?:, )?)+) \(`([\w/.]+)`\)", unfolded):
    source = (ROOT / path).read_text()
    for name in re.findall(r"\w+", names):
        begins = rf"START_TEST\({name}\)" if kind == "Tests" else rf"^[a-z].*\b{name}\("
        check(f"{name} is in {path}", re.search(begins, source, re.MULTILINE))
check("every name has its file", unfolded.count("**Code**") + unfolded.count("**Tests**") ==
      len(re.findall(r"\*\*(?:Code|Tests)\*\* (?:`\w+`(?:, )?)+ \(`", unfolded)))

said = subprocess.run([sys.argv[1], "gradcheck", "--data", ROOT / "datasets" / "mnist"], capture_output=True, text=True,
                      check=False)
check("gradcheck: every check passes", said.returncode == 0, said)
for line in checks_of(said.stdout):
    check(f"quoted at its step and in the full table: {line[0]}", checks_of(text).count(line) == 2, line)
check("no quoted line is outdated", set(checks_of(text)) == set(checks_of(said.stdout)) != set())
print(f"1..{N_CHECKS}")
sys.exit(N_FAILED > 0)
