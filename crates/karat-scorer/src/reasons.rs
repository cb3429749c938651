//! Reasons: what a score owes to each indicator against the mean of the fitted base, the worst first.
//!
//! The semantics are those of a PMML scorecard with `pointsBelow` and the population mean as baseline: the
//! shortfall of an indicator is the points of the mean customer less its own, no reason is given where there
//! is no shortfall, and at most four are (as the commentary to Regulation B, 12 CFR 1002.9(b)(2), has it).

use crate::error::{Error, Result};
use crate::evaluate::Sink;
use crate::file::{SectionReader, SectionWriter};
use crate::model::{Model, Note};
use crate::score::Score;
use crate::scorer::{Explanation, Scorer};
use crate::step::{Lanes, MAX_INDICATORS};

/// Most reasons of one score.
pub const MAX_REASONS: usize = 4;
/// Optional section with the means of the indicators.
pub const MEANS: &str = "mean";
/// Optional section with the texts of reasons, as JSON.
pub const TEXTS: &str = "reas";

/// One reason for a low score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reason {
    /// Position among [`Model::point_names`]: an indicator, or a penalty rule after them.
    pub position: u16,
    /// Points that the mean customer has more here; above 0.
    pub shortfall: f64,
}

/// At most [`MAX_REASONS`] reasons, the largest shortfall first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reasons {
    list: [Reason; MAX_REASONS],
    count: usize,
}

impl Reasons {
    /// The reasons.
    #[must_use]
    pub fn as_slice(&self) -> &[Reason] {
        self.list.get(..self.count).unwrap_or(&[])
    }
}

/// The largest shortfalls among contributions against the mean, of equal ones the first; at most `top`.
///
/// ```
/// use karat_scorer::reasons::worst;
/// let reasons = worst(&[1.5, -2.0, 0.0, -7.25], 3);
/// assert_eq!(reasons.as_slice()[0].position, 3);
/// assert_eq!(reasons.as_slice().len(), 2);
/// ```
#[must_use]
pub fn worst(against_mean: &[f64], top: usize) -> Reasons {
    let top = top.min(MAX_REASONS);
    let mut reasons = Reasons { list: [Reason { position: 0, shortfall: 0.0 }; MAX_REASONS], count: 0 };
    for (position, &points) in against_mean.iter().enumerate() {
        let mut next = Reason { position: position as u16, shortfall: -points };
        // NaN, the points of a refused customer, is no shortfall either.
        if next.shortfall.is_nan() || next.shortfall <= 0.0 {
            continue;
        }
        for slot in reasons.list.iter_mut().take(reasons.count) {
            if next.shortfall > slot.shortfall {
                std::mem::swap(slot, &mut next);
            }
        }
        if reasons.count < top {
            reasons.list[reasons.count] = next;
            reasons.count += 1;
        }
    }
    reasons
}

/// The optional sections from which reasons are given: means of the indicators, and texts if there are any.
#[must_use]
pub fn notes_of_reference(means: &[f64], texts: &[Option<&str>]) -> Vec<Note> {
    let mut writer = SectionWriter::default();
    writer.numbers(means);
    let note = |kind: &str, bytes| Note { kind: kind.to_owned(), revision: 1, bytes };
    let mut notes = vec![note(MEANS, writer.into_bytes())];
    if texts.iter().any(Option::is_some)
        && let Ok(bytes) = serde_json::to_vec(texts)
    {
        notes.push(note(TEXTS, bytes));
    }
    notes
}

/// The frozen means of a model's indicators, if it has as many as indicators.
pub(crate) fn means_of(model: &Model) -> Vec<f64> {
    if let Some(nodes) = &model.nodes {
        return nodes.reference.clone();
    }
    let count = model.indicators.list.len();
    let known = model.notes.iter().find(|note| note.kind == MEANS && note.revision == 1);
    let means = known.and_then(|note| {
        let mut reader = SectionReader::new(MEANS, &note.bytes);
        let means = reader.numbers("means", MAX_INDICATORS).ok()?;
        reader.finish().ok()?;
        (means.len() == count).then_some(means)
    });
    means.unwrap_or_default()
}

/// What to say of a shortfall at each position of [`Model::point_names`]: the plan's text, or the name.
#[must_use]
pub fn texts_of(model: &Model) -> Vec<String> {
    let known = model.notes.iter().find(|note| note.kind == TEXTS && note.revision == 1);
    let texts: Vec<Option<String>> =
        known.and_then(|note| serde_json::from_slice(&note.bytes).ok()).unwrap_or_default();
    let named = model.point_names().into_iter().enumerate();
    named.map(|(at, name)| texts.get(at).cloned().flatten().unwrap_or_else(|| name.to_owned())).collect()
}

/// Turns points into differences from those of the mean customer over the same indicators.
struct AgainstMean<'a> {
    means: &'a [f64],
    out: &'a mut [f64],
}

impl Sink<1> for AgainstMean<'_> {
    fn point(&mut self, position: usize, points: &Lanes<1>, factor: &Lanes<1>) {
        if let Some(slot) = self.out.get_mut(position) {
            *slot = against(points[0], self.means.get(position).copied().unwrap_or(0.0), factor[0]);
        }
    }
    fn dimension(&mut self, _: usize, _: &Lanes<1>) {}
    fn indicator(&mut self, _: usize, _: &Lanes<1>) {}
}

/// Points less those of the mean. With [`Nodes`](crate::step::Nodes) and for penalties the factor is 0: their
/// points are differences already.
#[inline(always)]
pub(crate) fn against(points: f64, mean: f64, factor: f64) -> f64 {
    points - (mean * factor + 0.0)
}

pub(crate) fn without_means() -> Error {
    Error::argument("model", "must hold the means of its base: fit it again", "none")
}

impl Scorer {
    /// Scores one row and writes what each indicator, then each penalty rule, adds to the index of the mean
    /// customer, over the indicators that are not left out as missing.
    ///
    /// In an additive model this is `points - mean points`; with [`Nodes`](crate::step::Nodes) the closed
    /// form that [`Scorer::explain`] gives. Allocates nothing.
    ///
    /// # Errors
    /// [`Error::Shape`] for a row or a buffer of another length, [`Error::Argument`] for a model without the
    /// means of its base.
    pub fn against_mean(&self, row: &[f64], out: &mut [f64]) -> Result<Score> {
        if out.len() != self.point_count() {
            return Err(Error::shape("points", self.point_count(), out.len()));
        }
        if self.means().is_empty() {
            return Err(without_means());
        }
        if self.model().nodes.is_some() {
            return self.explain(row, &mut Explanation { points: out, ..Explanation::default() });
        }
        let mut sink = AgainstMean { means: self.means(), out };
        let score = self.score_into(row, &mut sink)?;
        if score.index.is_nan() {
            out.fill(crate::numerics::NAN);
        }
        Ok(score)
    }

    /// The at most `top` (and at most four) largest shortfalls of one row against the mean customer; none
    /// for a customer without an index. Allocates nothing.
    ///
    /// # Errors
    /// As [`Scorer::against_mean`].
    pub fn reasons(&self, row: &[f64], top: usize) -> Result<Reasons> {
        // Indicators, and at most as many penalties as rules.
        let mut points = [0.0; MAX_INDICATORS + crate::step::MAX_RULES];
        let points = points.get_mut(..self.point_count()).unwrap_or_default();
        self.against_mean(row, points)?;
        Ok(worst(points, top))
    }
}
