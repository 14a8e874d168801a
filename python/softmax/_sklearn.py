"""The classes of scikit-learn that an estimator builds on, or small ones with the same methods where it is missing."""
import inspect

import numpy as np

try:
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.exceptions import ConvergenceWarning, DataConversionWarning, NotFittedError
except ImportError:

    class ConvergenceWarning(UserWarning):
        """The tolerance was not reached."""

    class DataConversionWarning(UserWarning):
        """An array was given another shape."""

    class NotFittedError(ValueError, AttributeError):
        """A method needs fit to be called first."""

    class BaseEstimator:
        """Gets and sets the parameters of the constructor, which are attributes of the same names."""

        @classmethod
        def _get_param_names(cls) -> list:
            return sorted(name for name in inspect.signature(cls.__init__).parameters if name != "self")

        def get_params(self, deep: bool = True) -> dict:
            """The parameters by name. None of them has parameters of its own, so deep makes no difference."""
            return {name: getattr(self, name) for name in self._get_param_names()}

        def set_params(self, **params):
            """Sets parameters by name, and returns the estimator."""
            names = self._get_param_names()
            for name, value in params.items():
                if name not in names:
                    raise ValueError(f"expected a parameter among {', '.join(names)}, found {name!r}")
                setattr(self, name, value)
            return self

        def __repr__(self) -> str:
            params = ", ".join(f"{name}={value!r}" for name, value in self.get_params().items())
            return f"{type(self).__name__}({params})"

    class ClassifierMixin:
        """Scores a classifier by its accuracy."""

        _estimator_type = "classifier"

        def score(self, X, y, sample_weight=None) -> float:
            """The share of samples, weighted if there are weights, that are predicted as their own class."""
            return float(np.average(self.predict(X) == np.asarray(y), weights=sample_weight))
