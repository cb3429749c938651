//! Reading and writing the numbers of one section: everything is eight bytes wide and little-endian.

use crate::error::{Error, Result};

/// Appends numbers to a section.
#[derive(Debug, Default)]
pub struct SectionWriter {
    bytes: Vec<u8>,
}

impl SectionWriter {
    /// A count, an identifier or a choice.
    pub fn integer(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// One number.
    pub fn number(&mut self, value: f64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// Numbers, preceded by their count.
    pub fn numbers(&mut self, values: &[f64]) {
        self.integer(values.len() as u64);
        for &value in values {
            self.number(value);
        }
    }

    /// Identifiers, preceded by their count.
    pub fn integers(&mut self, values: &[u32]) {
        self.integer(values.len() as u64);
        for &value in values {
            self.integer(u64::from(value));
        }
    }

    /// Bytes, preceded by their count and filled with zeros up to a multiple of eight.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.integer(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Takes numbers out of a section; every read is checked.
#[derive(Debug)]
pub struct SectionReader<'a> {
    kind: &'a str,
    bytes: &'a [u8],
    position: usize,
}

impl<'a> SectionReader<'a> {
    pub(crate) fn new(kind: &'a str, bytes: &'a [u8]) -> SectionReader<'a> {
        SectionReader { kind, bytes, position: 0 }
    }

    /// An error about this section.
    #[cold]
    pub fn error(&self, what: impl std::fmt::Display) -> Error {
        Error::Format(format!("section {}: {what}", self.kind))
    }

    fn eight(&mut self) -> Result<[u8; 8]> {
        let end = self.position + 8;
        let Some(slice) = self.bytes.get(self.position..end) else {
            return Err(self.error(format_args!("ends after {} bytes", self.bytes.len())));
        };
        self.position = end;
        let mut eight = [0; 8];
        eight.copy_from_slice(slice);
        Ok(eight)
    }

    /// A count, an identifier or a choice below `limit`.
    ///
    /// # Errors
    /// [`Error::Format`] past the end of the section or for a larger value.
    pub fn integer(&mut self, what: &str, limit: usize) -> Result<usize> {
        let value = u64::from_le_bytes(self.eight()?);
        match usize::try_from(value) {
            Ok(value) if value < limit => Ok(value),
            _ => Err(self.error(format_args!("{what} is {value}, must be below {limit}"))),
        }
    }

    /// A finite number.
    ///
    /// # Errors
    /// [`Error::Format`] past the end of the section or for NaN and infinities.
    pub fn number(&mut self, what: &str) -> Result<f64> {
        let value = f64::from_le_bytes(self.eight()?);
        if value.is_finite() { Ok(value) } else { Err(self.error(format_args!("{what} is {value}"))) }
    }

    /// A number of any kind, for probe rows.
    ///
    /// # Errors
    /// [`Error::Format`] past the end of the section.
    pub fn any_number(&mut self) -> Result<f64> {
        Ok(f64::from_le_bytes(self.eight()?))
    }

    /// Finite numbers with their count, at most `limit` of them.
    ///
    /// # Errors
    /// As [`SectionReader::number`] and [`SectionReader::integer`].
    pub fn numbers(&mut self, what: &str, limit: usize) -> Result<Vec<f64>> {
        let count = self.count(what, limit)?;
        (0..count).map(|_| self.number(what)).collect()
    }

    /// Identifiers with their count, at most `limit` of them, each below `below`.
    ///
    /// # Errors
    /// As [`SectionReader::integer`].
    pub fn integers(&mut self, what: &str, limit: usize, below: usize) -> Result<Vec<u32>> {
        let count = self.count(what, limit)?;
        (0..count).map(|_| self.integer(what, below).map(|value| value as u32)).collect()
    }

    /// Bytes with their count, at most `limit` of them, and zeros behind them.
    ///
    /// # Errors
    /// As [`SectionReader::integer`], and [`Error::Format`] for anything but zeros behind them.
    pub fn bytes(&mut self, what: &str, limit: usize) -> Result<&'a [u8]> {
        let length = self.integer(&format!("the length of {what}"), limit + 1)?;
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let Some(padded) = rest.get(..length.next_multiple_of(8)) else {
            return Err(self.error(format_args!("{what} of {length} bytes do not fit its length")));
        };
        self.position += padded.len();
        let (bytes, padding) = padded.split_at(length);
        if padding.iter().any(|&byte| byte != 0) {
            return Err(self.error(format_args!("{what} is longer than its length")));
        }
        Ok(bytes)
    }

    /// A count of at most `limit` that the rest of the section can hold, so that a lying count allocates
    /// nothing.
    fn count(&mut self, what: &str, limit: usize) -> Result<usize> {
        let count = self.integer(&format!("the number of {what}"), limit + 1)?;
        if count > (self.bytes.len() - self.position) / 8 {
            return Err(self.error(format_args!("{count} {what} do not fit its length")));
        }
        Ok(count)
    }

    pub(crate) fn finish(self) -> Result<()> {
        match self.bytes.len() - self.position {
            0 => Ok(()),
            rest => Err(self.error(format_args!("{rest} bytes are left over"))),
        }
    }
}
