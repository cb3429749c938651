//! Covariances of rows, and variance inflation.

/// Rows whose sums are taken apart before they are added: keeps rounding small in a fixed order.
const BLOCK: usize = 4096;
/// Share of variance that others leave unexplained, below which a column counts as their combination.
const DEPENDENT: f64 = 1e-10;

/// Means and covariances (sums of products, not divided) of columns.
#[derive(Debug, Clone)]
pub(super) struct Moments {
    width: usize,
    products: Vec<f64>,
}

impl Moments {
    /// Two passes over `rows` rows that `fill` writes.
    pub(super) fn of(rows: usize, width: usize, mut fill: impl FnMut(usize, &mut [f64])) -> Moments {
        let mut row = vec![0.0; width];
        // Shifted by the first row, a column of equal values is exactly 0 throughout.
        let mut first = vec![0.0; width];
        if rows > 0 {
            fill(0, &mut first);
        }
        let mut means = vec![0.0; width];
        let mut products = vec![0.0; width * width];
        for pass in 0..2 {
            for start in (0..rows).step_by(BLOCK) {
                let mut sums = vec![0.0; if pass == 0 { width } else { width * width }];
                for position in start..rows.min(start + BLOCK) {
                    fill(position, &mut row);
                    row.iter_mut().zip(&first).for_each(|(value, first)| *value -= first);
                    if pass == 0 {
                        sums.iter_mut().zip(&row).for_each(|(sum, value)| *sum += value);
                        continue;
                    }
                    row.iter_mut().zip(&means).for_each(|(value, mean)| *value -= mean);
                    for (at, sums) in sums.chunks_exact_mut(width).enumerate() {
                        for (sum, value) in sums[at..].iter_mut().zip(&row[at..]) {
                            *sum += row[at] * value;
                        }
                    }
                }
                let total = if pass == 0 { &mut means } else { &mut products };
                total.iter_mut().zip(&sums).for_each(|(total, sum)| *total += sum);
            }
            if pass == 0 {
                means.iter_mut().for_each(|mean| *mean /= rows.max(1) as f64);
            }
        }
        Moments { width, products }
    }

    /// Sum of products of the centred columns.
    pub(super) fn product(&self, a: usize, b: usize) -> f64 {
        self.products[a.min(b) * self.width + a.max(b)]
    }

    /// Pearson correlation; NaN when either column has no spread.
    pub(super) fn correlation(&self, a: usize, b: usize) -> f64 {
        let spread = self.product(a, a).sqrt() * self.product(b, b).sqrt();
        if spread > 0.0 { (self.product(a, b) / spread).clamp(-1.0, 1.0) } else { f64::NAN }
    }

    /// Variance inflation factor of each of the first `count` columns: 1 / (1 - R²) of its regression on the
    /// others. Infinite for a combination of the others, NaN for a column without spread.
    pub(super) fn inflation(&self, count: usize) -> Vec<f64> {
        let spread: Vec<usize> = (0..count).filter(|&at| self.product(at, at) > 0.0).collect();
        let mut factors = vec![f64::NAN; count];
        for &wanted in &spread {
            let order: Vec<usize> =
                spread.iter().copied().filter(|&at| at != wanted).chain([wanted]).collect();
            let left = self.last_pivot(&order);
            factors[wanted] = if left > DEPENDENT { 1.0 / left } else { f64::INFINITY };
        }
        factors
    }

    /// The last squared pivot of Cholesky's factor of the correlations in this order, which is the share of the
    /// last column's variance that the others leave; columns that earlier ones determine are passed over.
    fn last_pivot(&self, order: &[usize]) -> f64 {
        let count = order.len();
        let mut factor = vec![0.0; count * count];
        let mut last = 1.0;
        for row in 0..count {
            for column in 0..=row {
                let mut value = self.correlation(order[row], order[column]);
                for k in 0..column {
                    value -= factor[row * count + k] * factor[column * count + k];
                }
                if row == column {
                    last = value;
                    factor[row * count + row] = if value > DEPENDENT { value.sqrt() } else { 0.0 };
                } else {
                    let pivot: f64 = factor[column * count + column];
                    factor[row * count + column] = if pivot > 0.0 { value / pivot } else { 0.0 };
                }
            }
        }
        last
    }
}
