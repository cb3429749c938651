//! Stages of the life of a customer, from the last months of a series.

use super::Step;
use crate::error::{Error, Result};
use crate::file::{SectionReader, SectionWriter};

/// Most months that a stage looks back on.
pub const MAX_STAGE_WINDOW: usize = 24;
const MAX_SLOPES: usize = MAX_STAGE_WINDOW * (MAX_STAGE_WINDOW - 1) / 2;

/// Where a customer stands in their life with us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Stage {
    /// New: too short a time for a trend.
    Introduction = 0,
    /// Rising.
    Growth = 1,
    /// Level.
    Maturity = 2,
    /// Falling, suspended or silent.
    Decline = 3,
    /// Gone.
    Lost = 4,
}

/// Names of the stages, in order.
pub const STAGE_NAMES: [&str; 5] = ["introduction", "growth", "maturity", "decline", "lost"];

/// Frozen rules; the defaults are those of the methods' survey.
#[derive(Debug, Clone, PartialEq)]
pub struct Stages {
    /// Months looked back on, 3 to 24. Default 6.
    pub window: usize,
    /// Months of tenure up to which a customer is new. Default 6.
    pub introduction_months: f64,
    /// Days without activity from which a customer is lost. Default 90.
    pub lost_days: f64,
    /// Slope, relative to the level, from which a month is growth. Default 0.03.
    pub growth: f64,
    /// Slope from which it is decline, below 0. Default -0.03.
    pub decline: f64,
    /// Mann-Kendall's deviate that confirms a slope. Default 1.64.
    pub trend: f64,
    /// Ratio of the last three months to the three before that confirms growth. Default 1.15.
    pub ratio_up: f64,
    /// Ratio that confirms decline. Default 0.85.
    pub ratio_down: f64,
    /// Months for which a new stage must hold; being lost needs none. Default 2.
    pub hold: usize,
}

impl Default for Stages {
    fn default() -> Stages {
        Stages {
            window: 6,
            introduction_months: 6.0,
            lost_days: 90.0,
            growth: 0.03,
            decline: -0.03,
            trend: 1.64,
            ratio_up: 1.15,
            ratio_down: 0.85,
            hold: 2,
        }
    }
}

/// A stage with what speaks for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StageEvidence {
    /// The stage.
    pub stage: Stage,
    /// Mean of the window.
    pub level: f64,
    /// Theil and Sen's slope a month.
    pub slope: f64,
    /// Slope relative to the level; 0 where the level is 0.
    pub relative_slope: f64,
    /// Mann-Kendall's deviate, with continuity correction.
    pub trend: f64,
    /// Coefficient of variation.
    pub variation: f64,
    /// Last three months to the three before; 1 where there are fewer than six or they are 0.
    pub ratio: f64,
    /// How far from the nearest other stage, 0 to 1.
    pub confidence: f64,
}

/// What is known of a customer beside the series.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct StageFacts {
    /// Months of tenure.
    pub tenure: f64,
    /// Days since the last activity.
    pub idle_days: f64,
    /// Whether the service is suspended.
    pub suspended: bool,
    /// Whether the customer has left.
    pub disconnected: bool,
}

impl Stages {
    /// Checks every number.
    ///
    /// # Errors
    /// [`Error::Argument`] naming the parameter.
    pub fn check(&self) -> Result<()> {
        if !(3..=MAX_STAGE_WINDOW).contains(&self.window) {
            return Err(Error::argument("window", format!("must be 3 to {MAX_STAGE_WINDOW}"), self.window));
        }
        if self.hold == 0 || self.hold > MAX_STAGE_WINDOW {
            return Err(Error::argument("hold", format!("must be 1 to {MAX_STAGE_WINDOW}"), self.hold));
        }
        let not_negative = |number: f64| number >= 0.0 && number.is_finite();
        for (name, number) in [
            ("introduction_months", self.introduction_months),
            ("lost_days", self.lost_days),
            ("growth", self.growth),
            ("decline", -self.decline),
            ("trend", self.trend),
            ("ratio_up", self.ratio_up - 1.0),
            ("ratio_down", 1.0 - self.ratio_down),
        ] {
            if !not_negative(number) {
                let rule = "must be finite and on its side of no change";
                return Err(Error::argument(name, rule, number));
            }
        }
        Ok(())
    }

