"""Checks arguments, and converts them to the arrays that the library reads."""
import numbers
import warnings
from typing import Optional

import numpy as np

from ._sklearn import DataConversionWarning


def number(name: str, value) -> float:
    """value as a float, if it is a finite number of 0 or more."""
    if isinstance(value, numbers.Real) and 0 <= value < np.inf:
        return float(value)
    raise ValueError(f"{name}: expected a finite number of 0 or more, found {value!r}")


def thread_count(value) -> Optional[int]:
    if value is None or (isinstance(value, numbers.Integral) and value >= 1):
        return value
    raise ValueError(f"n_threads: expected None or an integer of 1 or more, found {value!r}")


def feature_names(X) -> Optional[np.ndarray]:
    """The names of the columns of a data frame, if all of them are strings."""
    columns = getattr(X, "columns", None)
    if columns is None or len(columns) == 0 or not all(isinstance(name, str) for name in columns):
        return None
    return np.asarray(columns, dtype=object)


def _as_doubles(name: str, values) -> np.ndarray:
    """values as an aligned, C-contiguous array of float64: the same memory if it is one already."""
    if hasattr(values, "toarray"):
        raise TypeError(f"{name}: expected a dense array, found sparse data; {name}.toarray() makes it dense")
    array = np.asarray(values)
    if array.dtype.kind == "c":
        raise ValueError(f"{name}: expected real numbers. Complex data not supported")
    if array.dtype.kind not in "biufOSU":
        raise TypeError(f"{name}: expected numbers, found values of type {array.dtype}")
    try:
        return np.require(array, np.float64, ["C_CONTIGUOUS", "ALIGNED"])
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: expected numbers, but {error}") from error


def _require_finite(name: str, array: np.ndarray) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        is_finite = np.isfinite(array.sum()) or np.isfinite(array).all()
    if not is_finite:
        raise ValueError(f"{name}: expected finite numbers, found NaN or infinity (inf)")


def matrix(X) -> np.ndarray:
    """X as a C-contiguous array [N, D] of finite float64: its own memory where it is such an array already."""
    array = _as_doubles("X", X)
    if array.ndim != 2:
        raise ValueError(f"X: expected a 2-dimensional array, found {array.ndim} dimension(s). Reshape your data: "
                         "X.reshape(-1, 1) if it is one feature, X.reshape(1, -1) if it is one sample")
    for n, what in zip(array.shape, ("sample", "feature")):
        if n == 0:
            raise ValueError(f"X: found array with 0 {what}(s) (shape={array.shape}) while a minimum of 1 is required.")
    _require_finite("X", array)
    return array


def target(y, n_samples: int) -> np.ndarray:
    """y as a 1-dimensional array of n_samples class labels."""
    if y is None:
        raise ValueError("y should be a 1d array of class labels: fit requires y to be passed, but the target y is None")
    array = np.asarray(y)
    if array.ndim == 2 and array.shape[1] == 1:
        warnings.warn("A column-vector y was passed when a 1d array was expected. Please change the shape of y to "
                      "(n_samples,), for example by y.ravel().", DataConversionWarning, stacklevel=3)
        array = array.ravel()
    if array.ndim != 1:
        raise ValueError(f"y should be a 1d array of class labels, found an array of shape {array.shape}")
    if len(array) != n_samples:
        raise ValueError(f"y: expected {n_samples} labels, as many as X has rows, found {len(array)}")
    if array.dtype.kind == "f":
        _require_finite("y", array)
        if (array != np.floor(array)).any():
            raise ValueError("Unknown label type: y has fractions, as for regression; expected classes")
    # In a list of strings, NumPy makes a string of NaN.
    labels = array if hasattr(y, "dtype") else np.asarray(y, dtype=object)
    if array.dtype.kind not in "biuf" and not all(map(_is_label, labels.flat)):
        raise ValueError("y: expected class labels, found a missing value (NaN or None) or complex numbers")
    return array


def _is_label(value) -> bool:
    """Whether value is neither complex nor one of the missing values: None, NaN, NaT and pandas.NA."""
    try:
        return value is not None and not isinstance(value, complex) and bool(value == value)
    except TypeError:  # pandas.NA has no truth value.
        return False


def sample_weights(sample_weight, n_samples: int) -> Optional[np.ndarray]:
    """The weights [N] as C-contiguous float64, or None."""
    if sample_weight is None:
        return None
    array = _as_doubles("sample_weight", sample_weight)
    if array.shape != (n_samples,):
        raise ValueError(f"sample_weight: expected shape ({n_samples},), a weight for each row of X, found {array.shape}")
    _require_finite("sample_weight", array)
    if (array < 0).any():
        raise ValueError(f"sample_weight: expected weights of 0 or more, found {array.min()}")
    return array


def class_weights(class_weight, classes: np.ndarray, labels: np.ndarray) -> Optional[np.ndarray]:
    """The weight of each class [K], or None. labels [N] index the classes."""
    if class_weight is None:
        return None
    if isinstance(class_weight, str) and class_weight == "balanced":
        return len(labels) / (len(classes) * np.bincount(labels, minlength=len(classes)))
    if not isinstance(class_weight, dict):
        raise ValueError(f"class_weight: expected None, 'balanced' or a dict of a weight for each class, "
                         f"found {class_weight!r}")
    known = [c in class_weight for c in classes.tolist()]
    if not all(known) and sum(known) != len(class_weight):
        raise ValueError(f"class_weight: expected classes among {classes.tolist()}, found {list(class_weight)}")
    return np.array([number(f"class_weight[{c!r}]", class_weight.get(c, 1)) for c in classes.tolist()])


def same_names(estimator, X) -> None:
    """Raises an exception if X has other names of columns than the data that the estimator was fitted to."""
    name, fitted, found = type(estimator).__name__, getattr(estimator, "feature_names_in_", None), feature_names(X)
    if fitted is None and found is not None:
        warnings.warn(f"X has feature names, but {name} was fitted without feature names", stacklevel=4)
    elif fitted is not None and found is None:
        warnings.warn(f"X does not have valid feature names, but {name} was fitted with feature names", stacklevel=4)
    elif fitted is not None and list(fitted) != list(found):
        raise ValueError("The feature names should match those that were passed during fit.\n"
                         + _name_differences(set(fitted), set(found)))


def same_width(estimator, n_features: int) -> None:
    """Raises an exception unless n_features is the number that the estimator was fitted to."""
    if n_features != estimator.n_features_in_:
        raise ValueError(f"X has {n_features} features, but {type(estimator).__name__} is expecting "
                         f"{estimator.n_features_in_} features as input")


def _name_differences(fitted: set, found: set) -> str:
    text = ""
    for title, names in (("Feature names unseen at fit time:\n", sorted(found - fitted)),
                         ("Feature names seen at fit time, yet now missing:\n", sorted(fitted - found))):
        if names:
            text += title + "".join(f"- {name}\n" for name in names[:5]) + ("- ...\n" if len(names) > 5 else "")
    return text or "Feature names must be in the same order as they were in fit.\n"
