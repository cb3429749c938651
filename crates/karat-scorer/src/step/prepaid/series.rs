//! The two hypergeometric functions of prepaid models, for customers side by side.
//!
//! A row that has converged goes on with nothing but zeros, which change no bit: so a row gives the same bits
//! alone and beside others that take longer.

use crate::numerics::select;

/// Terms of a series for rows side by side, at the most.
pub(super) const TERMS: usize = 128;
/// Terms of a series for one row, at the most: enough for horizons forty times the customer's age.
pub(super) const MANY_TERMS: usize = 1024;
/// Terms between two looks at how small they have become.
const STRIDE: usize = 8;
/// What may be left out, relative to the largest term.
const TINY: f64 = 1e-16;

/// 1, 1/2, 1/3, ...
static INVERSE: [f64; MANY_TERMS] = {
    let mut inverse = [0.0; MANY_TERMS];
    let mut n = 0;
    while n < MANY_TERMS {
        inverse[n] = 1.0 / (n as f64 + 1.0);
        n += 1;
    }
    inverse
};

/// What [`series`] found out beside the terms.
pub(super) struct Series<const N: usize> {
    /// Terms written, a multiple of 8; those that count for nothing are 0.
    pub(super) count: usize,
    /// The sum of `(lead)_n (a)_(n-1) / ((c)_(n-1) n!) z^n` from n = 1 on.
    pub(super) sum: [f64; N],
    /// Whether the terms of a row sufficed.
    pub(super) whole: [bool; N],
}

/// The terms `(lead)_n (a)_n / ((c)_n n!) z^n` of a hypergeometric function, from n = 0 on.
#[inline(always)]
pub(super) fn series<const N: usize, const M: usize>(
    lead: f64,
    a: f64,
    c: &[f64; N],
    z: &[f64; N],
    terms: &mut [[f64; N]; M],
) -> Series<N> {
    let mut found = Series { count: 0, sum: [0.0; N], whole: [false; N] };
    let (mut term, mut size) = ([1.0; N], [1.0; N]);
    for (chunk, inverse) in terms.chunks_exact_mut(STRIDE).zip(INVERSE.chunks_exact(STRIDE)) {
        for (place, (slot, inverse)) in chunk.iter_mut().zip(inverse).enumerate() {
            let n = (found.count + place) as f64;
            let share = (lead + n) * inverse;
            for lane in 0..N {
                let near = share * z[lane];
                slot[lane] = term[lane];
                found.sum[lane] += term[lane] * near;
                term[lane] *= near * ((a + n) / (c[lane] + n));
                size[lane] = f64::max(size[lane], term[lane].abs());
            }
        }
        found.count += STRIDE;
        let mut all = true;
        for lane in 0..N {
            let over = term[lane].abs() <= TINY * size[lane];
            term[lane] = select(over, 0.0, term[lane]);
            found.whole[lane] = over;
            all &= over;
        }
        if all {
            break;
        }
    }
    found
}

/// The sum of terms times powers of `y`, at `G` places of each row; even and odd powers apart, so that twice as
/// many operations can run at once.
#[inline(always)]
pub(super) fn powers<const N: usize, const G: usize>(terms: &[[f64; N]], y: &[[f64; N]; G]) -> [[f64; N]; G] {
    let (mut even, mut odd) = ([[0.0; N]; G], [[0.0; N]; G]);
    let mut square = [[0.0; N]; G];
    for place in 0..G {
        for lane in 0..N {
            square[place][lane] = y[place][lane] * y[place][lane];
        }
    }
    for pair in terms.as_chunks::<2>().0.iter().rev() {
        for place in 0..G {
            for lane in 0..N {
                even[place][lane] = even[place][lane] * square[place][lane] + pair[0][lane];
                odd[place][lane] = odd[place][lane] * square[place][lane] + pair[1][lane];
            }
        }
    }
    for place in 0..G {
        for lane in 0..N {
            even[place][lane] += y[place][lane] * odd[place][lane];
        }
    }
    even
}

/// `F(1, q; k + 1; z)` at two places of each row, `far` and a smaller one, by Gauss's continued fraction; false
/// for rows for which 96 steps do not suffice. `rest` is `k - q`.
#[inline(always)]
pub(super) fn fraction<const N: usize>(
    q: &[f64; N],
    k: &[f64; N],
    rest: &[f64; N],
    [far, near]: [[f64; N]; 2],
) -> ([[f64; N]; 2], [bool; N]) {
    // Numerators and denominators of one convergent and of the one before it.
    let mut z = [far, near];
    let (mut upper, mut lower) = ([[1.0; N]; 2], [[1.0; N]; 2]);
    let (mut upper_before, mut lower_before) = ([[0.0; N]; 2], [[1.0; N]; 2]);
    let mut product = [1.0; N];
    let mut whole = [false; N];
    for stride in 0_u32..24 {
        for m in [2 * stride, 2 * stride + 1] {
            let m = f64::from(m);
            for lane in 0..N {
                let (low, middle, high) =
                    (k[lane] + 2.0 * m, k[lane] + (2.0 * m + 1.0), k[lane] + (2.0 * m + 2.0));
                let inverse = 1.0 / (low * (middle * high));
                let first = (q[lane] + m) * (k[lane] + m) * (high * inverse);
                let second = (m + 1.0) * (rest[lane] + (m + 1.0)) * (low * inverse);
                for place in 0..2 {
                    let (first, second) = (first * z[place][lane], second * z[place][lane]);
                    upper_before[place][lane] = upper[place][lane] - first * upper_before[place][lane];
                    lower_before[place][lane] = lower[place][lane] - first * lower_before[place][lane];
                    upper[place][lane] = upper_before[place][lane] - second * upper[place][lane];
                    lower[place][lane] = lower_before[place][lane] - second * lower[place][lane];
                }
                product[lane] *= (first * z[0][lane]) * (second * z[0][lane]);
            }
        }
        // Two convergents differ by the product over their denominators.
        let mut all = true;
        for lane in 0..N {
            let over = product[lane] <= TINY * (upper[0][lane] * lower_before[0][lane]);
            for place in &mut z {
                place[lane] = select(over, 0.0, place[lane]);
            }
            whole[lane] = over;
            all &= over;
        }
        if all {
            break;
        }
    }
    let mut found = [[0.0; N]; 2];
    for place in 0..2 {
        for lane in 0..N {
            found[place][lane] = upper[place][lane] / lower[place][lane];
        }
    }
    (found, whole)
}
