//! Probe rows: invented customers with their expected scores, replayed at every load.
//!
//! A machine that rounds or orders arithmetic otherwise, a host that flushes subnormals, a miscompiled
//! kernel: all refuse the model instead of sending other scores than the one that wrote it.

use super::{SectionReader, SectionWriter};
use crate::error::{Error, Result};
use crate::numerics::NAN;
use crate::schema::{Field, FieldKind, MAX_FIELDS};
use crate::score::Score;
use crate::scorer::Scorer;
use crate::step::wavelet::Coding;
use crate::step::{Forecast, ForecastStep, Input, Scale};

pub(crate) const KIND: &str = "PRBE";
/// A block of 32 lanes, one of eight and a rest, so that every path of a batch is replayed.
const ROWS: usize = 43;
/// Most rows that a later writer may leave.
const MOST_ROWS: usize = 1024;

/// Invented rows and their scores as a section.
pub(crate) fn encode(scorer: &Scorer) -> Result<Vec<u8>> {
    let rows = invent(scorer);
    let width = scorer.schema().len();
    let mut writer = SectionWriter::default();
    writer.integer(ROWS as u64);
    writer.integer(width as u64);
    rows.iter().for_each(|&value| writer.number(value));
    let mut bytes = writer.into_bytes();
    for row in rows.chunks_exact(width) {
        bytes.extend(scorer.score(row)?.to_bytes());
    }
    let mut outputs = vec![0.0; ROWS * scorer.output_count()];
    scorer.forecast_rows(&rows, width, ROWS, &mut outputs)?;
    bytes.extend(outputs.iter().flat_map(|output| output.to_le_bytes()));
    Ok(bytes)
}

/// Scores the probe rows again and compares every bit.
pub(crate) fn replay(scorer: &Scorer, bytes: &[u8]) -> Result<()> {
    let mut reader = SectionReader::new(KIND, bytes);
    let count = reader.integer("the number of rows", MOST_ROWS + 1)?;
    let width = reader.integer("the number of fields", MAX_FIELDS + 1)?;
    let each = 8 * width + Score::SIZE + 8 * scorer.output_count();
    if count == 0 || width != scorer.schema().len() || bytes.len() != 16 + count * each {
        return Err(reader.error("does not fit the schema"));
    }
    let rows = (0..count * width).map(|_| reader.any_number()).collect::<Result<Vec<_>>>()?;
    let mut batch = vec![Score::EMPTY; count];
    scorer.score_rows(&rows, width, &mut batch)?;
    let (records, outputs) = bytes[16 + 8 * count * width..].split_at(count * Score::SIZE);
    for (row, expected) in records.chunks_exact(Score::SIZE).enumerate() {
        let single = scorer.score(&rows[row * width..(row + 1) * width])?;
        for (how, found) in [("alone", single), ("in a batch", batch[row])] {
            if found.to_bytes() != expected {
                return Err(Error::Numerics(difference(row, how, &found, expected)));
            }
        }
    }
    replay_outputs(scorer, &rows, count, outputs)
}

/// Computes the outputs of the probe rows again, alone and in a batch, and compares every bit.
fn replay_outputs(scorer: &Scorer, rows: &[f64], count: usize, expected: &[u8]) -> Result<()> {
    let (width, outputs) = (scorer.schema().len(), scorer.output_count());
    if outputs == 0 {
        return Ok(());
    }
    let (mut batch, mut single) = (vec![0.0; count * outputs], vec![0.0; outputs]);
    scorer.forecast_rows(rows, width, count, &mut batch)?;
    for (row, expected) in expected.chunks_exact(8 * outputs).enumerate() {
        scorer.forecast(&rows[row * width..(row + 1) * width], &mut single)?;
        let of_batch = &batch[row * outputs..(row + 1) * outputs];
        for (how, found) in [("alone", single.as_slice()), ("in a batch", of_batch)] {
            let differs = found
                .iter()
                .zip(expected.chunks_exact(8))
                .position(|(found, bits)| found.to_le_bytes() != bits);
            if let Some(output) = differs {
                let name = &scorer.model().names.outputs[output];
                return Err(Error::Numerics(another(row, how, name)));
            }
        }
    }
    Ok(())
}

