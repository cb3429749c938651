//! Shared inputs of the benchmarks.

use karat_scorer::step::{
    Fields, Grades, Indicator, Indicators, Rules, Scale, Segments, TYPE_NAMES, Tree, TypeMethod, Types,
};
use karat_scorer::{Field, Missing, Model, Names, Schema, numerics};

/// The model of the figures in `record/`: 12 indicators of every common scale, 3 dimensions, 5 grades,
/// types, and 8 segments over all 12 indicators.
///
/// # Panics
/// Never: its parts are constants.
#[must_use]
#[allow(clippy::unwrap_used, reason = "a benchmark's own constants")]
pub fn reference_model() -> Model {
    let scales = [
        Scale::Log1p { lo: 0.0, hi: 500.0 },
        Scale::MinMax { lo: 0.0, hi: 60.0 },
        Scale::Log1p { lo: 0.0, hi: 2000.0 },
        Scale::Rank { knots: (0..=100).map(|i| f64::from(i * i) / 100.0).collect() },
        Scale::Saturating { tau: 24.0 },
        Scale::MinMax { lo: 0.0, hi: 24.0 },
        Scale::Bands { at: vec![0.0, 1.0, 3.0, 6.0], to: vec![1.0, 0.6, 0.2, 0.0] },
        Scale::ZScore { mean: 0.5, standard_deviation: 0.2, width: 3.0 },
        Scale::MinMax { lo: 0.0, hi: 5.0 },
        Scale::Log1p { lo: 0.0, hi: 60.0 },
        Scale::Target { lo: 0.0, best_lo: 0.4, best_hi: 0.7, hi: 1.0 },
        Scale::Efficacy { fail: 1.0, pass: 9.0 },
    ];
    let dimension = vec![0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2];
    let within = [vec![0.4, 0.3, 0.2, 0.1], vec![0.3, 0.25, 0.2, 0.15, 0.1], vec![0.5, 0.3, 0.2]].concat();
    let of = [0.5, 0.3, 0.2];
    let weights = within.iter().zip(&dimension).map(|(w, &d): (&f64, &u32)| w * of[d as usize]).collect();
    let centers: Vec<Vec<f64>> = (0..8)
        .map(|c| (0..12).map(|f| 0.5 + 0.5 * numerics::sin(f64::from(c * 12 + f) * 1.7)).collect())
        .collect();
    let names = |prefix: &str, n: usize| (0..n).map(|i| format!("{prefix}{i}")).collect::<Vec<_>>();
    Model {
        name: "reference".to_owned(),
        schema: Schema::new(
            names("field", 12)
                .into_iter()
                .map(|name| Field::numeric(name).missing(Missing::Median))
                .collect(),
        )
        .unwrap(),
        names: Names {
            dimensions: ["contribution", "attribution", "influence"].map(str::to_owned).to_vec(),
            indicators: names("indicator", 12),
            grades: names("grade", 5),
            segments: names("segment", 8),
            types: TYPE_NAMES.map(str::to_owned).to_vec(),
            ..Names::default()
        },
        fields: Fields { fill: vec![1.0; 12] },
        indicators: Indicators {
            list: scales.into_iter().enumerate().map(|(i, scale)| Indicator::new(i as u32, scale)).collect(),
        },
        tree: Tree { scale: 100.0, minimum_coverage: 0.0, weights, within, dimension },
        nodes: None,
        profiles: None,
        rules: Rules::default(),
        grades: Some(Grades { cuts: vec![20.0, 40.0, 60.0, 80.0] }),
        types: Some(Types {
            method: TypeMethod::Ratio,
            contribution: 0,
            attribution: 1,
            value_threshold: 50.0,
            contribution_threshold: 50.0,
            attribution_threshold: 50.0,
            k: 1.25,
            both_high_is_a: true,
        }),
        segments: Some(Segments::from_rows((0..12).collect(), &centers).unwrap()),
        forecasts: None,
        notes: Vec::new(),
    }
}

/// The plainest index: the weights of the reference model over 12 min-max indicators, without classes.
///
/// # Panics
/// Never: its parts are constants.
#[must_use]
pub fn plain_model() -> Model {
    let mut model = reference_model();
    for (indicator, hi) in model.indicators.list.iter_mut().zip(SPAN) {
        indicator.scale = Scale::MinMax { lo: 0.0, hi };
    }
    (model.names.grades, model.names.types, model.names.segments) = Default::default();
    (model.grades, model.types, model.segments) = (None, None, None);
    model
}

const SPAN: [f64; 12] = [300.0, 70.0, 900.0, 110.0, 90.0, 26.0, 7.0, 1.0, 6.0, 60.0, 1.0, 10.0];

/// Invented rows of the reference model, 1 % missing.
#[must_use]
pub fn reference_rows(count: usize) -> Vec<f64> {
    let mut state: u64 = 7;
    (0..count * 12)
        .map(|i| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let uniform = (state >> 11) as f64 / (1u64 << 53) as f64;
            if state >> 57 == 0 { f64::NAN } else { SPAN[i % 12] * uniform }
        })
        .collect()
}
