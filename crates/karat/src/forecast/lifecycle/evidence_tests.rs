//! Whether series tell more of a customer's stage than tenure does, on customers that nothing was learned from.
//!
//! Half of the bases are for learning: there the stages are known, and both sides may use them. Tenure alone is the
//! likeliest stage of each band of tenure among these. The hidden chain takes from them the same thing, when stages end,
//! and nothing else of the truth; the rest it learns from series. Both are judged on bases of other seeds, in the
//! synthetic operator and in worlds of other lives and noises whose parameters are drawn at random.

#![allow(clippy::disallowed_methods, reason = "tests may use the platform's functions")]

use super::*;
use crate::numerics::random::Random;
use crate::synth::{Operator, Preset, Series};

/// Series, tenures, whether lost, and the true stage.
pub(super) struct Base {
    pub(super) offsets: Vec<usize>,
    pub(super) values: Vec<f64>,
    pub(super) tenures: Vec<f64>,
    pub(super) lost: Vec<bool>,
    pub(super) truth: Vec<u32>,
    pub(super) kind: Vec<u32>,
}

pub(super) fn base(customers: u64, seed: u64) -> Base {
    operator(&Operator::new(customers).months(24).seed(seed))
}

fn operator(operator: &Operator) -> Base {
    let tables = operator.generate().unwrap();
    let numbers = |series: &Series| match series {
        Series::Number(values) => values.clone(),
        Series::Integer(values) => values.iter().map(|&value| value as f64).collect(),
        Series::Text { codes, .. } => codes.iter().map(|&code| f64::from(code)).collect(),
    };
    let monthly = |name: &str| numbers(tables.monthly.column(name).unwrap());
    let ids = monthly("customer_id");
    let known = numbers(tables.customers.column("customer_id").unwrap());
    let tenures = numbers(tables.customers.column("tenure_months").unwrap());
    let truth = numbers(tables.truth.column("stage").unwrap());
    let mut found = Base {
        offsets: vec![0],
        values: monthly("revenue"),
        tenures: Vec::new(),
        lost: Vec::new(),
        truth: Vec::new(),
        kind: Vec::new(),
    };
    let kinds = numbers(tables.customers.column("type").unwrap());
    let mut row = 0;
    for (i, id) in known.iter().enumerate() {
        let from = row;
        while row < ids.len() && ids[row] == *id {
            row += 1;
        }
        if row > from {
            found.offsets.push(row);
            found.tenures.push(tenures[i]);
            found.truth.push(truth[i] as u32);
            found.lost.push(truth[i] as u32 == 4);
            found.kind.push(kinds[i] as u32);
        }
    }
    found
}

/// Lives and noises as they might be elsewhere.
#[derive(Debug)]
struct World {
    growth_ends: (f64, f64),
    decline_begins: (f64, f64),
    drift: [f64; 4],
    persistence: f64,
    lasting: f64,
    passing: f64,
    months: usize,
}

impl World {
    fn drawn(number: u64) -> World {
        let mut random = Random::stream(31, number);
        let mut between = |low: f64, high: f64| low + (high - low) * random.uniform();
        let ends = between(8.0, 30.0);
        World {
            growth_ends: (ends, between(0.1, 0.35) * ends),
            decline_begins: (ends + between(5.0, 50.0), between(1.2, 4.0)),
            drift: [between(0.0, 0.12), between(0.01, 0.05), between(-0.004, 0.006), -between(0.01, 0.05)],
            persistence: between(0.3, 0.95),
            lasting: between(0.02, 0.2),
            passing: between(0.0, 0.05),
            months: between(12.0, 36.0) as usize,
        }
    }

