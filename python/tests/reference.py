"""A second, slow reader of model files in plain Python, written from the description of the format.

It shares nothing with karat but that description: what it reads and scores must agree to the last bit with
the library, and what it refuses must be refused there too. Standard library only.
"""

import itertools
import math
import struct

from reference_file import ORDER, Refused, Words, demand, open_container
from reference_forecasts import Forecasts
from reference_indicators import Indicator
from reference_nodes import Nodes
from reference_numerics import MOST, NAN, bits

__all__ = ["Model", "Refused", "load"]

NONE = 0xFFFF
IMPUTED, CLAMPED, CAPPED, INELIGIBLE, REFUSED, UNSEEN, KEPT, PENALISED = (1 << bit for bit in range(8))
GATE, PENALTY, CAP = range(3)


def load(data):
    """The model in the bytes of a file."""
    header, sections = open_container(data)
    model = Model(header, sections)
    model.replay(sections["PRBE"])
    return model


def holds(conditions, fields):
    for field, comparison, value in conditions:
        x = fields[field]
        met = [x < value, x <= value, x == value, x == x and x != value, x >= value, x > value, x != x]
        if not met[comparison]:
            return False
    return True


class Model:
    """A model taken from its header and sections, checked as far as scoring relies on it."""

    def __init__(self, header, sections):
        self.name, self.schema, self.names = header["model"]["name"], header["schema"], header["names"]
        self.notes = {kind: data for kind, data in sections.items() if kind not in ORDER}
        for kind in ORDER[:-1]:
            words = Words(kind, sections[kind]) if kind in sections else None
            getattr(self, "read_" + kind.lower())(words)
            if words:
                words.end()
        self.check()

    def read_flds(self, words):
        self.fill = words.numbers(256)

    def read_indc(self, words):
        self.indicators = [Indicator(words) for _ in range(words.integer(129))]

    def read_tree(self, words):
        self.scale, self.minimum_coverage = words.number(), words.number()
        self.weights, self.within = words.numbers(128), words.numbers(128)
        self.dimension = words.integers(128, 16)

    def read_node(self, words):
        self.nodes = Nodes(words) if words else None

    def read_prof(self, words):
        self.profiles = None
        if words:
            field, profiles = words.integer(256), []
            for _ in range(words.integer(257)):
                own = words.integer(2)
                profiles.append((words.numbers(128), words.numbers(128)) if own else None)
            self.profiles = field, profiles

    def read_rule(self, words):
        self.rules = []
        for _ in range(words.integer(65)):
            effect, value = words.integer(3), words.number()
            demand(effect != GATE or bits(value) == 0, "RULE: a gate with a value")
            if effect == CAP:
                demand(0 <= value < 32 and value == math.floor(value), "RULE: cap")
                demand(bits(value) != bits(-0.0), "RULE: cap")
            conditions = [
                (words.integer(256), words.integer(7), words.number()) for _ in range(words.integer(9))
            ]
            self.rules.append((effect, value, conditions))
        self.ratchet = None
        if words.integer(2):
            self.ratchet = words.integer(256), words.integer(256), words.number()

    def read_grad(self, words):
        self.cuts = words.numbers(31) if words else None

    def read_type(self, words):
        self.types = None
        if words:
            head = words.integer(2), words.integer(16), words.integer(16)
            self.types = (*head, *[words.number() for _ in range(4)], words.integer(2))

    def read_segm(self, words):
        self.segments = None
        if words:
            count, features = words.integer(257), words.integers(128, 128)
            self.segments = count, features, words.numbers(256 * 128)

    def read_fcst(self, words):
        self.forecasts = Forecasts(words) if words else None

    def check(self):
        fields, count = len(self.schema), len(self.indicators)
        demand(len(self.fill) == fields, "number of fill values")
        for field, fill in zip(self.schema, self.fill, strict=True):
            if field["kind"] != "numeric" and field["missing"] in ("value", "median"):
                known = len(field["kind"]["categorical"])
                demand(0 <= fill < known and fill == math.floor(fill), "fill value")
        demand(1 <= count <= 128, "number of indicators")
        for indicator in self.indicators:
            demand(indicator.field < fields, "indicator's field")
            kind = self.schema[indicator.field]["kind"]
            indicator.check(0 if kind == "numeric" else len(kind["categorical"]))
        self.check_tree(count)
        if self.profiles:
            self.check_profiles(count)
        if self.nodes:
            self.nodes.check(self.dimension, self.indicators, self.scale)
        self.check_rules(fields)
        if self.forecasts:
            self.forecasts.check(self.schema, self.names)
        demand(self.forecasts or not self.names.get("outputs"), "outputs without forecasts")
        demand(self.forecasts or not self.names.get("forecasts"), "names without forecasts")
        if self.cuts is not None:
            demand(all(a < b for a, b in itertools.pairwise(self.cuts)), "cuts")
        if self.types:
            _, pays, belongs, _, pays_threshold, belongs_threshold, k, _ = self.types
            demand(max(pays, belongs) <= max(self.dimension), "type's dimension")
            demand(pays_threshold > 0 and belongs_threshold > 0 and k >= 1, "type's thresholds")
        lengths = {
            "dimensions": max(self.dimension) + 1,
            "grades": 0 if self.cuts is None else len(self.cuts) + 1,
            "indicators": count,
            "rules": len(self.rules),
            "segments": self.segments[0] if self.segments else 0,
            "types": 4 if self.types else 0,
        }
        for what, length in lengths.items():
            demand(len(self.names[what]) == length, f"number of {what}")
        if self.segments:
            number, features, centers = self.segments
            demand(number >= 1 and features and len(centers) == number * len(features), "centers")
            demand(max(features) < count, "features")

    def check_tree(self, count):
        demand(len(self.weights) == len(self.within) == len(self.dimension) == count, "lengths of the tree")
        demand(min([*self.weights, *self.within, self.minimum_coverage]) >= 0, "negative weight")
        demand(self.scale > 0 and max(self.weights) > 0 and self.minimum_coverage <= 1, "tree")
        demand(set(self.dimension) == set(range(max(self.dimension) + 1)), "unused dimension")
        thinned = any(field["missing"] == "renormalise" for field in self.schema)
        penalties = [value for effect, value, _ in self.rules if effect == PENALTY]
        profiles = filter(None, self.profiles[1] if self.profiles else [])
        for weights in (self.weights, self.within, *itertools.chain(*profiles)):
            total = sum(weights)
            least = min([weight for weight in weights if weight > 0], default=0.0)
            stretch = total / least if thinned and least > 0 else 1.0
            reach = sum(
                self.scale * weight * indicator.reach() * stretch
                for weight, indicator in zip(weights, self.indicators, strict=True)
            )
            demand(reach + stretch + total + sum(penalties) <= 1e300, "the index could overflow")

    def check_profiles(self, count):
        field, profiles = self.profiles
        demand(not self.nodes, "PROF: with NODE")
        demand(field < len(self.schema) and self.schema[field]["kind"] != "numeric", "PROF: field")
        categories = self.schema[field]["kind"]["categorical"]
        demand(len(profiles) == len(categories) <= 256 and any(profiles), "PROF: number of categories")
        for weights, within in filter(None, profiles):
            demand(len(weights) == len(within) == count, "PROF: lengths")
            demand(min(weights + within) >= 0 and max(weights) > 0, "PROF: weights")

    def weights_of(self, fields):
        """Weights in the index and within dimensions of a customer with these resolved fields."""
        if self.profiles and fields[self.profiles[0]] == fields[self.profiles[0]]:
            field, profiles = self.profiles
            return profiles[int(fields[field])] or (self.weights, self.within)
        return self.weights, self.within

    def check_rules(self, fields):
        grades = 0 if self.cuts is None else len(self.cuts) + 1
        for effect, value, conditions in self.rules:
            demand(1 <= len(conditions) <= 8, "number of conditions")
            demand(all(field < fields for field, _, _ in conditions), "condition's field")
            demand(effect != PENALTY or value >= 0, "penalty")
            demand(effect != CAP or value < grades, "cap")
        if self.ratchet:
            previous, months, validity = self.ratchet
            demand(max(previous, months) < fields and grades and validity > 0, "ratchet")

    def replay(self, section):
        words = Words("PRBE", section)
        rows, width = words.integer(1025), words.integer(257)
        fits = rows >= 1 and width == len(self.schema)
        outputs = self.forecasts.width if self.forecasts else 0
        demand(fits and len(section) == 16 + rows * (8 * width + 64 + 8 * outputs), "PRBE: size")
        values = [words.take("d") for _ in range(rows * width)]
        expected = words.data[64 * rows :]
        for row in range(rows):
            given = values[row * width : (row + 1) * width]
            record, _ = self.score(given)
            demand(record == words.data[64 * row : 64 * row + 64], f"probe row {row}", "numerics")
            found = struct.pack(f"<{outputs}d", *self.outputs(given))
            same = found == expected[8 * outputs * row : 8 * outputs * (row + 1)]
            demand(same, f"outputs of probe row {row}", "numerics")

    # --- scoring -----------------------------------------------------------------------------------------

    def outputs(self, row):
        """The outputs of all forecasts for one row."""
        if not self.forecasts:
            return []
        return self.forecasts.eval(row, struct.unpack("<d", self.score_alone(row)[0][:8])[0])

    def score(self, row):
        """The record of 64 bytes and the points of one row."""
        out, points = self.score_alone(row)
        if self.forecasts:
            outputs = [*self.outputs(row), NAN]
            forecast, churn, clv, stage = (outputs[output] for output in self.forecasts.record)
            stage = NONE if math.isnan(stage) else int(stage)
            numbers = struct.pack("<3d", forecast, churn, clv)
            out = out[:8] + numbers + out[32:54] + struct.pack("<H", stage) + out[56:]
        return out, points

    def score_alone(self, row):
        """As `score`, without forecasts."""
        marks, fields = 0, []
        for raw, field, fill in zip(row, self.schema, self.fill, strict=True):
            value, mark = resolve(raw, field, fill)
            fields.append(value)
            marks |= mark
        z, present = [], []
        for indicator in self.indicators:
            thin = self.schema[indicator.field]["missing"] == "renormalise"
            value, counts, mark = indicator.eval(fields[indicator.field], thin)
            z.append(value)
            present.append(counts)
            marks |= mark
        weights, within = self.weights_of(fields)
        points, coverage = self.points(z, present, weights)
        index = 0.0
        for point in points:
            index += point
        if self.nodes and coverage > 0.0:
            index, points = self.nodes.points(z, present, self.scale)
        for effect, value, conditions in self.rules:
            if effect == PENALTY:
                held = holds(conditions, fields)
                points.append(0.0 - value if held else 0.0)
                marks |= PENALISED if held else 0
                index += points[-1]
        if coverage <= 0.0 or coverage < self.minimum_coverage or marks & REFUSED:
            return record(coverage=coverage, flags=marks | REFUSED), [NAN] * len(points)
        for number, (effect, _, conditions) in enumerate(self.rules):
            if effect == GATE and holds(conditions, fields):
                out = record(index, coverage=coverage, rule=number, flags=marks | INELIGIBLE)
                return out, points
        grade, rule, mark = self.grade(index, fields)
        segment, margin = self.nearest(z, present)
        kind = self.type(index, self.dimension_scores(z, present, within))
        flags = marks | mark
        return record(index, margin, coverage, grade, kind, segment, rule, flags), points

    def points(self, z, present, weights):
        total = covered = 0.0
        for weight, counts in zip(weights, present, strict=True):
            total += weight
            covered += weight * counts
        if covered == 0.0:
            return [NAN] * len(z), 0.0
        stretch = 1.0 if covered == total else total / covered
        points = [
            value * (self.scale * weight) * counts * stretch + 0.0
            for value, weight, counts in zip(z, weights, present, strict=True)
        ]
        return points, covered / total

    def dimension_scores(self, z, present, within):
        if self.nodes:
            return self.nodes.dimension_scores(z, present, self.scale)
        count = max(self.dimension) + 1
        scores, total, covered = [0.0] * count, [0.0] * count, [0.0] * count
        for value, weight, counts, of in zip(z, within, present, self.dimension, strict=True):
            total[of] += weight
            scores[of] += value * (self.scale * weight) * counts
            covered[of] += weight * counts
        for of in range(count):
            if covered[of] != total[of]:
                scores[of] = scores[of] * (total[of] / covered[of]) if covered[of] else NAN
        return scores

    def grade(self, index, fields):
        if self.cuts is None:
            return NONE, NONE, 0
        grade, rule, mark = sum(index >= cut for cut in self.cuts), NONE, 0
        for number, (effect, cap, conditions) in enumerate(self.rules):
            if effect == CAP and grade > cap and holds(conditions, fields):
                grade, rule, mark = int(cap), number, CAPPED
        if self.ratchet:
            previous, months = fields[self.ratchet[0]], fields[self.ratchet[1]]
            known = 0 <= previous < len(self.cuts) + 1 and previous == math.floor(previous)
            if 0 <= months < self.ratchet[2] and known and previous > grade:
                grade, mark = int(previous), mark | KEPT
        return grade, rule, mark

    def type(self, index, dimensions):
        if not self.types:
            return NONE
        quadrant, pays, belongs, value, pays_threshold, belongs_threshold, k, hybrid = self.types
        c, a = dimensions[pays] / pays_threshold, dimensions[belongs] / belongs_threshold
        if math.isnan(c) or math.isnan(a):
            return NONE
        if quadrant:
            return 3 - 2 * (c >= 1.0) - (a >= 1.0)
        if index < value or (c <= 0.0 and a <= 0.0):
            return 3
        if (hybrid and c >= 1.0 and a >= 1.0) or (c <= k * a and a <= k * c):
            return 0
        return 1 if c > a else 2

    def nearest(self, z, present):
        if not self.segments:
            return NONE, NAN
        count, features, centers = self.segments
        best = second = math.inf
        nearest = 0
        for center in range(count):
            distance = 0.0
            for position, feature in enumerate(features):
                difference = (z[feature] - centers[position * count + center]) * present[feature]
                distance += difference * difference
            if distance < best:
                second = min(second, best)
                best, nearest = distance, center
            elif distance < second:
                second = distance
        if second == math.inf:
            return nearest, NAN
        return nearest, 1.0 - math.sqrt(best / second) if second > 0.0 else 0.0


def resolve(raw, field, fill):
    """The value of a field after its rule for missing values, and flags."""
    mark = 0
    if field["kind"] == "numeric":
        if math.isinf(raw):
            raw, mark = math.copysign(MOST, raw), CLAMPED
    elif not math.isnan(raw):
        known = len(field["kind"]["categorical"])
        if not (0 <= raw < known and raw == math.floor(raw)):
            raw, mark = NAN, UNSEEN
    if not math.isnan(raw):
        return raw, mark
    rule = field["missing"]
    if rule in ("value", "median"):
        return fill, mark | IMPUTED
    return NAN, mark | {"refuse": REFUSED, "ignore": 0}.get(rule, IMPUTED)


def record(index=NAN, margin=NAN, coverage=NAN, grade=NONE, kind=NONE, segment=NONE, rule=NONE, flags=0):
    """A score as its 64 bytes: forecast, churn, lifetime value, stage and action are not in these models."""
    numbers = index, NAN, NAN, NAN, margin, coverage
    return struct.pack("<6d6HI", *numbers, grade, kind, segment, NONE, NONE, rule, flags)
