//! Labels against the step itself, row by row.

use super::{Centers, Rows, Value};
use crate::Isa;
use crate::step::Segments;

/// Uniform on [0, 1): a congruential generator of this file's own.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() * bound as f64) as usize
    }
}

fn sets() -> impl Iterator<Item = Isa> {
    [Isa::Portable, Isa::Avx2, Isa::Avx512].into_iter().filter(|isa| isa.available())
}

fn step(columns: usize, count: usize, mut coordinate: impl FnMut() -> f64) -> Segments {
    let rows: Vec<Vec<f64>> = (0..count).map(|_| (0..columns).map(|_| coordinate()).collect()).collect();
    let step = Segments::from_rows((0..columns as u32).collect(), &rows).unwrap();
    step.check(columns).unwrap();
    step
}

/// Every layout and instruction set against the step, one row at a time.
fn compare<T: Value + PartialEq>(step: &Segments, values: &[T], columns: usize) {
    let count = values.len() / columns;
    let point = |row: usize| -> Vec<f64> {
        values[row * columns..(row + 1) * columns].iter().map(|x| x.widen()).collect()
    };
    let expected: Vec<_> = (0..count).map(|row| step.eval(&point(row))).collect();
    let apart: Vec<Vec<T>> =
        (0..columns).map(|column| values.iter().skip(column).step_by(columns).copied().collect()).collect();
    let padded: Vec<T> = (0..count)
        .flat_map(|row| {
            let row = &values[row * columns..(row + 1) * columns];
            row.iter().copied().chain([T::narrow(f64::NAN); 3])
        })
        .collect();
    let layouts = [
        Rows::row_major(values, columns).unwrap(),
        Rows::strided(&padded, count, columns, columns + 3).unwrap(),
        Rows::columns_apart(apart.iter().map(Vec::as_slice).collect()).unwrap(),
    ];
    for isa in sets() {
        let centers = Centers::new(step).with_isa(isa).unwrap();
        for rows in &layouts {
            let mut labels = vec![-1; count];
            let cut = count / 3;
            let (first, second) = labels.split_at_mut(cut);
            centers.label(rows, 0, first).unwrap();
            centers.label(rows, cut, second).unwrap();
            let mut squares = vec![0.0; count];
            centers.squared_distances(rows, 0, &labels, &mut squares).unwrap();
            for row in 0..count {
                let found = (labels[row], squares[row].to_bits());
                let wanted = (i32::from(expected[row].segment), expected[row].squared_distance.to_bits());
                assert_eq!(
                    found, wanted,
                    "row {row} of {count} x {columns}, {} centers, {isa:?}",
                    step.count
                );
            }
        }
    }
}

#[test]
fn labels_are_those_of_the_step() {
    let mut draws = Draws(1);
    for case in 0..if cfg!(miri) { 3 } else { 400 } {
        let columns = 1 + draws.below(if case % 7 == 0 { 40 } else { 9 });
        let count = 1 + draws.below(if case % 5 == 0 { 256 } else { 20 });
        let rows = 1 + draws.below(90);
        let offset = [0.0, 3.0, 1e4, -1e9][draws.below(4)];
        let scale = [1.0, 1e-3, 1e6, 1e-30, 1e25, 1e-80, 1e70][draws.below(7)];
        // Coordinates on a grid make exact ties and repeated centers.
        let grid = case % 3 == 0;
        let mut coordinate = || {
            let x = draws.next();
            (if grid { (x * 4.0).floor() } else { x } + offset) * scale
        };
        let step = step(columns, count, &mut coordinate);
        let mut values: Vec<f64> = (0..rows * columns).map(|_| coordinate()).collect();
        // Rows on centers, and far away.
        for (f, value) in values.iter_mut().enumerate().take(columns) {
            *value = step.center(count - 1)[f];
        }
        if rows > 2 {
            values[columns..2 * columns].iter_mut().for_each(|x| *x *= 1e12);
        }
        compare(&step, &values, columns);
        let narrow: Vec<f32> = values.iter().map(|&x| x as f32).collect();
        if narrow.iter().all(|x| x.is_finite()) {
            compare(&step, &narrow, columns);
        }
    }
}

