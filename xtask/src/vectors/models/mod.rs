//! The models of the conformance vectors, made by hand: together they use every rule and every limit of
//! the format.

mod forecasts;
mod means;
mod profiles;
mod schemes;
mod shapes;
mod steps;

use crate::Failure;
use karat_scorer::step::{
    Fields, Forecasts, Grades, Indicator, Indicators, Nodes, Profiles, Rule, Rules, Segments, Tree,
};
use karat_scorer::{Field, Model, Names, Note, Schema};

/// Name and model of every vector.
pub(super) fn all() -> Result<Vec<(&'static str, Model)>, Failure> {
    let mut models = steps::all()?;
    models.extend(schemes::all()?);
    models.extend(shapes::all()?);
    models.extend(means::all()?);
    models.extend(profiles::all()?);
    models.extend(forecasts::all()?);
    Ok(models)
}

/// The model that is damaged in every way: small, and yet with every section.
pub(super) fn whole() -> Result<Model, Failure> {
    shapes::whole()
}

/// The model with nodes that is damaged.
pub(super) fn with_nodes() -> Result<Model, Failure> {
    means::three_levels()
}

/// The model with profiles that is damaged.
pub(super) fn with_profiles() -> Result<Model, Failure> {
    profiles::by_stage()
}

/// The model with forecasts that is damaged.
pub(super) fn with_forecasts() -> Result<Model, Failure> {
    forecasts::two_contracts()
}

/// A model being put together: fields and indicators in the order in which they are named.
#[derive(Default)]
struct Sketch {
    fields: Vec<Field>,
    fill: Vec<f64>,
    names: Names,
    indicators: Vec<Indicator>,
    weights: Vec<f64>,
    within: Vec<f64>,
    dimension: Vec<u32>,
    nodes: Option<Nodes>,
    profiles: Option<Profiles>,
    rules: Rules,
    grades: Option<Grades>,
    segments: Option<Segments>,
    forecasts: Option<Forecasts>,
    notes: Vec<Note>,
}

impl Sketch {
    /// Adds a field with the value that replaces a missing one; gives its position.
    fn field(&mut self, field: Field, fill: f64) -> u32 {
        self.fields.push(field);
        self.fill.push(fill);
        self.fields.len() as u32 - 1
    }

    /// Adds an indicator with its weights in the index and within dimension `dimension`.
    fn indicator(&mut self, indicator: Indicator, weight: f64, within: f64, dimension: u32) {
        self.names.indicators.push(format!(
            "{}_{}",
            self.fields[indicator.field as usize].name,
            self.indicators.len()
        ));
        self.indicators.push(indicator);
        self.weights.push(weight);
        self.within.push(within);
        self.dimension.push(dimension);
    }

    /// Adds an indicator of its own field to the only dimension.
    fn lone(&mut self, field: Field, fill: f64, weight: f64, make: impl FnOnce(u32) -> Indicator) {
        let position = self.field(field, fill);
        self.indicator(make(position), weight, weight, 0);
    }

    fn rule(&mut self, name: &str, rule: Rule) {
        self.names.rules.push(name.to_owned());
        self.rules.list.push(rule);
    }

    fn grades(&mut self, names: &str, cuts: &[f64]) {
        self.names.grades = words(names);
        self.grades = Some(Grades { cuts: cuts.to_vec() });
    }

    /// Adds segments named by their numbers.
    fn segments(&mut self, features: &[u32], rows: &[Vec<f64>]) -> Result<(), Failure> {
        self.names.segments = (0..rows.len()).map(|segment| format!("s{segment}")).collect();
        self.segments = Some(Segments::from_rows(features.to_vec(), rows)?);
        Ok(())
    }

    /// The model with this scale and least coverage; dimensions are `value` or those already named.
    fn model(mut self, name: &str, scale: f64, minimum_coverage: f64) -> Result<Model, Failure> {
        if self.names.dimensions.is_empty() {
            self.names.dimensions = words("value");
        }
        Ok(Model {
            name: name.to_owned(),
            schema: Schema::new(self.fields)?,
            names: self.names,
            fields: Fields { fill: self.fill },
            indicators: Indicators { list: self.indicators },
            tree: Tree {
                scale,
                minimum_coverage,
                weights: self.weights,
                within: self.within,
                dimension: self.dimension,
            },
            nodes: self.nodes,
            profiles: self.profiles,
            rules: self.rules,
            grades: self.grades,
            types: None,
            segments: self.segments,
            forecasts: self.forecasts,
            notes: self.notes,
        })
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}
