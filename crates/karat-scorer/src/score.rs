//! The result of scoring one customer: 64 bytes, the same in Rust, Python and C.

use crate::numerics::NAN;

/// "Not part of this model" for [`Score::grade`] and the other classes.
pub const NONE: u16 = u16::MAX;

/// Bits of [`Score::flags`].
pub mod flags {
    /// A missing field was filled in or left out by its rule.
    pub const IMPUTED: u32 = 1;
    /// A field lay outside the bounds frozen in the model, or was infinite.
    pub const CLAMPED: u32 = 1 << 1;
    /// A rule lowered the grade; [`crate::Score::rule`] says which.
    pub const CAPPED: u32 = 1 << 2;
    /// A gate keeps the customer out of the graded population; [`crate::Score::rule`] says which.
    pub const INELIGIBLE: u32 = 1 << 3;
    /// A required field was missing, or too few indicators were present: no index was computed.
    pub const REFUSED: u32 = 1 << 4;
    /// A category the model does not know was treated as missing.
    pub const UNSEEN: u32 = 1 << 5;
    /// The previous grade was kept because it is still valid.
    pub const KEPT: u32 = 1 << 6;
    /// A penalty rule took points off the index.
    pub const PENALISED: u32 = 1 << 7;
}

/// What the model says of one customer. NaN and [`NONE`] mean "not part of this model".
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C)]
pub struct Score {
    /// Customer value index, in the scale of the model (0 to 100 unless the plan says points).
    pub index: f64,
    /// Index expected at the horizon of the model.
    pub forecast: f64,
    /// Probability of leaving within the horizon, 0 to 1.
    pub churn: f64,
    /// Lifetime value, in the currency of the model.
    pub clv: f64,
    /// Lead of the nearest segment over the next: 1 - d1 / d2 with Euclidean distances, 0 to 1.
    pub margin: f64,
    /// Share of the indicator weight that was present, 0 to 1.
    pub coverage: f64,
    /// Grade, 0 the lowest.
    pub grade: u16,
    /// Type: position in the model's list A, B1, B2, C.
    pub r#type: u16,
    /// Segment.
    pub segment: u16,
    /// Life-cycle stage.
    pub stage: u16,
    /// Recommended action.
    pub action: u16,
    /// The rule that excluded the customer or lowered the grade.
    pub rule: u16,
    /// Bits of [`flags`].
    pub flags: u32,
}

const _: () = assert!(size_of::<Score>() == Score::SIZE && align_of::<Score>() == 8);

impl Score {
    /// Size of a record in bytes.
    pub const SIZE: usize = 64;

    /// A score that says nothing: what every step starts from.
    pub const EMPTY: Score = Score {
        index: NAN,
        forecast: NAN,
        churn: NAN,
        clv: NAN,
        margin: NAN,
        coverage: NAN,
        grade: NONE,
        r#type: NONE,
        segment: NONE,
        stage: NONE,
        action: NONE,
        rule: NONE,
        flags: 0,
    };

    /// The record as bytes, little-endian whatever the machine: what digests and vectors hold.
    ///
    /// ```
    /// use karat_scorer::Score;
    /// let bytes = Score::EMPTY.to_bytes();
    /// assert_eq!(Score::from_bytes(&bytes).to_bytes(), bytes);
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Score::SIZE] {
        let mut bytes = [0; Score::SIZE];
        let numbers = [self.index, self.forecast, self.churn, self.clv, self.margin, self.coverage];
        let classes = [self.grade, self.r#type, self.segment, self.stage, self.action, self.rule];
        for (slot, number) in bytes[..48].chunks_exact_mut(8).zip(numbers) {
            slot.copy_from_slice(&number.to_le_bytes());
        }
        for (slot, class) in bytes[48..60].chunks_exact_mut(2).zip(classes) {
            slot.copy_from_slice(&class.to_le_bytes());
        }
        bytes[60..].copy_from_slice(&self.flags.to_le_bytes());
        bytes
    }

    /// The inverse of [`Score::to_bytes`].
    #[must_use]
    pub fn from_bytes(bytes: &[u8; Score::SIZE]) -> Score {
        let number = |i: usize| {
            let mut eight = [0; 8];
            eight.copy_from_slice(&bytes[8 * i..8 * i + 8]);
            f64::from_le_bytes(eight)
        };
        let class = |i: usize| u16::from_le_bytes([bytes[48 + 2 * i], bytes[49 + 2 * i]]);
        Score {
            index: number(0),
            forecast: number(1),
            churn: number(2),
            clv: number(3),
            margin: number(4),
            coverage: number(5),
            grade: class(0),
            r#type: class(1),
            segment: class(2),
            stage: class(3),
            action: class(4),
            rule: class(5),
            flags: u32::from_le_bytes([bytes[60], bytes[61], bytes[62], bytes[63]]),
        }
    }

    /// Whether a bit of [`flags`] is set.
    #[must_use]
    pub fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }
}

impl Default for Score {
    fn default() -> Score {
        Score::EMPTY
    }
}
