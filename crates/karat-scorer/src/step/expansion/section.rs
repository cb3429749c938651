//! The bytes of an expansion.

use super::{
    Atom, AtomKind, Expansion, ExpansionField, Link, MAX_LEVELS, MAX_OUTPUTS, MAX_TERMS, NO_ATOM, TermGroup,
};
use crate::error::{Error, Result};
use crate::file::{NUMERICS, SectionReader, SectionWriter};
use crate::schema::MAX_FIELDS;
use crate::step::Step;
use sha2::{Digest, Sha256};

const LINKS: [Link; 3] = [Link::Identity, Link::Logistic, Link::Softmax];
const KINDS: [AtomKind; 5] =
    [AtomKind::Linear, AtomKind::Wavelet, AtomKind::Step, AtomKind::Level, AtomKind::Missing];
/// Longest name of a field or category in bytes.
const MAX_TEXT: usize = 1 << 16;
const PREFIX: usize = 8;
const DIGEST: usize = 32;

impl Step for Expansion {
    const KIND: &'static str = "EXPN";

    fn encode(&self, writer: &mut SectionWriter) {
        writer.integer(LINKS.iter().position(|&link| link == self.link).unwrap_or(0) as u64);
        writer.integer(self.outputs as u64);
        writer.integer(self.fields.len() as u64);
        for field in &self.fields {
            write_text(writer, &field.name);
            writer.integer(field.categories.len() as u64);
            field.categories.iter().for_each(|category| write_text(writer, category));
            for number in [field.fill, field.lo, field.hi, field.center, field.spread] {
                writer.number(number);
            }
        }
        writer.integer(self.atoms.len() as u64);
        for atom in &self.atoms {
            writer.integer(u64::from(atom.field));
            writer.integer(KINDS.iter().position(|&kind| kind == atom.kind).unwrap_or(0) as u64);
            writer.number(atom.center);
            writer.number(atom.width);
        }
        writer.integer(self.groups.len() as u64);
        for group in &self.groups {
            group.fields.iter().for_each(|&field| writer.integer(position_to_word(field)));
            writer.integer(u64::from(group.terms));
        }
        writer.integer(self.terms.len() as u64);
        for &atom in self.terms.iter().flatten() {
            writer.integer(position_to_word(atom));
        }
        writer.numbers(&self.base);
        writer.numbers(&self.means);
        writer.numbers(&self.coefficients);
    }

    fn decode(reader: &mut SectionReader<'_>) -> Result<Expansion> {
        let link = LINKS[reader.integer("the link", LINKS.len())?];
        let outputs = reader.integer("the number of outputs", MAX_OUTPUTS + 1)?;
        let count = reader.integer("the number of fields", MAX_FIELDS + 1)?;
        let fields = (0..count).map(|_| read_field(reader)).collect::<Result<_>>()?;
        let count = reader.integer("the number of atoms", MAX_TERMS + 1)?;
        let atoms = (0..count).map(|_| read_atom(reader)).collect::<Result<_>>()?;
        let count = reader.integer("the number of groups", MAX_TERMS + 1)?;
        let groups = (0..count)
            .map(|_| {
                let fields = read_positions(reader, "a field of a group")?;
                Ok(TermGroup { fields, terms: reader.integer("terms of a group", MAX_TERMS + 1)? as u32 })
            })
            .collect::<Result<_>>()?;
        let count = reader.integer("the number of terms", MAX_TERMS + 1)?;
        let terms = (0..count).map(|_| read_positions(reader, "an atom of a term")).collect::<Result<_>>()?;
        Ok(Expansion {
            fields,
            link,
            outputs,
            atoms,
            groups,
            terms,
            base: reader.numbers("bases", MAX_OUTPUTS)?,
            means: reader.numbers("means", MAX_TERMS)?,
            coefficients: reader.numbers("coefficients", MAX_TERMS * MAX_OUTPUTS)?,
        })
    }
}

