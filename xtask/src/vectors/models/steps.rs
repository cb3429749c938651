//! Models that use one step in all its ways.

use super::{Sketch, words};
use crate::Failure;
use karat_scorer::step::{
    Comparison, Condition, Effect, Indicator, Polarity, Ratchet, Rule, Scale, TypeMethod, Types,
};
use karat_scorer::{Field, Missing, Model};

pub(super) fn all() -> Result<Vec<(&'static str, Model)>, Failure> {
    Ok(vec![
        ("scales", scales(false)?),
        ("scales_clipped", scales(true)?),
        ("categories", categories()?),
        ("missing", missing(0.0)?),
        ("missing_half", missing(0.5)?),
        ("rules", rules()?),
        ("ratchet", ratchet()?),
        ("grades_one", grades(&[])?),
        ("grades_many", grades(&(1..32).map(f64::from).map(|cut| cut * 3.125).collect::<Vec<_>>())?),
        ("types_ratio", types(TypeMethod::Ratio, false)?),
        ("types_hybrid", types(TypeMethod::Ratio, true)?),
        ("types_quadrant", types(TypeMethod::Quadrant, false)?),
        ("segments_one", segments(&[0, 1], &[[0.5, 0.5].to_vec()])?),
        ("segments_two", segments(&[0, 1, 2], &[vec![0.25; 3], vec![0.75; 3]])?),
        ("segments_subset", segments(&[2, 0], &square())?),
        ("segments_ties", segments(&[0, 1], &[square(), square()].concat())?),
        ("segments_many", segments(&[0, 1, 2], &lattice())?),
    ])
}

/// Every scale of a number, as in operators' plans.
fn numeric_scales() -> Vec<Scale> {
    vec![
        Scale::MinMax { lo: 0.0, hi: 500.0 },
        Scale::MinMax { lo: -3.5, hi: -0.7 },
        Scale::ZScore { mean: 82.3, standard_deviation: 31.7, width: 3.0 },
        Scale::Rank { knots: vec![0.0, 0.0, 0.0, 12.5, 40.0, 40.0, 73.1, 120.0, 310.0, 310.0, 1999.0] },
        Scale::Rank { knots: (0..=100).map(|step: i32| f64::from(step * step) / 7.0).collect() },
        Scale::Log1p { lo: 0.0, hi: 2000.0 },
        Scale::Log1p { lo: -0.9, hi: 1e-3 },
        Scale::Saturating { tau: 36.0 },
        Scale::Bands { at: vec![0.0, 6.0, 12.0, 12.0, 60.0], to: vec![0.0, 0.1, 0.4, 0.6, 1.0] },
        Scale::Bands { at: vec![10.0], to: vec![0.3] },
        Scale::Target { lo: 0.0, best_lo: 40.0, best_hi: 70.0, hi: 200.0 },
        Scale::Target { lo: 5.0, best_lo: 5.0, best_hi: 9.0, hi: 11.0 },
        Scale::Efficacy { fail: 0.2, pass: 0.9 },
        Scale::Efficacy { fail: 12.0, pass: 2.0 },
        Scale::Points { per_unit: 0.1, whole: false, lo: 0.0, hi: 1.0 },
        Scale::Points { per_unit: -0.25, whole: true, lo: -3.0, hi: 7.0 },
    ]
}

fn scales(clipped: bool) -> Result<Model, Failure> {
    let mut sketch = Sketch::default();
    for (i, scale) in numeric_scales().into_iter().enumerate() {
        // Weights that are no binary fractions, so that the order of a sum shows.
        let weight = 1.0 / (3.0 + i as f64);
        let field = sketch.field(Field::numeric(format!("f{i}")), 1.0 + i as f64);
        let mut indicator = Indicator::new(field, scale);
        if clipped {
            indicator = indicator.clipped(1.5, 55.5);
            sketch.indicator(indicator, weight, weight, 0);
        } else {
            sketch.indicator(indicator.clone(), weight, weight, 0);
            sketch.indicator(indicator.cost(), weight / 2.0, weight, 1);
        }
    }
    sketch.names.dimensions = words(if clipped { "value" } else { "benefit cost" });
    sketch.model("scales", 100.0, 0.0)
}

