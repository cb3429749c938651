//! Whether indicators deserve their place: five admission tests.

use super::base::Base;
use super::effective::{against, moments};
use super::moments::Moments;
use crate::evaluate::weights::Finding;
use karat_scorer::{Error, Result};

/// Limits of [`lint`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct LintOptions {
    /// `W214`: largest share of missing values; 0.05.
    pub missing: f64,
    /// `W215`: largest variance inflation factor; 5.
    pub inflation: f64,
    /// `W215`: largest correlation of two indicators, either sign; 0.8.
    pub correlated: f64,
    /// `W217`: least weight, as a share of all; 0.02.
    pub weight: f64,
}

impl Default for LintOptions {
    fn default() -> LintOptions {
        LintOptions { missing: 0.05, inflation: 5.0, correlated: 0.8, weight: 0.02 }
    }
}

impl LintOptions {
    /// The defaults.
    #[must_use]
    pub fn new() -> LintOptions {
        LintOptions::default()
    }

    /// Sets the largest share of missing values.
    #[must_use]
    pub fn missing(mut self, missing: f64) -> LintOptions {
        self.missing = missing;
        self
    }

    /// Sets the largest variance inflation factor.
    #[must_use]
    pub fn inflation(mut self, inflation: f64) -> LintOptions {
        self.inflation = inflation;
        self
    }

    /// Sets the largest correlation of two indicators.
    #[must_use]
    pub fn correlated(mut self, correlated: f64) -> LintOptions {
        self.correlated = correlated;
        self
    }

    /// Sets the least weight.
    #[must_use]
    pub fn weight(mut self, weight: f64) -> LintOptions {
        self.weight = weight;
        self
    }
}

/// What the tests measured of one indicator.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Admission {
    /// The indicator.
    pub name: String,
    /// Share of rows whose field is missing, refused customers included.
    pub missing: f64,
    /// Variance inflation factor among the indicators; infinite for a combination of others, NaN without spread.
    pub inflation: f64,
    /// The indicator it is most correlated with, either sign; none without spread.
    pub nearest: Option<String>,
    /// That correlation; NaN if there is none.
    pub nearest_correlation: f64,
    /// Correlation with the outcome if one was given, else with the index.
    pub guidance: f64,
    /// Weight as a share of all.
    pub weight: f64,
    /// Standard deviation of its values on the common scale.
    pub spread: f64,
}

/// What the admission tests say.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Lint {
    /// The measures, by indicator.
    pub indicators: Vec<Admission>,
    /// `W213` naming, `W214` completeness, `W215` independence, `W216` guidance, `W217` and `W218` importance.
    pub findings: Vec<Finding>,
}

/// Puts every indicator to five tests: naming, completeness, independence, guidance, importance (the admission
/// tests of the literature on corporate customer value).
///
/// `outcome` holds a number for each row of the table, NaN where it is unknown: what the index is meant to tell,
/// more being better. Without one, the index itself gives the direction.
///
/// # Errors
/// [`Error::Shape`] for an outcome of another length.
///
/// ```
/// # use karat::evaluate::analysis::*;
/// # let plan = karat::Plan::from_toml(
/// #     "[indicators]\narpu = {}\ntenure = {}\n\
/// #      [grades]\nnames = [\"low\", \"high\"]\n",
/// # )?;
/// # let (arpu, tenure) = ([20.0, 80.0, 50.0, 110.0], [3.0, 40.0, 60.0, 24.0]);
/// # let table = karat::Table::from_columns([
/// #     ("arpu".to_owned(), karat::Column::Numeric((&arpu[..]).into())),
/// #     ("tenure".to_owned(), karat::Column::Numeric((&tenure[..]).into())),
/// # ])?;
/// # let model = karat::ValueModel::new(plan).fit(&table)?;
/// let base = Base::read(model.scorer(), &[&arpu, &tenure], Sampling::new())?;
/// let found = lint(&base, None, &LintOptions::new())?;
/// assert_eq!(found.indicators[0].nearest.as_deref(), Some("tenure"));
/// assert!(found.findings.is_empty());
/// # Ok::<(), karat::Error>(())
/// ```
pub fn lint(base: &Base, outcome: Option<&[f64]>, options: &LintOptions) -> Result<Lint> {
    let moments_of_all = moments(base, None);
    let guidance = guidance(base, outcome, &moments_of_all)?;
    let inflation = moments_of_all.inflation(base.width());
    let nominal = base.nominal();
    let indicators: Vec<Admission> = (0..base.width())
        .map(|at| {
            let nearest = nearest(&moments_of_all, base.width(), at);
            Admission {
                name: base.names[at].clone(),
                missing: base.missing[at] as f64 / base.read.max(1) as f64,
                inflation: inflation[at],
                nearest: nearest.map(|(other, _)| base.names[other].clone()),
                nearest_correlation: nearest.map_or(f64::NAN, |(_, correlation)| correlation),
                guidance: guidance.0[at],
                weight: nominal[at],
                spread: (moments_of_all.product(at, at) / (base.customers() as f64 - 1.0)).sqrt(),
            }
        })
        .collect();
    let mut findings = naming(base);
    let mut sequel = |found: Option<Finding>| findings.extend(found);
    for (at, of) in indicators.iter().enumerate() {
        sequel(completeness(base, at, of, options));
    }
    for of in &indicators {
        sequel(independence(of, options));
    }
    for of in &indicators {
        sequel(direction(of, outcome.is_some(), guidance.1));
    }
    for of in &indicators {
        sequel(importance(of, options));
    }
    Ok(Lint { indicators, findings })
}

