"""Numerics 1 in Python: the elementary functions of scoring, operation by operation.

A Python float is an IEEE 754 double and Python neither fuses nor reorders operations, so the same operations
give the same bits as every other implementation. The constants and the order of operations are part of
numerics 1; they are those documented in ``crates/karat-scorer/src/numerics``.
"""

import math
import struct

NAN = struct.unpack("<d", b"\x00\x00\x00\x00\x00\x00\xf8\x7f")[0]
MOST = struct.unpack("<d", b"\xff\xff\xff\xff\xff\xff\xef\x7f")[0]

_WORD = (1 << 64) - 1
_SIGNIFICAND = (1 << 52) - 1
_ROUNDER = 6755399441055744.0  # 1.5 x 2^52: adding it rounds to a whole number
_INTEGERS = 4503599627370496.0  # 2^52
_LOG2_E = 1.4426950408889634
_LN_2_HIGH = 0.6931471805598903
_LN_2_LOW = 5.497923018708371e-14


def bits(x):
    """The 64 bits of a double as an integer."""
    return struct.unpack("<Q", struct.pack("<d", x))[0]


def from_bits(word):
    """The double with these 64 bits."""
    return struct.unpack("<d", struct.pack("<Q", word & _WORD))[0]


_ONE = bits(1.0)
_SQRT_HALF = bits(0.7071067811865476)


def exp(x):
    """The exponential: 0 below -700, infinite above 709.782712893384."""
    if math.isnan(x):
        return NAN
    if x > 709.782712893384:
        return math.inf
    if x < -700.0:
        return 0.0
    # x = k ln 2 + r + tail
    shifted = x * _LOG2_E + _ROUNDER
    k = shifted - _ROUNDER
    difference = x - k * _LN_2_HIGH
    rest = k * _LN_2_LOW
    r = difference - rest
    tail = (difference - r) - rest
    # exp(r) = 1 + r + r^2/2 + r^3 P(r), P in Estrin's order, 1 + r in two parts
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
    large = 1.0 + r
    lost = (1.0 - large) + r
    small = 0.5 * square + ((lost + 0.0) + (cubic + (tail + tail * r)))
    return from_bits(bits(large + small) + (bits(shifted) << 52))


def ln_1p(x):
    """ln(1 + x): minus infinity at -1, NaN below."""
    if math.isnan(x) or x < -1.0:
        return NAN
    if x == -1.0:
        return -math.inf
    if x == math.inf or x == 0.0:
        return x
    # u + lost = 1 + x exactly
    u = 1.0 + x
    seen = u - 1.0
    lost = (1.0 - (u - seen)) + (x - seen)
    # u = 2^k m
    word = (bits(u) + (_ONE - _SQRT_HALF)) & _WORD
    k = from_bits(bits(_INTEGERS) | (word >> 52)) - (_INTEGERS + 1023.0)
    m = from_bits((word & _SIGNIFICAND) + _SQRT_HALF)
    near = k == 0.0
    f = x if near else m - 1.0
    correction = 0.0 if near else lost / u
    # ln(1 + f) = f - f^2/2 + s (f^2/2 + s^2 Q(s^2)) with s = f / (2 + f)
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    low = (0.6666666666666736 + 0.39999999999405483 * z) + w * (0.28571428744062033 + 0.22222198426119397 * z)
    high = (0.18183571060022388 + 0.1531389563910479 * z) + w * 0.14797364625128856
    series = z * (low + (w * w) * high)
    half_square = 0.5 * f * f
    small = s * (half_square + series) + (k * _LN_2_LOW + correction)
    return k * _LN_2_HIGH - ((half_square - small) - f)
