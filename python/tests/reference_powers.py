"""Numerics 1 in Python, continued: ln, exp_m1 and pow, which means other than the arithmetic need.

As in ``reference_numerics.py``, the constants and the order of operations are those documented in
``crates/karat-scorer/src/numerics``.
"""

import math

from reference_numerics import (
    _INTEGERS,
    _LN_2_HIGH,
    _LN_2_LOW,
    _LOG2_E,
    _ONE,
    _ROUNDER,
    _SIGNIFICAND,
    _SQRT_HALF,
    _WORD,
    NAN,
    bits,
    from_bits,
)

_LEAST_NORMAL = 2.2250738585072014e-308


def ordered_sum(large, small):
    """The sum and what it loses, the larger first."""
    total = large + small
    return total, (large - total) + small


def split_sum(a, b):
    """The sum and what it loses."""
    total = a + b
    seen = total - a
    return total, (a - (total - seen)) + (b - seen)


def halves(a):
    spread = a * 134217729.0
    high = spread - (spread - a)
    return high, a - high


def product(a, b):
    """The product and what it loses."""
    result = a * b
    a_high, a_low = halves(a)
    b_high, b_low = halves(b)
    return result, ((a_high * b_high - result) + a_high * b_low + a_low * b_high) + a_low * b_low


def split(x):
    """k and m with x = 2^k m and m from the root of a half to the root of two."""
    less = 0.0
    if x < _LEAST_NORMAL:
        x, less = x * 18014398509481984.0, 54.0
    word = (bits(x) + (_ONE - _SQRT_HALF)) & _WORD
    k = from_bits(bits(_INTEGERS) | (word >> 52)) - (_INTEGERS + 1023.0)
    return k - less, from_bits((word & _SIGNIFICAND) + _SQRT_HALF)


def ln(x):
    """The natural logarithm."""
    if math.isnan(x) or x < 0.0:
        return NAN
    if x == 0.0:
        return -math.inf
    if x == math.inf:
        return x
    k, m = split(x)
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    low = (0.6666666666666736 + 0.39999999999405483 * z) + w * (0.28571428744062033 + 0.22222198426119397 * z)
    high = (0.18183571060022388 + 0.1531389563910479 * z) + w * 0.14797364625128856
    series = z * (low + (w * w) * high)
    half_square = 0.5 * f * f
    small = s * (half_square + series) + (k * _LN_2_LOW + 0.0)
    return k * _LN_2_HIGH - ((half_square - small) - f)


def reduce(x, tail_in):
    """The number of powers of two in the place of an exponent, head and tail of the rest."""
    shifted = x * _LOG2_E + _ROUNDER
    k = shifted - _ROUNDER
    difference = x - k * _LN_2_HIGH
    rest = k * _LN_2_LOW - tail_in
    head = difference - rest
    return (bits(shifted) << 52) & _WORD, head, (difference - head) - rest


def above(base, base_low, r, tail):
    """base - 1 + exp(r + tail) in two parts."""
    square = r * r
    fourth = square * square
    low = (0.16666666666666677 + 0.0416666666666666 * r) + square * (
        0.008333333333321471 + 0.0013888888888928335 * r
    )
    middle = (0.0001984126988644756 + 2.48015872275362e-5 * r) + square * (
        2.755724394340722e-6 + 2.755736198488399e-7 * r
    )
    high = 2.510911475205194e-8 + 2.088656947464544e-9 * r
    cubic = (square * r) * (low + fourth * (middle + fourth * high))
    total, lost = ordered_sum(base, r)
    return total, 0.5 * square + ((lost + base_low) + (cubic + (tail + tail * r)))


def exp_m1(x):
    """exp(x) - 1."""
    if math.isnan(x):
        return NAN
    if x > 709.782712893384:
        return math.inf
    if x < -40.0:
        return -1.0
    if x == 0.0:
        return x
    exponent, r, tail = reduce(x, 0.0)
    inverse = 0.0 if x > 500.0 else from_bits(_ONE - exponent)
    base, lost = split_sum(1.0, -inverse)
    total, small = above(base, lost, r, tail)
    return ((total + small) * 2.0) * from_bits((1022 << 52) + exponent)


def ln_in_two(x):
    """The logarithm as the sum of two doubles."""
    k, m = split(x)
    f = m - 1.0
    divisor = m + 1.0
    divisor_lost = m - (divisor - 1.0)
    s = f / divisor
    back, back_lost = product(s, divisor)
    s_low = (((f - back) - back_lost) - s * divisor_lost) / divisor
    z, z_lost = product(s, s)
    z_low = z_lost + 2.0 * s * s_low
    w = z * z
    tail = z * (
        ((0.39999999999999974 + 0.2857142857144667 * z) + w * (0.22222222217220083 + 0.18181818903593633 * z))
        + (w * w)
        * (
            (0.15384554884586085 + 0.13336385338414553 * z)
            + w * (0.11673577904163282 + 0.11998404201713296 * z)
        )
    )
    q, q_lost = ordered_sum(2.0 / 3.0, tail)
    q_low = q_lost + 3.700743415417188e-17
    zq, zq_lost = product(z, q)
    zq_low = zq_lost + (z * q_low + z_low * q)
    cubic, cubic_lost = product(s, zq)
    cubic_low = cubic_lost + (s * zq_low + s_low * zq)
    mantissa, mantissa_lost = ordered_sum(2.0 * s, cubic)
    head, head_lost = ordered_sum(k * _LN_2_HIGH, mantissa)
    low = head_lost + (mantissa_lost + (2.0 * s_low + (cubic_low + k * _LN_2_LOW)))
    return ordered_sum(head, low)


def pow(x, y):
    """A positive, finite x raised to a finite y that is not 0."""
    log, log_low = ln_in_two(x)
    exponent, lost = product(y, log)
    exponent, low = ordered_sum(exponent, lost + y * log_low)
    if exponent > 710.0:
        return math.inf
    if exponent < -708.5:
        return 0.0
    power, r, tail = reduce(exponent, low)
    total, small = above(1.0, 0.0, r, tail)
    result = from_bits(bits(total + small) + power)
    return result if result >= _LEAST_NORMAL else 0.0
