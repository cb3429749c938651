//! Grades: ordered classes of the value index, separated by cuts frozen at fitting.

use super::Step;
use crate::error::{Error, Result};
use crate::file::{SectionReader, SectionWriter};

/// Most grades a model may have.
pub const MAX_GRADES: usize = 32;

/// Cuts between grades; grade `g` is the number of cuts that the index reaches.
///
/// ```
/// use karat_scorer::step::Grades;
/// // China Telecom's growth value: below 600 no star, 1 star from 600, 2 stars from 1000, ...
/// let stars = Grades { cuts: vec![600.0, 1000.0, 1500.0, 2300.0, 4000.0, 6000.0, 8000.0] };
/// assert_eq!(stars.eval(2260.0), 3);
/// assert_eq!(stars.eval(600.0), 1);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Grades {
    /// Cuts, strictly ascending; one fewer than there are grades.
    pub cuts: Vec<f64>,
}

impl Grades {
    /// Number of grades.
    #[must_use]
    pub fn count(&self) -> usize {
        self.cuts.len() + 1
    }

    /// The grade of an index, 0 the lowest.
    #[must_use]
    #[inline(always)]
    pub fn eval(&self, index: f64) -> u16 {
        let mut grade = 0;
        for &cut in &self.cuts {
            grade += u16::from(index >= cut);
        }
        grade
    }

    /// Checks that cuts are finite and ascending.
    ///
    /// # Errors
    /// [`Error::Argument`] naming the first pair out of order.
    pub fn check(&self) -> Result<()> {
        if self.count() > MAX_GRADES {
            return Err(Error::argument("grades", format!("must number at most {MAX_GRADES}"), self.count()));
        }
        if let Some(bad) = self.cuts.iter().find(|cut| !cut.is_finite()) {
            return Err(Error::argument("cuts", "must be finite", bad));
        }
        match self.cuts.windows(2).find(|pair| pair[0] >= pair[1]) {
            Some(pair) => {
                Err(Error::argument("cuts", "must ascend", format!("{} before {}", pair[0], pair[1])))
            }
            None => Ok(()),
        }
    }
}

impl Step for Grades {
    const KIND: &'static str = "GRAD";

    fn encode(&self, writer: &mut SectionWriter) {
        writer.numbers(&self.cuts);
    }

    fn decode(reader: &mut SectionReader<'_>) -> Result<Grades> {
        Ok(Grades { cuts: reader.numbers("cuts", MAX_GRADES - 1)? })
    }
}
