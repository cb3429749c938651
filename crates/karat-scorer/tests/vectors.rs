//! Every conformance vector, in every way a row can be scored: always the same 64 bytes.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod fixture;

use fixture::{Vector, records};
use karat_scorer::{Explanation, Isa, Model, Score, Scorer};

/// Rows that are scored one way or another; an interpreter has time for a few.
fn rows(vector: &Vector) -> usize {
    let most = if cfg!(miri) { 11 } else { usize::MAX };
    vector.scores.len().min(most)
}

/// Numbers of rows around the lanes of a block, and all.
fn counts(all: usize) -> Vec<usize> {
    if cfg!(miri) { vec![1, 9] } else { (1..=20.min(all)).chain([all]).collect() }
}

/// The scorer compiled in each way that this machine can run.
fn each_isa(scorer: &Scorer) -> Vec<Scorer> {
    [Isa::Portable, Isa::Avx2]
        .into_iter()
        .filter(|isa| isa.available())
        .map(|isa| scorer.clone().with_isa(isa).unwrap())
        .collect()
}

#[test]
fn one_row_at_a_time() {
    for vector in Vector::all() {
        for (i, row) in vector.rows.chunks_exact(vector.width).enumerate().take(rows(vector)) {
            let score = vector.scorer.score(row).unwrap();
            assert_eq!(score.to_bytes(), vector.scores[i].to_bytes(), "{} row {i}: {score:?}", vector.name);
        }
    }
}

#[test]
fn points_are_those_expected_and_sum_in_order_to_the_index() {
    for vector in Vector::all() {
        let count = vector.scorer.point_count();
        assert_eq!(vector.scorer.model().point_names().len(), count);
        let mut points = vec![7.0; count];
        for (i, row) in vector.rows.chunks_exact(vector.width).enumerate().take(rows(vector)) {
            let mut explanation = Explanation { points: &mut points, ..Explanation::default() };
            let score = vector.scorer.explain(row, &mut explanation).unwrap();
            assert_eq!(score.to_bytes(), vector.scores[i].to_bytes(), "{} row {i}", vector.name);
            let expected = &vector.points[i * count..(i + 1) * count];
            let bits = |numbers: &[f64]| numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&points), bits(expected), "{} row {i}", vector.name);
            let mut sum = 0.0;
            points.iter().for_each(|point| sum += point);
            if score.index.is_nan() {
                assert!(points.iter().all(|point| point.is_nan()));
            } else if vector.scorer.model().nodes.is_some() {
                let gap = vector.scorer.base(row).unwrap() + sum - score.index;
                assert!(gap.abs() <= 1e-10 * score.index.abs().max(1.0), "{} row {i}: {gap}", vector.name);
            } else {
                assert_eq!(sum.to_bits(), score.index.to_bits(), "{} row {i}", vector.name);
            }
        }
    }
}

/// Batches of 1 to 20 rows and of all, wherever they begin and however far apart the rows lie.
#[test]
fn batches_of_rows() {
    for vector in Vector::all() {
        let all = rows(vector);
        for scorer in each_isa(&vector.scorer) {
            for stride in [vector.width, vector.width + 3] {
                let mut spread = vec![f64::NAN; all * stride];
                for (i, row) in vector.rows.chunks_exact(vector.width).enumerate().take(all) {
                    spread[i * stride..i * stride + vector.width].copy_from_slice(row);
                }
                for count in counts(all) {
                    let start = count * 5 % (all - count + 1);
                    let mut out = vec![Score::EMPTY; count];
                    scorer.score_rows(&spread[start * stride..], stride, &mut out).unwrap();
                    let expected = records(&vector.scores[start..start + count]);
                    assert_eq!(records(&out), expected, "{}: {count} rows from {start}", vector.name);
                    let mut index = vec![0.0; count];
                    scorer.index_rows(&spread[start * stride..], stride, &mut index).unwrap();
                    same_index(&index, &out, &vector.name);
                    let mut outputs = vec![0.0; count * scorer.output_count()];
                    scorer.forecast_rows(&spread[start * stride..], stride, count, &mut outputs).unwrap();
                    same_outputs(&outputs, vector, start, count);
                }
            }
        }
    }
}

