"""Means of nodes, for models in which not all are arithmetic."""

import math

from reference_file import demand
from reference_numerics import bits, exp, ln_1p
from reference_powers import exp_m1, ln, pow

ARITHMETIC, GEOMETRIC, HARMONIC, POWER = range(4)


class Node:
    """One node: how its children become its value, and its place."""

    def __init__(self, words):
        self.kind, self.exponent = words.integer(4), words.number()
        demand(self.kind == POWER or bits(self.exponent) == 0, "NODE: exponent without a power")
        self.parent, self.weight = words.integer(128), words.number()

    def forward(self, x):
        if self.kind == ARITHMETIC:
            return x
        if self.kind == GEOMETRIC:
            return ln(x)
        return 1.0 / x if self.kind == HARMONIC else pow(x, self.exponent)

    def back(self, mean):
        if self.kind == ARITHMETIC:
            return mean
        if self.kind == GEOMETRIC:
            return exp(mean)
        return 1.0 / mean if self.kind == HARMONIC else pow(mean, 1.0 / self.exponent)

    def slope(self, a, b):
        if self.kind == ARITHMETIC:
            return 1.0
        if self.kind == HARMONIC:
            return 1.0 / (a * b)
        t = (a - b) / b
        log = ln_1p(t) if abs(t) < 0.5 else ln(a / b)
        if self.kind == GEOMETRIC:
            return (log / t if t else 1.0) / b
        rise = exp_m1(self.exponent * log) / t if t else self.exponent
        return pow(b, self.exponent - 1.0) * rise if self.exponent != 1.0 else 1.0 * rise


class Nodes:
    """The section NODE."""

    def __init__(self, words):
        self.floor = words.number()
        self.parent = words.integers(128, 128)
        self.weight, self.reference = words.numbers(128), words.numbers(128)
        self.list = [Node(words) for _ in range(words.integer(129))]

    def check(self, dimension, indicators, scale):
        count, root = len(dimension), len(self.list) - 1
        demand(len(self.parent) == len(self.weight) == len(self.reference) == count, "NODE: lengths")
        demand(self.list and 0 <= self.floor < 1 and scale <= 1e280, "NODE: floor and scale")
        sums = [0.0] * len(self.list)
        for number, node in enumerate(self.list):
            last = number == root
            demand(node.parent == root if last else number < node.parent <= root, "NODE: order")
            demand(not last or node.weight == 1, "NODE: weight of the root")
            demand(node.kind != POWER or 0.01 <= abs(node.exponent) <= 20, "NODE: exponent")
        children = [*zip(self.parent, self.weight, strict=True)]
        children += [(node.parent, node.weight) for node in self.list[:root]]
        for parent, weight in children:
            demand(parent <= root and 0 <= weight <= 1e9, "NODE: child")
            sums[parent] += weight
        demand(min(sums) >= 1e-9, "NODE: a node without children")
        demand(any(node.kind for node in self.list), "NODE: all arithmetic")
        below = [False] * len(self.list)
        self.branch = [None] * len(self.list)
        for number in range(root, -1, -1):
            node = self.list[number]
            below[number] = below[node.parent] or node.kind != ARITHMETIC
            if number < root:
                self.branch[number] = number if node.parent == root else self.branch[node.parent]
        self.lifted = [below[parent] for parent in self.parent]
        self.dimensions = {}
        for leaf, (parent, of) in enumerate(zip(self.parent, dimension, strict=True)):
            child = ("leaf", leaf) if parent == root else ("node", self.branch[parent])
            demand(self.dimensions.setdefault(of, child) == child, "NODE: dimensions")
        children = list(self.dimensions.values())
        demand(len(set(children)) == len(children), "NODE: a dimension twice")
        for leaf, indicator in enumerate(indicators):
            least, most = indicator.range()
            least, most = (
                self.lift(leaf, limit(value, self.reference[leaf]))
                for limit, value in ((min, least), (max, most))
            )
            demand(not self.lifted[leaf] or 1e-9 <= least <= 1e9, "NODE: an indicator that is not positive")
            demand(max(most, -least) <= 1e9, "NODE: an indicator that is too large")

    def lift(self, leaf, z):
        return self.floor + (1.0 - self.floor) * z if self.lifted[leaf] else z

    def values(self, z, present):
        """Value of each node and the weight it was made from."""
        sums, covered = [0.0] * len(self.list), [0.0] * len(self.list)
        for leaf, (parent, weight) in enumerate(zip(self.parent, self.weight, strict=True)):
            if present[leaf]:
                sums[parent] += weight * self.list[parent].forward(self.lift(leaf, z[leaf]))
                covered[parent] += weight
        for number, node in enumerate(self.list):
            here = covered[number] > 0
            sums[number] = node.back(sums[number] / covered[number]) if here else 0.0
            if here and node.parent > number:
                sums[node.parent] += node.weight * self.list[node.parent].forward(sums[number])
                covered[node.parent] += node.weight
        return sums, covered

    def dimension_scores(self, z, present, scale):
        values, covered = self.values(z, present)
        scores = []
        for of in range(len(self.dimensions)):
            kind, number = self.dimensions[of]
            here = present[number] if kind == "leaf" else covered[number] > 0
            value = self.lift(number, z[number]) if kind == "leaf" else values[number]
            scores.append(scale * value if here else math.nan)
        return scores

    def points(self, z, present, scale):
        """The index, and what each indicator adds to that of the reference."""
        values, covered = self.values(z, present)
        of_reference, _ = self.values(self.reference, present)

        def share(number, weight, x, x0):
            node = self.list[number]
            down = node.slope(values[number], of_reference[number])
            return weight / covered[number] * (node.slope(x, x0) / down)

        bracket = [scale] * len(self.list)
        for number in range(len(self.list) - 2, -1, -1):
            node = self.list[number]
            if covered[number] > 0:
                down = share(node.parent, node.weight, values[number], of_reference[number])
                bracket[number] = bracket[node.parent] * down
        points = []
        for leaf, (parent, weight) in enumerate(zip(self.parent, self.weight, strict=True)):
            x, x0 = self.lift(leaf, z[leaf]), self.lift(leaf, self.reference[leaf])
            if present[leaf] and covered[parent] > 0:
                points.append(bracket[parent] * share(parent, weight, x, x0) * (x - x0) + 0.0)
            else:
                points.append(0.0)
        return scale * values[-1] + 0.0, points
