//! Scoring: frames, rows, explanations.

use crate::error::{detached, raise};
use crate::plan::{FieldTuple, field_tuple};
use crate::row::{self, Fast};
use crate::table::{Columns, bind};
use karat::{Error, Problem, Reading, Result, Table, Unseen};
use karat_scorer::{NONE, Score};
use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use std::borrow::Cow;
use std::path::PathBuf;

/// Numbers of eight bytes in a record.
const WORDS: usize = Score::SIZE / 8;
/// Rows scored before their records are written out: they stay in the first cache levels.
const BLOCK: usize = 512;
/// Fewest rows worth a thread of their own.
const SHARE: usize = 16_384;

/// A frozen model, ready to score from any thread.
#[pyclass(frozen, module = "karat._karat")]
#[derive(Debug)]
pub(crate) struct Scorer {
    pub(crate) inner: karat_scorer::Scorer,
    pub(crate) reading: Reading,
    bytes: Vec<u8>,
    fast: Fast,
}

impl Scorer {
    pub(crate) fn new(inner: karat_scorer::Scorer, bytes: Vec<u8>) -> Scorer {
        let reading = karat::reading_of(inner.model());
        let fast = Fast::new(inner.schema());
        Scorer { inner, reading, bytes, fast }
    }

    fn reading(&self, flag_unseen: bool) -> Reading {
        let mut reading = self.reading.clone();
        reading.unseen = if flag_unseen { Unseen::Flag } else { Unseen::Refuse };
        reading
    }
}

/// What an explanation of a table holds: names and points, names and dimension scores.
type Explained<'py> = (Vec<String>, Bound<'py, PyArray2<f64>>, Vec<String>, Bound<'py, PyArray2<f64>>);

/// Numbers of a record, then the names of its classes, then the flags.
pub(crate) type Named<'s> = ((f64, f64, f64, f64, f64, f64), [Option<&'s str>; 6], u32);

#[pymethods]
impl Scorer {
    #[staticmethod]
    fn open(py: Python<'_>, path: PathBuf) -> PyResult<Scorer> {
        detached(py, || {
            let bytes = std::fs::read(&path).map_err(|error| Error::io(&path, "read", &error))?;
            Ok(Scorer::new(karat_scorer::Scorer::from_bytes(&bytes)?, bytes))
        })
    }

    #[staticmethod]
    fn from_bytes(py: Python<'_>, bytes: &[u8]) -> PyResult<Scorer> {
        detached(py, || Ok(Scorer::new(karat_scorer::Scorer::from_bytes(bytes)?, bytes.to_vec())))
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.bytes)
    }

    /// Records of a table, eight words each.
    #[pyo3(signature = (rows, columns, others, flag_unseen, threads))]
    fn score<'py>(
        &self,
        py: Python<'py>,
        rows: usize,
        columns: &Bound<'py, PyList>,
        others: Vec<String>,
        flag_unseen: bool,
        threads: usize,
    ) -> PyResult<Bound<'py, PyArray1<u64>>> {
        let reading = self.reading(flag_unseen);
        let columns = Columns::new(rows, columns, others)?;
        let records = columns.detached(py, |table, problems| {
            let bound = bind(table, self.inner.schema(), &reading, problems)?;
            let columns: Vec<&[f64]> = bound.iter().map(Cow::as_ref).collect();
            records(&self.inner, &columns, rows, threads)
        })?;
        Ok(records.into_pyarray(py))
    }

    /// Records of rows as C and Rust take them: a number for each field, categories by position.
    fn score_rows<'py>(
        &self,
        py: Python<'py>,
        rows: PyReadonlyArray2<'py, f64>,
    ) -> PyResult<Bound<'py, PyArray1<u64>>> {
        let (count, width) = (rows.shape()[0], rows.shape()[1]);
        let rows = rows.as_slice()?;
        let records = detached(py, || {
            if width != self.inner.schema().len() {
                return Err(Error::shape("fields", self.inner.schema().len(), width));
            }
            let mut scores = vec![Score::EMPTY; count];
            self.inner.score_rows(rows, width, &mut scores)?;
            let mut out = vec![0; count * WORDS];
            write(&scores, &mut out);
            Ok(out)
        })?;
        Ok(records.into_pyarray(py))
    }

    /// Scores one row: a mapping by field name, or a sequence in the order of the schema.
    fn score_row<'s>(&'s self, py: Python<'_>, row: &Bound<'_, PyAny>) -> PyResult<Named<'s>> {
        let fields = self.inner.schema().fields();
        let mut values = [f64::NAN; karat_scorer::MAX_FIELDS];
        let values = &mut values[..fields.len()];
        if !self.fast.read(row, fields, values)? {
            let table = row::table_of(py, row, fields)?;
            let bound = bind(&table, self.inner.schema(), &self.reading, Vec::new());
            let bound = bound.map_err(|error| raise(py, &error))?;
            values.iter_mut().zip(&bound).for_each(|(slot, column)| *slot = column[0]);
        }
        let score = self.inner.score(values).map_err(|error| raise(py, &error))?;
        Ok(self.named(&score))
    }

    fn explain<'py>(
        &self,
        py: Python<'py>,
        rows: usize,
        columns: &Bound<'py, PyList>,
        others: Vec<String>,
    ) -> PyResult<Explained<'py>> {
        let columns = Columns::new(rows, columns, others)?;
        let explained = columns.detached(py, |table: &Table<'_>, problems: Vec<Problem>| {
            if !problems.is_empty() {
                bind(table, self.inner.schema(), &self.reading, problems)?;
            }
            karat::explain_table(&self.inner, table, &self.reading)
        })?;
        let points = matrix(py, &explained.points, explained.names.len())?;
        let dimensions = matrix(py, &explained.dimensions, explained.dimension_names.len())?;
        Ok((explained.names, points, explained.dimension_names, dimensions))
    }

    #[getter]
    fn name(&self) -> &str {
        &self.inner.model().name
    }

    #[getter]
    fn model_id(&self) -> &str {
        self.inner.model_id()
    }

    #[getter]
    fn schema_id(&self) -> u64 {
        self.inner.schema().id()
    }

    fn fields(&self) -> Vec<FieldTuple> {
        self.inner.schema().fields().iter().map(field_tuple).collect()
    }

    fn names<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let names = &self.inner.model().names;
        let dict = PyDict::new(py);
        for (what, list) in [
            ("indicators", &names.indicators),
            ("dimensions", &names.dimensions),
            ("grades", &names.grades),
            ("types", &names.types),
            ("segments", &names.segments),
            ("stages", &names.stages),
            ("actions", &names.actions),
            ("rules", &names.rules),
        ] {
            dict.set_item(what, list)?;
        }
        Ok(dict)
    }
}

