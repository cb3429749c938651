//! k-means over batches against the fit in memory, bit for bit; the state of a pass as bytes.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use karat::classify::segments::{
    ArrayBatches, Batch, Batches, Each, Init, KMeans, LloydScale, LloydState, StreamTask, StreamedKMeans,
    label_batches,
};
use karat::{Error, ErrorKind, Result};
use ndarray::{Array2, Axis, ShapeBuilder, array, s};
use proptest::prelude::*;
use std::ops::ControlFlow;

/// Rows cut at given places.
struct Cut<'a> {
    x: &'a Array2<f64>,
    weights: Option<&'a [f64]>,
    cuts: Vec<usize>,
    readings: usize,
}

impl Batches for Cut<'_> {
    fn read(&mut self, each: Each<'_>) -> Result<()> {
        self.readings += 1;
        let mut start = 0;
        for end in self.cuts.iter().copied().chain([self.x.nrows()]) {
            let batch = Batch::from(self.x.slice(s![start..end, ..]));
            each(match self.weights {
                Some(weights) => batch.weighted(&weights[start..end]),
                None => batch,
            })?;
            start = end;
        }
        Ok(())
    }
}

/// Few different coordinates, so that equal distances, copies and empty centers are common.
fn coordinate() -> impl Strategy<Value = f64> {
    prop_oneof![3 => (-3_i32..4).prop_map(f64::from), 1 => Just(-0.0), 3 => -5.0..5.0_f64]
}

