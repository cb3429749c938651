//! Published and recomputed values of sections 5 and 6 of the methods' survey, and what must always hold.

#![allow(clippy::disallowed_methods, reason = "tests may use the platform's functions")]

use super::*;
use crate::forecast::lifetime::contract::{PeriodCounts, ShiftedBetaGeometric, discounted_residual_lifetime};
use proptest::prelude::*;

fn yearly(value: f64) -> (Retention, Rate) {
    (Retention::new(value, Period::Year).unwrap(), Rate::new(0.10, Period::Year).unwrap())
}

#[test]
fn margin_multiples_are_those_of_gupta_and_lehmann() {
    // Gupta and Lehmann (2003), table of margin multiples.
    let table = [
        (0.6, [1.20, 1.15, 1.11, 1.07]),
        (0.7, [1.75, 1.67, 1.59, 1.52]),
        (0.8, [2.67, 2.50, 2.35, 2.22]),
        (0.9, [4.50, 4.09, 3.75, 3.46]),
    ];
    for (retention, row) in table {
        for (discount, wanted) in [0.10, 0.12, 0.14, 0.16].into_iter().zip(row) {
            let rate = Rate::new(discount, Period::Year).unwrap();
            let retention = Retention::new(retention, Period::Year).unwrap();
            assert!((margin_multiple(retention, rate).unwrap() - wanted).abs() <= 0.005 + 1e-12);
        }
    }
    // The classroom case of a telecom operator: 944.44, with the programme 1,044.
    let rate = Rate::new(0.12, Period::Year).unwrap();
    let value = |r| {
        let retention = Retention::new(r, Period::Year).unwrap();
        perpetual_value(300.0, retention, rate, 0.0, PaymentTiming::End).unwrap()
    };
    assert!((value(0.85) - 944.444_444_444_444_4).abs() < 1e-9 && (value(0.87) - 1044.0).abs() < 1e-9);
    assert_eq!(break_even_periods(370.0, 25.0), Some(14.8));
    let monthly = Retention::new(1.0 - 0.0122, Period::Month).unwrap();
    let month = Rate::new(0.01, Period::Month).unwrap();
    assert!((perpetual_value(25.0, monthly, month, 0.0, PaymentTiming::End).unwrap() - 1112.39).abs() < 5e-3);
    assert!(perpetual_value(25.0, monthly, rate, 0.0, PaymentTiming::End).is_err(), "months and years mixed");
    let (r, i) = yearly(0.8);
    let grown = perpetual_value(100.0, r, rate, 0.05, PaymentTiming::End).unwrap();
    assert!((grown - 285.714_285_714_285_7).abs() < 1e-9);
    assert!((finite_value(1.0, r, i, 5).unwrap() - 2.124_097).abs() < 5e-7);
    let start = perpetual_value(1.0, r, i, 0.0, PaymentTiming::Start).unwrap();
    assert!((start - 3.666_666_666_666_667).abs() < 1e-12);
    // Just before a renewal, at the retention .833 of Fader and Hardie (2010): 3.4318 for ever.
    let (r, i) = yearly(0.833);
    let before = perpetual_value(1.0, r, i, 0.0, PaymentTiming::BeforeRenewal).unwrap();
    assert!((before - 3.4318).abs() < 5e-5);
}

#[test]
fn hazards_and_life_cycle_curves_are_summed_as_published() {
    let month = Rate::new(0.01, Period::Month).unwrap();
    let margin = Margin::flat(20.0, Period::Month).unwrap();
    let path = SurvivalPath::from_hazards(&[0.02, 0.03, 0.05, 0.02, 0.02, 0.02], Period::Month).unwrap();
    assert!((path.at(6) - 0.849_962).abs() < 5e-7);
    assert!((Valuation::new(month).value(&path, &margin).unwrap().value - 105.101_405).abs() < 5e-7);
    // Lu (2003): each month's margin at its start, with the chance to be here then.
    let chances = [1.0, 0.98, 0.96, 0.95, 0.93, 0.92, 0.92];
    let path = SurvivalPath::new(&chances, Period::Month).unwrap();
    let start = Valuation::new(Rate::nominal(0.12, Period::Month).unwrap()).timing(PaymentTiming::Start);
    assert!((start.value(&path, &margin).unwrap().value - 112.050_041).abs() < 5e-7);
    // A logistic margin and Weibull survival.
    let kind =
        MarginKind::LifeCycle { most: 30.0, speed: 0.5, middle: 4.0, falls_from: f64::INFINITY, fall: 0.0 };
    let rising = Margin::new(kind, Period::Month).unwrap();
    for (t, wanted) in [(1, 5.472_766), (2, 8.068_243), (3, 11.326_220), (4, 15.0)] {
        assert!((rising.at(t) - wanted).abs() < 5e-7);
    }
    let weibull: Vec<f64> = (0..=24).map(|t| (-(f64::from(t) / 24.0).powf(1.3)).exp()).collect();
    for (t, wanted) in [(1, 0.9841), (6, 0.8479), (12, 0.6662), (24, 0.3679)] {
        assert!((weibull[t] - wanted).abs() < 5e-5);
    }
    let path = SurvivalPath::new(&weibull, Period::Month).unwrap();
    let worth = Valuation::new(month).value(&path, &rising).unwrap();
    assert!((worth.value - 329.633_433).abs() < 5e-7);
    let plain = Valuation::new(Rate::new(0.0, Period::Month).unwrap());
    assert!((plain.value(&path, &rising).unwrap().value - 372.507_367).abs() < 1e-6);
}