/// Correlations with what gives the direction, and the number of customers behind them.
fn guidance(base: &Base, outcome: Option<&[f64]>, all: &Moments) -> Result<(Vec<f64>, usize)> {
    let width = base.width();
    let Some(outcome) = outcome else {
        return Ok(((0..width).map(|at| all.correlation(at, width)).collect(), base.customers()));
    };
    if outcome.len() != base.table_rows {
        return Err(Error::shape("values of the outcome", base.table_rows, outcome.len()));
    }
    let known: Vec<usize> =
        (0..base.customers()).filter(|&customer| outcome[base.kept[customer]].is_finite()).collect();
    let moments = Moments::of(known.len(), width + 1, |position, row| {
        let customer = known[position];
        row[..width].copy_from_slice(&base.z[customer * width..(customer + 1) * width]);
        row[width] = outcome[base.kept[customer]];
    });
    Ok(((0..width).map(|at| moments.correlation(at, width)).collect(), known.len()))
}

/// The other indicator with the largest correlation in size; of equal ones the first.
fn nearest(moments: &Moments, width: usize, at: usize) -> Option<(usize, f64)> {
    (0..width).filter(|&other| other != at).fold(None, |best: Option<(usize, f64)>, other| {
        let correlation = moments.correlation(at, other);
        let nearer = best.is_none_or(|(_, found)| correlation.abs() > found.abs());
        if correlation.is_finite() && nearer { Some((other, correlation)) } else { best }
    })
}

/// A name without case and separators.
fn bare(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a name is a number with a letter or a word that stands for anything.
fn is_number(name: &str) -> bool {
    let letters = bare(name).trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let numbered = letters.len() < bare(name).len();
    let word =
        matches!(letters.as_str(), "col" | "column" | "feature" | "field" | "indicator" | "value" | "var");
    numbered && (letters.chars().count() <= 1 || word)
}

fn naming(base: &Base) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, name) in base.names.iter().enumerate() {
        if is_number(name) {
            let fact = "the name does not say what is measured";
            findings.push(Finding::new(
                "W213",
                name.as_str(),
                fact,
                "name the quantity, its span and its unit",
            ));
        }
        for other in 0..at {
            let (first, place) = (&base.names[other], format!("{}, {name}", base.names[other]));
            if bare(first) == bare(name) {
                let fact = "the names differ only in case or separators";
                findings.push(Finding::new("W213", place, fact, "say in the names how they differ"));
            } else if base.fields[other] == base.fields[at] {
                let fact = format!("both read the field `{}`", base.fields[at]);
                findings.push(Finding::new(
                    "W213",
                    place,
                    fact,
                    "keep one, or say in the names how they differ",
                ));
            }
        }
    }
    findings
}

fn completeness(base: &Base, at: usize, of: &Admission, options: &LintOptions) -> Option<Finding> {
    (of.missing > options.missing).then(|| {
        Finding::new(
            "W214",
            of.name.as_str(),
            format!("missing for {} of {} rows ({:.1} %)", base.missing[at], base.read, 100.0 * of.missing),
            "fill it at its source, set how it is replaced (missing), or leave it out",
        )
    })
}

fn independence(of: &Admission, options: &LintOptions) -> Option<Finding> {
    let nearest = of.nearest.as_ref()?;
    if !(of.inflation > options.inflation || of.nearest_correlation.abs() > options.correlated) {
        return None;
    }
    let inflation = match of.inflation {
        found if found.is_infinite() => "a combination of the others".to_owned(),
        found => format!("variance inflation {found:.1}"),
    };
    Some(Finding::new(
        "W215",
        of.name.as_str(),
        format!("{inflation}, nearest {nearest} (correlated {:.2})", of.nearest_correlation),
        "the others say it already: leave it out, or merge it with the nearest",
    ))
}

fn direction(of: &Admission, outcome: bool, customers: usize) -> Option<Finding> {
    (of.guidance < against(customers)).then(|| {
        let what = if outcome { "the outcome" } else { "the index" };
        Finding::new(
            "W216",
            of.name.as_str(),
            format!("better values go with less of {what} (correlated {:.2})", of.guidance),
            "look at its direction (better); if that is right, ask whether it belongs here",
        )
    })
}

fn importance(of: &Admission, options: &LintOptions) -> Option<Finding> {
    if of.spread == 0.0 {
        let fact = "every customer has the same value, so it decides nothing";
        return Some(Finding::new("W218", of.name.as_str(), fact, "leave it out, or widen its scale"));
    }
    (of.weight < options.weight).then(|| {
        let fact = format!("its weight is {:.4} of all", of.weight);
        Finding::new(
            "W217",
            of.name.as_str(),
            fact,
            "leave it out: it costs data and explanation for nothing",
        )
    })
}
