//! Forecasts of `N` customers side by side.

use super::{ForecastStep, Forecasts, Input, MAX_STAGE_MONTHS, PreparedForecasts};
use crate::isa::{Isa, Kernel};
use crate::numerics::NAN;
use crate::step::prepaid::{History, Prepaid, PrepaidScore};
use crate::step::wavelet::Wavelons;
use crate::step::{Contract, Expansion, Lanes, Stage, StageFacts, Stages};

/// Memory that evaluation works in: the inputs of one forecast, the outputs of all, and what one works in.
pub(crate) struct Space<'a, const N: usize> {
    pub(crate) inputs: &'a mut [Lanes<N>],
    pub(crate) outputs: &'a mut [Lanes<N>],
    pub(crate) work: &'a mut [Lanes<N>],
}

impl Forecasts {
    /// Fills `space.outputs`; `field` gives raw values of a field, and `index` those of the index. Only what the
    /// record needs, unless `all` are asked for.
    pub(crate) fn eval_lanes<const N: usize>(
        &self,
        prepared: &PreparedForecasts,
        isa: Isa,
        field: impl Fn(usize) -> Lanes<N>,
        index: &Lanes<N>,
        all: bool,
        space: &mut Space<'_, N>,
    ) {
        for ((forecast, &first), &needed) in self.list.iter().zip(&prepared.offsets).zip(&prepared.needed) {
            if !(needed || all) {
                continue;
            }
            let (earlier, out) = space.outputs.split_at_mut(first);
            for (slot, input) in space.inputs.iter_mut().zip(&forecast.inputs) {
                *slot = match input {
                    Input::Constant(value) => [*value; N],
                    Input::Field { position, codes } => recoded(codes, field(*position as usize)),
                    Input::Output(output) => earlier[*output as usize],
                    Input::Index => *index,
                };
            }
            let inputs = &space.inputs[..forecast.inputs.len()];
            let out = &mut out[..forecast.step.outputs()];
            forecast.step.eval_lanes(isa, inputs, space.work, out);
            for number in out.as_flattened_mut() {
                // One NaN, whatever the arithmetic that led to it.
                *number = if number.is_nan() { NAN } else { *number };
            }
        }
    }
}

/// Positions of the model's categories as those of a forecast; -1, which is none, for what it does not know.
fn recoded<const N: usize>(codes: &[u32], raw: Lanes<N>) -> Lanes<N> {
    if codes.is_empty() {
        return raw;
    }
    raw.map(|code| {
        if code.is_nan() {
            return NAN;
        }
        let known = code >= 0.0 && code < codes.len() as f64 && code.floor() == code;
        let own = if known { codes.get(code as usize).copied().unwrap_or(0) } else { 0 };
        f64::from(own) - 1.0
    })
}

impl ForecastStep {
    fn eval_lanes<const N: usize>(
        &self,
        isa: Isa,
        inputs: &[Lanes<N>],
        work: &mut [Lanes<N>],
        out: &mut [Lanes<N>],
    ) {
        match self {
            ForecastStep::Expansion(step) => isa.run(Sparse { step, inputs, work, out }),
            ForecastStep::Wavelons(step) => isa.run(Network { step, inputs, work, out }),
            ForecastStep::Prepaid(step) => prepaid(step, inputs, out),
            ForecastStep::Contract(step) => contract(step, inputs, out),
            ForecastStep::Stages(step) => stages(step, inputs, out),
        }
    }
}

struct Sparse<'a, const N: usize> {
    step: &'a Expansion,
    inputs: &'a [Lanes<N>],
    work: &'a mut [Lanes<N>],
    out: &'a mut [Lanes<N>],
}

impl<const N: usize> Kernel for Sparse<'_, N> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Sparse { step, inputs, work, out } = self;
        step.decide_lanes(|field, lane| inputs[field][lane], work, &mut out[..step.outputs], |_, _| {});
        step.link.apply_lanes(out);
    }
}

struct Network<'a, const N: usize> {
    step: &'a Wavelons,
    inputs: &'a [Lanes<N>],
    work: &'a mut [Lanes<N>],
    out: &'a mut [Lanes<N>],
}

