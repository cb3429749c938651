//! One network, grown forward on the rows outside a fold and stopped by those within it.

use super::SparseNetwork;
use super::candidates::Search;
use super::design::{Design, dot, standardised};
use super::inputs::Inputs;
use super::library::Atoms;
use super::loss::Loss;
use super::newton::Newton;
use super::rows::Rows;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

/// Atoms of a product, ascending.
pub(super) type Unit = Vec<usize>;

/// A grown network.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) units: Vec<Unit>,
    /// Mean of each unit over all rows.
    pub(super) means: Vec<f64>,
    /// For each output the intercept, at the means, and then a coefficient for each unit.
    pub(super) coefficients: Vec<Vec<f64>>,
    /// Rows of the fold, and the outputs that a network without them gives them.
    pub(super) held_out: Vec<usize>,
    pub(super) held_out_outputs: Vec<Vec<f64>>,
    /// Mean loss on the fold after each round; the first is that of the base.
    pub(super) history: Vec<f64>,
    /// The round that was kept.
    pub(super) best: usize,
}

/// What all members share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) plan: &'a SparseNetwork,
    pub(super) inputs: &'a Inputs,
    pub(super) rows: &'a Rows,
    /// Classes, or standardised numbers.
    pub(super) target: &'a [f64],
    pub(super) loss: Loss<'a>,
    pub(super) outputs: usize,
    /// Outputs of an earlier network, row by row; none without one.
    pub(super) offset: &'a [Vec<f64>],
    pub(super) stop: &'a AtomicBool,
}

/// Products looked at in a round, best first, until enough are found that differ.
const LOOKED_AT: usize = 200;
/// Correlation at which two products of one round are the same.
const ALIKE: f64 = 0.8;
/// Fall of the loss that counts as one.
const FALL: f64 = 1e-5;
/// Rounds after which the curvature is renewed.
const RENEWED_EVERY: usize = 4;

