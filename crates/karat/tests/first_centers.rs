//! First centers: against exact probabilities, and what must hold of any table.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use karat::ErrorKind;
use karat::classify::segments::{FirstCenters, Init, InitialCenters};
use ndarray::{Array1, Array2, ShapeBuilder, array, s};

/// Numbers on [0, 1) without a generator: the fractional parts of multiples of the golden ratio.
fn spread(rows: usize, columns: usize) -> Array2<f64> {
    Array2::from_shape_fn((rows, columns), |(i, f)| {
        let groups = (i % 7) as f64 * (1.0 + f as f64);
        groups + ((i * columns + f + 1) as f64 * 0.618_033_988_749_894_9).fract()
    })
}

fn draw(plan: &InitialCenters, x: &Array2<f64>) -> FirstCenters {
    plan.draw(x.view(), None).unwrap()
}

fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

fn inertia(x: &Array2<f64>, centers: &Array2<f64>) -> f64 {
    let nearest = |row: ndarray::ArrayView1<'_, f64>| {
        let squares = centers.rows().into_iter().map(|c| squared_distance(&row.to_vec(), &c.to_vec()));
        squares.fold(f64::INFINITY, f64::min)
    };
    x.rows().into_iter().map(nearest).sum()
}

/// With one trial the pair (first, second) has probability `w_i / W * w_j d_ij^2 / sum_l w_l d_il^2`; over 20
/// pairs chi-square stays below the 99.9 % quantile of 19 degrees of freedom (43.82, a table).
#[test]
fn pairs_are_drawn_with_their_exact_probabilities() {
    let x = array![[0.0, 0.0], [1.0, 0.0], [1.0, 2.0], [4.0, 4.0], [0.5, 3.0]];
    for weights in [[1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 3.0, 2.0, 1.0, 5.0], [0.3, 1.1, 2.5, 0.7, 0.9]] {
        let square = |i: usize, j: usize| squared_distance(&x.row(i).to_vec(), &x.row(j).to_vec());
        let total: f64 = weights.iter().sum();
        let mut seen = [[0.0; 5]; 5];
        let draws = 20_000;
        for seed in 0..draws {
            let first = InitialCenters::new(2).trials(1).seed(seed).draw(x.view(), Some(&weights)).unwrap();
            seen[first.rows[0]][first.rows[1]] += 1.0;
        }
        let mut chi_square = 0.0;
        for i in 0..5 {
            let reached: f64 = (0..5).map(|l| weights[l] * square(i, l)).sum();
            for j in (0..5).filter(|&j| j != i) {
                let expected = draws as f64 * weights[i] / total * weights[j] * square(i, j) / reached;
                let excess: f64 = seen[i][j] - expected;
                chi_square += excess * excess / expected;
            }
        }
        assert!(chi_square < 43.82, "{chi_square} with weights {weights:?}");
    }
}

/// Of many candidates every row is one, so that the row is kept whose potential is lowest: by brute force.
#[test]
fn the_candidate_of_the_lowest_potential_is_kept() {
    let x = spread(40, 2);
    for seed in 0..20 {
        let first = draw(&InitialCenters::new(2).trials(2000).seed(seed), &x);
        let potential = |row: usize| {
            let mut centers = first.centers.clone();
            centers.row_mut(1).assign(&x.row(row));
            inertia(&x, &centers)
        };
        let best = (0..40).map(potential).fold(f64::INFINITY, f64::min);
        assert!((potential(first.rows[1]) - best).abs() <= 1e-9 * best);
    }
}

#[test]
fn neither_threads_nor_storage_show() {
    let x = spread(20_000, 5).mapv(|value| f64::from(value as f32));
    let single = x.mapv(|value| value as f32);
    let by_column = Array2::from_shape_fn(x.raw_dim().f(), |place| x[place]);
    let wide = Array2::from_shape_fn((20_000, 10), |(i, f)| x[[i, f / 2]]);
    for init in [Init::KMeansPlusPlus, Init::k_means_parallel(), Init::Random] {
        for k in [3, 20] {
            let plan = InitialCenters::new(k).init(init.clone()).seed(4).threads(1);
            let expected = draw(&plan, &x);
            assert_eq!(expected, draw(&plan.clone().threads(2), &x));
            assert_eq!(expected, draw(&plan.clone().threads(5), &x));
            assert_eq!(expected, draw(&plan, &by_column));
            assert_eq!(expected, plan.draw(single.view(), None).unwrap());
            assert_eq!(expected, plan.draw(wide.slice(s![.., ..;2]), None).unwrap());
            assert_ne!(expected, draw(&plan.clone().seed(5), &x));
            for (center, &row) in expected.centers.rows().into_iter().zip(&expected.rows) {
                assert_eq!(center, x.row(row));
            }
        }
    }
}

