//! Models whose weights depend on a category.

use super::{Sketch, words};
use crate::Failure;
use karat_scorer::step::{
    Comparison, Condition, Effect, Indicator, Profile, Profiles, Rule, Scale, TypeMethod, Types,
};
use karat_scorer::{Field, Missing, Model};

pub(super) fn all() -> Result<Vec<(&'static str, Model)>, Failure> {
    Ok(vec![("profiles", by_stage()?), ("profiles_wide", wide()?)])
}

fn profile(weights: &[f64], within: &[f64]) -> Profile {
    Profile { weights: weights.to_vec(), within: within.to_vec() }
}

/// Three stages of life of which one keeps the weights of the tree; another has a dimension without weight.
pub(super) fn by_stage() -> Result<Model, Failure> {
    let mut sketch = Sketch::default();
    let thin = |name: &str| Field::numeric(name).missing(Missing::Renormalise);
    let arpu = sketch.field(thin("arpu"), 0.0);
    let tenure = sketch.field(thin("tenure"), 0.0);
    let degree = sketch.field(thin("degree"), 0.0);
    let stages = Field::categorical("stage", ["entry", "growth", "decline"]).missing(Missing::Ignore);
    let stage = sketch.field(stages, 0.0);
    let bonus = sketch.field(Field::numeric("bonus").missing(Missing::Neutral), 0.0);
    sketch.indicator(Indicator::new(arpu, Scale::MinMax { lo: 0.0, hi: 200.0 }), 0.5, 0.8, 0);
    sketch.indicator(Indicator::new(tenure, Scale::Saturating { tau: 24.0 }), 0.25, 0.6, 1);
    sketch.indicator(Indicator::new(degree, Scale::Log1p { lo: 0.0, hi: 50.0 }), 0.15, 0.4, 1);
    sketch.indicator(Indicator::new(bonus, Scale::MinMax { lo: -1.0, hi: 3.0 }).cost(), 0.1, 0.2, 0);
    sketch.profiles = Some(Profiles {
        field: stage,
        list: vec![
            None,
            Some(profile(&[0.1, 0.3, 0.5, 0.1], &[0.5, 0.375, 0.625, 0.5])),
            Some(profile(&[0.7, 0.0, 0.0, 0.3], &[0.7, 0.0, 0.0, 0.3])),
        ],
    });
    sketch.names.dimensions = words("contribution attribution");
    let when = vec![Condition { field: stage, comparison: Comparison::Equal, value: 2.0 }];
    sketch.rule("leaving", Rule { effect: Effect::Penalty(2.5), conditions: when });
    sketch.grades("low middle high", &[20.0, 50.0]);
    sketch.names.types = words("A B1 B2 C");
    let mut model = sketch.model("profiles", 100.0, 0.3)?;
    model.types = Some(Types {
        method: TypeMethod::Ratio,
        contribution: 0,
        attribution: 1,
        value_threshold: 40.0,
        contribution_threshold: 50.0,
        attribution_threshold: 50.0,
        k: 1.3,
        both_high_is_a: true,
    });
    Ok(model)
}

/// More indicators than the small scratch holds; the category of a missing one is filled, and it is an
/// indicator too.
fn wide() -> Result<Model, Failure> {
    let mut sketch = Sketch::default();
    let classes = Field::categorical("class", ["home", "small", "large", "state"]).missing(Missing::Value);
    let class = sketch.field(classes, 2.0);
    let values = vec![0.1, 0.4, 0.9, 0.6];
    sketch.indicator(Indicator::new(class, Scale::Categories { values }), 0.5, 0.5, 0);
    for i in 1..40_u32 {
        let missing = if i % 3 == 0 { Missing::Renormalise } else { Missing::Neutral };
        let field = sketch.field(Field::numeric(format!("field_{i}")).missing(missing), 0.0);
        let scale = Scale::MinMax { lo: 0.0, hi: f64::from(i) };
        sketch.indicator(Indicator::new(field, scale), 1.0 / 64.0, 0.125, i / 8);
    }
    let weights = |step: u32| (0..40).map(|i| f64::from(1 + i * step % 7) / 160.0).collect::<Vec<f64>>();
    let list = vec![
        Some(profile(&weights(3), &weights(5))),
        Some(profile(&weights(2), &weights(2))),
        Some(profile(&weights(4), &weights(1))),
        None,
    ];
    sketch.profiles = Some(Profiles { field: class, list });
    sketch.names.dimensions = (0..5).map(|dimension| format!("d{dimension}")).collect();
    sketch.model("wide profiles", 100.0, 0.0)
}
