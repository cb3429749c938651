//! The byte form of one exact pass, by which machines send what they summarised.

use super::lloyd::{LloydScale, LloydState};
use crate::numerics::bytes::{damaged, read_array, read_count, read_number, read_version, write_count};
use crate::numerics::fixed_point::MAX_VALUES;
use crate::numerics::sample::hash_bytes;
use karat_scorer::step::{MAX_INDICATORS, MAX_SEGMENTS};
use karat_scorer::{Error, Result};
use ndarray::Array2;

/// Says what the bytes are.
const MAGIC: [u8; 4] = *b"KLLS";
/// Layout of [`LloydState::to_bytes`].
const VERSION: u8 = 1;
/// Bytes of the checksum at the end.
const CHECKSUM: usize = 8;

impl LloydState {
    /// The state as bytes; equal states give equal bytes.
    ///
    /// `KLLS`, the version, the numbers of centers and columns (LEB128), the scale (largest weight, largest
    /// magnitude of each column), the centers row by row, the sum of squares, then for each center its count, its
    /// weight and its sums; at the end a 64-bit hash of all that. Numbers are doubles and 128-bit integers,
    /// little-endian. The hash finds damage, not malice.
    ///
    /// ```
    /// use karat::classify::segments::{LloydScale, LloydState};
    /// use ndarray::array;
    ///
    /// let scale = LloydScale::new(vec![11.0], 1.0)?;
    /// let mut state = LloydState::new(array![[0.0], [9.0]].view(), &scale)?;
    /// state.add_rows(array![[1.0], [10.0]].view(), None)?;
    /// assert_eq!(LloydState::from_bytes(&state.to_bytes())?, state);
    /// # Ok::<(), karat::Error>(())
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let (count, columns) = self.centers.dim();
        let mut out = MAGIC.to_vec();
        out.push(VERSION);
        write_count(&mut out, count as u64);
        write_count(&mut out, columns as u64);
        let numbers = [&self.scale.largest_weight].into_iter().chain(&self.scale.largest);
        for number in numbers.chain(&self.centers) {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&self.squares.to_le_bytes());
        for c in 0..count {
            write_count(&mut out, self.sums.counts[c].cast_unsigned());
            out.extend_from_slice(&self.sums.weights[c].to_le_bytes());
            for sum in &self.sums.values[c * columns..(c + 1) * columns] {
                out.extend_from_slice(&sum.to_le_bytes());
            }
        }
        let checksum = hash_bytes(u64::from(VERSION), &out);
        out.extend_from_slice(&checksum.to_le_bytes());
        out
    }

    /// The state that [`to_bytes`](LloydState::to_bytes) wrote.
    ///
    /// # Errors
    /// [`Error::Format`] when the bytes are no such state, were cut or changed, or come from another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<LloydState> {
        let mut rest = bytes;
        if read_array::<4>(&mut rest)? != MAGIC {
            return Err(damaged("not the state of a k-means pass"));
        }
        read_version(&mut rest, VERSION)?;
        let Some((content, checksum)) = bytes.split_last_chunk::<CHECKSUM>() else {
            return Err(damaged("cut short"));
        };
        if hash_bytes(u64::from(VERSION), content) != u64::from_le_bytes(*checksum) {
            return Err(damaged("the bytes were cut or changed since they were written; send them again"));
        }
        let mut rest = content.get(MAGIC.len() + 1..).unwrap_or_default();
        let state = read(&mut rest)?;
        if rest.is_empty() { Ok(state) } else { Err(damaged("bytes left over")) }
    }
}

fn read(rest: &mut &[u8]) -> Result<LloydState> {
    let (count, columns) = (read_size(rest, MAX_SEGMENTS)?, read_size(rest, MAX_INDICATORS)?);
    let largest_weight = read_number(rest)?;
    let largest: Vec<f64> = (0..columns).map(|_| read_number(rest)).collect::<Result<_>>()?;
    let centers: Vec<f64> = (0..count * columns).map(|_| read_number(rest)).collect::<Result<_>>()?;
    let centers = Array2::from_shape_vec((count, columns), centers).map_err(|_| damaged("cut short"))?;
    let impossible = |error: Error| damaged(&error.to_string());
    let scale = LloydScale::new(largest, largest_weight).map_err(impossible)?;
    let mut state = LloydState::new(centers.view(), &scale).map_err(impossible)?;
    state.squares = read_array(rest).map(i128::from_le_bytes)?;
    let mut rows = 0;
    for c in 0..count {
        let in_center = read_count(rest)?.min(MAX_VALUES + 1);
        rows += in_center;
        state.sums.counts[c] = in_center.cast_signed();
        state.sums.weights[c] = read_array(rest).map(i128::from_le_bytes)?;
        for sum in &mut state.sums.values[c * columns..(c + 1) * columns] {
            *sum = read_array(rest).map(i128::from_le_bytes)?;
        }
    }
    // Sums of that many rows stay within their integers, so that merging cannot overflow.
    let within = |sum: &i128| sum.unsigned_abs() <= u128::from(rows) << 90;
    let sums = &state.sums;
    let good = sums.weights.iter().chain(&sums.values).chain([&state.squares]).all(within);
    if rows > MAX_VALUES || !good {
        return Err(damaged("sums that its rows cannot have"));
    }
    Ok(state)
}

fn read_size(rest: &mut &[u8], most: usize) -> Result<usize> {
    let size = read_count(rest)?;
    usize::try_from(size)
        .ok()
        .filter(|size| (1..=most).contains(size))
        .ok_or_else(|| damaged(&format!("{size} centers or columns where 1 to {most} may be")))
}