    fn base(&self, customers: usize, seed: u64) -> Base {
        let mut random = Random::stream(32, seed);
        let mut found = Base {
            offsets: vec![0],
            values: Vec::new(),
            tenures: Vec::new(),
            lost: vec![false; customers],
            truth: Vec::new(),
            kind: vec![0; customers],
        };
        for _ in 0..customers {
            let ends = (self.growth_ends.0 + self.growth_ends.1 * random.normal()).max(5.0);
            let (scale, shape) = self.decline_begins;
            let begins = (scale * (-(1.0 - random.uniform()).ln()).powf(1.0 / shape)).max(ends);
            let tenure = (1.0 + 80.0 * random.uniform() * random.uniform().sqrt()).floor();
            let months = self.months.min(tenure as usize + 1);
            let stage = |tenure: f64| {
                if tenure <= 3.0 {
                    0
                } else if tenure < ends {
                    1
                } else if tenure < begins {
                    2
                } else {
                    3
                }
            };
            let mut level = 3.0 + 0.7 * random.normal();
            let mut lasting = self.lasting.sqrt() * random.normal();
            for place in 0..months {
                let now = tenure - (months - 1 - place) as f64;
                level += if place > 0 { self.drift[stage(now)] } else { 0.0 };
                let fresh = (self.lasting * (1.0 - self.persistence * self.persistence)).sqrt();
                lasting = self.persistence * lasting + fresh * random.normal();
                found.values.push((level + lasting + self.passing.sqrt() * random.normal()).exp());
            }
            found.offsets.push(found.values.len());
            found.tenures.push(tenure);
            found.truth.push(stage(tenure) as u32);
        }
        found
    }
}

/// Hits of all, and the mean over stages of twice the hits over those there and those named.
fn judged(truth: &[u32], found: &[u32]) -> (f64, f64) {
    let hits = truth.iter().zip(found).filter(|(a, b)| a == b).count() as f64;
    let score = |stage: u32| {
        let both = truth.iter().zip(found).filter(|(a, b)| **a == stage && **b == stage).count() as f64;
        let count = |of: &[u32]| of.iter().filter(|a| **a == stage).count() as f64;
        2.0 * both / (count(truth) + count(found)).max(1.0)
    };
    (hits / truth.len() as f64, (0..4).map(score).sum::<f64>() / 4.0)
}

/// Accuracy and macro-F1 of tenure alone and of the hidden chain among those still here.
fn compare(name: &str, learn: &Base, unseen: &Base) -> [(f64, f64); 2] {
    let band = |tenure: f64| (tenure as usize / 3).min(39);
    let mut counts = vec![[0_u32; 4]; 40];
    for (i, &stage) in learn.truth.iter().enumerate().filter(|(_, stage)| **stage < 4) {
        // The introduction ends within a band, and both sides know when.
        if learn.tenures[i] > 3.0 {
            counts[band(learn.tenures[i])][stage as usize] += 1;
        }
    }
    let by_tenure = |tenure: f64| {
        let count = &counts[band(tenure)];
        let likeliest = (1..4).fold(1, |best, stage| if count[stage] > count[best] { stage } else { best });
        if tenure <= 3.0 { 0 } else { likeliest as u32 }
    };
    let series_of = |base: &'_ Base| -> (Vec<usize>, Vec<f64>, Vec<f64>) {
        (base.offsets.clone(), base.values.clone(), base.tenures.clone())
    };
    let (offsets, values, tenures) = series_of(learn);
    let series = MonthlySeries::new(&offsets, &values, &tenures).unwrap();
    let order = [Stage::Introduction, Stage::Growth, Stage::Maturity, Stage::Decline, Stage::Lost];
    let known: Vec<Option<Stage>> = learn.truth.iter().map(|&stage| Some(order[stage as usize])).collect();
    let learner = HiddenStages { threads: 1, ..HiddenStages::default() };
    let fitted = learner.fit_with_known(&series, &known).unwrap();
    let (offsets, values, tenures) = series_of(unseen);
    let series = MonthlySeries::new(&offsets, &values, &tenures).unwrap();
    let found = fitted.predict(&series).unwrap();
    let here: Vec<usize> = (0..unseen.truth.len()).filter(|&i| !unseen.lost[i]).collect();
    let truth: Vec<u32> = here.iter().map(|&i| unseen.truth[i]).collect();
    let tenure: Vec<u32> = here.iter().map(|&i| by_tenure(unseen.tenures[i])).collect();
    let chain: Vec<u32> = here.iter().map(|&i| found.stages[i] as u32).collect();
    let both = [judged(&truth, &tenure), judged(&truth, &chain)];
    println!(
        "{name:26} tenure {:.3} F1 {:.3}   chain {:.3} F1 {:.3}   persistence {:.2} deviation {:.2} drift {:.3?}",
        both[0].0, both[0].1, both[1].0, both[1].1, fitted.persistence, fitted.deviation, fitted.drift
    );
    both
}

