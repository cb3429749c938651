//! Published schemes: METHODS GT-1.1, GT-1.2 and GT-1.3 with GT-2.2.

use super::{Sketch, words};
use crate::Failure;
use karat_scorer::step::{Comparison, Condition, Effect, Indicator, Ratchet, Rule, Scale, TypeMethod, Types};
use karat_scorer::{Field, Missing, Model};

pub(super) fn all() -> Result<Vec<(&'static str, Model)>, Failure> {
    Ok(vec![
        ("growth_value", growth_value()?),
        ("shanghai", shanghai()?),
        ("corporate_tree", corporate_tree()?),
    ])
}

fn points(field: u32, per_unit: f64, whole: bool, hi: f64) -> Indicator {
    let scale = Scale::Points { per_unit, whole, lo: 0.0, hi };
    Indicator { neutral: 0.0, ..Indicator::new(field, scale) }
}

/// China Telecom's growth value (GT-1.1): 1 point a yuan, 10 a month, -10 a double suspension; seven
/// stars, valid for twelve months within which they only rise.
fn growth_value() -> Result<Model, Failure> {
    let mut sketch = Sketch::default();
    let number = |name: &str, unit: &str| Field::numeric(name).unit(unit).missing(Missing::Value);
    sketch.lone(number("charges_12m", "CNY"), 0.0, 1.0, |field| points(field, 1.0, false, 1e6));
    sketch.lone(number("tenure", "month"), 0.0, 1.0, |field| points(field, 10.0, false, 1e5));
    sketch.lone(number("suspensions_12m", ""), 0.0, 1.0, |field| points(field, 10.0, false, 1e4).cost());
    let previous = sketch.field(Field::numeric("previous_stars").missing(Missing::Ignore), 0.0);
    let months = sketch.field(Field::numeric("months_since").missing(Missing::Ignore), 0.0);
    sketch.rules.ratchet = Some(Ratchet { previous, months, validity: 12.0 });
    sketch.grades(
        "no_star 1_star 2_stars 3_stars 4_stars 5_stars 6_stars 7_stars",
        &[600.0, 1000.0, 1500.0, 2300.0, 4000.0, 6000.0, 8000.0],
    );
    sketch.model("growth value", 1.0, 0.0)
}

/// China Mobile Shanghai's score (GT-1.2): the bill rounded, months, at most 50 bonus points, -10 a stop;
/// four stars from 200 to 300. Gate and cap are those of other branches (METHODS 1.2).
fn shanghai() -> Result<Model, Failure> {
    let mut sketch = Sketch::default();
    let number = |name: &str, unit: &str| Field::numeric(name).unit(unit).missing(Missing::Value);
    sketch.lone(number("bill", "CNY"), 0.0, 1.0, |field| points(field, 1.0, true, 1e6));
    sketch.lone(number("tenure", "month"), 0.0, 1.0, |field| points(field, 1.0, false, 1e4));
    sketch.lone(number("product_classes", ""), 0.0, 1.0, |field| points(field, 5.0, false, 50.0));
    sketch.lone(number("stops", ""), 0.0, 1.0, |field| points(field, 10.0, false, 1e4).cost());
    let rule = |field, comparison, value, effect| Rule {
        conditions: vec![Condition { field, comparison, value }],
        effect,
    };
    sketch.rule("below_6_months", rule(1, Comparison::Below, 6.0, Effect::Gate));
    sketch.rule("3_stops", rule(3, Comparison::AtLeast, 3.0, Effect::Cap(0)));
    sketch.grades("3_stars_or_fewer 4_stars 5_stars", &[200.0, 300.0]);
    sketch.model("Shanghai", 1.0, 0.0)
}

/// The principal eigenvector of a positive matrix, summing to 1.
fn priorities<const N: usize>(judgments: [[f64; N]; N]) -> [f64; N] {
    let mut priorities = [1.0 / N as f64; N];
    for _ in 0..200 {
        let products = judgments.map(|row| row.iter().zip(priorities).fold(0.0, |sum, (a, w)| sum + a * w));
        let total = products.iter().fold(0.0, |sum, product| sum + product);
        priorities = products.map(|product| product / total);
    }
    priorities
}

/// The corporate tree of GT-1.3: judgments, bounds and four customers are there; types as in GT-2.2, by
/// the plain ratio of contribution to attribution.
fn corporate_tree() -> Result<Model, Failure> {
    let root = priorities([[1.0, 2.0, 4.0], [1.0 / 2.0, 1.0, 3.0], [1.0 / 4.0, 1.0 / 3.0, 1.0]]);
    let attribution = priorities([[1.0, 2.0, 3.0], [1.0 / 2.0, 1.0, 2.0], [1.0 / 3.0, 1.0 / 2.0, 1.0]]);
    let leaves = [
        ("arpu", 500.0, 0, 0.75),
        ("margin", 0.6, 0, 0.25),
        ("wallet_share", 1.0, 1, attribution[0]),
        ("contract_months", 24.0, 1, attribution[1]),
        ("tenure", 120.0, 1, attribution[2]),
        ("degree", 50.0, 2, 1.0 / 3.0),
        ("industry_rank", 5.0, 2, 2.0 / 3.0),
    ];
    let mut sketch = Sketch::default();
    for (name, hi, dimension, within) in leaves {
        let field = sketch.field(Field::numeric(name).missing(Missing::Renormalise), 0.0);
        let indicator = Indicator::new(field, Scale::MinMax { lo: 0.0, hi });
        sketch.indicator(indicator, root[dimension] * within, within, dimension as u32);
    }
    sketch.names.dimensions = words("contribution attribution influence");
    sketch.names.types = words("A B1 B2 C");
    let mut model = sketch.model("corporate tree", 100.0, 0.5)?;
    model.types = Some(Types {
        method: TypeMethod::Ratio,
        contribution: 0,
        attribution: 1,
        value_threshold: 55.0,
        contribution_threshold: 1.0,
        attribution_threshold: 1.0,
        k: 1.25,
        both_high_is_a: false,
    });
    Ok(model)
}
