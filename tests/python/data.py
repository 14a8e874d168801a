"""Data for the tests."""
import numpy as np


def random_problem(rng, n, d, k, noise=1.0):
    """X [n, d] and y [n], with a sample of each of k classes at least, that a linear model separates up to the noise."""
    X = rng.normal(size=(n, d)) * 10.0 ** rng.uniform(-2, 2, d) + rng.normal(size=d)
    scores = (X - X.mean(axis=0)) / X.std(axis=0) @ rng.normal(size=(d, k)) + noise * rng.normal(size=(n, k))
    y = scores.argmax(axis=1)
    y[:k] = np.arange(k)
    return X, y
