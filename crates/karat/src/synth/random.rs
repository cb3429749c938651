//! What the synthetic operator draws: every number is a pure function of (seed, entity, purpose, counter).

use crate::numerics::random::CounterRandom;

/// What a draw is for. The number is part of the key, so the order of this list is frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(super) enum Purpose {
    Kind = 1,
    Arrival,
    StartTenure,
    Term,
    Value,
    AccountValue,
    Satisfaction,
    PriceSensitivity,
    NetworkQuality,
    Digital,
    Care,
    Device,
    Influence,
    Belonging,
    OnNetShare,
    WalletShare,
    WalletNoise,
    GrowthEnd,
    DeclineOnset,
    Age,
    Autopay,
    Product,
    DeviceGeneration,
    IndustryRank,
    VoiceUser,
    SmsUser,
    MarginRate,
    VoiceLevel,
    VoiceTail,
    CallLength,
    DataLevel,
    SmsLevel,
    RoamingUser,
    RoamingLevel,
    AccountSize,
    CircleSize,
    CircleRegion,
    OwnRegion,
    StaysHome,
    OnNetSlot,
    InCircle,
    Partner,
    TieWeight,
    Complaint,
    ComplaintReason,
    Outage,
    DaysToClose,
    UsageDrop,
    DropDepth,
    Late,
    Voluntary,
    Involuntary,
    EarlySign,
    SignMonths,
    SignDepth,
    SpendingShock,
    VoiceNoise,
    DataNoise,
    SmsNoise,
    RoamingNoise,
    CareCalls,
    RechargeGap,
    OfferEffect,
    DirtyRow,
    DirtyCustomer,
    DirtyChoice,
}

/// Whom a draw belongs to: identical numbers of different entities must not share a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(super) enum Entity {
    Customer = 1,
    Account,
    Block,
    Region,
    Operator,
}

/// The draws of one entity under one seed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draws(CounterRandom);

/// Purpose and counter form one index, with 2^40 counters for each purpose.
#[inline]
fn index(purpose: Purpose, counter: u64) -> u64 {
    ((purpose as u64) << 40) | counter
}

impl Draws {
    pub(super) fn new(seed: u64, entity: Entity, number: u64) -> Draws {
        Draws(CounterRandom::new(seed, entity as u64, number))
    }

    /// Uniform on the open interval (0, 1).
    #[inline]
    pub(super) fn uniform(&self, purpose: Purpose, counter: u64) -> f64 {
        self.0.uniform(index(purpose, counter))
    }

    #[inline]
    pub(super) fn chance(&self, purpose: Purpose, counter: u64, probability: f64) -> bool {
        self.uniform(purpose, counter) < probability
    }

    /// Standard normal.
    #[inline]
    pub(super) fn normal(&self, purpose: Purpose, counter: u64) -> f64 {
        self.0.normal(index(purpose, counter))
    }

    /// Exponential with mean 1.
    #[inline]
    pub(super) fn exponential(&self, purpose: Purpose, counter: u64) -> f64 {
        self.0.exponential(index(purpose, counter))
    }

    /// Uniform on `0..bound`.
    #[inline]
    pub(super) fn below(&self, purpose: Purpose, counter: u64, bound: u64) -> u64 {
        self.0.below(index(purpose, counter), bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bins of 100,000 draws along each axis of the key: chi-square of 63 degrees of freedom stays inside its
    /// 1e-6 tails (23.9 and 127.3, from the chi-square tables), and neighbours are uncorrelated.
    #[test]
    fn draws_look_uniform_and_independent_along_every_axis() {
        let along_counter = |i: u64| Draws::new(1, Entity::Customer, 5).uniform(Purpose::VoiceNoise, i);
        let along_customer = |i: u64| Draws::new(1, Entity::Customer, i).uniform(Purpose::VoiceNoise, 5);
        let along_seed = |i: u64| Draws::new(i, Entity::Customer, 5).uniform(Purpose::VoiceNoise, 5);
        let along_entity = |i: u64| {
            let entity = if i.is_multiple_of(2) { Entity::Customer } else { Entity::Account };
            Draws::new(1, entity, i / 2).uniform(Purpose::VoiceNoise, 5)
        };
        let axes: [&dyn Fn(u64) -> f64; 4] = [&along_counter, &along_customer, &along_seed, &along_entity];
        for (axis, draw) in axes.iter().enumerate() {
            let n = 100_000_u64;
            let draws: Vec<f64> = (0..n).map(draw).collect();
            let mut bins = [0.0_f64; 64];
            draws.iter().for_each(|u| bins[(u * 64.0) as usize] += 1.0);
            let expected = n as f64 / 64.0;
            let chi_square: f64 = bins.iter().map(|b| (b - expected) * (b - expected) / expected).sum();
            assert!((23.9..127.3).contains(&chi_square), "axis {axis}: {chi_square}");
            let products: f64 = draws.windows(2).map(|w| (w[0] - 0.5) * (w[1] - 0.5)).sum();
            let correlation = products / (n as f64 / 12.0);
            assert!(correlation.abs() < 5.0 / (n as f64).sqrt(), "axis {axis}: {correlation}");
        }
    }
}