    /// The stage of the last month by itself, from the months up to it (the last `window` of them count).
    ///
    /// ```
    /// use karat_scorer::step::{Stage, StageFacts, Stages};
    /// let facts = StageFacts { tenure: 20.0, ..StageFacts::default() };
    /// let found = Stages::default().eval(&[30.0, 34.0, 39.0, 45.0, 52.0, 60.0], facts);
    /// assert_eq!((found.stage, found.slope), (Stage::Growth, 6.0));
    /// ```
    #[must_use]
    pub fn eval(&self, months: &[f64], facts: StageFacts) -> StageEvidence {
        let window = self.window.min(MAX_STAGE_WINDOW).min(months.len());
        let y = &months[months.len() - window..];
        let mut found = describe(y);
        let last = y.last().copied().unwrap_or(0.0);
        let (relative, z, ratio) = (found.relative_slope, found.trend, found.ratio);
        let falling = relative <= self.decline && (z <= -self.trend || ratio <= self.ratio_down);
        let rising = relative >= self.growth && (z >= self.trend || ratio >= self.ratio_up);
        let apart = |from: f64, scale: f64| if scale > 0.0 { (from.abs() / scale).min(1.0) } else { 1.0 };
        (found.stage, found.confidence) = if facts.disconnected || facts.idle_days >= self.lost_days {
            (
                Stage::Lost,
                if facts.disconnected {
                    1.0
                } else {
                    apart(facts.idle_days - self.lost_days, self.lost_days)
                },
            )
        } else if facts.tenure <= self.introduction_months {
            (
                Stage::Introduction,
                apart(self.introduction_months + 1.0 - facts.tenure, self.introduction_months + 1.0),
            )
        } else if falling {
            (Stage::Decline, apart(relative - self.decline, -self.decline))
        } else if facts.suspended || last <= 0.0 {
            (Stage::Decline, 1.0)
        } else if rising {
            (Stage::Growth, apart(relative - self.growth, self.growth))
        } else {
            let up = apart(relative - self.growth, self.growth);
            (Stage::Maturity, up.min(apart(relative - self.decline, -self.decline)))
        };
        found
    }

    /// The stage after hysteresis: `single` are the stages of the months by themselves, the last one now. A change
    /// counts once it has held for `hold` months; being lost counts at once.
    #[must_use]
    pub fn settle(&self, single: &[Stage]) -> Stage {
        let Some(&first) = single.first() else { return Stage::Introduction };
        let (mut settled, mut candidate, mut held) = (first, first, 0);
        for &stage in &single[1..] {
            held = if stage == candidate { held + 1 } else { 1 };
            candidate = stage;
            if stage == Stage::Lost || (stage != settled && held >= self.hold) {
                settled = stage;
            }
        }
        settled
    }

    /// [`Stages::eval`] of many customers: the months of customer i are `months[i * width..(i + 1) * width]`.
    ///
    /// # Errors
    /// [`Error::Shape`] when the lists do not fit each other.
    pub fn eval_batch(
        &self,
        months: &[f64],
        width: usize,
        facts: &[StageFacts],
        out: &mut [StageEvidence],
    ) -> Result<()> {
        if months.len() != width * facts.len() {
            return Err(Error::shape("months of the batch", width * facts.len(), months.len()));
        }
        if out.len() != facts.len() {
            return Err(Error::shape("results of the batch", facts.len(), out.len()));
        }
        for (row, (facts, out)) in facts.iter().zip(out).enumerate() {
            *out = self.eval(&months[row * width..(row + 1) * width], *facts);
        }
        Ok(())
    }

