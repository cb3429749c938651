//! What can only be seen from inside: the kernel against the frozen step, empty centers, draws.

use super::assign::exact::ExactCenters;
use super::assign::{Label, Method, Targets, Work};
use super::frame::Frame;
use super::lloyd::LloydScale;
use super::refill::refill_empty;
use super::simd::Instructions;
use super::sums::Sums;
use super::table::Table;
use karat_scorer::step::Segments;
use ndarray::{Array2, ArrayView2, array};
use proptest::prelude::*;

/// Few different coordinates, so that equal distances are common.
fn coordinate() -> impl Strategy<Value = f64> {
    prop_oneof![(-3_i32..4).prop_map(f64::from), Just(-0.0), -5.0..5.0_f64]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Labels and distances of the kernel are those of the frozen step, bit for bit.
    #[test]
    fn the_kernel_is_the_frozen_step(
        columns in 1_usize..6,
        centers in 1_usize..9,
        values in prop::collection::vec(coordinate(), 6 * 17),
    ) {
        let rows: Vec<Vec<f64>> = values.chunks(columns).take(centers + 8).map(<[f64]>::to_vec).collect();
        let (centers, points) = rows.split_at(centers.min(rows.len() - 1));
        let step = Segments::from_rows((0..columns as u32).collect(), centers).unwrap();
        let shape = (centers.len(), columns);
        let exact = ExactCenters::new(&Array2::from_shape_vec(shape, centers.concat()).unwrap());
        for point in points.iter().filter(|point| point.len() == columns) {
            let expected = step.eval(point);
            let nearest = exact.nearest(point);
            prop_assert_eq!(nearest as u16, expected.segment);
            let distance = exact.squared_distance(point, nearest);
            prop_assert_eq!(distance.to_bits(), expected.squared_distance.to_bits());
        }
    }
}

fn assigned(x: ArrayView2<'_, f64>, centers: &Array2<f64>) -> (Vec<Label>, Sums, LloydScale) {
    let table = Table::new(x, None);
    let scale = LloydScale::new(vec![100.0; x.ncols()], 1.0).unwrap();
    let frame = Frame::of(&table, &vec![100.0; x.ncols()]);
    let targets = Targets::new(&table, &scale, &frame, Method::Screen, Instructions::detect(), centers);
    let mut labels = vec![0; x.nrows()];
    let change = targets.assign(0..x.nrows(), &mut labels, Work::First);
    (labels, change.sums, scale.clone())
}

#[test]
fn an_empty_center_gets_the_furthest_row() {
    let x = array![[0.0], [1.0], [9.0], [2.0]];
    let centers = array![[0.0], [50.0], [60.0]];
    let (mut labels, mut sums, scale) = assigned(x.view(), &centers);
    assert_eq!(labels, [0, 0, 0, 0]);
    let moved = refill_empty(&Table::new(x.view(), None), &scale, &centers, &mut labels, &mut sums);
    assert_eq!((moved, &labels[..]), (2, &[0, 0, 1, 2][..]));
    assert_eq!(sums.means(&scale, &centers), array![[0.5], [9.0], [2.0]]);
}

#[test]
fn of_equally_far_rows_the_first_content_moves_and_never_a_copy_of_it() {
    let centers = array![[0.0], [50.0], [60.0]];
    for x in [array![[3.0], [-3.0], [0.0], [-3.0]], array![[-3.0], [0.0], [-3.0], [3.0]]] {
        let (mut labels, mut sums, scale) = assigned(x.view(), &centers);
        refill_empty(&Table::new(x.view(), None), &scale, &centers, &mut labels, &mut sums);
        assert_eq!(sums.means(&scale, &centers), array![[-1.5], [-3.0], [3.0]]);
    }
}

#[test]
fn the_only_row_of_a_center_stays() {
    let x = array![[20.0], [0.0], [1.0]];
    let centers = array![[10.5], [0.0], [50.0]];
    let (mut labels, mut sums, scale) = assigned(x.view(), &centers);
    refill_empty(&Table::new(x.view(), None), &scale, &centers, &mut labels, &mut sums);
    assert_eq!(labels, [0, 1, 2]);
}