/// Mean gain in accuracy and in macro-F1, and the accuracy of the chain.
fn gains(found: &[[(f64, f64); 2]]) -> (f64, f64, f64) {
    let mut sums = (0.0, 0.0, 0.0);
    for [tenure, chain] in found {
        sums = (sums.0 + chain.0 - tenure.0, sums.1 + chain.1 - tenure.1, sums.2 + chain.0);
    }
    let count = found.len() as f64;
    (sums.0 / count, sums.1 / count, sums.2 / count)
}

#[test]
fn series_tell_more_than_tenure_on_unseen_customers() {
    let operator = compare("operator, seeds 1 and 2", &base(5000, 1), &base(5000, 2));
    let worlds: Vec<[(f64, f64); 2]> = (0..3)
        .map(|number| {
            let world = World::drawn(number);
            compare(
                &format!("world {number}"),
                &world.base(2500, 2 * number),
                &world.base(2500, 2 * number + 1),
            )
        })
        .collect();
    assert!(operator[1].0 > 0.75 && operator[1].0 > operator[0].0, "{operator:?}");
    let (accuracy, f1, _) = gains(&worlds);
    assert!(accuracy > 0.0 && f1 > 0.0, "{worlds:?}");
}

/// The table of the how-to page. Nothing about a learner is chosen on what is printed here: seeds and worlds are fresh.
#[test]
#[ignore = "run by make test-long"]
fn series_tell_more_than_tenure_in_full() {
    let presets = [Preset::Mixed, Preset::MaturePostpaid, Preset::PrepaidEmerging, Preset::China2009];
    let mut operators = Vec::new();
    for (number, preset) in (0..).zip(presets) {
        for seed in 0..3 {
            let of = |half: u64| {
                operator(
                    &Operator::new(10_000)
                        .months(24)
                        .preset(preset)
                        .seed(7000 + 100 * number + 10 * seed + half),
                )
            };
            operators.push(compare(&format!("{preset} {seed}"), &of(0), &of(1)));
        }
    }
    let worlds: Vec<[(f64, f64); 2]> = (100..124)
        .map(|number| {
            let world = World::drawn(number);
            compare(
                &format!("world {number}"),
                &world.base(5000, 2 * number),
                &world.base(5000, 2 * number + 1),
            )
        })
        .collect();
    for (name, found) in [("operators", &operators), ("worlds", &worlds)] {
        let (accuracy, f1, reached) = gains(found);
        println!("{name}: accuracy {reached:.3}, {accuracy:+.3} against tenure alone; macro-F1 {f1:+.3}");
        assert!(accuracy > 0.0 && f1 > 0.0);
        let better = found.iter().filter(|[tenure, chain]| chain.0 > tenure.0).count();
        println!("{name}: better in {better} of {}", found.len());
        assert!(10 * better >= 9 * found.len());
    }
}

/// Every way that a life can go is weighed, so that the chances are those of the definition.
#[test]
fn chances_are_chances_and_threads_do_not_show() {
    let base = base(1500, 11);
    let series = MonthlySeries::new(&base.offsets, &base.values, &base.tenures).unwrap();
    let fitted = HiddenStages { threads: 1, iterations: 8, ..HiddenStages::default() }.fit(&series).unwrap();
    let found = fitted.predict(&series).unwrap();
    for chances in &found.chances {
        assert!((chances.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }
    assert!(fitted.drift[1] >= fitted.drift[2] && fitted.drift[2] >= fitted.drift[3]);
    // Without a change of prior the likelihood only rises: the belief in it takes a little back.
    let rise = fitted.history.last().unwrap() - fitted.history[0];
    assert!(rise > 0.0, "{:?}", fitted.history);
    let other = HiddenStages { threads: 3, iterations: 8, ..HiddenStages::default() }.fit(&series).unwrap();
    assert_eq!(other.drift, fitted.drift);
    assert_eq!(other.predict(&series).unwrap().chances, found.chances);
}
