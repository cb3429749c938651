//! The principal eigenvector of a positive reciprocal matrix, with a proven bracket around its eigenvalue.
//!
//! Power iteration. For a positive matrix A and a positive vector x, the smallest and the largest ratio
//! `(A x)_i / x_i` enclose the principal eigenvalue (Collatz 1942, Wielandt 1950), so every step carries its
//! own proof of how far it has come. Iteration ends when the bracket is as narrow as asked or as doubles
//! allow.
//!
//! When the second eigenvalue is nearly as large in modulus as the first (judgments that run in a circle),
//! plain iteration crawls. Then `A + s I`, whose spectrum lies further to the right, is squared over and
//! over: k squarings are worth 2^k steps, and products of positive numbers lose no digits.

use super::judgments::{LANES, MAX_ITEMS, PairwiseMatrix};

/// Relative width of the bracket at which iteration ends.
pub(super) const TOLERANCE: f64 = 1e-14;

/// Brackets wider than this are never taken for the limit of the arithmetic.
pub(super) const COARSE: f64 = 1e-11;

/// Steps without a narrower bracket after which a fine one is taken for the limit of the arithmetic.
pub(super) const PATIENCE: u32 = 4;

/// Plain steps before squaring takes over.
pub(super) const PLAIN_STEPS: u32 = 96;

/// 2^50 steps: far beyond what any 64 x 64 matrix of judgments up to 1e9 can distinguish.
const SQUARINGS: u32 = 50;

/// Each round of squarings starts from the better shift that the one before has found.
const ROUNDS: u32 = 4;

const PADDED: usize = MAX_ITEMS;

pub(super) struct Perron {
    /// Positive, sum 1.
    pub(super) vector: Vec<f64>,
    /// Middle of the bracket.
    pub(super) lambda: f64,
    /// Proven to enclose the principal eigenvalue of the matrix as stored.
    pub(super) bounds: (f64, f64),
    /// Multiplications by the matrix, squarings included.
    pub(super) iterations: u32,
}

/// A bracket around the principal eigenvalue, before rounding is allowed for.
#[derive(Clone, Copy)]
struct Bracket {
    low: f64,
    high: f64,
}

impl Bracket {
    fn width(self) -> f64 {
        self.high - self.low
    }

    fn middle(self) -> f64 {
        0.5 * (self.low + self.high)
    }
}

pub(super) fn perron(matrix: &PairwiseMatrix) -> Perron {
    let mut search = Search::new(matrix);
    let mut limit = PLAIN_STEPS;
    for _ in 0..ROUNDS {
        if search.iterate(limit) {
            break;
        }
        search.square();
        limit = 2 * PATIENCE;
    }
    search.finish()
}

struct Search<'a> {
    matrix: &'a PairwiseMatrix,
    /// The vector, and the room where a step builds the next one; each step exchanges their roles.
    vectors: [[f64; PADDED]; 2],
    current: usize,
    /// Of the last step: its width tells how far x is from the eigenvector.
    bracket: Bracket,
    /// The intersection of the brackets of all steps.
    proven: Bracket,
    iterations: u32,
}