#[cold]
fn difference(row: usize, how: &str, found: &Score, expected: &[u8]) -> String {
    let mut bytes = [0; Score::SIZE];
    bytes.copy_from_slice(expected);
    let expected = Score::from_bytes(&bytes);
    let what = [
        ("index", found.index.to_bits() != expected.index.to_bits()),
        ("forecast", found.forecast.to_bits() != expected.forecast.to_bits()),
        ("churn", found.churn.to_bits() != expected.churn.to_bits()),
        ("lifetime value", found.clv.to_bits() != expected.clv.to_bits()),
        ("margin", found.margin.to_bits() != expected.margin.to_bits()),
        ("coverage", found.coverage.to_bits() != expected.coverage.to_bits()),
        ("grade", found.grade != expected.grade),
        ("type", found.r#type != expected.r#type),
        ("segment", found.segment != expected.segment),
        ("stage", found.stage != expected.stage),
    ];
    another(row, how, what.iter().find(|(_, differs)| *differs).map_or("score", |(name, _)| name))
}

fn another(row: usize, how: &str, what: &str) -> String {
    format!(
        "probe row {row} scored {how} gives another {what} here than where the model was written; \
         check for -ffast-math or another floating-point mode in the host program"
    )
}

/// Middle, ends, beyond the ends, missing, infinite, subnormal, and mixtures of them.
fn invent(scorer: &Scorer) -> Vec<f64> {
    let candidates: Vec<Vec<f64>> = scorer
        .schema()
        .fields()
        .iter()
        .enumerate()
        .map(|(position, field)| candidates(scorer, position, field))
        .collect();
    let mut rows = Vec::with_capacity(ROWS * candidates.len());
    for row in 0..ROWS {
        for (position, values) in candidates.iter().enumerate() {
            // The first rows take the same kind of value in every field, the others a mixture.
            let choice =
                if row < values.len() { row } else { (row * 7 + position * 13 + row * position) % 101 };
            let value = values[choice % values.len()];
            // Arithmetic on machines may sign its NaN differently; the file must not.
            rows.push(if value.is_nan() { NAN } else { value });
        }
    }
    rows
}

fn candidates(scorer: &Scorer, position: usize, field: &Field) -> Vec<f64> {
    if let FieldKind::Categorical(categories) = &field.kind {
        let count = categories.len() as f64;
        return vec![0.0, count - 1.0, (count / 2.0).floor(), NAN, count, 0.5, -1.0];
    }
    let mut values = vec![0.0, 1.0, NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 1e300, 1e-310];
    for indicator in &scorer.model().indicators.list {
        if indicator.field as usize == position {
            let (lo, hi) = interesting(&indicator.scale);
            let span = hi - lo;
            values.extend([lo, hi, lo + span / 2.0, lo + span / 3.0, lo - span / 7.0, hi + span / 5.0]);
        }
    }
    let conditions = scorer.model().rules.list.iter().flat_map(|rule| &rule.conditions);
    values.extend(conditions.filter(|c| c.field as usize == position).map(|c| c.value));
    let forecasts = scorer.model().forecasts.iter().flat_map(|forecasts| &forecasts.list);
    forecasts.for_each(|forecast| values.extend(of_forecast(forecast, position)));
    values
}

/// Values between which a forecast does its work on a field; none if it does not read it.
fn of_forecast(forecast: &Forecast, position: usize) -> Vec<f64> {
    const COUNTS: [f64; 9] = [2.0, 3.0, 5.0, 12.0, 24.0, 33.0, 60.0, 95.0, 200.0];
    let reads =
        |input: &Input| matches!(input, Input::Field { position: at, .. } if *at as usize == position);
    let Some(input) = forecast.inputs.iter().position(reads) else { return Vec::new() };
    let between = |lo: f64, hi: f64| -> Vec<f64> {
        (0..8).map(|part| lo + (hi - lo) * (f64::from(part) - 0.5) / 6.5).collect()
    };
    match &forecast.step {
        ForecastStep::Expansion(step) => {
            step.fields.get(input).map_or_else(Vec::new, |field| between(field.lo, field.hi))
        }
        ForecastStep::Wavelons(step) => match step.parts().codings.get(input) {
            Some(Coding::Number { center, inverse, .. }) => {
                between(center - 2.0 / inverse, center + 2.0 / inverse)
            }
            _ => Vec::new(),
        },
        _ => COUNTS.to_vec(),
    }
}

/// Two values between which the scale does its work.
fn interesting(scale: &Scale) -> (f64, f64) {
    match scale {
        Scale::MinMax { lo, hi } | Scale::Log1p { lo, hi } | Scale::Target { lo, hi, .. } => (*lo, *hi),
        Scale::ZScore { mean, standard_deviation, width } => {
            (mean - width * standard_deviation, mean + width * standard_deviation)
        }
        Scale::Rank { knots } => (knots[0], knots[knots.len() - 1]),
        Scale::Saturating { tau } => (0.0, 3.0 * tau),
        Scale::Bands { at, .. } => (at[0], at[at.len() - 1]),
        Scale::Efficacy { fail, pass } => (*fail, *pass),
        Scale::Points { .. } | Scale::Categories { .. } => (0.0, 100.0),
    }
}
