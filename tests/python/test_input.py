"""What fit and predict accept, what they refuse, and what they say then."""
import unittest
import warnings

import numpy as np
import pandas as pd
from data import random_problem
from softmax import SoftmaxRegression, _checks
from sklearn.exceptions import DataConversionWarning, NotFittedError


class Arrays(unittest.TestCase):
    def setUp(self):
        self.X, self.y = random_problem(np.random.default_rng(1), 50, 4, 3)
        self.X = self.X.astype(np.float32).astype(np.float64)  # exact in both types
        self.model = SoftmaxRegression().fit(self.X, self.y)

    def test_every_layout_gives_the_same_bits(self):
        wide = np.zeros((100, 8))
        wide[::2, ::-2] = self.X
        unaligned = np.frombuffer(b"0" + self.X.tobytes(), offset=1).reshape(self.X.shape)
        for name, X in {"float32": self.X.astype(np.float32), "Fortran": np.asfortranarray(self.X),
                        "strided": wide[::2, ::-2], "big endian": self.X.astype(">f8"), "list": self.X.tolist(),
                        "object": self.X.astype(object), "unaligned": unaligned}.items():
            with self.subTest(name):
                model = SoftmaxRegression().fit(X, self.y)
                np.testing.assert_array_equal(model.coef_, self.model.coef_)
                np.testing.assert_array_equal(model.predict_proba(X), self.model.predict_proba(self.X))

    def test_doubles_are_read_where_they_are(self):
        self.assertTrue(np.shares_memory(_checks.matrix(self.X), self.X))
        self.assertTrue(np.shares_memory(_checks.matrix(self.X[5:]), self.X))
        before = self.X.copy()
        self.X.flags.writeable = False
        SoftmaxRegression().fit(self.X, self.y).predict_proba(self.X)
        np.testing.assert_array_equal(self.X, before)

    def test_classes_of_any_type(self):
        for names in np.array(["b", "a", "c"]), np.array([2.0, -1.0, 5.0]), np.array([10**9, -5, 0]):
            model = SoftmaxRegression().fit(self.X, names[self.y])
            np.testing.assert_array_equal(model.classes_, np.unique(names))
            np.testing.assert_array_equal(model.predict(self.X), names[self.model.predict(self.X)])

    def test_as_many_classes_as_bytes_can_tell(self):
        X, y = np.eye(256), np.arange(256)
        np.testing.assert_array_equal(SoftmaxRegression().fit(X, y).predict(X), y)

    def test_log_probabilities_are_finite_where_probabilities_are_0(self):
        found = self.model.predict_log_proba(self.X * 1e4)
        self.assertTrue(np.isfinite(found).all())
        self.assertEqual(self.model.predict_proba(self.X * 1e4).min(), 0)
        np.testing.assert_allclose(self.model.predict_log_proba(self.X), np.log(self.model.predict_proba(self.X)))

    def test_predictions_follow_the_coefficients(self):
        self.model.coef_ = np.zeros_like(self.model.coef_)
        self.model.intercept_ = np.log([0.2, 0.5, 0.3])
        np.testing.assert_allclose(self.model.predict_proba(self.X[:1]), [[0.2, 0.5, 0.3]])
        np.testing.assert_array_equal(self.model.predict(self.X), 1)


class Weights(unittest.TestCase):
    def setUp(self):
        rng = np.random.default_rng(2)
        self.X, self.y = random_problem(rng, 60, 4, 3)
        self.counts = rng.integers(0, 4, 60)
        self.counts[:3] = 1  # Every class has a sample.

    def fit(self, X, y, weights=None, **options):
        return SoftmaxRegression(1e-3, tolerance=1e-12, **options).fit(X, y, weights)

    def same(self, one, other):
        np.testing.assert_allclose(one.coef_, other.coef_, rtol=1e-6)
        np.testing.assert_allclose(one.objective_, other.objective_, rtol=1e-12)

    def test_a_weight_is_a_number_of_rows(self):
        repeated = np.repeat(np.arange(60), self.counts)
        self.same(self.fit(self.X, self.y, self.counts), self.fit(self.X[repeated], self.y[repeated]))

    def test_a_factor_of_all_weights_changes_nothing(self):
        one = self.fit(self.X, self.y, self.counts)
        for factor in 2.0 ** -30, 2.0 ** 30:
            other = self.fit(self.X, self.y, self.counts * factor)
            np.testing.assert_array_equal(other.coef_, one.coef_)
            self.assertEqual(other.n_iter_, one.n_iter_)

    def test_class_weights(self):
        y = np.array(["a", "b", "c"])[self.y]
        balanced = 60 / (3 * np.bincount(self.y))
        for class_weight, weights in (("balanced", balanced), ({"a": 2, "b": 0.5, "c": 7}, np.array([2, 0.5, 7])),
                                      ({"b": 3}, np.array([1, 3, 1]))):
            with self.subTest(class_weight=class_weight):
                self.same(self.fit(self.X, y, self.counts, class_weight=class_weight),
                          self.fit(self.X, y, self.counts * weights[self.y]))
                self.same(self.fit(self.X, y, class_weight=class_weight), self.fit(self.X, y, weights[self.y]))


