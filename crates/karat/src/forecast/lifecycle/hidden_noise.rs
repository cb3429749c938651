//! How the logarithm of a customer's value moves for no reason: part of a month's surprise stays for a while, part is
//! gone in the next month.

use super::series::MonthlySeries;
use crate::numerics::cholesky;
use crate::numerics::parallel::Chunks;
use karat_scorer::Result;
use karat_scorer::numerics::ln;

/// Most months of a customer that are read: the last ones.
pub(super) const LONGEST: usize = 60;
/// Longest distance of months that the noise is learned from.
const LAGS: usize = 12;
/// Changes beyond this are breaks (a new contract, a month of roaming), not noise.
const BREAK: f64 = 2.0;
const CHUNK: usize = 1024;

/// An autoregression of first order and white noise beside it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Noise {
    /// What of a surprise is left a month later.
    pub(super) persistence: f64,
    /// Variance of the part that persists.
    pub(super) lasting: f64,
    /// Variance of the part that does not.
    pub(super) passing: f64,
}

/// Logarithms of the last months. A month without value says nothing and repeats the one before it.
pub(super) fn logarithms(series: &MonthlySeries<'_>, customer: usize) -> Vec<f64> {
    let months = series.months(customer);
    let months = &months[months.len().saturating_sub(LONGEST)..];
    let Some(&first) = months.iter().find(|value| **value > 0.0) else { return vec![0.0; months.len()] };
    let mut known = ln(first);
    let mut logs = Vec::with_capacity(months.len());
    for &value in months {
        if value > 0.0 {
            known = ln(value);
        }
        logs.push(known);
    }
    logs
}

impl Noise {
    /// Learns from mean squares of changes over one to twelve months: `2 passing + 2 lasting (1 - persistence^k)`,
    /// and the square of k times a constant, which is what stages add.
    pub(super) fn learn(series: &MonthlySeries<'_>, threads: usize) -> Result<Noise> {
        let chunks = Chunks { task: "learning noise", rows: series.customers(), chunk: CHUNK, threads };
        let part = |rows: std::ops::Range<usize>| {
            let mut sums = [(0.0, 0.0); LAGS];
            for customer in rows {
                let months = series.months(customer);
                let months = &months[months.len().saturating_sub(LONGEST)..];
                for (k, (sum, count)) in (1..).zip(&mut sums) {
                    for pair in months.windows(k + 1) {
                        let (before, now) = (pair[0], pair[k]);
                        if before > 0.0 && now > 0.0 {
                            let change = ln(now / before);
                            if change.abs() < BREAK {
                                *sum += change * change;
                                *count += 1.0;
                            }
                        }
                    }
                }
            }
            sums
        };
        let merge = |all: &mut [(f64, f64); LAGS], part: [(f64, f64); LAGS]| {
            for (all, part) in all.iter_mut().zip(part) {
                all.0 += part.0;
                all.1 += part.1;
            }
        };
        let sums = chunks.map_reduce(part, [(0.0, 0.0); LAGS], merge, &mut |_| true)?;
        let squares: Vec<(f64, f64, f64)> = (1..)
            .zip(sums)
            .filter(|(_, (_, count))| *count > 0.0)
            .map(|(k, (sum, count))| (f64::from(k), sum / count, count))
            .collect();
        Ok(Noise::of(&squares))
    }

    fn of(squares: &[(f64, f64, f64)]) -> Noise {
        let mut best = (f64::INFINITY, Noise { persistence: 0.0, lasting: 0.0, passing: 0.05 });
        if squares.len() < 3 {
            let level = squares.first().map_or(0.1, |(_, square, _)| *square);
            return Noise { passing: (0.5 * level).max(1e-6), ..best.1 };
        }
        for step in 0..50_u32 {
            let persistence = f64::from(step) * 0.02;
            let powers: Vec<f64> = squares
                .iter()
                .map(|(k, ..)| (0..*k as u32).fold(1.0, |power, _| power * persistence))
                .collect();
            let columns = |row: usize| [2.0, 2.0 * (1.0 - powers[row]), squares[row].0 * squares[row].0];
            let (error, found) = non_negative(squares, columns);
            if error < best.0 {
                best = (error, Noise { persistence, lasting: found[1], passing: found[0] });
            }
        }
        let Noise { persistence, lasting, passing } = best.1;
        let least = 1e-6 + 1e-3 * lasting;
        Noise { persistence, lasting, passing: passing.max(least) }
    }

    /// Cholesky's factor of the covariance of so many months.
    pub(super) fn factor(&self, months: usize) -> Vec<f64> {
        let mut powers = vec![1.0; months.max(1)];
        for k in 1..months {
            powers[k] = powers[k - 1] * self.persistence;
        }
        let mut covariance = vec![0.0; months * months];
        for i in 0..months {
            for j in 0..=i {
                let own = if i == j { self.passing } else { 0.0 };
                covariance[i * months + j] = self.lasting * powers[i - j] + own;
            }
        }
        // Positive definite, since there is always some noise that passes.
        let firm = cholesky::factor(&mut covariance, months);
        debug_assert!(firm);
        covariance
    }
}

/// Least squares with coefficients of 0 or more, by trying every set of those that are not 0.
fn non_negative(squares: &[(f64, f64, f64)], columns: impl Fn(usize) -> [f64; 3]) -> (f64, [f64; 3]) {
    let mut best = (f64::INFINITY, [0.0; 3]);
    for set in 1_u32..8 {
        let chosen: Vec<usize> = (0..3).filter(|i| set >> i & 1 == 1).collect();
        let m = chosen.len();
        let (mut matrix, mut right) = (vec![0.0; m * m], vec![0.0; m]);
        for (row, (_, square, count)) in squares.iter().enumerate() {
            let column = columns(row);
            for (a, &i) in chosen.iter().enumerate() {
                right[a] += count * column[i] * square;
                for (b, &j) in chosen.iter().enumerate() {
                    matrix[a * m + b] += count * column[i] * column[j];
                }
            }
        }
        if !cholesky::factor(&mut matrix, m) {
            continue;
        }
        cholesky::solve(&matrix, &mut right);
        if right.iter().any(|value| *value < 0.0) {
            continue;
        }
        let mut found = [0.0; 3];
        for (&i, value) in chosen.iter().zip(&right) {
            found[i] = *value;
        }
        let error: f64 = squares
            .iter()
            .enumerate()
            .map(|(row, (_, square, count))| {
                let column = columns(row);
                let rest = square - (0..3).map(|i| column[i] * found[i]).sum::<f64>();
                count * rest * rest
            })
            .sum();
        if error < best.0 {
            best = (error, found);
        }
    }
    best
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests may use the platform's functions")]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_the_noise_are_told_apart() {
        // Mean squares as the formula has them: persistence .9, lasting .2, passing .03, and 4e-4 k^2 of stages.
        let squares: Vec<(f64, f64, f64)> = (1..=12)
            .map(|k| {
                let k = f64::from(k);
                (k, 0.06 + 0.4 * (1.0 - 0.9_f64.powf(k)) + 4e-4 * k * k, 1000.0)
            })
            .collect();
        let found = Noise::of(&squares);
        assert!((found.persistence - 0.9).abs() < 1e-9, "{found:?}");
        assert!((found.lasting - 0.2).abs() < 1e-9 && (found.passing - 0.03).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn months_without_value_repeat_the_one_before() {
        let series = MonthlySeries::new(&[0, 4], &[0.0, 1.0, 0.0, 1.0], &[9.0]).unwrap();
        assert_eq!(logarithms(&series, 0), [0.0; 4]);
    }
}
