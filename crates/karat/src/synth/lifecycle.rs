//! What happens to the customers of a block, month by month: events, decisions, exits.
//!
//! Only this part looks at other customers (friends who left), so only this part runs month by month over a
//! whole block; everything measured is computed afterwards, customer by customer.

use karat_scorer::numerics::exp;

use super::calendar::first_day;
use super::circle::{BLOCK, Ties};
use super::hazard::{self, Pressure, Reason};
use super::presets::{Kind, Market};
use super::random::{Draws, Entity, Purpose};
use super::traits::Person;

/// Events of one customer in one month.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Events {
    pub(super) complaint: Option<Reason>,
    /// Consecutive months with an unpaid bill, this month included.
    pub(super) arrears: u8,
    /// Share by which usage falls short this month, in percent.
    pub(super) shortfall: u8,
    /// A passing drop, not the run-up to an exit.
    pub(super) passing: bool,
}

/// How a customer leaves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exit {
    /// Month of the decision.
    pub(super) decided: u32,
    /// Last month with a row; may lie beyond the window.
    pub(super) last: u32,
    pub(super) voluntary: bool,
    pub(super) reason: Reason,
    /// Share by which usage has fallen in the last month, in percent; 0 without early signs.
    depth: u8,
}

/// The course of every member of a block through the window.
pub(super) struct Course {
    months: usize,
    events: Vec<Events>,
    pub(super) exits: Vec<Option<Exit>>,
}

impl Course {
    pub(super) fn simulate(
        market: &Market,
        seed: u64,
        months: u32,
        people: &[Person],
        ties: &Ties,
    ) -> Course {
        let mut course = Course {
            months: months as usize,
            events: vec![Events::default(); BLOCK * months as usize],
            exits: vec![None; BLOCK],
        };
        let regions: Vec<Draws> =
            (0..super::circle::REGIONS).map(|region| Draws::new(seed, Entity::Region, region)).collect();
        for month in 0..months {
            for (member, person) in people.iter().enumerate() {
                if month < person.first || course.exits[member].is_some_and(|exit| exit.last < month) {
                    continue;
                }
                if course.exits[member].is_none() {
                    let pressure = course.pressure(people, ties, member, month);
                    course.exits[member] = decide(market, person, month, &pressure);
                }
                let outage = regions[person.region as usize].chance(Purpose::Outage, u64::from(month), 0.06);
                let events = course.draw_events(person, member, month, outage);
                course.events[member * course.months + month as usize] = events;
            }
        }
        course
    }

    pub(super) fn events(&self, member: usize, month: u32) -> &Events {
        &self.events[member * self.months + month as usize]
    }

    /// What weighs on a member at the beginning of `month`: what happened the month before. Members do not
    /// look at the month itself, so the order within a month has no effect. Only those count who have arrived
    /// on the operator's own clock: customers taken into the initial base because they would arrive after
    /// the window may leave, but must not touch those who are there in a longer window too.
    pub(super) fn pressure(&self, people: &[Person], ties: &Ties, member: usize, month: u32) -> Pressure {
        if month <= people[member].first {
            return Pressure::default();
        }
        let before = self.events(member, month - 1);
        let left = |exit: &Exit| exit.last == month - 1;
        let friends = ties.of(member).iter().filter(|tie| {
            let partner = tie.partner as usize;
            people[partner].arrival < month && self.exits[partner].as_ref().is_some_and(left)
        });
        Pressure {
            complaint: before.complaint,
            usage_drop: before.passing,
            // At most two.
            friends_left: friends.take(2).count() as u32,
        }
    }

    fn draw_events(&self, person: &Person, member: usize, month: u32, outage: bool) -> Events {
        let draws = &person.draws;
        let counter = u64::from(month);
        let arrears_before = if month > person.first { self.events(member, month - 1).arrears } else { 0 };
        let mut events = Events {
            complaint: complaint(person, month, outage),
            arrears: arrears(person, month, arrears_before),
            ..Events::default()
        };
        match &self.exits[member] {
            Some(exit) if !exit.voluntary => {
                // Cut off in the third unpaid month.
                events.arrears = events.arrears.max(arrears_before.saturating_add(1));
            }
            Some(exit) => {
                let (done, all) = (month - exit.decided + 1, exit.last - exit.decided + 1);
                // At most 60.
                events.shortfall = (u32::from(exit.depth) * done / all) as u8;
            }
            None if draws.chance(Purpose::UsageDrop, counter, 0.03) => {
                events.passing = true;
                events.shortfall = depth(draws, counter);
            }
            None => {}
        }
        events
    }
}

/// Usage falls by 20 to 60 %.
fn depth(draws: &Draws, counter: u64) -> u8 {
    20 + draws.below(Purpose::DropDepth, counter, 41) as u8
}

