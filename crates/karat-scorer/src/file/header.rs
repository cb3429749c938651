//! The header: names, fields and the list of sections.

use crate::error::{Error, Result};
use crate::model::Names;
use crate::schema::Field;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    pub(crate) model: Description,
    pub(crate) names: Names,
    pub(crate) schema: Vec<Field>,
    pub(crate) sections: Vec<Section>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Description {
    pub(crate) name: String,
    pub(crate) writer: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Section {
    pub(crate) kind: String,
    pub(crate) len: u64,
    pub(crate) rev: u32,
}

impl Header {
    /// Canonical bytes: sorted keys, no white space, padded with spaces to a multiple of 8.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>> {
        // Every structure declares its fields in alphabetical order: sorting through a JSON value would
        // depend on whether some crate of the program turned on `preserve_order`.
        let mut bytes =
            serde_json::to_vec(self).map_err(|error| Error::Format(format!("header: {error}")))?;
        bytes.resize(bytes.len().next_multiple_of(8), b' ');
        Ok(bytes)
    }

    /// Reads a header and insists on the canonical bytes, so that equal models are equal files and
    /// repeated keys or floats cannot hide.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Header> {
        let header: Header =
            serde_json::from_slice(bytes).map_err(|error| Error::Format(format!("header: {error}")))?;
        if header.to_bytes()? != bytes {
            return Err(Error::Format("header: not in canonical form".to_owned()));
        }
        Ok(header)
    }
}
