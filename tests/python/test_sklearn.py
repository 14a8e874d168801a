"""scikit-learn's own checks of an estimator, each as a test."""
import unittest
import warnings

from sklearn.exceptions import SkipTestWarning
from sklearn.utils.estimator_checks import check_dataframe_column_names_consistency, check_estimator
from softmax import SoftmaxRegression


class CheckEstimator(unittest.TestCase):
    def test_names_of_columns(self):
        check_dataframe_column_names_consistency("SoftmaxRegression", SoftmaxRegression())


def _add(number, estimator, check):
    def test(_):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", SkipTestWarning)
            check(estimator)
    name = getattr(check, "func", check).__name__
    setattr(CheckEstimator, f"test_{number:02}_{name}", test)


for _number, (_estimator, _check) in enumerate(check_estimator(SoftmaxRegression(), generate_only=True)):
    _add(_number, _estimator, _check)