class Refusals(unittest.TestCase):
    def setUp(self):
        self.X, self.y = random_problem(np.random.default_rng(3), 30, 4, 3)

    def refuses(self, kind, text, X=None, y=None, sample_weight=None, **options):
        X, y = self.X if X is None else X, self.y if y is None else y
        with self.assertRaisesRegex(kind, text):
            SoftmaxRegression(**options).fit(X, y, sample_weight)

    def test_options(self):
        for value in -1, np.nan, np.inf, "1", None:
            self.refuses(ValueError, "l2: expected a finite number of 0 or more, found", l2=value)
            self.refuses(ValueError, "tolerance: expected a finite number of 0 or more", tolerance=value)
        for value in 0, -1, 1.5, "2":
            self.refuses(ValueError, "n_threads: expected None or an integer of 1 or more", n_threads=value)
        self.refuses(ValueError, "class_weight: expected None, 'balanced' or a dict", class_weight="equal")
        self.refuses(ValueError, "class_weight: expected classes among", class_weight={0: 1, 7: 2})
        self.refuses(ValueError, r"class_weight\[0\]: expected a finite number", class_weight={0: -1})

    def test_arrays_of_the_wrong_kind(self):
        X = self.X
        self.refuses(ValueError, "expected a 2-dimensional array, found 1", X=X[:, 0])
        self.refuses(ValueError, "expected a 2-dimensional array, found 3", X=X[None])
        self.refuses(ValueError, "while a minimum of 1 is required", X=X[:, :0])
        self.refuses(ValueError, "X: expected real numbers", X=X + 1j)
        self.refuses(ValueError, "X: expected numbers", X=np.full(X.shape, "word"))
        self.refuses(TypeError, "X: expected numbers, found values of type datetime64", X=X.astype("M8[s]"))
        for value in np.nan, np.inf, -np.inf:
            bad = X.copy()
            bad[3, 1] = value
            self.refuses(ValueError, "X: expected finite numbers, found NaN or infinity", X=bad)

    def test_labels_of_the_wrong_kind(self):
        self.refuses(ValueError, "y: expected 30 labels, as many as X has rows, found 29", y=self.y[1:])
        self.refuses(ValueError, "y should be a 1d array", y=np.zeros((30, 2)))
        self.refuses(ValueError, "y has fractions", y=self.y + 0.5)
        self.refuses(ValueError, "y: expected finite", y=np.where(self.y, 1, np.nan))
        self.refuses(ValueError, "expected 2 to 256 classes, found 1 class", y=np.zeros(30))
        self.refuses(ValueError, "expected 2 to 256 classes, found 257", X=np.zeros((257, 1)), y=np.arange(257))

    def test_labels_that_are_missing_or_complex(self):
        text = "y: expected class labels, found a missing value .NaN or None. or complex numbers"
        names = np.array(["a", "b", "c"], dtype=object)[self.y]
        for value in None, np.nan, float("nan"), pd.NA, pd.NaT, 1j, np.complex128(1):
            with self.subTest(value=value):
                y = names.copy()
                y[5] = value
                for form in y, y.tolist(), y[:, None], pd.Series(y), pd.Series(y, dtype="category"):
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore", DataConversionWarning)
                        self.refuses(ValueError, text, y=form)
        self.refuses(ValueError, text, y=self.y + 0j)
        self.refuses(ValueError, text, y=(self.y + 0j).tolist())
        self.refuses(ValueError, text, y=np.where(self.y, np.datetime64("2000-01-01"), np.datetime64("NaT")))

    def test_labels_of_several_types(self):
        y = self.y.astype(object)
        y[self.y == 1] = "b"
        self.refuses(ValueError, "y: expected labels of one type", y=y)

    def test_weights_of_the_wrong_kind(self):
        self.refuses(ValueError, "sample_weight: expected shape", sample_weight=np.ones(29))
        self.refuses(ValueError, "sample_weight: expected weights of 0 or more, found -1", sample_weight=-np.ones(30))
        self.refuses(ValueError, "sample_weight: expected finite", sample_weight=np.full(30, np.nan))
        self.refuses(ValueError, "expected every class to have a weight above 0, but class 1", sample_weight=self.y != 1)

    def test_values_beyond_the_range(self):
        text = "expected values small enough for all sums and scores to stay within the range of float64"
        self.refuses(ValueError, text, X=np.full(self.X.shape, 1e308))
        model = SoftmaxRegression().fit(self.X, self.y)
        model.coef_ *= 1e300
        for predict in model.decision_function, model.predict_proba:
            with self.assertRaisesRegex(ValueError, text):
                predict(self.X * 1e10)

    def test_predictions(self):
        with self.assertRaisesRegex(NotFittedError, "expected fit to be called before"):
            SoftmaxRegression().predict(self.X)
        model = SoftmaxRegression().fit(self.X, self.y)
        with self.assertRaisesRegex(ValueError, "X has 3 features, but SoftmaxRegression is expecting 4"):
            model.predict(self.X[:, 1:])