impl Scorer {
    pub(crate) fn named(&self, score: &Score) -> Named<'_> {
        let names = &self.inner.model().names;
        (
            (score.index, score.forecast, score.churn, score.clv, score.margin, score.coverage),
            [
                name_of(&names.grades, score.grade),
                name_of(&names.types, score.r#type),
                name_of(&names.segments, score.segment),
                name_of(&names.stages, score.stage),
                name_of(&names.actions, score.action),
                name_of(&names.rules, score.rule),
            ],
            score.flags,
        )
    }
}

pub(crate) fn name_of(names: &[String], code: u16) -> Option<&str> {
    if code == NONE { None } else { names.get(usize::from(code)).map(String::as_str) }
}

fn matrix<'py>(py: Python<'py>, rows: &[Vec<f64>], width: usize) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let flat: Vec<f64> = rows.concat();
    let array = Array2::from_shape_vec((rows.len(), width), flat)
        .map_err(|_| raise(py, &Error::shape("entries of an explanation", width, 0)))?;
    Ok(array.into_pyarray(py))
}

/// Scores columns into records; threads share out the rows and change no bit.
fn records(
    scorer: &karat_scorer::Scorer,
    columns: &[&[f64]],
    rows: usize,
    threads: usize,
) -> Result<Vec<u64>> {
    let offered = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if threads == 0 { offered } else { threads }.min(rows / SHARE + 1);
    let mut out = vec![0; rows * WORDS];
    if threads == 1 {
        part(scorer, columns, 0, &mut out)?;
        return Ok(out);
    }
    let share = rows.div_ceil(threads);
    std::thread::scope(|scope| {
        let parts: Vec<_> = out
            .chunks_mut(share * WORDS)
            .enumerate()
            .map(|(number, out)| scope.spawn(move || part(scorer, columns, number * share, out)))
            .collect();
        parts.into_iter().try_for_each(|part| match part.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })?;
    Ok(out)
}

/// Scores the rows from `start` on whose records `out` holds.
fn part(scorer: &karat_scorer::Scorer, columns: &[&[f64]], start: usize, out: &mut [u64]) -> Result<()> {
    let mut scores = [Score::EMPTY; BLOCK];
    for (number, out) in out.chunks_mut(BLOCK * WORDS).enumerate() {
        let from = start + number * BLOCK;
        let scores = &mut scores[..out.len() / WORDS];
        let block: Vec<&[f64]> = columns.iter().map(|column| &column[from..from + scores.len()]).collect();
        scorer.score_columns(&block, scores)?;
        write(scores, out);
    }
    Ok(())
}

/// Records as words whose bytes in memory are the little-endian record on every machine.
fn write(scores: &[Score], out: &mut [u64]) {
    for (score, words) in scores.iter().zip(out.chunks_exact_mut(WORDS)) {
        for (word, bytes) in words.iter_mut().zip(score.to_bytes().chunks_exact(8)) {
            let mut eight = [0; 8];
            eight.copy_from_slice(bytes);
            *word = u64::from_ne_bytes(eight);
        }
    }
}
