//! Contract models against values found in 40-digit arithmetic and published ones.
//!
//! Fader and Hardie (2007), "How to project customer retention", Journal of Interactive Marketing 21(1), and
//! (2010), "Customer-base valuation in a contractual setting", Marketing Science 29(1).

#![allow(clippy::unwrap_used, reason = "tests may panic")]
#![allow(clippy::disallowed_methods, reason = "tests may use the platform's functions")]

use karat::forecast::lifetime::contract::{
    BetaDiscreteWeibull, ContractModel, ExponentialGamma, PeriodCounts, ShiftedBetaGeometric, Spells,
    WeibullGamma, discounted_lifetime, discounted_residual_lifetime,
};

const HIGH_END: [f64; 8] = [1000.0, 869.0, 743.0, 653.0, 593.0, 551.0, 517.0, 491.0];
const REGULAR: [f64; 8] = [1000.0, 631.0, 468.0, 382.0, 326.0, 289.0, 262.0, 241.0];

fn close(found: f64, wanted: f64, tolerance: f64) {
    assert!((found - wanted).abs() <= tolerance * wanted.abs(), "{found} in place of {wanted}");
}

struct Golden<const N: usize> {
    survivors: &'static [f64],
    parameters: [f64; N],
    errors: [f64; N],
    log_likelihood: f64,
    /// S(1), S(7), S(12).
    survival: [f64; 3],
}

#[test]
fn shifted_beta_geometric_meets_the_40_digit_optima() {
    let goldens = [
        Golden {
            survivors: &HIGH_END,
            parameters: [0.668_088_351_106_446_2, 3.806_094_964_058_267],
            errors: [0.103_734_928, 0.785_531_672_9],
            log_likelihood: -1_611.158_147_391_156_4,
            survival: [0.850_679_262_773_601_6, 0.488_906_419_720_920_6, 0.377_999_071_597_408_85],
        },
        Golden {
            survivors: &HIGH_END[..5],
            parameters: [1.280_976_380_367_425, 7.790_384_095_263_86],
            errors: [0.553_467_964_1, 3.808_722_337],
            log_likelihood: -1_225.134_907_041_612_5,
            survival: [0.858_788_945_295_630_5, 0.444_492_201_154_428_5, 0.307_006_658_984_453_6],
        },
        Golden {
            survivors: &REGULAR,
            parameters: [0.704_077_298_473_516_2, 1.182_043_026_209_475_7],
            errors: [0.065_598_964_18, 0.152_475_632_1],
            log_likelihood: -1_680.265_188_463_287,
            survival: [0.626_706_054_083_875_4, 0.239_023_614_029_975_35, 0.170_037_452_811_510_9],
        },
        Golden {
            survivors: &REGULAR[..5],
            parameters: [0.763_665_062_564_552_6, 1.295_830_272_182_502_1],
            errors: [0.096_795_248_55, 0.210_625_745_8],
            log_likelihood: -1_401.559_423_577_445_4,
            survival: [0.629_197_964_336_080_8, 0.229_643_326_865_981_85, 0.159_539_500_687_943_93],
        },
    ];
    for golden in goldens {
        let counts = PeriodCounts::from_cohorts(&[golden.survivors]).unwrap();
        let fitted = ShiftedBetaGeometric::fit(&counts).unwrap();
        assert!(fitted.converged && fitted.findings.is_empty());
        close(fitted.log_likelihood, golden.log_likelihood, 1e-13);
        for (parameter, (value, error)) in
            fitted.parameters.iter().zip(golden.parameters.iter().zip(golden.errors))
        {
            close(parameter.value, *value, 1e-8);
            close(parameter.standard_error, error, 1e-6);
        }
        for (time, wanted) in [1.0, 7.0, 12.0].into_iter().zip(golden.survival) {
            close(fitted.model.survival(time), wanted, 1e-9);
        }
    }
}

