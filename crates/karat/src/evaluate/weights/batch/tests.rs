//! A batch against the matrices one by one, bit for bit, and what bad batches get.

use proptest::prelude::*;

use super::super::*;

/// Entries of `count` random matrices on Saaty's scale, `spread` steps wide at most.
fn entries(n: usize, count: usize, seed: u64, spread: u64) -> Vec<f64> {
    let mut random = crate::numerics::random::Random::new(seed);
    let mut matrices = vec![1.0; count * n * n];
    for matrix in matrices.chunks_exact_mut(n * n) {
        for i in 0..n {
            for j in i + 1..n {
                let value = SAATY_SCALE[(8 - spread + random.below(2 * spread + 1)) as usize];
                matrix[i * n + j] = value;
                matrix[j * n + i] = 1.0 / value;
            }
        }
    }
    matrices
}

fn alone(ahp: Ahp, entries: &[f64], n: usize) -> Priorities {
    let labels: Vec<String> = (0..n).map(|i| format!("x{i}")).collect();
    let rows: Vec<Vec<f64>> = entries.chunks_exact(n).map(<[f64]>::to_vec).collect();
    ahp.priorities(&PairwiseMatrix::from_rows(&labels, &rows).unwrap()).unwrap()
}

#[track_caller]
fn same_bits(ahp: Ahp, matrices: &[f64], n: usize) {
    let batch = ahp.priorities_batch(matrices, n).unwrap();
    assert_eq!(batch.len(), matrices.len() / (n * n));
    for (at, entries) in matrices.chunks_exact(n * n).enumerate() {
        let single = alone(ahp, entries, n);
        let what = format!("matrix {at} of {n} items by {:?}", ahp.method);
        assert_eq!(batch.weights[at * n..(at + 1) * n], single.weights, "{what}");
        assert_eq!(batch.lambda_max[at], single.lambda_max, "{what}");
        assert_eq!((batch.lambda_low[at], batch.lambda_high[at]), single.lambda_bounds, "{what}");
        assert_eq!(batch.consistency_index[at], single.consistency_index, "{what}");
        assert_eq!(batch.consistency_ratio[at], single.consistency_ratio, "{what}");
        assert_eq!(batch.geometric_consistency_index[at], single.geometric_consistency_index, "{what}");
        assert_eq!(batch.iterations[at], single.iterations, "{what}");
        assert_eq!(batch.random_index, single.random_index, "{what}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Wild judgments take different numbers of steps side by side.
    #[test]
    fn a_batch_gives_the_bits_of_its_matrices(n in 1usize..18, count in 1usize..11, seed: u64, spread in 1u64..=8) {
        let matrices = entries(n, count, seed, spread);
        for method in [PriorityMethod::Eigenvector, PriorityMethod::GeometricMean, PriorityMethod::ColumnMean] {
            same_bits(Ahp::new().method(method), &matrices, n);
        }
    }
}

/// A closed circle needs squarings; its neighbours in the block must not notice.
#[test]
fn slow_matrices_keep_their_bits_beside_quick_ones() {
    let mut matrices = entries(3, 6, 5, 8);
    for (at, t) in [(1, 1e6), (4, 1e8)] {
        let d = [1.0, 0.5, 5.0];
        for i in 0..3 {
            for j in i + 1..3 {
                let value = d[i] / d[j] * if (i, j) == (0, 2) { 1.0 / t } else { t };
                matrices[at * 9 + i * 3 + j] = value;
                matrices[at * 9 + j * 3 + i] = 1.0 / value;
            }
        }
    }
    same_bits(Ahp::new(), &matrices, 3);
}

#[test]
fn the_largest_size_works() {
    same_bits(Ahp::new(), &entries(64, 5, 3, 2), 64);
}

#[test]
fn methods_without_lanes_run_one_by_one() {
    for method in PriorityMethod::ALL {
        same_bits(Ahp::new().method(method), &entries(4, 5, 11, 2), 4);
    }
}

#[test]
fn bad_batches_are_named() {
    let message = |matrices: &[f64], n| Ahp::new().priorities_batch(matrices, n).unwrap_err().to_string();
    let sound = entries(3, 9, 1, 3);
    assert!(message(&[], 3).contains("matrices in a batch"), "{}", message(&[], 3));
    let odd = message(&sound[..20], 3);
    assert!(odd.contains("multiple of 9") && odd.contains("20"), "{odd}");
    assert!(message(&sound, 0).contains("must name at least one item"));
    assert!(message(&sound, 65).contains("at most 64"));
    let table = Ahp::new().random_index(RandomIndex::Saaty1980).priorities_batch(&[1.0; 256], 16);
    assert!(table.unwrap_err().to_string().contains("ends at n = 15"));
    for (value, text) in [
        (0.0, "`x1` vs `x2` is 0; nothing is 0 times as important"),
        (f64::NAN, "`x1` vs `x2` is not a number"),
        (f64::INFINITY, "`x1` vs `x2` is infinite"),
        (-2.0, "`x1` vs `x2` is negative"),
        (7.7, "`x1` vs `x2` is 7.7 but `x2` vs `x1` is"),
    ] {
        for at in 0..9 {
            let mut spoilt = sound.clone();
            spoilt[at * 9 + 5] = value;
            let text = format!("matrix {at}: {text}");
            assert!(message(&spoilt, 3).starts_with(&text), "{}", message(&spoilt, 3));
        }
    }
    let mut diagonal = sound.clone();
    diagonal[6 * 9 + 4] = 2.0;
    assert!(message(&diagonal, 3).starts_with("matrix 6: `x1` vs itself must be 1, got 2"));
    let all_zero = message(&[0.0; 9 * 30], 3);
    assert!(all_zero.contains("matrix 9:") && all_zero.contains("and 20 more matrices"), "{all_zero}");
}
