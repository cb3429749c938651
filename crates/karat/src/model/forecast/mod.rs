//! Fitted networks, lifetimes, contracts and stages as parts of a value model.

use super::ValueModel;
use karat_scorer::step::prepaid::Prepaid;
use karat_scorer::step::wavelet::{Coding, Wavelons};
use karat_scorer::step::{
    CONTRACT_OUTPUTS, Contract, Expansion, Forecast, ForecastStep, Forecasts, Input, Link, PREPAID_OUTPUTS,
    STAGE_NAMES, STAGE_OUTPUTS, Stages,
};
use karat_scorer::{Error, Field, Missing, Model, Problem, Result, Schema, nearest_name};
use serde::{Deserialize, Serialize};

/// One forecast of a model, as its report shows it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ForecastReport {
    /// Name.
    pub name: String,
    /// What it is: "sparse wavelet network", "prepaid lifetime" and so on.
    pub kind: String,
    /// What it reads: fields, `index`, or outputs of others.
    pub inputs: Vec<String>,
    /// Names of its outputs.
    pub outputs: Vec<String>,
    /// Fields of the record that repeat an output: `churn = churn.yes`.
    pub record: Vec<String>,
}

/// What one input of a step is called and must be.
#[derive(Debug, Clone)]
struct PartInput {
    name: String,
    /// Categories that the step knows by name; none for a number.
    categories: Vec<String>,
    /// How many categories the step knows by position alone; 0 for a number.
    positions: usize,
    /// What the input is unless it is given.
    constant: Option<f64>,
}

impl PartInput {
    fn number(name: impl Into<String>) -> PartInput {
        PartInput { name: name.into(), categories: Vec::new(), positions: 0, constant: None }
    }

    fn optional(name: &str, constant: f64) -> PartInput {
        PartInput { constant: Some(constant), ..PartInput::number(name) }
    }
}

/// A frozen step about to become a named part of a model, with [`ValueModel::with_forecast`].
///
/// Inputs are read from the fields of the same names unless [`input`](ForecastPart::input) says otherwise; fields that
/// the model does not have yet are added to it. A field is read as it comes: what stands for a missing value in the
/// index does not count here.
#[derive(Debug, Clone)]
#[must_use]
pub struct ForecastPart {
    step: ForecastStep,
    inputs: Vec<PartInput>,
    outputs: Vec<String>,
    sources: Vec<(String, String)>,
    constants: Vec<(String, f64)>,
    record: Vec<(String, String)>,
    new_fields: bool,
}

impl ForecastPart {
    fn new(step: ForecastStep, inputs: Vec<PartInput>, outputs: Vec<String>) -> ForecastPart {
        let (sources, constants, record) = (Vec::new(), Vec::new(), Vec::new());
        ForecastPart { step, inputs, outputs, sources, constants, record, new_fields: true }
    }

    /// A sparse wavelet network. Its outputs are named by `classes`, or `value` where it gives a number.
    pub fn sparse_network(step: Expansion, classes: &[String]) -> ForecastPart {
        let input = |field: &karat_scorer::step::ExpansionField| PartInput {
            categories: field.categories.clone(),
            ..PartInput::number(&field.name)
        };
        let inputs = step.fields.iter().map(input).collect();
        let outputs = if step.link == Link::Identity { vec!["value".to_owned()] } else { classes.to_vec() };
        ForecastPart::new(ForecastStep::Expansion(step), inputs, outputs)
    }

    /// A network of wavelons over `fields`, whose categories are known by position. Its outputs are named by `classes`,
    /// or `value` where it gives a number.
    pub fn network(step: Wavelons, fields: &[String], classes: &[String]) -> ForecastPart {
        let input = |(name, coding): (&String, &Coding)| PartInput {
            positions: if let Coding::Category { count } = coding { *count as usize } else { 0 },
            ..PartInput::number(name)
        };
        let inputs = fields.iter().zip(&step.parts().codings).map(input).collect();
        let outputs = if step.width() == 1 { vec!["value".to_owned()] } else { classes.to_vec() };
        ForecastPart::new(ForecastStep::Wavelons(step), inputs, outputs)
    }