#[test]
fn beta_discrete_weibull_meets_the_40_digit_optima() {
    let goldens = [
        Golden {
            survivors: &HIGH_END,
            parameters: [0.214_253_339_280_849_96, 1.426_574_874_860_084_2, 1.723_564_848_744_527_9],
            errors: [0.059_579_707_06, 0.381_408_618_5, 0.301_043_284_9],
            log_likelihood: -1_605.314_213_214_193_2,
            survival: [0.869_423_662_127_224_2, 0.490_637_064_042_162_2, 0.403_929_590_700_038_05],
        },
        Golden {
            survivors: &HIGH_END[..5],
            parameters: [0.259_335_731_511_166_4, 1.722_551_488_086_686_2, 1.584_361_515_022_857_6],
            errors: [0.120_169_321_9, 0.776_941_841_4, 0.353_023_370_3],
            log_likelihood: -1_222.749_318_240_821_8,
            survival: [0.869_147_079_134_105, 0.481_044_743_393_168_3, 0.388_910_730_817_436_44],
        },
        Golden {
            survivors: &REGULAR,
            parameters: [0.455_613_989_371_638_1, 0.779_325_508_387_955_9, 1.283_451_285_783_290_3],
            errors: [0.167_041_402_3, 0.282_709_874_9, 0.298_095_021_8],
            log_likelihood: -1_679.602_832_907_178_3,
            survival: [0.631_063_715_916_281_6, 0.240_790_595_274_036_2, 0.177_331_398_294_901_7],
        },
        Golden {
            survivors: &REGULAR[..5],
            parameters: [0.523_029_312_908_843_5, 0.894_282_658_910_332_2, 1.196_398_711_359_017_5],
            errors: [0.309_038_019_8, 0.524_819_685_2, 0.374_086_102_7],
            log_likelihood: -1_401.383_051_678_618_4,
            survival: [0.630_970_934_199_113, 0.236_585_149_537_519_9, 0.171_447_636_271_257_4],
        },
    ];
    for golden in goldens {
        let counts = PeriodCounts::from_cohorts(&[golden.survivors]).unwrap();
        let fitted = BetaDiscreteWeibull::fit(&counts).unwrap();
        assert!(fitted.converged && fitted.findings.is_empty());
        close(fitted.log_likelihood, golden.log_likelihood, 1e-12);
        for (parameter, (value, error)) in
            fitted.parameters.iter().zip(golden.parameters.iter().zip(golden.errors))
        {
            close(parameter.value, *value, 1e-8);
            close(parameter.standard_error, error, 1e-6);
        }
        for (time, wanted) in [1.0, 7.0, 12.0].into_iter().zip(golden.survival) {
            close(fitted.model.survival(time), wanted, 1e-9);
        }
    }
}

#[test]
fn retention_and_the_published_fits_are_met() {
    // Published to three digits; retention r_1 .. r_7 of the high-end customers recomputed from the paper's model.
    let fitted = ShiftedBetaGeometric::fit(&PeriodCounts::from_cohorts(&[HIGH_END]).unwrap()).unwrap();
    let wanted = [0.8507, 0.8780, 0.8968, 0.9106, 0.9212, 0.9295, 0.9362];
    for (period, wanted) in (1..).zip(wanted) {
        assert!((fitted.model.retention(period) - wanted).abs() < 5e-5, "{period}");
    }
    for (time, wanted) in (8..).zip([0.460, 0.436, 0.414, 0.395, 0.378]) {
        assert!((fitted.model.survival(f64::from(time)) - wanted).abs() < 5e-4, "{time}");
    }
    // Several cohorts: published 3.80 and 15.19.
    let cohorts: [&[f64]; 4] = [
        &[10_000.0, 8000.0, 6480.0, 5307.0, 4391.0],
        &[10_000.0, 8000.0, 6480.0, 5307.0],
        &[10_000.0, 8000.0, 6480.0],
        &[10_000.0, 8000.0],
    ];
    let model = ShiftedBetaGeometric::fit(&PeriodCounts::from_cohorts(&cohorts).unwrap()).unwrap().model;
    // To six digits, where that search stopped.
    assert!((model.alpha - 3.798_124).abs() < 3e-6 && (model.beta - 15.191_903).abs() < 1e-5, "{model:?}");
}

