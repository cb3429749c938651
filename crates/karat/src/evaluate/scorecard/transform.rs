//! Bins applied to tables.

use super::field::{BinKind, FieldBinning};
use super::options::TargetKind;
use crate::evaluate::weights::Finding;
use crate::numerics::parallel::{over_slots, thread_count};
use crate::table::{Reading, Table};
use karat_scorer::{Error, MAX_FIELDS, Result, Schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Rows that repay the start of a thread.
const CHUNK: usize = 16_384;

/// The bins of every field of a table, frozen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Binning {
    /// What the target was.
    pub target: TargetKind,
    /// Weight of all rows: their number unless rows were weighted.
    pub weight: f64,
    /// Sum of the target: the events of a binary one.
    pub total: f64,
    /// The fields in the order of the table.
    pub fields: Vec<FieldBinning>,
    /// W160 to W162.
    #[serde(skip)]
    pub findings: Vec<Finding>,
}

/// What [`Binning::transform`] gives for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transform {
    /// Weight of evidence of its bin, in full precision.
    Evidence,
    /// Event rate, or mean of the target, of its bin; NaN of a bin that held no rows.
    Rate,
    /// Position of its bin in [`FieldBinning::bins`].
    Position,
}

impl Binning {
    /// The field `name`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&FieldBinning> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The fields of a row, in order.
    ///
    /// # Errors
    /// [`Error::Argument`] for more fields than a row can have.
    pub fn schema(&self) -> Result<Schema> {
        Schema::new(self.fields.iter().map(FieldBinning::field).collect())
    }

    /// The columns of the fields as numbers: values, or positions of categories. There may be more fields than
    /// a row of a model can have.
    ///
    /// # Errors
    /// As [`Table::bind`]: every problem found.
    pub fn bind<'t>(&self, table: &'t Table<'_>, reading: &Reading) -> Result<Vec<Cow<'t, [f64]>>> {
        let (mut bound, mut absent, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
        for fields in self.fields.chunks(MAX_FIELDS) {
            let schema = Schema::new(fields.iter().map(FieldBinning::field).collect())?;
            match table.bind(&schema, reading) {
                Ok(columns) => bound.extend(columns),
                Err(Error::Schema(problems)) => absent.extend(problems),
                Err(Error::Data(problems)) => wrong.extend(problems),
                Err(other) => return Err(other),
            }
        }
        if !absent.is_empty() {
            absent.append(&mut wrong);
            return Err(Error::Schema(absent));
        }
        if wrong.is_empty() { Ok(bound) } else { Err(Error::Data(wrong)) }
    }

    /// One column for each field: what the bin of every row says. Columns are matched by name.
    ///
    /// # Errors
    /// As [`Table::bind`]; a category that the fit did not see is refused, or missing if `reading` says so.
    ///
    /// ```
    /// use karat::{Reading, Table};
    /// use karat::evaluate::scorecard::{OptimalBinning, Transform};
    /// let table = Table::from_columns([("complaints", vec![0.0, 0.0, 1.0, 1.0].into())])?;
    /// let binning = OptimalBinning::new().fit(&table, &[0.0, 0.0, 0.0, 1.0])?;
    /// let positions = binning.transform(&table, &Reading::default(), Transform::Position, 0)?;
    /// assert_eq!(positions, [vec![0.0; 4]]); // a bin without events would not do
    /// # Ok::<(), karat::Error>(())
    /// ```
    pub fn transform(
        &self,
        table: &Table<'_>,
        reading: &Reading,
        transform: Transform,
        threads: usize,
    ) -> Result<Vec<Vec<f64>>> {
        let bound = self.bind(table, reading)?;
        let of = |(field, values): (&FieldBinning, &Cow<'_, [f64]>)| {
            let levels: Vec<f64> = (0..field.bins.len())
                .map(|position| match transform {
                    Transform::Evidence => field.bins[position].evidence,
                    Transform::Rate => field.bins[position].rate(),
                    Transform::Position => position as f64,
                })
                .collect();
            look_up(field, values, &levels, threads)
        };
        Ok(self.fields.iter().zip(&bound).map(of).collect())
    }

    /// Reads what [`to_json`](Binning::to_json) wrote.
    ///
    /// # Errors
    /// [`Error::Format`] for anything else.
    pub fn from_json(text: &str) -> Result<Binning> {
        let binning: Binning = serde_json::from_str(text)
            .map_err(|error| Error::Format(format!("not a binning that karat wrote: {error}")))?;
        let whole = binning.fields.iter().all(|field| {
            let special = match &field.kind {
                BinKind::Numeric { special, .. } => special.len(),
                BinKind::Categorical { .. } => 0,
            };
            field.bins.len() == field.ordinary() + special + 1
        });
        if whole { Ok(binning) } else { Err(Error::Format("a binning with bins left out".to_owned())) }
    }

    /// The bins as JSON, to the last bit; findings are not kept.
    ///
    /// # Errors
    /// [`Error::Argument`] for numbers that JSON cannot hold.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|error| Error::argument("binning", "must be writable as JSON", error))
    }
}

/// The level of the bin of each value.
pub(super) fn look_up(field: &FieldBinning, values: &[f64], levels: &[f64], threads: usize) -> Vec<f64> {
    let mut found = vec![0.0; values.len()];
    over_slots(thread_count(threads), CHUNK, &mut found, |rows, slots| {
        for (slot, &value) in slots.iter_mut().zip(&values[rows]) {
            *slot = levels.get(field.bin_of(value)).copied().unwrap_or(f64::NAN);
        }
    });
    found
}
