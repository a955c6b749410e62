//! The folder of an issuing office: where its keys, cards and counters lie.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use include_dir::{Dir, include_dir};

use crate::card_file::CardFile;

/// The cards this crate knows.
static CARDS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/cards");

/// Ids become file names: short, and nothing that leads to another folder.
const ID_MAX: usize = 40;

/// Why the office could not do it.
#[derive(Debug, thiserror::Error)]
pub enum OfficeError {
    #[error("no card {0:?}: `virtual-card list` names all there are")]
    NoSuchCard(String),
    #[error("the card {id} is not in {office}: `virtual-card issue {office}` makes it")]
    NotIssued { id: String, office: PathBuf },
    #[error("{path}: {problem}")]
    Wrong { path: PathBuf, problem: String },
    #[error("{path}: cannot be read or written")]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// Ids of all cards this crate knows, in order.
pub fn ids() -> Vec<String> {
    let mut ids: Vec<_> = known().map(|(id, _)| id.to_owned()).collect();
    ids.sort_unstable();
    ids
}

/// The cards this crate knows, by id, with the text of their files.
pub(crate) fn known() -> impl Iterator<Item = (&'static str, &'static str)> {
    CARDS.files().filter_map(|file| {
        let id = file.path().file_name()?.to_str()?.strip_suffix(".toml")?;
        Some((id, file.contents_utf8()?))
    })
}

/// An office's folder.
pub(crate) struct Office<'a>(&'a Path);

impl<'a> Office<'a> {
    pub(crate) fn new(folder: &'a Path) -> Self {
        Self(folder)
    }

    /// Makes the folders, the one of the keys for the owner alone.
    ///
    /// Errors: [`OfficeError::File`].
    pub(crate) fn open(&self) -> Result<(), OfficeError> {
        for (name, mode) in
            [("cards", 0o755), ("state", 0o755), ("keys", 0o700), ("simulated-terminal", 0o755)]
        {
            let path = self.0.join(name);
            let made = fs::DirBuilder::new().recursive(true).mode(mode).create(&path);
            made.map_err(|source| OfficeError::File { path, source })?;
        }
        Ok(())
    }

    /// Makes a card's folder. Errors: [`OfficeError::File`], [`OfficeError::NoSuchCard`].
    pub(crate) fn open_card(&self, id: &str) -> Result<(), OfficeError> {
        check_id(id)?;
        let path = self.0.join("cards").join(id);
        fs::create_dir_all(&path).map_err(|source| OfficeError::File { path, source })
    }

    /// Waits until no other process issues here; the lock ends with the value.
    ///
    /// Errors: [`OfficeError::File`].
    pub(crate) fn lock(&self) -> Result<File, OfficeError> {
        let path = self.0.join("lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let locked = file.and_then(|file| file.lock().map(|()| file));
        locked.map_err(|source| OfficeError::File { path, source })
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn key(&self, name: &str) -> PathBuf {
        self.0.join("keys").join(name).with_extension("pem")
    }

    /// A file of the simulated terminal.
    pub(crate) fn terminal(&self, name: &str) -> PathBuf {
        self.0.join("simulated-terminal").join(name)
    }

    /// A file of a card. Errors: [`OfficeError::NoSuchCard`].
    pub(crate) fn card(&self, id: &str, name: &str) -> Result<PathBuf, OfficeError> {
        check_id(id)?;
        Ok(self.0.join("cards").join(id).join(name))
    }

    /// Where a card keeps its counters. Errors: [`OfficeError::NoSuchCard`].
    pub(crate) fn state(&self, id: &str) -> Result<PathBuf, OfficeError> {
        check_id(id)?;
        Ok(self.0.join("state").join(id).with_extension("toml"))
    }

    /// The card file of an issued card.
    ///
    /// Errors: all of [`OfficeError`].
    pub(crate) fn card_file(&self, id: &str) -> Result<CardFile, OfficeError> {
        let path = self.card(id, "card.toml")?;
        let text = match read(&path, crate::card_file::FILE_MAX) {
            Err(OfficeError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Err(OfficeError::NotIssued {
                    id: id.to_owned(),
                    office: self.0.to_owned(),
                });
            }
            other => other?,
        };
        let wrong = |problem| OfficeError::Wrong { path: path.clone(), problem };
        let text = String::from_utf8(text).map_err(|_| wrong("is not UTF-8".to_owned()))?;
        CardFile::read(&text).map_err(wrong)
    }
}

fn check_id(id: &str) -> Result<(), OfficeError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if id.is_empty() || id.len() > ID_MAX || !id.bytes().all(plain) {
        return Err(OfficeError::NoSuchCard(id.chars().take(ID_MAX).collect()));
    }
    Ok(())
}

/// A whole file of at most `max` bytes.
///
/// Errors: [`OfficeError::File`], [`OfficeError::Wrong`] when it is longer.
pub(crate) fn read(path: &Path, max: usize) -> Result<Vec<u8>, OfficeError> {
    let failed = |source| OfficeError::File { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    // Lossless: the limits are a few thousand bytes.
    let mut file = File::open(path).map_err(failed)?.take(max as u64 + 1);
    file.read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > max {
        let problem = format!("is longer than {max} bytes");
        return Err(OfficeError::Wrong { path: path.to_owned(), problem });
    }
    Ok(bytes)
}

/// Replaces a file so that a power cut leaves either the old or the new one: written
/// new, synced, renamed, folder synced.
///
/// Errors: [`OfficeError::File`].
pub(crate) fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), OfficeError> {
    let new = path.with_extension(format!("new-{}", std::process::id()));
    let written = (|| {
        let mut options = OpenOptions::new();
        let mut file = options.create(true).truncate(true).write(true).mode(mode).open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    })();
    written.map_err(|source| OfficeError::File { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_card_file_is_good() {
        assert!(ids().contains(&"shikaku-taro".to_owned()));
        let mut serials = Vec::new();
        for (id, text) in known() {
            let file = CardFile::read(text).unwrap_or_else(|problem| panic!("{id}: {problem}"));
            assert!(check_id(id).is_ok(), "{id}");
            assert!(text.starts_with("# "), "{id}: the first line says why the card exists");
            serials.extend(file.serial);
        }
        let count = serials.len();
        serials.sort_unstable();
        serials.dedup();
        assert_eq!(serials.len(), count, "two cards share a serial number");
    }

    #[test]
    fn an_id_is_no_path() {
        for id in ["", "..", "../keys", "a/b", "A", "a.b", "a\0", &"a".repeat(ID_MAX + 1)] {
            assert!(matches!(check_id(id), Err(OfficeError::NoSuchCard(_))), "{id:?}");
        }
    }
}
