//! The atoms that growing chooses from.

use super::inputs::{Inputs, Slot, SlotKind, distinct, quantile};
use karat_scorer::step::{Atom, AtomKind};

/// How the atoms of numeric fields are laid out: on a grid of quantiles, at the width of the grid.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Library {
    /// Points of the grid.
    pub knots: usize,
    /// Widths of the wavelets, each times twice the distance of the points; none for steps alone.
    pub scales: Vec<f64>,
    /// Width of the steps, times the distance of the points.
    pub sharpness: f64,
}

impl Library {
    /// Wavelets of these scales, and steps, on so many points.
    #[must_use]
    pub fn new(knots: usize, scales: impl Into<Vec<f64>>) -> Library {
        Library { knots, scales: scales.into(), sharpness: 0.35 }
    }

    /// Those that are compared and averaged by default: fine, coarse, and steps alone on few and on many points.
    #[must_use]
    pub fn defaults() -> Vec<Library> {
        vec![Library::new(12, [1.0, 0.5]), Library::new(10, [2.0]), Library::new(8, []), Library::new(16, [])]
    }
}

/// An atom with what growing needs of it.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) atom: Atom,
    pub(super) slot: usize,
    /// In every network from the start.
    pub(super) base: bool,
}

/// All atoms of a library, and their values on the bins of their slots.
#[derive(Debug)]
pub(super) struct Atoms {
    pub(super) list: Vec<Candidate>,
    /// Values bin by bin, atom after atom; those of atom `i` begin at `starts[i]`.
    pub(super) on_bins: Vec<f32>,
    pub(super) starts: Vec<usize>,
}

impl Atoms {
    pub(super) fn new(library: &Library, inputs: &Inputs, weights: &[f64]) -> Atoms {
        let mut atoms = Atoms { list: Vec::new(), on_bins: Vec::new(), starts: Vec::new() };
        for (slot, what) in inputs.slots.iter().enumerate() {
            let field = what.field as u32;
            let mut push = |kind, center, width, base| {
                let atom = Atom { field, kind, center, width };
                atoms.list.push(Candidate { atom, slot, base });
            };
            match &what.kind {
                SlotKind::Gap => push(AtomKind::Missing, 0.0, 1.0, true),
                SlotKind::Levels(levels) => {
                    for &level in levels {
                        let kind = if level < 0 { AtomKind::Missing } else { AtomKind::Level };
                        push(kind, level.max(0) as f64, 1.0, true);
                    }
                }
                SlotKind::Numbers(values) => {
                    push(AtomKind::Linear, 0.0, 1.0, true);
                    if values.len() > 2 {
                        grid(library, inputs, what, weights, &mut |kind, center, width| {
                            push(kind, center, width, false);
                        });
                    }
                }
            }
        }
        for position in 0..atoms.list.len() {
            atoms.tabulate(position, inputs);
        }
        atoms
    }

    fn tabulate(&mut self, position: usize, inputs: &Inputs) {
        let candidate = &self.list[position];
        let (atom, slot) = (candidate.atom, &inputs.slots[candidate.slot]);
        let field = &inputs.fields[slot.field];
        self.starts.push(self.on_bins.len());
        let wanted = |bin: usize, at: usize| if bin == at { 1.0 } else { 0.0 };
        for bin in 0..slot.weights.len() {
            let value = match &slot.kind {
                SlotKind::Gap => wanted(bin, 1),
                SlotKind::Levels(levels) => {
                    let level = if atom.kind == AtomKind::Missing { -1 } else { atom.center as i64 };
                    wanted(bin, levels.iter().position(|&known| known == level).unwrap_or(usize::MAX))
                }
                SlotKind::Numbers(values) => atom.at(field, field.center + field.spread * values[bin]),
            };
            self.on_bins.push(value as f32);
        }
    }
}

fn grid(
    library: &Library,
    inputs: &Inputs,
    slot: &Slot,
    weights: &[f64],
    push: &mut dyn FnMut(AtomKind, f64, f64),
) {
    let field = &inputs.fields[slot.field];
    let scaled: Vec<f64> =
        inputs.raw[slot.field].iter().map(|&x| if x.is_nan() { x } else { field.scaled(x) }).collect();
    let sorted = distinct(&scaled, weights);
    let mut knots: Vec<f64> = (0..library.knots)
        .map(|knot| quantile(&sorted, (knot as f64 + 0.5) / library.knots as f64))
        .collect();
    knots.dedup();
    let gaps = spacing(&knots);
    for scale in &library.scales {
        for (&knot, gap) in knots.iter().zip(&gaps) {
            push(AtomKind::Wavelet, knot, (gap.max(0.1) * 2.0 * scale).max(0.1));
        }
    }
    let few = sorted.len() <= library.knots;
    let ends: Vec<f64> = if few { sorted.iter().map(|pair| pair.0).collect() } else { knots };
    let middles: Vec<f64> = ends.windows(2).map(|pair| 0.5 * (pair[0] + pair[1])).collect();
    for (&middle, gap) in middles.iter().zip(&spacing(&middles)) {
        push(AtomKind::Step, middle, library.sharpness * gap.max(0.05));
    }
}

/// Half the distance of the neighbours; at the ends the distance of the one; 1 for a single point.
fn spacing(points: &[f64]) -> Vec<f64> {
    let last = points.len().saturating_sub(1);
    let gap = |place: usize| {
        let (left, right) = (place.saturating_sub(1), (place + 1).min(last));
        if right > left { (points[right] - points[left]) / (right - left) as f64 } else { 1.0 }
    };
    (0..points.len()).map(gap).collect()
}