fn table(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    // Knuth's MMIX constants.
    let mut state = seed;
    Array2::from_shape_simple_fn((rows, columns), || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let uniform = (state >> 11) as f64 / (1_u64 << 53) as f64;
        if state >> 60 & 1 == 0 { uniform * uniform * 17.3 } else { uniform - 3.1 }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Whatever the batches, weights and empty centers: centers, inertia, history, iterations and the reason
    /// to stop are those of the fit in memory.
    #[test]
    fn batches_do_not_show(
        values in prop::collection::vec(coordinate(), 90),
        starts in prop::collection::vec(prop_oneof![4 => coordinate(), 1 => 40.0..60.0_f64], 12),
        weights in prop::collection::vec(prop_oneof![2 => Just(1.0), 1 => Just(0.0), 2 => 0.1..3.0_f64], 45),
        weighted: bool,
        columns in 1_usize..4,
        k in 1_usize..5,
        mut cuts in prop::collection::vec(0_usize..30, 0..6),
        tolerance in prop::sample::select(vec![0.0, 1e-4, 0.05]),
        iterations in prop::sample::select(vec![1_usize, 3, 300]),
    ) {
        let rows = 90 / columns;
        let x = Array2::from_shape_fn((rows, columns), |(i, f)| values[i * columns + f]);
        let centers = Array2::from_shape_fn((k, columns), |(c, f)| starts[c * columns + f]);
        let weights: Vec<f64> = (0..rows).map(|row| weights[row % 45]).collect();
        let weights = weighted.then_some(&weights[..]);
        let plan = KMeans::new(k).init(Init::Given(centers)).tolerance(tolerance).max_iterations(iterations);
        let expected = plan.fit_weighted(x.view(), weights);
        cuts.sort_unstable();
        let mut source = Cut { x: &x, weights, cuts, readings: 0 };
        let found = StreamedKMeans::new(plan).fit(&mut source);
        let (expected, found) = match (expected, found) {
            (Ok(expected), Ok(found)) => (expected, found),
            (expected, found) => {
                prop_assert_eq!(expected.unwrap_err(), found.unwrap_err());
                return Ok(());
            }
        };
        let bits = |x: &[f64]| x.iter().map(|x| x.to_bits()).collect::<Vec<u64>>();
        prop_assert_eq!(bits(&found.step.centers), bits(&expected.step.centers));
        let (one, other) = (&found.report, &expected.report);
        prop_assert_eq!(one.inertia.to_bits(), other.inertia.to_bits());
        prop_assert_eq!(bits(&one.history), bits(&other.history));
        prop_assert_eq!((one.iterations, one.converged), (other.iterations, other.converged));
        prop_assert_eq!((one.shift, one.shift_tolerance), (other.shift, other.shift_tolerance));
        prop_assert_eq!((&one.sizes, one.refilled), (&other.sizes, other.refilled));
        prop_assert_eq!(one.readings, source.readings);
        let mut labels = Vec::new();
        label_batches(&found.step, &mut source, 0, &mut |first, found| {
            assert_eq!(first, labels.len() as u64);
            labels.extend_from_slice(found);
            Ok(())
        }).unwrap();
        prop_assert_eq!(labels, expected.report.labels);
    }

    /// States merge to the same bytes in any partition and by any tree, and come back from their bytes.
    #[test]
    fn partitions_and_merge_trees_do_not_show(
        values in prop::collection::vec(coordinate(), 60),
        parts in prop::collection::vec(0_usize..6, 30),
        merges in prop::collection::vec(any::<prop::sample::Index>(), 12),
    ) {
        let x = Array2::from_shape_fn((30, 2), |(i, f)| values[2 * i + f]);
        let centers = x.slice(s![..4, ..]);
        let scale = LloydScale::new(vec![5.0, 5.0], 2.0).unwrap();
        let weights: Vec<f64> = (0..30).map(|row| f64::from(row % 5) * 0.37).collect();
        let empty = || LloydState::new(centers, &scale).unwrap();
        let mut whole = empty();
        whole.add_rows(x.view(), Some(&weights)).unwrap();
        let mut states: Vec<Vec<u8>> = vec![empty().to_bytes(); 6];
        for row in 0..30 {
            let mut state = LloydState::from_bytes(&states[parts[row]]).unwrap();
            state.add_rows(x.slice(s![row..=row, ..]), Some(&weights[row..=row])).unwrap();
            states[parts[row]] = state.to_bytes();
        }
        for pair in merges.chunks(2) {
            if states.len() > 1 {
                let first = states.swap_remove(pair[0].index(states.len()));
                let second = pair[1].index(states.len());
                let mut merged = LloydState::from_bytes(&first).unwrap();
                merged.merge(&LloydState::from_bytes(&states[second]).unwrap()).unwrap();
                states[second] = merged.to_bytes();
            }
        }
        prop_assert_eq!(states.len(), 1);
        prop_assert_eq!(&states[0], &whole.to_bytes());
        prop_assert_eq!(LloydState::from_bytes(&states[0]).unwrap().finish(), whole.finish());
    }

    /// Changed and cut bytes are refused, and none makes it panic.
    #[test]
    fn damage_is_refused(
        place in any::<prop::sample::Index>(),
        bit in 0_u32..8,
        cut in any::<prop::sample::Index>(),
        noise in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let scale = LloydScale::new(vec![5.0, 5.0], 1.0).unwrap();
        let mut state = LloydState::new(array![[0.0, 1.0], [2.0, -3.0]].view(), &scale).unwrap();
        state.add_rows(array![[1.0, 2.0], [3.0, 4.5], [-1.0, 0.1]].view(), None).unwrap();
        let good = state.to_bytes();
        let mut bad = good.clone();
        let place = place.index(bad.len());
        bad[place] ^= 1 << bit;
        for bytes in [&bad[..], &good[..cut.index(good.len())], &noise[..]] {
            prop_assert_eq!(LloydState::from_bytes(bytes).unwrap_err().kind(), ErrorKind::Format);
        }
        let mut longer = good.clone();
        longer.push(0);
        prop_assert!(LloydState::from_bytes(&longer).is_err());
    }
}

#[test]
fn a_source_within_the_sample_gets_the_fit_in_memory() {
    let x = table(3_000, 3, 1);
    let weights: Vec<f64> = (0..3_000).map(|row| 0.1 + f64::from(row % 7)).collect();
    for (plan, weights) in [
        (KMeans::new(6).seed(3), None),
        (KMeans::new(4).seed(8).restarts(2), Some(&weights[..])),
        (KMeans::new(4).init(Init::Random).max_iterations(2), None),
    ] {
        let expected = plan.fit_weighted(x.view(), weights).unwrap();
        let mut source = Cut { x: &x, weights, cuts: vec![1, 1_000, 1_000, 2_999], readings: 0 };
        let found = StreamedKMeans::new(plan).fit(&mut source).unwrap();
        assert_eq!(found.step, expected.step);
        assert_eq!(found.report.inertia, expected.report.inertia);
        assert_eq!(found.report.history, expected.report.history);
        assert_eq!((found.report.sampled, found.report.readings, source.readings), (3_000, 1, 1));
    }
}

#[test]
fn starts_from_a_sample_do_not_depend_on_batches_or_threads() {
    let x = table(40_000, 4, 2);
    let streamed = StreamedKMeans::new(KMeans::new(7).seed(5).restarts(3)).sample(2_000);
    let expected = streamed.fit(&mut ArrayBatches::new(x.view(), 40_000)).unwrap();
    assert_eq!(expected.report.sampled, 2_000);
    assert!(expected.report.converged && expected.report.iterations > 1);
    for (size, threads) in [(1, 1), (777, 2), (16_384, 3)] {
        let mut plan = streamed.clone();
        plan.plan.threads = threads;
        let found = plan.fit(&mut ArrayBatches::new(x.view(), size)).unwrap();
        assert_eq!(found, expected, "batches of {size}");
    }
    // As good as the starts on everybody.
    let all = KMeans::new(7).seed(5).restarts(3).fit(x.view()).unwrap();
    assert!(expected.report.inertia <= 1.02 * all.report.inertia);
    let mut other = streamed.clone();
    other.plan.seed = 6;
    assert_ne!(other.fit(&mut ArrayBatches::new(x.view(), 999)).unwrap().step, expected.step);
}

#[test]
fn single_precision_is_the_same_numbers_in_any_order_of_memory() {
    let narrow = table(70_000, 3, 4).mapv(|x| x as f32);
    let wide = narrow.mapv(f64::from);
    let mut by_column = Array2::zeros((70_000, 3).f());
    by_column.assign(&narrow);
    let plan = KMeans::new(5).init(Init::Given(wide.slice(s![..5, ..]).to_owned())).max_iterations(4);
    let expected = plan.fit(wide.view()).unwrap();
    for rows in [&narrow, &by_column] {
        for size in [70_000, 9_001] {
            let found =
                StreamedKMeans::new(plan.clone()).fit(&mut ArrayBatches::new(rows.view(), size)).unwrap();
            assert_eq!(found.step, expected.step);
            assert_eq!(found.report.inertia, expected.report.inertia);
        }
    }
}

#[test]
fn a_sample_without_enough_different_rows_is_filled_up() {
    let mut x = Array2::from_elem((5_000, 1), 1.0);
    x[[17, 0]] = 2.0;
    x[[4_321, 0]] = 9.0;
    let found =
        StreamedKMeans::new(KMeans::new(3)).sample(10).fit(&mut ArrayBatches::new(x.view(), 64)).unwrap();
    assert_eq!(found.report.inertia, 0.0);
    let mut sizes = found.report.sizes;
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 1, 4_998]);
}

