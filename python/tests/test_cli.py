import csv
import json
import os
import pty
import shutil
import subprocess
import sys

import numpy as np
import pytest

import karat
from conftest import make_base, make_plan
from karat._cli import main


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    directory = tmp_path_factory.mktemp("cli")
    base = make_base(400)
    base["customer"] = np.array([f"c{i:03}" for i in base["customer"]])
    with open(directory / "base.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(base)
        for row in zip(*base.values(), strict=True):
            writer.writerow(["" if value is None or value != value else value for value in row])
    (directory / "plan.toml").write_text(make_plan().to_toml())
    assert (
        main(["fit", str(directory / "base.csv"), str(directory / "plan.toml"), "-o", str(directory / "m")])
        == 0
    )
    return directory


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_check_tells_what_the_fields_hold(files, capsys):
    code, out, err = run(capsys, "check", files / "base.csv", files / "plan.toml")
    assert (code, err) == (0, "")
    assert "400 rows, 4 fields, 1 other columns ignored" in out
    code, out, _ = run(capsys, "check", files / "base.csv", files / "plan.toml", "--json")
    checked = json.loads(out)
    assert checked["rows"] == 400
    assert checked["ignored"] == ["note"]
    base = make_base(400)
    arpu = checked["fields"][0]
    assert arpu["missing"] == int(np.isnan(base["arpu"]).sum()) > 0
    assert arpu["maximum"] == np.nanmax(base["arpu"])
    contract = checked["fields"][3]["categories"]
    assert contract == {name: int((base["contract"] == name).sum()) for name in ("monthly", "yearly")}


def test_check_lists_every_problem(files, capsys, tmp_path):
    text = (files / "base.csv").read_text().replace("tenure", "tenures").replace("yearly", "weekly")
    (tmp_path / "bad.csv").write_text(text)
    code, out, err = run(capsys, "check", tmp_path / "bad.csv", files / "plan.toml")
    assert (code, out) == (3, "")
    assert err.startswith("karat: 2 problems:")
    assert "did you mean `tenures`?" in err
    assert 'unseen category "weekly"' in err


def test_fit_writes_the_same_file_as_python(files, capsys, tmp_path):
    code, out, err = run(
        capsys,
        "fit",
        files / "base.csv",
        files / "plan.toml",
        "-o",
        tmp_path / "m",
        "--seed",
        7,
        "--threads",
        2,
    )
    assert (code, err) == (0, "")
    model = karat.load(tmp_path / "m")
    assert model.model_id_ in out
    assert "newcomer" in out
    pd = pytest.importorskip("pandas")
    frame = pd.read_csv(files / "base.csv")
    assert karat.ValueModel(model.plan, random_state=7).fit(frame).to_bytes() == (tmp_path / "m").read_bytes()
    code, out, _ = run(capsys, "fit", files / "base.csv", files / "plan.toml", "-o", tmp_path / "m", "--json")
    assert json.loads(out)["report"]["rows"] == 400


def test_score_writes_records_and_csv(files, capsys, tmp_path):
    code, out, err = run(
        capsys,
        "score",
        files / "m",
        files / "base.csv",
        "-o",
        tmp_path / "out.csv",
        "--records",
        tmp_path / "out.bin",
        "--json",
    )
    assert (code, err) == (0, "")
    told = json.loads(out)
    records = np.fromfile(tmp_path / "out.bin", dtype=karat.RECORD)
    scores = karat.Scores(records, karat.Scorer(files / "m").names)
    assert told["digest"] == scores.digest()
    assert told["rows"] == len(records) == 400
    with open(tmp_path / "out.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["customer"] for row in rows[:2]] == ["c000", "c001"]
    assert [float(row["index"]) for row in rows] == records["index"].tolist()  # shortest digits, same bits
    assert [row["grade"] for row in rows] == scores.names("grade")
    assert {row["stage"] for row in rows} == {""}
    flags = [row["flags"] for row in rows]
    assert "PENALISED" in set(flags)
    assert flags[0] == "|".join(flag.name for flag in karat.Flag if flag & int(records["flags"][0]))
    code, out, _ = run(capsys, "score", files / "m", files / "base.csv")
    assert code == 0
    assert scores.digest() in out


def test_explain_finds_a_customer(files, capsys):
    code, out, _ = run(capsys, "explain", files / "m", files / "base.csv", "--id", "c007", "--json")
    assert code == 0
    told = json.loads(out)
    total = 0.0
    for points in told["points"].values():
        total += points
    assert total == told["index"]
    assert set(told["values"]) == {"arpu", "tenure", "complaints", "contract"}
    _, by_row, _ = run(capsys, "explain", files / "m", files / "base.csv", "--row", 7, "--json")
    assert json.loads(by_row) == told
    code, out, _ = run(capsys, "explain", files / "m", files / "base.csv", "--id", "c007")
    assert out.startswith("c007: index ")
    code, _, err = run(capsys, "explain", files / "m", files / "base.csv", "--id", "c999")
    assert (code, err) == (3, "karat: column `customer`: no customer `c999` in 400 rows\n")
    code, _, err = run(capsys, "explain", files / "m", files / "base.csv", "--row", 400)
    assert (code, err) == (3, "karat: no row 400: the table has 400, counted from 0\n")


def test_schema_as_text_json_and_c(files, capsys, tmp_path):
    scorer = karat.Scorer(files / "m")
    code, out, _ = run(capsys, "schema", files / "m")
    assert code == 0
    assert scorer.model_id in out
    _, out, _ = run(capsys, "schema", files / "m", "--json")
    told = json.loads(out)
    assert told["schema_id"] == f"{scorer.schema_id:016x}"
    assert [field["name"] for field in told["fields"]] == ["arpu", "tenure", "complaints", "contract"]
    _, out, _ = run(capsys, "schema", files / "m", "--c-header")
    assert "KARAT_FIELD_TENURE = 1," in out
    assert "KARAT_CATEGORY_CONTRACT_YEARLY = 1," in out
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler to try the header with")
    (tmp_path / "fields.h").write_text(out)
    (tmp_path / "use.c").write_text('#include "fields.h"\nint fields[KARAT_FIELD_COUNT == 4 ? 1 : -1];\n')
    for standard in ("c89", "c11"):
        strict = [f"-std={standard}", "-Wall", "-Wextra", "-pedantic", "-Werror", "-c", "-o", os.devnull]
        subprocess.run([compiler, *strict, str(tmp_path / "use.c")], check=True)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["fit", "gone.csv", "{plan}", "-o", "x"], 4, "karat: gone.csv: cannot read: No such file"),
        (["fit", "{base}", "gone.toml", "-o", "x"], 4, "karat: gone.toml: cannot read: No such file"),
        (["fit", "{base}", "{base}", "-o", "x"], 3, "karat: `plan` must be readable"),
        (["fit", "{plan}", "{plan}", "-o", "x"], 3, "karat: "),
        (["fit", "{base}", "{plan}", "-o", "no/where/x"], 4, "karat: no/where/x: cannot write"),
        (["score", "{base}", "{base}"], 3, "base.csv: not a usable karat model"),
        (["score", "{m}", "{base}", "-o", "no/where/x"], 4, "karat: no/where/x: cannot write: No such file"),
        (["score", "{m}", "{base}", "-o", "/dev/full"], 4, "karat: /dev/full: cannot write: No space left"),
        (["score", "{m}", "{base}", "--records", "/dev/full"], 4, "karat: /dev/full: cannot write: No space"),
        (["demo", "--data", "{base}"], 3, "karat: `--data` needs a `--plan`"),
        (["demo", "--customers", "10", "--directory", "{plan}/x"], 4, "cannot make the directory"),
    ],
)
def test_exit_codes_and_one_line_messages(files, capsys, tmp_path, monkeypatch, arguments, code, message):
    monkeypatch.chdir(tmp_path)
    places = {"plan": files / "plan.toml", "base": files / "base.csv", "m": files / "m"}
    found, out, err = run(capsys, *[argument.format(**places) for argument in arguments])
    assert (found, out) == (code, "")
    assert err.startswith("karat: ")
    assert message in err
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "arguments", [[], ["fit"], ["explain", "m", "t"], ["demo", "--customers", "0"], ["x"]]
)
def test_wrong_usage_is_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: karat" in capsys.readouterr().err


