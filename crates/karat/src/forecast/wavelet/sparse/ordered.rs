//! Ordered classes: a polynomial of the class's position with coefficients that depend on the fields.
//!
//! The output of class `k` is `level k + sum over d of P_d(k) * eta_d`, with `P_1` linear and `P_2` quadratic,
//! orthonormal under the shares of the classes. With the linear one alone these are adjacent-category logits
//! (Goodman, 1979; Agresti, 2010); the quadratic one lets rows differ in how sure their class is. Outputs of
//! classes are sums of those of the polynomials, so that networks merge into one with a softmax.

use karat_scorer::numerics::{exp, ln};

/// Pull of levels to zero: a floor for classes without rows.
const LEVEL_PENALTY: f64 = 1e-3;
const LEVEL_STEPS: usize = 6;
/// Curvature below which a row would count for nothing.
const LEAST: f64 = 1e-6;
/// Most classes, by which the sums of one row stay on the stack.
pub(super) const MOST_CLASSES: usize = 256;

/// Polynomials at the positions of the classes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Basis {
    /// `polynomials[d][k]`.
    pub(super) polynomials: Vec<Vec<f64>>,
    pub(super) classes: usize,
}

/// What outputs of classes have beside the polynomials.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beside<'a> {
    pub(super) levels: &'a [f64],
    /// Outputs of an earlier network, class by class; none without one.
    pub(super) offset: &'a [Vec<f64>],
    /// Where the rows begin in the offset.
    pub(super) first: usize,
}

impl Basis {
    /// By Gram and Schmidt; at most `degree` polynomials, fewer where the classes that occur allow no more.
    pub(super) fn new(shares: &[f64], degree: usize) -> Basis {
        let product = |a: &[f64], b: &[f64]| -> f64 {
            a.iter().zip(b).zip(shares).map(|((a, b), share)| a * b * share).sum()
        };
        let classes = shares.len();
        let mut all = vec![vec![1.0; classes]];
        let scale = 1.0 / (classes - 1).max(1) as f64;
        for power in 1..=degree {
            let position = |k: usize| k as f64 * scale;
            let mut next: Vec<f64> =
                (0..classes).map(|k| (0..power).map(|_| position(k)).product()).collect();
            for known in &all {
                let along = product(&next, known) / product(known, known);
                next.iter_mut().zip(known).for_each(|(x, known)| *x -= along * known);
            }
            let size = product(&next, &next).sqrt();
            if size < 1e-6 {
                break;
            }
            next.iter_mut().for_each(|x| *x /= size);
            all.push(next);
        }
        all.remove(0);
        Basis { polynomials: all, classes }
    }

    /// Outputs of the classes in one row.
    #[inline(always)]
    fn outputs(&self, eta: &[Vec<f64>], beside: Beside<'_>, row: usize, out: &mut [f64; MOST_CLASSES]) {
        for (k, (out, level)) in out.iter_mut().zip(beside.levels).enumerate() {
            *out = *level;
            if let Some(offset) = beside.offset.get(k) {
                *out += offset[beside.first + row];
            }
            for (eta, polynomial) in eta.iter().zip(&self.polynomials) {
                *out += polynomial[k] * eta[row];
            }
        }
    }

    /// Turns outputs into probabilities; the logarithm of what they were divided by.
    #[inline(always)]
    fn softmax(&self, out: &mut [f64; MOST_CLASSES]) -> f64 {
        let out = &mut out[..self.classes];
        let highest = out.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
        let mut total = 0.0;
        for output in out.iter_mut() {
            *output = exp(*output - highest);
            total += *output;
        }
        out.iter_mut().for_each(|output| *output /= total);
        ln(total) + highest
    }

    /// Outputs of all classes for all rows, class by class.
    pub(super) fn expand(&self, eta: &[Vec<f64>], beside: Beside<'_>) -> Vec<Vec<f64>> {
        let rows = eta.first().map_or(0, Vec::len);
        let mut all = vec![vec![0.0; rows]; self.classes];
        let mut out = [0.0; MOST_CLASSES];
        for row in 0..rows {
            self.outputs(eta, beside, row, &mut out);
            all.iter_mut().zip(&out).for_each(|(all, out)| all[row] = *out);
        }
        all
    }

