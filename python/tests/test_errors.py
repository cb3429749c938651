"""Every bad input has its own clear error, and nothing is written."""

import os
import pickle
import resource
import struct
import subprocess
import sys

import numpy as np
import pytest

import karat
from conftest import make_base, make_plan
from karat import Indicator, Plan, Scorer, ValueModel


def refused(error, call):
    with pytest.raises(error) as caught:
        call()
    assert isinstance(caught.value, karat.KaratError)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "parents"),
    [
        ("ParameterError", (ValueError,)),
        ("ShapeError", (ValueError,)),
        ("SchemaError", (ValueError,)),
        ("ModelIOError", (OSError,)),
        ("FormatError", (ValueError,)),
        ("UnsupportedError", (RuntimeError,)),
        ("NumericsError", (RuntimeError,)),
        ("DataError", (ValueError,)),
        ("JudgmentError", (ValueError,)),
        ("StoppedError", (RuntimeError,)),
        ("InternalError", (RuntimeError,)),
        ("NotFittedError", (ValueError, AttributeError)),
    ],
)
def test_kinds_are_classes_with_the_builtin_one_expects(name, parents):
    kind = getattr(karat, name)
    assert issubclass(kind, (karat.KaratError, *parents))
    assert repr(kind) == f"<class 'karat.{name}'>"
    error = pickle.loads(pickle.dumps(kind("text")))
    assert type(error) is kind
    assert str(error) == "text"


def test_missing_columns_are_all_named_with_the_nearest(plan, base):
    table = {"customer": base["customer"], "arpu_3m": base["arpu"], "Tenure": base["tenure"]}
    text = refused(karat.SchemaError, lambda: ValueModel(plan).fit(table))
    assert text.startswith("4 problems:")
    assert "column `arpu`: missing from the table; did you mean `arpu_3m`?" in text
    assert "column `tenure`: missing from the table; did you mean `Tenure`?" in text
    assert "column `complaints`: missing from the table" in text
    assert "column `contract`: missing from the table" in text


def test_a_missing_identifier_is_named(plan, base):
    table = {name: values for name, values in base.items() if name != "customer"}
    table["customers"] = base["customer"]
    text = refused(karat.SchemaError, lambda: ValueModel(plan).fit(table))
    assert text == "column `customer`: the plan's id is missing from the table; did you mean `customers`?"


def test_extra_and_misordered_columns_are_fine(model, base):
    assert model.score(dict(reversed({**base, "more": base["note"]}.items()))) == model.score(base)


def test_wrong_values_are_listed_with_count_and_first_rows(plan, base):
    arpu = base["arpu"].astype(object)
    arpu[[3, 9]] = "n/a"
    contract = base["contract"].copy()
    contract[5] = "Yearly"
    tenure = base["tenure"].astype(float)
    tenure[[1, 2, 4, 6, 8, 10]] = np.inf
    table = {**base, "arpu": arpu, "contract": contract, "tenure": tenure}
    with pytest.raises(karat.DataError) as caught:
        ValueModel(plan).fit(table)
    text = str(caught.value)
    assert 'column `arpu`: text where numbers are expected: "n/a" (2 rows: first 3, 9)' in text
    assert 'column `contract`: unseen category "Yearly" (1 row: 5); did you mean "yearly"?' in text
    assert "column `tenure`: infinite values (6 rows: first 1, 2, 4, 6, 8)" in text
    assert [problem[2] for problem in caught.value.problems] == [2, 6, 1]


def test_texts_that_mean_missing_are_missing(plan, base):
    arpu = [None if value != value else value for value in base["arpu"].tolist()]
    texts = ["NA" if value is None else str(value) for value in arpu]
    model = ValueModel(plan).fit({**base, "arpu": texts})
    assert model.score({**base, "arpu": texts}) == model.score(base)


def test_infinities_are_clamped_and_flagged_in_scoring(model):
    row = {"arpu": [np.inf, -np.inf], "tenure": [1, 1], "complaints": [0, 0], "contract": ["yearly"] * 2}
    scores = model.score(row)
    assert np.isfinite(scores["index"]).all()
    assert all(flags & karat.Flag.CLAMPED for flags in scores["flags"].tolist())


def test_an_empty_table_is_refused(plan):
    text = refused(karat.DataError, lambda: ValueModel(plan).fit(make_base(0)))
    assert text == "the table has no rows; give at least one customer"
    refused(karat.SchemaError, lambda: ValueModel(plan).fit({}))


def test_one_row_is_too_few_for_three_segments(plan):
    text = refused(karat.DataError, lambda: ValueModel(plan).fit(make_base(1)))
    assert "column" in text


def test_a_constant_column_is_named():
    plan = Plan([Indicator("a"), Indicator("b")])
    text = refused(karat.DataError, lambda: ValueModel(plan).fit({"a": [5.0, 5.0], "b": [1.0, 2.0]}))
    assert "column `a`" in text
    assert "constant" in text or "same" in text or "one value" in text, text


def test_a_column_without_a_value_is_named():
    plan = Plan([Indicator("a"), Indicator("b")])
    text = refused(karat.DataError, lambda: ValueModel(plan).fit({"a": [None, None], "b": [1.0, 2.0]}))
    assert text.startswith("column `a`: every value is missing"), text


def test_more_segments_than_different_rows():
    plan = Plan([Indicator("a", scale=("min_max", 0, 1))], segments=4)
    text = refused(karat.KaratError, lambda: ValueModel(plan).fit({"a": [0.1, 0.1, 0.5, 0.9]}))
    assert "3" in text
    assert "4" in text


