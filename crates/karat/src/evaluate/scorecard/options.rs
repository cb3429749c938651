//! What a person decides about the bins.

use super::dynamic_programme::Trend;
use crate::plan::Ordered;
use crate::table::{Reading, default_null_values};
use karat_scorer::{Error, Result};
use serde::{Deserialize, Serialize};

/// Most pre-bins and most bins of a field.
pub const MAX_PRE_BINS: usize = 256;

/// What the target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TargetKind {
    /// 1 where the event happened, 0 where it did not; bins are made for their information value.
    #[default]
    Binary,
    /// A number, such as next year's margin; bins are made for the share of its variance they explain.
    Continuous,
}

/// Optimal binning: joins the values of a field into the bins that tell most about a target.
///
/// Values are first cut into fine pre-bins by quantiles; where a field has no more different values than
/// [`pre_bins`](OptimalBinning::pre_bins), each is one. Among **all** ways to join neighbouring pre-bins that
/// satisfy the constraints, dynamic programming finds the one of greatest information value; where pre-bins
/// hold several values, ever finer ones around the cuts found are searched in the same way, down to single
/// values. Categories are put in the order of their event rates first. Missing values, and special ones, have bins of their own.
/// The result is the same to the bit in every run and for any number of threads.
///
/// ```
/// use karat::Table;
/// use karat::evaluate::scorecard::{OptimalBinning, Trend};
/// let table = Table::from_columns([
///     ("tenure", vec![1.0, 2.0, 3.0, 14.0, 20.0, 33.0, 41.0, 60.0].into()),
///     ("contract", vec!["month", "month", "month", "month", "year", "year", "year", "month"].into()),
/// ])?;
/// let left = [1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0];
/// let binning = OptimalBinning::new().minimum_share(0.2).trend(Trend::Descending).fit(&table, &left)?;
/// let rates: Vec<f64> = binning.fields[0].bins[..2].iter().map(|bin| bin.rate()).collect();
/// assert!(rates[0] > rates[1]);
/// assert_eq!(binning.fields[1].bins[0].label, "{year}");
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct OptimalBinning {
    /// What the target is.
    pub target: TargetKind,
    /// Most ordinary bins of a field, 1 to 256.
    pub maximum_bins: usize,
    /// Most pre-bins of a field, 2 to 256.
    pub pre_bins: usize,
    /// Least share of the whole weight that an ordinary bin must hold, 0 to 0.5.
    pub minimum_share: f64,
    /// Least events, and least non-events, of an ordinary bin; only for a binary target.
    pub minimum_events: f64,
    /// Least distance between the event rates, or means, of neighbours.
    pub minimum_difference: f64,
    /// Which way event rates may run from bin to bin; only for numeric fields.
    pub trend: Trend,
    /// Values of numeric fields that mean something of their own, such as -1 for "unknown".
    pub special: Vec<f64>,
    /// What is different for single fields.
    pub fields: Ordered<FieldOptions>,
    /// Texts that mean "missing".
    pub null_values: Vec<String>,
    /// Threads, 0 for all; they change no result.
    pub threads: usize,
}

/// What is different for one field; what is not given is as for all.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct FieldOptions {
    /// Trend of this field.
    pub trend: Option<Trend>,
    /// Where every bin but the first begins, ascending: used as they are, nothing is searched.
    pub cuts: Option<Vec<f64>>,
    /// Where bins may begin, in place of quantiles.
    pub candidates: Option<Vec<f64>>,
    /// Special values of this field.
    pub special: Option<Vec<f64>>,
    /// Whether the column holds categories; if not given, columns of text do.
    pub categorical: Option<bool>,
}

impl FieldOptions {
    /// Sets the trend.
    #[must_use]
    pub fn trend(mut self, trend: Trend) -> FieldOptions {
        self.trend = Some(trend);
        self
    }

    /// Sets the cuts, which are then used as they are.
    #[must_use]
    pub fn cuts(mut self, cuts: &[f64]) -> FieldOptions {
        self.cuts = Some(cuts.to_vec());
        self
    }

    /// Sets where bins may begin.
    #[must_use]
    pub fn candidates(mut self, candidates: &[f64]) -> FieldOptions {
        self.candidates = Some(candidates.to_vec());
        self
    }

    /// Sets the special values.
    #[must_use]
    pub fn special(mut self, special: &[f64]) -> FieldOptions {
        self.special = Some(special.to_vec());
        self
    }

    /// Says whether the column holds categories.
    #[must_use]
    pub fn categorical(mut self, categorical: bool) -> FieldOptions {
        self.categorical = Some(categorical);
        self
    }
}

impl Default for OptimalBinning {
    fn default() -> OptimalBinning {
        OptimalBinning {
            target: TargetKind::Binary,
            maximum_bins: 10,
            pre_bins: 64,
            minimum_share: 0.05,
            minimum_events: 1.0,
            minimum_difference: 0.0,
            trend: Trend::Free,
            special: Vec::new(),
            fields: Ordered::new(),
            null_values: default_null_values(),
            threads: 0,
        }
    }
}

