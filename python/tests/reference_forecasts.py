"""Forecasts of a model in plain Python: both kinds of wavelet networks, contracts and stages.

What is not here is refused as unsupported: lifetimes of prepaid customers, whose functions take more than arithmetic, and the
two Morlet wavelets.
"""

import math

from reference_file import demand
from reference_numerics import NAN, exp
from reference_powers import exp_m1, ordered_sum

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


class Forecasts:
    """Section FCST."""

    def __init__(self, words):
        self.list = []
        for _ in range(words.integer(33)):
            inputs = [read_input(words) for _ in range(words.integer(257))]
            kind = words.integer(5)
            demand(kind != 2, "prepaid lifetimes are not in this reader", "unsupported")
            self.list.append((inputs, [Expansion, Wavelons, None, Contract, Stages][kind](words)))
        self.record = [words.integer(257) - 1 for _ in range(4)]
        self.width = sum(step.width for _, step in self.list)

    def check(self, schema, names):
        demand(1 <= len(self.list) == len(names.get("forecasts", [])), "number of forecasts")
        demand(self.width == len(names.get("outputs", [])) <= 256, "number of outputs")
        first = 0
        for inputs, step in self.list:
            expected = step.expected(len(inputs))
            demand(len(inputs) == len(expected), "number of inputs")
            for (source, value, codes), categories in zip(inputs, expected, strict=True):
                if source == 1:
                    demand(value < len(schema), "field of an input")
                    kind = schema[value]["kind"]
                    known = 0 if kind == "numeric" else len(kind["categorical"])
                    demand(len(codes) == known and (known == 0 or categories > 0), "categories of an input")
                    demand(max(codes, default=0) <= categories, "codes of an input")
                demand(source != 2 or value < first, "an output that comes later")
            if type(step) is Stages and self.record[3] == first:
                demand(len(names["stages"]) == 5, "names of stages")
            first += step.width
        demand(all(output < self.width for output in self.record), "output of the record")
        if self.record[3] >= 0:
            places = [sum(step.width for _, step in self.list[:at]) for at in range(len(self.list))]
            stages = [place for place, (_, step) in zip(places, self.list, strict=True) if type(step) is Stages]
            demand(self.record[3] in stages, "the stage of the record")

    def eval(self, row, index):
        outputs = []
        for inputs, step in self.list:
            values = []
            for source, value, codes in inputs:
                if source == 0:
                    values.append(value)
                elif source == 1:
                    values.append(recoded(row[value], codes))
                else:
                    values.append(outputs[value] if source == 2 else index)
            outputs += [NAN if math.isnan(output) else output for output in step.eval(values)]
        return outputs


def read_input(words):
    source = words.integer(4)
    if source == 0:
        return source, words.number(), []
    if source == 1:
        return source, words.integer(256), words.integers(65536, 65537)
    return source, words.integer(256) if source == 2 else None, []


def recoded(raw, codes):
    if not codes:
        return raw
    if math.isnan(raw):
        return NAN
    known = 0 <= raw < len(codes) and raw == math.floor(raw)
    return (codes[int(raw)] if known else 0) - 1.0


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
            ([words.integer(65537) - 1 for _ in range(3)], words.integer(65537)) for _ in range(words.integer(65537))
        ]
        self.terms = [[words.integer(65537) - 1 for _ in range(3)] for _ in range(words.integer(65537))]
        self.base, self.means = words.numbers(256), words.numbers(65536)
        self.coefficients = words.numbers(65536 * 256)
        self.width = 2 if self.link == 1 else self.outputs
        self.check()

    def check(self):
        demand(1 <= len(self.fields) and 1 <= self.outputs and (self.link == 2) == (self.outputs > 1), "EXPN")
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
            (words.integer(1025), *(words.numbers(1 << 20) for _ in range(5))) for _ in range(words.integer(257))
        ]
        self.check()
        self.width = [1, 2, self.outputs, len(self.thresholds) + 1][self.link]

    def check(self):
        inputs = sum(coding[0] if len(coding) == 1 else 1 + coding[4] for coding in self.codings)
        demand(1 <= inputs <= (128 if self.family == 1 else 1024) and self.members, "WAVL: inputs")
        for coding in self.codings:
            if len(coding) > 1:
                center, inverse, least, most, _ = coding
                demand(least <= center <= most and 0 < inverse and (most - least) * inverse <= 1e9, "WAVL: coding")
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


