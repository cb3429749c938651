//! Survival estimates and regressions against values of R and 40-digit arithmetic.
//!
//! `goldens/rossi.csv`: 432 released convicts followed for a year (Rossi, Berk and Lenihan 1980), the data that
//! packages for survival analysis document their Cox regressions with. Efron and Breslow coefficients were found in
//! 40-digit arithmetic; R's `survival` agrees.

#![allow(clippy::unwrap_used, reason = "tests may panic")]
#![allow(clippy::disallowed_methods, reason = "tests may use the platform's functions")]

use karat::forecast::lifetime::contract::{
    AalenJohansen, Clock, CoxProportionalHazards, DiscreteHazard, Fields, KaplanMeier, Scale, Ties,
};
use karat::scorer::step::{HazardLink, PaymentTiming};

fn rossi() -> (Vec<String>, Vec<Vec<f64>>) {
    let text = include_str!("goldens/rossi.csv");
    let mut lines = text.lines();
    let names: Vec<String> = lines.next().unwrap().split(',').map(str::to_owned).collect();
    let mut columns = vec![Vec::new(); names.len()];
    for line in lines {
        for (column, cell) in columns.iter_mut().zip(line.split(',')) {
            column.push(cell.parse().unwrap());
        }
    }
    (names, columns)
}

fn close(found: f64, wanted: f64, tolerance: f64) {
    assert!((found - wanted).abs() <= tolerance * wanted.abs(), "{found} in place of {wanted}");
}

#[test]
fn cox_meets_the_40_digit_coefficients() {
    let (names, columns) = rossi();
    let slices: Vec<&[f64]> = columns[2..].iter().map(Vec::as_slice).collect();
    let fields = Fields::new(&names[2..], &slices).unwrap();
    let efron = CoxProportionalHazards::new().fit(&columns[0], &columns[1], fields, None, None).unwrap();
    let wanted = [
        (-0.379_422_166_871_207_8, 0.191_379_480_713),
        (-0.057_437_743_013_761_22, 0.021_999_470_628),
        (0.313_899_785_994_293_5, 0.307_992_776_393),
        (-0.149_795_697_222_785, 0.212_224_296_158),
        (-0.433_703_876_690_252_4, 0.381_868_057_465),
        (-0.084_871_082_990_836, 0.195_756_671_921),
        (0.091_497_079_351_120_86, 0.028_648_550_073_5),
    ];
    assert!(efron.converged && efron.findings.is_empty());
    for (coefficient, (value, error)) in efron.coefficients.iter().zip(wanted) {
        close(coefficient.value, value, 1e-9);
        close(coefficient.standard_error, error, 1e-9);
    }
    close(efron.null_log_likelihood, -675.380_632_346_870_5, 1e-13);
    close(efron.log_likelihood, -658.747_659_446_085_7, 1e-13);
    close(efron.concordance, 0.640_329_247_099_713_5, 1e-12);
    let breslow = CoxProportionalHazards::new().ties(Ties::Breslow);
    let breslow = breslow.fit(&columns[0], &columns[1], fields, None, None).unwrap();
    let wanted = [
        -0.379_021_887_795_027_5,
        -0.057_245_925_363_557_05,
        0.314_129_765_068_242_2,
        -0.151_114_599_627_456_7,
        -0.432_782_572_549_052_6,
        -0.084_982_835_751_605_48,
        0.091_111_540_500_465_58,
    ];
    for (coefficient, value) in breslow.coefficients.iter().zip(wanted) {
        close(coefficient.value, value, 1e-9);
    }
    close(breslow.log_likelihood, -659.120_605_677_328_2, 1e-13);
    // Weights of two are every customer twice where ties do not matter to the method.
    let twice: Vec<f64> = vec![2.0; 432];
    let double = CoxProportionalHazards::new().ties(Ties::Breslow);
    let double = double.fit(&columns[0], &columns[1], fields, None, Some(&twice)).unwrap();
    close(double.coefficients[0].value, breslow.coefficients[0].value, 1e-10);
    close(
        double.coefficients[0].standard_error,
        breslow.coefficients[0].standard_error / 2.0_f64.sqrt(),
        1e-9,
    );
}