/// Rows within a few units in the last place of the plane between two centers: the filter must not decide
/// what single precision cannot tell.
#[test]
fn rows_between_centers_are_decided_exactly() {
    let mut draws = Draws(2);
    for columns in [1, 2, 4, 5, 8, 17] {
        for offset in [0.0, 7.0, 1e3] {
            let step = step(columns, 5, || draws.next() + offset);
            let mut values = Vec::new();
            for _ in 0..200 {
                let (a, b) = (step.center(draws.below(5)), step.center(draws.below(5)));
                let nudge = (draws.next() - 0.5) * [1e-17, 1e-15, 1e-12, 1e-8, 1e-6][draws.below(5)];
                values.extend(a.iter().zip(&b).map(|(a, b)| (a + b) / 2.0 + nudge));
            }
            compare(&step, &values, columns);
            let narrow: Vec<f32> = values.iter().map(|&x| x as f32).collect();
            compare(&step, &narrow, columns);
        }
    }
}

#[test]
fn rows_that_are_not_finite_are_named() {
    let step = step(5, 3, {
        let mut draws = Draws(3);
        move || draws.next()
    });
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for row in [0, 15, 16, 31, 37] {
            let mut values = vec![0.5; 38 * 5];
            values[row * 5 + 2] = bad;
            let rows = Rows::row_major(&values, 5).unwrap();
            for isa in sets() {
                let centers = Centers::new(&step).with_isa(isa).unwrap();
                let message = centers.label(&rows, 0, &mut [0; 38]).unwrap_err().to_string();
                assert!(message.contains("`2`") && message.contains(&row.to_string()), "{message}");
                let found = centers.distances(&rows, 0, &mut [0.0_f32; 38 * 3]).unwrap_err().to_string();
                assert_eq!(found, message);
            }
        }
    }
}

#[test]
fn distances_are_roots_of_those_of_the_step() {
    let mut draws = Draws(4);
    for count in [1, 3, 8, 19] {
        let step = step(6, count, || draws.next());
        let values: Vec<f64> = (0..6 * 21).map(|_| draws.next()).collect();
        let rows = Rows::row_major(&values, 6).unwrap();
        for isa in sets() {
            let centers = Centers::new(&step).with_isa(isa).unwrap();
            let (mut wide, mut narrow) = (vec![0.0_f64; 21 * count], vec![0.0_f32; 21 * count]);
            centers.distances(&rows, 0, &mut wide).unwrap();
            centers.distances(&rows, 0, &mut narrow).unwrap();
            for (place, &distance) in wide.iter().enumerate() {
                let (row, c) = (place / count, place % count);
                let alone = Segments::from_rows((0..6).collect(), &[step.center(c)]).unwrap();
                let square = alone.eval(&values[row * 6..(row + 1) * 6]).squared_distance;
                assert_eq!(distance.to_bits(), square.sqrt().to_bits());
                assert_eq!(narrow[place], distance as f32);
            }
        }
    }
}

#[test]
fn shapes_are_checked() {
    let step = step(2, 2, {
        let mut draws = Draws(5);
        move || draws.next()
    });
    let centers = Centers::new(&step);
    let values = [0.0; 12];
    assert!(Rows::row_major(&values, 0).is_err());
    assert!(Rows::row_major(&values, 5).is_err());
    assert!(Rows::strided(&values, 4, 3, 2).is_err());
    assert!(Rows::strided(&values, 4, 2, 4).is_err());
    assert!(Rows::<f64>::columns_apart(Vec::new()).is_err());
    assert!(Rows::columns_apart(vec![&values[..3], &values[..4]]).is_err());
    assert!(centers.label(&Rows::row_major(&values, 3).unwrap(), 0, &mut [0; 4]).is_err());
    let rows = Rows::row_major(&values, 2).unwrap();
    assert!(centers.label(&rows, 0, &mut [0; 7]).is_err());
    assert!(centers.label(&rows, 7, &mut []).is_err());
    assert!(centers.distances(&rows, 0, &mut [0.0; 3]).is_err());
    assert!(centers.squared_distances(&rows, 0, &[2], &mut [0.0]).is_err());
    assert!(centers.squared_distances(&rows, 0, &[0], &mut []).is_err());
    assert!(centers.label(&rows, 6, &mut []).is_ok());
}