fn categories() -> Result<Model, Failure> {
    let mut sketch = Sketch::default();
    let tiers = ["none", "bronze", "silver", "gold"];
    let values = |values: &[f64]| Scale::Categories { values: values.to_vec() };
    let rules = [Missing::Neutral, Missing::Value, Missing::Median, Missing::Renormalise, Missing::Ignore];
    for (i, missing) in rules.into_iter().enumerate() {
        let field = sketch.field(Field::categorical(format!("tier{i}"), tiers).missing(missing), 2.0);
        let polarity = if i % 2 == 0 { Polarity::Benefit } else { Polarity::Cost };
        let scale = values(&[0.0, 0.3, 0.7, 1.0]);
        let indicator = Indicator { polarity, neutral: 0.4, ..Indicator::new(field, scale) };
        sketch.indicator(indicator, 0.1 + 0.07 * i as f64, 0.2, i as u32 % 2);
    }
    let only = sketch.field(Field::categorical("only", ["yes"]).missing(Missing::Refuse), 0.0);
    sketch.indicator(Indicator::new(only, values(&[0.9])), 0.2, 0.3, 0);
    sketch.names.dimensions = words("first second");
    sketch.model("categories", 100.0, 0.0)
}

/// Every rule for missing values, over two dimensions of which one can be missing as a whole.
fn missing(minimum_coverage: f64) -> Result<Model, Failure> {
    let mut sketch = Sketch::default();
    let rules = [
        (Missing::Value, 0.15),
        (Missing::Median, 0.1),
        (Missing::Neutral, 0.05),
        (Missing::Renormalise, 0.3),
        (Missing::Renormalise, 0.2),
        (Missing::Renormalise, 0.2),
        (Missing::Ignore, 0.0),
    ];
    for (i, (missing, weight)) in rules.into_iter().enumerate() {
        let field = sketch.field(Field::numeric(format!("m{i}")).missing(missing), 0.3 + i as f64);
        let scale = if i == 2 {
            Scale::ZScore { mean: 0.0, standard_deviation: 2.0, width: 2.0 }
        } else {
            Scale::MinMax { lo: 0.0, hi: 10.0 }
        };
        let indicator = Indicator { neutral: 0.35, ..Indicator::new(field, scale) };
        sketch.indicator(indicator, weight, weight, u32::from(i == 3 || i == 4));
    }
    let refuse = Condition { field: 6, comparison: Comparison::Missing, value: 0.0 };
    sketch.rule("unknown", Rule { conditions: vec![refuse], effect: Effect::Penalty(1.5) });
    sketch.segments(&[3, 4, 5], &[vec![0.2, 0.9, 0.1], vec![0.8, 0.3, 0.5], vec![0.5; 3]])?;
    sketch.field(Field::numeric("needed").missing(Missing::Refuse), 0.0);
    sketch.names.dimensions = words("filled thinned");
    sketch.model("missing", 100.0, minimum_coverage)
}

fn condition(field: u32, comparison: Comparison, value: f64) -> Condition {
    Condition { field, comparison, value }
}

fn rules() -> Result<Model, Failure> {
    use Comparison::{Above, AtLeast, AtMost, Below, Equal, Missing as Absent, NotEqual};
    let mut sketch = Sketch::default();
    sketch.lone(Field::numeric("spend"), 3.0, 0.7, |field| {
        Indicator::new(field, Scale::MinMax { lo: 0.0, hi: 10.0 })
    });
    sketch.lone(Field::numeric("tenure"), 5.0, 0.3, |field| {
        Indicator::new(field, Scale::MinMax { lo: 0.0, hi: 10.0 })
    });
    let stops = sketch.field(Field::numeric("stops").missing(Missing::Ignore), 0.0);
    let kind = sketch.field(Field::categorical("card", ["person", "data", "test"]), 0.0);
    let rule = |conditions: &[Condition], effect| Rule { conditions: conditions.to_vec(), effect };
    sketch.rule("test_card", rule(&[condition(kind, Equal, 2.0)], Effect::Gate));
    sketch.rule("arrears", rule(&[condition(stops, AtLeast, 2.0)], Effect::Penalty(12.5)));
    sketch.rule(
        "young_data_card",
        rule(&[condition(kind, NotEqual, 0.0), condition(1, Below, 2.0)], Effect::Gate),
    );
    sketch.rule("three_stops", rule(&[condition(stops, Above, 3.0)], Effect::Cap(2)));
    sketch.rule("nothing", rule(&[condition(0, AtMost, 1.0)], Effect::Penalty(0.0)));
    sketch.rule(
        "frozen",
        rule(
            &[condition(stops, AtLeast, 1.0), condition(0, Above, 6.0), condition(1, AtMost, 8.0)],
            Effect::Cap(1),
        ),
    );
    sketch.rule("no_history", rule(&[condition(stops, Absent, 0.0)], Effect::Cap(3)));
    sketch.rule("spender", rule(&[condition(0, AtLeast, 9.0); 8], Effect::Penalty(0.1)));
    sketch.grades("one two three four five", &[20.0, 40.0, 60.0, 80.0]);
    sketch.model("rules", 100.0, 0.0)
}

