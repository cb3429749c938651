//! Reading a model file: every length checked, every kind of damage with its own message.

use super::header::{Header, Section};
use super::{
    DIGEST, FORMAT, MAGIC, MAX_HEADER, MAX_PAYLOAD, NUMERICS, PADDED, PREFIX, SectionReader, SectionWriter,
    hexadecimal, probe,
};
use crate::error::{Error, Result};
use crate::model::{Model, Note};
use crate::schema::Schema;
use crate::scorer::Scorer;
use crate::step::{
    Fields, Forecasts, Grades, Indicators, Nodes, Profiles, Rules, Segments, Step, Tree, Types,
};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Reads a model file, but no more of it than a model can have: not the whole of a wrong path's gigabytes.
pub(crate) fn open(path: &Path) -> Result<Scorer> {
    const MOST: u64 = (PREFIX + MAX_HEADER + DIGEST) as u64 + MAX_PAYLOAD;
    let fault = |error: std::io::Error| Error::io(path, "read", &error);
    let file = File::open(path).map_err(fault)?;
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file that is too long from one that is just long enough.
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(fault)?;
    read(&bytes)
}

/// Reads the bytes of a model file and replays its probe rows.
pub(crate) fn read(bytes: &[u8]) -> Result<Scorer> {
    let (header, payload, id) = open_container(bytes)?;
    let (model, probes) = read_model(header, payload)?;
    // Whatever a checksummed file holds that a model must not is the file's fault, not the caller's.
    let scorer = Scorer::prepare(model, id).map_err(|error| match error {
        Error::Argument { .. } | Error::Shape { .. } => Error::Format(error.to_string()),
        other => other,
    })?;
    probe::replay(&scorer, probes)?;
    Ok(scorer)
}

fn format(what: impl Into<String>) -> Error {
    Error::Format(what.into())
}

/// Takes the container apart: header, payload, and the checksum in hexadecimal.
fn open_container(bytes: &[u8]) -> Result<(Header, &[u8], String)> {
    check_magic(bytes)?;
    let word = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    if bytes.len() < PREFIX + DIGEST {
        return Err(format(format!("the file is cut: {} bytes", bytes.len())));
    }
    let (version, numerics) = (word(8), word(10));
    if version != FORMAT {
        return Err(Error::Unsupported(format!(
            "the model has file format {version}; this karat {} reads format {FORMAT}: use a newer karat",
            env!("CARGO_PKG_VERSION")
        )));
    }
    if numerics != NUMERICS {
        return Err(Error::Unsupported(format!(
            "the model needs numerics {numerics}; this karat {} has numerics {NUMERICS}: use a newer karat",
            env!("CARGO_PKG_VERSION")
        )));
    }
    let mut eight = [0; 8];
    eight.copy_from_slice(&bytes[16..24]);
    let (header, payload) = (u32::from(word(12)) | u32::from(word(14)) << 16, u64::from_le_bytes(eight));
    if header as usize > MAX_HEADER || header % 8 != 0 || payload > MAX_PAYLOAD || payload % 8 != 0 {
        return Err(format(format!("impossible lengths: header {header}, payload {payload}")));
    }
    let (header, payload) = (header as usize, payload as usize);
    let expected = PREFIX + header + payload + DIGEST;
    if bytes.len() < expected {
        return Err(format(format!("the file is cut: {} of {expected} bytes", bytes.len())));
    }
    if bytes.len() > expected {
        return Err(format(format!("{} bytes follow the end of the model", bytes.len() - expected)));
    }
    let (content, digest) = bytes.split_at(expected - DIGEST);
    if Sha256::digest(content).as_slice() != digest {
        return Err(format("the checksum differs: the file was damaged or edited"));
    }
    let (header, payload) = content[PREFIX..].split_at(header);
    Ok((Header::from_bytes(header)?, payload, hexadecimal(digest)))
}

fn check_magic(bytes: &[u8]) -> Result<()> {
    if bytes.starts_with(&MAGIC) {
        return Ok(());
    }
    Err(format(if bytes.is_empty() {
        "the file is empty"
    } else if MAGIC.starts_with(bytes) {
        "the file is cut within its first eight bytes"
    } else if bytes.starts_with(b"\x89KARAT\n") || bytes.starts_with(b"\x89KARAT\r\r\n") {
        "line ends were converted; copy the file in binary mode"
    } else if bytes.starts_with(b"\tKARAT") {
        "the eighth bit was stripped; copy the file in binary mode"
    } else {
        "it does not begin like one"
    }))
}

/// Order of the sections that scoring needs; the others follow.
const ORDER: [&str; 11] = [
    Fields::KIND,
    Indicators::KIND,
    Tree::KIND,
    Nodes::KIND,
    Profiles::KIND,
    Rules::KIND,
    Grades::KIND,
    Types::KIND,
    Segments::KIND,
    Forecasts::KIND,
    probe::KIND,
];

