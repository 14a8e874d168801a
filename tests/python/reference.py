"""The objective and its minimum in plain NumPy, for comparison. Shares no code with the library."""
import numpy as np


def objective(X, labels, weights, l2, W, b):
    """The mean loss, weighted, plus (l2/2) ||W||^2, and the probabilities [N, K]."""
    scores = X @ W.T + b
    scores -= scores.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(scores).sum(axis=1))
    losses = log_sums - scores[np.arange(len(X)), labels]
    return weights @ losses / weights.sum() + l2 / 2 * (W ** 2).sum(), np.exp(scores - log_sums[:, None])


def minimise(X, labels, n_classes, l2, weights=None):
    """F, W and b at the minimum, by Newton's method on centred and scaled columns, with every step halved until F falls."""
    weights = np.ones(len(X)) if weights is None else weights
    p = weights / weights.sum()
    centre, scale = p @ X, np.abs(X).max(axis=0) + (np.abs(X).max(axis=0) == 0)
    Z = np.column_stack([(X - centre) / scale, np.ones(len(X))])
    n_columns = Z.shape[1]
    penalty = np.append(l2 / scale ** 2, 0)
    theta = np.zeros((n_classes, n_columns))

    def split(theta):
        W = theta[:, :-1] / scale
        return W, theta[:, -1] - W @ centre

    def value(theta):
        return objective(X - centre, labels, weights, l2, theta[:, :-1] / scale, theta[:, -1])

    F, S = value(theta)
    for _ in range(200):
        R = S.copy()
        R[np.arange(len(X)), labels] -= 1
        gradient = (p[:, None] * R).T @ Z + penalty * theta
        H = np.empty((n_classes, n_columns, n_classes, n_columns))
        for k in range(n_classes):
            for j in range(n_classes):
                v = p * S[:, k] * ((k == j) - S[:, j])
                H[k, :, j, :] = Z.T @ (v[:, None] * Z) + (k == j) * np.diag(penalty)
                H[k, -1, j, -1] += 1 / n_classes  # The sum of the biases is 0.
        step = np.linalg.solve(H.reshape(theta.size, -1), gradient.ravel()).reshape(theta.shape)
        length = 1.0
        while length > 1e-10 and value(theta - length * step)[0] > F + 1e-16:
            length /= 2
        theta = theta - length * step
        F, S = value(theta)
        if length * np.abs(step).max() < 1e-13 * np.abs(theta).max() or length <= 1e-10:
            break
    return (F, *split(theta))