#[test]
fn kaplan_meier_and_nelson_aalen_meet_the_fractions() {
    let (_, columns) = rossi();
    let curve = KaplanMeier::new().fit(&columns[0], &columns[1], None, None).unwrap();
    for (week, left) in [(10.0, 417.0), (20.0, 392.0), (26.0, 378.0), (40.0, 347.0), (52.0, 318.0)] {
        close(curve.survival_at(week), left / 432.0, 1e-14);
    }
    // Nobody is censored before the last week: Greenwood's variance is the binomial one.
    let place = curve.times.iter().position(|&time| time == 40.0).unwrap();
    let share: f64 = 347.0 / 432.0;
    close(curve.standard_error[place], (share * (1.0 - share) / 432.0).sqrt(), 1e-12);
    let at = |week: f64| curve.times.iter().position(|&time| time == week).unwrap();
    // Nelson-Aalen in double precision by an independent program.
    close(curve.cumulative_hazard[at(26.0)], 0.133_068_322_964_870_2, 1e-13);
    close(curve.cumulative_hazard[at(52.0)], 0.305_127_533_720_402_3, 1e-13);
    // Plain and log-log bands are what their formulas say of value and error.
    let plain = KaplanMeier::new().scale(Scale::Plain).fit(&columns[0], &columns[1], None, None).unwrap();
    let z = 1.959_963_984_540_054;
    close(plain.upper[place], share + z * curve.standard_error[place], 1e-12);
    let power = (z * curve.standard_error[place] / (share * share.ln().abs())).exp();
    close(curve.lower[place], share.powf(power), 1e-12);
    assert_eq!(curve.median(), None);
    close(curve.restricted_mean(10.0).unwrap(), 10.0 - sum_lost(&columns, 10.0), 1e-12);
}

/// Weeks lost before week `horizon`, from the rows themselves.
fn sum_lost(columns: &[Vec<f64>], horizon: f64) -> f64 {
    let lost = columns[0].iter().filter(|&&week| week < horizon).map(|week| horizon - week);
    lost.sum::<f64>() / 432.0
}

#[test]
fn discrete_hazards_meet_the_regression_of_written_out_rows() {
    let (names, columns) = rossi();
    let slices: Vec<&[f64]> = columns[2..].iter().map(Vec::as_slice).collect();
    let fields = Fields::new(&names[2..], &slices).unwrap();
    let fitted = DiscreteHazard::new().fit(&columns[0], &columns[1], fields, None).unwrap();
    // Logistic regression of the 19,809 person-weeks, by an independent program.
    let wanted = [
        -5.169_548_350_328_606,
        0.373_807_996_112_089_9,
        -0.383_201_852_422_512_2,
        -0.057_296_448_469_146_87,
        0.317_105_698_209_679_15,
        -0.150_607_376_896_784_4,
        -0.438_299_741_415_985_04,
        -0.083_146_724_232_040_37,
        0.092_526_214_998_266_24,
    ];
    assert_eq!(fitted.customer_periods, 19_809.0);
    close(fitted.log_likelihood, -680.958_818_171_367_5, 1e-12);
    for (coefficient, value) in fitted.coefficients.iter().zip(wanted) {
        close(coefficient.value, value, 1e-8);
    }
    // The frozen step forecasts with the same coefficients.
    let step = fitted.freeze(52, 10, 0.01, PaymentTiming::End).unwrap();
    let row: Vec<f64> = columns[2..].iter().map(|column| column[0]).collect();
    let score: f64 = row.iter().zip(&wanted[2..]).map(|(x, b)| x * b).sum();
    let mut survival = 1.0;
    for week in 21..=30 {
        let odds = wanted[0] + wanted[1] * f64::from(week).ln() + score;
        survival /= 1.0 + odds.exp();
    }
    close(step.eval(20.0, 0.0, &row).survival, survival, 1e-7);
}