def test_a_failure_leaves_the_old_files(files, capsys, tmp_path):
    (tmp_path / "m").write_text("old")
    (tmp_path / "bad.csv").write_text("customer,arpu\n1,2\n")
    code, _, _ = run(capsys, "fit", tmp_path / "bad.csv", files / "plan.toml", "-o", tmp_path / "m")
    assert code == 3
    code, _, _ = run(capsys, "score", files / "m", tmp_path / "bad.csv", "-o", tmp_path / "m")
    assert code == 3
    assert (tmp_path / "m").read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["bad.csv", "m"]


def test_the_demo_of_an_operator(capsys, tmp_path):
    arguments = ["demo", "--customers", 3000, "--months", 12, "--directory", tmp_path / "d", "--json"]
    code, out, err = run(capsys, *arguments)
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert sorted(os.listdir(tmp_path / "d")) == ["customers.csv", "scores.python.bin", "value.karat"]
    scorer = karat.Scorer(tmp_path / "d" / "value.karat")
    assert told["model_id"] == scorer.model_id
    records = (tmp_path / "d" / "scores.python.bin").read_bytes()
    assert len(records) == 64 * 3000
    pd = pytest.importorskip("pandas")
    assert scorer.score(pd.read_csv(tmp_path / "d" / "customers.csv")).tobytes() == records
    assert told["report"]["total_consistency_ratio"] < 0.1
    # Another run gives the same bytes.
    first = (tmp_path / "d" / "value.karat").read_bytes()
    run(capsys, *arguments)
    assert (tmp_path / "d" / "value.karat").read_bytes() == first


def test_the_demo_of_a_table_of_ones_own(files, capsys, tmp_path):
    code, out, _ = run(
        capsys, "demo", "--data", files / "base.csv", "--plan", files / "plan.toml", "--directory", tmp_path
    )
    assert code == 0
    digest = karat.Scorer(tmp_path / "value.karat").score(_table(files)).digest()
    assert f"python {digest}" in out
    assert "c000: index " in out


def _table(files):
    from karat._cli.files import read_table

    return read_table(str(files / "base.csv"))


def test_the_module_runs_and_progress_needs_a_terminal(files, tmp_path):
    arguments = [sys.executable, "-m", "karat", "fit", str(files / "base.csv"), str(files / "plan.toml")]
    arguments += ["-o", str(tmp_path / "m")]
    quiet = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert quiet.stderr == ""
    terminal, other = pty.openpty()
    subprocess.run(arguments, stdout=subprocess.DEVNULL, stderr=other, check=True)
    os.close(other)
    shown = os.read(terminal, 65536).decode()
    os.close(terminal)
    assert "karat: segments" in shown
    version = subprocess.run([sys.executable, "-m", "karat", "--version"], capture_output=True, text=True)
    assert version.stdout == f"karat {karat.__version__}\n"


def test_a_reader_that_leaves_early_is_no_traceback(files):
    command = f"{sys.executable} -m karat schema {files / 'm'} --c-header | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert done.stdout.startswith("/* Positions")
    assert "Traceback" not in done.stderr
