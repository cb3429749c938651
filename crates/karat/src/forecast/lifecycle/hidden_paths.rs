//! The lives that a customer may have had within the months seen, and how likely each is.

use super::hidden_markov::{FittedHiddenStages, STAGES, band};
use super::hidden_noise::{Noise, logarithms};
use super::hidden_shapes::{PARTS, Projections, Shapes};
use super::series::MonthlySeries;
use karat_scorer::numerics::{exp, ln};
use karat_scorer::step::Stage;
use std::collections::BTreeMap;

/// Sums of an expectation.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    pub(super) log_likelihood: f64,
    /// Products of the steps with each other and with what was seen, over all lives.
    pub(super) products: [[f64; PARTS]; PARTS],
    pub(super) seen: [f64; PARTS],
    pub(super) square: f64,
    /// Changes that the noise is measured by.
    pub(super) changes: f64,
    /// By bands of tenure: months in growth and those that ended it, months of maturity and those that ended it.
    pub(super) grow: Vec<f64>,
    pub(super) grown: Vec<f64>,
    pub(super) mature: Vec<f64>,
    pub(super) declined: Vec<f64>,
}

impl Sums {
    pub(super) fn new(bands: usize) -> Sums {
        Sums {
            log_likelihood: 0.0,
            products: [[0.0; PARTS]; PARTS],
            seen: [0.0; PARTS],
            square: 0.0,
            changes: 0.0,
            grow: vec![0.0; bands],
            grown: vec![0.0; bands],
            mature: vec![0.0; bands],
            declined: vec![0.0; bands],
        }
    }

    pub(super) fn merge(&mut self, other: &Sums) {
        self.log_likelihood += other.log_likelihood;
        self.square += other.square;
        self.changes += other.changes;
        let add =
            |sum: &mut [f64], part: &[f64]| sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        for (sum, part) in self.products.iter_mut().zip(&other.products) {
            add(sum, part);
        }
        add(&mut self.seen, &other.seen);
        add(&mut self.grow, &other.grow);
        add(&mut self.grown, &other.grown);
        add(&mut self.mature, &other.mature);
        add(&mut self.declined, &other.declined);
    }
}

/// What a round shares between customers.
pub(super) struct Walk<'a> {
    fitted: &'a FittedHiddenStages,
    /// Chances of the stages at every tenure, before anything was seen.
    starts: Vec<[f64; STAGES]>,
    shapes: &'a BTreeMap<(usize, usize), Shapes>,
    /// Stages that customers are known to be in now.
    known: Option<&'a [Option<Stage>]>,
}

/// Kept between customers.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    projections: Projections,
    /// First place after growth, first of decline, and the chance.
    lives: Vec<(usize, usize, f64)>,
    stay_growth: Vec<f64>,
    stay_mature: Vec<f64>,
    /// Chances of each end of growth and begin of decline, and changes of the chance of being mature.
    by_growth: Vec<f64>,
    by_decline: Vec<f64>,
    mature: Vec<f64>,
}

/// Months read of a customer, the tenure in the first of them, and how many of their changes are introduction's.
fn outline(fitted: &FittedHiddenStages, series: &MonthlySeries<'_>, customer: usize) -> (usize, f64, usize) {
    let months = series.months(customer).len().min(super::hidden_noise::LONGEST);
    let first = series.tenure(customer) - (months as f64 - 1.0);
    let introduced = (1..months).filter(|&place| first + place as f64 <= fitted.introduction_months).count();
    (months, first, introduced)
}