    /// A prepaid lifetime: reads `frequency`, `recency`, `T` and, where values count, `monetary_value`.
    pub fn prepaid(step: Prepaid) -> ForecastPart {
        let money = PartInput {
            constant: step.spend.is_none().then_some(0.0),
            ..PartInput::number("monetary_value")
        };
        let mut inputs: Vec<PartInput> = ["frequency", "recency", "T"].map(PartInput::number).to_vec();
        inputs.push(money);
        ForecastPart::new(ForecastStep::Prepaid(step), inputs, PREPAID_OUTPUTS.map(str::to_owned).to_vec())
    }

    /// A contract: reads `tenure` and the `fields` of its hazard; `term` is 0 (no contract) and `margin` 1 unless given.
    pub fn contract(step: Contract, fields: &[String]) -> ForecastPart {
        let mut inputs = vec![
            PartInput::number("tenure"),
            PartInput::optional("term", 0.0),
            PartInput::optional("margin", 1.0),
        ];
        inputs.extend(fields.iter().map(PartInput::number));
        ForecastPart::new(ForecastStep::Contract(step), inputs, CONTRACT_OUTPUTS.map(str::to_owned).to_vec())
    }

    /// A life-cycle stage: reads `tenure` and monthly values, the oldest first; `idle_days`, `suspended` and `lost` are
    /// 0 unless given.
    pub fn stages(step: Stages, months: &[String]) -> ForecastPart {
        let mut inputs = vec![PartInput::number("tenure")];
        inputs.extend(["idle_days", "suspended", "lost"].map(|name| PartInput::optional(name, 0.0)));
        inputs.extend(months.iter().map(PartInput::number));
        ForecastPart::new(ForecastStep::Stages(step), inputs, STAGE_OUTPUTS.map(str::to_owned).to_vec())
    }

    /// Reads an input from a field of another name, from the `index`, or from an output of an earlier forecast
    /// (`lifetime.p_alive`).
    pub fn input(mut self, name: impl Into<String>, source: impl Into<String>) -> ForecastPart {
        self.sources.push((name.into(), source.into()));
        self
    }

    /// Gives an input the same number for everybody.
    pub fn constant(mut self, name: impl Into<String>, value: f64) -> ForecastPart {
        self.constants.push((name.into(), value));
        self
    }

    /// Lets the field `forecast`, `churn`, `clv` or `stage` of the record repeat an output.
    pub fn record(mut self, field: impl Into<String>, output: impl Into<String>) -> ForecastPart {
        self.record.push((field.into(), output.into()));
        self
    }

    /// Refuses fields that the model does not have, instead of adding them.
    pub fn known_fields_only(mut self) -> ForecastPart {
        self.new_fields = false;
        self
    }

    fn check(&self, name: &str) -> Result<()> {
        let place = format!("forecast {name}");
        if self.outputs.len() != self.step.outputs() {
            return Err(Error::shape(format!("classes of {place}"), self.step.outputs(), self.outputs.len()));
        }
        let named =
            self.sources.iter().map(|(name, _)| name).chain(self.constants.iter().map(|(name, _)| name));
        let known = || self.inputs.iter().map(|input| input.name.as_str());
        let unknown: Vec<Problem> = named
            .filter(|given| !known().any(|name| name == given.as_str()))
            .map(|given| Problem::new(given, format!("not an input of {place}"), hint(given, known())))
            .collect();
        if unknown.is_empty() { Ok(()) } else { Err(Error::Schema(unknown)) }
    }
}

fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.collect();
    match nearest_name(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", known.join(", ")),
    }
}

