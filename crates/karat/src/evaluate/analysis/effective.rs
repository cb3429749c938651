//! Nominal against effective weights.

use super::base::{Base, sum};
use super::moments::Moments;
use crate::evaluate::weights::Finding;

/// When [`effective_weights`] speaks up.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct EffectiveOptions {
    /// `W210`: a real influence so many times the weight, or the other way round; 1.5.
    pub factor: f64,
    /// `W210`: and at least so far from it; 0.05.
    pub difference: f64,
    /// `W211`: two indicators correlated above this; 0.8.
    pub correlated: f64,
}

impl Default for EffectiveOptions {
    fn default() -> EffectiveOptions {
        EffectiveOptions { factor: 1.5, difference: 0.05, correlated: 0.8 }
    }
}

impl EffectiveOptions {
    /// The defaults.
    #[must_use]
    pub fn new() -> EffectiveOptions {
        EffectiveOptions::default()
    }

    /// Sets the correlation above which two indicators are named together.
    #[must_use]
    pub fn correlated(mut self, correlated: f64) -> EffectiveOptions {
        self.correlated = correlated;
        self
    }

    /// Sets the factor between nominal and effective weight.
    #[must_use]
    pub fn factor(mut self, factor: f64) -> EffectiveOptions {
        self.factor = factor;
        self
    }
}

/// What one indicator, or one penalty rule, does to the index.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct EffectiveWeight {
    /// The indicator or penalty rule.
    pub name: String,
    /// Dimension of the indicator; empty for a rule.
    pub dimension: String,
    /// The weight given, as a share of all weights; 0 for a rule.
    pub nominal: f64,
    /// Share of the variance of the index: covariance of its points with the index over the variance of the
    /// index. All shares add up to 1; one is negative when the indicator runs against the others. NaN when the
    /// index is the same for all.
    pub effective: f64,
    /// Pearson correlation of the indicator (a rule: of its points) with the index; NaN when either has no
    /// spread.
    pub correlation: f64,
    /// Its square, the first-order importance of Paruolo, Saisana and Saltelli in its linear form.
    pub importance: f64,
}

/// What every indicator does to the index.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct EffectiveWeights {
    /// The indicators in the order of the model, then the penalty rules.
    pub entries: Vec<EffectiveWeight>,
    /// `W210`, `W211`, `W212`.
    pub findings: Vec<Finding>,
}

/// Compares the weights given with the influence that the indicators have on this base.
///
/// Weights are not influence: an indicator that hardly varies decides nothing, and two that say the same count
/// twice (Paruolo, Saisana and Saltelli, "Ratings and rankings: voodoo or science?", 2013).
///
/// ```
/// # use karat::evaluate::analysis::{Base, EffectiveOptions, Sampling, effective_weights};
/// # use karat::{Plan, Table, ValueModel};
/// # let plan = Plan::from_toml("[indicators]\narpu = {}\ntenure = {}\n")?;
/// # let (arpu, tenure) = ([20.0, 80.0, 50.0, 110.0], [3.0, 40.0, 60.0, 24.0]);
/// # let table = Table::from_columns([
/// #     ("arpu".to_owned(), karat::Column::Numeric((&arpu[..]).into())),
/// #     ("tenure".to_owned(), karat::Column::Numeric((&tenure[..]).into())),
/// # ])?;
/// # let model = ValueModel::new(plan).fit(&table)?;
/// let base = Base::read(model.scorer(), &[&arpu, &tenure], Sampling::new())?;
/// let found = effective_weights(&base, &EffectiveOptions::new());
/// let total: f64 = found.entries.iter().map(|entry| entry.effective).sum();
/// assert!((total - 1.0).abs() < 1e-12);
/// # Ok::<(), karat::Error>(())
/// ```
#[must_use]
pub fn effective_weights(base: &Base, options: &EffectiveOptions) -> EffectiveWeights {
    let (width, rules) = (base.width(), base.rules.len());
    let moments = moments(base, None);
    let at_index = width;
    let nominal = base.nominal();
    let shares = shares(base);
    let rule_moments = Moments::of(base.customers(), rules + 1, |customer, row| {
        row[..rules].copy_from_slice(&base.penalties[customer * rules..(customer + 1) * rules]);
        row[rules] = base.index[customer];
    });
    let entry = |name: &String, dimension: &str, nominal, effective, correlation: f64| EffectiveWeight {
        name: name.clone(),
        dimension: dimension.to_owned(),
        nominal,
        effective,
        correlation,
        importance: correlation * correlation,
    };
    let indicators = (0..width).map(|at| {
        let correlation = moments.correlation(at, at_index);
        entry(&base.names[at], &base.dimensions[at], nominal[at], shares[at], correlation)
    });
    let penalties = (0..rules)
        .map(|at| entry(&base.rules[at], "", 0.0, shares[width + at], rule_moments.correlation(at, rules)));
    let entries: Vec<EffectiveWeight> = indicators.chain(penalties).collect();
    let findings = findings(base, &entries, &moments, options);
    EffectiveWeights { entries, findings }
}

