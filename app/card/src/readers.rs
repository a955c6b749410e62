//! The readers that are connected, with what the catalogue knows of them.

use kiosk_core::{
    Reader, ReaderLabel,
    reader::{Level, Put, READERS_MAX},
};
use reader_pcsc::{
    ReaderName,
    catalogue::{self, Entry, Interface},
};

/// As the kiosk is told. More than it takes are left out, and so is the end of a name that
/// is longer than PC/SC allows.
/// `listed`: each with whether it is the one in use.
pub(crate) fn readers(listed: &[(ReaderName, bool)]) -> heapless::Vec<Reader, READERS_MAX> {
    let reader = |(name, in_use): &(ReaderName, bool)| {
        let text = name.text();
        let entry = catalogue::find(&text);
        Reader {
            name: label(&text),
            level: entry.map_or(Level::Unknown, level),
            put: entry.map(put),
            in_use: *in_use,
        }
    };
    listed.iter().take(READERS_MAX).map(reader).collect()
}

fn label(text: &str) -> ReaderLabel {
    let mut label = ReaderLabel::new();
    for character in text.chars() {
        if label.push(character).is_err() {
            break;
        }
    }
    label
}

fn level(entry: &Entry) -> Level {
    match entry.level {
        catalogue::Level::Supported => Level::Supported,
        catalogue::Level::ShouldWork => Level::ShouldWork,
        catalogue::Level::Unsupported => Level::Unsupported,
    }
}

fn put(entry: &Entry) -> Put {
    match entry.interface {
        Interface::Contact => Put::Insert,
        Interface::Contactless => Put::Place,
        Interface::Both => Put::Either,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_says_what_is_known_of_each_reader() {
        let known: ReaderName = c"Kiosk Virtual Reader 00 00".into();
        let unknown: ReaderName = c"Maker Of Tomorrow 3000 01 00".into();
        let told = readers(&[(known.clone(), true), (unknown, false)]);
        assert_eq!((told[0].level, told[0].in_use), (Level::Supported, true));
        assert!(told[0].put.is_some());
        assert_eq!((told[1].level, told[1].put, told[1].in_use), (Level::Unknown, None, false));
        assert_eq!(told[1].product(), "Maker Of Tomorrow 3000");
        let many = vec![(known, false); READERS_MAX + 1];
        assert_eq!(readers(&many).len(), READERS_MAX);
    }
}
