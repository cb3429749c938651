//! What no operator knows: the truth behind each customer, for tests of recovery.

use karat_scorer::numerics::{exp, ln, sigmoid};

use super::block::Setting;
use super::circle::Ties;
use super::customers::id;
use super::frame::table;
use super::hazard::{self, REASONS};
use super::lifecycle::{Course, STAGES, Stage, stage};
use super::presets::{Kind, Market};
use super::random::{Draws, Entity, Purpose};
use super::traits::Person;

/// Weights of contribution, attribution and influence in the true index: the principal eigenvector of the
/// judgments [[1, 2, 4], [1/2, 1, 3], [1/4, 1/3, 1]] (consistency ratio .0158).
const INDEX_WEIGHTS: [f64; 3] = [0.558_425, 0.319_618, 0.121_957];

/// Kano classes: must-be, one-dimensional, attractive, indifferent, reverse (Kano et al., 1984).
const KANO: [&str; 5] = ["must_be", "one_dimensional", "attractive", "indifferent", "reverse"];

table!(TruthRow, TruthColumns, {
    customer_id: Integer,
    value: Number,
    satisfaction: Number,
    price_sensitivity: Number,
    network_quality: Number,
    digital: Number,
    care: Number,
    device: Number,
    influence: Number,
    on_net: Number,
    wallet: Number,
    growth_end_tenure: Integer,
    decline_onset_tenure: Integer,
    stage: Text(STAGES),
    margin_level: Number,
    contribution: Number,
    attribution: Number,
    influence_score: Number,
    index: Number,
    friends_left: Integer,
    hazard_voluntary: Number,
    hazard_involuntary: Number,
    hazard: Number,
    leaving: Integer,
    reason: Text(REASONS),
    offer_01: Number,
    offer_02: Number,
    offer_03: Number,
    offer_04: Number,
    offer_05: Number,
    offer_06: Number,
    offer_07: Number,
    offer_08: Number,
    offer_09: Number,
    offer_10: Number,
    offer_11: Number,
    offer_12: Number,
    kano_coverage: Text(KANO),
    kano_billing_accuracy: Text(KANO),
    kano_data_speed: Text(KANO),
    kano_hotline_wait: Text(KANO),
    kano_store_service: Text(KANO),
    kano_roaming_pack: Text(KANO),
    kano_loyalty_gifts: Text(KANO),
    kano_device_upgrade: Text(KANO),
    kano_marketing_calls: Text(KANO),
});

/// The true dimensions of value, each in (0, 1), and the index of 0 to 100 they add up to.
fn index(market: &Market, person: &Person, tenure: u32, margin_level: f64) -> [f64; 4] {
    let reference: f64 =
        (0..3).map(|k| market.shares[k] * market.revenue_mean[k] * market.margin_rate[k]).sum();
    let contribution = sigmoid((ln(margin_level / reference) + 0.6) / 0.8);
    let products = person.products.iter().filter(|&&held| held).count() as f64;
    let attribution = 0.30 * (1.0 - exp(-f64::from(tenure) / 36.0))
        + 0.20 * (f64::from(person.contract_months_left(tenure)) / 24.0).min(1.0)
        + 0.15 * products / 5.0
        + 0.10 * f64::from(u32::from(person.autopay))
        + 0.10 * person.on_net
        + 0.15 * person.wallet;
    let influence = sigmoid(person.influence + 0.8 * ln(f64::from(person.lines())));
    let [c, a, i] = INDEX_WEIGHTS;
    [contribution, attribution, influence, 100.0 * (c * contribution + a * attribution + i * influence)]
}

/// Change of the probability to leave within three months, by offer: the first helps all (-1.9 points of
/// 17.2 in a field experiment with retention calls), the second harms all (plan advice raised churn from 6
/// to 10 %), the third works only for price-sensitive prepaid customers, nine do nearly nothing.
fn offers(seed: u64, person: &Person) -> [f64; 12] {
    let draws = Draws::new(seed, Entity::Operator, 0);
    std::array::from_fn(|offer| match offer {
        0 => -0.019,
        1 => 0.040,
        2 if person.kind == Kind::Prepaid && person.price_sensitivity > 0.5 => -0.040,
        2 => 0.0,
        _ => (draws.normal(Purpose::OfferEffect, offer as u64) * 10.0).round() / 10_000.0,
    })
}