class Contract:
    """CNTR."""

    width = 5

    def __init__(self, words):
        self.link, self.timing, self.horizon = words.integer(3), words.integer(3), words.integer(1201)
        self.rate, self.end, self.within = words.number(), words.number(), words.number()
        self.baseline, self.coefficients = words.numbers(1200), words.numbers(1024)
        demand(self.baseline and self.horizon and self.rate > -1.0, "CNTR")
        if self.link == 0:
            plain = not self.coefficients and self.end == 0.0 and self.within == 0.0
            demand(plain and all(0.0 <= chance <= 1.0 for chance in self.baseline), "CNTR: chances")

    def expected(self, _):
        return [0] * (3 + len(self.coefficients))

    def chance(self, period, term, score):
        x = self.baseline[min(period, len(self.baseline)) - 1]
        if self.link == 0:
            return x
        clock = 0.0 if term == 0 else self.end if period % term == 0 else self.within
        x = x + clock + score
        return sigmoid(x) if self.link == 1 else -exp_m1(-exp(x))

    def eval(self, values):
        tenure, term, margin, *fields = values
        score = 0.0
        for coefficient, field in zip(self.coefficients, fields, strict=True):
            score += coefficient * field
        if not (0.0 <= tenure < 1e9 and 0.0 <= term < 1e9 and math.isfinite(score)):
            return [NAN] * 5
        lived, term, factor = math.floor(tenure), math.floor(term), 1.0 / (1.0 + self.rate)
        survival, remaining, discounted = 1.0, 0.0, 0.0
        weight = factor if self.timing == 0 else 1.0
        for step in range(self.horizon):
            before = survival
            survival *= 1.0 - self.chance(lived + 1 + step, term, score)
            remaining += survival
            discounted += weight * (before if self.timing == 1 else survival)
            weight *= factor
        following = self.chance(lived + 1, term, score)
        return [survival, following, remaining, discounted, discounted * margin]


class Stages:
    """STGE."""

    width = 5

    def __init__(self, words):
        self.window, self.hold = words.integer(25), words.integer(25)
        self.new, self.lost, self.growth, self.decline, self.trend, self.up, self.down = (
            words.number() for _ in range(7)
        )
        demand(3 <= self.window and 1 <= self.hold and self.decline <= 0 <= self.growth, "STGE")
        demand(min(self.new, self.lost, self.trend, self.up - 1, 1 - self.down) >= 0, "STGE")

    def expected(self, given):
        return [0] * (given if 5 <= given <= 52 else 5)

    def eval(self, values):
        tenure, idle, suspended, gone, *months = values
        while months and math.isnan(months[0]):
            months.pop(0)
        if not months or not all(0 <= month < math.inf for month in months) or not math.isfinite(tenure):
            return [NAN] * 5
        facts = (0.0 if math.isnan(idle) else idle, *(x == x and x != 0 for x in (suspended, gone)))
        single = []
        for place in range(len(months)):
            now = place + 1 == len(months)
            found = self.one(months[: place + 1], tenure - (len(months) - 1 - place), facts if now else (0.0, False, False))
            single.append(found[0])
        return [self.settle(single), *found[1:]]

    def settle(self, single):
        settled = candidate = single[0]
        held = 0
        for stage in single[1:]:
            held = held + 1 if stage == candidate else 1
            candidate = stage
            if stage == 4.0 or (stage != settled and held >= self.hold):
                settled = stage
        return settled

    def one(self, months, tenure, facts):
        y = months[-self.window :]
        n = len(y)
        total = 0.0
        for value in y:
            total += value
        level = total / n
        rises = [(y[j] - y[i], j - i) for i in range(n) for j in range(i + 1, n)]
        slopes = sorted(rise / apart for rise, apart in rises)
        half = len(slopes) // 2
        slope = 0.0 if not slopes else slopes[half] if len(slopes) % 2 else 0.5 * (slopes[half - 1] + slopes[half])
        signs = float(sum((rise > 0) - (rise < 0) for rise, _ in rises))
        variance = n * (n - 1.0) * (2.0 * n + 5.0) / 18.0
        trend = (signs - (signs > 0) + (signs < 0)) / math.sqrt(variance) if variance > 0 else 0.0
        ratio = 1.0
        if n >= 6:
            before = y[n - 6] + y[n - 5] + y[n - 4]
            ratio = (y[n - 3] + y[n - 2] + y[n - 1]) / before if before > 0 else 1.0
        relative = slope / level if level > 0 else 0.0
        stage, confidence = self.judge(relative, trend, ratio, y[-1], tenure, facts)
        return float(stage), confidence, level, relative, trend

    def judge(self, relative, trend, ratio, last, tenure, facts):
        idle, suspended, gone = facts
        falling = relative <= self.decline and (trend <= -self.trend or ratio <= self.down)
        rising = relative >= self.growth and (trend >= self.trend or ratio >= self.up)
        if gone or idle >= self.lost:
            return 4, 1.0 if gone else apart(idle - self.lost, self.lost)
        if tenure <= self.new:
            return 0, apart(self.new + 1.0 - tenure, self.new + 1.0)
        if falling:
            return 3, apart(relative - self.decline, -self.decline)
        if suspended or last <= 0.0:
            return 3, 1.0
        if rising:
            return 1, apart(relative - self.growth, self.growth)
        up = apart(relative - self.growth, self.growth)
        return 2, min(up, apart(relative - self.decline, -self.decline))


def apart(distance, scale):
    return min(abs(distance) / scale, 1.0) if scale > 0 else 1.0