#[test]
fn bad_rows_of_all_batches_are_told_at_once() {
    let mut x = table(100, 3, 5);
    for (row, column, value) in [(7, 2, f64::NAN), (31, 0, f64::INFINITY), (64, 2, f64::NAN)] {
        x[[row, column]] = value;
    }
    let error = StreamedKMeans::new(KMeans::new(2)).fit(&mut ArrayBatches::new(x.view(), 10)).unwrap_err();
    assert_eq!(error, KMeans::new(2).fit(x.view()).unwrap_err());
    assert!(
        error
            .to_string()
            .contains("column `2`: NaN where k-means needs a finite number (2 rows: first 7, 64)")
    );
}

#[test]
fn bad_sources_are_named() {
    let message = |source: &mut dyn Batches| StreamedKMeans::new(KMeans::new(2)).fit(source).unwrap_err();
    let mut none = || Vec::<Result<Array2<f64>>>::new();
    assert_eq!(message(&mut none).to_string(), "the source has no rows; give at least one batch with a row");
    let mut uneven = || [array![[1.0, 2.0]], array![[1.0]]].map(Ok);
    assert_eq!(
        message(&mut uneven).to_string(),
        "expected 2 columns in the batch that begins with row 1, got 1"
    );
    let mut failing = || [Ok(array![[1.0]]), Err(Error::Unsupported("no such file".to_owned()))];
    assert_eq!(message(&mut failing), Error::Unsupported("no such file".to_owned()));
    let mut equal = || [Ok(array![[1.0], [1.0], [1.0]])];
    assert!(message(&mut equal).to_string().starts_with("1 different row cannot make 2 segments"));

    let mut left = 1;
    let mut once = || {
        left -= 1;
        vec![Ok(table(if left < 0 { 10 } else { 50 }, 1, 6))]
    };
    let plan = KMeans::new(2).init(Init::Given(array![[0.0], [1.0]]));
    let error = StreamedKMeans::new(plan.clone()).fit(&mut once).unwrap_err();
    assert_eq!(
        error.to_string(),
        "50 rows in the first reading of the source, 10 now; give a source that can be read again and has \
         the same rows every time"
    );
    let mut growing = 1.0;
    let mut grows = || {
        growing *= 3.0;
        [Ok(table(50, 1, 6) * growing)]
    };
    assert!(
        StreamedKMeans::new(plan).fit(&mut grows).unwrap_err().to_string().contains("where the scale ends")
    );
    let error = StreamedKMeans::new(KMeans::new(9)).sample(3).fit(&mut equal).unwrap_err();
    assert_eq!(error.to_string(), "`sample` must be at least k, 9, got 3");
}

