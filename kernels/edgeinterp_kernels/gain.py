"""What a reading adds to a profile of offsets, under many exchanges; and a multiplicative component, taken out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._jit import contiguous, helper, kernel

__all__ = ["FEWEST_CELLS", "ROUNDS", "exchanged_gains", "without_component"]

Doubles = NDArray[np.float64]

# squares below are rounding
_NOTHING = 1e-20
# of alternating least squares
ROUNDS = 20
# of a row or a column that has a factor of offsets: it takes a level and a number of the product as well
FEWEST_CELLS = 7
# share of its square that offsets must keep beside the product
_COLLINEAR = 1e-9


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
    values: Doubles, allowed: NDArray[np.bool_], slopes: Doubles, offsets: Doubles, other: Doubles, out: Doubles
) -> None:
    """Fit rows of ``values - other[0] - other[1] * offsets`` by ``out[0] + out[1] * slopes + out[2] * offsets``.

    Rows of few cells have no factor of offsets.
    """
    rows, columns = values.shape
    for i in range(rows):
        count, level, mean, middle = 0.0, 0.0, 0.0, 0.0
        for j in range(columns):
            if allowed[i, j]:
                count += 1.0
                level += values[i, j] - other[0, j] - other[1, j] * offsets[i, j]
                mean += slopes[j]
                middle += offsets[i, j]
        out[:, i] = 0.0
        if count == 0.0:
            continue
        level, mean, middle = level / count, mean / count, middle / count
        xx, xg, gg, xy, gy = 0.0, 0.0, 0.0, 0.0, 0.0
        for j in range(columns):
            if allowed[i, j]:
                y = values[i, j] - other[0, j] - other[1, j] * offsets[i, j]
                x, g = slopes[j] - mean, offsets[i, j] - middle
                xx, xg, gg, xy, gy = xx + x * x, xg + x * g, gg + g * g, xy + x * y, gy + g * y
        both = xg / xx if xx > _NOTHING else 0.0
        if xx > _NOTHING:
            out[1, i] = xy / xx
        if count >= FEWEST_CELLS and gg - both * xg > _NOTHING + _COLLINEAR * gg:
            out[2, i] = (gy - both * xy) / (gg - both * xg)
            out[1, i] -= both * out[2, i]
        out[0, i] = level - out[1, i] * mean - out[2, i] * middle


@kernel
def _without_component(
    values: Doubles, allowed: NDArray[np.bool_], offsets: Doubles, rounds: int, out: Doubles
) -> None:
    count, rows, columns = values.shape
    # levels, numbers of the product and factors of the offsets
    row, column = np.zeros((3, rows)), np.zeros((3, columns))
    for k in range(count):
        largest, first = 0.0, 0
        for i in range(rows):
            square = 0.0
            for j in range(columns):
                if allowed[i, j]:
                    square += values[k, i, j] * values[k, i, j]
            if square > largest:
                largest, first = square, i
        column[:] = 0.0
        for j in range(columns):
            column[1, j] = values[k, first, j] if allowed[first, j] else 0.0
        for _ in range(rounds):
            _lines(values[k], allowed, column[1], offsets, column[::2], row)
            _lines(values[k].T, allowed.T, row[1], offsets.T, row[::2], column)
        for i in range(rows):
            for j in range(columns):
                fitted = (
                    row[0, i] + column[0, j] + row[1, i] * column[1, j] + (row[2, i] + column[2, j]) * offsets[i, j]
                )
                out[k, i, j] = values[k, i, j] - fitted if allowed[i, j] else 0.0


def without_component(
    values: Doubles, allowed: NDArray[np.bool_], offsets: Doubles | None = None, rounds: int = ROUNDS
) -> Doubles:
    r"""Take effects of rows and columns, their factors of offsets and one product out of each matrix.

    .. math:: \min_{r, c, a, b, f, h} \sum_{(i, j)\ \text{allowed}}
              (x_{ij} - r_i - c_j - a_i b_j - (f_i + h_j) g_{ij})^2

    by alternating least squares, a given number of rounds from the row with the largest sum of squares: where many
    cells are missing there may be no minimum to converge to, and a component worth taking out is found in a few rounds.
    All at once, since what a product leaves after rows and columns were taken out alone is no product where cells are
    missing. Rows and columns of fewer than ``FEWEST_CELLS`` cells have no factor. With many rounds and without offsets,
    of a whole matrix that is doubly centred, it is the first singular component.

    Parameters
    ----------
    values : ndarray of float64, shape (count, rows, columns)
    allowed : ndarray of bool, shape (rows, columns)
    offsets : ndarray of float64, shape (rows, columns), optional
        g, the effect of each cell's offset; by default 0.
    rounds : int

    Returns
    -------
    ndarray of float64, as ``values``
        What is left; 0 where a cell is not allowed.
    """
    out = np.zeros(values.shape)
    if not values.size:
        return out
    effects = np.zeros(allowed.shape) if offsets is None else contiguous(offsets, np.float64)
    _without_component(contiguous(values, np.float64), contiguous(allowed, np.bool_), effects, rounds, out)
    return out
