//! Several matrices side by side: what is read from them, and the figures with a closed form.

use karat_scorer::numerics::{exp, ln};

use super::principal::Principal;
use super::{BatchPriorities, unpacked};
use crate::evaluate::weights::ahp::{Ahp, PriorityMethod};
use crate::evaluate::weights::intake::{MAX_JUDGMENT, RECIPROCITY};

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
        let mut room: [_; 3] = std::array::from_fn(|_| vec![[0.0; L]; n]);
        let blocks = matrices.chunks_exact(L * n * n);
        let rest = blocks.remainder();
        for block in blocks {
            if !lanes.read(block) {
                return None;
            }
            lanes.work(ahp, block, &mut room, out);
        }
        Some(rest)
    }

    /// Takes `L` matrices in; of each pair the judgment >= 1 is kept and the other set to its reciprocal, as
    /// [`PairwiseMatrix::from_rows`](super::PairwiseMatrix::from_rows) does.
    ///
    /// Pairs are copied out, worked on in long plain loops, which the compiler turns into vectors, and
    /// copied back.
    #[inline(always)]
    fn read(&mut self, block: &[f64]) -> bool {
        let n = self.n;
        for (lane, matrix) in block.chunks_exact(n * n).enumerate() {
            for (slot, &value) in self.entries.iter_mut().zip(matrix) {
                slot[lane] = value;
            }
        }
        let mut unsound = 0;
        let mut pairs = self.forth.iter_mut().zip(&mut self.back);
        for i in 0..n {
            for value in &mut self.entries[i * n + i] {
                unsound |= u64::from(!diagonal_is_sound(*value));
                *value = 1.0;
            }
            for (j, (forth, back)) in (i + 1..n).zip(&mut pairs) {
                *forth = self.entries[i * n + j];
                *back = self.entries[j * n + i];
            }
        }
        let (forth, back) = (self.forth.as_flattened_mut(), self.back.as_flattened_mut());
        for (&f, &b) in forth.iter().zip(&*back) {
            unsound |= u64::from(!pair_is_sound(f, b));
        }
        for ((f, b), log) in forth.iter_mut().zip(back).zip(self.logs.as_flattened_mut()) {
            let turned = *f < *b;
            let strength = if turned { *b } else { *f };
            let inverse = 1.0 / strength;
            *f = if turned { inverse } else { strength };
            *b = if turned { strength } else { inverse };
            *log = if strength < 1.0 { inverse } else { strength };
        }
        for log in self.logs.as_flattened_mut() {
            *log = ln(*log);
        }
        for (&f, log) in self.forth.as_flattened().iter().zip(self.logs.as_flattened_mut()) {
            *log = if f < 1.0 { -*log } else { *log };
        }
        let mut pairs = self.forth.iter().zip(&self.back);
        for i in 0..n {
            for (j, (&forth, &back)) in (i + 1..n).zip(&mut pairs) {
                self.entries[i * n + j] = forth;
                self.entries[j * n + i] = back;
            }
        }
        unsound == 0
    }

    /// Appends the figures of the matrices last read, which are those of `block`.
    #[inline(always)]
    fn work(&self, ahp: &Ahp, block: &[f64], room: &mut [Vec<[f64; L]>; 3], out: &mut BatchPriorities) {
        let n = self.n;
        let Some(principal) = Principal::find(self, room) else {
            // Judgments that run in circles: squaring takes over, one matrix at a time.
            let labels: Vec<String> = (0..n).map(|i| i.to_string()).collect();
            for entries in block.chunks_exact(n * n) {
                if let Ok(priorities) = ahp.priorities(&unpacked(entries, &labels)) {
                    out.push(&priorities);
                }
            }
            return;
        };
        let [means, _, vector] = room;
        self.mean_logs(means);
        let residual = self.geometric_consistency_index(means);
        match ahp.method {
            PriorityMethod::GeometricMean => geometric_mean(means, vector),
            PriorityMethod::ColumnMean => self.column_mean(vector),
            _ => {}
        }
        normalise(vector);
        for lane in 0..L {
            out.weights.extend(vector.iter().map(|weights| weights[lane]));
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

    /// Mean of `ln a_ij` over j, for every row i.
    #[inline(always)]
    fn mean_logs(&self, sums: &mut [[f64; L]]) {
        let n = self.n;
        sums.fill([0.0; L]);
        let mut logs = self.logs.iter();
        for i in 0..n {
            let Some((own, others)) = sums[i..].split_first_mut() else { return };
            for (other, log) in others.iter_mut().zip(&mut logs) {
                for lane in 0..L {
                    own[lane] += log[lane];
                    other[lane] -= log[lane];
                }
            }
        }
        for sum in sums {
            for value in sum {
                *value /= n as f64;
            }
        }
    }

    #[inline(always)]
    fn geometric_consistency_index(&self, means: &[[f64; L]]) -> [f64; L] {
        let n = self.n;
        let mut squares = [0.0; L];
        if n < 3 {
            return squares;
        }
        let mut logs = self.logs.iter();
        for (i, own) in means.iter().enumerate() {
            for (other, log) in means[i + 1..].iter().zip(&mut logs) {
                for lane in 0..L {
                    let residual = log[lane] - (own[lane] - other[lane]);
                    squares[lane] += residual * residual;
                }
            }
        }
        squares.map(|sum| 2.0 * sum / ((n - 1) * (n - 2)) as f64)
    }

    #[inline(always)]
    fn column_mean(&self, sums: &mut [[f64; L]]) {
        let n = self.n;
        sums.fill([0.0; L]);
        for j in 0..n {
            let column = || self.entries.iter().skip(j).step_by(n);
            let mut total = [0.0; L];
            for entry in column() {
                for lane in 0..L {
                    total[lane] += entry[lane];
                }
            }
            for (sum, entry) in sums.iter_mut().zip(column()) {
                for lane in 0..L {
                    sum[lane] += entry[lane] / total[lane];
                }
            }
        }
    }
}

#[inline(always)]
fn geometric_mean<const L: usize>(means: &[[f64; L]], values: &mut [[f64; L]]) {
    let mut largest = [f64::NEG_INFINITY; L];
    for mean in means {
        for lane in 0..L {
            largest[lane] = largest[lane].max(mean[lane]);
        }
    }
    for (value, mean) in values.iter_mut().zip(means) {
        for lane in 0..L {
            value[lane] = exp(mean[lane] - largest[lane]);
        }
    }
}

/// Divides each lane by its sum, taken in order.
#[inline(always)]
fn normalise<const L: usize>(values: &mut [[f64; L]]) {
    let mut total = [0.0; L];
    for value in &*values {
        for lane in 0..L {
            total[lane] += value[lane];
        }
    }
    for value in values {
        for lane in 0..L {
            value[lane] /= total[lane];
        }
    }
}

#[inline(always)]
fn diagonal_is_sound(value: f64) -> bool {
    (value - 1.0).abs() <= RECIPROCITY
}

/// Whether two judgments of one pair are within range and reciprocal; false for NaN.
#[inline(always)]
fn pair_is_sound(forth: f64, back: f64) -> bool {
    // Without a branch, unlike `contains`.
    #[allow(clippy::manual_range_contains, reason = "the comparisons run side by side in vectors")]
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