/// Products of the indicators' values, then the index, then an outcome.
pub(super) fn moments(base: &Base, outcome: Option<&[f64]>) -> Moments {
    let width = base.width();
    Moments::of(base.customers(), width + 1 + usize::from(outcome.is_some()), |customer, row| {
        row[..width].copy_from_slice(&base.z[customer * width..(customer + 1) * width]);
        row[width] = base.index[customer];
        if let Some(outcome) = outcome {
            row[width + 1] = outcome[customer];
        }
    })
}

/// Below this correlation an indicator runs against the index, beyond two standard errors of chance.
pub(super) fn against(customers: usize) -> f64 {
    -2.0 / (customers as f64).sqrt()
}

/// Covariance of the points of every entry with the index, over their sum.
fn shares(base: &Base) -> Vec<f64> {
    let (width, rules, rows) = (base.width(), base.rules.len(), base.customers());
    let mut stretch = vec![1.0; rows];
    for (customer, factor) in base.stretches(&base.weights) {
        stretch[customer] = factor;
    }
    let first = base.index[0];
    let mean = base.index.iter().fold(0.0, |sum, index| sum + (index - first)) / rows as f64;
    let mut with_index = vec![0.0; width + rules];
    for start in (0..rows).step_by(4096) {
        let mut part = vec![0.0; width + rules];
        for customer in start..rows.min(start + 4096) {
            // The points need no mean: the centred index adds up to 0.
            let index = base.index[customer] - first - mean;
            let z = &base.z[customer * width..(customer + 1) * width];
            for (at, z) in z.iter().enumerate() {
                part[at] += base.scale * base.weights[at] * z * stretch[customer] * index;
            }
            for (at, points) in base.penalties[customer * rules..(customer + 1) * rules].iter().enumerate() {
                part[width + at] += points * index;
            }
        }
        with_index.iter_mut().zip(&part).for_each(|(sum, part)| *sum += part);
    }
    let spread = base.index.iter().any(|index| *index != first);
    let variance = if spread { sum(&with_index) } else { f64::NAN };
    with_index.iter().map(|covariance| covariance / variance).collect()
}

fn findings(
    base: &Base,
    entries: &[EffectiveWeight],
    moments: &Moments,
    options: &EffectiveOptions,
) -> Vec<Finding> {
    let width = base.width();
    let mut findings = Vec::new();
    for entry in &entries[..width] {
        let (nominal, effective) = (entry.nominal, entry.effective);
        let apart = effective > nominal * options.factor || effective * options.factor < nominal;
        if apart && (effective - nominal).abs() >= options.difference {
            let proposal = if effective > nominal {
                "lower its weight, narrow its scale, or tell the board what really decides"
            } else {
                "raise its weight or spread its scale, or tell the board that it decides less than it seems"
            };
            let fact = format!("nominal {nominal:.2}, real influence {effective:.2}");
            findings.push(Finding::new("W210", entry.name.as_str(), fact, proposal));
        }
    }
    for a in 0..width {
        for b in a + 1..width {
            let correlation = moments.correlation(a, b);
            if correlation > options.correlated {
                let nominal = entries[a].nominal + entries[b].nominal;
                let effective = entries[a].effective + entries[b].effective;
                findings.push(Finding::new(
                    "W211",
                    format!("{}, {}", base.names[a], base.names[b]),
                    format!(
                        "nominal {nominal:.2}, real influence {effective:.2} (correlated {correlation:.2})"
                    ),
                    "they say nearly the same and count twice: keep one, or share one weight between them",
                ));
            }
        }
    }
    for entry in &entries[..width] {
        if entry.nominal > 0.0 && entry.correlation < against(base.customers()) {
            findings.push(Finding::new(
                "W212",
                entry.name.as_str(),
                format!("runs against the index that it feeds (correlated {:.2})", entry.correlation),
                "look at its direction (better), or at what it trades off against",
            ));
        }
    }
    findings
}
