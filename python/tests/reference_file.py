"""The container of a model file: magic, versions, lengths, header, sections, checksum."""

import hashlib
import json
import math
import struct

ORDER = ["FLDS", "INDC", "TREE", "NODE", "PROF", "RULE", "GRAD", "TYPE", "SEGM", "FCST", "PRBE"]
NEEDED = ["FLDS", "INDC", "TREE", "RULE", "PRBE"]
NAMED = ["actions", "dimensions", "grades", "indicators", "rules", "segments", "stages", "types"]
MISSING = ["value", "median", "neutral", "renormalise", "refuse", "ignore"]


class Refused(Exception):
    """A file that is no usable model; ``kind`` is "format", "unsupported" or "numerics"."""

    def __init__(self, kind, why):
        super().__init__(why)
        self.kind = kind


def demand(condition, why, kind="format"):
    if not condition:
        raise Refused(kind, why)


def open_container(data):
    """Header and sections in the bytes of a file."""
    demand(data[:8] == b"\x89KARAT\r\n", "magic")
    demand(len(data) >= 56, "cut")
    version, numerics, head, payload = struct.unpack("<HHIQ", data[8:24])
    demand(version == 1, "format", "unsupported")
    demand(numerics == 1, "numerics", "unsupported")
    demand(head <= 1 << 20 and payload <= 64 << 20 and head % 8 == 0 and payload % 8 == 0, "lengths")
    demand(len(data) == 24 + head + payload + 32, "length of the file")
    demand(hashlib.sha256(data[:-32]).digest() == data[-32:], "checksum")
    header = read_header(data[24 : 24 + head])
    return header, cut_sections(header["sections"], data[24 + head : -32])


def read_header(raw):
    def no_float(text):
        raise ValueError(f"{text} is not a whole number")

    def no_repetition(pairs):
        keys = [key for key, _ in pairs]
        if len(set(keys)) != len(keys):
            raise ValueError("a key appears twice")
        return dict(pairs)

    try:
        text = raw.decode("utf-8")
        header = json.loads(
            text, parse_float=no_float, parse_constant=no_float, object_pairs_hook=no_repetition
        )
        canonical = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        canonical = canonical.encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise Refused("format", f"header: {error}") from None
    demand(raw == canonical + b" " * (-len(canonical) % 8), "header: not canonical")
    check_header(header)
    return header


def keys(value, names):
    demand(type(value) is dict and sorted(value) == names, f"header: keys {names}")


def texts(value, what):
    demand(type(value) is list and all(type(text) is str for text in value), what)
    demand(all(text and "\0" not in text for text in value), f"empty name among {what}")
    demand(len(set(value)) == len(value), f"repeated name among {what}")


def check_header(header):
    keys(header, ["model", "names", "schema", "sections"])
    keys(header["model"], ["name", "writer"])
    demand(all(type(text) is str for text in header["model"].values()), "header: model")
    names = header["names"]
    forecasts = [what for what in ("forecasts", "outputs") if type(names) is dict and names.get(what)]
    keys(names, sorted(NAMED + forecasts))
    for what, names in header["names"].items():
        texts(names, what)
    demand(type(header["schema"]) is list and type(header["sections"]) is list, "header: lists")
    for section in header["sections"]:
        keys(section, ["kind", "len", "rev"])
        whole = type(section["len"]) is int and type(section["rev"]) is int
        demand(type(section["kind"]) is str and whole, "header: section")
        demand(0 <= section["len"] < 1 << 64 and 0 <= section["rev"] < 1 << 32, "header: section")
    for field in header["schema"]:
        keys(field, ["kind", "missing", "name", "unit"])
        demand(field["missing"] in MISSING and type(field["unit"]) is str, "header: field")
        if field["kind"] != "numeric":
            keys(field["kind"], ["categorical"])
            texts(field["kind"]["categorical"], "categories")
            demand(field["kind"]["categorical"], "no categories")
    texts([field["name"] for field in header["schema"]], "fields")
    demand(1 <= len(header["schema"]) <= 256, "number of fields")


def cut_sections(entries, payload):
    sections, last = {}, 0
    for entry in entries:
        kind, length = entry["kind"], entry["len"]
        padding = -length % 8
        demand(length + padding <= len(payload), f"{kind} reaches beyond the payload")
        demand(payload[length : length + padding] == b" " * padding, f"{kind} is not followed by spaces")
        rank = ORDER.index(kind) if kind in ORDER else len(ORDER)
        demand(rank >= last, f"{kind} is out of order")
        last = rank
        if kind in ORDER:
            demand(entry["rev"] == 1, f"revision of {kind}", "unsupported")
        else:
            demand("a" <= kind[:1] <= "z", f"unknown section {kind}", "unsupported")
            demand(len(kind) == 4 and kind.isascii() and kind.isalpha(), f"note {kind}")
        demand(kind not in sections, f"{kind} appears twice")
        sections[kind] = payload[:length]
        payload = payload[length + padding :]
    demand(not payload, "bytes of no section")
    for kind in NEEDED:
        demand(kind in sections, f"{kind} is missing")
    return sections


class Words:
    """The eight-byte words of a section."""

    def __init__(self, kind, data):
        self.kind, self.data = kind, data

    def take(self, letter):
        demand(len(self.data) >= 8, f"{self.kind} ends too soon")
        word, self.data = self.data[:8], self.data[8:]
        return struct.unpack("<" + letter, word)[0]

    def integer(self, below):
        value = self.take("Q")
        demand(value < below, f"{self.kind}: {value} is not below {below}")
        return value

    def number(self):
        value = self.take("d")
        demand(math.isfinite(value), f"{self.kind}: {value}")
        return value

    def integers(self, most, below):
        return [self.integer(below) for _ in range(self.count(most))]

    def numbers(self, most):
        return [self.number() for _ in range(self.count(most))]

    def count(self, most):
        count = self.integer(most + 1)
        demand(8 * count <= len(self.data), f"{self.kind}: {count} do not fit")
        return count

    def end(self):
        demand(not self.data, f"{self.kind}: bytes left over")