impl<'a> Search<'a> {
    fn new(matrix: &'a PairwiseMatrix) -> Search<'a> {
        let n = matrix.size() as f64;
        // Reciprocal matrices have no principal eigenvalue below n (Saaty, 1977).
        let bracket = Bracket { low: n, high: f64::INFINITY };
        Search {
            matrix,
            vectors: [[1.0; PADDED]; 2],
            current: 0,
            bracket,
            proven: Bracket { low: 0.0, ..bracket },
            iterations: 0,
        }
    }

    /// Steps until the bracket is narrow enough; false when `limit` steps did not suffice.
    fn iterate(&mut self, limit: u32) -> bool {
        let (mut best, mut stalled) = (f64::INFINITY, 0);
        for _ in 0..limit {
            self.step();
            let width = self.bracket.width();
            if width <= TOLERANCE * self.bracket.low {
                return true;
            }
            if width < best {
                (best, stalled) = (width, 0);
            } else if best <= COARSE * self.bracket.low {
                stalled += 1;
                if stalled == PATIENCE {
                    return true;
                }
            }
        }
        false
    }

    /// x becomes A x divided by a current estimate of the eigenvalue; the bracket belongs to the old x.
    ///
    /// Row sums run over the columns in order, `LANES` rows side by side.
    fn step(&mut self) {
        let n = self.matrix.size();
        let scale = 1.0 / self.bracket.low;
        let (mut low, mut high) = ([f64::INFINITY; LANES], [0.0; LANES]);
        let [first, second] = &mut self.vectors;
        let (old, new) = if self.current == 0 { (&*first, second) } else { (&*second, first) };
        let new = new.as_chunks_mut::<LANES>().0;
        for ((block, out), old_lanes) in
            self.matrix.blocks().zip(new.iter_mut()).zip(old.as_chunks::<LANES>().0)
        {
            let mut sums = [0.0; LANES];
            for (entries, &weight) in block.iter().zip(&old[..n]) {
                for lane in 0..LANES {
                    sums[lane] += entries[lane] * weight;
                }
            }
            for lane in 0..LANES {
                let ratio = sums[lane] / old_lanes[lane];
                low[lane] = if ratio < low[lane] { ratio } else { low[lane] };
                high[lane] = if ratio > high[lane] { ratio } else { high[lane] };
                out[lane] = sums[lane] * scale;
            }
        }
        self.current = 1 - self.current;
        self.rescale();
        self.bracket = Bracket {
            low: low.into_iter().fold(f64::INFINITY, f64::min),
            high: high.into_iter().fold(0.0, f64::max),
        };
        self.proven.low = self.proven.low.max(self.bracket.low);
        self.proven.high = self.proven.high.min(self.bracket.high);
        self.iterations += 1;
    }

    /// Brings x back to the middle of the range of doubles, which it leaves while the estimate of the
    /// eigenvalue is far off; its entries never differ by more than a factor of 1e18.
    fn rescale(&mut self) {
        let x = &mut self.vectors[self.current];
        let first = x[0];
        if !(1e-30..=1e30).contains(&first) {
            x.iter_mut().for_each(|v| *v /= first);
        }
    }

    /// Replaces x by the row sums of (A + s I)^(2^k), k growing until the bracket stops narrowing.
    fn square(&mut self) {
        let n = self.matrix.size();
        let shift = self.proven.middle();
        let mut power: Vec<f64> = (0..n * n)
            .map(|at| self.matrix.judgment(at / n, at % n) + if at / n == at % n { shift } else { 0.0 })
            .collect();
        let mut best = f64::INFINITY;
        for _ in 0..SQUARINGS {
            power = squared(&power, n);
            let x = &mut self.vectors[self.current];
            for (value, row) in x.iter_mut().zip(power.chunks_exact(n)) {
                *value = row.iter().sum();
            }
            let first = x[0];
            x[n..].fill(first);
            self.step();
            let width = self.bracket.width();
            if width <= TOLERANCE * self.bracket.low || (width >= best && best <= COARSE * self.bracket.low) {
                break;
            }
            best = best.min(width);
        }
    }

    fn finish(self) -> Perron {
        let n = self.matrix.size();
        let x = &self.vectors[self.current][..n];
        let total: f64 = x.iter().sum();
        let vector = x.iter().map(|&v| v / total).collect();
        Perron {
            vector,
            lambda: self.proven.middle(),
            bounds: bounds_of(self.proven.low, self.proven.high, n),
            iterations: self.iterations,
        }
    }
}

/// A bracket found for n items, widened by what rounding may have cost it.
///
/// Each ratio is a sum of n positive products and one division: its relative error is below (n + 1) units of
/// 2^-53, and (n + 2) epsilons leave room for rounding the bounds themselves.
pub(super) fn bounds_of(low: f64, high: f64, n: usize) -> (f64, f64) {
    let slack = (n + 2) as f64 * f64::EPSILON;
    (low * (1.0 - slack), high * (1.0 + slack))
}

/// The product of a positive matrix with itself, scaled so that its largest entry is 1.
fn squared(a: &[f64], n: usize) -> Vec<f64> {
    let mut product = vec![0.0; n * n];
    for (row, out) in a.chunks_exact(n).zip(product.chunks_exact_mut(n)) {
        for (&factor, inner) in row.iter().zip(a.chunks_exact(n)) {
            for (sum, &entry) in out.iter_mut().zip(inner) {
                *sum += factor * entry;
            }
        }
    }
    let largest = product.iter().copied().fold(0.0, f64::max);
    product.iter_mut().for_each(|entry| *entry /= largest);
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(n: usize, judgment: impl Fn(usize, usize) -> f64) -> PairwiseMatrix {
        let labels = (0..n).map(|i| format!("i{i}")).collect();
        let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
        PairwiseMatrix::from_upper(labels, pairs.map(|(i, j)| (i, j, judgment(i, j))).collect::<Vec<_>>())
    }

    fn check(case: &str, matrix: &PairwiseMatrix, width: f64) -> Perron {
        let found = perron(matrix);
        let (low, high) = found.bounds;
        assert!(low <= found.lambda && found.lambda <= high, "{case}: {low} {} {high}", found.lambda);
        assert!((high - low) / low <= width, "{case}: relative width {:e}", (high - low) / low);
        assert!(found.vector.iter().all(|&v| v > 0.0), "{case}");
        found
    }

    /// Circular judgments of strength t: the other eigenvalues have nearly the modulus of the first, and
    /// plain iteration would take about 20 t steps. The eigenvalue of the closed circle is 1 + t + 1/t.
    #[test]
    fn circles_converge_by_squaring() {
        for t in [9.0, 1e3, 1e6, 1e9] {
            let circle = matrix(3, |i, j| if (i, j) == (0, 2) { 1.0 / t } else { t });
            let found = check("circle", &circle, 1e-13);
            assert!((found.lambda / (1.0 + t + 1.0 / t) - 1.0).abs() < 1e-14);
            // Scaling by d = (1, 1/2, 5) turns the circle into one that the start vector does not solve,
            // without moving the eigenvalue; the eigenvector becomes d.
            let d = [1.0, 0.5, 5.0];
            let scaled = matrix(3, |i, j| d[i] / d[j] * if (i, j) == (0, 2) { 1.0 / t } else { t });
            let found = check("scaled circle", &scaled, 1e-13);
            assert!((found.lambda / (1.0 + t + 1.0 / t) - 1.0).abs() < 1e-13, "{t}: {}", found.lambda);
            for (value, exact) in found.vector.iter().zip(d) {
                assert!((value / (exact / 6.5) - 1.0).abs() < 1e-12, "{t}: {:?}", found.vector);
            }
            assert!(found.iterations < 200, "{t}: {} iterations", found.iterations);
        }
    }

    /// A ring of 64 items, each far ahead of the next: the slowest spectrum a matrix of this size can have.
    #[test]
    fn a_ring_of_64_converges() {
        let d = |i: usize| 1.0 + (i * i % 17) as f64;
        let ring = matrix(64, |i, j| {
            d(i) / d(j)
                * if j == i + 1 {
                    1e6
                } else if (i, j) == (0, 63) {
                    1e-6
                } else {
                    1.0
                }
        });
        let found = check("ring", &ring, 1e-12);
        let total: f64 = (0..64).map(d).sum();
        for (i, value) in found.vector.iter().enumerate() {
            assert!((value * total / d(i) - 1.0).abs() < 1e-9, "{i}: {value}");
        }
    }

    /// The widest range that is accepted, consistent and not.
    #[test]
    fn extreme_ranges_stay_finite() {
        let consistent = matrix(5, |i, j| [1.0, 1e3, 2e5, 3e7, 1e9][j] / [1.0, 1e3, 2e5, 3e7, 1e9][i]);
        assert!((check("consistent", &consistent, 1e-14).lambda - 5.0).abs() < 1e-13);
        for size in [3, 8, 64] {
            let wild = matrix(size, |i, j| if (i * 7 + j * 5) % 3 == 0 { 1e-9 } else { 1e9 });
            let found = check("wild", &wild, 1e-11);
            assert!(found.lambda.is_finite() && found.lambda >= size as f64);
        }
    }

    #[test]
    fn one_and_two_items_are_exact() {
        let one = check("one", &matrix(1, |_, _| 1.0), 1e-14);
        assert_eq!((one.vector.as_slice(), one.lambda), ([1.0].as_slice(), 1.0));
        let two = check("two", &matrix(2, |_, _| 3.0), 1e-14);
        assert!((two.vector[0] - 0.75).abs() < 1e-15 && (two.lambda - 2.0).abs() < 1e-15);
    }
}
