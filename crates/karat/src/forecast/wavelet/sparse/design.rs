//! The columns of a network on its rows, in single precision, and the three products a fit needs of them.
//!
//! Single precision holds a column to one part in ten million, far below what a coefficient is known to;
//! sums run over short chunks in fixed lanes and are carried on in double precision, in the order of the rows.

use karat_scorer::{Isa, Kernel};

/// Rows of a chunk.
const CHUNK: usize = 512;
const LANES: usize = 8;

/// Standardised columns; those that are summed are the first `counted` rows.
#[derive(Debug, Clone)]
pub(super) struct Design {
    pub(super) rows: usize,
    pub(super) counted: usize,
    pub(super) columns: Vec<Vec<f32>>,
    pub(super) means: Vec<f64>,
    pub(super) deviations: Vec<f64>,
    isa: Isa,
}

impl Design {
    /// With a column of ones.
    pub(super) fn new(rows: usize, counted: usize) -> Design {
        Design {
            rows,
            counted,
            columns: vec![vec![1.0; rows]],
            means: vec![0.0],
            deviations: vec![1.0],
            isa: Isa::detect(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    pub(super) fn truncate(&mut self, columns: usize) {
        self.columns.truncate(columns);
        self.means.truncate(columns);
        self.deviations.truncate(columns);
    }

    /// Standardises a column by its counted rows; a constant one is all zeros.
    pub(super) fn push(&mut self, values: &[f32], weights: &[f64], total: f64) {
        let column = standardised(values, weights, total, self.counted);
        self.means.push(column.1);
        self.deviations.push(column.2);
        self.columns.push(column.0);
    }

    /// Sums over counted rows of `h * column j * column i`, for the columns from `from` on and all before
    /// them: row `j - from` has `j + 1` numbers that count.
    pub(super) fn gram(&self, from: usize, h: &[f32]) -> Vec<Vec<f64>> {
        self.isa.run(Gram { design: self, from, h })
    }

    /// Sums over counted rows of `slope * column`.
    pub(super) fn gradient(&self, slope: &[f32]) -> Vec<f64> {
        self.isa.run(Gradient { design: self, slope })
    }

    /// `sum of coefficient * column` of all rows.
    pub(super) fn direction(&self, coefficients: &[f64]) -> Vec<f64> {
        self.isa.run(Direction { design: self, coefficients })
    }
}

/// A column less its mean over its deviation, and these; 0 and 1 for a constant.
pub(super) fn standardised(
    values: &[f32],
    weights: &[f64],
    total: f64,
    counted: usize,
) -> (Vec<f32>, f64, f64) {
    let (mut sum, mut square) = (0.0, 0.0);
    for (&value, weight) in values[..counted].iter().zip(weights) {
        sum += weight * f64::from(value);
    }
    let mean = sum / total;
    for (&value, weight) in values[..counted].iter().zip(weights) {
        let distance = f64::from(value) - mean;
        square += weight * (distance * distance);
    }
    let deviation = (square / total).sqrt();
    if deviation < 1e-6 {
        return (vec![0.0; values.len()], mean, 1.0);
    }
    let (center, scale) = (mean as f32, (1.0 / deviation) as f32);
    (values.iter().map(|value| (value - center) * scale).collect(), f64::from(center), 1.0 / f64::from(scale))
}

/// Sum of products, eight lanes that are added in order at the end.
#[inline(always)]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f64 {
    let mut lanes = [0.0_f32; LANES];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    for ((lane, a), b) in lanes.iter_mut().zip(a_rest).zip(b_rest) {
        *lane += a * b;
    }
    total(&lanes)
}

#[inline(always)]
fn total(lanes: &[f32; LANES]) -> f64 {
    lanes.iter().map(|&lane| f64::from(lane)).sum()
}

/// Columns that share the weighted ones in a block of the Gram matrix.
const LEFT: usize = 2;
const RIGHT: usize = 4;

struct Gram<'a> {
    design: &'a Design,
    from: usize,
    h: &'a [f32],
}

impl Kernel for Gram<'_> {
    type Output = Vec<Vec<f64>>;