#[derive(Default)]
struct Parts {
    fields: Option<Fields>,
    indicators: Option<Indicators>,
    tree: Option<Tree>,
    nodes: Option<Nodes>,
    profiles: Option<Profiles>,
    rules: Option<Rules>,
    grades: Option<Grades>,
    types: Option<Types>,
    segments: Option<Segments>,
    forecasts: Option<Forecasts>,
    notes: Vec<Note>,
}

fn read_model(header: Header, payload: &[u8]) -> Result<(Model, &[u8])> {
    let mut parts = Parts::default();
    let mut probes = None;
    let mut rest = payload;
    let mut last = 0;
    for section in &header.sections {
        let (bytes, after) = cut_section(section, rest)?;
        rest = after;
        let rank = ORDER.iter().position(|&kind| kind == section.kind).unwrap_or(ORDER.len());
        if rank < last {
            return Err(format(format!("section {} is out of order", section.kind)));
        }
        last = rank;
        match section.kind.as_str() {
            Fields::KIND => take(&mut parts.fields, section, bytes)?,
            Indicators::KIND => take(&mut parts.indicators, section, bytes)?,
            Tree::KIND => take(&mut parts.tree, section, bytes)?,
            Nodes::KIND => take(&mut parts.nodes, section, bytes)?,
            Profiles::KIND => take(&mut parts.profiles, section, bytes)?,
            Rules::KIND => take(&mut parts.rules, section, bytes)?,
            Grades::KIND => take(&mut parts.grades, section, bytes)?,
            Types::KIND => take(&mut parts.types, section, bytes)?,
            Segments::KIND => take(&mut parts.segments, section, bytes)?,
            Forecasts::KIND => take(&mut parts.forecasts, section, bytes)?,
            probe::KIND => {
                check_revision(section, 1)?;
                if probes.replace(bytes).is_some() {
                    return Err(format(format!("section {} appears twice", section.kind)));
                }
            }
            other if other.starts_with(|first: char| first.is_ascii_lowercase()) => parts.notes.push(Note {
                kind: other.to_owned(),
                revision: section.rev,
                bytes: bytes.to_vec(),
            }),
            other => {
                return Err(Error::Unsupported(format!(
                    "the model needs section {other} revision {}; this karat {} does not know it: \
                     use a newer karat",
                    section.rev,
                    env!("CARGO_PKG_VERSION")
                )));
            }
        }
    }
    if !rest.is_empty() {
        return Err(format(format!("{} bytes of the payload belong to no section", rest.len())));
    }
    let missing = |kind: &str| format(format!("section {kind} is missing"));
    let probes = probes.ok_or_else(|| missing(probe::KIND))?;
    let model = Model {
        name: header.model.name,
        schema: Schema::new(header.schema).map_err(|error| format(error.to_string()))?,
        names: header.names,
        fields: parts.fields.ok_or_else(|| missing(Fields::KIND))?,
        indicators: parts.indicators.ok_or_else(|| missing(Indicators::KIND))?,
        tree: parts.tree.ok_or_else(|| missing(Tree::KIND))?,
        nodes: parts.nodes,
        profiles: parts.profiles,
        rules: parts.rules.ok_or_else(|| missing(Rules::KIND))?,
        grades: parts.grades,
        types: parts.types,
        segments: parts.segments,
        forecasts: parts.forecasts,
        notes: parts.notes,
    };
    Ok((model, probes))
}

/// The bytes of the next section and what follows its padding.
fn cut_section<'a>(section: &Section, rest: &'a [u8]) -> Result<(&'a [u8], &'a [u8])> {
    let padded = usize::try_from(section.len).ok().and_then(|length| length.checked_next_multiple_of(PADDED));
    let Some((bytes, after)) = padded.and_then(|padded| rest.split_at_checked(padded)) else {
        return Err(format(format!("section {} reaches beyond the payload", section.kind)));
    };
    let (bytes, padding) = bytes.split_at(section.len as usize);
    if padding.iter().any(|&byte| byte != b' ') {
        return Err(format(format!("section {} is not followed by spaces", section.kind)));
    }
    Ok((bytes, after))
}

fn take<S: Step>(slot: &mut Option<S>, section: &Section, bytes: &[u8]) -> Result<()> {
    check_revision(section, S::REVISION)?;
    let mut reader = SectionReader::new(S::KIND, bytes);
    let step = S::decode(&mut reader)?;
    reader.finish()?;
    let mut writer = SectionWriter::default();
    step.encode(&mut writer);
    if writer.into_bytes() != bytes {
        return Err(format(format!("section {}: not in canonical form", section.kind)));
    }
    if slot.replace(step).is_some() {
        return Err(format(format!("section {} appears twice", section.kind)));
    }
    Ok(())
}

fn check_revision(section: &Section, known: u32) -> Result<()> {
    if section.rev == known {
        return Ok(());
    }
    Err(Error::Unsupported(format!(
        "the model needs section {} revision {}; this karat {} knows revision {known}: use a newer karat",
        section.kind,
        section.rev,
        env!("CARGO_PKG_VERSION")
    )))
}