#[test]
fn grouped_proportional_hazards_are_near_those_of_cox() {
    // Prentice and Gloeckler (1978): with a level for every period the complementary log-log link estimates the
    // coefficients of proportional hazards in continuous time.
    let (names, columns) = rossi();
    let slices: Vec<&[f64]> = columns[2..].iter().map(Vec::as_slice).collect();
    let fields = Fields::new(&names[2..], &slices).unwrap();
    let cox = CoxProportionalHazards::new().fit(&columns[0], &columns[1], fields, None, None).unwrap();
    let hazard = DiscreteHazard::new()
        .link(HazardLink::ComplementaryLogLog)
        .baseline(karat::forecast::lifetime::contract::Baseline::Periods);
    let hazard = hazard.fit(&columns[0], &columns[1], fields, None).unwrap();
    let found = &hazard.coefficients[hazard.coefficients.len() - 7..];
    for (found, cox) in found.iter().zip(&cox.coefficients) {
        assert!((found.value - cox.value).abs() < 0.02 * cox.standard_error.max(0.05), "{found:?} {cox:?}");
    }
}

#[test]
fn the_contract_clock_finds_the_spike_at_the_end_of_contracts() {
    // Contracts of 12 periods; of those who reach period 12 half leave, of the others one in fifty.
    let (mut durations, mut events) = (Vec::new(), Vec::new());
    let mut here = 4000.0_f64;
    for period in 1..=18 {
        let share = if period == 12 { 0.5 } else { 0.02 };
        let lost = (here * share).round();
        for _ in 0..lost as usize {
            durations.push(f64::from(period));
            events.push(1.0);
        }
        here -= lost;
    }
    durations.resize(durations.len() + here as usize, 18.0);
    events.resize(durations.len(), 0.0);
    let terms = vec![12.0; durations.len()];
    let clock = Clock::new(None, None, Some(&terms));
    let hazard =
        DiscreteHazard::new().baseline(karat::forecast::lifetime::contract::Baseline::Constant).penalty(0.0);
    let error = hazard.fit(&durations, &events, Fields::none(), Some(clock)).unwrap_err().to_string();
    assert!(error.contains("in_contract"), "all under contract: the clock repeats the level; {error}");
    let mut terms = terms;
    // The same number without a contract, of whom one in twenty leaves each period.
    let mut here = 4000.0_f64;
    for period in 1..=18 {
        let lost = (here * 0.05).round();
        for _ in 0..lost as usize {
            durations.push(f64::from(period));
            events.push(1.0);
        }
        here -= lost;
    }
    durations.resize(durations.len() + here as usize, 18.0);
    events.resize(durations.len(), 0.0);
    terms.resize(durations.len(), 0.0);
    let fitted =
        hazard.fit(&durations, &events, Fields::none(), Some(Clock::new(None, None, Some(&terms)))).unwrap();
    let step = fitted.freeze(18, 24, 0.01, PaymentTiming::End).unwrap();
    assert!((step.eval(11.0, 12.0, &[]).next_hazard - 0.5).abs() < 0.01);
    assert!((step.eval(3.0, 12.0, &[]).next_hazard - 0.02).abs() < 0.002);
    assert!((step.eval(3.0, 0.0, &[]).next_hazard - 0.05).abs() < 0.002);
}