fn ratchet() -> Result<Model, Failure> {
    let mut sketch = Sketch::default();
    sketch.lone(Field::numeric("spend"), 3.0, 1.0, |field| {
        Indicator::new(field, Scale::MinMax { lo: 0.0, hi: 10.0 })
    });
    let previous = sketch.field(Field::numeric("previous").missing(Missing::Ignore), 0.0);
    let months = sketch.field(Field::numeric("months").missing(Missing::Ignore), 0.0);
    let stopped = condition(0, Comparison::Equal, 7.0);
    sketch.rule("stopped", Rule { conditions: vec![stopped], effect: Effect::Cap(0) });
    sketch.rules.ratchet = Some(Ratchet { previous, months, validity: 12.0 });
    sketch.grades("low middle high top", &[25.0, 50.0, 75.0]);
    sketch.model("ratchet", 100.0, 0.0)
}

fn grades(cuts: &[f64]) -> Result<Model, Failure> {
    let mut sketch = Sketch::default();
    sketch.lone(Field::numeric("x"), 3.0, 1.0, |field| {
        Indicator::new(field, Scale::MinMax { lo: 0.0, hi: 32.0 })
    });
    let names: Vec<String> = (0..=cuts.len()).map(|grade| format!("g{grade}")).collect();
    sketch.grades(&names.join(" "), cuts);
    sketch.model("grades", 100.0, 0.0)
}

fn types(method: TypeMethod, both_high_is_a: bool) -> Result<Model, Failure> {
    let mut sketch = Sketch::default();
    for (dimension, name) in ["contribution", "attribution", "influence"].iter().enumerate() {
        let missing = if dimension == 1 { Missing::Renormalise } else { Missing::Median };
        let field = sketch.field(Field::numeric(*name).missing(missing), 40.0);
        let scale = Scale::MinMax { lo: 0.0, hi: 100.0 };
        sketch.indicator(Indicator::new(field, scale), [0.56, 0.32, 0.12][dimension], 1.0, dimension as u32);
    }
    sketch.names.dimensions = words("contribution attribution influence");
    sketch.names.types = words("A B1 B2 C");
    let mut model = sketch.model("types", 100.0, 0.0)?;
    model.types = Some(Types {
        method,
        contribution: 0,
        attribution: 1,
        value_threshold: 45.0,
        contribution_threshold: 60.0,
        attribution_threshold: 50.0,
        k: 1.25,
        both_high_is_a,
    });
    Ok(model)
}

/// The corners of a square: the middle is equally far from all of them.
fn square() -> Vec<Vec<f64>> {
    [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]].iter().map(|corner| corner.to_vec()).collect()
}

/// 256 centers, as many as the format allows.
fn lattice() -> Vec<Vec<f64>> {
    (0..256_u32).map(|c| [c % 8, c / 8 % 8, c / 64].map(|step| f64::from(step) / 7.0).to_vec()).collect()
}

fn segments(features: &[u32], rows: &[Vec<f64>]) -> Result<Model, Failure> {
    let mut sketch = Sketch::default();
    for name in ["data", "voice", "roaming"] {
        let missing = if name == "voice" { Missing::Renormalise } else { Missing::Neutral };
        let field = Field::numeric(name).missing(missing);
        sketch.lone(field, 0.0, 1.0 / 3.0, |field| Indicator::new(field, Scale::MinMax { lo: 0.0, hi: 2.0 }));
    }
    sketch.segments(features, rows)?;
    sketch.model("segments", 100.0, 0.0)
}
