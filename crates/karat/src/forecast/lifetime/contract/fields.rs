//! Fields of customers that a regression reads.

use karat_scorer::{Error, Problem, Result};

/// Columns of numbers with their names, one value a customer.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    /// Names, one for each column.
    pub names: &'a [String],
    /// Columns.
    pub columns: &'a [&'a [f64]],
}

impl<'a> Fields<'a> {
    /// Columns with their names.
    ///
    /// # Errors
    /// [`Error::Shape`] when there is not one name for each column.
    pub fn new(names: &'a [String], columns: &'a [&'a [f64]]) -> Result<Fields<'a>> {
        if names.len() == columns.len() {
            Ok(Fields { names, columns })
        } else {
            Err(Error::shape("names of fields", columns.len(), names.len()))
        }
    }

    /// No fields at all.
    #[must_use]
    pub fn none() -> Fields<'static> {
        Fields { names: &[], columns: &[] }
    }

    /// Standard deviation of each column, after everything that is wrong has been refused.
    pub(super) fn check(&self, rows: usize) -> Result<Vec<f64>> {
        let mut problems = Vec::new();
        let mut deviations = Vec::new();
        for (name, column) in self.names.iter().zip(self.columns) {
            if column.len() != rows {
                return Err(Error::shape(format!("rows of field `{name}`"), rows, column.len()));
            }
            let bad: Vec<usize> = (0..rows).filter(|&row| !column[row].is_finite()).collect();
            if !bad.is_empty() {
                let remedy = "fill these values, or leave the customers out";
                problems.push(Problem::new(name, "missing or infinite", remedy).at(bad.len(), bad));
                continue;
            }
            let mean = column.iter().sum::<f64>() / rows as f64;
            let squares: f64 = column.iter().map(|x| (x - mean) * (x - mean)).sum();
            let deviation = (squares / rows as f64).sqrt();
            if deviation <= 1e-13 * mean.abs() {
                let what = format!("every value is {mean}, so that it tells no customers apart");
                problems.push(Problem::new(name, what, "leave the field out"));
            }
            deviations.push(deviation);
        }
        if problems.is_empty() { Ok(deviations) } else { Err(Error::Data(problems)) }
    }

    pub(super) fn score(&self, row: usize, coefficients: &[f64]) -> f64 {
        let mut score = 0.0;
        for (column, &coefficient) in self.columns.iter().zip(coefficients) {
            score += column[row] * coefficient;
        }
        score
    }
}
