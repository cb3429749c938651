"""Writes the tables that tests/numerics.rs measures numerics 1 against, computed with mpmath at 60 digits.

One point a line: the bits of the argument (two for pow), the bits of the correctly rounded result, and
exact result - rounded result in ulps of the latter. angles_far.txt: argument, sine, cosine.
Run: python make_tables.py (writes beside itself; the points are drawn from a fixed seed).
"""

import math
import random
import struct
from pathlib import Path

from mpmath import cos, exp, expm1, ldexp, log, log1p, mp, mpf, sin, tanh

mp.dps = 60
HERE = Path(__file__).parent
draw = random.Random(20260101)
LARGEST = 1.7976931348623157e308
LARGEST_EXPONENT = 709.782712893384
MINIMUM_NORMAL = 2.2250738585072014e-308


def bits(x):
    return struct.pack(">d", x).hex()


def uniform(low, high, count):
    return [draw.uniform(low, high) for _ in range(count)]


def magnitudes(low, high, count, signed=True):
    """Numbers of every size from 2^low to 2^high, evenly by exponent."""
    return [
        float(ldexp(mpf(draw.uniform(1, 2)), draw.randint(low, high - 1)))
        * (draw.choice([-1.0, 1.0]) if signed else 1.0)
        for _ in range(count)
    ]


def around(values, steps=1):
    """Each value with its neighbouring doubles."""
    found = []
    for value in values:
        below = above = value
        found.append(value)
        for _ in range(steps):
            below, above = math.nextafter(below, -math.inf), math.nextafter(above, math.inf)
            found += [below, above]
    return found


def write(name, function, points):
    lines = []
    for point in points:
        arguments = point if isinstance(point, tuple) else (point,)
        exact = function(*map(mpf, arguments))
        rounded = float(exact)
        assert math.isfinite(rounded), (name, arguments)
        remainder = float((exact - mpf(rounded)) / mpf(math.ulp(rounded)))
        assert abs(remainder) <= 0.5
        lines.append(" ".join([*map(bits, arguments), bits(rounded), f"{remainder:.4f}"]))
    (HERE / f"{name}.txt").write_text("\n".join(lines) + "\n")
    print(name, len(lines))


def logistic(x):
    return 1 / (1 + exp(-x))


LN_2 = float(log(2))
# Where the reduction of exp changes from one k to the next: the largest reduced arguments.
exp_edges = [(k + 0.5) * LN_2 for k in range(-1009, 1023, 7)]
exp_points = (
    uniform(-1, 1, 500)
    + uniform(-30, 30, 400)
    + uniform(-700, LARGEST_EXPONENT, 400)
    + magnitudes(-60, 0, 100)
    + around(exp_edges)[:400]
    + around([k * LN_2 for k in range(-1000, 1000, 37)])
    + [-700.0, LARGEST_EXPONENT, math.nextafter(LARGEST_EXPONENT, 0), 0.0, 1.0, -1.0]
)
write("exp", exp, exp_points)

exp_m1_points = (
    uniform(-0.4, 0.4, 500)
    + uniform(-2, 2, 500)
    + uniform(-40, 60, 300)
    + uniform(-40, LARGEST_EXPONENT, 150)
    + magnitudes(-1074 + 52, 0, 200)
    + around([(k + 0.5) * LN_2 for k in range(-56, 60)])
    + around([-37.42994775023705, -37.08, 37.08, 500.0])
    + [5e-324, -5e-324, MINIMUM_NORMAL, -800.0, LARGEST_EXPONENT]
)
write("exp_m1", expm1, exp_m1_points)

ln_points = (
    uniform(0.5, 2, 700)
    + uniform(0.01, 50, 300)
    + magnitudes(-1022, 1024, 300, signed=False)
    + [draw.randint(1, 2**52) * 5e-324 for _ in range(50)]
    + [draw.randint(1, 2**20) * 5e-324 for _ in range(50)]
    + [1 + x for x in magnitudes(-52, -2, 300)]
    + around([2.0**k * math.sqrt(0.5) for k in range(-40, 41)])
    + around([1.0, 2.0, 0.5, math.e, 10.0], 5)
    + [5e-324, MINIMUM_NORMAL, LARGEST]
)
write("ln", log, ln_points)

