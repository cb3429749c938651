//! Scoring asks for no memory: a counting allocator sees nothing.
#![allow(unsafe_code, reason = "an allocator can only be written with unsafe functions")]

mod fixture;

use fixture::Vector;
use karat_scorer::{Explanation, Score};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    /// Requests for memory of this thread; the other tests of this program run on others.
    static REQUESTS: Cell<usize> = const { Cell::new(0) };
}

fn count() {
    // During the end of a thread there is nothing to count any more.
    let _ = REQUESTS.try_with(|requests| requests.set(requests.get() + 1));
}

// SAFETY: every request is passed on unchanged to the system's allocator, which keeps the contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count();
        // SAFETY: the pointer came from `System` with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the pointer came from `System` with this layout.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Requests for memory while `work` runs.
fn requests(work: impl FnOnce()) -> usize {
    let before = REQUESTS.get();
    work();
    REQUESTS.get() - before
}

#[test]
fn the_allocator_counts() {
    assert_eq!(requests(|| drop(std::hint::black_box(vec![1_u8; 100]))), 2);
}

#[test]
fn scoring_asks_for_no_memory() {
    for vector in Vector::all() {
        let (scorer, width, name) = (&vector.scorer, vector.width, &vector.name);
        let count = vector.scores.len().min(if cfg!(miri) { 11 } else { 101 });
        let rows = &vector.rows[..count * width];
        let columns: Vec<Vec<f64>> =
            (0..width).map(|field| rows.iter().skip(field).step_by(width).copied().collect()).collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let mut out = vec![Score::EMPTY; count];
        let mut points = vec![0.0; scorer.point_count()];
        let mut dimensions = vec![0.0; scorer.model().names.dimensions.len()];
        let mut indicators = vec![0.0; scorer.model().indicators.list.len()];
        let one = requests(|| {
            for (row, slot) in rows.chunks_exact(width).zip(&mut out) {
                *slot = scorer.score(row).unwrap();
            }
        });
        assert_eq!(one, 0, "{name}: score");
        let batch = requests(|| scorer.score_rows(rows, width, &mut out).unwrap());
        assert_eq!(batch, 0, "{name}: score_rows");
        let batch = requests(|| scorer.score_columns(&columns, &mut out).unwrap());
        assert_eq!(batch, 0, "{name}: score_columns");
        let mut index = vec![0.0; count];
        assert_eq!(requests(|| scorer.index_rows(rows, width, &mut index).unwrap()), 0, "{name}: index_rows");
        let batch = requests(|| scorer.index_columns(&columns, &mut index).unwrap());
        assert_eq!(batch, 0, "{name}: index_columns");
        let mut outputs = vec![0.0; count * scorer.output_count()];
        let forecasts = requests(|| {
            scorer.forecast_rows(rows, width, count, &mut outputs).unwrap();
            scorer.forecast_columns(&columns, &mut outputs).unwrap();
            scorer.forecast(&rows[..width], &mut outputs[..scorer.output_count()]).unwrap();
        });
        assert_eq!(forecasts, 0, "{name}: forecasts");
        let explained = requests(|| {
            for row in rows.chunks_exact(width) {
                let mut explanation = Explanation {
                    points: &mut points,
                    dimensions: &mut dimensions,
                    indicators: &mut indicators,
                };
                scorer.explain(row, &mut explanation).unwrap();
            }
        });
        assert_eq!(explained, 0, "{name}: explain");
        if !scorer.means().is_empty() {
            let reasons = requests(|| {
                for row in rows.chunks_exact(width) {
                    std::hint::black_box((scorer.base(row).unwrap(), scorer.reasons(row, 4).unwrap()));
                }
            });
            assert_eq!(reasons, 0, "{name}: reasons");
        }
    }
}

#[test]
fn a_wavelet_network_asks_for_no_memory() {
    use karat_scorer::step::wavelet::{Coding, Family, Link, Member, Mother, Wavelons, WavelonsParts};
    let number = |_| Coding::Number { center: 0.0, inverse: 1.0, least: -3.0, most: 3.0, indicator: true };
    for family in Family::ALL {
        let shifts = if family == Family::Ridge { 18 } else { 40 * 18 };
        let member =
            Member::new(18, vec![0.1], vec![0.2; 40], vec![0.3; 18], vec![0.4; 40 * 18], vec![0.0; shifts]);
        let codings = (0..20).map(number).collect();
        let parts = WavelonsParts::new(codings, family, Mother::MexicanHat, Link::Binary, vec![member]);
        let network = Wavelons::new(parts).unwrap();
        let rows = vec![0.7; 20 * 21];
        let (mut out, mut flags) = (vec![0.0; 2 * 21], vec![0; 21]);
        assert_eq!(requests(|| network.eval_batch(&rows, &mut out, &mut flags).unwrap()), 0, "{family:?}");
        let one = requests(|| {
            network.eval(&rows[..20], &mut out[..2]).unwrap();
        });
        assert_eq!(one, 0, "{family:?}");
    }
}
