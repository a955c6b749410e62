//! What the fuzz targets share: where the first inputs come from.
//!
//! A target is a file in `src/bin/`: the inputs it begins with, and what is done with one.
//! `cargo tools fuzz` builds them for libFuzzer and names the corpus of each.
#![forbid(unsafe_code)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

/// Where the corpus of this target lies; `cargo tools fuzz` says it.
const CORPUS: &str = "FUZZ_CORPUS";

/// Inputs to begin with, put into the corpus before libFuzzer reads it.
///
/// # Panics
/// When the corpus cannot be written.
pub fn seed(name: &str, input: &[u8]) {
    // A crash file is looked at without a corpus.
    let Some(folder) = env::var_os(CORPUS).map(PathBuf::from) else { return };
    let file = folder.join(format!("seed-{name}"));
    fs::write(&file, input).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
}

/// Every file of a folder of the sources whose name ends with `ending`: name and content.
///
/// # Panics
/// When there is none: it has moved.
pub fn sources(folder: &str, ending: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let files: Vec<_> = entries
        .map(|entry| entry.expect("a listed file").path())
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.to_owned();
            name.ends_with(ending).then(|| (name, fs::read(&path).expect("a readable file")))
        })
        .collect();
    assert!(!files.is_empty(), "{}: no {ending} is left", folder.display());
    files
}

/// The bytes of a text of hexadecimal digits; anything else in it is passed over.
pub fn unhex(text: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = text
        .iter()
        .filter_map(|it| char::from(*it).to_digit(16))
        .map(|digit| u8::try_from(digit).expect("below 16"))
        .collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// A whole certificate of the test hierarchy, as a card has it.
pub fn test_certificate() -> &'static [u8] {
    static DER: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let file = "reader-drivers/virtual/conversations";
        let all = sources(file, "certificate-test.hex");
        unhex(&all[0].1)
    });
    &DER
}

/// An input, read from its beginning; when it is over it gives zeros.
#[derive(Debug)]
pub struct Tape<'a>(&'a [u8]);

impl<'a> Tape<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A byte says how many follow: twice as many as it says, and one more if it is odd.
    pub fn some(&mut self) -> Vec<u8> {
        let length = self.byte();
        let length = (usize::from(length) * 2 + usize::from(length & 1)).min(self.0.len());
        let (some, rest) = self.0.split_at(length);
        self.0 = rest;
        some.to_vec()
    }
}