    /// The step as bytes: kind, revision and section.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        super::alone::to_bytes(self)
    }

    /// A step from its bytes, every number checked.
    ///
    /// # Errors
    /// [`Error::Format`] for bytes that no step encodes to, [`Error::Argument`] for numbers it cannot have.
    pub fn from_bytes(bytes: &[u8]) -> Result<Stages> {
        let step: Stages = super::alone::from_bytes(bytes)?;
        step.check()?;
        Ok(step)
    }
}

/// Level, slope (Theil 1950, Sen 1968), trend (Mann 1945, Kendall 1975), variation and ratio of a window.
fn describe(y: &[f64]) -> StageEvidence {
    let n = y.len();
    let mut sum = 0.0;
    for value in y {
        sum += value;
    }
    let level = if n > 0 { sum / n as f64 } else { 0.0 };
    let (mut slopes, mut count, mut signs) = ([0.0; MAX_SLOPES], 0, 0.0);
    for i in 0..n {
        for j in i + 1..n {
            let rise = y[j] - y[i];
            slopes[count] = rise / (j - i) as f64;
            count += 1;
            signs += if rise > 0.0 {
                1.0
            } else if rise < 0.0 {
                -1.0
            } else {
                0.0
            };
        }
    }
    let slopes = &mut slopes[..count];
    slopes.sort_unstable_by(f64::total_cmp);
    let slope = match count {
        0 => 0.0,
        _ if count % 2 == 1 => slopes[count / 2],
        _ => 0.5 * (slopes[count / 2 - 1] + slopes[count / 2]),
    };
    let variance = trend_variance(y);
    let trend = if variance > 0.0 {
        let corrected = if signs > 0.0 {
            signs - 1.0
        } else if signs < 0.0 {
            signs + 1.0
        } else {
            0.0
        };
        corrected / variance.sqrt()
    } else {
        0.0
    };
    let mut squares = 0.0;
    for value in y {
        squares += (value - level) * (value - level);
    }
    let deviation = if n > 1 { (squares / (n - 1) as f64).sqrt() } else { 0.0 };
    let over = |top: f64, bottom: f64, otherwise: f64| if bottom > 0.0 { top / bottom } else { otherwise };
    let mut ratio = 1.0;
    if n >= 6 {
        let recent = y[n - 3] + y[n - 2] + y[n - 1];
        let before = y[n - 6] + y[n - 5] + y[n - 4];
        ratio = over(recent, before, 1.0);
    }
    StageEvidence {
        stage: Stage::Maturity,
        level,
        slope,
        relative_slope: over(slope, level, 0.0),
        trend,
        variation: over(deviation, level, 0.0),
        ratio,
        confidence: 0.0,
    }
}

/// Variance of Kendall's sum of signs as if there were no ties: with them it is too large, so that a trend needs
/// more evidence.
fn trend_variance(y: &[f64]) -> f64 {
    let n = y.len() as f64;
    n * (n - 1.0) * (2.0 * n + 5.0) / 18.0
}

impl Step for Stages {
    const KIND: &'static str = "STGE";

    fn encode(&self, writer: &mut SectionWriter) {
        writer.integer(self.window as u64);
        writer.integer(self.hold as u64);
        for number in [
            self.introduction_months,
            self.lost_days,
            self.growth,
            self.decline,
            self.trend,
            self.ratio_up,
            self.ratio_down,
        ] {
            writer.number(number);
        }
    }