impl Expansion {
    /// The expansion as bytes of its own: kind, revision, numerics, section, SHA-256.
    ///
    /// # Errors
    /// As [`check`](Expansion::check).
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.check()?;
        let mut writer = SectionWriter::default();
        self.encode(&mut writer);
        let mut bytes = prefix();
        bytes.extend(writer.into_bytes());
        let digest = Sha256::digest(&bytes);
        bytes.extend_from_slice(&digest);
        Ok(bytes)
    }

    /// Reads what [`to_bytes`](Expansion::to_bytes) wrote; every length and number is checked.
    ///
    /// # Errors
    /// [`Error::Format`] for other or damaged bytes, [`Error::Unsupported`] for a later revision.
    pub fn from_bytes(bytes: &[u8]) -> Result<Expansion> {
        let cut = || Error::Format("the bytes of the network are cut short".to_owned());
        let body = bytes.len().checked_sub(DIGEST).filter(|&body| body >= PREFIX).ok_or_else(cut)?;
        let (body, digest) = bytes.split_at(body);
        let expected = prefix();
        if body[..4] != expected[..4] {
            return Err(Error::Format("the bytes are not those of a wavelet network".to_owned()));
        }
        if body[..PREFIX] != expected[..] {
            let found = format!("revision {}, numerics {}", body[4], body[6]);
            return Err(Error::Unsupported(format!("the network needs another karat: {found}")));
        }
        if Sha256::digest(body)[..] != *digest {
            return Err(Error::Format("the bytes of the network are damaged: checksum differs".to_owned()));
        }
        let mut reader = SectionReader::new(Expansion::KIND, &body[PREFIX..]);
        let expansion = Expansion::decode(&mut reader)?;
        reader.finish()?;
        expansion.check().map_err(|error| Error::Format(error.to_string()))?;
        Ok(expansion)
    }
}

fn prefix() -> Vec<u8> {
    let mut bytes = Expansion::KIND.as_bytes().to_vec();
    bytes.extend_from_slice(&(Expansion::REVISION as u16).to_le_bytes());
    bytes.extend_from_slice(&NUMERICS.to_le_bytes());
    bytes
}

/// None is 0, position `p` is `p + 1`.
fn position_to_word(position: u32) -> u64 {
    if position == NO_ATOM { 0 } else { u64::from(position) + 1 }
}

fn read_positions(reader: &mut SectionReader<'_>, what: &str) -> Result<[u32; 3]> {
    let mut positions = [NO_ATOM; 3];
    for position in &mut positions {
        let word = reader.integer(what, MAX_TERMS + 1)?;
        *position = word.checked_sub(1).map_or(NO_ATOM, |position| position as u32);
    }
    Ok(positions)
}

/// The number of bytes, then the bytes in words of eight, the last filled with zeros.
fn write_text(writer: &mut SectionWriter, text: &str) {
    writer.integer(text.len() as u64);
    for chunk in text.as_bytes().chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        writer.integer(u64::from_le_bytes(word));
    }
}

fn read_text(reader: &mut SectionReader<'_>) -> Result<String> {
    let length = reader.integer("the length of a text", MAX_TEXT + 1)?;
    let mut bytes = Vec::new();
    for _ in 0..length.div_ceil(8) {
        bytes.extend((reader.integer("eight bytes of a text", usize::MAX)? as u64).to_le_bytes());
    }
    if bytes[length..].iter().any(|&byte| byte != 0) {
        return Err(reader.error("a text is longer than its length"));
    }
    bytes.truncate(length);
    String::from_utf8(bytes).map_err(|_| reader.error("a text is not UTF-8"))
}

fn read_field(reader: &mut SectionReader<'_>) -> Result<ExpansionField> {
    let name = read_text(reader)?;
    let count = reader.integer("the number of categories", MAX_LEVELS + 1)?;
    let categories = (0..count).map(|_| read_text(reader)).collect::<Result<_>>()?;
    let mut number = |what| reader.number(what);
    Ok(ExpansionField {
        name,
        categories,
        fill: number("a fill")?,
        lo: number("a lower bound")?,
        hi: number("an upper bound")?,
        center: number("a center")?,
        spread: number("a spread")?,
    })
}

fn read_atom(reader: &mut SectionReader<'_>) -> Result<Atom> {
    Ok(Atom {
        field: reader.integer("the field of an atom", MAX_FIELDS)? as u32,
        kind: KINDS[reader.integer("the kind of an atom", KINDS.len())?],
        center: reader.number("the center of an atom")?,
        width: reader.number("the width of an atom")?,
    })
}
