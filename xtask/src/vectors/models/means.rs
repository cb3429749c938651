//! Models with other means than the arithmetic.

use super::{Sketch, words};
use crate::Failure;
use karat_scorer::step::{
    Comparison, Condition, Effect, Indicator, Mean, Node, Nodes, Rule, Scale, TypeMethod, Types,
};
use karat_scorer::{Field, Missing, Model};

pub(super) fn all() -> Result<Vec<(&'static str, Model)>, Failure> {
    Ok(vec![
        ("means", three_levels()?),
        ("means_of_one", of_one(Mean::Harmonic)?),
        ("means_steep", of_one(Mean::Power(-20.0))?),
        ("means_wide", wide()?),
    ])
}

/// All four means on three levels, missing values of every kind, a dimension that is an indicator.
pub(super) fn three_levels() -> Result<Model, Failure> {
    let mut sketch = Sketch::default();
    let thin = |name: &str| Field::numeric(name).missing(Missing::Renormalise);
    let arpu = sketch.field(thin("arpu"), 0.0);
    let gigabytes = sketch.field(thin("gigabytes"), 0.0);
    let tenure = sketch.field(thin("tenure"), 0.0);
    let late = sketch.field(Field::numeric("late").missing(Missing::Median), 1.0);
    let plan = sketch.field(Field::categorical("plan", ["a", "b"]).missing(Missing::Renormalise), 0.0);
    let calls = sketch.field(Field::numeric("calls").missing(Missing::Neutral), 0.0);
    sketch.indicator(Indicator::new(arpu, Scale::MinMax { lo: 0.0, hi: 200.0 }), 0.25, 0.5, 0);
    sketch.indicator(Indicator::new(gigabytes, Scale::Log1p { lo: 0.0, hi: 50.0 }), 0.25, 0.5, 0);
    sketch.indicator(Indicator::new(tenure, Scale::Saturating { tau: 24.0 }), 0.15, 0.5, 1);
    let bands = Scale::Bands { at: vec![0.0, 1.0, 6.0], to: vec![0.0, 0.4, 1.0] };
    sketch.indicator(Indicator::new(late, bands).cost(), 0.1, 0.375, 1);
    sketch.indicator(Indicator::new(plan, Scale::Categories { values: vec![0.2, 1.0] }), 0.05, 0.125, 1);
    let normal = Scale::ZScore { mean: 100.0, standard_deviation: 30.0, width: 3.0 };
    sketch.indicator(Indicator::new(calls, normal), 0.2, 1.0, 2);
    let node = |mean, parent, weight| Node { mean, parent, weight };
    sketch.nodes = Some(Nodes {
        floor: 0.01,
        parent: vec![0, 0, 2, 1, 1, 3],
        weight: vec![0.5, 0.5, 0.5, 2.0 / 3.0, 1.0 / 3.0, 0.2],
        reference: vec![0.4, 0.3, 0.55, 0.8, 0.6, 0.5],
        list: vec![
            node(Mean::Power(2.5), 3, 0.5),
            node(Mean::Harmonic, 2, 0.5),
            node(Mean::Power(-0.5), 3, 0.3),
            node(Mean::Geometric, 3, 1.0),
        ],
    });
    sketch.names.dimensions = words("contribution attribution influence");
    let when = vec![Condition { field: late, comparison: Comparison::AtLeast, value: 4.0 }];
    sketch.rule("late", Rule { effect: Effect::Penalty(2.5), conditions: when });
    sketch.grades("low middle high", &[20.0, 50.0]);
    sketch.names.types = words("A B1 B2 C");
    let mut model = sketch.model("means", 100.0, 0.3)?;
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

fn of_one(mean: Mean) -> Result<Model, Failure> {
    let mut sketch = Sketch::default();
    for name in ["x", "y"] {
        let field = Field::numeric(name).missing(Missing::Renormalise);
        sketch.lone(field, 0.0, 0.5, |field| Indicator::new(field, Scale::MinMax { lo: -1.0, hi: 1.0 }));
    }
    sketch.nodes = Some(Nodes {
        floor: 1e-6,
        parent: vec![0, 0],
        weight: vec![0.5, 0.5],
        reference: vec![0.5, 0.25],
        list: vec![
            Node { mean, parent: 1, weight: 1.0 },
            Node { mean: Mean::Arithmetic, parent: 1, weight: 1.0 },
        ],
    });
    sketch.model("one", 1.0, 0.0)
}

/// More nodes than the small scratch holds: pairs under pairs.
fn wide() -> Result<Model, Failure> {
    let mut sketch = Sketch::default();
    let means = [Mean::Geometric, Mean::Arithmetic, Mean::Power(0.5), Mean::Harmonic];
    let (mut parent, mut list) = (Vec::new(), Vec::new());
    for i in 0..64_u32 {
        let missing = if i % 3 == 0 { Missing::Renormalise } else { Missing::Neutral };
        let field = sketch.field(Field::numeric(format!("field_{i}")).missing(missing), 0.0);
        let scale = Scale::MinMax { lo: 0.0, hi: f64::from(i + 1) };
        sketch.indicator(Indicator::new(field, scale), 1.0 / 64.0, 0.125, i / 8);
        parent.push(i / 2);
    }
    // 32 pairs, 16 of them, 8 dimensions, the root.
    for (first, count) in [(0, 32_u32), (32, 16), (48, 8)] {
        for i in 0..count {
            let (place, above) = (first + i, first + count + i / 2);
            let root = count == 8;
            list.push(Node {
                mean: means[(place % 4) as usize],
                parent: if root { 56 } else { above },
                weight: if root { 0.125 } else { 0.5 },
            });
        }
    }
    list.push(Node { mean: Mean::Power(-1.5), parent: 56, weight: 1.0 });
    let reference = (0..64).map(|i| 0.3 + f64::from(i) / 200.0).collect();
    sketch.nodes = Some(Nodes { floor: 0.05, parent, weight: vec![0.5; 64], reference, list });
    sketch.names.dimensions = (0..8).map(|dimension| format!("d{dimension}")).collect();
    sketch.model("wide means", 100.0, 0.0)
}