impl Ground<'_> {
    fn values(&self, atoms: &Atoms, atom: usize, rows: &[usize]) -> Vec<f32> {
        let atom = &atoms.list[atom].atom;
        let (field, raw) = (&self.inputs.fields[atom.field as usize], &self.inputs.raw[atom.field as usize]);
        rows.iter().map(|&row| atom.at(field, raw[row]) as f32).collect()
    }

    fn product(&self, atoms: &Atoms, unit: &[usize], rows: &[usize]) -> Vec<f32> {
        let mut product = vec![1.0; rows.len()];
        for &atom in unit {
            product
                .iter_mut()
                .zip(self.values(atoms, atom, rows))
                .for_each(|(product, value)| *product *= value);
        }
        product
    }

    fn penalty(&self, atoms: &Atoms, unit: &[usize]) -> f64 {
        let base = unit.len() == 1 && atoms.list[unit[0]].base;
        if base { self.plan.linear_penalty } else { self.plan.penalty }
    }

    fn pick<T: Copy>(values: &[T], rows: &[usize]) -> Vec<T> {
        rows.iter().map(|&row| values[row]).collect()
    }

    /// Outputs that are fitted: of ordered classes those of the polynomials.
    fn latent(&self) -> usize {
        if let Loss::Ordered(basis) = self.loss { basis.polynomials.len() } else { self.outputs }
    }

    fn offset_of(&self, rows: &[usize]) -> Vec<Vec<f64>> {
        self.offset.iter().map(|offset| Self::pick(offset, rows)).collect()
    }

    /// Grows the member that is stopped by `fold`; none when asked to stop.
    pub(super) fn member(&self, atoms: &Atoms, fold: usize) -> Option<Member> {
        let folds = &self.rows.folds;
        let outside = (0..folds.len()).filter(|&row| folds[row] != fold as u32);
        let mut order: Vec<usize> = outside.take(self.plan.growth_rows).collect();
        // A few different rows may all fall into one fold; then nothing is held out, and nothing grows.
        let held_out: Vec<usize> = if order.is_empty() {
            order = (0..folds.len()).collect();
            Vec::new()
        } else {
            (0..folds.len()).filter(|&row| folds[row] == fold as u32).collect()
        };
        let counted = order.len();
        order.extend(&held_out);
        let target = Self::pick(self.target, &order);
        let weights = Self::pick(&self.rows.weights, &order);
        let total: f64 = weights[..counted].iter().sum();

        let mut design = Design::new(order.len(), counted);
        let mut units: Vec<Unit> = Vec::new();
        let mut penalties = vec![0.0];
        for atom in (0..atoms.list.len()).filter(|&atom| atoms.list[atom].base) {
            design.push(&self.values(atoms, atom, &order), &weights, total);
            units.push(vec![atom]);
            penalties.push(self.plan.linear_penalty);
        }
        let base = units.len();
        let mut used: BTreeSet<Unit> = units.iter().cloned().collect();
        let mut search = Search::new(self.inputs, atoms, &order[..counted], self.plan.curvature_rounds)?;
        for unit in &units {
            search.add(unit.clone(), &self.values(atoms, unit[0], &order[..counted]));
        }
        let (now, later) = target.split_at(counted);
        let offset = self.offset_of(&order);
        let now_weights = &weights[..counted];
        let mut newton = Newton::new(self.loss, self.latent(), &design, now, now_weights, penalties, offset);
        for _ in 0..3 {
            newton.renew(&design);
            newton.descend(&design, 3, 1e-3);
        }

        let (mut history, mut kept) = (Vec::new(), Kept::default());
        for round in 0.. {
            if self.stop.load(Ordering::Relaxed) {
                return None;
            }
            let (loss, eta) = newton.judge(counted, later, &weights[counted..]);
            history.push(loss);
            if history.len() == 1 || loss < kept.loss - FALL {
                let (coefficients, levels) = (newton.coefficients.clone(), newton.levels.clone());
                kept = Kept { loss, round, units: units.len(), coefficients, levels, eta };
            }
            if round - kept.round >= self.plan.patience || units.len() - base >= self.plan.max_units {
                break;
            }
            let gains = search.best(&newton, total, LOOKED_AT);
            let mut fresh: Vec<(Unit, Vec<f32>, Vec<f32>)> = Vec::new();
            for gain in gains {
                let mut unit = search.parents[gain.parent].unit.clone();
                unit.push(gain.atom);
                unit.sort_unstable();
                if gain.gain <= 0.0 || used.contains(&unit) {
                    continue;
                }
                let values = self.product(atoms, &unit, &order);
                let (column, ..) = standardised(&values, &weights, total, counted);
                let alike = |other: &[f32]| dot(&column[..counted], &other[..counted]).abs() / counted as f64;
                if fresh.iter().any(|(_, _, other)| alike(other) > ALIKE) {
                    continue;
                }
                used.insert(unit.clone());
                fresh.push((unit, values, column));
                if fresh.len() == self.plan.per_round {
                    break;
                }
            }
            if fresh.is_empty() {
                break;
            }
            for (unit, values, _) in fresh {
                design.push(&values, &weights, total);
                newton.penalties.push(self.penalty(atoms, &unit));
                if unit.len() < self.plan.order {
                    search.add(unit.clone(), &values[..counted]);
                }
                units.push(unit);
            }
            if round % RENEWED_EVERY == RENEWED_EVERY - 1 {
                newton
                    .coefficients
                    .iter_mut()
                    .for_each(|coefficients| coefficients.resize(design.len(), 0.0));
                newton.renew(&design);
            } else {
                newton.border(&design);
            }
            newton.descend(&design, 3, 1e-2);
        }
        units.truncate(kept.units);
        design.truncate(kept.units + 1);
        let grown = (order.len() == folds.len()).then_some(Grown { design, target, weights, order });
        self.refit(atoms, units, grown, kept, history, held_out)
    }

    /// Fits the chosen units to all rows, those of the fold included.
    fn refit(
        &self,
        atoms: &Atoms,
        units: Vec<Unit>,
        grown: Option<Grown>,
        kept: Kept,
        history: Vec<f64>,
        held_out: Vec<usize>,
    ) -> Option<Member> {
        let grown = grown.unwrap_or_else(|| {
            let every: Vec<usize> = (0..self.target.len()).collect();
            let mut design = Design::new(every.len(), every.len());
            let total = self.rows.weights.iter().sum();
            for unit in &units {
                design.push(&self.product(atoms, unit, &every), &self.rows.weights, total);
            }
            Grown { design, target: self.target.to_vec(), weights: self.rows.weights.clone(), order: every }
        });
        let Grown { mut design, target, weights, order } = grown;
        design.counted = design.rows;
        let penalties: Vec<f64> =
            std::iter::once(0.0).chain(units.iter().map(|unit| self.penalty(atoms, unit))).collect();
        let offset = self.offset_of(&order);
        let mut newton = Newton::new(self.loss, self.latent(), &design, &target, &weights, penalties, offset)
            .resumed(&design, kept.coefficients, kept.levels);
        for _ in 0..4 {
            if self.stop.load(Ordering::Relaxed) {
                return None;
            }
            newton.renew(&design);
            if newton.descend(&design, 4, 1e-5) {
                break;
            }
        }
        let total: f64 = weights.iter().sum();
        let column_means: Vec<f64> = design.gradient(&weights.iter().map(|&w| w as f32).collect::<Vec<_>>())
            [1..]
            .iter()
            .map(|sum| sum / total)
            .collect();
        let means = (0..units.len())
            .map(|unit| design.means[unit + 1] + column_means[unit] * design.deviations[unit + 1])
            .collect();
        let found = match self.loss {
            Loss::Ordered(basis) => basis.coefficients(&newton.coefficients, &newton.levels),
            _ => newton.coefficients,
        };
        let coefficients = found
            .iter()
            .map(|found| {
                let shift: f64 = column_means.iter().zip(&found[1..]).map(|(mean, b)| mean * b).sum();
                let scaled =
                    found[1..].iter().zip(&design.deviations[1..]).map(|(b, deviation)| b / deviation);
                std::iter::once(found[0] + shift).chain(scaled).collect()
            })
            .collect();
        Some(Member {
            units,
            means,
            coefficients,
            held_out,
            held_out_outputs: kept.eta,
            history,
            best: kept.round,
        })
    }
}

/// The rows of a network that grew, in its order.
struct Grown {
    design: Design,
    target: Vec<f64>,
    weights: Vec<f64>,
    order: Vec<usize>,
}

/// The best state of a growing network.
#[derive(Debug, Default)]
struct Kept {
    loss: f64,
    round: usize,
    units: usize,
    coefficients: Vec<Vec<f64>>,
    levels: Vec<f64>,
    eta: Vec<Vec<f64>>,
}
