//! Damaged model files and the message that each must get.
//!
//! What is expected is written beside each damage, as kind and a part of the message; a reader that says
//! something else stops the run. The index then holds the whole message.

mod container;
mod forecasts;
mod header;
mod nodes;
mod profiles;
mod sections;

use super::Files;
use crate::Failure;
use karat_scorer::{ErrorKind, Scorer};
use sha2::{Digest, Sha256};

/// Bytes before the header, and of the checksum.
const PREFIX: usize = 24;
const DIGEST: usize = 32;

/// One damaged file.
struct Damage {
    name: String,
    bytes: Vec<u8>,
    kind: ErrorKind,
    says: String,
}

fn damage(name: impl Into<String>, bytes: Vec<u8>, kind: ErrorKind, says: impl Into<String>) -> Damage {
    Damage { name: name.into(), bytes, kind, says: says.into() }
}

pub(super) fn add(files: &mut Files) -> Result<(), Failure> {
    let whole = File::read(&super::models::whole()?.to_bytes()?)?;
    let mut list = container::all(&whole);
    list.extend(header::all(&whole)?);
    list.extend(sections::all(&whole)?);
    list.extend(nodes::all(&File::read(&super::models::with_nodes()?.to_bytes()?)?));
    list.extend(profiles::all(&File::read(&super::models::with_profiles()?.to_bytes()?)?));
    list.extend(forecasts::all(&File::read(&super::models::with_forecasts()?.to_bytes()?)?));
    let mut index = String::new();
    let mut table = "| file in `vectors/bad/` | kind | message |\n|---|---|---|\n".to_owned();
    let mut surprises = String::new();
    for Damage { name, bytes, kind, says } in list {
        let Err(error) = Scorer::from_bytes(&bytes) else {
            surprises.push_str(&format!("\nbad/{name} loads"));
            continue;
        };
        let message = error.to_string().replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t");
        if error.kind() != kind || !message.contains(&says) {
            let found = error.kind();
            surprises.push_str(&format!("\nbad/{name}: {kind:?} {says} expected, {found:?} {message} found"));
        }
        let kind = format!("{kind:?}").to_lowercase();
        index.push_str(&format!("{name}.karat\t{kind}\t{message}\n"));
        table.push_str(&format!(
            "| {name} | {kind} | {} |\n",
            message.replace('|', "\\|").replace('<', "&lt;")
        ));
        if files.insert(format!("bad/{name}.karat"), bytes).is_some() {
            return Err(format!("bad/{name} is made twice").into());
        }
    }
    files.insert("bad/index.txt".to_owned(), index.into_bytes());
    files.insert("../docs/src/reference/damaged_files.md".to_owned(), table.into_bytes());
    if surprises.is_empty() { Ok(()) } else { Err(surprises.into()) }
}

/// A model file taken apart.
#[derive(Clone)]
struct File {
    /// Header without its padding.
    header: String,
    sections: Vec<Section>,
}

/// A section with its entry in the header.
#[derive(Clone)]
struct Section {
    kind: String,
    rev: u64,
    bytes: Vec<u8>,
}

impl Section {
    fn padded(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        bytes.resize(bytes.len().next_multiple_of(8), b' ');
        bytes
    }

    fn entry(&self) -> String {
        format!("{{\"kind\":\"{}\",\"len\":{},\"rev\":{}}}", self.kind, self.bytes.len(), self.rev)
    }
}

impl File {
    fn read(bytes: &[u8]) -> Result<File, Failure> {
        let length = u32::from_le_bytes(bytes[12..16].try_into()?) as usize;
        let header = std::str::from_utf8(&bytes[PREFIX..PREFIX + length])?.trim_end().to_owned();
        let mut rest = &bytes[PREFIX + length..bytes.len() - DIGEST];
        let list = header.split_once("\"sections\":[").ok_or("no sections")?.1.trim_end_matches("]}");
        let mut sections = Vec::new();
        for entry in list.split("},") {
            let value = |key: &str| {
                let text = entry.split_once(&format!("\"{key}\":")).map_or("", |(_, after)| after);
                text.split([',', '}']).next().unwrap_or("").trim_matches('"').to_owned()
            };
            let section = Section {
                kind: value("kind"),
                rev: value("rev").parse()?,
                bytes: rest[..value("len").parse()?].to_vec(),
            };
            rest = &rest[section.padded().len()..];
            sections.push(section);
        }
        Ok(File { header, sections })
    }

    /// Where each section begins in the file, with its name; and where the payload ends.
    fn boundaries(&self) -> Vec<(String, usize)> {
        let mut at = PREFIX + padded(self.header.as_bytes()).len();
        let mut boundaries = Vec::new();
        for section in &self.sections {
            boundaries.push((section.kind.to_lowercase(), at));
            at += section.padded().len();
        }
        boundaries.push(("digest".to_owned(), at));
        boundaries
    }

    fn payload(&self) -> Vec<u8> {
        self.sections.iter().flat_map(Section::padded).collect()
    }

    fn bytes(&self) -> Vec<u8> {
        file(&padded(self.header.as_bytes()), &self.payload())
    }

    /// The same sections under a header with `from`, which occurs once, replaced by `to`.
    fn with_header(&self, from: &str, to: &str) -> Result<Vec<u8>, Failure> {
        if self.header.matches(from).count() != 1 {
            return Err(format!("the header has {from} {} times", self.header.matches(from).count()).into());
        }
        Ok(file(&padded(self.header.replace(from, to).as_bytes()), &self.payload()))
    }

    /// The file with other sections; the header lists them as they are.
    fn with_sections(&self, change: impl FnOnce(&mut Vec<Section>)) -> Vec<u8> {
        let mut changed = self.clone();
        change(&mut changed.sections);
        let entries: Vec<String> = changed.sections.iter().map(Section::entry).collect();
        let start = self.header.split("\"sections\":[").next().unwrap_or_default();
        changed.header = format!("{start}\"sections\":[{}]}}", entries.join(","));
        changed.bytes()
    }

    /// The file with some eight-byte words of one section replaced.
    fn with_words(&self, kind: &str, words: &[(usize, u64)]) -> Vec<u8> {
        let mut changed = self.clone();
        for section in changed.sections.iter_mut().filter(|section| section.kind == kind) {
            for &(word, value) in words {
                section.bytes[8 * word..8 * word + 8].copy_from_slice(&value.to_le_bytes());
            }
        }
        changed.bytes()
    }
}

fn padded(header: &[u8]) -> Vec<u8> {
    let mut bytes = header.to_vec();
    bytes.resize(bytes.len().next_multiple_of(8), b' ');
    bytes
}

/// A file of these parts with matching lengths and checksum.
fn file(header: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x89KARAT\r\n\x01\x00\x01\x00".to_vec();
    bytes.extend((header.len() as u32).to_le_bytes());
    bytes.extend((payload.len() as u64).to_le_bytes());
    bytes.extend(header);
    bytes.extend(payload);
    bytes.extend([0; DIGEST]);
    sealed(bytes)
}

/// The file with its checksum put right, so that what lies behind the checksum is reached.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.len() - DIGEST;
    let digest = Sha256::digest(&bytes[..end]);
    bytes[end..].copy_from_slice(&digest);
    bytes
}
