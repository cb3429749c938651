//! Gauss and Legendre's quadrature on (0, 1), and the integral of discounted rates by it.

use crate::numerics::{exp, exp_m1};

/// Nodes and weights of a rule: exact for polynomials of degree `2 K - 1`.
pub(super) struct Rule<const K: usize> {
    pub(super) nodes: [f64; K],
    pub(super) weights: [f64; K],
}

/// A discounted rate of transactions, as far as all models share it:
/// `exp(slope v - decay (e^v - 1))` on `0..length` in the logarithm of a time.
#[derive(Clone, Copy)]
pub(super) struct Fade<const N: usize> {
    pub(super) length: [f64; N],
    pub(super) slope: f64,
    pub(super) decay: [f64; N],
}

/// How many nodes an integral takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nodes {
    Eight,
    Twelve,
    /// On each of so many panels.
    TwentyFour(u32),
}

impl<const N: usize> Fade<N> {
    /// How many nodes each row takes for an error below 1e-13 of its integral. `fall` is about by how much the
    /// logarithm of the integrand falls over the whole length because of the discount.
    ///
    /// On an interval of length L and for a logarithm that falls by M, the error of n nodes is about
    /// `(M / 4)^2n / (2n)!` and `(L / 25)^2n`, as what else there is has its singularities at plus and minus
    /// 2 pi i or farther.
    #[inline(always)]
    pub(super) fn nodes(&self, fall: f64) -> [Nodes; N] {
        self.length.map(|length| {
            let steep = (self.slope.abs() + 1.0) * length + fall;
            if length <= 1.25 && steep <= 3.0 {
                Nodes::Eight
            } else if length <= 2.0 && steep <= 8.0 {
                Nodes::Twelve
            } else {
                let panels = (0.5 * length).max(steep / 40.0).ceil();
                // Lengths are logarithms of ratios of doubles: below 1,500.
                Nodes::TwentyFour(panels.clamp(1.0, 1_000.0) as u32)
            }
        })
    }

    /// `e^v - 1` at the nodes of a panel, and the function times the weights there.
    #[inline(always)]
    pub(super) fn at<const K: usize>(&self, rule: &Rule<K>, panel: u32, panels: u32) -> Faded<N, K> {
        let mut found = Faded { growth: [[0.0; N]; K], weight: [[0.0; N]; K] };
        for node in 0..K {
            for lane in 0..N {
                let width = self.length[lane] / f64::from(panels);
                let v = width * (f64::from(panel) + rule.nodes[node]);
                let growth = exp_m1(v);
                found.growth[node][lane] = growth;
                found.weight[node][lane] =
                    (rule.weights[node] * width) * exp(self.slope * v - self.decay[lane] * growth);
            }
        }
        found
    }

    /// One row of them.
    #[inline(always)]
    pub(super) fn of(&self, lane: usize) -> Fade<1> {
        Fade { length: [self.length[lane]], slope: self.slope, decay: [self.decay[lane]] }
    }
}

/// What [`Fade::at`] gives.
pub(super) struct Faded<const N: usize, const K: usize> {
    pub(super) growth: [[f64; N]; K],
    pub(super) weight: [[f64; N]; K],
}

pub(super) static EIGHT: Rule<8> = Rule {
    nodes: [
        0.019_855_071_751_231_912,
        0.101_666_761_293_186_64,
        0.237_233_795_041_835_5,
        0.408_282_678_752_175_1,
        0.591_717_321_247_825,
        0.762_766_204_958_164_5,
        0.898_333_238_706_813_4,
        0.980_144_928_248_768_1,
    ],
    weights: [
        0.050_614_268_145_188_13,
        0.111_190_517_226_687_24,
        0.156_853_322_938_943_63,
        0.181_341_891_689_181,
        0.181_341_891_689_181,
        0.156_853_322_938_943_63,
        0.111_190_517_226_687_24,
        0.050_614_268_145_188_13,
    ],
};

pub(super) static TWELVE: Rule<12> = Rule {
    nodes: [
        0.009_219_682_876_640_323,
        0.047_941_371_814_762_546,
        0.115_048_662_902_847_65,
        0.206_341_022_856_691_26,
        0.316_084_250_500_909_94,
        0.437_383_295_744_265_54,
        0.562_616_704_255_734_4,
        0.683_915_749_499_090_1,
        0.793_658_977_143_308_7,
        0.884_951_337_097_152_3,
        0.952_058_628_185_237_5,
        0.990_780_317_123_359_7,
    ],
    weights: [
        0.023_587_668_193_255_9,
        0.053_469_662_997_659_2,
        0.080_039_164_271_673_1,
        0.101_583_713_361_532_95,
        0.116_746_268_269_177_4,
        0.124_573_522_906_701_4,
        0.124_573_522_906_701_4,
        0.116_746_268_269_177_4,
        0.101_583_713_361_532_95,
        0.080_039_164_271_673_1,
        0.053_469_662_997_659_2,
        0.023_587_668_193_255_9,
    ],
};

pub(super) static TWENTY_FOUR: Rule<24> = Rule {
    nodes: [
        0.002_406_390_001_489_32,
        0.012_635_722_014_345_251,
        0.030_862_723_998_633_622,
        0.056_792_236_497_799_485,
        0.089_999_007_013_048_54,
        0.129_937_904_210_722_82,
        0.175_953_174_031_512_23,
        0.227_289_264_305_580_22,
        0.283_103_246_186_977_4,
        0.342_478_660_151_918_3,
        0.404_440_566_263_191_86,
        0.467_971_553_568_697_2,
        0.532_028_446_431_302_8,
        0.595_559_433_736_808_2,
        0.657_521_339_848_081_7,
        0.716_896_753_813_022_5,
        0.772_710_735_694_419_7,
        0.824_046_825_968_487_8,
        0.870_062_095_789_277_2,
        0.910_000_992_986_951_5,
        0.943_207_763_502_200_5,
        0.969_137_276_001_366_3,
        0.987_364_277_985_654_7,
        0.997_593_609_998_510_7,
    ],
    weights: [
        0.006_170_614_899_993_6,
        0.014_265_694_314_466_832,
        0.022_138_719_408_709_904,
        0.029_649_292_457_718_39,
        0.036_673_240_705_540_15,
        0.043_095_080_765_976_64,
        0.048_809_326_052_056_94,
        0.053_722_135_057_982_82,
        0.057_752_834_026_862_8,
        0.060_835_236_463_901_696,
        0.062_918_728_173_414_15,
        0.063_969_097_673_376_08,
        0.063_969_097_673_376_08,
        0.062_918_728_173_414_15,
        0.060_835_236_463_901_696,
        0.057_752_834_026_862_8,
        0.053_722_135_057_982_82,
        0.048_809_326_052_056_94,
        0.043_095_080_765_976_64,
        0.036_673_240_705_540_15,
        0.029_649_292_457_718_39,
        0.022_138_719_408_709_904,
        0.014_265_694_314_466_832,
        0.006_170_614_899_993_6,
    ],
};
