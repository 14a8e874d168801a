"""libsoftmax by ctypes: the functions of softmax.h that the estimator needs, on arrays that have been checked."""
import ctypes
import os
import pathlib
import sys
from ctypes import POINTER, Structure, byref, c_bool, c_char_p, c_double, c_int, c_size_t, c_void_p
from typing import NamedTuple, Optional

import numpy as np

MAX_CLASSES = 256
VARIABLE = "SOFTMAX_LIBRARY"
_IN_PACKAGE, _IN_SYSTEM = (
    ("libsoftmax.dylib", "libsoftmax.0.dylib") if sys.platform == "darwin" else ("libsoftmax.so", "libsoftmax.so.0"))
_F64 = 3  # sm_type
_CONVERGED = 1  # sm_stop


class _Matrix(Structure):
    _fields_ = [("values", c_void_p), ("row_bytes", c_size_t)]


class _Source(Structure):
    _fields_ = [("n_samples", c_size_t), ("n_features", c_size_t), ("n_classes", c_size_t), ("type", c_int),
                ("unit", c_double), ("labels", c_void_p), ("weights", c_void_p), ("rows", c_void_p),
                ("scratch_row_bytes", c_size_t), ("context", c_void_p), ("gather", c_void_p)]


class _Execution(Structure):
    _fields_ = [("n_threads", c_size_t), ("isa", c_char_p)]


class _ObjectiveOptions(Structure):
    _fields_ = [("l2", c_double), ("execution", _Execution), ("no_bias", c_bool)]


class _Problem(Structure):
    _fields_ = [("n_parameters", c_size_t), ("n_terms", c_size_t), ("context", c_void_p), ("evaluate", c_void_p),
                ("value_noise", c_double), ("gap", c_void_p), ("start", c_void_p), ("precondition", c_void_p),
                ("renew", c_void_p), ("refine", c_void_p)]


class _LbfgsOptions(Structure):
    _fields_ = [("memory", c_size_t), ("max_iterations", c_size_t), ("tolerance", c_double), ("from_x", c_bool)]


class _Info(Structure):
    _fields_ = [("n_iterations", c_size_t), ("n_evaluations", c_size_t), ("value", c_double),
                ("gradient_norm", c_double), ("gap", c_double), ("rounding", c_double), ("stop", c_int),
                ("status", c_int)]


# name: (result, arguments)
_FUNCTIONS = {
    "sm_status_string": (c_char_p, [c_int]),
    "sm_stop_string": (c_char_p, [c_int]),
    "sm_matrix_rows": (c_void_p, [c_void_p, c_size_t, c_size_t, c_void_p]),
    "sm_objective_create": (c_int, [POINTER(_Source), POINTER(_ObjectiveOptions), POINTER(c_void_p)]),
    "sm_objective_free": (None, [c_void_p]),
    "sm_objective_to_parameters": (None, [c_void_p, c_void_p, c_void_p]),
    "sm_objective_problem": (_Problem, [c_void_p]),
    "sm_lbfgs_defaults": (_LbfgsOptions, []),
    "sm_lbfgs_create": (c_int, [POINTER(_Problem), POINTER(_LbfgsOptions), c_void_p, POINTER(c_void_p)]),
    "sm_minimiser_step": (c_bool, [c_void_p]),
    "sm_minimiser_info": (POINTER(_Info), [c_void_p]),
    "sm_minimiser_x": (c_void_p, [c_void_p]),
    "sm_minimiser_free": (None, [c_void_p]),
    "sm_predict_double": (c_int, [c_void_p, POINTER(_Source), POINTER(_Execution), c_void_p, c_void_p]),
}


def load() -> ctypes.CDLL:
    """The library: the file that the variable names or, without it, the one in this package or else the system's."""
    in_package = pathlib.Path(__file__).with_name(_IN_PACKAGE)
    path = os.environ.get(VARIABLE) or (str(in_package) if in_package.exists() else _IN_SYSTEM)
    try:
        library = ctypes.CDLL(path)
        for name, (result, arguments) in _FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise ImportError(f"libsoftmax: expected {in_package} or the system's {_IN_SYSTEM} (Debian's package "
                          f"libsoftmax0), or its file in the environment variable {VARIABLE}: {error}") from error
    return library


_library = load()

_is_forked = False


def _note_fork() -> None:
    global _is_forked
    _is_forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)

