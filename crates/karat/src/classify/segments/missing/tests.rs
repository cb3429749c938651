//! Gaps against the frozen step and against means written out.

use super::super::kmeans::KMeans;
use super::Missing;
use crate::classify::segments::Init;
use karat_scorer::ErrorKind;
use ndarray::{Array2, array, s};
use proptest::prelude::*;

fn cell() -> impl Strategy<Value = f64> {
    prop_oneof![2 => (-3_i32..4).prop_map(f64::from), 4 => -5.0..5.0_f64, 2 => Just(f64::NAN)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn gaps_are_treated_as_scoring_treats_them(
        values in prop::collection::vec(cell(), 120),
        weights in prop::collection::vec(prop::sample::select(vec![0.0, 0.5, 1.0, 2.0]), 40),
        weighted: bool,
        k in 1_usize..5,
        seed in 0_u64..100,
    ) {
        let x = Array2::from_shape_fn((40, 3), |(i, f)| values[3 * i + f]);
        prop_assume!(x.rows().into_iter().all(|row| row.iter().any(|x| !x.is_nan())));
        let weights = weighted.then_some(&weights[..]);
        let plan = KMeans::new(k).seed(seed).restarts(2).tolerance(0.0).missing(Missing::Scale);
        let Ok(fitted) = plan.fit_weighted(x.view(), weights) else { return Ok(()) };
        let report = &fitted.report;
        prop_assert!(report.converged);
        for pair in report.history.windows(2) {
            prop_assert!(pair[1] <= pair[0] * (1.0 + 1e-12) + 1e-12, "{:?}", report.history);
        }
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let mut inertia = 0.0;
        for (row, &label) in report.labels.iter().enumerate() {
            let nearest = fitted.step.eval_present(&x.row(row).to_vec());
            prop_assert_eq!(u32::from(nearest.segment), label);
            let present = x.row(row).iter().filter(|x| !x.is_nan()).count();
            inertia += nearest.squared_distance * 3.0 / present as f64 * weight(row);
        }
        prop_assert!((report.inertia - inertia).abs() <= 1e-9 * (1.0 + inertia));
        for c in 0..k {
            for f in 0..3 {
                let mine = |row: &usize| report.labels[*row] as usize == c && !x[[*row, f]].is_nan();
                let rows: Vec<usize> = (0..40).filter(mine).collect();
                let total: f64 = rows.iter().map(|&row| weight(row)).sum();
                if total > 0.0 {
                    let mean = rows.iter().map(|&row| x[[row, f]] * weight(row)).sum::<f64>() / total;
                    prop_assert!((fitted.step.center(c)[f] - mean).abs() <= 1e-9, "{} {}", c, f);
                }
            }
        }
        let turned = x.slice(s![..;-1, ..]);
        let reversed: Option<Vec<f64>> = weights.map(|weights| weights.iter().rev().copied().collect());
        let other = plan.clone().threads(3).fit_weighted(turned, reversed.as_deref()).unwrap();
        prop_assert_eq!(&other.step, &fitted.step);
        prop_assert_eq!(other.report.inertia, report.inertia);
    }
}

#[test]
fn without_gaps_it_is_the_plain_fit() {
    let x = array![[1.0, 2.0], [3.0, 1.0], [10.0, 9.0], [11.0, 12.0], [5.0, 5.0]];
    let plan = KMeans::new(2).seed(4);
    assert_eq!(plan.clone().missing(Missing::Scale).fit(x.view()).unwrap(), plan.fit(x.view()).unwrap());
}

#[test]
fn an_empty_center_gets_the_furthest_row_and_its_gaps_from_the_old_center() {
    let x = array![[0.0, 1.0], [0.0, 3.0], [9.0, f64::NAN], [1.0, 2.0]];
    let start = array![[0.0, 0.0], [70.0, 70.0]];
    let plan = KMeans::new(2).init(Init::Given(start)).max_iterations(1).missing(Missing::Scale);
    let fitted = plan.fit(x.view()).unwrap();
    assert_eq!(fitted.report.refilled, 1);
    assert_eq!(fitted.step.center(1), [9.0, 0.0]);
    assert_eq!(fitted.step.center(0), [1.0 / 3.0, 2.0]);
}

#[test]
fn what_cannot_be_placed_is_refused() {
    let plan = KMeans::new(1).missing(Missing::Scale);
    let error = plan.fit(array![[1.0, 2.0], [f64::NAN, f64::NAN]].view()).unwrap_err();
    assert_eq!(error.to_string(), "rows with nothing present (1 row: 1); drop these rows");
    let error = plan.fit(array![[1.0, f64::NAN], [2.0, f64::NAN]].view()).unwrap_err();
    assert_eq!(error.to_string(), "column `1`: missing in every row; leave the column out");
    let error = plan.fit(array![[1.0, f64::INFINITY], [2.0, f64::NAN]].view()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    let error = plan.fit_weighted(array![[1.0, f64::NAN], [2.0, 1.0]].view(), Some(&[1.0])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Shape);
}