#[test]
fn residual_values_agree_with_the_residual_lifetime() {
    let model = ShiftedBetaGeometric { alpha: 0.668, beta: 3.806 };
    let path = SurvivalPath::of_model(&model, Period::Year, 600).after(7).unwrap();
    let valuation =
        Valuation::new(Rate::new(0.1, Period::Year).unwrap()).timing(PaymentTiming::BeforeRenewal);
    let worth = valuation.value(&path, &Margin::flat(1.0, Period::Year).unwrap()).unwrap();
    let wanted = discounted_residual_lifetime(&model, 7, 0.1).unwrap();
    assert!((worth.value - wanted).abs() < 1e-11 && worth.residual);
    assert!(worth.convention.starts_with("value left after 7 years"), "{}", worth.convention);
}

#[test]
fn a_policy_pays_where_it_should() {
    let survivors = [1000.0, 869.0, 743.0, 653.0, 593.0, 551.0, 517.0, 491.0];
    let fitted = ShiftedBetaGeometric::fit(&PeriodCounts::from_cohorts(&[survivors]).unwrap()).unwrap();
    let path = |model: &ShiftedBetaGeometric| SurvivalPath::of_model(model, Period::Year, 30);
    let draws: Vec<SurvivalPath> = fitted.draws(400, 5).iter().map(path).collect();
    let valuation = Valuation::new(Rate::new(0.1, Period::Year).unwrap());
    let margin = Margin::flat(100.0, Period::Year).unwrap();
    let effect =
        |policy: Policy| policy.effect(&valuation, &path(&fitted.model), &margin, &draws, 0.9, 1).unwrap();
    let better = effect(Policy::default().hazard_ratio(0.8, 0.05).cost(20.0));
    assert!(better.effect > 0.0 && better.lower < better.effect && better.effect < better.upper);
    assert!(better.chance_to_pay > 0.95);
    assert!((better.after - better.before - better.effect).abs() < 1e-12);
    // A price cut that keeps nobody costs its discounted sum.
    let cut = effect(Policy::default().margin_change(-5.0));
    assert!((cut.effect + 0.05 * cut.before).abs() < 1e-10 && cut.chance_to_pay == 0.0);
    assert!(
        Policy::default()
            .hazard_ratio(0.0, 0.0)
            .effect(&valuation, &path(&fitted.model), &margin, &[], 0.9, 1)
            .is_err()
    );
}

#[test]
fn negative_values_count() {
    let portfolio = Portfolio::of(&[-10.0, 20.0, 30.0, 60.0]).unwrap();
    assert_eq!((portfolio.total, portfolio.negative_customers, portfolio.negative_total), (100.0, 1, -10.0));
    assert!((portfolio.share_of_top(0.5).unwrap() - 0.9).abs() < 1e-15);
    assert_eq!(Portfolio::of(&[-1.0, 0.5]).unwrap().gini, None);
    assert!(Portfolio::of(&[1.0, f64::NAN]).unwrap_err().to_string().contains("1 row: 1"));
}

proptest! {
    #[test]
    fn causes_add_up(rows in prop::collection::vec((-50.0..50.0_f64, 0.0..60.0_f64, -50.0..50.0_f64, 0.0..60.0_f64, 0..4), 1..30)) {
        let none = Position { margin: f64::NAN, periods: f64::NAN };
        let before: Vec<Position> =
            rows.iter().map(|r| if r.4 & 1 == 0 { Position { margin: r.0, periods: r.1 } } else { none }).collect();
        let after: Vec<Position> =
            rows.iter().map(|r| if r.4 & 2 == 0 { Position { margin: r.2, periods: r.3 } } else { none }).collect();
        let change = EquityChange::between(&before, &after).unwrap();
        let sum = change.opening + change.acquired + change.lost + change.margin + change.retention;
        prop_assert!((sum - change.closing).abs() < 1e-9);
    }

    #[test]
    fn formulas_are_their_sums(r in 0.3..0.99_f64, i in 0.01..0.3_f64, margin in -50.0..50.0_f64) {
        let (retention, rate) = (Retention::new(r, Period::Month).unwrap(), Rate::new(i, Period::Month).unwrap());
        let path = SurvivalPath::constant(retention, 4000);
        let flat = Margin::flat(margin, Period::Month).unwrap();
        for timing in [PaymentTiming::End, PaymentTiming::Start, PaymentTiming::BeforeRenewal] {
            let sum = Valuation::new(rate).timing(timing).value(&path, &flat).unwrap().value;
            let formula = perpetual_value(margin, retention, rate, 0.0, timing).unwrap();
            prop_assert!((sum - formula).abs() < 1e-9 * (1.0 + formula.abs()));
        }
        let finite = Valuation::new(rate).horizon(7).value(&path, &flat).unwrap().value;
        prop_assert!((finite - finite_value(margin, retention, rate, 7).unwrap()).abs() < 1e-10 * (1.0 + finite.abs()));
        let there_and_back = rate.to(Period::Year).to(Period::Month);
        prop_assert!((there_and_back.value - i).abs() < 1e-14);
    }
}
