//! What if: a customer with other values, and what would lift one to the next grade.

use super::split::index_of;
use karat_scorer::{Error, Explanation, FieldKind, NONE, Result, Score, Scorer};

/// Halvings that bring two doubles next to each other, or as near as anybody reads.
const HALVINGS: usize = 120;

/// A score before and after some fields change.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct WhatIf {
    /// As the customer is.
    pub before: Score,
    /// With the changes.
    pub after: Score,
    /// What the points of each entry of [`karat_scorer::Model::point_names`] gain.
    pub gained: Vec<f64>,
}

/// A change of one field that alone lifts a customer to the next grade.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// The indicator that gains.
    pub indicator: usize,
    /// The field that changes.
    pub field: usize,
    /// Its value now; NaN if missing.
    pub from: f64,
    /// The value nearest to that with which the customer is in the next grade.
    pub to: f64,
    /// How far the indicator moves on its scale of 0 to 1: changes are listed by this, the least first.
    pub effort: f64,
}

/// What a customer lacks for the next grade.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NextGrade {
    /// The grade above; none at the top, or without a grade.
    pub grade: Option<u16>,
    /// Index points missing to its cut; 0 when a cap alone keeps the customer below, NaN without a grade above.
    pub points: f64,
    /// Every change of one indicator that suffices, cheapest first.
    pub changes: Vec<Change>,
}

/// Scores a row with some fields changed; NaN makes one missing.
///
/// # Errors
/// [`Error::Shape`] for a row of another length, [`Error::Argument`] for a field the model does not have.
pub fn what_if(scorer: &Scorer, row: &[f64], changes: &[(usize, f64)]) -> Result<WhatIf> {
    let explain = |row: &[f64]| -> Result<(Score, Vec<f64>)> {
        let mut points = vec![0.0; scorer.point_count()];
        let score =
            scorer.explain(row, &mut Explanation { points: &mut points, ..Explanation::default() })?;
        Ok((score, points))
    };
    let (before, old) = explain(row)?;
    let mut changed = row.to_vec();
    for &(field, value) in changes {
        let slot = changed.get_mut(field);
        *slot.ok_or_else(|| Error::argument("changes", "must be fields of the model", field))? = value;
    }
    let (after, new) = explain(&changed)?;
    Ok(WhatIf { before, after, gained: new.iter().zip(&old).map(|(new, old)| new - old).collect() })
}

/// What a customer lacks for the next grade, and which single indicators could bring it there.
///
/// For each indicator the value needed follows from the tree, the raw value from the inverse of the frozen
/// scale; the scorer itself then confirms it, gates, penalties, caps and the ratchet included, and narrows it to
/// the nearest value that suffices.
///
/// # Errors
/// [`Error::Shape`] for a row of another length.
pub fn points_to_next_grade(scorer: &Scorer, row: &[f64]) -> Result<NextGrade> {
    let model = scorer.model();
    let mut z = vec![0.0; model.indicators.list.len()];
    let mut buffers = Explanation { indicators: &mut z, ..Explanation::default() };
    let score = scorer.explain(row, &mut buffers)?;
    let cut = model.grades.as_ref().and_then(|grades| grades.cuts.get(usize::from(score.grade)));
    let (Some(&cut), true) = (cut, score.grade != NONE) else {
        return Ok(NextGrade { grade: None, points: f64::NAN, changes: Vec::new() });
    };
    let wanted = score.grade + 1;
    let search = Search { scorer, row, score, z: &z, cut, wanted };
    let mut changes = Vec::new();
    for indicator in 0..z.len() {
        changes.extend(search.change(indicator)?);
    }
    // A stable sort keeps the order of the indicators among equals.
    changes.sort_by(|a, b| a.effort.total_cmp(&b.effort));
    Ok(NextGrade { grade: Some(wanted), points: (cut - score.index).max(0.0), changes })
}

struct Search<'a> {
    scorer: &'a Scorer,
    row: &'a [f64],
    score: Score,
    z: &'a [f64],
    cut: f64,
    wanted: u16,
}

impl Search<'_> {
    fn change(&self, position: usize) -> Result<Option<Change>> {
        let model = self.scorer.model();
        let indicator = &model.indicators.list[position];
        let field = indicator.field as usize;
        let from = self.row[field];
        let now = if from.is_nan() { indicator.neutral } else { self.z[position] };
        let (_, best) = indicator.range();
        let near = if from.is_nan() { indicator.raw_for(now, 0.0).unwrap_or(0.0) } else { from };
        let start = self.needed(position, now, best)?.and_then(|z| indicator.raw_for(z, near));
        let farthest = indicator.raw_for(best, near).or_else(|| indicator.raw_for(best - 1e-9, near));
        let mut enough = None;
        for candidate in start.into_iter().chain(farthest) {
            // The inverse may be off by its rounding.
            let step = 1e-13 * (candidate.abs() + (candidate - near).abs());
            let away = if candidate < near { -step } else { step };
            for tried in [candidate, candidate + away, candidate + 64.0 * away, candidate - away] {
                if enough.is_none() && self.suffices(field, tried)? {
                    enough = Some(tried);
                }
            }
        }
        let Some(enough) = enough else { return Ok(None) };
        let numeric = matches!(model.schema.fields()[field].kind, FieldKind::Numeric);
        let to = if numeric && from.is_finite() { self.narrow(field, from, enough)? } else { enough };
        let effort = (indicator.eval(to) - now).abs();
        Ok(Some(Change { indicator: position, field, from, to, effort }))
    }

    /// The value of the indicator at which the index reaches the cut, as far as the tree tells.
    fn needed(&self, position: usize, now: f64, best: f64) -> Result<Option<f64>> {
        let model = self.scorer.model();
        let missing = self.cut - self.score.index;
        if model.nodes.is_none() {
            let rate = model.tree.scale * self.scorer.weights(self.row)?[position];
            return Ok((rate > 0.0).then(|| now + missing / rate).filter(|z| *z <= best));
        }
        // The index never falls as an indicator rises: halve the range that is left.
        let mut z = self.z.to_vec();
        z[position] = now;
        let goal = index_of(model, &z)? + missing;
        let (mut low, mut high) = (now, best);
        z[position] = best;
        if index_of(model, &z)? < goal {
            return Ok(None);
        }
        for _ in 0..HALVINGS {
            let middle = low + (high - low) / 2.0;
            if middle == low || middle == high {
                break;
            }
            z[position] = middle;
            let slot = if index_of(model, &z)? < goal { &mut low } else { &mut high };
            *slot = middle;
        }
        Ok(Some(high))
    }

    fn suffices(&self, field: usize, value: f64) -> Result<bool> {
        let mut row = self.row.to_vec();
        row[field] = value;
        let score = self.scorer.score(&row)?;
        Ok(score.grade != NONE && score.grade >= self.wanted)
    }

    /// The value nearest to `from` that suffices, between one that does not and one that does.
    fn narrow(&self, field: usize, from: f64, enough: f64) -> Result<f64> {
        let (mut short, mut enough) = (from, enough);
        for _ in 0..HALVINGS {
            let middle = short + (enough - short) / 2.0;
            if middle == short || middle == enough {
                break;
            }
            if self.suffices(field, middle)? { enough = middle } else { short = middle }
        }
        Ok(enough)
    }
}
