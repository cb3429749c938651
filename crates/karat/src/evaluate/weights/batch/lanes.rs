//! Several matrices side by side: what is read from them, and the figures with a closed form.

use karat_scorer::numerics::{exp, ln};

use super::principal::Principal;
use super::{BatchPriorities, unpacked};
use crate::evaluate::weights::ahp::{Ahp, PriorityMethod};
use crate::evaluate::weights::intake::{MAX_JUDGMENT, RECIPROCITY};
use crate::evaluate::weights::judgments::MAX_ITEMS;

/// `L` matrices of the same size; element (i, j) of all of them stands together.
pub(super) struct Lanes<const L: usize> {
    pub(super) n: usize,
    /// Entry (i, j) at `i n + j`.
    pub(super) entries: Vec<[f64; L]>,
    /// `a_ij` for i < j, row by row.
    forth: Vec<[f64; L]>,
    /// `a_ji` in the same order.
    back: Vec<[f64; L]>,
    /// `ln a_ij` in the same order.
    logs: Vec<[f64; L]>,
}

/// One value per item and lane.
pub(super) type Vectors<const L: usize> = [[f64; L]; MAX_ITEMS];

impl<const L: usize> Lanes<L> {
    /// Works off as many matrices as fill whole blocks of `L`, appends their figures, and returns what is
    /// left; `None` at an unsound entry.
    #[inline(always)]
    pub(super) fn run<'a>(
        ahp: &Ahp,
        matrices: &'a [f64],
        n: usize,
        out: &mut BatchPriorities,
    ) -> Option<&'a [f64]> {
        let pairs = n * (n - 1) / 2;
        let empty = || vec![[0.0; L]; pairs];
        let mut lanes =
            Lanes { n, entries: vec![[1.0; L]; n * n], forth: empty(), back: empty(), logs: empty() };
        let blocks = matrices.chunks_exact(L * n * n);
        let rest = blocks.remainder();
        for block in blocks {
            if !lanes.read(block) {
                return None;
            }
            lanes.work(ahp, block, out);
        }
        Some(rest)
    }

    /// Takes `L` matrices in; of each pair the judgment >= 1 is kept and the other set to its reciprocal, as
    /// [`PairwiseMatrix::from_rows`](super::PairwiseMatrix::from_rows) does.
    ///
    /// First everything is copied, then worked on in long rows, which the compiler turns into vectors.
    #[inline(always)]
    fn read(&mut self, block: &[f64]) -> bool {
        let n = self.n;
        let matrices: [&[f64]; L] = std::array::from_fn(|lane| &block[lane * n * n..(lane + 1) * n * n]);
        let mut unsound = 0;
        let mut pair = 0;
        for i in 0..n {
            for matrix in matrices {
                unsound |= u64::from(!diagonal_is_sound(matrix[i * n + i]));
            }
            for j in i + 1..n {
                self.forth[pair] = std::array::from_fn(|lane| matrices[lane][i * n + j]);
                self.back[pair] = std::array::from_fn(|lane| matrices[lane][j * n + i]);
                pair += 1;
            }
        }
        let (forth, back) = (self.forth.as_flattened_mut(), self.back.as_flattened_mut());
        let logs = self.logs.as_flattened_mut();
        for (&f, &b) in forth.iter().zip(&*back) {
            unsound |= u64::from(!pair_is_sound(f, b));
        }
        for ((f, b), log) in forth.iter_mut().zip(back.iter_mut()).zip(logs.iter_mut()) {
            let turned = *f < *b;
            let strength = if turned { *b } else { *f };
            let inverse = 1.0 / strength;
            *log = strength;
            *f = if turned { inverse } else { strength };
            *b = if turned { strength } else { inverse };
        }
        for log in logs.iter_mut() {
            *log = ln(*log);
        }
        for ((&f, &b), log) in forth.iter().zip(&*back).zip(logs) {
            *log = if f < b { -*log } else { *log };
        }
        let mut pair = 0;
        for i in 0..n {
            for j in i + 1..n {
                self.entries[i * n + j] = self.forth[pair];
                self.entries[j * n + i] = self.back[pair];
                pair += 1;
            }
        }
        unsound == 0
    }

    /// Appends the figures of the matrices last read, which are those of `block`.
    #[inline(always)]
    fn work(&self, ahp: &Ahp, block: &[f64], out: &mut BatchPriorities) {
        let n = self.n;
        let Some(principal) = Principal::find(self) else {
            // Judgments that run in circles: squaring takes over, one matrix at a time.
            let labels: Vec<String> = (0..n).map(|i| i.to_string()).collect();
            for entries in block.chunks_exact(n * n) {
                if let Ok(priorities) = ahp.priorities(&unpacked(entries, &labels)) {
                    out.push(&priorities);
                }
            }
            return;
        };
        let means = self.mean_logs();
        let residual = self.geometric_consistency_index(&means);
        let vectors = match ahp.method {
            PriorityMethod::GeometricMean => geometric_mean(&means, n),
            PriorityMethod::ColumnMean => self.column_mean(),
            _ => principal.vector,
        };
        let weights = normalised(&vectors, n);
        for lane in 0..L {
            out.weights.extend((0..n).map(|i| weights[i][lane]));
            let (low, high) = principal.bounds(n, lane);
            // As in `Ahp::priorities`: a bracket that reaches n cannot tell the matrix from a consistent one.
            let size = n as f64;
            let lambda = if low <= size { size } else { principal.middle(lane) };
            let index = if n > 1 { (lambda - size) / (n - 1) as f64 } else { 0.0 };
            out.lambda_max.push(lambda);
            out.lambda_low.push(low);
            out.lambda_high.push(high);
            out.consistency_index.push(index);
            out.consistency_ratio.push(out.random_index.ratio(index));
            out.geometric_consistency_index.push(residual[lane]);
            out.iterations.push(principal.iterations[lane]);
        }
    }

    #[inline(always)]
    fn mean_logs(&self) -> Vectors<L> {
        let n = self.n;
        let mut sums = [[0.0; L]; MAX_ITEMS];
        let mut logs = self.logs.iter();
        for i in 0..n {
            for (j, log) in (i + 1..n).zip(&mut logs) {
                for lane in 0..L {
                    sums[i][lane] += log[lane];
                    sums[j][lane] -= log[lane];
                }
            }
        }
        for sum in &mut sums[..n] {
            for value in sum {
                *value /= n as f64;
            }
        }
        sums
    }

    #[inline(always)]
    fn geometric_consistency_index(&self, means: &Vectors<L>) -> [f64; L] {
        let n = self.n;
        let mut squares = [0.0; L];
        if n < 3 {
            return squares;
        }
        let mut logs = self.logs.iter();
        for i in 0..n {
            for (j, log) in (i + 1..n).zip(&mut logs) {
                for lane in 0..L {
                    let residual = log[lane] - (means[i][lane] - means[j][lane]);
                    squares[lane] += residual * residual;
                }
            }
        }
        squares.map(|sum| 2.0 * sum / ((n - 1) * (n - 2)) as f64)
    }

    #[inline(always)]
    fn column_mean(&self) -> Vectors<L> {
        let n = self.n;
        let mut sums = [[0.0; L]; MAX_ITEMS];
        for j in 0..n {
            let mut total = [0.0; L];
            for i in 0..n {
                for lane in 0..L {
                    total[lane] += self.entries[i * n + j][lane];
                }
            }
            for i in 0..n {
                for lane in 0..L {
                    sums[i][lane] += self.entries[i * n + j][lane] / total[lane];
                }
            }
        }
        sums
    }
}