    /// Coefficients of the classes from those of the polynomials; levels belong to the intercepts.
    pub(super) fn coefficients(&self, of: &[Vec<f64>], levels: &[f64]) -> Vec<Vec<f64>> {
        let count = of.first().map_or(1, Vec::len);
        (0..self.classes)
            .map(|k| {
                let mut found = vec![0.0; count];
                found[0] = levels[k];
                for (coefficients, polynomial) in of.iter().zip(&self.polynomials) {
                    found.iter_mut().zip(coefficients).for_each(|(sum, b)| *sum += polynomial[k] * b);
                }
                found
            })
            .collect()
    }

    pub(super) fn value(&self, eta: &[Vec<f64>], beside: Beside<'_>, target: &[f64], weights: &[f64]) -> f64 {
        let mut out = [0.0; MOST_CLASSES];
        let mut sum = 0.0;
        for (row, (&class, weight)) in target.iter().zip(weights).enumerate() {
            self.outputs(eta, beside, row, &mut out);
            let own = out[class as usize];
            sum += weight * (self.softmax(&mut out) - own);
        }
        sum
    }

    /// As for other losses: the slope of a polynomial is its value at the class less its mean, the curvature
    /// its variance.
    pub(super) fn slopes(
        &self,
        eta: &[Vec<f64>],
        beside: Beside<'_>,
        (target, weights): (&[f64], &[f64]),
        slope: &mut [Vec<f32>],
        curvature: &mut [Vec<f32>],
    ) {
        let mut out = [0.0; MOST_CLASSES];
        for (row, (&class, weight)) in target.iter().zip(weights).enumerate() {
            self.outputs(eta, beside, row, &mut out);
            self.softmax(&mut out);
            for (d, polynomial) in self.polynomials.iter().enumerate() {
                let (mut mean, mut square) = (0.0, 0.0);
                for (p, x) in out.iter().zip(polynomial) {
                    mean += p * x;
                    square += p * x * x;
                }
                slope[d][row] = (weight * (polynomial[class as usize] - mean)) as f32;
                curvature[d][row] = (weight * (square - mean * mean).max(LEAST)) as f32;
            }
        }
    }

    /// Levels at which the loss is least, given the rest: Newton steps over the classes.
    pub(super) fn levels(
        &self,
        eta: &[Vec<f64>],
        beside: Beside<'_>,
        target: &[f64],
        weights: &[f64],
    ) -> Vec<f64> {
        let classes = self.classes;
        let mut levels = beside.levels.to_vec();
        let mut out = [0.0; MOST_CLASSES];
        for _ in 0..LEVEL_STEPS {
            let mut gradient: Vec<f64> = levels.iter().map(|level| -LEVEL_PENALTY * level).collect();
            let mut matrix = vec![0.0; classes * classes];
            for (row, (&class, weight)) in target.iter().zip(weights).enumerate() {
                self.outputs(eta, Beside { levels: &levels, ..beside }, row, &mut out);
                self.softmax(&mut out);
                gradient[class as usize] += weight;
                for k in 0..classes {
                    gradient[k] -= weight * out[k];
                    matrix[k * classes + k] += weight * out[k];
                    for j in 0..=k {
                        matrix[k * classes + j] -= weight * out[k] * out[j];
                    }
                }
            }
            for k in 0..classes {
                matrix[k * classes + k] += LEVEL_PENALTY;
            }
            if !crate::numerics::cholesky::factor(&mut matrix, classes) {
                break;
            }
            crate::numerics::cholesky::solve(&matrix, &mut gradient);
            let mut largest = 0.0_f64;
            for (level, step) in levels.iter_mut().zip(&gradient) {
                *level += step.clamp(-2.0, 2.0);
                largest = largest.max(step.abs());
            }
            if largest < 1e-8 {
                break;
            }
        }
        // A step that overshot is no gain: the levels as they were are better.
        let now = self.value(eta, Beside { levels: &levels, ..beside }, target, weights);
        if now <= self.value(eta, beside, target, weights) { levels } else { beside.levels.to_vec() }
    }
}