ln_1p_points = (
    uniform(-0.5, 0.8, 600)
    + uniform(-0.99999, 20, 300)
    + magnitudes(-1022, 0, 200)
    + magnitudes(-3, 1024, 300, signed=False)
    + [-1 + x for x in magnitudes(-53, -1, 200, signed=False)]
    + around([2.0**k * math.sqrt(0.5) - 1 for k in range(-30, 31)])
    + around([2.0**k for k in range(-60, 61, 4)])
    + [5e-324, -5e-324, MINIMUM_NORMAL, LARGEST]
)
write("ln_1p", log1p, ln_1p_points)

half_turns = [float(k * mp.pi / 2) for k in [*range(-20, 21), *(draw.randint(-63661, 63661) for _ in range(80))]]
angles = (
    uniform(-0.8, 0.8, 400)
    + uniform(-10, 10, 500)
    + uniform(-1000, 1000, 200)
    + uniform(-1e5, 1e5, 300)
    + magnitudes(-1022, 0, 100)
    + around(half_turns)
    + around([float((k + mpf(0.5)) * mp.pi / 2) for k in range(-20, 20)])
    + [5e-324, 1e5, -1e5]
)
write("sin", sin, angles)
write("cos", cos, angles)

far = magnitudes(17, 50, 400) + [1e5 + 1e-3, -1e6, 1e15, math.nextafter(2.0**50, 0)]
rows = [f"{bits(x)} {bits(float(sin(mpf(x))))} {bits(float(cos(mpf(x))))}" for x in far]
(HERE / "angles_far.txt").write_text("\n".join(rows) + "\n")
print("angles_far", len(rows))

tanh_points = (
    uniform(-0.6, 0.6, 700)
    + uniform(-3, 3, 500)
    + uniform(-22, 22, 300)
    + magnitudes(-1022, 0, 200)
    + around([0.55, -0.55, 19.06154746539849, 22.0], 5)
    + around([(k + 0.5) * LN_2 / 2 for k in range(-20, 21)])
    + [5e-324, MINIMUM_NORMAL, 1e300, -1e300]
)
write("tanh", tanh, tanh_points)

sigmoid_points = (
    uniform(-4, 4, 700)
    + uniform(-40, 40, 500)
    + uniform(-700, 40, 300)
    + magnitudes(-60, 0, 150)
    + around([(k + 0.5) * LN_2 for k in range(-60, 50)])
    + [-700.0, 0.0, 36.7, 37.5, 1e300]
)
write("sigmoid", logistic, sigmoid_points)


def towards(bases, low, high):
    """Exponents that send each base to a result e^t, t uniform: the whole range is met evenly."""
    return [(x, draw.uniform(low, high) / math.log(x)) for x in bases if x != 1]


pow_points = (
    [(draw.uniform(0, 100), draw.uniform(-3, 3)) for _ in range(400)]
    + towards(magnitudes(-1022, 1024, 400, signed=False), -708, LARGEST_EXPONENT - 1e-9)
    + towards(uniform(0.5, 2, 400), -708, LARGEST_EXPONENT - 1e-9)
    + towards([1 + x for x in magnitudes(-50, -3, 250)], -708, LARGEST_EXPONENT - 1e-9)
    + towards([draw.randint(1, 2**40) * 5e-324 for _ in range(60)], -20, 700)
    + [(float(draw.randint(2, 50)), float(draw.randint(-30, 30))) for _ in range(150)]
    + [(-draw.uniform(0, 20), float(draw.randint(-50, 50))) for _ in range(100)]
    + [(draw.uniform(0, 1000), y) for y in (0.5, 1.0, 2.0, -1.0, 1 / 3) for _ in range(30)]
    + [(2.0, -1022.0), (2.0, 1023.0), (LARGEST, 1.0), (MINIMUM_NORMAL, 1.0), (5e-324, -0.9)]
)
pow_points = [(x, y) for x, y in pow_points if MINIMUM_NORMAL <= abs(mpf(x) ** mpf(y)) <= LARGEST]
write("pow", lambda x, y: x**y, pow_points)