#[inline(always)]
fn geometric_mean<const L: usize>(means: &Vectors<L>, n: usize) -> Vectors<L> {
    let mut largest = [f64::NEG_INFINITY; L];
    for mean in &means[..n] {
        for lane in 0..L {
            largest[lane] = largest[lane].max(mean[lane]);
        }
    }
    let mut values = [[0.0; L]; MAX_ITEMS];
    for (value, mean) in values[..n].iter_mut().zip(means) {
        for lane in 0..L {
            value[lane] = exp(mean[lane] - largest[lane]);
        }
    }
    values
}

/// Each lane divided by its sum, taken in order.
#[inline(always)]
fn normalised<const L: usize>(values: &Vectors<L>, n: usize) -> Vectors<L> {
    let mut total = [0.0; L];
    for value in &values[..n] {
        for lane in 0..L {
            total[lane] += value[lane];
        }
    }
    let mut shares = [[0.0; L]; MAX_ITEMS];
    for (share, value) in shares[..n].iter_mut().zip(values) {
        for lane in 0..L {
            share[lane] = value[lane] / total[lane];
        }
    }
    shares
}

#[inline(always)]
fn diagonal_is_sound(value: f64) -> bool {
    (value - 1.0).abs() <= RECIPROCITY
}

/// Whether two judgments of one pair are within range and reciprocal; false for NaN.
#[inline(always)]
fn pair_is_sound(forth: f64, back: f64) -> bool {
    let within = |value: f64| (value >= 1.0 / MAX_JUDGMENT) & (value <= MAX_JUDGMENT);
    within(forth) & within(back) & ((forth * back - 1.0).abs() <= RECIPROCITY)
}

/// Whether n x n entries are a reciprocal matrix of judgments.
pub(super) fn entries_are_sound(entries: &[f64], n: usize) -> bool {
    (0..n).all(|i| {
        diagonal_is_sound(entries[i * n + i])
            && (i + 1..n).all(|j| pair_is_sound(entries[i * n + j], entries[j * n + i]))
    })
}
