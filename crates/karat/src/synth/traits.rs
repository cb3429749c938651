//! Who a customer is: everything that is fixed for life, most of it hidden from the operator.

use karat_scorer::numerics::{exp, ln, sigmoid};

use super::accounts::Account;
use super::presets::{Kind, Market};
use super::random::{Draws, Entity, Purpose};

/// Months over which people keep arriving thin out by this factor a month.
const ARRIVAL_DECAY: f64 = 0.97;
/// Customers who are there from the first month, whatever the window.
const ALWAYS_INITIAL: f64 = 0.40;
/// Log standard deviation that a Pareto factor of exponent 2.8 adds: 1 / 2.8.
const VOICE_TAIL: f64 = 1.0 / 2.8;

/// Shares of satisfaction explained by each latent trait; with the rest, the squares sum to 1.
pub(super) mod satisfaction {
    pub(in crate::synth) const VALUE: f64 = 0.25;
    pub(in crate::synth) const PRICE: f64 = -0.30;
    pub(in crate::synth) const NETWORK: f64 = 0.50;
    pub(in crate::synth) const CARE: f64 = 0.46;
    pub(in crate::synth) const DEVICE: f64 = 0.30;
    /// sqrt(1 - .25^2 - .30^2 - .50^2 - .46^2 - .30^2)
    pub(in crate::synth) const REST: f64 = 0.543_966_910_758_365_9;
}

/// The fixed traits of a customer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Person {
    pub(super) draws: Draws,
    pub(super) kind: Kind,
    pub(super) region: u32,
    pub(super) account: Option<Account>,
    /// Latent standard normals, named as in the truth table.
    pub(super) value: f64,
    pub(super) satisfaction: f64,
    pub(super) price_sensitivity: f64,
    pub(super) network_quality: f64,
    pub(super) digital: f64,
    pub(super) care: f64,
    pub(super) device: f64,
    pub(super) influence: f64,
    /// Month of arrival on the operator's own clock, whatever the window: 0 for the initial base.
    pub(super) arrival: u32,
    /// First month of the window with a row.
    pub(super) first: u32,
    /// Tenure in the first month.
    pub(super) start_tenure: u32,
    /// Length of the contract, 0 for none.
    pub(super) term: u32,
    /// Tenure at which growth ends and decline begins.
    pub(super) growth_end: u32,
    pub(super) decline_onset: u32,
    pub(super) age: u32,
    pub(super) autopay: bool,
    pub(super) products: [bool; 5],
    /// 2 to 5, as in 2G to 5G.
    pub(super) device_generation: u32,
    /// True share of the circle on the same network, and of the telecom budget spent here.
    pub(super) on_net: f64,
    pub(super) wallet: f64,
    pub(super) margin_rate: f64,
    /// Monthly levels of a customer in their prime; 0 for those who never use the service.
    pub(super) revenue: f64,
    pub(super) minutes: f64,
    pub(super) sms: f64,
    pub(super) data: f64,
    pub(super) roaming: f64,
    /// Mean minutes of a call.
    pub(super) call_minutes: f64,
    /// Expert rank of a corporate customer's industry, 1 to 9; 0 for consumers.
    pub(super) industry_rank: u32,
}

/// The type of a customer, cheap enough to count corporate lines ahead of the generation.
pub(super) fn kind(market: &Market, draws: &Draws) -> Kind {
    let draw = draws.uniform(Purpose::Kind, 0);
    if draw < market.shares[0] {
        Kind::Prepaid
    } else if draw < market.shares[0] + market.shares[1] {
        Kind::Contract
    } else {
        Kind::Corporate
    }
}

/// A lognormal of given mean at a standard normal `z`.
pub(super) fn lognormal(mean: f64, sigma: f64, z: f64) -> f64 {
    mean * exp(sigma * z - 0.5 * sigma * sigma)
}

