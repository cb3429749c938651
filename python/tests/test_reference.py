"""The second reader agrees with the conformance vectors to the last bit, and refuses every damaged file."""

import math
import struct
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import reference
import reference_numerics as numerics

VECTORS = Path(__file__).parents[2] / "vectors"
NAMES = (VECTORS / "v1" / "index.txt").read_text(encoding="utf-8").split()
BAD = [line.split("\t") for line in (VECTORS / "bad" / "index.txt").read_text(encoding="utf-8").splitlines()]


def read(name, extension):
    return (VECTORS / "v1" / f"{name}.{extension}").read_bytes()


def test_there_is_something_to_compare():
    assert len(NAMES) > 20
    assert len(BAD) > 100


def test_karat_is_not_needed():
    assert "karat" not in vars(reference)


@pytest.mark.parametrize("name", NAMES)
def test_scores_and_points(name):
    if name == "forecasts_prepaid":
        with pytest.raises(reference.Refused, match="not in this reader"):
            reference.load(read(name, "karat"))
        return
    model = reference.load(read(name, "karat"))
    rows = read(name, "rows")
    count, width = struct.unpack("<QQ", rows[:16])
    values = struct.unpack(f"<{count * width}d", rows[16:])
    scores, points = read(name, "scores"), read(name, "points")
    size = len(points) // count
    assert len(scores) == 64 * count
    for row in range(count):
        found, parts = model.score(values[row * width : (row + 1) * width])
        expected = scores[64 * row : 64 * row + 64]
        assert found == expected, (row, struct.unpack("<6d6HI", found), struct.unpack("<6d6HI", expected))
        assert struct.pack(f"<{len(parts)}d", *parts) == points[size * row : size * (row + 1)], row
    if model.forecasts:
        outputs, width, fields = read(name, "outputs"), model.forecasts.width, len(model.schema)
        for row in range(count):
            found = model.outputs(values[row * fields : (row + 1) * fields])
            expected = struct.unpack(f"<{width}d", outputs[8 * width * row : 8 * width * (row + 1)])
            assert struct.pack(f"<{width}d", *found) == struct.pack(f"<{width}d", *expected), (
                row,
                found,
                expected,
            )


@pytest.mark.parametrize(("name", "kind", "message"), BAD, ids=[line[0] for line in BAD])
def test_damaged_files_are_refused(name, kind, message):
    with pytest.raises(reference.Refused) as refused:
        reference.load((VECTORS / "bad" / name).read_bytes())
    assert refused.value.kind == kind, (str(refused.value), message)


def test_functions_are_within_an_ulp_of_the_platform():
    """Not bits, but a guard against a slip that the vectors would share with nobody."""
    for step in range(-7000, 7001):
        x = step / 10.1
        if x > -700:
            assert math.isclose(numerics.exp(x), math.exp(x), rel_tol=3e-16)
        if x > -1:
            assert math.isclose(numerics.ln_1p(x), math.log1p(x), rel_tol=3e-16)
