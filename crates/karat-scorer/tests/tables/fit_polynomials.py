"""Derives every constant of numerics 1 (src/numerics/*.rs) from its definition, with mpmath.

Each polynomial is a least-squares fit on Chebyshev nodes (within about a factor of two of the best
uniform fit). Coefficients are rounded to doubles one after the other, lowest power first, and the
remaining ones are fitted again each time, so that the later coefficients absorb the rounding of the
earlier ones. Run: python fit_polynomials.py
"""

from mpmath import atanh, cos, exp, ldexp, log, lu_solve, matrix, mp, mpf, nint, pi, sin, sqrt

mp.dps = 60


def chebyshev_nodes(low, high, count):
    middle, half = (mpf(low) + high) / 2, (mpf(high) - low) / 2
    return [middle + half * cos(pi * (2 * i + 1) / (2 * count)) for i in range(count)]


def fit(function, degree, low, high, weight):
    """Coefficients (doubles, lowest power first) of a polynomial close to `function` on [low, high].

    `weight(t)` turns an error of the polynomial into a relative error of the function it serves.
    """
    nodes = chebyshev_nodes(low, high, 6 * (degree + 1))
    values = [function(t) for t in nodes]
    weights = [weight(t) for t in nodes]
    fixed = []
    while len(fixed) <= degree:
        left = degree + 1 - len(fixed)
        rows = matrix(
            [[w * t ** (len(fixed) + j) for j in range(left)] for t, w in zip(nodes, weights)]
        )
        rest = matrix(
            [w * (v - horner(fixed, t)) for t, v, w in zip(nodes, values, weights)]
        )
        fixed.append(mpf(float(lu_solve(rows, rest)[0])))
    return fixed


def report(name, coefficients, true, approximate, low, high):
    """Prints the coefficients and the largest relative error of the function they stand in."""
    worst = max(
        abs(approximate(coefficients, t) / true(t) - 1) for t in chebyshev_nodes(low, high, 2000) if t != 0
    )
    print(f"{name}: largest relative error 2^{mp.nstr(log(worst, 2), 4)} on [{mp.nstr(mpf(low), 6)}, {mp.nstr(mpf(high), 6)}]")
    for c in coefficients:
        print(f"    {float(c)!r},")


def horner(coefficients, t):
    value = mpf(0)
    for c in reversed(coefficients):
        value = value * t + c
    return value


def split(value, bits):
    """The leading parts of `value`: each but the last keeps `bits[i]` bits, the last is a double."""
    rest, parts = value, []
    for width in bits:
        shift = width - int(mp.floor(log(abs(rest), 2))) - 1
        part = ldexp(nint(ldexp(rest, shift)), -shift)
        parts.append(part)
        rest -= part
    return [float(p) for p in parts] + [float(rest)]


if __name__ == "__main__":
    print("ln 2, 42 bits + rest:", split(log(2), [42]))
    print("pi/2, 36 + 36 bits + rest:", split(pi / 2, [36, 36]))
    print("2/pi:", repr(float(2 / pi)), " 2/3 in two:", split(mpf(2) / 3, [53]))
    print("largest finite exp argument:", repr(float(log((mpf(2) - ldexp(1, -53)) * ldexp(1, 1023)))))

    # exp(r) = 1 + r + r^2/2 + r^3 P(r); measured as exp(r) - 1, the harder of the two.
    edge = log(2) / 2 * (1 + mpf(2) ** -20)
    p = fit(lambda r: (exp(r) - 1 - r - r**2 / 2) / r**3, 9, -edge, edge, lambda r: r**3 / (exp(r) - 1))
    whole = lambda c, r: r + r**2 / 2 + r**3 * horner(c, r)
    report("exponential", p, lambda r: exp(r) - 1, whole, -edge, edge)

    # ln((1 + s) / (1 - s)) = 2 s + s z Q(z), z = s^2.
    s_edge = (sqrt(2) - 1) / (sqrt(2) + 1) * (1 + mpf(2) ** -20)
    tail = lambda z: (2 * atanh(sqrt(z)) / sqrt(z) - 2) / z
    q = fit(tail, 6, 0, s_edge**2, lambda z: z)
    whole = lambda c, s: 2 * s + s**3 * horner(c, s**2)
    report("logarithm", q, lambda s: 2 * atanh(s), whole, 0, s_edge)

    # The same with Q(z) = 2/3 + z W(z), for pow: 2/3 is kept in two doubles.
    w = fit(lambda z: (tail(z) - mpf(2) / 3) / z, 7, 0, s_edge**2, lambda z: z**2)
    whole = lambda c, s: 2 * s + s**3 * (mpf(2) / 3 + s**2 * horner(c, s**2))
    report("logarithm in two doubles", w, lambda s: 2 * atanh(s), whole, 0, s_edge)

    # sin(r) = r + r^3 S(z), cos(r) = 1 - z/2 + z^2 C(z), z = r^2.
    r_edge = pi / 4 * (1 + mpf(2) ** -20)
    s = fit(lambda z: (sin(sqrt(z)) / sqrt(z) - 1) / z, 5, 0, r_edge**2, lambda z: z)
    report("sine", s, sin, lambda c, r: r + r**3 * horner(c, r**2), 0, r_edge)
    c = fit(lambda z: (cos(sqrt(z)) - 1 + z / 2) / z**2, 5, 0, r_edge**2, lambda z: z**2)
    report("cosine", c, cos, lambda k, r: 1 - r**2 / 2 + r**4 * horner(k, r**2), 0, r_edge)
