//! The target, checked, with the weights of its rows.

use super::options::TargetKind;
use super::weight_of_evidence::{Cell, Objective};
use karat_scorer::{Error, Problem, Result};

/// A checked target.
#[derive(Debug, Clone)]
pub(super) struct Target<'a> {
    kind: TargetKind,
    values: &'a [f64],
    weights: Option<&'a [f64]>,
    /// Taken off a continuous target; 0 of a binary one.
    pub(super) mean: f64,
    /// Of all rows, with the mean taken off.
    pub(super) all: Cell,
    squares: f64,
}

impl<'a> Target<'a> {
    pub(super) fn new(
        kind: TargetKind,
        rows: usize,
        values: &'a [f64],
        weights: Option<&'a [f64]>,
    ) -> Result<Target<'a>> {
        if rows == 0 {
            return Err(Error::data(Problem::new(
                "",
                "the table has no rows",
                "give at least two customers",
            )));
        }
        if values.len() != rows {
            return Err(Error::shape("values of the target", rows, values.len()));
        }
        if u32::try_from(rows).is_err() {
            return Err(Error::argument("rows", "must number less than 2^32", rows));
        }
        check_weights(weights, rows)?;
        check_values(kind, values)?;
        let mut target = Target { kind, values, weights, mean: 0.0, all: Cell::default(), squares: 0.0 };
        let sum = |target: &Target<'_>| {
            (0..rows as u32).fold(Cell::default(), |mut all, row| {
                let (weight, y) = target.of(row);
                all.add(weight, y);
                all
            })
        };
        target.all = sum(&target);
        if kind == TargetKind::Continuous {
            target.mean = target.all.rate();
            target.all = sum(&target);
            let squares = (0..rows as u32).map(|row| target.of(row));
            target.squares = squares.map(|(weight, y)| weight * (y * y)).sum();
        }
        target.check_varied()?;
        Ok(target)
    }

    /// Weight and value of a row.
    pub(super) fn of(&self, row: u32) -> (f64, f64) {
        let row = row as usize;
        let weight = self.weights.map_or(1.0, |weights| weights[row]);
        (weight, self.values[row] - self.mean)
    }

    /// Sum of the target over all rows.
    pub(super) fn sum(&self) -> f64 {
        self.all.total + self.mean * self.all.weight
    }

    pub(super) fn objective(&self) -> Objective {
        match self.kind {
            TargetKind::Binary => Objective::InformationValue {
                events: self.all.total,
                non_events: self.all.weight - self.all.total,
            },
            TargetKind::Continuous => Objective::BetweenSquares,
        }
    }

    /// What the objective is divided by to be reported: 1, or the whole sum of squares.
    pub(super) fn scale(&self) -> f64 {
        if self.kind == TargetKind::Continuous { self.squares } else { 1.0 }
    }

    fn check_varied(&self) -> Result<()> {
        let remedy = "bins need rows of either kind";
        let constant = match self.kind {
            TargetKind::Binary if self.all.total <= 0.0 => "there are no events: one class, every value is 0",
            TargetKind::Binary if self.all.total >= self.all.weight => {
                "there are only events: one class, every value is 1"
            }
            TargetKind::Continuous if !self.squares.is_finite() => {
                return Err(Error::data(Problem::new("target", "too large to be squared", "rescale it")));
            }
            TargetKind::Continuous if self.squares <= 0.0 => "every value is the same",
            _ => return Ok(()),
        };
        Err(Error::data(Problem::new("target", constant, remedy)))
    }
}

fn check_weights(weights: Option<&[f64]>, rows: usize) -> Result<()> {
    let Some(weights) = weights else { return Ok(()) };
    if weights.len() != rows {
        return Err(Error::shape("weights", rows, weights.len()));
    }
    if let Some(row) = weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
        let rule = format!("must be finite and >= 0 (row {row})");
        return Err(Error::argument("weights", rule, weights[row]));
    }
    if weights.iter().all(|&weight| weight == 0.0) {
        return Err(Error::argument("weights", "must not be zero in every row", "0"));
    }
    Ok(())
}

/// Every row must say what happened.
fn check_values(kind: TargetKind, values: &[f64]) -> Result<()> {
    let located = |what: &str, remedy: &str, wrong: &dyn Fn(f64) -> bool| {
        let rows: Vec<usize> = (0..values.len()).filter(|&row| wrong(values[row])).collect();
        (!rows.is_empty()).then(|| Problem::new("target", what, remedy).at(rows.len(), rows))
    };
    let missing = located("missing", "drop these rows: nothing can be learned from them", &f64::is_nan);
    let wrong = match kind {
        TargetKind::Binary => located("neither 0 nor 1", "give 1 for an event and 0 for none", &|value| {
            !value.is_nan() && value != 0.0 && value != 1.0
        }),
        TargetKind::Continuous => {
            located("infinite", "replace these values or drop the rows", &f64::is_infinite)
        }
    };
    let problems: Vec<Problem> = missing.into_iter().chain(wrong).collect();
    if problems.is_empty() { Ok(()) } else { Err(Error::Data(problems)) }
}