impl<const N: usize> Kernel for Network<'_, N> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.step.eval_lanes(self.inputs, self.work, self.out);
    }
}

fn prepaid<const N: usize>(step: &Prepaid, inputs: &[Lanes<N>], out: &mut [Lanes<N>]) {
    let ([frequency, recency, age, monetary], [alive, expected, spend, value]) = (inputs, out) else {
        return;
    };
    let mut histories = [History { frequency: 0.0, recency: 0.0, age: 0.0 }; N];
    for lane in 0..N {
        histories[lane] = History { frequency: frequency[lane], recency: recency[lane], age: age[lane] };
    }
    let nothing =
        PrepaidScore { p_alive: NAN, expected_transactions: NAN, expected_spend: NAN, discounted_value: NAN };
    let mut scores = [nothing; N];
    if N == 1 {
        scores[0] = step.eval(histories[0], monetary[0]);
    } else {
        step.eval_batch(&histories, monetary, &mut scores);
    }
    for lane in 0..N {
        alive[lane] = scores[lane].p_alive;
        expected[lane] = scores[lane].expected_transactions;
        spend[lane] = scores[lane].expected_spend;
        value[lane] = scores[lane].discounted_value;
    }
}

fn contract<const N: usize>(step: &Contract, inputs: &[Lanes<N>], out: &mut [Lanes<N>]) {
    let [tenure, term, margin, fields @ ..] = inputs else { return };
    let [survival, next, remaining, discounted, value] = out else { return };
    for lane in 0..N {
        let mut score = 0.0;
        for (coefficient, field) in step.coefficients.iter().zip(fields) {
            score += coefficient * field[lane];
        }
        let found = step.eval_score(tenure[lane], term[lane], score);
        survival[lane] = found.survival;
        next[lane] = found.next_hazard;
        remaining[lane] = found.remaining_periods;
        discounted[lane] = found.discounted_periods;
        value[lane] = found.discounted_periods * margin[lane];
    }
}

fn stages<const N: usize>(step: &Stages, inputs: &[Lanes<N>], out: &mut [Lanes<N>]) {
    let [tenure, idle, suspended, gone, months @ ..] = inputs else { return };
    for lane in 0..N {
        let mut values = [0.0; MAX_STAGE_MONTHS];
        for (value, month) in values.iter_mut().zip(months) {
            *value = month[lane];
        }
        let values = &values[..months.len().min(MAX_STAGE_MONTHS)];
        let before = values.iter().take_while(|value| value.is_nan()).count();
        let facts = StageFacts {
            tenure: tenure[lane],
            // Unknown is not silent, not suspended and not gone.
            idle_days: if idle[lane].is_nan() { 0.0 } else { idle[lane] },
            suspended: !suspended[lane].is_nan() && suspended[lane] != 0.0,
            disconnected: !gone[lane].is_nan() && gone[lane] != 0.0,
        };
        let found = stage(step, &values[before..], facts);
        for (out, number) in out.iter_mut().zip(found) {
            out[lane] = number;
        }
    }
}

/// The stage after hysteresis over the months that are given, as over the series of a base, with the evidence of the
/// last one; NaN without months, with one that is no amount, and without a tenure.
fn stage(step: &Stages, months: &[f64], facts: StageFacts) -> [f64; 5] {
    let amounts = months.iter().all(|value| value.is_finite() && *value >= 0.0);
    if months.is_empty() || !amounts || !facts.tenure.is_finite() {
        return [NAN; 5];
    }
    let mut single = [Stage::Introduction; MAX_STAGE_MONTHS];
    let mut found = step.eval(months, facts);
    for place in 0..months.len() {
        let now = place + 1 == months.len();
        // Of earlier months neither silence nor suspension is known: the series itself shows them as zeros.
        let known = if now { facts } else { StageFacts::default() };
        let tenure = facts.tenure - (months.len() - 1 - place) as f64;
        found = step.eval(&months[..=place], StageFacts { tenure, ..known });
        single[place] = found.stage;
    }
    let settled = step.settle(&single[..months.len()]);
    [f64::from(settled as u8), found.confidence, found.level, found.relative_slope, found.trend]
}
