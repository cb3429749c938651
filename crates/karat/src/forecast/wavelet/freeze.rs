//! Trained parameters into frozen members, and back for a warm start.

use super::objective::thresholds;
use super::shape::Shape;
use karat_scorer::numerics::{exp, ln};
use karat_scorer::step::wavelet::{Family, Member};

/// The frozen form: input by input, ridge directions divided by their dilations.
pub(super) fn freeze(shape: &Shape, at: &[f64]) -> Member {
    let (inputs, wavelons) = (shape.inputs, shape.wavelons);
    let translations = &at[shape.translations()];
    let inverse: Vec<f64> = at[shape.dilations()].iter().map(|s| exp(-s)).collect();
    let mut inner = vec![0.0; inputs * wavelons];
    let mut shifts = Vec::new();
    if shape.family == Family::Ridge {
        let directions = &at[shape.directions()];
        for j in 0..wavelons {
            for i in 0..inputs {
                inner[i * wavelons + j] = directions[j * inputs + i] * inverse[j];
            }
            shifts.push(translations[j] * inverse[j]);
        }
    } else {
        shifts = vec![0.0; inputs * wavelons];
        for j in 0..wavelons {
            for i in 0..inputs {
                inner[i * wavelons + j] = inverse[j * inputs + i];
                shifts[i * wavelons + j] = translations[j * inputs + i];
            }
        }
    }
    Member::new(
        wavelons,
        at[shape.bias()].to_vec(),
        at[shape.linear()].to_vec(),
        at[shape.weights()].to_vec(),
        inner,
        shifts,
    )
}

/// Parameters that freeze to this member; dilations of ridge wavelons are 1.
pub(super) fn thaw(shape: &Shape, member: &Member, frozen_thresholds: &[f64]) -> Vec<f64> {
    let (inputs, wavelons) = (shape.inputs, shape.wavelons);
    let mut at = vec![0.0; shape.parameters()];
    at[shape.bias()].copy_from_slice(&member.bias);
    if shape.linear && !member.linear.is_empty() {
        at[shape.linear()].copy_from_slice(&member.linear);
    }
    at[shape.weights()].copy_from_slice(&member.weights);
    for j in 0..wavelons {
        for i in 0..inputs {
            if shape.family == Family::Ridge {
                at[shape.directions().start + j * inputs + i] = member.inner[i * wavelons + j];
            } else {
                let place = j * inputs + i;
                at[shape.translations().start + place] = member.shifts[i * wavelons + j];
                at[shape.dilations().start + place] = -ln(member.inner[i * wavelons + j]);
            }
        }
        if shape.family == Family::Ridge {
            at[shape.translations().start + j] = member.shifts[j];
        }
    }
    for (place, pair) in shape.gaps().zip(frozen_thresholds.windows(2)) {
        at[place] = ln((pair[1] - pair[0]).max(1e-6));
    }
    at
}

/// Mean thresholds of several trainings.
pub(super) fn mean_thresholds(shape: &Shape, all: &[Vec<f64>]) -> Vec<f64> {
    let mut mean = vec![0.0; shape.gaps + 1];
    for at in all {
        for (slot, threshold) in mean.iter_mut().zip(thresholds(&at[shape.gaps()])) {
            *slot += threshold / all.len() as f64;
        }
    }
    mean
}