impl ValueModel {
    /// The same model with one more forecast. Nothing else changes: index and classes keep their bits.
    ///
    /// ```
    /// use karat::scorer::step::prepaid::{BetaGeo, Prepaid, PrepaidModel};
    /// use karat::{ForecastPart, Plan, Table, ValueModel};
    /// let plan = Plan::from_toml("[indicators]\narpu = {}\n")?;
    /// let base = Table::from_columns([("arpu", vec![20.0, 80.0].into())])?;
    /// let model = ValueModel::new(plan).fit(&base)?;
    /// let lifetime = PrepaidModel::BetaGeo(BetaGeo { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426, modified: false });
    /// let step = Prepaid { model: lifetime, spend: None, horizon: 39.0, rate: 0.0 };
    /// let part = ForecastPart::prepaid(step).record("clv", "discounted_value");
    /// let model = model.with_forecast("lifetime", part)?;
    /// assert_eq!(model.scorer().schema().len(), 4);
    /// let mut outputs = [0.0; 4];
    /// model.scorer().forecast(&[20.0, 2.0, 30.43, 38.86], &mut outputs)?;
    /// assert!((outputs[1] - 1.226).abs() < 1e-3); // Fader, Hardie & Lee (2005)
    /// # Ok::<(), karat::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`] for a name that is taken or reserved, [`Error::Schema`] naming every input that cannot be read, with
    /// the nearest name, and whatever [`Model::check`] refuses.
    pub fn with_forecast(&self, name: &str, part: ForecastPart) -> Result<ValueModel> {
        let mut model = self.scorer().model().clone();
        add_forecast(&mut model, name, part)?;
        let mut report = self.report().clone();
        report.forecasts = describe(&model);
        let written = |kind: &str| kind == super::CARD || kind == super::PLAN;
        model.notes.retain(|note| !written(&note.kind));
        ValueModel::assemble(model, self.plan().clone(), report)
    }
}

