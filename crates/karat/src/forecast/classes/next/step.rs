//! The frozen pipeline: classes, recogniser, forecaster.

use super::fields::{forecasting, pick};
use super::order::ValueClasses;
use super::panel::Panel;
use crate::table::{Reading, Table, Unseen};
use karat_scorer::step::{Asked, Expansion, Link};
use karat_scorer::{Error, Result};

/// What a fit leaves: it classifies, recognises and forecasts.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NextClassStep {
    /// The classes.
    pub classes: ValueClasses,
    /// Columns beside the measures that the networks look at.
    pub fields: Vec<String>,
    /// Probabilities of the class of the period after.
    pub forecaster: Expansion,
    /// Probabilities of the class now, from the fields alone.
    pub recogniser: Option<Expansion>,
    /// Cost of deciding for a class (column) where another is true (row).
    pub costs: Vec<Vec<f64>>,
}

/// Forecasts of rows.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct NextClasses {
    /// Where each row stands in the table.
    pub rows: Vec<usize>,
    /// Class of the row's period.
    pub now: Vec<u32>,
    /// The class decided for.
    pub next: Vec<u32>,
    /// Probabilities of the class of the period after, one for each class, row by row.
    pub probabilities: Vec<f64>,
}

impl NextClassStep {
    /// Forecasts the next class for every row of a panel, by customer, then by period.
    ///
    /// # Errors
    /// [`Error::Schema`] and [`Error::Data`] for columns that are absent or cannot be read.
    pub fn forecast(&self, panel: &Panel<'_>) -> Result<NextClasses> {
        self.forecast_rows(panel, |_| true)
    }

    /// Forecasts the next class from the last period of each customer.
    ///
    /// # Errors
    /// As [`forecast`](NextClassStep::forecast).
    pub fn forecast_last(&self, panel: &Panel<'_>) -> Result<NextClasses> {
        self.forecast_rows(panel, |row| is_last(panel, row))
    }

    /// What each main effect and interaction of the forecaster adds to the output of each class, for the last
    /// period of each customer: `forecaster.groups.len() * forecaster.outputs` numbers a row. With
    /// `forecaster.base` they add up in order to the outputs before the softmax.
    ///
    /// # Errors
    /// As [`forecast`](NextClassStep::forecast).
    pub fn explain_last(&self, panel: &Panel<'_>) -> Result<Vec<f64>> {
        let table = self.table(panel, &self.classes.of(panel)?)?;
        let rows: Vec<usize> = (0..panel.rows().len()).filter(|&row| is_last(panel, row)).collect();
        asked(&self.forecaster, &pick(&table, &rows)?, Asked::Contributions, 0)
    }

    fn forecast_rows(&self, panel: &Panel<'_>, wanted: impl Fn(usize) -> bool) -> Result<NextClasses> {
        let classes = self.classes.of(panel)?;
        let table = self.table(panel, &classes)?;
        let rows: Vec<usize> = (0..classes.len()).filter(|&row| wanted(row)).collect();
        let probabilities = probabilities(&self.forecaster, &pick(&table, &rows)?, 0)?;
        Ok(NextClasses {
            next: super::compare::decide(self.classes.count(), &probabilities, &self.costs),
            now: rows.iter().map(|&row| classes[row]).collect(),
            rows: rows.iter().map(|&row| panel.rows()[row]).collect(),
            probabilities,
        })
    }

    /// The forecaster's fields of every row of a panel.
    pub(super) fn table(&self, panel: &Panel<'_>, classes: &[u32]) -> Result<Table<'static>> {
        let ValueClasses { measures, window, .. } = &self.classes;
        forecasting(panel, classes, self.classes.count(), measures, *window, &self.fields)
    }

    /// Probabilities of the class now, from the fields alone, for rows of any table.
    ///
    /// # Errors
    /// [`Error::Argument`] without a recogniser; as [`forecast`](NextClassStep::forecast).
    pub fn recognise(&self, table: &Table<'_>) -> Result<Vec<f64>> {
        let Some(recogniser) = &self.recogniser else {
            let rule =
                "must have been learned: there were no fields beside the measures, or it was not asked for";
            return Err(Error::argument("recogniser", rule, "none"));
        };
        probabilities(recogniser, table, 0)
    }

    pub(super) fn check(&self) -> Result<()> {
        self.classes.check()?;
        let count = self.classes.count();
        for network in [Some(&self.forecaster), self.recogniser.as_ref()].into_iter().flatten() {
            network.check()?;
            let outputs = if network.link == Link::Logistic { 2 } else { network.outputs };
            if outputs != count {
                return Err(Error::shape("outputs of a network of classes", count, outputs));
            }
        }
        if self.costs.len() != count || self.costs.iter().any(|row| row.len() != count) {
            return Err(Error::shape("rows of costs, each as long", count, self.costs.len()));
        }
        Ok(())
    }
}

/// Whether a row is the last of its customer.
fn is_last(panel: &Panel<'_>, row: usize) -> bool {
    panel.customers().get(row + 1) != panel.customers().get(row)
}

fn asked(network: &Expansion, table: &Table<'_>, asked: Asked, threads: usize) -> Result<Vec<f64>> {
    let reading = Reading { unseen: Unseen::Flag, ..Reading::default() };
    let bound = table.bind(&network.schema()?, &reading)?;
    let columns: Vec<&[f64]> = bound.iter().map(|column| &**column).collect();
    let mut out = vec![0.0; table.len() * network.width_of(asked)];
    network.eval_batch(&columns, asked, &mut out, threads)?;
    Ok(out)
}

/// A probability for each class, row by row.
pub(super) fn probabilities(network: &Expansion, table: &Table<'_>, threads: usize) -> Result<Vec<f64>> {
    let out = asked(network, table, Asked::Value, threads)?;
    if network.link == Link::Logistic {
        return Ok(out.into_iter().flat_map(|chance| [1.0 - chance, chance]).collect());
    }
    Ok(out)
}
