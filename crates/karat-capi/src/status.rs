//! Statuses, their texts, and the version.

use karat_scorer::ErrorKind;
use std::ffi::{CStr, c_char};

/// What a call came to: 0 is success, everything else a failure. A number keeps its meaning for ever; new
/// ones may be added, so treat an unknown one as a failure.
pub type Status = i32;

/// success
pub const KARAT_STATUS_OK: Status = 0;
/// a pointer was NULL
pub const KARAT_STATUS_NULL_POINTER: Status = 1;
/// a number or pointer that the call cannot take
pub const KARAT_STATUS_INVALID_ARGUMENT: Status = 2;
/// a row or buffer of the wrong length
pub const KARAT_STATUS_SHAPE: Status = 3;
/// the model has no such field or category
pub const KARAT_STATUS_SCHEMA: Status = 4;
/// the operating system could not read the file
pub const KARAT_STATUS_IO: Status = 5;
/// not a karat model, or a cut or damaged one
pub const KARAT_STATUS_FORMAT: Status = 6;
/// a sound model that needs a newer karat
pub const KARAT_STATUS_UNSUPPORTED: Status = 7;
/// this machine computes other bits: don't bill from it
pub const KARAT_STATUS_NUMERICS: Status = 8;
/// a defect inside the library, caught: please report it
pub const KARAT_STATUS_PANIC: Status = 99;

const _: () = {
    assert!(KARAT_STATUS_INVALID_ARGUMENT == ErrorKind::Argument as i32);
    assert!(KARAT_STATUS_SHAPE == ErrorKind::Shape as i32);
    assert!(KARAT_STATUS_SCHEMA == ErrorKind::Schema as i32);
    assert!(KARAT_STATUS_IO == ErrorKind::Io as i32);
    assert!(KARAT_STATUS_FORMAT == ErrorKind::Format as i32);
    assert!(KARAT_STATUS_UNSUPPORTED == ErrorKind::Unsupported as i32);
    assert!(KARAT_STATUS_NUMERICS == ErrorKind::Numerics as i32);
};

/// A part of the version, at compile time.
const fn number(digits: &str) -> u32 {
    let bytes = digits.as_bytes();
    let mut value = 0;
    let mut i = 0;
    while i < bytes.len() {
        assert!(bytes[i].is_ascii_digit());
        value = 10 * value + (bytes[i] - b'0') as u32;
        i += 1;
    }
    value
}

const VERSION: u32 = {
    let minor = number(env!("CARGO_PKG_VERSION_MINOR"));
    let patch = number(env!("CARGO_PKG_VERSION_PATCH"));
    assert!(minor < 100 && patch < 100);
    10_000 * number(env!("CARGO_PKG_VERSION_MAJOR")) + 100 * minor + patch
};

/// Version of the library that runs, packed like KARAT_VERSION_NUMBER, which is the version of the header
/// you compiled with. A library of the same SONAME and an equal or higher number serves you.
#[unsafe(no_mangle)]
pub extern "C" fn karat_version() -> u32 {
    VERSION
}

/// A few English words for a status; never NULL, static, also for numbers this version does not know.
#[unsafe(no_mangle)]
pub extern "C" fn karat_status_text(status: Status) -> *const c_char {
    text_of(status).as_ptr()
}

fn text_of(status: Status) -> &'static CStr {
    match status {
        KARAT_STATUS_OK => c"success",
        KARAT_STATUS_NULL_POINTER => c"a pointer is NULL",
        KARAT_STATUS_INVALID_ARGUMENT => c"invalid argument",
        KARAT_STATUS_SHAPE => c"a row or buffer has the wrong length",
        KARAT_STATUS_SCHEMA => c"the model has no such field or category",
        KARAT_STATUS_IO => c"the file cannot be read",
        KARAT_STATUS_FORMAT => c"not a usable karat model",
        KARAT_STATUS_UNSUPPORTED => c"the model needs a newer karat",
        KARAT_STATUS_NUMERICS => c"this machine computes other bits than the model expects",
        KARAT_STATUS_PANIC => c"defect inside karat",
        _ => c"unknown status",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packed_version_is_the_version_of_the_crate() {
        let parts: Vec<u32> =
            env!("CARGO_PKG_VERSION").splitn(3, '.').map(|part| part.parse().unwrap()).collect();
        assert_eq!(karat_version(), parts[0] * 10_000 + parts[1] * 100 + parts[2]);
    }

    #[test]
    fn every_status_has_its_own_text() {
        let mut texts: Vec<&CStr> = (0..=8).chain([99, 12_345]).map(text_of).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), 11);
        assert_eq!(text_of(-1), text_of(20));
    }
}
