"""Noise from the discrete Laplace distribution, sampled exactly, for whoever publishes with a budget.

The algorithms are those of Canonne, Kamath and Steinke, "The Discrete Gaussian for Differential Privacy"
(2020), section 5: fair bits and whole numbers alone, so that rounding of floating point tells nothing.
"""

import secrets
from fractions import Fraction

__all__ = ["discrete_laplace"]


def discrete_laplace(scale: Fraction) -> int:
    """Return a whole number with a probability in proportion to exp(-|number| / scale).

    Added to a count that one person changes by 1, it spends a budget epsilon of 1 / scale.
    Raises ValueError for a scale that is not above 0.
    """
    if scale <= 0:
        raise ValueError(scale)
    top, bottom = scale.numerator, scale.denominator
    while True:
        offset = secrets.randbelow(top)
        if not _happens_exp(Fraction(offset, top)):
            continue
        many = 0
        while _happens_exp(Fraction(1)):
            many += 1
        size = (offset + top * many) // bottom
        negative = bool(secrets.randbits(1))
        if not (negative and size == 0):  # zero would come up twice as often as it should
            return -size if negative else size


def _happens(chance: Fraction) -> bool:
    return secrets.randbelow(chance.denominator) < chance.numerator


def _happens_exp(rate: Fraction) -> bool:
    """Return True with the probability exp(-rate), for a rate from 0 to 1."""
    count = 1
    while _happens(rate / count):
        count += 1
    return count % 2 == 1
