//! The model file: magic, versions, a canonical JSON header, numeric sections, probe rows, SHA-256.
//!
//! ```text
//! offset  bytes  content
//! 0       8      89 4B 41 52 41 54 0D 0A
//! 8       2      format = 1
//! 10      2      numerics = 1
//! 12      4      length H of the header, a multiple of 8, at most 1 MiB
//! 16      8      length P of the payload, at most 64 MiB
//! 24      H      header: JSON with sorted keys and no float, padded with spaces
//! 24+H    P      sections in header order, each followed by spaces up to a multiple of 8, without holes
//! end-32  32     SHA-256 of everything before it
//! ```
//! All numbers are little-endian. A section whose name begins with a capital is needed for scoring; one
//! that begins with a small letter may be skipped, and is kept when the model is saved again.
//!
//! Only the bytes that [`crate::Model::to_bytes`] writes are read: sections in their order and each in its
//! one encoding, so that equal models have equal digests.

mod header;
mod probe;
mod read;
mod section;
mod write;

pub(crate) use read::{open, read};
pub use section::{SectionReader, SectionWriter};
pub use write::save;

pub(crate) const MAGIC: [u8; 8] = *b"\x89KARAT\r\n";
/// Version of the container.
pub const FORMAT: u16 = 1;
/// Version of the arithmetic.
pub const NUMERICS: u16 = 1;
pub(crate) const PREFIX: usize = 24;
pub(crate) const DIGEST: usize = 32;
/// Every section begins at a multiple of so many bytes.
pub(crate) const PADDED: usize = 8;
pub(crate) const MAX_HEADER: usize = 1 << 20;
pub(crate) const MAX_PAYLOAD: u64 = 64 << 20;

/// Bytes in hexadecimal.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