/// The competing decisions of a month: to leave, else to be cut off. Seven voluntary exits in ten announce
/// themselves: usage falls by 20 to 60 % over the last one to three months.
fn decide(market: &Market, person: &Person, month: u32, pressure: &Pressure) -> Option<Exit> {
    let draws = &person.draws;
    let counter = u64::from(month);
    if draws.chance(Purpose::Voluntary, counter, hazard::voluntary(market, person, month, pressure)) {
        let reason = hazard::leading_reason(person, pressure);
        let mut exit = Exit { decided: month, last: month, voluntary: true, reason, depth: 0 };
        if draws.chance(Purpose::EarlySign, 0, 0.7) {
            // 0, 1 or 2.
            exit.last += draws.below(Purpose::SignMonths, 0, 3) as u32;
            // 20 to 60.
            exit.depth = 20 + draws.below(Purpose::SignDepth, 0, 41) as u8;
        }
        return Some(exit);
    }
    draws.chance(Purpose::Involuntary, counter, hazard::involuntary(market, person)).then_some(Exit {
        decided: month,
        last: month + 2,
        voluntary: false,
        reason: Reason::Payment,
        depth: 0,
    })
}

/// Bernoulli(.0160 exp(-.6 satisfaction)), three times that in months when the region has an outage (6 %),
/// nearly all of which then concern the network. Without an outage: billing 35, network 30, service 25,
/// product 10 of 100.
fn complaint(person: &Person, month: u32, outage: bool) -> Option<Reason> {
    let counter = u64::from(month);
    let burst = if outage { 3.0 } else { 1.0 };
    let probability = (0.0160 * burst * exp(-0.6 * person.satisfaction)).min(0.5);
    if !person.draws.chance(Purpose::Complaint, counter, probability) {
        return None;
    }
    let draw = person.draws.uniform(Purpose::ComplaintReason, counter);
    let shares = if outage { [0.07, 0.93, 0.98] } else { [0.35, 0.65, 0.90] };
    Some(match shares.iter().filter(|&&bound| draw >= bound).count() {
        0 => Reason::Price,
        1 => Reason::Network,
        2 => Reason::Service,
        _ => Reason::Product,
    })
}

/// Months in arrears: a bill stays unpaid with probability .03 exp(.5 price sensitivity), half of that with
/// automatic payment, and five times that when the one before is unpaid too. Prepaid lines owe nothing.
fn arrears(person: &Person, month: u32, before: u8) -> u8 {
    let base = match person.kind {
        Kind::Prepaid => return 0,
        Kind::Contract => 0.03,
        Kind::Corporate => 0.015,
    };
    let habit = if person.autopay { 0.5 } else { 1.0 } * if before > 0 { 5.0 } else { 1.0 };
    let probability = (base * habit * exp(0.5 * person.price_sensitivity)).min(0.8);
    if person.draws.chance(Purpose::Late, u64::from(month), probability) {
        before.saturating_add(1)
    } else {
        0
    }
}

/// Life-cycle stage at a tenure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Stage {
    Introduction,
    Growth,
    Maturity,
    Decline,
    Lost,
}

/// Texts of stage columns, in the order of [`Stage`].
pub(super) const STAGES: [&str; 5] = ["introduction", "growth", "maturity", "decline", "lost"];

pub(super) fn stage(person: &Person, tenure: u32) -> Stage {
    match tenure {
        0..=3 => Stage::Introduction,
        t if t < person.growth_end => Stage::Growth,
        t if t < person.decline_onset => Stage::Maturity,
        _ => Stage::Decline,
    }
}

/// Share of the prime level a customer is worth at a tenure: .5 rising to .7 in the introduction (months 0
/// to 3), to 1 at the end of growth, level, then exp(-t / 26) down to two fifths. Assumption in the shape of
/// the textbook curve; no operator publishes one.
pub(super) fn stage_multiplier(person: &Person, tenure: u32) -> f64 {
    let t = f64::from(tenure);
    match stage(person, tenure) {
        Stage::Introduction => 0.5 + 0.2 * t / 3.0,
        Stage::Growth => 0.7 + 0.3 * (t - 3.0) / (f64::from(person.growth_end) - 3.0),
        Stage::Maturity | Stage::Lost => 1.0,
        Stage::Decline => exp(-(t - f64::from(person.decline_onset)) / 26.0).max(0.40),
    }
}

/// The day a month's record is loaded: four days after the month has ended, since 1970-01-01.
pub(super) fn load_day(month: u32) -> i64 {
    first_day(i64::from(month) + 1) + 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::presets::Preset;

    #[test]
    fn the_stage_curve_rises_stays_and_falls() {
        let person = Person::new(&Preset::Mixed.market(), 0, 0, 24, 0, None);
        let person = Person { growth_end: 15, decline_onset: 30, ..person };
        let at = |tenure| stage_multiplier(&person, tenure);
        for (tenure, share) in [(0, 0.5), (3, 0.7), (9, 0.85), (15, 1.0), (29, 1.0), (30, 1.0)] {
            assert!((at(tenure) - share).abs() < 1e-14, "{tenure}");
        }
        // exp(-13 / 26), and the floor from about two years of decline on.
        assert!((at(43) - 0.606_530_659_712_633).abs() < 1e-14);
        assert_eq!(at(60), 0.40);
        let stages = [3, 4, 14, 15, 29, 30].map(|tenure| STAGES[stage(&person, tenure) as usize]);
        assert_eq!(stages, ["introduction", "growth", "growth", "maturity", "maturity", "decline"]);
    }
}