def test_every_customer_behind_a_gate():
    plan = Plan(
        [Indicator("a", scale=("min_max", 0, 1))],
        rules=[karat.Rule("none", "a >= 0", gate=True)],
        grades=["low", "high"],
    )
    text = refused(karat.DataError, lambda: ValueModel(plan).fit({"a": [0.1, 0.5]}))
    assert "no customer is left to grade: 2 ineligible" in text


def test_a_failed_fit_keeps_the_earlier_model(plan, base):
    model = ValueModel(plan).fit(base)
    before = model.to_bytes()
    refused(karat.DataError, lambda: model.fit(make_base(0)))
    assert model.to_bytes() == before
    assert model.score(base) is not None


# Model files


def damaged(model):
    data = model.to_bytes()
    header = struct.unpack_from("<I", data, 12)[0]

    def flipped(position):
        return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]

    return {
        "empty": (b"", karat.FormatError),
        "text": (b"indicator,weight\n" * 10, karat.FormatError),
        "cut in the prefix": (data[:20], karat.FormatError),
        "cut in the header": (data[: 24 + header // 2], karat.FormatError),
        "cut in the sections": (data[: 24 + header + 100], karat.FormatError),
        "cut by one byte": (data[:-1], karat.FormatError),
        "with more behind": (data + b"\0", karat.FormatError),
        "mangled line ends": (data.replace(b"\r\n", b"\n", 1), karat.FormatError),
        "flipped in the magic": (flipped(2), karat.FormatError),
        "flipped in the header": (flipped(24 + 10), karat.FormatError),
        "flipped in a number": (flipped(24 + header + 8), karat.FormatError),
        "flipped in the digest": (flipped(len(data) - 1), karat.FormatError),
        "lying about its header": (data[:12] + struct.pack("<I", 2**31) + data[16:], karat.FormatError),
        "lying about its size": (data[:16] + struct.pack("<Q", 2**60) + data[24:], karat.FormatError),
        "of a later format": (data[:8] + struct.pack("<H", 9) + data[10:], karat.UnsupportedError),
        "of later arithmetic": (data[:10] + struct.pack("<H", 9) + data[12:], karat.UnsupportedError),
    }


CASES = [
    "empty",
    "text",
    "cut in the prefix",
    "cut in the header",
    "cut in the sections",
    "cut by one byte",
    "with more behind",
    "mangled line ends",
    "flipped in the magic",
    "flipped in the header",
    "flipped in a number",
    "flipped in the digest",
    "lying about its header",
    "lying about its size",
    "of a later format",
    "of later arithmetic",
]


@pytest.mark.parametrize("case", CASES)
def test_a_damaged_model_file_is_refused(case, model, tmp_path):
    data, error = damaged(model)[case]
    path = tmp_path / "damaged.karat"
    path.write_bytes(data)
    texts = {
        refused(error, lambda: Scorer(path)),
        refused(error, lambda: Scorer(data)),
        refused(error, lambda: karat.load(path)),
        refused(error, lambda: ValueModel.from_bytes(data)),
    }
    assert len(texts) == 1
    assert len(texts.pop()) > 20


def test_all_cases_are_tried(model):
    assert list(damaged(model)) == CASES


def test_no_flipped_byte_is_taken(model):
    data = bytearray(model.to_bytes())
    for position in range(0, len(data), 37):
        data[position] ^= 0x10
        refused((karat.FormatError, karat.UnsupportedError), lambda: Scorer(bytes(data)))
        data[position] ^= 0x10
    assert Scorer(bytes(data)) == model.scorer_


def test_a_file_that_is_not_there(tmp_path):
    text = refused(karat.ModelIOError, lambda: Scorer(tmp_path / "gone.karat"))
    assert "gone.karat: cannot read: No such file" in text
    assert "cannot read" in refused(karat.ModelIOError, lambda: karat.load(tmp_path))
    with pytest.raises(OSError, match="cannot read"):
        karat.load(tmp_path / "gone")


def test_an_unwritable_path_leaves_nothing(model, tmp_path):
    text = refused(karat.ModelIOError, lambda: model.save(tmp_path / "no" / "value.karat"))
    assert "value.karat: cannot write" in text
    (tmp_path / "taken").mkdir()
    refused(karat.ModelIOError, lambda: model.save(tmp_path / "taken"))
    assert sorted(os.listdir(tmp_path)) == ["taken"]


def test_a_full_disk_is_an_error_and_the_device_stays(model):
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    text = refused(karat.ModelIOError, lambda: model.save("/dev/full"))
    assert text.startswith("/dev/full: cannot write: No space left on device")
    assert not os.path.isfile("/dev/full")
    assert [name for name in os.listdir("/dev") if name.endswith(".part")] == []


def test_a_disk_that_fills_up_leaves_the_old_file(model, tmp_path):
    path = tmp_path / "value.karat"
    path.write_bytes(b"the old model")
    (tmp_path / "model").write_bytes(model.to_bytes())
    # A limit on the size of files stands in for a disk with room for half the model.
    code = (
        "import resource, signal, sys, karat\n"
        "model = karat.load(sys.argv[1])\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "half = len(model.to_bytes()) // 2\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (half, half))\n"
        "try:\n"
        "    model.save(sys.argv[2])\n"
        "except karat.ModelIOError as error:\n"
        "    print(error)\n"
    )
    arguments = [sys.executable, "-B", "-c", code, str(tmp_path / "model"), str(path)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert "value.karat: cannot write: File too large" in done.stdout
    assert path.read_bytes() == b"the old model"
    assert sorted(os.listdir(tmp_path)) == ["model", "value.karat"]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_a_pickle_carries_no_code_of_its_own(model):
    # The bytes of the file, the plan as text, the parameters: nothing that the file would not hold.
    assert model.to_bytes() in pickle.dumps(model)
    assert make_plan()._inner.to_json().encode() in pickle.dumps(model)
