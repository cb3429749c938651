//! Reasons, what-if and the way to the next grade.

use crate::error::{detached, raise};
use crate::row;
use crate::scorer::{Named, Scorer, name_of};
use crate::table::{Columns, bind};
use karat::evaluate::normalise::{Normalisation, Normaliser};
use karat::evaluate::split::{index_of, shapley};
use karat::evaluate::what_if::{self, NextGrade};
use karat::{Error, Result};
use karat_scorer::{Explanation, FieldKind, NONE};
use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyList;
use std::borrow::Cow;

/// A value of a field as Python knows it: a number, or a category.
#[derive(IntoPyObject)]
enum Value {
    Number(f64),
    Category(String),
}

/// Indicator, field, value now, value needed, effort.
type Step = (String, String, Option<Value>, Value, f64);

/// Next grade, points missing, the steps.
type Next = (Option<String>, f64, Vec<Step>);

/// The score before and after, and what each entry gains.
type Changed<'s> = (Named<'s>, Named<'s>, Vec<(String, f64)>);

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(reference_index, module)?)?;
    module.add_function(wrap_pyfunction!(next_grade, module)?)?;
    module.add_function(wrap_pyfunction!(what_if_row, module)?)?;
    module.add_function(wrap_pyfunction!(shapley_values, module)?)?;
    module.add_function(wrap_pyfunction!(normalise, module)?)
}

/// Calls `work` for every row of a table.
fn each_row(
    py: Python<'_>,
    scorer: &Scorer,
    rows: usize,
    columns: &Bound<'_, PyList>,
    others: Vec<String>,
    mut work: impl FnMut(&[f64]) -> Result<()> + Send,
) -> PyResult<()> {
    let columns = Columns::new(rows, columns, others)?;
    columns.detached(py, |table, problems| {
        let bound = bind(table, scorer.inner.schema(), &scorer.reading, problems)?;
        let columns: Vec<&[f64]> = bound.iter().map(Cow::as_ref).collect();
        let mut row = vec![0.0; columns.len()];
        for position in 0..rows {
            row.iter_mut().zip(&columns).for_each(|(slot, column)| *slot = column[position]);
            work(&row)?;
        }
        Ok(())
    })
}

/// What the points of each row add to; none in an additive model, where it is 0.
#[pyfunction]
fn reference_index<'py>(
    py: Python<'py>,
    scorer: &Scorer,
    rows: usize,
    columns: &Bound<'py, PyList>,
    others: Vec<String>,
) -> PyResult<Option<Bound<'py, PyArray1<f64>>>> {
    if scorer.inner.model().nodes.is_none() {
        return Ok(None);
    }
    let mut base = Vec::with_capacity(rows);
    each_row(py, scorer, rows, columns, others, |row| {
        base.push(scorer.inner.base(row)?);
        Ok(())
    })?;
    Ok(Some(base.into_pyarray(py)))
}

fn value_of(scorer: &Scorer, field: usize, value: f64) -> Value {
    match &scorer.inner.schema().fields()[field].kind {
        FieldKind::Categorical(names) => {
            names.get(value as usize).map_or(Value::Number(value), |name| Value::Category(name.clone()))
        }
        _ => Value::Number(value),
    }
}

#[pyfunction]
fn next_grade<'py>(
    py: Python<'py>,
    scorer: &Scorer,
    rows: usize,
    columns: &Bound<'py, PyList>,
    others: Vec<String>,
) -> PyResult<Vec<Next>> {
    let mut found: Vec<NextGrade> = Vec::with_capacity(rows);
    each_row(py, scorer, rows, columns, others, |row| {
        found.push(what_if::points_to_next_grade(&scorer.inner, row)?);
        Ok(())
    })?;
    let model = scorer.inner.model();
    let step = |change: &what_if::Change| {
        let from = (!change.from.is_nan()).then(|| value_of(scorer, change.field, change.from));
        (
            model.names.indicators[change.indicator].clone(),
            model.schema.fields()[change.field].name.clone(),
            from,
            value_of(scorer, change.field, change.to),
            change.effort,
        )
    };
    let next = |next: &NextGrade| {
        let grade = name_of(&model.names.grades, next.grade.unwrap_or(NONE)).map(str::to_owned);
        (grade, next.points, next.changes.iter().map(step).collect())
    };
    Ok(found.iter().map(next).collect())
}

