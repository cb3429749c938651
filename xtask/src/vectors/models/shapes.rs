//! Models of unusual shapes: the smallest, the widest, foreign names, notes, numbers from the ends of the
//! range; and one with everything.

use super::{Sketch, words};
use crate::Failure;
use karat_scorer::step::{Comparison, Condition, Effect, Indicator, Ratchet, Rule, Scale, TypeMethod, Types};
use karat_scorer::{Field, Missing, Model, Note};

pub(super) fn all() -> Result<Vec<(&'static str, Model)>, Failure> {
    Ok(vec![
        ("one_field", one_field()?),
        ("wide", wide(40, 33, 3)?),
        ("narrow_fields_many_indicators", wide(8, 40, 2)?),
        ("widest", wide(256, 128, 256)?),
        ("unicode", unicode()?),
        ("notes", notes()?),
        ("far_numbers", far_numbers()?),
        ("whole", whole()?),
    ])
}

fn one_field() -> Result<Model, Failure> {
    let mut sketch = Sketch::default();
    sketch.lone(Field::numeric("x"), 0.0, 1.0, |field| Indicator::new(field, Scale::Saturating { tau: 1.0 }));
    sketch.model("", 1.0, 0.0)
}

/// More fields or indicators than the small scratch holds.
fn wide(fields: u32, indicators: u32, segments: u32) -> Result<Model, Failure> {
    let mut sketch = Sketch::default();
    for i in 0..fields {
        let missing = if i % 3 == 0 { Missing::Renormalise } else { Missing::Median };
        sketch.field(Field::numeric(format!("field_{i}")).missing(missing), f64::from(i));
    }
    for i in 0..indicators {
        let (field, size) = (i * 7 % fields, f64::from(1 + i));
        let scale = match i % 4 {
            0 => Scale::MinMax { lo: 0.0, hi: size },
            1 => Scale::Log1p { lo: 0.0, hi: 10.0 * size },
            2 => Scale::Saturating { tau: size / 3.0 },
            _ => Scale::ZScore { mean: size, standard_deviation: size / 3.0, width: 2.5 },
        };
        sketch.indicator(Indicator::new(field, scale), 1.0 / (size + 10.0), 1.0 / size, i % 16);
    }
    sketch.names.dimensions = (0..16).map(|dimension| format!("d{dimension}")).collect();
    let features: Vec<u32> = (0..indicators).step_by(11).collect();
    let centers: Vec<Vec<f64>> = (0..segments)
        .map(|c| (0..features.len() as u32).map(|f| f64::from((c * 37 + f * 11) % 101) / 100.0).collect())
        .collect();
    sketch.segments(&features, &centers)?;
    sketch.model("wide", 100.0, 0.1)
}

/// Names outside ASCII, and those that JSON must escape.
fn unicode() -> Result<Model, Failure> {
    let mut sketch = Sketch::default();
    let field = Field::numeric("近三月ARPU").unit("元");
    sketch.lone(field, 80.0, 0.6, |field| Indicator::new(field, Scale::Log1p { lo: 0.0, hi: 1000.0 }));
    let plan = Field::categorical("тариф \"Ω\"", ["a\\b", "c\td", "🦓", "\u{1}", " "]);
    let values = vec![0.1, 0.2, 0.3, 0.4, 0.5];
    sketch.lone(plan, 0.0, 0.4, |field| Indicator::new(field, Scale::Categories { values }));
    sketch.names.dimensions = words("客户价值");
    sketch.grades("低 中 高", &[33.0, 66.0]);
    sketch.names.actions = vec!["ring\nback".to_owned(), "保留".to_owned()];
    sketch.names.stages = words("introduction growth maturity decline lost");
    sketch.model("客户价值 “consumer” \u{7f}", 100.0, 0.0)
}

/// Optional sections of any length, known and unknown, text and bytes.
fn notes() -> Result<Model, Failure> {
    let mut sketch = Sketch::default();
    sketch.lone(Field::numeric("x"), 0.0, 1.0, |field| {
        Indicator::new(field, Scale::MinMax { lo: 0.0, hi: 1.0 })
    });
    let note =
        |kind: &str, revision, bytes: &[u8]| Note { kind: kind.to_owned(), revision, bytes: bytes.to_vec() };
    sketch.notes = vec![
        note("plan", 1, b"[model]\nname = \"notes\"\n"),
        note("card", 1, "fitted by hand, 2024年\n\n  ".as_bytes()),
        note("zzZZ", 4_000_000_000, &[0, 1, 2, 255, 32, 10]),
        note("none", 0, b""),
        note("even", 7, &[0x20; 16]),
    ];
    sketch.model("notes", 100.0, 0.0)
}

