//! Why customers leave: the true monthly hazards and what they are made of.
//!
//! Voluntary hazard of a month = base(type, tenure) x contract clock x season x exp(pressure - .16), with
//! pressure = -.45 satisfaction + .20 price sensitivity + 1.35 complaint + 1.10 usage drop + .30 churned
//! friends (at most two), each as of the month before. Signs and sizes: complaints and inactivity raise
//! churn five- to ninefold in a public set of an Iranian operator; contracts protect inside the term and
//! expose at its end (public sample of 7,043 customers: month-to-month 42.7 %, one year 11.3 %, two years
//! 2.8 %); more than half of prepaid churn comes from low tenure. The size of the friends' effect is an
//! assumption; papers agree on its sign only. Involuntary exits (unpaid bills) compete.

use karat_scorer::numerics::exp;

use super::calendar::churn_factor;
use super::presets::{Kind, Market};
use super::traits::{Person, satisfaction};

/// Family of reasons for leaving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Reason {
    Price,
    Network,
    Service,
    Product,
    Competitor,
    LifeEvent,
    Payment,
}

/// Texts of reason columns, in the order of [`Reason`].
pub(super) const REASONS: [&str; 7] =
    ["price", "network", "service", "product", "competitor", "life_event", "payment"];

/// What weighs on a customer at the end of a month.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pressure {
    /// Family of this month's complaint.
    pub(super) complaint: Option<Reason>,
    /// Usage fell this month.
    pub(super) usage_drop: bool,
    /// Friends who left this month, at most two.
    pub(super) friends_left: u32,
}

const SATISFACTION: f64 = -0.45;
const PRICE: f64 = 0.20;
const COMPLAINT: f64 = 1.35;
const USAGE_DROP: f64 = 1.10;
const FRIEND: f64 = 0.30;
const CENTRE: f64 = -0.16;

/// Contributions to the log-hazard by family, relative to an average customer without events.
pub(super) fn contributions(person: &Person, pressure: &Pressure) -> [f64; 6] {
    let mut by_family = [
        PRICE * person.price_sensitivity + SATISFACTION * satisfaction::PRICE * person.price_sensitivity,
        SATISFACTION * satisfaction::NETWORK * person.network_quality,
        SATISFACTION * satisfaction::CARE * person.care,
        SATISFACTION * satisfaction::DEVICE * person.device,
        FRIEND * f64::from(pressure.friends_left),
        if pressure.usage_drop { USAGE_DROP } else { 0.0 },
    ];
    if let Some(family) = pressure.complaint {
        by_family[family as usize] += COMPLAINT;
    }
    by_family
}

/// The family with the largest contribution; the first of equals.
pub(super) fn leading_reason(person: &Person, pressure: &Pressure) -> Reason {
    const FAMILIES: [Reason; 6] = [
        Reason::Price,
        Reason::Network,
        Reason::Service,
        Reason::Product,
        Reason::Competitor,
        Reason::LifeEvent,
    ];
    let by_family = contributions(person, pressure);
    let best = (1..6).fold(0, |best, i| if by_family[i] > by_family[best] { i } else { best });
    FAMILIES[best]
}

/// Probability that an active customer decides in `month` to leave.
pub(super) fn voluntary(market: &Market, person: &Person, month: u32, pressure: &Pressure) -> f64 {
    let tenure = person.tenure(month);
    let early = match person.kind {
        Kind::Prepaid => 1.0 + 1.6 * exp(-f64::from(tenure) / 4.0),
        Kind::Contract | Kind::Corporate => 1.0,
    };
    let clock = match person.kind {
        Kind::Contract if person.term > 0 => contract_clock(tenure, person.term),
        Kind::Prepaid | Kind::Contract | Kind::Corporate => 1.0,
    };
    let events = f64::from(u32::from(pressure.complaint.is_some())) * COMPLAINT
        + f64::from(u32::from(pressure.usage_drop)) * USAGE_DROP
        + f64::from(pressure.friends_left) * FRIEND;
    let traits = SATISFACTION * person.satisfaction + PRICE * person.price_sensitivity;
    let base = market.base_hazard[person.kind as usize] * early * clock * churn_factor(month);
    (base * exp(traits + events + CENTRE)).min(0.6)
}

/// x .45 inside the term, x 3 in its last two months and in the month of expiry.
fn contract_clock(tenure: u32, term: u32) -> f64 {
    let in_term = tenure % term;
    let expires = in_term == 0 && tenure > 0;
    if expires || term - in_term <= 2 { 3.0 } else { 0.45 }
}

/// Probability that an active customer who stays of their own will is cut off for unpaid bills.
pub(super) fn involuntary(market: &Market, person: &Person) -> f64 {
    market.involuntary[person.kind as usize] * exp(0.5 * person.price_sensitivity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::presets::Preset;

    fn neutral(kind: Kind, term: u32, tenure: u32) -> Person {
        let person = Person::new(&Preset::Mixed.market(), 0, 0, 24, 0, None);
        Person {
            kind,
            term,
            first: 0,
            start_tenure: tenure,
            satisfaction: 0.0,
            price_sensitivity: 0.0,
            ..person
        }
    }

    /// The formula at the head of this file with the base rates of the mixed market, computed apart with
    /// Python's `math.exp`.
    #[test]
    fn hazards_equal_their_formula() {
        let market = Preset::Mixed.market();
        let calm = Pressure::default();
        let hazard =
            |person: &Person, month, pressure: &Pressure| voluntary(&market, person, month, pressure);
        let close = |reached: f64, expected: f64| {
            assert!((reached / expected - 1.0).abs() < 1e-9, "{reached} against {expected}");
        };
        // .0320 * 2.6 * 1.02 * exp(-.16), a newcomer in January
        close(hazard(&neutral(Kind::Prepaid, 0, 0), 0, &calm), 0.072_316_330_506_8);
        // .0098 * .45 * 1.00 * exp(-.16), in term, tenure 5 in April
        let april = Person { start_tenure: 2, ..neutral(Kind::Contract, 24, 2) };
        close(hazard(&april, 3, &calm), 0.003_757_954_109_3);
        // last two months of the term and the month of expiry: x 3 instead of x .45
        for tenure in [19, 20, 21] {
            let expiring = neutral(Kind::Contract, 24, tenure);
            close(hazard(&expiring, 3, &calm) / hazard(&april, 3, &calm), 3.0 / 0.45);
        }
        // satisfaction .5, price -1, complaint, drop, two friends: exp(-.225 - .2 + 1.35 + 1.1 + .6)
        let pressed = Person { satisfaction: 0.5, price_sensitivity: -1.0, ..april };
        let pressure = Pressure { complaint: Some(Reason::Service), usage_drop: true, friends_left: 2 };
        close(hazard(&pressed, 3, &pressure) / hazard(&april, 3, &calm), 13.804_574_186_067_1);
        // .0022 * exp(-.5)
        close(involuntary(&market, &pressed), 0.001_334_367_451_4);
    }

    #[test]
    fn the_largest_contribution_names_the_reason() {
        let person =
            Person { network_quality: -2.0, care: 0.0, device: 0.0, ..neutral(Kind::Contract, 0, 5) };
        assert_eq!(leading_reason(&person, &Pressure::default()), Reason::Network);
        let billing = Pressure { complaint: Some(Reason::Price), ..Pressure::default() };
        assert_eq!(leading_reason(&person, &billing), Reason::Price);
        let friends = Pressure { friends_left: 2, ..Pressure::default() };
        assert_eq!(leading_reason(&person, &friends), Reason::Competitor);
    }
}
