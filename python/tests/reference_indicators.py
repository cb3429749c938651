"""Indicators: raw fields on a common scale, with bounds frozen in the model."""

import itertools
import math

from reference_file import demand
from reference_numerics import MOST, bits, exp, ln_1p

CLAMPED = 2
# Number of parameters of each scale that has a fixed one.
SIZES = {0: 2, 1: 3, 3: 2, 4: 1, 6: 4, 7: 2, 8: 4}


def within(x, lo, hi):
    return lo if x < lo else hi if x > hi else x


class Indicator:
    """One indicator: a raw value to a number, mostly 0 to 1."""

    def __init__(self, words):
        self.field = words.integer(256)
        self.cost = words.integer(2)
        self.neutral = words.number()
        clipped = words.integer(2)
        clip = words.number(), words.number()
        demand(clipped or bits(clip[0]) == bits(clip[1]) == 0, "INDC: bounds without a clip")
        self.clip = clip if clipped else None
        self.scale = words.integer(10)
        self.p = p = words.numbers(2048)
        demand(len(p) == SIZES.get(self.scale, len(p)), "INDC: number of parameters")
        if self.scale == 5:
            demand(len(p) % 2 == 0, "INDC: bands")
            self.at, self.to = p[: len(p) // 2], p[len(p) // 2 :]
        if self.scale == 8:
            demand(bits(p[1]) in (bits(0.0), bits(1.0)), "INDC: whole")

    def check(self, categories):
        p = self.p
        demand((categories > 0) == (self.scale == 9), "categories and only categories")
        demand(self.clip is None or self.clip[0] <= self.clip[1], "clip")

        def steps(values):
            return all(math.isfinite(b - a) for a, b in itertools.pairwise(values))

        def rising(values):
            return steps(values) and all(a <= b for a, b in itertools.pairwise(values))

        if self.scale == 0:
            sound = p[0] < p[1] and math.isfinite(p[1] - p[0])
        elif self.scale == 1:
            sound = p[1] > 0 and p[2] > 0 and math.isfinite(2.0 * p[2] * p[1])
        elif self.scale == 2:
            sound = 2 <= len(p) <= 1024 and rising(p) and p[0] < p[-1]
        elif self.scale == 3:
            sound = p[0] > -1 and ln_1p(p[0]) < ln_1p(p[1])
        elif self.scale == 4:
            sound = p[0] > 0
        elif self.scale == 5:
            sound = 1 <= len(self.at) <= 1024 and rising(self.at) and steps(self.to)
        elif self.scale == 6:
            sound = rising(p) and p[0] < p[3] and (p[1] > p[0] or p[2] < p[3])
        elif self.scale == 7:
            sound = p[0] != p[1] and math.isfinite(p[1] - p[0])
        elif self.scale == 8:
            sound = p[2] <= p[3]
        else:
            sound = len(p) == categories
        demand(sound, "parameters out of order")

    def reach(self):
        values = {5: self.to if self.scale == 5 else [], 8: self.p[2:], 9: self.p}.get(self.scale, [])
        return max(1.0 + max([1.0] + [abs(value) for value in values]), abs(self.neutral))

    def range(self):
        values = {5: self.to if self.scale == 5 else [], 8: self.p[2:], 9: self.p}.get(self.scale, [0.0, 1.0])
        lo, hi = min(values), max(values)
        if self.cost:
            whole = 0.0 if self.scale == 8 else 1.0
            lo, hi = whole - hi, whole - lo
        return min(lo, self.neutral), max(hi, self.neutral)

    def bounds(self):
        if self.scale in (0, 3):
            lo, hi = self.p
        elif self.scale in (2, 6):
            lo, hi = self.p[0], self.p[-1]
        elif self.scale == 4:
            lo, hi = 0.0, MOST
        else:
            lo, hi = -MOST, MOST
        if self.clip:
            lo, hi = min(max(lo, self.clip[0]), hi), max(min(hi, self.clip[1]), lo)
        return lo, hi

    def eval(self, raw, renormalise):
        """Value, 1 if it counts or 0, and flags."""
        if math.isnan(raw):
            return (0.0, 0.0, 0) if renormalise else (self.neutral + 0.0, 1.0, 0)
        lo, hi = self.bounds()
        z = self.scaled(within(raw, lo, hi))
        if self.cost:
            z = (0.0 if self.scale == 8 else 1.0) - z
        return z + 0.0, 1.0, 0 if lo <= raw <= hi else CLAMPED

    def scaled(self, x):
        p = self.p
        if self.scale == 0:
            return (x - p[0]) / (p[1] - p[0])
        if self.scale == 1:
            return within(0.5 + (x - p[0]) / (2.0 * p[2] * p[1]), 0.0, 1.0)
        if self.scale == 2:
            return rank(p, x)
        if self.scale == 3:
            return within((ln_1p(x) - ln_1p(p[0])) / (ln_1p(p[1]) - ln_1p(p[0])), 0.0, 1.0)
        if self.scale == 4:
            return 1.0 - exp(-x / p[0])
        if self.scale == 5:
            return band(self.at, self.to, x)
        if self.scale == 6:
            short = max(p[1] - x, x - p[2], 0.0)
            return within(1.0 - short / max(p[1] - p[0], p[3] - p[2]), 0.0, 1.0)
        if self.scale == 7:
            return within(0.6 + 0.4 * ((x - p[0]) / (p[1] - p[0])), 0.0, 1.0)
        if self.scale == 8:
            points = x * p[0]
            return within(half_up(points) if p[1] else points, p[2], p[3])
        return p[int(x)]


def half_up(x):
    if math.isinf(x):
        return x
    floor = float(math.floor(x))
    return floor + 1.0 if x - floor >= 0.5 else floor


def rank(knots, x):
    below = sum(knot < x for knot in knots)
    through = sum(knot <= x for knot in knots)
    last = float(len(knots) - 1)
    if below < through:
        return (below + through - 1) / 2.0 / last
    if below == 0:
        return 0.0
    if below == len(knots):
        return 1.0
    low, high = knots[below - 1], knots[below]
    return (float(below - 1) + (x - low) / (high - low)) / last


def band(at, to, x):
    through = sum(knot <= x for knot in at)
    if through == 0:
        return to[0]
    if through == len(at):
        return to[-1]
    x0, x1, z0, z1 = at[through - 1], at[through], to[through - 1], to[through]
    return z0 + (z1 - z0) * ((x - x0) / (x1 - x0))
