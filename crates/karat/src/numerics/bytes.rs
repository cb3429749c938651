//! Reading and writing the bytes of mergeable state: little-endian, short counts, no padding.

use karat_scorer::{Error, Result};

/// Writes a count in groups of seven bits, lowest first, the high bit marking that more follow (LEB128).
pub(crate) fn write_count(out: &mut Vec<u8>, mut count: u64) {
    while count >= 0x80 {
        out.push((count & 0x7f) as u8 | 0x80);
        count >>= 7;
    }
    out.push((count & 0x7f) as u8);
}

/// Reads what [`write_count`] wrote, refusing any longer spelling of the same number.
///
/// # Errors
/// [`Error::Format`] when the bytes end too soon or spell no 64-bit count.
pub(crate) fn read_count(bytes: &mut &[u8]) -> Result<u64> {
    let mut count = 0u64;
    for shift in (0..64).step_by(7) {
        let [byte] = read_array(bytes)?;
        let group = u64::from(byte & 0x7f);
        if (group << shift) >> shift != group || (byte == 0 && shift > 0) {
            return Err(damaged("a count is not spelled as written"));
        }
        count |= group << shift;
        if byte < 0x80 {
            return Ok(count);
        }
    }
    Err(damaged("a count does not fit 64 bits"))
}

/// The most values a state may have seen, 2^53: below it ranks are exact as doubles, and sums of the counts of
/// thousands of states stay within 64 bits.
pub(crate) const MOST_VALUES: u64 = 1 << 53;

/// Reads how many values a state has seen.
///
/// # Errors
/// [`Error::Format`] when they are more than [`MOST_VALUES`].
pub(crate) fn read_population(bytes: &mut &[u8]) -> Result<u64> {
    let count = read_count(bytes)?;
    if count > MOST_VALUES {
        return Err(damaged(&format!("{count} values are more than any table has")));
    }
    Ok(count)
}

/// Reads a count of items that take `item_bytes` each at the least, so that damaged bytes cannot ask for
/// more memory than they are long.
///
/// # Errors
/// [`Error::Format`] when the bytes left cannot hold that many.
pub(crate) fn read_length(bytes: &mut &[u8], item_bytes: usize) -> Result<usize> {
    let count = read_count(bytes)?;
    usize::try_from(count)
        .ok()
        .filter(|&count| count.checked_mul(item_bytes).is_some_and(|need| need <= bytes.len()))
        .ok_or_else(|| damaged(&format!("{count} items announced, {} bytes left", bytes.len())))
}

/// Takes the next `N` bytes.
///
/// # Errors
/// [`Error::Format`] when fewer are left.
pub(crate) fn read_array<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N]> {
    let Some((head, rest)) = bytes.split_first_chunk::<N>() else {
        return Err(damaged(&format!("cut short: {N} bytes expected, {} left", bytes.len())));
    };
    *bytes = rest;
    Ok(*head)
}

/// Takes the next double.
///
/// # Errors
/// [`Error::Format`] when the bytes end too soon.
pub(crate) fn read_number(bytes: &mut &[u8]) -> Result<f64> {
    read_array(bytes).map(f64::from_le_bytes)
}

/// Takes the version byte that leads every state.
///
/// # Errors
/// [`Error::Format`] when it is another than `version`.
pub(crate) fn read_version(bytes: &mut &[u8], version: u8) -> Result<()> {
    let [found] = read_array(bytes)?;
    if found == version {
        Ok(())
    } else {
        Err(damaged(&format!(
            "version {version} expected, found {found}; summarise with one release of karat"
        )))
    }
}

/// The error for state that no karat wrote.
#[cold]
pub(crate) fn damaged(what: &str) -> Error {
    Error::Format(format!("state of a fit: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn counts_have_one_spelling() {
        // The unsigned example of the DWARF standard, section 7.6: 12857 is B9 64.
        let mut out = Vec::new();
        write_count(&mut out, 12_857);
        assert_eq!(out, [0xb9, 0x64]);
        assert!(read_count(&mut &[0x80, 0x00][..]).is_err());
        assert!(read_count(&mut &[0xff; 9][..]).is_err());
        assert!(read_count(&mut &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02][..]).is_err());
        assert!(read_count(&mut &[0xff; 12][..]).is_err());
    }

    #[test]
    fn a_length_beyond_the_bytes_is_refused() {
        let mut out = Vec::new();
        write_count(&mut out, u64::MAX / 2);
        out.extend([0; 16]);
        assert!(read_length(&mut &out[..], 8).is_err());
        assert!(read_length(&mut &[2, 0, 0][..], 1).is_ok());
    }

    proptest! {
        #[test]
        fn counts_return(count in any::<u64>(), shift in 0u32..64) {
            let mut out = Vec::new();
            write_count(&mut out, count >> shift);
            let mut rest = &out[..];
            prop_assert_eq!(read_count(&mut rest).unwrap(), count >> shift);
            prop_assert!(rest.is_empty());
        }
    }
}
