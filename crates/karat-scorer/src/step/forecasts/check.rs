//! What a model's forecasts must be, so that evaluation can neither fail nor panic.

use super::{
    Forecast, ForecastStep, Forecasts, Input, MAX_FORECAST_INPUTS, MAX_FORECAST_OUTPUTS, MAX_FORECAST_WORK,
    MAX_FORECASTS, MAX_STAGE_MONTHS,
};
use crate::error::{Error, Result};
use crate::schema::Schema;
use crate::step::wavelet::Coding;

/// What a step expects in one input.
#[derive(Clone, Copy)]
enum Expected {
    Number,
    /// A position below this.
    Category(usize),
}

impl ForecastStep {
    /// What each input must be; none for a number of inputs that it cannot take.
    fn expected(&self, given: usize) -> Vec<Expected> {
        let numbers = |count| vec![Expected::Number; count];
        match self {
            ForecastStep::Expansion(step) => {
                let categories = step.fields.iter().map(|field| field.categories.len());
                let expected = |count| if count == 0 { Expected::Number } else { Expected::Category(count) };
                categories.map(expected).collect()
            }
            ForecastStep::Wavelons(step) => {
                let expected = |coding: &Coding| match coding {
                    Coding::Number { .. } => Expected::Number,
                    Coding::Category { count } => Expected::Category(*count as usize),
                };
                step.parts().codings.iter().map(expected).collect()
            }
            ForecastStep::Prepaid(_) => numbers(4),
            ForecastStep::Contract(step) => numbers(3 + step.coefficients.len()),
            ForecastStep::Stages(_) if (5..=4 + MAX_STAGE_MONTHS).contains(&given) => numbers(given),
            ForecastStep::Stages(_) => numbers(5),
        }
    }

    fn check(&self) -> Result<()> {
        match self {
            ForecastStep::Expansion(step) => step.check(),
            ForecastStep::Wavelons(_) => Ok(()),
            ForecastStep::Prepaid(step) => step.check(),
            ForecastStep::Contract(step) => step.check(),
            ForecastStep::Stages(step) => step.check(),
        }
    }
}

impl Forecast {
    /// `first` is the position of its first output.
    fn check(&self, name: &str, schema: &Schema, first: usize) -> Result<()> {
        self.step.check()?;
        let place = format!("forecast {name}");
        let expected = self.step.expected(self.inputs.len());
        if expected.len() != self.inputs.len() || expected.len() > MAX_FORECAST_INPUTS {
            return Err(Error::shape(format!("inputs of {place}"), expected.len(), self.inputs.len()));
        }
        if self.step.work() > MAX_FORECAST_WORK {
            let rule = format!("must work in at most {MAX_FORECAST_WORK} numbers: fields, atoms and outputs");
            return Err(Error::argument(place, rule, self.step.work()));
        }
        let wrong = |at: usize, rule: &str| Err(Error::argument(&place, rule, format!("input {at}")));
        for (at, (input, expected)) in self.inputs.iter().zip(expected).enumerate() {
            match input {
                Input::Constant(value) if !value.is_finite() => {
                    return wrong(at, "must have finite constants");
                }
                Input::Constant(_) | Input::Index => {}
                Input::Output(output) if *output as usize >= first => {
                    return wrong(at, "must read outputs of earlier forecasts alone");
                }
                Input::Output(_) => {}
                Input::Field { position, codes } => {
                    let Some(field) = schema.fields().get(*position as usize) else {
                        return wrong(at, "must read fields of the model");
                    };
                    let categories = field.categories().len();
                    let fits = match expected {
                        Expected::Number => categories == 0 && codes.is_empty(),
                        Expected::Category(count) => {
                            codes.len() == categories && codes.iter().all(|&code| code as usize <= count)
                        }
                    };
                    if !fits {
                        return wrong(at, "must read a field of the kind it was fitted on");
                    }
                }
            }
        }
        Ok(())
    }
}

impl Forecasts {
    /// Checks every step, and that each reads what there is before it. `stages` are the names of stages that the
    /// model has.
    ///
    /// # Errors
    /// [`Error::Argument`] or [`Error::Shape`] naming the forecast.
    pub fn check(&self, names: &[String], schema: &Schema, stages: usize) -> Result<()> {
        if self.list.is_empty() || self.list.len() > MAX_FORECASTS {
            return Err(Error::argument(
                "forecasts",
                format!("must number 1 to {MAX_FORECASTS}"),
                self.list.len(),
            ));
        }
        if self.outputs() > MAX_FORECAST_OUTPUTS {
            let rule = format!("must have at most {MAX_FORECAST_OUTPUTS} outputs together");
            return Err(Error::argument("forecasts", rule, self.outputs()));
        }
        for ((forecast, name), first) in self.list.iter().zip(names).zip(self.offsets()) {
            forecast.check(name, schema, first)?;
        }
        for (field, output) in self.record.list() {
            if output.is_some_and(|output| output as usize >= self.outputs()) {
                return Err(Error::argument(field, "must be an output of a forecast", "another"));
            }
        }
        let Some(stage) = self.record.stage else { return Ok(()) };
        let is_stage = |(forecast, first): (&Forecast, usize)| {
            first == stage as usize && matches!(forecast.step, ForecastStep::Stages(_))
        };
        if !self.list.iter().zip(self.offsets()).any(is_stage) {
            return Err(Error::argument("stage", "must be the first output of a stage", stage));
        }
        let known = crate::step::STAGE_NAMES.len();
        if stages == known { Ok(()) } else { Err(Error::shape("names of stages", known, stages)) }
    }
}