#[test]
fn incidences_are_hand_counted() {
    // Six customers: port-out at 1, still here at 2, non-payment and port-out at 3, non-payment at 4, one stays.
    let durations = [1.0, 2.0, 3.0, 3.0, 4.0, 5.0];
    let causes = [1.0, 0.0, 2.0, 1.0, 2.0, 0.0];
    let curves = AalenJohansen::new().fit(&durations, &causes, None, None).unwrap();
    assert_eq!(curves.causes, [1, 2]);
    // S(1) = 5/6; at 3 four are at risk and two leave; at 4 two are at risk and one leaves.
    let last = curves.times.len() - 1;
    close(curves.incidence[0][last], 1.0 / 6.0 + 5.0 / 6.0 / 4.0, 1e-15);
    close(curves.incidence[1][last], 5.0 / 6.0 / 4.0 + 5.0 / 12.0 / 2.0, 1e-15);
    close(curves.survival[last], 5.0 / 24.0, 1e-15);
    // With one cause its incidence is 1 - S, with Greenwood's variance.
    let (_, columns) = rossi();
    let one = AalenJohansen::new().fit(&columns[0], &columns[1], None, None).unwrap();
    let curve = KaplanMeier::new().fit(&columns[0], &columns[1], None, None).unwrap();
    for i in 0..one.times.len() {
        assert!((one.incidence[0][i] - (1.0 - curve.survival[i])).abs() < 1e-14);
        assert!((one.standard_error[0][i] - curve.standard_error[i]).abs() < 1e-12, "{i}");
    }
}

#[test]
fn what_is_wrong_with_fields_is_named() {
    let names: Vec<String> = ["same", "gap", "good", "double"].map(str::to_owned).to_vec();
    let durations = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let events = [1.0, 0.0, 1.0, 1.0, 0.0, 1.0];
    let good = [1.0, 0.0, 2.0, 1.0, 0.0, 1.0];
    let double = good.map(|x| 2.0 * x);
    let columns: [&[f64]; 4] = [&[7.0; 6], &[1.0, f64::NAN, 0.0, 1.0, f64::INFINITY, 0.0], &good, &double];
    let fields = Fields::new(&names, &columns).unwrap();
    let error = DiscreteHazard::new().fit(&durations, &events, fields, None).unwrap_err().to_string();
    assert!(
        error.contains("`same`: every value is 7")
            && error.contains("`gap`: missing or infinite (2 rows: first 1, 4)"),
        "{error}"
    );
    let fields = Fields::new(&names[2..], &columns[2..]).unwrap();
    for error in [
        DiscreteHazard::new().fit(&durations, &events, fields, None).unwrap_err(),
        CoxProportionalHazards::new().fit(&durations, &events, fields, None, None).unwrap_err(),
    ] {
        assert!(error.to_string().contains("`double`"), "{error}");
    }
    // Whoever has it leaves, whoever has not stays: a finding, and no number that is none.
    let separating = [1.0, 0.0, 1.0, 1.0, 0.0, 1.0];
    let columns: [&[f64]; 1] = [&separating];
    let fields = Fields::new(&names[2..3], &columns).unwrap();
    let fitted = DiscreteHazard::new()
        .baseline(karat::forecast::lifetime::contract::Baseline::Constant)
        .fit(&durations, &events, fields, None)
        .unwrap();
    assert_eq!(fitted.findings[0].code, "W343");
    assert!(fitted.coefficients.iter().all(|c| c.value.is_finite() && !c.standard_error.is_nan()));
    let fitted =
        CoxProportionalHazards::new().penalty(1.0).fit(&durations, &events, fields, None, None).unwrap();
    assert!(fitted.converged && fitted.coefficients[0].value > 0.0);
}

#[test]
fn threads_change_no_bit() {
    let (names, columns) = rossi();
    let many: Vec<Vec<f64>> = columns.iter().map(|column| column.repeat(60)).collect();
    let slices: Vec<&[f64]> = many[2..].iter().map(Vec::as_slice).collect();
    let fields = Fields::new(&names[2..], &slices).unwrap();
    let cox = |threads| {
        let cox = CoxProportionalHazards::new().threads(threads);
        cox.fit(&many[0], &many[1], fields, None, None).unwrap()
    };
    assert_eq!(cox(1), cox(3));
    let hazard = |threads| {
        let hazard = DiscreteHazard::new().threads(threads);
        hazard.fit(&many[0], &many[1], fields, None).unwrap()
    };
    assert_eq!(hazard(1), hazard(3));
}