    fn decode(reader: &mut SectionReader<'_>) -> Result<Stages> {
        Ok(Stages {
            window: reader.integer("the window", MAX_STAGE_WINDOW + 1)?,
            hold: reader.integer("the months to hold", MAX_STAGE_WINDOW + 1)?,
            introduction_months: reader.number("the months of introduction")?,
            lost_days: reader.number("the days until lost")?,
            growth: reader.number("the slope of growth")?,
            decline: reader.number("the slope of decline")?,
            trend: reader.number("the deviate of a trend")?,
            ratio_up: reader.number("the ratio of growth")?,
            ratio_down: reader.number("the ratio of decline")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OLD: StageFacts =
        StageFacts { tenure: 30.0, idle_days: 0.0, suspended: false, disconnected: false };

    #[test]
    fn worked_examples_give_their_figures() {
        // Recomputed by hand in the methods' survey (GT-5.1).
        let close = |found: f64, wanted: f64| assert!((found - wanted).abs() < 5e-7, "{found} {wanted}");
        let up = Stages::default().eval(&[30.0, 34.0, 39.0, 45.0, 52.0, 60.0], OLD);
        assert_eq!((up.stage, up.slope), (Stage::Growth, 6.0));
        close(up.relative_slope, 0.138_462);
        close(up.trend, 2.630_142);
        close(up.ratio, 1.524_272);
        let down = Stages::default().eval(&[100.0, 96.0, 90.0, 80.0, 66.0, 50.0], OLD);
        assert_eq!((down.stage, down.slope), (Stage::Decline, -10.0));
        close(down.relative_slope, -0.124_481);
        close(down.ratio, 0.685_315);
        let level = Stages::default().eval(&[80.0, 82.0, 79.0, 81.0, 80.0, 83.0], OLD);
        assert_eq!(level.stage, Stage::Maturity);
        close(level.slope, 0.333_333);
        close(level.relative_slope, 0.004_124);
        close(level.trend, 0.563_602);
        close(level.variation, 0.018_210);
        close(level.ratio, 1.012_448);
    }

    #[test]
    fn a_change_must_hold_but_for_being_lost() {
        use Stage::{Decline, Growth, Lost, Maturity};
        let rules = Stages::default();
        assert_eq!(rules.settle(&[Maturity, Decline]), Maturity);
        assert_eq!(rules.settle(&[Maturity, Decline, Decline]), Decline);
        assert_eq!(rules.settle(&[Maturity, Decline, Growth, Decline]), Maturity);
        assert_eq!(rules.settle(&[Maturity, Lost]), Lost);
    }

    #[test]
    fn silence_is_decline_and_then_loss() {
        let rules = Stages::default();
        assert_eq!(rules.eval(&[9.0, 8.0, 9.0, 9.0, 8.0, 0.0], OLD).stage, Stage::Decline);
        assert_eq!(rules.eval(&[9.0; 6], StageFacts { idle_days: 95.0, ..OLD }).stage, Stage::Lost);
        assert_eq!(rules.eval(&[9.0; 6], StageFacts { suspended: true, ..OLD }).stage, Stage::Decline);
        assert_eq!(rules.eval(&[9.0; 6], StageFacts { tenure: 3.0, ..OLD }).stage, Stage::Introduction);
        assert!(rules.eval(&[], OLD).level == 0.0);
        let bytes = rules.to_bytes();
        assert_eq!(Stages::from_bytes(&bytes).unwrap(), rules);
        for length in 0..bytes.len() {
            assert!(Stages::from_bytes(&bytes[..length]).is_err());
        }
    }

    proptest! {
        /// More of the same for everybody never turns growth into decline.
        #[test]
        fn a_higher_level_never_turns_growth_into_decline(
            months in prop::collection::vec(0.5..100.0_f64, 6), lift in 0.0..500.0_f64,
        ) {
            let rules = Stages::default();
            let lifted: Vec<f64> = months.iter().map(|y| y + lift).collect();
            let (before, after) = (rules.eval(&months, OLD).stage, rules.eval(&lifted, OLD).stage);
            prop_assert!(!(before == Stage::Growth && after == Stage::Decline));
            prop_assert!(!(before == Stage::Decline && after == Stage::Growth));
        }
    }
}
