"""The minimum that is found, and what is said of it."""
import fractions
import multiprocessing
import re
import unittest
import warnings

import numpy as np
from data import random_problem
from reference import minimise, objective
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from softmax import ConvergenceWarning, SoftmaxRegression, _estimator, _library


class Minimum(unittest.TestCase):
    def test_agrees_with_newton_cg(self):
        loads = {load_iris: (0.1, 0.01, 0.001), load_wine: (0.1, 0.01, 0.001), load_breast_cancer: (0.1, 0.01, 0.001),
                 load_digits: (0.1,)}
        for load, strengths in loads.items():
            raw, y = load(return_X_y=True)
            for X in raw, StandardScaler().fit_transform(raw):
                for l2 in strengths:
                    with self.subTest(data=load.__name__, is_raw=X is raw, l2=l2):
                        self.check_against_newton_cg(X, y, l2)

    def check_against_newton_cg(self, X, y, l2):
        # For two classes scikit-learn penalises one row of weights, the difference of the two here.
        C = (2 if len(np.unique(y)) == 2 else 1) / (l2 * len(X))
        peer = LogisticRegression(C=C, solver="newton-cg", tol=1e-9, max_iter=300)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Both end at the limit of precision.
            peer.fit(X, y)
            model = SoftmaxRegression(l2, tolerance=1e-13).fit(X, y)
        self.assertEqual(model.coef_.shape, peer.coef_.shape)
        self.assertEqual(model.intercept_.shape, peer.intercept_.shape)
        np.testing.assert_allclose(model.coef_, peer.coef_, rtol=0, atol=1e-6)
        np.testing.assert_allclose(model.predict_proba(X), peer.predict_proba(X), rtol=0, atol=1e-6)
        np.testing.assert_array_equal(model.predict(X), peer.predict(X))

    def test_the_gap_bounds_the_distance_to_the_minimum(self):
        rng = np.random.default_rng(1)
        for i in range(60):
            n, d, k = int(10 ** rng.uniform(1, 2.5)), int(10 ** rng.uniform(0, 1)), int(rng.integers(2, 6))
            X, y = random_problem(rng, n, d, k, noise=10.0 ** rng.uniform(-2, 1))
            weights = rng.exponential(size=n) if i % 2 else None
            l2, tolerance = 10.0 ** rng.uniform(-6, -1), 10.0 ** -rng.integers(1, 13)
            with self.subTest(n=n, d=d, k=k, l2=l2, tolerance=tolerance), warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                model = SoftmaxRegression(l2, tolerance=tolerance).fit(X, y, weights)
                lowest = minimise(X, y, k, l2, weights)[0]
                self.assertLessEqual(model.objective_ - lowest, model.gap_)
                self.assertEqual(model.gap_ > tolerance * model.objective_, len(caught) == 1)
                self.assertGreater(model.gap_, 0)

    def test_the_objective_is_that_of_the_coefficients(self):
        X, y = random_problem(np.random.default_rng(2), 80, 4, 3)
        weights = np.linspace(0.5, 2, 80)
        model = SoftmaxRegression(1e-2, tolerance=1e-2).fit(X, y, weights)
        value, probabilities = objective(X, y, weights, 1e-2, model.coef_, model.intercept_)
        self.assertAlmostEqual(model.objective_, value, delta=1e-14)
        np.testing.assert_allclose(model.predict_proba(X), probabilities, rtol=1e-12)

    def test_two_classes_are_a_softmax_too(self):
        X, y = random_problem(np.random.default_rng(3), 60, 3, 2)
        model = SoftmaxRegression(1e-2, tolerance=1e-12).fit(X, y)
        _, W, b = minimise(X, y, 2, 1e-2)
        np.testing.assert_allclose(model.coef_[0], W[1] - W[0], rtol=1e-6)
        np.testing.assert_allclose(model.intercept_[0], b[1] - b[0], rtol=1e-6)
        np.testing.assert_allclose(model.predict_proba(X), objective(X, y, np.ones(60), 0, W, b)[1], rtol=1e-6)

    def test_without_intercept(self):
        X, y = random_problem(np.random.default_rng(4), 60, 3, 3)
        model = SoftmaxRegression(1e-2, tolerance=1e-10, fit_intercept=False).fit(X, y)
        peer = LogisticRegression(C=1 / (1e-2 * 60), solver="newton-cg", tol=1e-8, fit_intercept=False).fit(X, y)
        np.testing.assert_array_equal(model.intercept_, 0)
        np.testing.assert_allclose(model.coef_, peer.coef_, rtol=0, atol=1e-5)

    def test_intercepts_sum_to_zero(self):
        X, y = random_problem(np.random.default_rng(5), 60, 3, 4)
        self.assertAlmostEqual(SoftmaxRegression().fit(X + 1e3, y).intercept_.sum(), 0, delta=1e-9)

    def test_warns_where_the_tolerance_is_not_reached(self):
        X, y = random_problem(np.random.default_rng(6), 60, 3, 3)
        with self.assertWarnsRegex(ConvergenceWarning, "tolerance 0 was not reached: .* at most .* above its minimum"):
            SoftmaxRegression(tolerance=0).fit(X, y)

    def test_the_bound_that_a_warning_prints_is_not_below_the_gap(self):
        rng = np.random.default_rng(8)
        gaps = [5e-324, 2.5e-7, 0.125, 1.0, 99.5, 1e300, *10.0 ** rng.uniform(-320, 300, 2000)]
        for gap in gaps:
            minimum = _library.Minimum(None, None, 1, 0.3, float(gap), False, "no further progress")
            text = _estimator._describe_end(minimum, 1e-6, 1e-4)
            printed = fractions.Fraction(re.search("at most ([^ ]+) above", text).group(1))
            exact = fractions.Fraction(float(gap))
            self.assertLessEqual(exact, printed)
            self.assertLessEqual(printed, exact * fractions.Fraction(11, 10))

    def test_without_a_penalty_no_bound_is_known(self):
        X, y = random_problem(np.random.default_rng(7), 60, 3, 3)
        self.assertEqual(SoftmaxRegression(0).fit(X, y).gap_, np.inf)
        with self.assertWarnsRegex(ConvergenceWarning, "; without a penalty, no bound of the distance"):
            SoftmaxRegression(0, tolerance=0).fit(X, y)

    def test_beyond_the_range_no_bound_is_known_with_a_penalty_either(self):
        X, y = random_problem(np.random.default_rng(7), 60, 3, 3)
        with self.assertWarnsRegex(ConvergenceWarning, "; no bound of the distance to the minimum is known"):
            model = SoftmaxRegression(1e-4, tolerance=0).fit(X * 1e200, y)
        self.assertEqual(model.gap_, np.inf)


def results(n_threads):
    """All that a model finds with a number of threads."""
    X, y = random_problem(np.random.default_rng(8), 20000, 30, 4)
    model = SoftmaxRegression(1e-3, tolerance=1e-9, n_threads=n_threads).fit(X, y)
    return (model.coef_, model.intercept_, model.gap_, model.n_iter_, model.predict_proba(X),
            model.decision_function(X))


class Bits(unittest.TestCase):
    """The bits do not depend on the number of threads."""

    def check(self, found):
        for one, other in zip(results(1), found):
            np.testing.assert_array_equal(one, other)

    def test_threads(self):
        for n_threads in 2, 4, None:
            with self.subTest(n_threads=n_threads):
                self.check(results(n_threads))

    def test_a_forked_process(self):
        results(2)  # OpenMP has threads now, which a fork does not have.
        with multiprocessing.get_context("fork").Pool(1) as pool:
            self.check(pool.apply_async(results, (2,)).get(timeout=60))
