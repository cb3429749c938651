//! Counter-based draws: every number is a pure function of (seed, entity, purpose, counter).
//!
//! A generator with a state would tie a customer's numbers to whoever was drawn before; a counter-based
//! one (the idea of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011)
//! lets the base grow, be cut and be generated on any number of threads without moving a single bit.

use karat_scorer::numerics::ln;

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

/// The stream of one entity under one seed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draws {
    key: u64,
    tweak: u64,
}

/// 2^64 divided by the golden ratio, made odd: steps through the 64-bit numbers without repeating.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// Bijective 64-bit finaliser: variant 13 of David Stafford's search (2011), the output function of
/// `SplitMix64` (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

impl Draws {
    pub(super) fn new(seed: u64, entity: Entity, number: u64) -> Draws {
        let root = mix(seed.wrapping_add(STEP.wrapping_mul(entity as u64)));
        let key = mix(root ^ number.wrapping_mul(STEP).wrapping_add(STEP));
        Draws { key, tweak: mix(key.wrapping_add(STEP) ^ root) }
    }

    /// Purpose and counter form one index (2^40 counters each); within a stream two indices never collide
    /// before the tweak, because the step is odd and both rounds are bijections.
    pub(super) fn bits(&self, purpose: Purpose, counter: u64) -> u64 {
        let index = ((purpose as u64) << 40) | counter;
        mix(mix(self.key.wrapping_add(index.wrapping_mul(STEP))) ^ self.tweak)
    }

    /// Uniform on the open interval (0, 1): the 2^52 midpoints, each equally likely.
    pub(super) fn uniform(&self, purpose: Purpose, counter: u64) -> f64 {
        // Exact: 52 bits and a half need 53, so the largest value is 1 - 2^-53 and never 1 itself.
        let steps = (self.bits(purpose, counter) >> 12) as f64;
        (steps + 0.5) * (1.0 / 4_503_599_627_370_496.0)
    }

    pub(super) fn chance(&self, purpose: Purpose, counter: u64, probability: f64) -> bool {
        self.uniform(purpose, counter) < probability
    }

    /// Standard normal by inversion, so that one draw costs one counter.
    pub(super) fn normal(&self, purpose: Purpose, counter: u64) -> f64 {
        normal_quantile(self.uniform(purpose, counter))
    }

    /// Exponential with mean 1.
    pub(super) fn exponential(&self, purpose: Purpose, counter: u64) -> f64 {
        -ln(self.uniform(purpose, counter))
    }

    /// Uniform on `0..bound` by the high half of a 128-bit product (bias below bound / 2^64).
    pub(super) fn below(&self, purpose: Purpose, counter: u64, bound: u64) -> u64 {
        let product = u128::from(self.bits(purpose, counter)) * u128::from(bound);
        // The high half of the product is below `bound`, which is a u64.
        (product >> 64) as u64
    }
}

/// Quantile of the standard normal, relative error about 1e-16: algorithm AS 241, routine PPND16
/// (Wichura, "The percentage points of the normal distribution", Applied Statistics 37, 1988).
pub(super) fn normal_quantile(p: f64) -> f64 {
    let centred = p - 0.5;
    if centred.abs() <= 0.425 {
        let r = 0.180_625 - centred * centred;
        return centred * ratio(&CENTRE, r);
    }
    let tail = if centred < 0.0 { p } else { 1.0 - p };
    let r = (-ln(tail)).sqrt();
    let size = if r <= 5.0 { ratio(&SHOULDER, r - 1.6) } else { ratio(&FAR, r - 5.0) };
    if centred < 0.0 { -size } else { size }
}

/// Numerator and denominator coefficients, lowest power first.
type Rational = ([f64; 8], [f64; 8]);

fn ratio((numerator, denominator): &Rational, x: f64) -> f64 {
    let horner = |c: &[f64; 8]| c.iter().rev().fold(0.0, |sum, &coefficient| sum * x + coefficient);
    horner(numerator) / horner(denominator)
}

const CENTRE: Rational = (
    [
        3.387_132_872_796_366_5,
        1.331_416_678_917_843_8e2,
        1.971_590_950_306_551_4e3,
        1.373_169_376_550_946e4,
        4.592_195_393_154_987e4,
        6.726_577_092_700_87e4,
        3.343_057_558_358_813e4,
        2.509_080_928_730_122_7e3,
    ],
    [
        1.0,
        4.231_333_070_160_091e1,
        6.871_870_074_920_579e2,
        5.394_196_021_424_751e3,
        2.121_379_430_158_659_7e4,
        3.930_789_580_009_271e4,
        2.872_908_573_572_194_3e4,
        5.226_495_278_852_854e3,
    ],
);
const SHOULDER: Rational = (
    [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        2.417_807_251_774_506e-1,
        2.272_384_498_926_918_4e-2,
        7.745_450_142_783_414e-4,
    ],
    [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        6.897_673_349_851e-1,
        1.481_039_764_274_800_8e-1,
        1.519_866_656_361_645_7e-2,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ],
);
const FAR: Rational = (
    [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        2.965_605_718_285_048_7e-1,
        2.653_218_952_657_612_4e-2,
        1.242_660_947_388_078_4e-3,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    [
        1.0,
        5.998_322_065_558_879e-1,
        1.369_298_809_227_358e-1,
        1.487_536_129_085_061_5e-2,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ],
);

#[cfg(test)]
mod tests {
    use super::*;

    /// The three check values printed with AS 241 (Wichura, 1988).
    #[test]
    fn normal_quantile_equals_the_published_check_values() {
        for (p, z) in [
            (0.25, -0.674_489_750_196_081_7),
            (0.001, -3.090_232_306_167_814),
            (1e-20, -9.262_340_089_798_408),
        ] {
            let relative = (normal_quantile(p) / z - 1.0).abs();
            assert!(relative < 1e-15, "{p}: {relative}");
        }
        assert_eq!(normal_quantile(0.5), 0.0);
        assert_eq!(normal_quantile(0.75), -normal_quantile(0.25));
    }

    #[test]
    fn uniforms_stay_inside_the_open_interval() {
        let largest = ((u64::MAX >> 12) as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0);
        let smallest = 0.5 / 4_503_599_627_370_496.0;
        assert!(largest < 1.0 && smallest > 0.0);
    }

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

    #[test]
    fn below_reaches_every_value_evenly() {
        let draws = Draws::new(3, Entity::Block, 0);
        let mut counts = [0_u32; 7];
        (0..70_000).for_each(|i| counts[draws.below(Purpose::Partner, i, 7) as usize] += 1);
        assert!(counts.iter().all(|&c| (9_500..10_500).contains(&c)), "{counts:?}");
    }
}
