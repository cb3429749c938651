"""Both kinds of wavelet networks in plain Python; the two Morlet wavelets are refused as unsupported."""

import math

from reference_file import demand
from reference_numerics import NAN, exp
from reference_powers import ordered_sum

NO_ATOM = -1


def sigmoid(x):
    """The logistic function."""
    if math.isnan(x):
        return NAN
    e = exp(-abs(x))
    divisor, lost = ordered_sum(1.0, e)
    quotient = (e if x < 0.0 else 1.0) / divisor
    return quotient - (quotient * lost) * (1.0 / divisor)


def within(x, least, most):
    raised = least if least > x else x
    return most if most < raised else raised


def softmax(outputs):
    highest = -math.inf
    for output in outputs:
        highest = output if output > highest else highest
    powers = [exp(output - highest) for output in outputs]
    total = 0.0
    for power in powers:
        total += power
    return [power / total if total > 0.0 else NAN for power in powers]


def read_text(words):
    length = words.integer(65537)
    data = b"".join(words.take("Q").to_bytes(8, "little") for _ in range(-(-length // 8)))
    demand(not any(data[length:]), "a text is longer than its length")
    try:
        return data[:length].decode("utf-8")
    except UnicodeDecodeError:
        demand(False, "a text is not UTF-8")


class Expansion:
    """A sparse network: EXPN."""

    def __init__(self, words):
        self.link, self.outputs = words.integer(3), words.integer(257)
        self.fields = []
        for _ in range(words.integer(257)):
            read_text(words)
            categories = [read_text(words) for _ in range(words.integer(65537))]
            self.fields.append((len(categories), *(words.number() for _ in range(5))))
        self.atoms = [
            (words.integer(256), words.integer(5), words.number(), words.number())
            for _ in range(words.integer(65537))
        ]
        self.groups = [
            ([words.integer(65537) - 1 for _ in range(3)], words.integer(65537))
            for _ in range(words.integer(65537))
        ]
        self.terms = [[words.integer(65537) - 1 for _ in range(3)] for _ in range(words.integer(65537))]
        self.base, self.means = words.numbers(256), words.numbers(65536)
        self.coefficients = words.numbers(65536 * 256)
        self.width = 2 if self.link == 1 else self.outputs
        self.check()

    def check(self):
        demand(len(self.fields) >= 1 and self.outputs >= 1 and (self.link == 2) == (self.outputs > 1), "EXPN")
        count = len(self.terms)
        demand(len(self.base) == self.outputs and len(self.means) == count, "EXPN: lengths")
        demand(len(self.coefficients) == count * self.outputs, "EXPN: coefficients")
        demand(len(self.fields) + len(self.atoms) + self.outputs <= 8704, "EXPN: size")
        for _, fill, lo, hi, _, spread in self.fields:
            demand(lo <= fill <= hi and spread > 0, "EXPN: bounds")
        for field, kind, _, width in self.atoms:
            demand(field < len(self.fields) and width > 0, "EXPN: atom")
            categories = self.fields[field][0]
            demand(kind == 4 or (kind == 3) == (categories > 0), "EXPN: kind of an atom")
        start = 0
        for fields, terms in self.groups:
            demand(1 <= terms <= count - start, "EXPN: terms of groups")
            for term in self.terms[start : start + terms]:
                demand(all(atom < len(self.atoms) for atom in term), "EXPN: term")
                used = sorted({self.atoms[atom][0] for atom in term if atom != NO_ATOM})
                demand(used and [*used, *[NO_ATOM] * (3 - len(used))] == fields, "EXPN: fields of a group")
            start += terms
        demand(start == count, "EXPN: terms of groups")

    def expected(self, _):
        return [field[0] for field in self.fields]

    def atom(self, values, field, kind, center, width):
        raw = values[field]
        if kind >= 3:
            return float(raw == center) if kind == 3 else float(math.isnan(raw))
        _, fill, lo, hi, middle, spread = self.fields[field]
        x = (within(fill if math.isnan(raw) else raw, lo, hi) - middle) / spread
        u = (x - center) / width
        if kind == 0:
            return u
        return (1.0 - u * u) * exp(-0.5 * (u * u)) if kind == 1 else sigmoid(2.0 * u)

    def eval(self, values):
        atoms = [self.atom(values, *atom) for atom in self.atoms]
        out, at = list(self.base), 0
        for _, terms in self.groups:
            sums = [0.0] * self.outputs
            for _ in range(terms):
                product = 1.0
                for atom in self.terms[at]:
                    product *= atoms[atom] if atom != NO_ATOM else 1.0
                product -= self.means[at]
                for k in range(self.outputs):
                    sums[k] += self.coefficients[at * self.outputs + k] * product
                at += 1
            for k in range(self.outputs):
                out[k] += sums[k]
        if self.link == 0:
            return out
        if self.link == 1:
            chance = sigmoid(out[0])
            return [1.0 - chance, chance]
        return softmax(out)


#: What multiplies exp(-u^2/2) in each mother wavelet but the Morlets; of the last the whole.
FACTORS = {
    0: lambda u: 1.0 - u * u,
    1: lambda u: -u,
    4: lambda u: u,
    5: lambda u: (u * u - 3.0) * u,
    6: lambda u: (u * u - 6.0) * (u * u) + 3.0,
    7: lambda u: u / ((u * u + 1.0) * (u * u + 1.0)),
}


class Wavelons:
    """A network of wavelons: WAVL."""

    def __init__(self, words):
        self.family, self.mother, self.link = words.integer(3), words.integer(8), words.integer(4)
        demand(self.mother in FACTORS, "Morlet's wavelets are not in this reader", "unsupported")
        self.scale = [words.number(), words.number()] if self.link == 0 else []
        self.thresholds = words.numbers(64) if self.link == 3 else []
        self.codings = []
        for _ in range(words.integer(1025)):
            if words.integer(2):
                self.codings.append((words.integer(4097),))
            else:
                self.codings.append((*(words.number() for _ in range(4)), words.integer(2)))
        self.members = [
            (words.integer(1025), *(words.numbers(1 << 20) for _ in range(5)))
            for _ in range(words.integer(257))
        ]
        self.check()
        self.width = [1, 2, self.outputs, len(self.thresholds) + 1][self.link]

    def check(self):
        inputs = sum(coding[0] if len(coding) == 1 else 1 + coding[4] for coding in self.codings)
        demand(1 <= inputs <= (128 if self.family == 1 else 1024) and self.members, "WAVL: inputs")
        for coding in self.codings:
            if len(coding) > 1:
                center, inverse, least, most, _ = coding
                demand(
                    least <= center <= most and inverse > 0 and (most - least) * inverse <= 1e9,
                    "WAVL: coding",
                )
            else:
                demand(1 <= coding[0] <= 4096, "WAVL: categories")
        self.outputs = len(self.members[0][1])
        demand(1 <= self.outputs <= 64 and (self.link == 2 or self.outputs == 1), "WAVL: outputs")
        demand(self.family != 2 or self.mother in (0, 6), "WAVL: mother of a radial network")
        ascending = all(a <= b for a, b in zip(self.thresholds, self.thresholds[1:], strict=False))
        demand(ascending and (self.link != 3 or self.thresholds), "WAVL: thresholds")
        for count, bias, linear, weights, inner, shifts in self.members:
            demand(len(bias) == self.outputs and len(linear) in (0, inputs * self.outputs), "WAVL: lengths")
            demand(len(weights) == count * self.outputs and len(inner) == count * inputs, "WAVL: lengths")
            demand(len(shifts) == (count if self.family == 0 else count * inputs), "WAVL: lengths")
            numbers = [*bias, *linear, *weights, *inner, *shifts]
            demand(all(abs(number) <= 1e9 for number in numbers), "WAVL: numbers")
            demand(self.family == 0 or all(number > 0 for number in inner), "WAVL: dilations")

    def expected(self, _):
        return [coding[0] if len(coding) == 1 else 0 for coding in self.codings]

    def inputs(self, values):
        inputs = []
        for raw, coding in zip(values, self.codings, strict=True):
            if len(coding) == 1:
                inputs += [float(raw == category) for category in range(coding[0])]
                continue
            center, inverse, least, most, indicator = coding
            missing = math.isnan(raw)
            inputs.append(0.0 if missing else (within(raw, least, most) - center) * inverse)
            inputs += [float(missing)] if indicator else []
        return inputs

    def wave(self, x, at, count, inner, shifts):
        factor = FACTORS[self.mother]
        whole = self.mother == 7
        if self.family == 0:
            u = 0.0
            for i, value in enumerate(x):
                u += inner[i * count + at] * value
            u -= shifts[at]
            return factor(u) * (1.0 if whole else exp(-0.5 * (u * u)))
        squares, product = 0.0, 1.0
        for i, value in enumerate(x):
            u = (value - shifts[i * count + at]) * inner[i * count + at]
            squares += u * u
            product *= factor(u) if self.family == 1 else 1.0
        if self.family == 1:
            return product if whole else windowed(-0.5 * squares, product)
        if self.mother == 0:
            return windowed(-0.5 * squares, len(x) - squares)
        u = math.sqrt(squares)
        return factor(u) * exp(-0.5 * (u * u))

    def eval(self, values):
        x = self.inputs(values)
        z = [0.0] * self.outputs
        for count, bias, linear, weights, inner, shifts in self.members:
            for k in range(self.outputs):
                z[k] += bias[k]
                for weight, value in zip(linear[k * len(x) :], x, strict=False):
                    z[k] += weight * value
            for at in range(count):
                wave = self.wave(x, at, count, inner, shifts)
                for k in range(self.outputs):
                    z[k] += weights[k * count + at] * wave
        if len(self.members) > 1:
            z = [output / len(self.members) for output in z]
        if self.link == 0:
            return [self.scale[0] + self.scale[1] * z[0]]
        if self.link == 1:
            chance = sigmoid(z[0])
            return [1.0 - chance, chance]
        if self.link == 2:
            return softmax(z)
        shares, below = [], 0.0
        for up_to in [*(sigmoid(threshold - z[0]) for threshold in self.thresholds), 1.0]:
            shares.append(up_to - below if up_to - below > 0.0 else 0.0)
            below = up_to
        return shares


def windowed(exponent, factor):
    return 0.0 if exponent < -700.0 else factor * exp(exponent)
