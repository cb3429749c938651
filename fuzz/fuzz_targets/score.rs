//! A model of the conformance vectors with arbitrary bits as rows: one row alone, in a batch of rows and
//! in a batch of columns gives the same record and forecasts, and the points of an additive model sum to the index.
#![no_main]

use karat_scorer::{Explanation, Isa, Score, Scorer};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static SCORERS: LazyLock<Vec<Scorer>> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/v1");
    let index = std::fs::read_to_string(format!("{folder}/index.txt")).expect("the index of the vectors");
    let open = |name| Scorer::open(format!("{folder}/{name}.karat")).expect("a model of the vectors");
    index.lines().map(open).collect()
});

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, bytes)) = bytes.split_first() else { return };
    let scorer = &SCORERS[usize::from(choice) % SCORERS.len()];
    let width = scorer.schema().len();
    let mut values: Vec<f64> =
        bytes.chunks_exact(8).map(|eight| f64::from_le_bytes(eight.try_into().expect("eight"))).collect();
    if values.is_empty() {
        return;
    }
    // A short input still makes a row of a wide model.
    let given = values.len();
    while values.len() < width {
        values.push(values[values.len() % given]);
    }
    let count = values.len() / width;
    values.truncate(count * width);

    let single: Vec<[u8; 64]> =
        values.chunks_exact(width).map(|row| scorer.score(row).expect("one row").to_bytes()).collect();
    let outputs = scorer.output_count();
    let mut expected = vec![0.0; count * outputs];
    for (row, out) in values.chunks_exact(width).zip(expected.chunks_exact_mut(outputs.max(1))) {
        scorer.forecast(row, out).expect("one row");
    }
    let columns: Vec<Vec<f64>> =
        (0..width).map(|field| values.iter().skip(field).step_by(width).copied().collect()).collect();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    for isa in [Isa::Portable, Isa::Avx2].into_iter().filter(|isa| isa.available()) {
        let scorer = scorer.clone().with_isa(isa).expect("an available instruction set");
        let mut out = vec![Score::EMPTY; count];
        scorer.score_rows(&values, width, &mut out).expect("rows");
        assert!(out.iter().map(Score::to_bytes).eq(single.iter().copied()));
        scorer.score_columns(&columns, &mut out).expect("columns");
        assert!(out.iter().map(Score::to_bytes).eq(single.iter().copied()));
        let mut found = vec![0.0; count * outputs];
        for by_columns in [false, true] {
            found.fill(0.0);
            if by_columns {
                scorer.forecast_columns(&columns, &mut found).expect("columns");
            } else {
                scorer.forecast_rows(&values, width, count, &mut found).expect("rows");
            }
            assert!(found.iter().map(|x| x.to_bits()).eq(expected.iter().map(|x| x.to_bits())));
        }
    }
    let mut points = vec![0.0; scorer.point_count()];
    for row in values.chunks_exact(width) {
        let mut explanation = Explanation { points: &mut points, ..Explanation::default() };
        let score = scorer.explain(row, &mut explanation).expect("one row");
        let sum = points.iter().fold(0.0, |sum, point| sum + point);
        let additive = scorer.model().nodes.is_none();
        assert!(score.index.is_nan() || !additive || sum.to_bits() == score.index.to_bits());
    }
});