impl Person {
    pub(super) fn new(
        market: &Market,
        seed: u64,
        number: u64,
        months: u32,
        region: u32,
        account: Option<Account>,
    ) -> Person {
        let draws = Draws::new(seed, Entity::Customer, number);
        let kind = kind(market, &draws);
        let z = |purpose| draws.normal(purpose, 0);
        let value = match account {
            Some(account) => {
                let of_account = Draws::new(seed, Entity::Account, u64::from(account.number));
                0.6 * of_account.normal(Purpose::AccountValue, 0) + 0.8 * z(Purpose::Value)
            }
            None => z(Purpose::Value),
        };
        let (price, network) = (z(Purpose::PriceSensitivity), z(Purpose::NetworkQuality));
        let (digital, care, device) = (z(Purpose::Digital), z(Purpose::Care), z(Purpose::Device));
        let satisfaction = satisfaction::VALUE * value
            + satisfaction::PRICE * price
            + satisfaction::NETWORK * network
            + satisfaction::CARE * care
            + satisfaction::DEVICE * device
            + satisfaction::REST * z(Purpose::Satisfaction);
        let (arrival, first, start_tenure) = arrival(&draws, kind, months);
        let (growth_end, decline_onset) = life_cycle(&draws);
        let products = products(&draws, kind, value, digital);
        let belonging = 0.4 * satisfaction + 0.916_515_138_991_168 * z(Purpose::Belonging);
        let usage = relative_usage(market, kind);
        let mut person = Person {
            draws,
            kind,
            region,
            account,
            value,
            satisfaction,
            price_sensitivity: price,
            network_quality: network,
            digital,
            care,
            device,
            influence: z(Purpose::Influence),
            arrival,
            first,
            start_tenure,
            term: term(&draws, kind),
            growth_end,
            decline_onset,
            age: age(&draws, kind, start_tenure),
            autopay: draws.chance(
                Purpose::Autopay,
                0,
                sigmoid([-2.2, 0.3, 1.6][kind as usize] + 0.6 * digital),
            ),
            products,
            device_generation: device_generation(digital, value, z(Purpose::DeviceGeneration)),
            on_net: sigmoid(0.55 + 0.5 * belonging + 0.6 * z(Purpose::OnNetShare)),
            wallet: sigmoid(0.9 + 0.7 * belonging + 0.6 * z(Purpose::WalletShare)),
            margin_rate: market.margin_rate[kind as usize] * (1.0 + 0.12 * bounded(z(Purpose::MarginRate))),
            revenue: lognormal(
                market.revenue_mean[kind as usize],
                market.revenue_sigma[kind as usize],
                value,
            ),
            minutes: 0.0,
            sms: 0.0,
            data: 0.0,
            roaming: 0.0,
            call_minutes: MEAN_CALL_MINUTES * lognormal(1.0, 0.25, z(Purpose::CallLength)),
            industry_rank: match account {
                Some(account) => industry_rank(seed, account),
                None => 0,
            },
        };
        person.set_usage_levels(market, usage);
        person
    }

    /// Minutes are double Pareto lognormal in the upper tail (Seshadri et al., KDD 2008): a lognormal body
    /// times a Pareto factor of exponent 2.8; log-sd .9 in all, correlation .6 with value. Data log-sd 1.6
    /// (between Cisco's 1.49 of 2010 and Amdocs' 2.1 of 2015). 5 % never call, 19 % never write; log-sd of
    /// messages 1.45 (public set of an Iranian operator).
    fn set_usage_levels(&mut self, market: &Market, usage: f64) {
        let draws = self.draws;
        let z = |purpose| draws.normal(purpose, 0);
        if !draws.chance(Purpose::VoiceUser, 0, 0.05) {
            // Variance .9^2 less that of the tail and of the months.
            let body = 0.66;
            let tail = exp(VOICE_TAIL * draws.exponential(Purpose::VoiceTail, 0)) * (1.0 - VOICE_TAIL);
            let level = 0.6 * self.value + 0.8 * z(Purpose::VoiceLevel);
            self.minutes = lognormal(market.minutes_mean * usage / 0.95, body, level) * tail;
        }
        if self.products[0] {
            let level = 0.5 * self.value + 0.866_025_403_784_438_6 * z(Purpose::DataLevel);
            self.data = lognormal(market.data_mean * usage, 1.56, level);
        }
        if !draws.chance(Purpose::SmsUser, 0, 0.19) {
            self.sms = lognormal(market.sms_mean * usage, 1.38, z(Purpose::SmsLevel));
        }
        if draws.chance(Purpose::RoamingUser, 0, sigmoid(-2.2 + 0.8 * self.value)) {
            self.roaming = lognormal(0.10 * self.revenue, 0.9, z(Purpose::RoamingLevel));
        }
    }

    pub(super) fn tenure(&self, month: u32) -> u32 {
        self.start_tenure + (month - self.first)
    }

    /// Months of the running contract that are left after a month of that tenure; contracts renew.
    pub(super) fn contract_months_left(&self, tenure: u32) -> u32 {
        if self.term == 0 { 0 } else { self.term - tenure % self.term }
    }

    /// Lines of the account seen from the operator, 1 for consumers.
    pub(super) fn lines(&self) -> u32 {
        self.account.map_or(1, |account| account.lines)
    }

    /// People called, on any network: lognormal of mean 8 and log-sd .7, between 1 and 60.
    pub(super) fn degree(&self) -> u32 {
        // Between 1 and 60 after the clamp.
        lognormal(8.0, 0.7, self.influence).round().clamp(1.0, 60.0) as u32
    }
}

/// Mean of a log-logistic call duration of median 40 s and shape 1.4 cut at two hours, in minutes
/// (97.34 s by numerical integration; the law is that of Vaz de Melo et al., ECML 2010).
const MEAN_CALL_MINUTES: f64 = 97.34 / 60.0;

/// Use of a type relative to the market's mean: contract lines half as much again as prepaid ones.
fn relative_usage(market: &Market, kind: Kind) -> f64 {
    const USAGE: [f64; 3] = [0.80, 1.20, 1.45];
    USAGE[kind as usize] / (0..3).map(|k| USAGE[k] * market.shares[k]).sum::<f64>()
}