#[test]
fn several_cohorts_and_residual_lifetimes_are_those_of_the_paper() {
    let cohorts: [&[f64]; 4] = [
        &[10_000.0, 6334.0, 4367.0, 3264.0, 2604.0],
        &[10_000.0, 6334.0, 4367.0, 3264.0],
        &[10_000.0, 6334.0, 4367.0],
        &[10_000.0, 6334.0],
    ];
    let fitted = ShiftedBetaGeometric::fit(&PeriodCounts::from_cohorts(&cohorts).unwrap()).unwrap();
    close(fitted.model.alpha, 1.667_088_320_663_105, 1e-8);
    close(fitted.model.beta, 2.856_611_857_928_392, 1e-8);
    close(fitted.log_likelihood, -44_644.115_506_148_24, 1e-12);
    close(fitted.parameters[0].standard_error, 0.069_840_038_77, 1e-7);
    // 40-digit sums at the n-th renewal, of which n - 1 were made before.
    let wanted = [
        2.161_801_899_090_149,
        2.665_747_163_317_474,
        3.099_869_597_197_847,
        3.480_329_348_951_429,
        3.818_108_062_718_330_5,
    ];
    for (made, wanted) in wanted.into_iter().enumerate() {
        close(discounted_residual_lifetime(&fitted.model, made, 0.1).unwrap(), wanted, 1e-8);
    }
    close(discounted_lifetime(&fitted.model, 0.1).unwrap(), 2.965_274_453_718_317_6, 1e-8);

    // Published: $288, $394, ... $568 for each $100 with .764 and 1.296; digits by 40-digit arithmetic.
    let model = ShiftedBetaGeometric { alpha: 0.764, beta: 1.296 };
    let wanted = [2.882_211_419_53, 3.939_422_127_05, 4.675_302_647_93, 5.234_921_609_73, 5.682_489_217_82];
    for (made, wanted) in wanted.into_iter().enumerate() {
        close(discounted_residual_lifetime(&model, made, 0.1).unwrap(), wanted, 1e-11);
    }
    close(discounted_lifetime(&model, 0.1).unwrap(), 3.620_192_199_573_18, 1e-12);
    for (alpha, beta, wanted) in [
        (3.80, 15.19, [3.308_376_804_97, 3.449_617_055_89, 3.585_214_913_03]),
        (0.067, 0.267, [7.670_835_460_92, 9.455_299_432, 9.850_833_769_94]),
    ] {
        let model = ShiftedBetaGeometric { alpha, beta };
        for (made, wanted) in wanted.into_iter().enumerate() {
            close(discounted_residual_lifetime(&model, made, 0.1).unwrap(), wanted, 1e-11);
        }
    }
    // The off-by-one trap: 7 survived renewals give 7.5299, six give 7.3451; digits by scipy's hyp2f1.
    let model = ShiftedBetaGeometric { alpha: 0.668, beta: 3.806 };
    close(discounted_residual_lifetime(&model, 7, 0.1).unwrap(), 7.529_949_530_910_96, 1e-12);
    close(discounted_residual_lifetime(&model, 6, 0.1).unwrap(), 7.345_052_259_283_85, 1e-12);
    close(discounted_lifetime(&model, 0.1).unwrap(), 5.922_596_407_612_753, 1e-12);
}

#[test]
fn single_customers_give_what_their_cohort_gives() {
    let (mut durations, mut events) = (Vec::new(), Vec::new());
    for (period, pair) in HIGH_END.windows(2).enumerate() {
        for _ in 0..(pair[0] - pair[1]) as usize {
            durations.push((period + 1) as f64);
            events.push(1.0);
        }
    }
    durations.resize(1000, 7.0);
    events.resize(1000, 0.0);
    let single = PeriodCounts::from_durations(&durations, &events).unwrap();
    assert_eq!(single, PeriodCounts::from_cohorts(&[HIGH_END]).unwrap());
}

/// Quantiles of a model as data: the fit finds the model again, and the gradient of nothing is left.
#[test]
fn continuous_models_find_the_parameters_behind_quantiles() {
    let n = 20_000;
    let uniform = |i: usize| (i as f64 + 0.5) / n as f64;
    // S(t) = (alpha / (alpha + t^c))^r solved for t.
    let time =
        |i: usize, r: f64, alpha: f64, c: f64| (alpha * (uniform(i).powf(-1.0 / r) - 1.0)).powf(1.0 / c);
    let (r, alpha, c) = (1.4, 60.0, 1.3);
    let cut = 48.0;
    let watched = |c: f64| -> (Vec<f64>, Vec<f64>) {
        (0..n)
            .map(|i| {
                let t = time(i, r, alpha, c);
                if t < cut { (t, 1.0) } else { (cut, 0.0) }
            })
            .unzip()
    };
    let (durations, events) = watched(1.0);
    let fitted = ExponentialGamma::fit(&Spells::new(&durations, &events).unwrap()).unwrap();
    assert!(fitted.converged && fitted.findings.is_empty());
    close(fitted.model.r, r, 0.02);
    close(fitted.model.alpha, alpha, 0.02);
    let (durations, events) = watched(c);
    let fitted = WeibullGamma::fit(&Spells::new(&durations, &events).unwrap()).unwrap();
    assert!(fitted.converged && fitted.findings.is_empty());
    close(fitted.model.c, c, 0.01);
    for parameter in &fitted.parameters {
        let truth =
            [r, alpha, c][["r", "alpha", "c"].iter().position(|&name| name == parameter.name).unwrap()];
        assert!(parameter.lower < truth && truth < parameter.upper, "{parameter:?}");
    }
    // Late entry leaves the truth where it is: customers known only from month 6 on.
    let late: Vec<usize> = (0..n).filter(|&i| durations[i] > 6.0).collect();
    let pick = |column: &[f64]| late.iter().map(|&i| column[i]).collect::<Vec<_>>();
    let entries = vec![6.0; late.len()];
    let spells = Spells::with(&pick(&durations), &pick(&events), Some(&entries), None).unwrap();
    let fitted = WeibullGamma::fit(&spells).unwrap();
    assert!(
        (fitted.model.survival(30.0) / fitted.model.survival(6.0)
            - (alpha / (alpha + 30.0_f64.powf(c))).powf(r) / (alpha / (alpha + 6.0_f64.powf(c))).powf(r))
        .abs()
            < 5e-3
    );
}
