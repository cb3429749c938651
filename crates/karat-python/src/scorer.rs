//! Scoring: frames, rows, explanations.

use crate::error::{detached, raise};
use crate::plan::{FieldTuple, field_tuple};
use crate::row::{self, Fast};
use crate::table::{Columns, bind};
use karat::{Error, Problem, Reading, Result, Table, Unseen};
use karat_scorer::reasons::texts_of;
use karat_scorer::{Explanations, NONE, Score};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray2, PyUntypedArrayMethods};
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

    pub(crate) fn reading(&self, flag_unseen: bool) -> Reading {
        let mut reading = self.reading.clone();
        reading.unseen = if flag_unseen { Unseen::Flag } else { Unseen::Refuse };
        reading
    }
}

/// Arrays of an explanation, made by the caller, since numpy takes large pages for large ones.
#[derive(FromPyObject)]
struct Wanted<'py> {
    index: Bound<'py, PyArray1<f64>>,
    points: Bound<'py, PyArray2<f64>>,
    dimensions: Bound<'py, PyArray2<f64>>,
    reasons: Bound<'py, PyArray2<u16>>,
    shortfalls: Bound<'py, PyArray2<f64>>,
}

impl Wanted<'_> {
    fn filled(self, fill: impl FnOnce(&mut Explanations<'_>) -> PyResult<()>) -> PyResult<()> {
        let (mut index, mut points) = (self.index.try_readwrite()?, self.points.try_readwrite()?);
        let (mut dimensions, mut reasons) = (self.dimensions.try_readwrite()?, self.reasons.try_readwrite()?);
        let mut shortfalls = self.shortfalls.try_readwrite()?;
        fill(&mut Explanations {
            index: index.as_slice_mut()?,
            points: points.as_slice_mut()?,
            dimensions: dimensions.as_slice_mut()?,
            reasons: reasons.as_slice_mut()?,
            shortfalls: shortfalls.as_slice_mut()?,
        })
    }
}

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

    /// The index alone of a table.
    fn index<'py>(
        &self,
        py: Python<'py>,
        rows: usize,
        columns: &Bound<'py, PyList>,
        others: Vec<String>,
        flag_unseen: bool,
        threads: usize,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let reading = self.reading(flag_unseen);
        let columns = Columns::new(rows, columns, others)?;
        let index = columns.detached(py, |table, problems| {
            let bound = bind(table, self.inner.schema(), &reading, problems)?;
            let columns: Vec<&[f64]> = bound.iter().map(Cow::as_ref).collect();
            let mut out = vec![0.0; rows];
            shared(&mut out, 1, threads, |start, out| {
                let part: Vec<&[f64]> =
                    columns.iter().map(|column| &column[start..start + out.len()]).collect();
                self.inner.index_columns(&part, out)
            })?;
            Ok(out)
        })?;
        Ok(index.into_pyarray(py))
    }

    /// The index alone of rows as C and Rust take them.
    fn index_rows<'py>(
        &self,
        py: Python<'py>,
        rows: PyReadonlyArray2<'py, f64>,
        threads: usize,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (count, width) = (rows.shape()[0], rows.shape()[1]);
        let rows = rows.as_slice()?;
        let index = detached(py, || {
            if width != self.inner.schema().len() {
                return Err(Error::shape("fields", self.inner.schema().len(), width));
            }
            let mut out = vec![0.0; count];
            shared(&mut out, 1, threads, |start, out| {
                self.inner.index_rows(&rows[start * width..(start + out.len()) * width], width, out)
            })?;
            Ok(out)
        })?;
        Ok(index.into_pyarray(py))
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

    /// Explains a table into arrays of the caller.
    fn explain<'py>(
        &self,
        py: Python<'py>,
        rows: usize,
        columns: &Bound<'py, PyList>,
        others: Vec<String>,
        flag_unseen: bool,
        wanted: Wanted<'py>,
    ) -> PyResult<()> {
        let reading = self.reading(flag_unseen);
        let columns = Columns::new(rows, columns, others)?;
        wanted.filled(|out| {
            columns.detached(py, |table: &Table<'_>, problems: Vec<Problem>| {
                let bound = bind(table, self.inner.schema(), &reading, problems)?;
                let columns: Vec<&[f64]> = bound.iter().map(Cow::as_ref).collect();
                self.inner.explain_columns(&columns, out)
            })
        })
    }

    /// As `explain`, of rows as C and Rust take them.
    fn explain_rows<'py>(
        &self,
        py: Python<'py>,
        rows: PyReadonlyArray2<'py, f64>,
        wanted: Wanted<'py>,
    ) -> PyResult<()> {
        let (count, width) = (rows.shape()[0], rows.shape()[1]);
        let rows = rows.as_slice()?;
        wanted.filled(|out| {
            detached(py, || {
                if width != self.inner.schema().len() {
                    return Err(Error::shape("fields", self.inner.schema().len(), width));
                }
                self.inner.explain_rows(rows, width, count, out)
            })
        })
    }

    /// Whether points add to the index from 0, and not from that of the mean customer.
    fn additive(&self) -> bool {
        self.inner.model().nodes.is_none()
    }

    /// What to say of a shortfall at each entry; empty for a file without the means of its base.
    fn reason_texts(&self) -> Vec<String> {
        if self.inner.means().is_empty() { Vec::new() } else { texts_of(self.inner.model()) }
    }

    /// Names of the entries of an explanation.
    fn point_names(&self) -> Vec<String> {
        self.inner.model().point_names().into_iter().map(str::to_owned).collect()
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
            ("forecasts", &names.forecasts),
            ("outputs", &names.outputs),
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

/// Scores columns into records.
fn records(
    scorer: &karat_scorer::Scorer,
    columns: &[&[f64]],
    rows: usize,
    threads: usize,
) -> Result<Vec<u64>> {
    let mut out = vec![0; rows * WORDS];
    shared(&mut out, WORDS, threads, |start, out| part(scorer, columns, start, out))?;
    Ok(out)
}

/// Has threads share out the rows, `each` numbers of `out` apiece, which changes no bit: `work` is given the
/// first row of its part.
pub(crate) fn shared<T: Send>(
    out: &mut [T],
    each: usize,
    threads: usize,
    work: impl Fn(usize, &mut [T]) -> Result<()> + Sync,
) -> Result<()> {
    let rows = out.len() / each;
    let offered = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if threads == 0 { offered } else { threads }.min(rows / SHARE + 1);
    if threads == 1 {
        return work(0, out);
    }
    let share = rows.div_ceil(threads);
    std::thread::scope(|scope| {
        let work = &work;
        let parts: Vec<_> = out
            .chunks_mut(share * each)
            .enumerate()
            .map(|(number, out)| scope.spawn(move || work(number * share, out)))
            .collect();
        parts.into_iter().try_for_each(|part| match part.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })
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
