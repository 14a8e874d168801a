"""The estimator."""
import decimal
import warnings

import numpy as np

from . import _checks, _library
from ._sklearn import BaseEstimator, ClassifierMixin, ConvergenceWarning, NotFittedError


class SoftmaxRegression(ClassifierMixin, BaseEstimator):
    """Softmax regression (multinomial logistic regression), an estimator in the manner of scikit-learn.

    Minimises (1/N) sum_n L_n + (l2/2) ||W||^2 over the weights W, one row for each class, and the intercepts, which are
    not penalised. L_n is the cross-entropy of sample n; with weights, the mean is weighted by them. The computation is
    in float64 throughout, and gives the same bits for any number of threads.

    Parameters
    ----------
    l2 : strength of the penalty, 0 or more. scikit-learn's LogisticRegression(C) has the same minimum for
        l2 = 1 / (C N) with three classes or more, and for l2 = 2 / (C N) with two, where it penalises one row of
        weights, the difference of the two here. With weights, N is their sum. With l2 = 0, gap_ is inf, and classes
        that can be separated have no minimum.
    tolerance : the minimisation ends when the objective is proven to be at most this fraction of itself above its
        minimum. With l2 = 0: when no component of the gradient is larger.
    class_weight : None, "balanced" (N / (K times the number of samples of the class)), or a dict of a weight for each
        class, 1 for a class that it leaves out. The weight of a sample is multiplied by that of its class.
    fit_intercept : whether there are intercepts; otherwise these are 0.
    n_threads : the number of threads, or None for as many as OpenMP would use. A process that was forked, as by
        multiprocessing, always uses one.

    Attributes
    ----------
    classes_ : the K classes, in ascending order.
    coef_ : W [K, n_features]. For two classes [1, n_features]: the second row less the first.
    intercept_ : the intercepts [K], whose sum is 0. For two classes [1]: the second less the first.
    n_iter_ : the number of iterations.
    objective_ : the value of the objective that was reached.
    gap_ : a proven bound of objective_ less the minimum, with an allowance for rounding. It is never 0.
    n_features_in_, feature_names_in_ : the number of columns of X, and their names if X was a data frame.
    """

    def __init__(self, l2=1e-4, *, tolerance=1e-6, class_weight=None, fit_intercept=True, n_threads=None):
        self.l2 = l2
        self.tolerance = tolerance
        self.class_weight = class_weight
        self.fit_intercept = fit_intercept
        self.n_threads = n_threads

    def fit(self, X, y, sample_weight=None):
        """Fits the model to the rows of X [N, n_features] with the classes y [N], and returns self.

        A C-contiguous X of float64 is read where it is; any other is copied. sample_weight [N] says how often each row
        counts. Warns (ConvergenceWarning) if the tolerance was not reached.
        """
        l2, tolerance = _checks.number("l2", self.l2), _checks.number("tolerance", self.tolerance)
        n_threads = _checks.thread_count(self.n_threads)
        names, X = _checks.feature_names(X), _checks.matrix(X)
        classes, labels = _find_classes(_checks.target(y, len(X)))
        weights = self._weights(_checks.sample_weights(sample_weight, len(X)), classes, labels)
        minimum = _library.minimise(X, labels, weights, len(classes), l2, tolerance, bool(self.fit_intercept), n_threads)
        if not minimum.is_converged:
            warnings.warn(_describe_end(minimum, tolerance, l2), ConvergenceWarning, stacklevel=2)
        self.classes_ = classes
        self._set_coefficients(minimum.weights, minimum.biases)
        self.n_iter_, self.objective_, self.gap_ = minimum.n_iterations, minimum.value, minimum.gap
        self.n_features_in_ = X.shape[1]
        if names is not None:
            self.feature_names_in_ = names
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        return self

    def decision_function(self, X) -> np.ndarray:
        """The scores X W' + b, [N, K]. For two classes [N]: the score of the second less that of the first."""
        scores = self._predict(X)
        return scores[:, 1] if scores.shape[1] == 2 else scores

    def predict(self, X) -> np.ndarray:
        """The class with the highest score for each row of X, [N]; of equal ones the first."""
        indices = self._predict(X).argmax(axis=1)
        return self.classes_[indices]

    def predict_proba(self, X) -> np.ndarray:
        """The probability of each class for each row of X, [N, K]."""
        return self._predict(X, wants_probabilities=True)

    def predict_log_proba(self, X) -> np.ndarray:
        """The logarithms of the probabilities, [N, K], finite even where a probability is 0 in float64."""
        scores = self._predict(X)
        scores -= scores.max(axis=1, keepdims=True)
        scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return scores

    def _weights(self, sample_weights, classes, labels):
        """The weight of each sample, or None if all are 1."""
        class_weights = _checks.class_weights(self.class_weight, classes, labels)
        if sample_weights is None and class_weights is None:
            return None
        weights = np.ones(len(labels)) if sample_weights is None else sample_weights
        if class_weights is not None:
            weights = weights * class_weights[labels]
        sums = np.bincount(labels, weights, minlength=len(classes))
        if not (sums > 0).all():
            raise ValueError("sample_weight, class_weight: expected every class to have a weight above 0, but "
                             f"class {classes[sums.argmin()]!r} has none")
        return weights

    def _set_coefficients(self, weights, biases):
        if len(self.classes_) == 2:
            self.coef_, self.intercept_ = weights[1:] - weights[:1], biases[1:] - biases[:1]
        else:
            self.coef_, self.intercept_ = weights, biases - biases.mean()

    def _predict(self, X, wants_probabilities=False):
        """The scores or probabilities [N, K]. Of two classes, the first has score 0."""
        if not hasattr(self, "coef_"):
            raise NotFittedError(f"This {type(self).__name__} is not fitted yet: expected fit to be called before")
        _checks.same_names(self, X)
        X = _checks.matrix(X)
        _checks.same_width(self, X.shape[1])
        weights, biases = np.asarray(self.coef_, np.float64), np.asarray(self.intercept_, np.float64)
        if len(self.classes_) == 2:
            weights, biases = np.vstack([np.zeros_like(weights), weights]), np.append(0.0, biases)
        return _library.predict(X, weights, biases, _checks.thread_count(self.n_threads), wants_probabilities)


def _find_classes(y: np.ndarray):
    """The classes in y [N], and their indices as labels [N]."""
    try:
        classes, labels = np.unique(y, return_inverse=True)
    except TypeError as error:
        raise ValueError(f"y: expected labels of one type, but {error}") from error
    if not 2 <= len(classes) <= _library.MAX_CLASSES:
        plural = "" if len(classes) == 1 else "es"
        raise ValueError(f"y: expected 2 to {_library.MAX_CLASSES} classes, found {len(classes)} class{plural}")
    return classes, labels.astype(np.uint8)


def _describe_end(minimum: _library.Minimum, tolerance: float, l2: float) -> str:
    """Why the tolerance was not reached, and how far the minimum may be."""
    if minimum.gap < np.inf:
        known = f"the objective, {minimum.value:.6g}, is at most {_round_up(minimum.gap):g} above its minimum"
    else:
        known = "without a penalty, " if l2 == 0 else ""
        known += "no bound of the distance to the minimum is known"
    return f"The tolerance {tolerance:g} was not reached: {minimum.stop}; {known}"


def _round_up(bound: float) -> decimal.Decimal:
    """The least decimal of two digits that is not below bound, which thus stays a bound."""
    return decimal.Context(prec=2, rounding=decimal.ROUND_CEILING).create_decimal(bound)