/// Keeps a normal within two standard deviations, where a share must stay a share.
fn bounded(z: f64) -> f64 {
    z.clamp(-2.0, 2.0)
}

/// Arrival on the operator's clock, first month and tenure there. Whoever would arrive after the window
/// is taken into the initial base instead.
fn arrival(draws: &Draws, kind: Kind, months: u32) -> (u32, u32, u32) {
    let draw = draws.uniform(Purpose::Arrival, 0);
    let arrival = if draw < ALWAYS_INITIAL {
        0
    } else {
        let rest = (draw - ALWAYS_INITIAL) / (1.0 - ALWAYS_INITIAL);
        // Geometric: at most ln(2^-53) / ln(.97), about 1,200 months.
        1 + (ln(1.0 - rest).min(0.0) / ln(ARRIVAL_DECAY)).min(5_000.0) as u32
    };
    if arrival > 0 && arrival < months {
        return (arrival, arrival, 0);
    }
    let mean = [22.0, 42.0, 50.0][kind as usize];
    // At most 300 months after the cap.
    (arrival, 0, (mean * draws.exponential(Purpose::StartTenure, 0)).min(300.0) as u32)
}

/// Terms of 0, 12 and 24 months with shares .25, .30, .45; corporate lines 24, every fifth 36.
fn term(draws: &Draws, kind: Kind) -> u32 {
    let draw = draws.uniform(Purpose::Term, 0);
    match kind {
        Kind::Prepaid => 0,
        Kind::Contract if draw < 0.25 => 0,
        Kind::Contract if draw < 0.55 => 12,
        Kind::Contract => 24,
        Kind::Corporate if draw < 0.8 => 24,
        Kind::Corporate => 36,
    }
}

/// Growth ends between 12 and 18 months; decline begins at a Weibull time of scale 40 and shape 2, not
/// before growth has ended.
fn life_cycle(draws: &Draws) -> (u32, u32) {
    // 12 to 18.
    let growth_end = 12 + draws.below(Purpose::GrowthEnd, 0, 7) as u32;
    // At most 40 * sqrt(37), about 243.
    let onset = (40.0 * draws.exponential(Purpose::DeclineOnset, 0).sqrt()) as u32;
    (growth_end, onset.max(growth_end))
}

/// Consumers 18 to 90, corporate users 18 to 67; nobody joined as a child.
fn age(draws: &Draws, kind: Kind, start_tenure: u32) -> u32 {
    let (mean, deviation, oldest) =
        [(36.0, 14.0, 90.0), (43.0, 14.0, 90.0), (41.0, 10.0, 67.0)][kind as usize];
    let age = (mean + deviation * draws.normal(Purpose::Age, 0)).round().clamp(18.0, oldest);
    // Between 18 and 90.
    (age as u32).max(18 + start_tenure / 12)
}

/// Data, content, cloud, insurance, family plan: each by a logistic of value and digital leaning.
fn products(draws: &Draws, kind: Kind, value: f64, digital: f64) -> [bool; 5] {
    const CONSTANT: [[f64; 5]; 3] =
        [[0.9, -1.4, -2.2, -2.6, -1.8], [2.0, -0.8, -1.2, -1.3, -0.7], [2.2, -1.8, -0.3, -0.9, -3.0]];
    const BY_VALUE: [f64; 5] = [0.5, 0.3, 0.4, 0.5, 0.4];
    const BY_DIGITAL: [f64; 5] = [0.9, 0.9, 1.0, 0.1, 0.0];
    std::array::from_fn(|i| {
        let logit = CONSTANT[kind as usize][i] + BY_VALUE[i] * value + BY_DIGITAL[i] * digital;
        draws.chance(Purpose::Product, i as u64, sigmoid(logit))
    })
}

fn device_generation(digital: f64, value: f64, z: f64) -> u32 {
    let score = 0.6 * digital + 0.4 * value + 0.7 * z;
    2 + u32::from(score > -1.5) + u32::from(score > -0.6) + u32::from(score > 0.8)
}

/// Half of the rank is the account's size, half its industry.
fn industry_rank(seed: u64, account: Account) -> u32 {
    let draws = Draws::new(seed, Entity::Account, u64::from(account.number));
    let size = ln(f64::from(account.lines)) / ln(1_000.0);
    // Between 1 and 9 after the clamp.
    (1.0 + 4.0 * size + 4.5 * draws.uniform(Purpose::IndustryRank, 0)).round().clamp(1.0, 9.0) as u32
}

#[cfg(test)]
mod tests {
    use super::satisfaction::{CARE, DEVICE, NETWORK, PRICE, REST, VALUE};

    #[test]
    fn satisfaction_has_unit_variance() {
        let squares: f64 = [VALUE, PRICE, NETWORK, CARE, DEVICE, REST].iter().map(|w| w * w).sum();
        assert!((squares - 1.0).abs() < 1e-12, "{squares}");
    }
}
