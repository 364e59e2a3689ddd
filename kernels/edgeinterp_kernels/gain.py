"""What a reading adds to a profile of offsets, under many exchanges; and a multiplicative component, taken out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._jit import contiguous, helper, kernel

__all__ = ["ROUNDS", "exchanged_gains", "without_component"]

Doubles = NDArray[np.float64]

# squares below are rounding
_NOTHING = 1e-20
# of alternating least squares
ROUNDS = 20


@kernel
def _exchanged_gains(
    pairs: Doubles, own: Doubles, live: Doubles, order: NDArray[np.int64], weights: Doubles, out: Doubles
) -> None:
    draws, texts = order.shape
    rows = own.shape[1]
    alone = np.zeros(texts)
    for t in range(texts):
        for r in range(rows):
            if own[t, r, 0] > _NOTHING:
                alone[t] += own[t, r, 1] / np.sqrt(own[t, r, 0])
    for draw in range(draws):
        a, b = weights[draw, 0], weights[draw, 1]
        for s in range(texts):
            t = order[draw, s]
            out[draw, s] = 0.0
            if live[t] == 0.0 or b == 0.0:
                continue
            gained = -alone[t]
            for r in range(rows):
                square = a * a * own[t, r, 0] + b * b * pairs[s, t, r, 1] + 2.0 * a * b * pairs[s, t, r, 0]
                if square > _NOTHING:
                    gained += (a * own[t, r, 1] + b * pairs[s, t, r, 2]) / np.sqrt(square)
            out[draw, s] = gained / live[t]


def exchanged_gains(pairs: Doubles, own: Doubles, live: Doubles, order: NDArray[np.int64], weights: Doubles) -> Doubles:
    r"""Return what each text's reading adds to the profile, with the influence of the text that it is given.

    .. math:: g_s = \frac1{|R_t|} \sum_{i \in R_t} \left[\operatorname{cor}(a p_{ti} + b r_{si}, y_{ti})
              - \operatorname{cor}(p_{ti}, y_{ti})\right], \qquad t = \text{order}(s)

    Rows p, r, y are centred, y of length 1; rows in which influence does not differ are 0 in all three.

    Parameters
    ----------
    pairs : ndarray of float64, shape (m, m, rows, 3)
        Of reading s and text t, row by row: <p, r>, <r, r>, <r, y>.
    own : ndarray of float64, shape (m, rows, 2)
        Of text t: <p, p>, <p, y>.
    live : ndarray of float64, shape (m,)
        Rows in which influence differs.
    order : ndarray of int64, shape (draws, m)
        The text whose influence each text is given.
    weights : ndarray of float64, shape (draws, 2)
        a and b; gains are 0 where b is.

    Returns
    -------
    ndarray of float64, shape (draws, m)
    """
    out = np.zeros(order.shape)
    doubles = [contiguous(part, np.float64) for part in (pairs, own, live)]
    _exchanged_gains(*doubles, contiguous(order, np.int64), contiguous(weights, np.float64), out)
    return out


@helper
def _lines(
    values: Doubles, allowed: NDArray[np.bool_], slopes: Doubles, other: Doubles, out: Doubles, out_slopes: Doubles
) -> None:
    """Fit row i of ``values - other`` by ``out[i] + out_slopes[i] * slopes``."""
    rows, columns = values.shape
    for i in range(rows):
        count, level, mean = 0.0, 0.0, 0.0
        for j in range(columns):
            if allowed[i, j]:
                count += 1.0
                level += values[i, j] - other[j]
                mean += slopes[j]
        out[i], out_slopes[i] = 0.0, 0.0
        if count == 0.0:
            continue
        level, mean = level / count, mean / count
        product, square = 0.0, 0.0
        for j in range(columns):
            if allowed[i, j]:
                product += (values[i, j] - other[j]) * (slopes[j] - mean)
                square += (slopes[j] - mean) * (slopes[j] - mean)
        if square > _NOTHING:
            out_slopes[i] = product / square
        out[i] = level - out_slopes[i] * mean


@kernel
def _without_component(values: Doubles, allowed: NDArray[np.bool_], rounds: int, out: Doubles) -> None:
    count, rows, columns = values.shape
    row, left, column, right = np.zeros(rows), np.zeros(rows), np.zeros(columns), np.zeros(columns)
    for k in range(count):
        largest, first = 0.0, 0
        for i in range(rows):
            square = 0.0
            for j in range(columns):
                if allowed[i, j]:
                    square += values[k, i, j] * values[k, i, j]
            if square > largest:
                largest, first = square, i
        for j in range(columns):
            column[j] = 0.0
            right[j] = values[k, first, j] if allowed[first, j] else 0.0
        for _ in range(rounds):
            _lines(values[k], allowed, right, column, row, left)
            _lines(values[k].T, allowed.T, left, row, column, right)
        for i in range(rows):
            for j in range(columns):
                fitted = row[i] + column[j] + left[i] * right[j]
                out[k, i, j] = values[k, i, j] - fitted if allowed[i, j] else 0.0


def without_component(values: Doubles, allowed: NDArray[np.bool_], rounds: int = ROUNDS) -> Doubles:
    r"""Take effects of rows and columns and one multiplicative component out of each matrix, over the cells allowed.

    .. math:: \min_{r, c, a, b} \sum_{(i, j)\ \text{allowed}} (x_{ij} - r_i - c_j - a_i b_j)^2

    by alternating least squares, a given number of rounds from the row with the largest sum of squares: where many
    cells are missing there may be no minimum to converge to, and a component worth taking out is found in a few rounds.
    All at once, since what a product leaves after rows and columns were taken out alone is no product where cells are
    missing. With many rounds, of a whole matrix that is doubly centred, it is the first singular component.

    Parameters
    ----------
    values : ndarray of float64, shape (count, rows, columns)
    allowed : ndarray of bool, shape (rows, columns)
    rounds : int

    Returns
    -------
    ndarray of float64, as ``values``
        What is left; 0 where a cell is not allowed.
    """
    out = np.zeros(values.shape)
    if not values.size:
        return out
    _without_component(contiguous(values, np.float64), contiguous(allowed, np.bool_), rounds, out)
    return out
