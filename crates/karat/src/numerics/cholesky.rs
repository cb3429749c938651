//! Symmetric positive definite systems.

/// Factors the symmetric m x m matrix `a`, whose lower triangle counts, into `L L'` in place; false when it is
/// not positive definite as far as doubles can tell.
pub(crate) fn factor(a: &mut [f64], m: usize) -> bool {
    for j in 0..m {
        for i in j..m {
            let inner: f64 = (0..j).map(|k| a[i * m + k] * a[j * m + k]).sum();
            let rest = a[i * m + j] - inner;
            if i > j {
                a[i * m + j] = rest / a[j * m + j];
            } else if rest > f64::EPSILON * a[j * m + j].abs() {
                a[i * m + j] = rest.sqrt();
            } else {
                return false;
            }
        }
    }
    true
}

/// Solves `L L' x = b` in place of b.
pub(crate) fn solve(factor: &[f64], x: &mut [f64]) {
    let m = x.len();
    for i in 0..m {
        let inner: f64 = (0..i).map(|k| factor[i * m + k] * x[k]).sum();
        x[i] = (x[i] - inner) / factor[i * m + i];
    }
    for i in (0..m).rev() {
        let inner: f64 = (i + 1..m).map(|k| factor[k * m + i] * x[k]).sum();
        x[i] = (x[i] - inner) / factor[i * m + i];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved_and_an_indefinite_one_refused() {
        // [4 2; 2 5] x = [8; 9]: x = (11, 10) / 8.
        let mut a = [4.0, 2.0, 2.0, 5.0];
        assert!(factor(&mut a, 2));
        let mut x = [8.0, 9.0];
        solve(&a, &mut x);
        assert!((x[0] - 1.375).abs() < 1e-15 && (x[1] - 1.25).abs() < 1e-15, "{x:?}");
        assert!(!factor(&mut [1.0, 2.0, 2.0, 1.0], 2));
        assert!(!factor(&mut [1.0, 1.0, 1.0, 1.0], 2), "singular");
    }
}