impl OptimalBinning {
    /// For a binary target: at most 10 bins from 64 pre-bins, each of at least 5 % of the rows with an event
    /// and a non-event, any trend.
    #[must_use]
    pub fn new() -> OptimalBinning {
        OptimalBinning::default()
    }

    /// Sets what the target is.
    #[must_use]
    pub fn target(mut self, target: TargetKind) -> OptimalBinning {
        self.target = target;
        self
    }

    /// Sets the most ordinary bins of a field.
    #[must_use]
    pub fn maximum_bins(mut self, bins: usize) -> OptimalBinning {
        self.maximum_bins = bins;
        self
    }

    /// Sets the most pre-bins of a field.
    #[must_use]
    pub fn pre_bins(mut self, pre_bins: usize) -> OptimalBinning {
        self.pre_bins = pre_bins;
        self
    }

    /// Sets the least share of the weight in a bin.
    #[must_use]
    pub fn minimum_share(mut self, share: f64) -> OptimalBinning {
        self.minimum_share = share;
        self
    }

    /// Sets the least events, and non-events, in a bin.
    #[must_use]
    pub fn minimum_events(mut self, events: f64) -> OptimalBinning {
        self.minimum_events = events;
        self
    }

    /// Sets the least distance between the rates of neighbours.
    #[must_use]
    pub fn minimum_difference(mut self, difference: f64) -> OptimalBinning {
        self.minimum_difference = difference;
        self
    }

    /// Sets the trend of all numeric fields.
    #[must_use]
    pub fn trend(mut self, trend: Trend) -> OptimalBinning {
        self.trend = trend;
        self
    }

    /// Sets the special values of all numeric fields.
    #[must_use]
    pub fn special(mut self, special: &[f64]) -> OptimalBinning {
        self.special = special.to_vec();
        self
    }

    /// Sets what is different for one field.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>, options: FieldOptions) -> OptimalBinning {
        self.fields.insert(name.into(), options);
        self
    }

    /// Sets the number of threads.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> OptimalBinning {
        self.threads = threads;
        self
    }

    /// Reads options written as JSON, as the Python face does; they are checked by the fit.
    ///
    /// # Errors
    /// [`Error::Argument`] for anything else.
    pub fn from_json(text: &str) -> Result<OptimalBinning> {
        serde_json::from_str(text).map_err(|error| Error::argument("binning", "must be readable", error))
    }

    pub(super) fn reading(&self) -> Reading {
        Reading { null_values: self.null_values.clone(), refuse_infinite: true, ..Reading::default() }
    }

    pub(super) fn options(&self, name: &str) -> FieldOptions {
        self.fields.get(name).cloned().unwrap_or_default()
    }

    /// Refuses parameters that no base can satisfy.
    pub(super) fn check(&self) -> Result<()> {
        if !(1..=MAX_PRE_BINS).contains(&self.maximum_bins) {
            return Err(Error::argument("maximum_bins", "must be 1 to 256", self.maximum_bins));
        }
        if !(2..=MAX_PRE_BINS).contains(&self.pre_bins) {
            return Err(Error::argument("pre_bins", "must be 2 to 256", self.pre_bins));
        }
        if !(0.0..=0.5).contains(&self.minimum_share) {
            return Err(Error::argument("minimum_share", "must be 0 to 0.5", self.minimum_share));
        }
        for (name, value) in
            [("minimum_events", self.minimum_events), ("minimum_difference", self.minimum_difference)]
        {
            if !(value.is_finite() && value >= 0.0) {
                return Err(Error::argument(name, "must be finite and >= 0", value));
            }
        }
        check_values("special", &self.special, false)?;
        for (name, options) in &self.fields {
            check_field(name, options)?;
        }
        Ok(())
    }
}

fn check_field(name: &str, options: &FieldOptions) -> Result<()> {
    let place = |what: &str| format!("{what} of {name}");
    for (what, cuts) in [("cuts", &options.cuts), ("candidates", &options.candidates)] {
        if let Some(cuts) = cuts {
            check_values(&place(what), cuts, true)?;
            if cuts.len() >= MAX_PRE_BINS {
                return Err(Error::argument(place(what), "must number at most 255", cuts.len()));
            }
        }
    }
    if options.cuts.is_some() && options.candidates.is_some() {
        return Err(Error::argument(place("cuts"), "must not come with `candidates`", "both"));
    }
    if let Some(special) = &options.special {
        check_values(&place("special"), special, false)?;
    }
    let numeric = options.cuts.is_some() || options.candidates.is_some() || options.special.is_some();
    if options.categorical == Some(true) && (numeric || options.trend.is_some()) {
        let rule = "must not have cuts, special values or a trend: categories follow their event rates";
        return Err(Error::argument(place("options"), rule, "categorical"));
    }
    Ok(())
}

fn check_values(place: &str, values: &[f64], ascending: bool) -> Result<()> {
    if let Some(bad) = values.iter().find(|value| !value.is_finite()) {
        return Err(Error::argument(place, "must be finite; missing values have their own bin", bad));
    }
    match values.windows(2).find(|pair| pair[0] >= pair[1]) {
        Some(pair) if ascending => {
            let shown = format!("{} after {}", pair[1], pair[0]);
            Err(Error::argument(place, "must ascend", shown))
        }
        _ => Ok(()),
    }
}
