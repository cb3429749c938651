//! Influence of a company: what a call graph does not know.

use super::calls::offence;
use karat_scorer::numerics::{ln_1p, ordered_sum};
use karat_scorer::{Error, Problem, Result};

/// Scores companies by lines, rank in their industry, and roles that experts judged from 1 to 9.
///
/// All scores lie between 0 and 1, so that they can be indicators of a plan, weighed by judgment:
///
/// - lines: `ln(1 + lines) / ln(1 + most_lines)`, at most 1;
/// - industry: 1 for the first, 0 for the last of those `ranked` and for everyone behind;
/// - roles (government, media, public interest, reference site, group headquarters): the mean over 9.
///
/// ```
/// use karat::evaluate::influence::CorporateInfluence;
///
/// let scores = CorporateInfluence::new(999.0, 11).score(&[99.0], &[6.0], &[&[9.0], &[3.0]])?;
/// assert!((scores.lines[0] - 2.0 / 3.0).abs() < 1e-12);
/// assert_eq!(scores.industry, [0.5]);
/// assert!((scores.roles[0] - 2.0 / 3.0).abs() < 1e-12);
/// # Ok::<(), karat::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CorporateInfluence {
    /// Lines at and above which a company has the full score, above 0: a frozen bound.
    pub most_lines: f64,
    /// How many companies of an industry are ranked, at least 2.
    pub ranked: usize,
    /// Weights of lines, industry and roles in the influence; sum 1.
    pub weights: [f64; 3],
}

/// Scores of companies, 0 to 1; NaN where an entry is missing.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CorporateScores {
    /// Of their lines.
    pub lines: Vec<f64>,
    /// Of their rank.
    pub industry: Vec<f64>,
    /// Of their roles.
    pub roles: Vec<f64>,
    /// The three, weighted.
    pub influence: Vec<f64>,
}

impl CorporateInfluence {
    /// With equal weights.
    #[must_use]
    pub fn new(most_lines: f64, ranked: usize) -> CorporateInfluence {
        CorporateInfluence { most_lines, ranked, weights: [1.0 / 3.0; 3] }
    }

    /// Sets [`weights`](CorporateInfluence::weights).
    #[must_use]
    pub fn weights(mut self, weights: [f64; 3]) -> CorporateInfluence {
        self.weights = weights;
        self
    }

    /// Scores companies: lines, ranks from 1, and the experts' scores of each role, one entry for each.
    ///
    /// # Errors
    /// [`Error::Argument`] for parameters out of range, or no role; [`Error::Shape`] for columns of different
    /// lengths; [`Error::Data`] for lines below 0, ranks below 1, and scores outside 1 to 9.
    pub fn score(&self, lines: &[f64], ranks: &[f64], roles: &[&[f64]]) -> Result<CorporateScores> {
        self.check()?;
        check_companies(lines, ranks, roles)?;
        let (full, ranked) = (ln_1p(self.most_lines), self.ranked as f64);
        let mut scores = CorporateScores {
            lines: lines.iter().map(|&lines| (ln_1p(lines) / full).min(ceiling(lines))).collect(),
            industry: ranks.iter().map(|&rank| ((ranked - rank) / (ranked - 1.0)).max(floor(rank))).collect(),
            roles: Vec::with_capacity(lines.len()),
            influence: Vec::with_capacity(lines.len()),
        };
        let mut given = vec![0.0; roles.len()];
        for company in 0..lines.len() {
            for (given, role) in given.iter_mut().zip(roles) {
                *given = role[company] / 9.0;
            }
            scores.roles.push(ordered_sum(&given) / roles.len() as f64);
            let parts = [scores.lines[company], scores.industry[company], scores.roles[company]];
            let weighted = [0, 1, 2].map(|part| self.weights[part] * parts[part]);
            scores.influence.push(ordered_sum(&weighted));
        }
        Ok(scores)
    }

    fn check(&self) -> Result<()> {
        if !(self.most_lines > 0.0 && self.most_lines.is_finite()) {
            return Err(Error::argument("most_lines", "must be finite and > 0", self.most_lines));
        }
        if self.ranked < 2 {
            return Err(Error::argument("ranked", "must be >= 2", self.ranked));
        }
        let sum = ordered_sum(&self.weights);
        if self.weights.iter().any(|weight| weight.is_nan() || *weight < 0.0) || (sum - 1.0).abs() > 1e-9 {
            let rule = "must be three of at least 0 that sum to 1";
            return Err(Error::argument("weights", rule, format!("{:?}", self.weights)));
        }
        Ok(())
    }
}

/// 1, or NaN for what is missing: `min` and `max` would put a number in its place.
fn ceiling(value: f64) -> f64 {
    if value.is_nan() { f64::NAN } else { 1.0 }
}

fn floor(value: f64) -> f64 {
    if value.is_nan() { f64::NAN } else { 0.0 }
}

fn check_companies(lines: &[f64], ranks: &[f64], roles: &[&[f64]]) -> Result<()> {
    if roles.is_empty() {
        return Err(Error::argument("roles", "must be at least one", "none"));
    }
    for other in roles.iter().chain([&ranks]) {
        if other.len() != lines.len() {
            return Err(Error::shape("ranks and scores, one for each company", lines.len(), other.len()));
        }
    }
    let said = |rule: &'static str| {
        move |value: f64| (format!("{rule}: {value:?}"), "mend these companies".to_owned())
    };
    let mut problems: Vec<Problem> = Vec::new();
    let no_lines = |v: &f64| v.is_infinite() || *v < 0.0;
    problems.extend(offence(lines, no_lines, "lines", said("must be finite and >= 0")));
    let no_rank = |v: &f64| v.is_infinite() || *v < 1.0;
    problems.extend(offence(ranks, no_rank, "industry_rank", said("must be finite and >= 1")));
    for (number, role) in roles.iter().enumerate() {
        let outside = |v: &f64| *v < 1.0 || *v > 9.0;
        problems.extend(offence(role, outside, &format!("role {number}"), said("must lie between 1 and 9")));
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Data(problems)) }
}
