"""The library: where it is looked for, the layout of its structures, and its statuses."""
import ctypes
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from softmax import _library

HEADER = pathlib.Path(__file__).parents[2] / "lib" / "softmax.h"
STRUCTURES = {"sm_matrix": _library._Matrix, "sm_source": _library._Source, "sm_execution": _library._Execution,
              "sm_objective_options": _library._ObjectiveOptions, "sm_problem": _library._Problem,
              "sm_lbfgs_options": _library._LbfgsOptions, "sm_info": _library._Info}
FAIL_WITHOUT_SKLEARN = "import sys; sys.modules['sklearn'] = None\n"


def run_python(code, **variables):
    return subprocess.run([sys.executable, "-c", code], env={**os.environ, **variables}, capture_output=True, text=True,
                          check=False)


class Library(unittest.TestCase):
    def test_the_layout_is_that_of_the_header(self):
        lines = []
        for name, structure in STRUCTURES.items():
            lines += [f"sizeof({name})"] + [f"offsetof({name}, {field})" for field, _ in structure._fields_]
        constants = ["SM_F64", "SM_STOP_CONVERGED", "SM_MAX_CLASSES", "SM_ERROR_STATE"]
        lines += constants
        source = "#include <stdio.h>\n#include \"softmax.h\"\nint main(void) {\n"
        source += "".join(f'printf("%zu\\n", (size_t){line});\n' for line in lines) + "}\n"
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder, "layout")
            program.with_suffix(".c").write_text(source)
            subprocess.run(["cc", "-I", HEADER.parent, program.with_suffix(".c"), "-o", program], check=True)
            found = [int(line) for line in subprocess.run([program], capture_output=True, check=True).stdout.split()]
        expected = []
        for structure in STRUCTURES.values():
            expected += [ctypes.sizeof(structure)] + [getattr(structure, field).offset for field, _ in structure._fields_]
        expected += [_library._F64, _library._CONVERGED, _library.MAX_CLASSES, max(_library._FAILURES)]
        self.assertEqual(dict(zip(lines, found)), dict(zip(lines, expected)))

    def test_every_status_raises_an_exception_that_says_what_was_expected(self):
        _library.check(0)
        kinds = {1: ValueError, 2: ValueError, 3: MemoryError, 4: ValueError, 5: RuntimeError, 6: RuntimeError,
                 99: RuntimeError}
        for status, kind in kinds.items():
            with self.assertRaisesRegex(kind, "libsoftmax: .*; expected "):
                _library.check(status)

    def test_the_library_of_the_package_is_taken(self):
        self.assertEqual(_library._library._name, str(pathlib.Path(_library.__file__).with_name("libsoftmax.so")))

    def test_a_library_that_is_not_found(self):
        found = run_python("import softmax", SOFTMAX_LIBRARY="/nowhere/libsoftmax.so.0")
        self.assertRegex(found.stderr, "ImportError: libsoftmax: expected .*libsoftmax.so.0.*SOFTMAX_LIBRARY.*/nowhere")

    def test_a_library_without_the_functions(self):
        found = run_python("import softmax", SOFTMAX_LIBRARY="libc.so.6")
        self.assertRegex(found.stderr, "ImportError: libsoftmax: expected .*undefined symbol: sm_")


class WithoutSklearn(unittest.TestCase):
    """The package does not need scikit-learn."""

    def run_without(self, code):
        found = run_python(FAIL_WITHOUT_SKLEARN + "import numpy as np\nfrom softmax import *\n"
                           "X, y = np.arange(12.0).reshape(6, 2) % 5, np.arange(6) % 3\n" + code)
        self.assertEqual((found.returncode, found.stderr), (0, ""))
        return found.stdout.strip()

    def test_fit_and_score(self):
        self.assertEqual(self.run_without(
            "model = SoftmaxRegression(1e-4).fit(X, y)\n"
            "print(model.score(X, y) == np.mean(model.predict(X) == y), model.score(X, y, y == 0))"), "True 1.0")

    def test_parameters(self):
        self.assertEqual(self.run_without("print(SoftmaxRegression().set_params(l2=2).get_params())"),
                         "{'class_weight': None, 'fit_intercept': True, 'l2': 2, 'n_threads': None, 'tolerance': 1e-06}")
        self.assertIn("l2=0.5", self.run_without("print(SoftmaxRegression(0.5))"))
        self.run_without("try:\n    SoftmaxRegression().set_params(C=1)\nexcept ValueError as e:\n    assert 'l2' in str(e)")

    def test_warnings_and_errors(self):
        self.assertEqual(self.run_without(
            "import warnings\n"
            "with warnings.catch_warnings(record=True) as caught:\n"
            "    SoftmaxRegression(tolerance=0).fit(X, y)\n"
            "print(caught[0].category is ConvergenceWarning, issubclass(ConvergenceWarning, UserWarning))\n"
            "try:\n    SoftmaxRegression().predict(X)\nexcept ValueError as e:\n    print(e)"),
            "True True\nThis SoftmaxRegression is not fitted yet: expected fit to be called before")
