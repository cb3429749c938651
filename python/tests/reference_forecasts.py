"""Forecasts of a model in plain Python: networks, contracts and stages.

Lifetimes of prepaid customers, whose functions take more than arithmetic, are refused as unsupported.
"""

import math

from reference_file import demand
from reference_networks import Expansion, Wavelons, sigmoid
from reference_numerics import NAN, exp
from reference_powers import exp_m1


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
            stages = [
                place for place, (_, step) in zip(places, self.list, strict=True) if type(step) is Stages
            ]
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
        demand(self.window >= 3 and self.hold >= 1 and self.decline <= 0 <= self.growth, "STGE")
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
            found = self.one(
                months[: place + 1], tenure - (len(months) - 1 - place), facts if now else (0.0, False, False)
            )
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
        slope = (
            0.0
            if not slopes
            else slopes[half]
            if len(slopes) % 2
            else 0.5 * (slopes[half - 1] + slopes[half])
        )
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