# Why the functions fail, by sm_status: the exception to raise, and the condition that was not met.
_FAILURES = {
    1: (ValueError, f"expected 1 or more rows and columns, 2 to {MAX_CLASSES} classes, and options in their ranges"),
    2: (ValueError, "expected every label below the number of classes"),
    3: (MemoryError, "expected enough memory for the sums over the samples"),
    4: (ValueError, "expected values small enough for all sums and scores to stay within the range of float64"),
    5: (RuntimeError, "expected a source that gives its rows"),
    6: (RuntimeError, "expected a state of the same problem"),
}


def check(status: int) -> None:
    """Raises the exception for an sm_status other than SM_OK."""
    if status != 0:
        kind, expected = _FAILURES.get(status, (RuntimeError, "expected a status that softmax.h lists"))
        raise kind(f"libsoftmax: {_library.sm_status_string(status).decode()}; {expected}")


def _execution(n_threads: Optional[int]) -> _Execution:
    # GNU OpenMP hangs in a forked process if its parent has used threads. The bits are those of any number.
    return _Execution(1 if _is_forked else n_threads or 0, None)


def _address(array: Optional[np.ndarray]) -> Optional[int]:
    return None if array is None else array.ctypes.data


def _matrix(X: np.ndarray) -> _Matrix:
    return _Matrix(X.ctypes.data, X.strides[0])


def _source(X: np.ndarray, matrix: _Matrix, n_classes: int, labels=None, weights=None) -> _Source:
    """A source of the rows of X, which, like the other arguments, must live as long as it."""
    return _Source(n_samples=X.shape[0], n_features=X.shape[1], n_classes=n_classes, type=_F64,
                   labels=_address(labels), weights=_address(weights),
                   rows=ctypes.cast(_library.sm_matrix_rows, c_void_p), context=ctypes.addressof(matrix))


class Minimum(NamedTuple):
    """The point that L-BFGS reached."""
    weights: np.ndarray  # [K, D]
    biases: np.ndarray  # [K]
    n_iterations: int
    value: float  # of the objective
    gap: float  # a bound of value less the minimum; inf if none is known
    is_converged: bool
    stop: str  # why there was no further step


def minimise(X: np.ndarray, labels: np.ndarray, weights: Optional[np.ndarray], n_classes: int, l2: float,
             tolerance: float, fit_intercept: bool, n_threads: Optional[int]) -> Minimum:
    """Minimises the mean loss over the rows of X [N, D], weighted if there are weights [N], plus (l2/2) ||W||^2.

    X and weights are C-contiguous float64; labels [N] are uint8.
    """
    matrix = _matrix(X)
    source = _source(X, matrix, n_classes, labels, weights)
    options = _ObjectiveOptions(l2, _execution(n_threads), not fit_intercept)
    lbfgs_options = _library.sm_lbfgs_defaults()
    lbfgs_options.tolerance = tolerance
    parameters = np.empty((X.shape[1] + 1) * n_classes)
    objective, minimiser = c_void_p(), c_void_p()
    try:
        check(_library.sm_objective_create(source, options, byref(objective)))
        problem = _library.sm_objective_problem(objective)
        check(_library.sm_lbfgs_create(problem, lbfgs_options, None, byref(minimiser)))
        while _library.sm_minimiser_step(minimiser):
            pass  # Python raises KeyboardInterrupt between steps.
        info = _library.sm_minimiser_info(minimiser).contents
        check(info.status)
        _library.sm_objective_to_parameters(objective, _library.sm_minimiser_x(minimiser), parameters.ctypes.data)
        return Minimum(parameters[:-n_classes].reshape(n_classes, -1), parameters[-n_classes:], info.n_iterations,
                       info.value, info.gap, info.stop == _CONVERGED, _library.sm_stop_string(info.stop).decode())
    finally:
        _library.sm_minimiser_free(minimiser)
        _library.sm_objective_free(objective)


def predict(X: np.ndarray, weights: np.ndarray, biases: np.ndarray, n_threads: Optional[int],
            wants_probabilities: bool) -> np.ndarray:
    """The scores or the probabilities [N, K] of the rows of X [N, D], for weights [K, D] and biases [K].

    All arrays are C-contiguous float64.
    """
    n_classes = len(biases)
    matrix = _matrix(X)
    parameters = np.concatenate([weights.ravel(), biases])
    found = np.empty((len(X), n_classes))
    scores, probabilities = (None, found.ctypes.data) if wants_probabilities else (found.ctypes.data, None)
    check(_library.sm_predict_double(parameters.ctypes.data, _source(X, matrix, n_classes), _execution(n_threads),
                                     scores, probabilities))
    return found