#[test]
fn weights_are_copies_also_where_rows_are_regrouped() {
    let x = spread(6_000, 3);
    let weights = Array1::from_shape_fn(6_000, |i| (i % 4) as f64);
    let copies: Vec<usize> = (0..6_000).flat_map(|i| std::iter::repeat_n(i, i % 4)).collect();
    let repeated = Array2::from_shape_fn((copies.len(), 3), |(i, f)| x[[copies[copies.len() - 1 - i], f]]);
    for init in [Init::KMeansPlusPlus, Init::k_means_parallel(), Init::Random] {
        let plan = InitialCenters::new(25).init(init).seed(9);
        let weighted = plan.draw(x.view(), weights.as_slice()).unwrap();
        assert_eq!(weighted.centers, draw(&plan, &repeated).centers);
        assert!(weighted.rows.iter().all(|row| row % 4 > 0), "rows without weight are never drawn");
    }
}

#[test]
fn every_different_row_is_found_when_there_are_no_more() {
    let x = Array2::from_shape_fn((900, 2), |(i, f)| ((i % 9) * (f + 1)) as f64 + 0.0 * i as f64);
    for init in [Init::KMeansPlusPlus, Init::k_means_parallel(), Init::Random] {
        let plan = InitialCenters::new(9).init(init).seed(2);
        let mut firsts: Vec<f64> = draw(&plan, &x).centers.column(0).to_vec();
        firsts.sort_by(f64::total_cmp);
        assert_eq!(firsts, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        let mut more = plan;
        more.k = 10;
        let error = more.draw(x.view(), None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data);
        assert!(error.to_string().contains("9 different rows"), "{error}");
    }
}

/// A row at 1e30 leaves the others too small a share to be seen beside it; once it is a center they are seen.
#[test]
fn outliers_do_not_hide_the_other_rows() {
    let mut x = Array2::from_shape_fn((5_000, 2), |(i, f)| {
        100.0 * ((i % 7) * (f + 1)) as f64 + ((2 * i + f) as f64 * 0.618_033_988_749_894_9).fract()
    });
    x[[17, 0]] = 1e30;
    let found = draw(&InitialCenters::new(8).seed(1), &x);
    assert!(found.rows.contains(&17));
    let groups: std::collections::BTreeSet<usize> =
        found.rows.iter().filter(|&&row| row != 17).map(|row| row % 7).collect();
    assert_eq!(groups.len(), 7, "seven groups far from each other are all found: {:?}", found.rows);
}

/// k-means|| starts about as well as greedy k-means++ and better than rows at random.
#[test]
fn k_means_parallel_starts_well() {
    let x = spread(3_000, 4);
    let median = |init: Init| {
        let mut ends: Vec<f64> = (0..21)
            .map(|seed| {
                inertia(&x, &draw(&InitialCenters::new(12).init(init.clone()).seed(seed), &x).centers)
            })
            .collect();
        ends.sort_by(f64::total_cmp);
        ends[10]
    };
    let (parallel, greedy, random) =
        (median(Init::k_means_parallel()), median(Init::KMeansPlusPlus), median(Init::Random));
    assert!(parallel <= 1.1 * greedy && parallel < 0.9 * random, "{parallel} {greedy} {random}");
}

#[test]
fn bad_input_is_named() {
    let x = spread(10, 2);
    let failure = |plan: InitialCenters, x: &Array2<f64>, weights: Option<&[f64]>| {
        plan.draw(x.view(), weights).unwrap_err().to_string()
    };
    let parallel = |oversampling, rounds| Init::KMeansParallel { oversampling, rounds };
    assert!(failure(InitialCenters::new(0), &x, None).contains("k"));
    assert!(failure(InitialCenters::new(2).trials(0), &x, None).contains("trials"));
    assert!(failure(InitialCenters::new(2).init(parallel(0.0, 5)), &x, None).contains("oversampling"));
    assert!(failure(InitialCenters::new(2).init(parallel(f64::NAN, 5)), &x, None).contains("oversampling"));
    assert!(failure(InitialCenters::new(2).init(parallel(2.0, 0)), &x, None).contains("rounds"));
    assert!(failure(InitialCenters::new(2).init(Init::Given(x.clone())), &x, None).contains("init"));
    assert!(failure(InitialCenters::new(2), &x, Some(&[1.0])).contains("weights"));
    assert!(failure(InitialCenters::new(2), &x, Some(&[0.0; 10])).contains("zero"));
    assert!(failure(InitialCenters::new(2), &x, Some(&[-1.0; 10])).contains("weights"));
    assert!(failure(InitialCenters::new(2), &Array2::zeros((0, 2)), None).contains("no rows"));
    assert!(failure(InitialCenters::new(2), &Array2::ones((10, 2)), None).contains("1 different row"));
    let mut spoilt = x.clone();
    spoilt[[3, 1]] = f64::NAN;
    assert!(failure(InitialCenters::new(2), &spoilt, None).contains("NaN"));
    spoilt[[3, 1]] = 1e200;
    assert!(failure(InitialCenters::new(2), &spoilt, None).contains("overflow"));
}