/// Parameters near the ends of what a double holds.
fn far_numbers() -> Result<Model, Failure> {
    let mut sketch = Sketch::default();
    let scales = [
        Scale::MinMax { lo: 0.0, hi: 5e-324 },
        Scale::MinMax { lo: -8e307, hi: 8e307 },
        Scale::Log1p { lo: -0.999_999_999_999_999_9, hi: f64::MAX },
        Scale::Log1p { lo: 1e-320, hi: 1e-300 },
        Scale::Saturating { tau: 1e-308 },
        Scale::Saturating { tau: 1e308 },
        Scale::Rank { knots: vec![-8e307, 0.0, 8e307] },
        Scale::Bands { at: vec![-8e307, -8e307, 8e307], to: vec![-1.0, 1.0, 1e3] },
        Scale::Target { lo: -8e307, best_lo: 0.0, best_hi: 5e-324, hi: 8e307 },
        Scale::Efficacy { fail: 1e-310, pass: 2e-310 },
        Scale::ZScore { mean: 1e300, standard_deviation: 1e-10, width: 1e-10 },
        Scale::Points { per_unit: 1e300, whole: true, lo: -1e200, hi: 1e200 },
        Scale::Points { per_unit: 1.0, whole: true, lo: -9e15, hi: 9e15 },
    ];
    for (i, scale) in scales.into_iter().enumerate() {
        let field = Field::numeric(format!("far_{i}")).missing(Missing::Neutral);
        let weight = if i == 11 { 1e-200 } else { 0.1 };
        sketch.lone(field, 0.0, weight, |field| Indicator::new(field, scale));
    }
    sketch.segments(&[0, 11, 7], &[vec![0.0, 1e180, 0.0], vec![1.0, -1e155, 1e3], vec![0.5, 0.0, 1e-160]])?;
    sketch.model("far numbers", 100.0, 0.0)
}

/// Every section, in little space: the model whose damaged copies are in `bad/`.
pub(super) fn whole() -> Result<Model, Failure> {
    let mut sketch = Sketch::default();
    let arpu = sketch.field(Field::numeric("arpu").unit("CNY"), 80.0);
    let contract = sketch.field(Field::categorical("contract", ["monthly", "yearly"]), 0.0);
    let previous = sketch.field(Field::numeric("previous").missing(Missing::Ignore), 0.0);
    let months = sketch.field(Field::numeric("months").missing(Missing::Ignore), 0.0);
    let log = Scale::Log1p { lo: 0.0, hi: 500.0 };
    sketch.indicator(Indicator::new(arpu, log).clipped(10.0, 400.0), 0.5, 0.75, 0);
    sketch.indicator(Indicator::new(arpu, Scale::Rank { knots: vec![0.0, 80.0, 500.0] }), 0.25, 0.25, 0);
    sketch.indicator(
        Indicator::new(contract, Scale::Categories { values: vec![0.125, 0.875] }),
        0.25,
        1.0,
        1,
    );
    let one = |comparison, value, effect| Rule {
        conditions: vec![Condition { field: arpu, comparison, value }],
        effect,
    };
    sketch.rule("too_small", one(Comparison::Below, 1.0, Effect::Gate));
    sketch.rule("odd", one(Comparison::Equal, 77.0, Effect::Penalty(2.5)));
    sketch.rule("frozen", one(Comparison::AtLeast, 450.0, Effect::Cap(1)));
    sketch.rules.ratchet = Some(Ratchet { previous, months, validity: 12.0 });
    sketch.grades("low middle high", &[40.0, 70.0]);
    sketch.segments(&[0, 2], &[vec![0.25, 0.5], vec![0.75, 0.625]])?;
    sketch.names.dimensions = words("contribution attribution");
    sketch.names.types = words("A B1 B2 C");
    sketch.notes = vec![Note { kind: "card".to_owned(), revision: 1, bytes: b"made by hand".to_vec() }];
    let mut model = sketch.model("whole", 100.0, 0.0)?;
    model.types = Some(Types {
        method: TypeMethod::Quadrant,
        contribution: 0,
        attribution: 1,
        value_threshold: 55.0,
        contribution_threshold: 60.0,
        attribution_threshold: 50.0,
        k: 1.25,
        both_high_is_a: false,
    });
    Ok(model)
}