#[test]
fn an_observer_sees_every_batch_and_can_stop() {
    let x = table(1_000, 2, 9);
    let mut seen = Vec::new();
    let plan = KMeans::new(3).init(Init::Given(x.slice(s![..3, ..]).to_owned())).max_iterations(2);
    let streamed = StreamedKMeans::new(plan);
    let mut source = ArrayBatches::new(x.view(), 400);
    streamed
        .fit_observed(&mut source, &mut |progress| {
            seen.push((progress.task, progress.iteration, progress.rows, progress.of));
            ControlFlow::Continue(())
        })
        .unwrap();
    let batches = [400, 800, 1_000];
    let mut expected: Vec<(StreamTask, usize, u64, Option<u64>)> =
        batches.iter().map(|&rows| (StreamTask::Scan, 0, rows, None)).collect();
    let tasks = [StreamTask::Iterate, StreamTask::Iterate, StreamTask::Finish];
    for (task, iteration) in tasks.into_iter().zip([0, 1, 2]) {
        expected.extend(batches.iter().map(|&rows| (task, iteration, rows, Some(1_000))));
    }
    assert_eq!(seen, expected);
    let stopped = streamed.fit_observed(&mut source, &mut |progress| {
        if progress.iteration == 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Interrupted);
}

#[test]
fn columns_in_reverse_memory_are_read() {
    let x = table(200, 3, 11);
    let reversed = x.select(Axis(0), &(0..200).rev().collect::<Vec<_>>());
    let plan = KMeans::new(3).init(Init::Given(x.slice(s![..3, ..]).to_owned()));
    let expected = plan.fit(x.view()).unwrap();
    let turned = reversed.slice(s![..;-1, ..]);
    let found = StreamedKMeans::new(plan).fit(&mut ArrayBatches::new(turned, 33)).unwrap();
    assert_eq!(found.step, expected.step);
}
