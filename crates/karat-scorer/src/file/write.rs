//! Writing a model file.

use super::header::{Description, Header, Section};
use super::{DIGEST, FORMAT, MAGIC, MAX_HEADER, MAX_PAYLOAD, NUMERICS, PADDED, PREFIX, SectionWriter, probe};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::scorer::Scorer;
use crate::step::Step;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts saves, so that two threads never write to one temporary file.
static SAVES: AtomicU64 = AtomicU64::new(0);

impl Model {
    /// The bytes of the model file. Equal models give equal bytes: no clock, no path, no chance.
    ///
    /// # Errors
    /// Whatever [`Model::check`] refuses, and [`Error::Argument`] for a model too large for the format.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.check()?;
        let mut sections = Sections::default();
        sections.step(&self.fields);
        sections.step(&self.indicators);
        sections.step(&self.tree);
        if let Some(nodes) = &self.nodes {
            sections.step(nodes);
        }
        if let Some(profiles) = &self.profiles {
            sections.step(profiles);
        }
        sections.step(&self.rules);
        if let Some(grades) = &self.grades {
            sections.step(grades);
        }
        if let Some(types) = &self.types {
            sections.step(types);
        }
        if let Some(segments) = &self.segments {
            sections.step(segments);
        }
        if let Some(forecasts) = &self.forecasts {
            sections.step(forecasts);
        }
        let scorer = Scorer::prepare(self.clone(), String::new())?;
        sections.push(probe::KIND, 1, probe::encode(&scorer)?);
        for note in &self.notes {
            sections.push_padded(&note.kind, note.revision, &note.bytes);
        }
        sections.into_file(self)
    }

    /// Writes the model file in one piece: a reader never sees half of it, and a failure leaves an older
    /// file as it was.
    ///
    /// # Errors
    /// As [`Model::to_bytes`], and [`Error::Io`] when the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        save(path.as_ref(), &self.to_bytes()?)
    }
}

/// Writes bytes to a file in one piece: a temporary file beside it, flushed, then renamed.
///
/// A link keeps pointing where it does; a device or a pipe, which nothing can be renamed onto, is written to.
///
/// # Errors
/// [`Error::Io`] when the file cannot be written; an older file stays as it was.
pub fn save(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |error: std::io::Error| Error::io(path, "write", &error);
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let known = std::fs::metadata(&target);
    if known.is_ok_and(|known| !known.is_file() && !known.is_dir()) {
        return File::options()
            .write(true)
            .open(&target)
            .and_then(|mut to| to.write_all(bytes))
            .map_err(failed);
    }
    let temporary = target.with_file_name(format!(
        ".{}.{}.{}.part",
        target.file_name().unwrap_or_default().to_string_lossy(),
        std::process::id(),
        SAVES.fetch_add(1, Ordering::Relaxed)
    ));
    let result = write_through(&temporary, bytes).and_then(|()| std::fs::rename(&temporary, &target));
    result.map_err(|error| {
        // The half-written file is of no use to anybody; failing to remove it changes nothing.
        let _ = std::fs::remove_file(&temporary);
        failed(error)
    })?;
    sync_directory(&target);
    Ok(())
}

fn write_through(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the rename itself durable where the system allows it; the file is whole either way.
fn sync_directory(path: &Path) {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if let Ok(directory) = File::open(parent) {
        let _ = directory.sync_all();
    }
}

#[derive(Default)]
struct Sections {
    list: Vec<Section>,
    payload: Vec<u8>,
}

impl Sections {
    fn step<S: Step>(&mut self, step: &S) {
        let mut writer = SectionWriter::default();
        step.encode(&mut writer);
        self.push(S::KIND, S::REVISION, writer.into_bytes());
    }

    fn push(&mut self, kind: &str, rev: u32, bytes: Vec<u8>) {
        self.list.push(Section { kind: kind.to_owned(), len: bytes.len() as u64, rev });
        self.payload.extend(bytes);
    }

    /// Texts have any length and are followed by spaces, as the header is.
    fn push_padded(&mut self, kind: &str, rev: u32, bytes: &[u8]) {
        self.push(kind, rev, bytes.to_vec());
        self.payload.resize(self.payload.len().next_multiple_of(PADDED), b' ');
    }

    fn into_file(self, model: &Model) -> Result<Vec<u8>> {
        let header = Header {
            model: Description {
                name: model.name.clone(),
                writer: concat!("karat ", env!("CARGO_PKG_VERSION")).to_owned(),
            },
            names: model.names.clone(),
            schema: model.schema.fields().to_vec(),
            sections: self.list,
        }
        .to_bytes()?;
        if header.len() > MAX_HEADER || self.payload.len() as u64 > MAX_PAYLOAD {
            return Err(Error::argument(
                "model",
                "must fit a header of 1 MiB and a payload of 64 MiB",
                format!("{} and {} bytes", header.len(), self.payload.len()),
            ));
        }
        let mut file = Vec::with_capacity(PREFIX + header.len() + self.payload.len() + DIGEST);
        file.extend(MAGIC);
        file.extend(FORMAT.to_le_bytes());
        file.extend(NUMERICS.to_le_bytes());
        file.extend((header.len() as u32).to_le_bytes());
        file.extend((self.payload.len() as u64).to_le_bytes());
        file.extend(header);
        file.extend(self.payload);
        let digest = Sha256::digest(&file);
        file.extend(digest.as_slice());
        Ok(file)
    }
}
