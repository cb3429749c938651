//! Strings that cross the border: names lent to C, names read from C, messages written for C.

use crate::status::{KARAT_STATUS_NULL_POINTER, Status};
use karat_scorer::{Error, Model, Result};
use std::ffi::{CStr, CString, c_char};

/// Every name of a model as a C string, made once at load and lent for the life of the scorer.
#[derive(Debug)]
pub(crate) struct NameTables {
    fields: Vec<CString>,
    indicators: Vec<CString>,
    grades: Vec<CString>,
    segments: Vec<CString>,
    stages: Vec<CString>,
    actions: Vec<CString>,
    rules: Vec<CString>,
    types: Vec<CString>,
    dimensions: Vec<CString>,
    points: Vec<CString>,
    forecasts: Vec<CString>,
    outputs: Vec<CString>,
}

impl NameTables {
    pub(crate) fn of(model: &Model) -> Result<NameTables> {
        let names = &model.names;
        Ok(NameTables {
            fields: c_strings(model.schema.fields().iter().map(|field| &field.name))?,
            indicators: c_strings(&names.indicators)?,
            grades: c_strings(&names.grades)?,
            segments: c_strings(&names.segments)?,
            stages: c_strings(&names.stages)?,
            actions: c_strings(&names.actions)?,
            rules: c_strings(&names.rules)?,
            types: c_strings(&names.types)?,
            dimensions: c_strings(&names.dimensions)?,
            points: c_strings(model.point_names())?,
            forecasts: c_strings(&names.forecasts)?,
            outputs: c_strings(&names.outputs)?,
        })
    }

    /// The table that a letter of the C interface stands for; empty for an unknown letter.
    pub(crate) fn table(&self, what: c_char) -> &[CString] {
        match what as u8 {
            b'f' => &self.fields,
            b'i' => &self.indicators,
            b'g' => &self.grades,
            b's' => &self.segments,
            b'l' => &self.stages,
            b'a' => &self.actions,
            b'r' => &self.rules,
            b't' => &self.types,
            b'd' => &self.dimensions,
            b'p' => &self.points,
            b'n' => &self.forecasts,
            b'o' => &self.outputs,
            _ => &[],
        }
    }
}

fn c_strings(names: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Vec<CString>> {
    names.into_iter().map(|name| c_string(name.as_ref())).collect()
}

/// A C string; a loaded model has no name with a NUL in it, so the error is a matter of form.
pub(crate) fn c_string(text: &str) -> Result<CString> {
    CString::new(text).map_err(|_| Error::Format(format!("the name {text:?} holds a NUL")))
}

/// The bytes of a string given by C, without its NUL.
///
/// # Safety
/// `text` is NULL or points to a string that ends in NUL and stays unchanged for the call.
pub(crate) unsafe fn bytes_of<'a>(text: *const c_char) -> std::result::Result<&'a [u8], Status> {
    if text.is_null() {
        return Err(KARAT_STATUS_NULL_POINTER);
    }
    // SAFETY: not NULL, and the caller vouches for the NUL at its end.
    Ok(unsafe { CStr::from_ptr(text) }.to_bytes())
}

/// Writes as much of `message` as fits with its NUL, never half a character of UTF-8.
///
/// # Safety
/// `buffer` is NULL or may be written for `length` bytes.
pub(crate) unsafe fn write_message(buffer: *mut c_char, length: usize, message: &str) {
    if buffer.is_null() || length == 0 {
        return;
    }
    let mut end = message.len().min(length - 1);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    // SAFETY: `end` is below `length`, which the caller vouches for; Rust's string is another memory.
    unsafe {
        std::ptr::copy_nonoverlapping(message.as_ptr(), buffer.cast::<u8>(), end);
        *buffer.add(end) = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(length: usize, message: &str) -> Vec<u8> {
        let mut buffer = [0x55 as c_char; 16];
        // SAFETY: no test asks for more than the buffer's 16 bytes.
        unsafe { write_message(buffer.as_mut_ptr(), length, message) };
        buffer.iter().map(|&byte| byte as u8).collect()
    }

    #[test]
    fn a_message_is_cut_between_characters_and_ends_in_nul() {
        assert!(written(16, "short").starts_with(b"short\0U"));
        assert!(written(3, "short").starts_with(b"sh\0U"));
        // "é" is two bytes: with three bytes of room, "é" and the NUL fit, "ée" does not.
        assert!(written(3, "éé").starts_with("é\0U".as_bytes()));
        assert!(written(4, "éé").starts_with("é\0U".as_bytes()));
        assert!(written(1, "short").starts_with(b"\0U"));
        assert!(written(0, "short").starts_with(b"U"));
    }
}
