//! The section of the forecasts.

use super::{
    Forecast, ForecastStep, Forecasts, Input, MAX_FORECAST_INPUTS, MAX_FORECAST_OUTPUTS, MAX_FORECASTS,
    Recorded,
};
use crate::error::Result;
use crate::file::{SectionReader, SectionWriter};
use crate::schema::MAX_FIELDS;
use crate::step::prepaid::Prepaid;
use crate::step::{Contract, Expansion, MAX_LEVELS, Stages, Step, wavelet::Wavelons};

/// More bytes than a prepaid step ever has.
const MAX_PREPAID: usize = 1 << 16;

impl Step for Forecasts {
    const KIND: &'static str = "FCST";

    fn encode(&self, writer: &mut SectionWriter) {
        writer.integer(self.list.len() as u64);
        for forecast in &self.list {
            writer.integer(forecast.inputs.len() as u64);
            forecast.inputs.iter().for_each(|input| write_input(input, writer));
            match &forecast.step {
                ForecastStep::Expansion(step) => nested(0, step, writer),
                ForecastStep::Wavelons(step) => nested(1, step, writer),
                ForecastStep::Prepaid(step) => {
                    writer.integer(2);
                    writer.bytes(&step.to_bytes());
                }
                ForecastStep::Contract(step) => nested(3, step, writer),
                ForecastStep::Stages(step) => nested(4, step, writer),
            }
        }
        for (_, output) in self.record.list() {
            writer.integer(output.map_or(0, |output| 1 + u64::from(output)));
        }
    }

    fn decode(reader: &mut SectionReader<'_>) -> Result<Forecasts> {
        let count = reader.integer("the number of forecasts", MAX_FORECASTS + 1)?;
        let mut list = Vec::new();
        for _ in 0..count {
            let inputs = reader.integer("the number of inputs", MAX_FORECAST_INPUTS + 1)?;
            let inputs = (0..inputs).map(|_| read_input(reader)).collect::<Result<_>>()?;
            let step = match reader.integer("the kind of a forecast", 5)? {
                0 => ForecastStep::Expansion(Expansion::decode(reader)?),
                1 => ForecastStep::Wavelons(Wavelons::decode(reader)?),
                2 => {
                    let bytes = reader.bytes("a prepaid lifetime", MAX_PREPAID)?;
                    ForecastStep::Prepaid(Prepaid::from_bytes(bytes).map_err(|error| reader.error(error))?)
                }
                3 => ForecastStep::Contract(Contract::decode(reader)?),
                _ => ForecastStep::Stages(Stages::decode(reader)?),
            };
            list.push(Forecast { step, inputs });
        }
        let mut output = |what: &str| -> Result<Option<u32>> {
            let word = reader.integer(what, MAX_FORECAST_OUTPUTS + 1)?;
            Ok(word.checked_sub(1).map(|output| output as u32))
        };
        let record = Recorded {
            forecast: output("the output of the record's forecast")?,
            churn: output("the output of the record's churn")?,
            clv: output("the output of the record's lifetime value")?,
            stage: output("the output of the record's stage")?,
        };
        Ok(Forecasts { list, record })
    }
}

fn nested<S: Step>(code: u64, step: &S, writer: &mut SectionWriter) {
    writer.integer(code);
    step.encode(writer);
}

fn write_input(input: &Input, writer: &mut SectionWriter) {
    match input {
        Input::Constant(value) => {
            writer.integer(0);
            writer.number(*value);
        }
        Input::Field { position, codes } => {
            writer.integer(1);
            writer.integer(u64::from(*position));
            writer.integers(codes);
        }
        Input::Output(output) => {
            writer.integer(2);
            writer.integer(u64::from(*output));
        }
        Input::Index => writer.integer(3),
    }
}

fn read_input(reader: &mut SectionReader<'_>) -> Result<Input> {
    Ok(match reader.integer("the source of an input", 4)? {
        0 => Input::Constant(reader.number("a constant input")?),
        1 => Input::Field {
            position: reader.integer("the field of an input", MAX_FIELDS)? as u32,
            codes: reader.integers("codes of categories", MAX_LEVELS, MAX_LEVELS + 1)?,
        },
        2 => Input::Output(reader.integer("the output of an input", MAX_FORECAST_OUTPUTS)? as u32),
        _ => Input::Index,
    })
}