/// Adds a forecast to a frozen model: what [`ValueModel::with_forecast`] does, for a scorer alone.
///
/// # Errors
/// As [`ValueModel::with_forecast`].
pub fn add_forecast(model: &mut Model, name: &str, part: ForecastPart) -> Result<()> {
    if name.is_empty() || name.contains(['.', '\0']) || name == "index" {
        return Err(Error::argument(
            "name",
            "must be a name without a full stop, and not `index`",
            format!("{name:?}"),
        ));
    }
    if model.names.forecasts.iter().any(|known| known == name) {
        return Err(Error::argument(
            "name",
            "must be that of no other forecast of the model",
            format!("`{name}`"),
        ));
    }
    part.check(name)?;
    let mut fields = model.schema.fields().to_vec();
    let mut problems = Vec::new();
    let mut inputs = Vec::new();
    for input in &part.inputs {
        match resolve(model, &mut fields, &part, input) {
            Ok(input) => inputs.push(input),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(Error::Schema(problems));
    }
    model.schema = Schema::new(fields)?;
    model.fields.fill.resize(model.schema.len(), 0.0);
    let first = model.names.outputs.len() as u32;
    let mut forecasts = model.forecasts.take().unwrap_or_default();
    set_record(&mut forecasts, &part, first)?;
    if forecasts.record.stage.is_some() {
        model.names.stages = STAGE_NAMES.map(str::to_owned).to_vec();
    }
    forecasts.list.push(Forecast { step: part.step, inputs });
    model.forecasts = Some(forecasts);
    model.names.forecasts.push(name.to_owned());
    model.names.outputs.extend(part.outputs.iter().map(|output| format!("{name}.{output}")));
    Ok(())
}

/// Where an input comes from; a field that the model lacks joins `fields`.
fn resolve(
    model: &Model,
    fields: &mut Vec<Field>,
    part: &ForecastPart,
    input: &PartInput,
) -> std::result::Result<Input, Problem> {
    let given = part.constants.iter().rev().find(|(name, _)| *name == input.name);
    if let Some((_, value)) = given {
        return Ok(Input::Constant(*value));
    }
    let source =
        part.sources.iter().rev().find(|(name, _)| *name == input.name).map(|(_, source)| source.as_str());
    if let (None, Some(constant)) = (source, input.constant) {
        return Ok(Input::Constant(constant));
    }
    let source = source.unwrap_or(&input.name);
    if let Some(position) = fields.iter().position(|field| field.name == source) {
        let codes = codes_of(&fields[position], input)?;
        return Ok(Input::Field { position: position as u32, codes });
    }
    if source == "index" {
        return Ok(Input::Index);
    }
    if let Some(output) = model.names.outputs.iter().position(|output| output == source) {
        return Ok(Input::Output(output as u32));
    }
    if !part.new_fields || source.contains('.') {
        let known = fields.iter().map(|field| field.name.as_str());
        let known = known.chain(model.names.outputs.iter().map(String::as_str)).chain(["index"]);
        return Err(Problem::new(source, "neither a field nor an output of this model", hint(source, known)));
    }
    let field = if input.categories.is_empty() {
        Field::numeric(source)
    } else {
        Field::categorical(source, &input.categories)
    };
    fields.push(field.missing(Missing::Ignore));
    let codes = (1..=input.categories.len() as u32).collect();
    Ok(Input::Field { position: fields.len() as u32 - 1, codes })
}

/// The categories of a field of the model as those of a step.
fn codes_of(field: &Field, input: &PartInput) -> std::result::Result<Vec<u32>, Problem> {
    let categories = field.categories();
    let problem = |what: String, remedy: &str| Err(Problem::new(&field.name, what, remedy));
    match (categories.is_empty(), input.categories.is_empty(), input.positions) {
        (true, true, _) => Ok(Vec::new()),
        (false, true, 0) => {
            problem(format!("holds categories; `{}` must be a number", input.name), "give a field of numbers")
        }
        (false, true, count) if count == categories.len() => Ok((1..=count as u32).collect()),
        (false, true, count) => problem(
            format!("has {} categories; the network was fitted on {count}", categories.len()),
            "fit it on the categories of the model",
        ),
        (true, false, _) => problem(
            format!("holds numbers; `{}` must be categories", input.name),
            "give a field of categories",
        ),
        (false, false, _) => {
            let position = |category: &String| input.categories.iter().position(|known| known == category);
            let codes: Vec<u32> =
                categories.iter().map(|category| position(category).map_or(0, |at| at as u32 + 1)).collect();
            if codes.iter().all(|&code| code == 0) {
                let listed = input.categories.join(", ");
                return problem(
                    "shares no category with the forecast".to_owned(),
                    &format!("it knows {listed}"),
                );
            }
            Ok(codes)
        }
    }
}

fn set_record(forecasts: &mut Forecasts, part: &ForecastPart, first: u32) -> Result<()> {
    for (field, output) in &part.record {
        let Some(position) = part.outputs.iter().position(|known| known == output) else {
            let rule = format!("must be one of {}", part.outputs.join(", "));
            return Err(Error::argument("record", rule, format!("`{output}`")));
        };
        let position = Some(first + position as u32);
        let record = &mut forecasts.record;
        match field.as_str() {
            "forecast" => record.forecast = position,
            "churn" => record.churn = position,
            "clv" => record.clv = position,
            "stage" => record.stage = position,
            other => {
                return Err(Error::argument(
                    "record",
                    "must be forecast, churn, clv or stage",
                    format!("`{other}`"),
                ));
            }
        }
    }
    Ok(())
}

/// The forecasts of a model for its report.
pub(super) fn describe(model: &Model) -> Vec<ForecastReport> {
    let Some(forecasts) = &model.forecasts else { return Vec::new() };
    let output = |at: usize| model.names.outputs.get(at).cloned().unwrap_or_default();
    let source = |input: &Input| match input {
        Input::Constant(value) => value.to_string(),
        Input::Field { position, .. } => {
            model.schema.fields().get(*position as usize).map(|field| field.name.clone()).unwrap_or_default()
        }
        Input::Output(at) => output(*at as usize),
        _ => "index".to_owned(),
    };
    let named = forecasts.list.iter().zip(&model.names.forecasts).zip(forecasts.offsets());
    named
        .map(|((forecast, name), first)| {
            let own = first..first + forecast.step.outputs();
            let repeats = |(field, at): &(&str, Option<u32>)| {
                at.map(|at| at as usize)
                    .filter(|at| own.contains(at))
                    .map(|at| format!("{field} = {}", output(at)))
            };
            ForecastReport {
                name: name.clone(),
                kind: forecast.step.kind().to_owned(),
                inputs: forecast.inputs.iter().map(source).collect(),
                outputs: own.clone().map(output).collect(),
                record: forecasts.record.list().iter().filter_map(repeats).collect(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
