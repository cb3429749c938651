//! Steps that stand alone: their bytes outside a model file.

use super::Step;
use crate::error::{Error, Result};
use crate::file::{SectionReader, SectionWriter};

/// The four letters of the kind, the revision, and the section.
pub(super) fn to_bytes<S: Step>(step: &S) -> Vec<u8> {
    let mut writer = SectionWriter::default();
    step.encode(&mut writer);
    let mut bytes = S::KIND.as_bytes().to_vec();
    bytes.extend_from_slice(&S::REVISION.to_le_bytes());
    bytes.extend_from_slice(&writer.into_bytes());
    bytes
}

/// Reads them back; the caller checks the numbers.
pub(super) fn from_bytes<S: Step>(bytes: &[u8]) -> Result<S> {
    let (Some(kind), Some(revision)) = (bytes.get(..4), bytes.get(4..8)) else {
        return Err(Error::Format(format!("a {} step of {} bytes", S::KIND, bytes.len())));
    };
    if kind != S::KIND.as_bytes() {
        let found = String::from_utf8_lossy(kind);
        return Err(Error::Format(format!("expected a step of kind {}, got {found:?}", S::KIND)));
    }
    if revision != S::REVISION.to_le_bytes() {
        return Err(Error::Unsupported(format!("section {}: its revision needs a newer karat", S::KIND)));
    }
    let mut reader = SectionReader::new(S::KIND, &bytes[8..]);
    let step = S::decode(&mut reader)?;
    reader.finish()?;
    Ok(step)
}