/// The forecasts have the bits that are expected, wherever a batch begins.
fn same_outputs(found: &[f64], vector: &Vector, start: usize, count: usize) {
    let each = vector.scorer.output_count();
    let expected = &vector.outputs[start * each..(start + count) * each];
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let (row, output) = (start + at / each, &vector.scorer.model().names.outputs[at % each]);
        assert_eq!(
            found.to_bits(),
            expected.to_bits(),
            "{}: row {row}, {output}: {found} {expected}",
            vector.name
        );
    }
}

/// The index alone has the bits of the records.
fn same_index(index: &[f64], scores: &[Score], name: &str) {
    for (row, (index, score)) in index.iter().zip(scores).enumerate() {
        assert_eq!(index.to_bits(), score.index.to_bits(), "{name}: row {row}, {index} {}", score.index);
    }
}

#[test]
fn batches_of_columns() {
    for vector in Vector::all() {
        let all = rows(vector);
        let column = |field: usize| -> Vec<f64> {
            vector.rows.iter().skip(field).step_by(vector.width).copied().collect()
        };
        let columns: Vec<Vec<f64>> = (0..vector.width).map(column).collect();
        for scorer in each_isa(&vector.scorer) {
            for count in counts(all) {
                let start = count * 3 % (all - count + 1);
                let slices: Vec<&[f64]> = columns.iter().map(|c| &c[start..start + count]).collect();
                let mut out = vec![Score::EMPTY; count];
                scorer.score_columns(&slices, &mut out).unwrap();
                let expected = records(&vector.scores[start..start + count]);
                assert_eq!(records(&out), expected, "{}: {count} rows from {start}", vector.name);
                let mut index = vec![0.0; count];
                scorer.index_columns(&slices, &mut index).unwrap();
                same_index(&index, &out, &vector.name);
                let mut outputs = vec![0.0; count * scorer.output_count()];
                scorer.forecast_columns(&slices, &mut outputs).unwrap();
                same_outputs(&outputs, vector, start, count);
            }
        }
    }
}

/// One scorer shared by two threads, and a copy of it in a third.
#[test]
fn threads_and_copies() {
    for vector in Vector::all() {
        let all = rows(vector);
        let half = all / 2;
        let mut out = vec![Score::EMPTY; all];
        let mut copied = out.clone();
        let values = &vector.rows[..all * vector.width];
        let (first, second) = out.split_at_mut(half);
        let copy = vector.scorer.clone();
        std::thread::scope(|scope| {
            let scorer = &vector.scorer;
            scope.spawn(|| scorer.score_rows(values, vector.width, first).unwrap());
            scope.spawn(|| scorer.score_rows(&values[half * vector.width..], vector.width, second).unwrap());
            scope.spawn(|| copy.score_rows(values, vector.width, &mut copied).unwrap());
        });
        assert_eq!(records(&out), records(&vector.scores[..all]), "{}", vector.name);
        assert_eq!(records(&copied), records(&vector.scores[..all]), "{}", vector.name);
    }
}

#[test]
fn a_model_that_is_read_and_written_is_the_same_file() {
    for vector in Vector::all() {
        let model: &Model = vector.scorer.model();
        assert_eq!(model.to_bytes().unwrap(), vector.file, "{}", vector.name);
        assert_eq!(Scorer::new(model).unwrap().model(), model, "{}", vector.name);
        let digest: String =
            vector.file[vector.file.len() - 32..].iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(vector.scorer.model_id(), digest, "{}", vector.name);
    }
}

#[test]
fn rows_of_another_length_are_refused() {
    let vector = &Vector::all()[0];
    let (width, scorer) = (vector.width, &vector.scorer);
    let row = vec![0.0; width + 1];
    assert!(scorer.score(&row).is_err());
    assert!(scorer.score(&row[..width - 1]).is_err());
    let mut out = [Score::EMPTY; 2];
    assert!(scorer.score_rows(&row, width - 1, &mut out).is_err());
    assert!(scorer.score_rows(&row, width, &mut out).is_err());
    assert!(scorer.score_rows(&row, usize::MAX, &mut out).is_err());
    assert!(scorer.score_rows(&[], width, &mut []).is_ok());
    assert!(scorer.score_columns(&[&row[..2]], &mut out).is_err());
    let mut short = vec![&row[..2]; width];
    short[width - 1] = &row[..1];
    assert!(scorer.score_columns(&short, &mut out).is_err());
}
