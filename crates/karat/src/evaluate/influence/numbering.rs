//! Identifiers of any kind as node numbers.

use karat_scorer::{Error, Result};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// Calls with node numbers in place of identifiers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Numbered<T> {
    /// The different identifiers in ascending order; a node's number is its place.
    pub ids: Vec<T>,
    /// Node of each caller.
    pub callers: Vec<u32>,
    /// Node of each called.
    pub callees: Vec<u32>,
}

/// Numbers the identifiers of callers, callees and `others` (customers who may have no calls) in ascending
/// order, so that numbers do not hang on the order of the rows.
///
/// ```
/// use karat::evaluate::influence::number;
///
/// let numbered = number(&["ben", "ann"], &["cy", "ben"], &["zoe"])?;
/// assert_eq!(numbered.ids, ["ann", "ben", "cy", "zoe"]);
/// assert_eq!((numbered.callers, numbered.callees), (vec![1, 0], vec![2, 1]));
/// # Ok::<(), karat::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] when there are not as many callees as callers; [`Error::Argument`] for more than 2^32 - 1
/// different identifiers.
pub fn number<T: Ord + Hash + Copy>(callers: &[T], callees: &[T], others: &[T]) -> Result<Numbered<T>> {
    if callees.len() != callers.len() {
        return Err(Error::shape("callees, one for each caller", callers.len(), callees.len()));
    }
    let mut seen = FirstSeen { places: HashMap::default(), ids: Vec::new() };
    let mut callers = seen.places_of(callers)?;
    let mut callees = seen.places_of(callees)?;
    seen.places_of(others)?;
    let FirstSeen { places, ids } = seen;
    drop(places);
    let mut order: Vec<u32> = (0..).take(ids.len()).collect();
    order.sort_unstable_by_key(|&place| ids[place as usize]);
    let mut rank = vec![0; ids.len()];
    for (number, &place) in (0..).zip(&order) {
        rank[place as usize] = number;
    }
    for place in callers.iter_mut().chain(&mut callees) {
        *place = rank[*place as usize];
    }
    Ok(Numbered { ids: order.iter().map(|&place| ids[place as usize]).collect(), callers, callees })
}

/// Identifiers in the order in which they were first seen.
struct FirstSeen<T> {
    places: HashMap<T, u32, BuildHasherDefault<Mixer>>,
    ids: Vec<T>,
}

impl<T: Hash + Eq + Copy> FirstSeen<T> {
    fn places_of(&mut self, ids: &[T]) -> Result<Vec<u32>> {
        ids.iter().map(|&id| self.place_of(id)).collect()
    }

    fn place_of(&mut self, id: T) -> Result<u32> {
        if let Some(&place) = self.places.get(&id) {
            return Ok(place);
        }
        let place =
            u32::try_from(self.ids.len()).ok().filter(|&place| place < u32::MAX).ok_or_else(|| {
                Error::argument("ids", "must be fewer than 2^32 different ones", self.ids.len())
            })?;
        self.places.insert(id, place);
        self.ids.push(id);
        Ok(place)
    }
}

/// A quick hash (multiply, fold) for tables whose order nobody sees; the standard one takes twice as long
/// as all other work of a row.
#[derive(Default)]
struct Mixer(u64);

impl Mixer {
    #[inline]
    fn fold(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93_u128;
        #[allow(clippy::cast_possible_truncation, reason = "both halves are folded together")]
        let (low, high) = (product as u64, (product >> 64) as u64);
        self.0 = low ^ high;
    }
}

impl Hasher for Mixer {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.fold(u64::from_le_bytes(word));
        }
    }

    #[inline]
    fn write_i64(&mut self, value: i64) {
        self.fold(value.cast_unsigned());
    }

    #[inline]
    fn write_u64(&mut self, value: u64) {
        self.fold(value);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}
