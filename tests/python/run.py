"""Runs all tests of this folder. Usage: run.py [NAME ...]    e.g. run.py test_input.Weights"""
import pathlib
import sys
import unittest

folder = str(pathlib.Path(__file__).parent)
sys.path.insert(0, folder)
loader = unittest.TestLoader()
suite = loader.loadTestsFromNames(sys.argv[1:]) if sys.argv[1:] else loader.discover(folder)
result = unittest.TextTestRunner(stream=sys.stdout).run(suite)
n_failed = len(result.failures) + len(result.errors)
print(f"{result.testsRun - n_failed - len(result.skipped)} passed, {n_failed} failed"
      + (f", {len(result.skipped)} skipped" if result.skipped else ""))
sys.exit(n_failed > 0)