/// The shapes that the customers of a base need.
pub(super) fn shapes_of(
    fitted: &FittedHiddenStages,
    series: &MonthlySeries<'_>,
    noise: &Noise,
) -> BTreeMap<(usize, usize), Shapes> {
    let mut shapes = BTreeMap::new();
    for customer in 0..series.customers() {
        let (months, _, introduced) = outline(fitted, series, customer);
        shapes.entry((months, introduced)).or_insert_with(|| Shapes::new(months, introduced, noise));
    }
    shapes
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        fitted: &'a FittedHiddenStages,
        series: &MonthlySeries<'_>,
        shapes: &'a BTreeMap<(usize, usize), Shapes>,
        known: Option<&'a [Option<Stage>]>,
    ) -> Walk<'a> {
        Walk { fitted, starts: fitted.starts(series), shapes, known }
    }

    /// Chances of the stages in the last month; adds to `sums` if there are some.
    pub(super) fn customer(
        &self,
        series: &MonthlySeries<'_>,
        customer: usize,
        scratch: &mut Scratch,
        sums: Option<&mut Sums>,
    ) -> [f64; STAGES] {
        let fitted = self.fitted;
        let (months, first, introduced) = outline(fitted, series, customer);
        let Some(shapes) = self.shapes.get(&(months, introduced)) else { return [0.0; STAGES] };
        shapes.project(&logarithms(series, customer), &mut scratch.projections);
        self.prior(first, months, introduced, scratch);
        let rising = usize::from(first + (months as f64 - 1.0) > fitted.introduction_months);
        let stage_of = |a: usize, b: usize| match (a < months, b < months) {
            (_, true) => 3,
            (true, false) => 2,
            (false, false) => rising,
        };
        if let Some(stage) = self.known.and_then(|known| known[customer]) {
            // Lives that end elsewhere are out of question, unless the chain knows of no other.
            let fits = |life: &(usize, usize, f64)| stage_of(life.0, life.1) == stage as usize;
            if scratch.lives.iter().any(fits) {
                scratch.lives.retain(fits);
            }
        }
        let evidence = self.weigh(shapes, scratch);
        let mut last = [0.0; STAGES];
        for &(a, b, chance) in &scratch.lives {
            last[stage_of(a, b)] += chance;
        }
        if let Some(sums) = sums {
            sums.log_likelihood += evidence;
            self.add(shapes, first, introduced, scratch, sums);
        }
        last
    }

    /// Lists lives with the logarithms of their chances before anything was seen.
    fn prior(&self, first: f64, months: usize, introduced: usize, scratch: &mut Scratch) {
        let fitted = self.fitted;
        let Scratch { lives, stay_growth, stay_mature, .. } = scratch;
        let chance = |of: &[f64], place: usize| of[band(first + place as f64)];
        let new = first <= fitted.introduction_months;
        // Who comes out of the introduction grows for a month at least.
        let earliest = if new { introduced + 2 } else { 1 };
        stay_growth.clear();
        stay_mature.clear();
        let (mut growth, mut mature) = (0.0, 0.0);
        for place in 0..months {
            if place >= earliest {
                growth += ln(1.0 - chance(&fitted.end_of_growth, place));
            }
            if place > 0 {
                mature += ln(1.0 - chance(&fitted.begin_of_decline, place));
            }
            stay_growth.push(growth);
            stay_mature.push(mature);
        }
        let end = months - 1;
        lives.clear();
        let starts = self.starts[(first.max(0.0) as usize).min(self.starts.len() - 1)];
        let mut from = |a: usize, entered: f64| {
            let since = stay_mature[a];
            for b in a + 1..months {
                let begins = ln(chance(&fitted.begin_of_decline, b));
                lives.push((a, b, entered + (stay_mature[b - 1] - since) + begins));
            }
            lives.push((a, months, entered + (stay_mature[end] - since)));
        };
        if starts[2] > 0.0 && !new {
            from(0, ln(starts[2]));
        }
        let growing = if new { 1.0 } else { starts[1] };
        if growing > 0.0 {
            let begun = ln(growing);
            for a in earliest..months {
                from(a, begun + stay_growth[a - 1] + ln(chance(&fitted.end_of_growth, a)));
            }
            lives.push((months, months, begun + stay_growth[end]));
        }
        if starts[3] > 0.0 && !new {
            lives.push((0, 0, ln(starts[3])));
        }
    }

    /// Turns the logarithms into chances after what was seen; returns the logarithm of the likelihood.
    fn weigh(&self, shapes: &Shapes, scratch: &mut Scratch) -> f64 {
        let fitted = self.fitted;
        let [market, introduction, rise, fall] = fitted.steps;
        let found = &scratch.projections;
        let per = 1.0 / fitted.scale;
        let along = |with: &[f64; 2]| market * with[0] + introduction * with[1];
        let growth = |a: usize| {
            rise * (found.growth[a] - along(&shapes.with_growth[a]) - 0.5 * rise * shapes.growth_growth[a])
        };
        let decline = |b: usize| {
            fall * (found.decline[b]
                - along(&shapes.with_decline[b])
                - 0.5 * fall * shapes.decline_decline[b])
        };
        let mut largest = f64::NEG_INFINITY;
        for (a, b, chance) in &mut scratch.lives {
            let cross = rise * fall * shapes.growth_decline[*a][*b];
            *chance += per * (growth(*a) + decline(*b) - cross);
            largest = largest.max(*chance);
        }
        let mut whole = 0.0;
        for (_, _, chance) in &mut scratch.lives {
            *chance = exp(*chance - largest);
            whole += *chance;
        }
        for (_, _, chance) in &mut scratch.lives {
            *chance /= whole;
        }
        let fixed = market * (found.fixed[0] - 0.5 * along(&shapes.fixed[0]))
            + introduction * (found.fixed[1] - 0.5 * along(&shapes.fixed[1]));
        let changes = shapes.months as f64 - 1.0;
        largest + ln(whole) + per * (fixed - 0.5 * found.square) - 0.5 * changes * ln(fitted.scale)
    }

    fn add(&self, shapes: &Shapes, first: f64, introduced: usize, scratch: &mut Scratch, sums: &mut Sums) {
        let (months, found) = (shapes.months, &scratch.projections);
        let new = first <= self.fitted.introduction_months;
        let earliest = if new { introduced + 2 } else { 1 };
        sums.square += found.square;
        sums.changes += months as f64 - 1.0;
        for i in 0..2 {
            sums.seen[i] += found.fixed[i];
            for j in 0..2 {
                sums.products[i][j] += shapes.fixed[i][j];
            }
        }
        let Scratch { lives, by_growth, by_decline, mature, .. } = scratch;
        for list in [&mut *by_growth, &mut *by_decline, &mut *mature] {
            list.clear();
            list.resize(months + 2, 0.0);
        }
        for &(a, b, chance) in lives.iter() {
            by_growth[a] += chance;
            by_decline[b] += chance;
            sums.products[2][3] += chance * shapes.growth_decline[a][b];
            if b > 0 && a < months {
                // Mature from the month after a to that in which decline begins.
                mature[a + 1] += chance;
                mature[(b + 1).min(months)] -= chance;
            }
        }
        for (part, by, with, square, seen) in [
            (2, &*by_growth, &shapes.with_growth, &shapes.growth_growth, &found.growth),
            (3, &*by_decline, &shapes.with_decline, &shapes.decline_decline, &found.decline),
        ] {
            for place in 0..=months {
                sums.seen[part] += by[place] * seen[place];
                sums.products[part][part] += by[place] * square[place];
                for i in 0..2 {
                    sums.products[i][part] += by[place] * with[place][i];
                }
            }
        }
        let (mut growing, mut matured) = (by_growth[earliest.min(months)..=months].iter().sum::<f64>(), 0.0);
        for place in 1..months {
            let at = band(first + place as f64);
            matured += mature[place];
            sums.mature[at] += matured;
            sums.declined[at] += by_decline[place];
            if place >= earliest {
                sums.grow[at] += growing;
                sums.grown[at] += by_growth[place];
                growing -= by_growth[place];
            }
        }
    }
}