/// The records of a row as it is and changed, and what each entry of the explanation gains.
#[pyfunction]
fn what_if_row<'s>(
    py: Python<'_>,
    scorer: &'s Bound<'_, Scorer>,
    row: &Bound<'_, PyAny>,
    changed: &Bound<'_, PyAny>,
) -> PyResult<Changed<'s>> {
    let scorer = scorer.get();
    let fields = scorer.inner.schema().fields();
    let read = |row: &Bound<'_, PyAny>| -> PyResult<Vec<f64>> {
        let table = row::table_of(py, row, fields)?;
        let bound = bind(&table, scorer.inner.schema(), &scorer.reading, Vec::new());
        Ok(bound.map_err(|error| raise(py, &error))?.iter().map(|column| column[0]).collect())
    };
    let (row, changed) = (read(row)?, read(changed)?);
    let changes: Vec<(usize, f64)> = changed.into_iter().enumerate().collect();
    let found = what_if::what_if(&scorer.inner, &row, &changes).map_err(|error| raise(py, &error))?;
    let names = scorer.inner.model().point_names().into_iter().map(str::to_owned);
    Ok((scorer.named(&found.before), scorer.named(&found.after), names.zip(found.gained).collect()))
}

#[pyfunction]
fn shapley_values<'py>(
    py: Python<'py>,
    scorer: &Scorer,
    rows: usize,
    columns: &Bound<'py, PyList>,
    others: Vec<String>,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let inner = &scorer.inner;
    let count = inner.model().indicators.list.len();
    let mut all = Vec::with_capacity(rows * count);
    // The model as each row is weighed.
    let mut weighed = inner.model().clone();
    each_row(py, scorer, rows, columns, others, |row| {
        if inner.means().is_empty() {
            return Err(Error::argument("model", "must hold the means of its base: fit it again", "none"));
        }
        let mut z = vec![0.0; count];
        let explanation = &mut Explanation { indicators: &mut z, ..Explanation::default() };
        let score = inner.explain(row, explanation)?;
        if score.index.is_nan() {
            all.resize(all.len() + count, f64::NAN);
            return Ok(());
        }
        if inner.model().profiles.is_some() {
            weighed.tree.weights = inner.weights(row)?.to_vec();
        }
        all.extend(shapley(|z| index_of(&weighed, z), &z, inner.means())?);
        Ok(())
    })?;
    let array = Array2::from_shape_vec((rows, count), all)
        .map_err(|_| raise(py, &Error::shape("Shapley values", rows * count, 0)))?;
    Ok(array.into_pyarray(py))
}

/// Values normalised with the parameters of a base.
#[pyfunction]
fn normalise<'py>(
    py: Python<'py>,
    base: PyReadonlyArray1<'py, f64>,
    values: PyReadonlyArray1<'py, f64>,
    method: &str,
    a: f64,
    b: f64,
    cost: bool,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let how = match method {
        "min_max" => Normalisation::MinMax { from: a, to: b },
        "z_score" => Normalisation::ZScore { mean: a, standard_deviation: b },
        "rank" => Normalisation::Rank,
        "vector" => Normalisation::Vector,
        _ => Normalisation::Maximum,
    };
    let (base, values) = (base.as_slice()?, values.as_slice()?);
    let found = detached(py, || Ok(Normaliser::fit(base, how, cost)?.apply_all(values)))?;
    Ok(found.into_pyarray(py))
}
