"""Softmax regression (multinomial logistic regression) with a bound of the distance to the minimum, by libsoftmax."""
from ._estimator import SoftmaxRegression
from ._sklearn import ConvergenceWarning

__all__ = ["ConvergenceWarning", "SoftmaxRegression"]