    #[inline(always)]
    fn run(self) -> Vec<Vec<f64>> {
        let (columns, from) = (&self.design.columns, self.from);
        let count = columns.len();
        let mut sums = vec![vec![0.0; count]; count.saturating_sub(from)];
        let mut weighted = [[0.0_f32; CHUNK]; RIGHT];
        for start in (0..self.design.counted).step_by(CHUNK) {
            let end = (start + CHUNK).min(self.design.counted);
            for j in (from..count).step_by(RIGHT) {
                let width = RIGHT.min(count - j);
                for (right, weighted) in weighted.iter_mut().enumerate() {
                    // Past the last column the block repeats it; those sums are not kept.
                    let column = &columns[(j + right).min(count - 1)][start..end];
                    for ((weighted, h), z) in weighted.iter_mut().zip(&self.h[start..end]).zip(column) {
                        *weighted = h * z;
                    }
                    weighted[end - start..].fill(0.0);
                }
                for i in (0..j + width).step_by(LEFT) {
                    let left = [&columns[i][start..end], &columns[(i + 1).min(count - 1)][start..end]];
                    let found = block(left, &weighted, end - start);
                    for right in 0..width {
                        for side in 0..LEFT.min(count - i) {
                            sums[j + right - from][i + side] += found[right][side];
                        }
                    }
                }
            }
        }
        sums
    }
}

#[inline(always)]
fn block(left: [&[f32]; LEFT], right: &[[f32; CHUNK]; RIGHT], rows: usize) -> [[f64; LEFT]; RIGHT] {
    let mut lanes = [[[0.0_f32; LANES]; LEFT]; RIGHT];
    let [(a, a_rest), (b, b_rest)] = left.map(<[f32]>::as_chunks::<LANES>);
    let sides: [&[[f32; LANES]]; RIGHT] = std::array::from_fn(|r| right[r].as_chunks::<LANES>().0);
    for (step, (a, b)) in a.iter().zip(b).enumerate() {
        for r in 0..RIGHT {
            let weighted = &sides[r][step];
            for lane in 0..LANES {
                lanes[r][0][lane] += weighted[lane] * a[lane];
                lanes[r][1][lane] += weighted[lane] * b[lane];
            }
        }
    }
    let whole = rows / LANES * LANES;
    for (place, (&a, &b)) in a_rest.iter().zip(b_rest).enumerate() {
        for r in 0..RIGHT {
            let weighted = right[r][whole + place];
            lanes[r][0][place] += weighted * a;
            lanes[r][1][place] += weighted * b;
        }
    }
    std::array::from_fn(|r| std::array::from_fn(|side| total(&lanes[r][side])))
}

struct Gradient<'a> {
    design: &'a Design,
    slope: &'a [f32],
}

impl Kernel for Gradient<'_> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn run(self) -> Vec<f64> {
        let mut sums = vec![0.0; self.design.len()];
        for start in (0..self.design.counted).step_by(CHUNK) {
            let end = (start + CHUNK).min(self.design.counted);
            for (sum, column) in sums.iter_mut().zip(&self.design.columns) {
                *sum += dot(&column[start..end], &self.slope[start..end]);
            }
        }
        sums
    }
}

struct Direction<'a> {
    design: &'a Design,
    coefficients: &'a [f64],
}

impl Kernel for Direction<'_> {
    type Output = Vec<f64>;

    #[inline(always)]
    fn run(self) -> Vec<f64> {
        let mut sums = vec![0.0; self.design.rows];
        let mut part = [0.0_f32; CHUNK];
        for (number, sums) in sums.chunks_mut(CHUNK).enumerate() {
            let start = number * CHUNK;
            let part = &mut part[..sums.len()];
            part.fill(0.0);
            for (column, &coefficient) in self.design.columns.iter().zip(self.coefficients) {
                let coefficient = coefficient as f32;
                for (part, z) in part.iter_mut().zip(&column[start..start + sums.len()]) {
                    *part += coefficient * z;
                }
            }
            for (sum, part) in sums.iter_mut().zip(part.iter()) {
                *sum = f64::from(*part);
            }
        }
        sums
    }
}