/// The true Kano class of nine services; classes differ by trait, as customer groups do.
fn kano(person: &Person) -> [u32; 9] {
    let [must, linear, attractive, indifferent, reverse] = [0, 1, 2, 3, 4];
    let valuable = person.value > 0.5;
    let digital = person.digital > 0.0;
    let pick = |condition: bool, yes: u32, no: u32| if condition { yes } else { no };
    [
        must,
        must,
        pick(digital, must, linear),
        pick(person.care < -0.5 || valuable, linear, indifferent),
        pick(digital, indifferent, linear),
        pick(person.roaming > 0.0, linear, indifferent),
        pick(valuable, attractive, indifferent),
        pick(person.device < 0.0 || digital, attractive, indifferent),
        pick(person.satisfaction < 0.8, reverse, indifferent),
    ]
}

/// The truth about a member at the end of the last month. Hazards and reason are those of the coming month,
/// or of the month of the decision for customers who have decided.
pub(super) fn reveal(
    setting: &Setting,
    number: u64,
    people: &[Person],
    course: &Course,
    ties: &Ties,
    member: usize,
    level: f64,
) -> TruthRow {
    let (market, months) = (&setting.market, setting.months);
    let person = &people[member];
    let exit = course.exits[member];
    let left = exit.is_some_and(|exit| exit.last < months);
    let tenure = person.tenure(exit.map_or(months - 1, |exit| exit.last.min(months - 1)));
    let deciding = exit.map_or(months, |exit| exit.decided);
    let pressure = course.pressure(people, ties, member, deciding);
    let voluntary = hazard::voluntary(market, person, deciding, &pressure);
    let involuntary = hazard::involuntary(market, person);
    let margin_level = level * person.margin_rate;
    let [contribution, attribution, influence_score, index] = index(market, person, tenure, margin_level);
    let reason = exit.map_or_else(|| hazard::leading_reason(person, &pressure), |exit| exit.reason);
    let offers = offers(setting.seed, person);
    let kano = kano(person);
    TruthRow {
        customer_id: id(number),
        value: person.value,
        satisfaction: person.satisfaction,
        price_sensitivity: person.price_sensitivity,
        network_quality: person.network_quality,
        digital: person.digital,
        care: person.care,
        device: person.device,
        influence: person.influence,
        on_net: person.on_net,
        wallet: person.wallet,
        growth_end_tenure: i64::from(person.growth_end),
        decline_onset_tenure: i64::from(person.decline_onset),
        stage: if left { Stage::Lost } else { stage(person, tenure) } as u32,
        margin_level,
        contribution,
        attribution,
        influence_score,
        index,
        friends_left: i64::from(pressure.friends_left),
        hazard_voluntary: voluntary,
        hazard_involuntary: involuntary,
        hazard: voluntary + (1.0 - voluntary) * involuntary,
        leaving: i64::from(exit.is_some() && !left),
        reason: reason as u32,
        offer_01: offers[0],
        offer_02: offers[1],
        offer_03: offers[2],
        offer_04: offers[3],
        offer_05: offers[4],
        offer_06: offers[5],
        offer_07: offers[6],
        offer_08: offers[7],
        offer_09: offers[8],
        offer_10: offers[9],
        offer_11: offers[10],
        offer_12: offers[11],
        kano_coverage: kano[0],
        kano_billing_accuracy: kano[1],
        kano_data_speed: kano[2],
        kano_hotline_wait: kano[3],
        kano_store_service: kano[4],
        kano_roaming_pack: kano[5],
        kano_loyalty_gifts: kano[6],
        kano_device_upgrade: kano[7],
        kano_marketing_calls: kano[8],
    }
}
