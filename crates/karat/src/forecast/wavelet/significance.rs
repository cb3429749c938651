//! Which fields a network needs: sensitivity-based pruning with bootstrap p-values.

use super::coding::FieldKind;
use super::network::WaveletNetwork;
use super::select::{Observer, deviation, mean, row_loss};
use crate::numerics::random::Random;
use karat_scorer::{Error, Result};
use ndarray::{ArrayView2, Axis};

/// What one field is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct FieldSignificance {
    /// Its position.
    pub field: usize,
    /// How much the loss on rows that were not drawn rises when the field is replaced by its mean, or by its
    /// commonest category: the mean over the bootstrap samples.
    pub sensitivity: f64,
    /// Share of the samples in which it did not rise, `(1 + count) / (1 + samples)`.
    pub p_value: f64,
    /// The round in which it was pruned, from 1; 0 for a field that was kept.
    pub pruned: usize,
}

/// Fields with their worth, and which of them to keep.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Significance {
    /// Each field, as of the last round in which it took part.
    pub fields: Vec<FieldSignificance>,
    /// Positions of those that were kept.
    pub kept: Vec<usize>,
}

/// Prunes fields one after another: in each round the network is fitted to bootstrap samples, and the field with
/// the largest p-value above `level` leaves, of equals the one of least sensitivity (Moody and Utans, 1992;
/// Alexandridis and Zapranis, 2013).
///
/// # Errors
/// [`Error::Argument`] for fewer than 2 samples or a level outside 0 to 1; else those of
/// [`WaveletNetwork::fit_observed`].
pub fn significance(
    plan: &WaveletNetwork,
    x: ArrayView2<'_, f64>,
    target: &[f64],
    samples: usize,
    level: f64,
    observer: Observer<'_>,
) -> Result<Significance> {
    if !(2..=10_000).contains(&samples) {
        return Err(Error::argument("samples", "must be 2 to 10000", samples));
    }
    if !(0.0..=1.0).contains(&level) {
        return Err(Error::argument("level", "must be 0 to 1", level));
    }
    let mut kept: Vec<usize> = (0..x.ncols()).collect();
    let mut fields: Vec<FieldSignificance> = kept
        .iter()
        .map(|&field| FieldSignificance { field, sensitivity: 0.0, p_value: 1.0, pruned: 0 })
        .collect();
    let mut round = 1;
    loop {
        let part = x.select(Axis(1), &kept);
        let mut reduced = plan.clone();
        let of_kept = |field: &usize| plan.fields.get(*field).copied().unwrap_or_default();
        reduced.fields = kept.iter().map(of_kept).collect();
        reduced.names = kept.iter().filter_map(|&field| plan.names.get(field).cloned()).collect();
        let rises = sensitivities(&reduced, part.view(), target, samples, observer)?;
        for (place, &field) in kept.iter().enumerate() {
            let none = rises.iter().filter(|rise| rise[place] <= 0.0).count();
            fields[field].sensitivity = mean(&rises.iter().map(|rise| rise[place]).collect::<Vec<_>>());
            fields[field].p_value = (1 + none) as f64 / (1 + samples) as f64;
        }
        let mut worst = kept[0];
        for &field in &kept {
            let (old, new) = (&fields[worst], &fields[field]);
            let equal = new.p_value == old.p_value && new.sensitivity < old.sensitivity;
            if new.p_value > old.p_value || equal {
                worst = field;
            }
        }
        if fields[worst].p_value <= level || kept.len() == 1 {
            return Ok(Significance { fields, kept });
        }
        fields[worst].pruned = round;
        kept.retain(|&field| field != worst);
        round += 1;
    }
}

/// For each sample, how much the loss rises without each field.
fn sensitivities(
    plan: &WaveletNetwork,
    x: ArrayView2<'_, f64>,
    target: &[f64],
    samples: usize,
    observer: Observer<'_>,
) -> Result<Vec<Vec<f64>>> {
    let middle: Vec<f64> = (0..x.ncols()).map(|field| typical(plan, x, field)).collect();
    let deviation = deviation(plan.task, target);
    let mut all = Vec::new();
    for sample in 0..samples {
        let mut random = Random::stream(plan.seed, u64::MAX / 2 + sample as u64);
        let mut counts = vec![0.0; target.len()];
        for _ in 0..target.len() {
            counts[random.below(target.len() as u64) as usize] += 1.0;
        }
        let step = plan.fit_observed(x, target, Some(&counts), observer)?.step;
        let mut rises = vec![0.0; x.ncols()];
        let mut left = 0.0;
        for row in (0..target.len()).filter(|&row| counts[row] == 0.0) {
            let values = x.row(row).to_vec();
            let whole = row_loss(&step, plan.task, deviation, values.clone(), target[row])?;
            for (field, rise) in rises.iter_mut().enumerate() {
                let mut without = values.clone();
                without[field] = middle[field];
                *rise += row_loss(&step, plan.task, deviation, without, target[row])? - whole;
            }
            left += 1.0;
        }
        all.push(rises.into_iter().map(|rise| if left > 0.0 { rise / left } else { 0.0 }).collect());
    }
    Ok(all)
}

/// The mean of a field, or its commonest category.
fn typical(plan: &WaveletNetwork, x: ArrayView2<'_, f64>, field: usize) -> f64 {
    let column = x.column(field);
    let present: Vec<f64> = column.iter().copied().filter(|value| !value.is_nan()).collect();
    match plan.fields.get(field) {
        Some(FieldKind::Category(count)) => {
            let size = |category: u32| present.iter().filter(|&&value| value == f64::from(category)).count();
            f64::from((0..*count).max_by_key(|&category| (size(category), u32::MAX - category)).unwrap_or(0))
        }
        _ if present.is_empty() => f64::NAN,
        _ => mean(&present),
    }
}
