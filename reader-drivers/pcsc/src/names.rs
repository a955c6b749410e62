//! Readers by name, and which of them is the kiosk's.
//!
//! A PC/SC name is `<product> [<interface>] (<serial>) XX YY`. The numbers at the end
//! change on replug or with a second reader, so only the beginning is compared.

use std::{ffi::CStr, fmt};

use crate::catalogue::{self, Level};

/// A reader's name as PC/SC shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct ReaderName(Box<CStr>);

impl ReaderName {
    pub(crate) fn as_c_str(&self) -> &CStr {
        &self.0
    }

    /// The name as text; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> String {
        self.0.to_string_lossy().into_owned()
    }

    /// Whether the catalogue knows it, whatever it says of it. Our own virtual reader is
    /// in the catalogue too.
    pub fn is_known(&self) -> bool {
        catalogue::find(&self.text()).is_some()
    }
}

impl From<&CStr> for ReaderName {
    fn from(name: &CStr) -> Self {
        Self(name.into())
    }
}

impl fmt::Debug for ReaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "“{}”", self.text())
    }
}

/// What there is to use among the readers that are connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    None,
    /// Only readers that the catalogue calls unsupported.
    Unsupported(ReaderName),
    Use(ReaderName),
}

/// The slot of a security module inside a reader, not a place for a card. Multi-interface
/// readers (ACR1251, CIR315) show it as a reader of its own.
fn is_sam(name: &str) -> bool {
    name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == "SAM")
}

/// Whether a card may be laid there: it is no slot for anything else.
pub(crate) fn takes_cards(name: &ReaderName) -> bool {
    let text = name.text();
    !is_sam(&text) && catalogue::find(&text).is_none_or(|entry| !entry.ignores(&text))
}

/// Chooses among `names`. With `wanted` it is the first whose name begins so, whatever
/// the catalogue says: a technician who names a reader means it. Else it is the first
/// that the catalogue does not call unsupported. The reader in use stays chosen while
/// it is there.
pub(crate) fn choose(
    names: &[ReaderName],
    wanted: Option<&str>,
    current: Option<&ReaderName>,
) -> Choice {
    let mut unsupported = None;
    let mut usable = names.iter().filter(|name| takes_cards(name)).filter(|name| {
        let text = name.text();
        let known = catalogue::find(&text);
        if let Some(beginning) = wanted {
            return text.starts_with(beginning);
        }
        let fits = known.is_none_or(|entry| entry.level != Level::Unsupported);
        if !fits {
            unsupported.get_or_insert(*name);
        }
        fits
    });
    let first = usable.next();
    let stays =
        current.filter(|current| first == Some(*current) || usable.any(|it| it == *current));
    match (stays.or(first), unsupported) {
        (Some(name), _) => Choice::Use(name.clone()),
        (None, Some(name)) => Choice::Unsupported(name.clone()),
        (None, None) => Choice::None,
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;

    use super::*;

    fn name(text: &str) -> ReaderName {
        CString::new(text).expect("no NUL").as_c_str().into()
    }

    #[track_caller]
    fn check(names: &[&str], wanted: Option<&str>, expected: &str) {
        let names: Vec<_> = names.iter().map(|text| name(text)).collect();
        let chosen = match choose(&names, wanted, None) {
            Choice::None => "none".to_owned(),
            Choice::Unsupported(name) => format!("unsupported {}", name.text()),
            Choice::Use(name) => name.text(),
        };
        assert_eq!(chosen, expected);
    }

    const PICC: &str = "ACS ACR1251 Dual Reader [ACR1251 Dual Reader PICC] (1) 00 00";
    const SAM: &str = "ACS ACR1251 Dual Reader [ACR1251 Dual Reader SAM] (1) 01 00";
    const ACR122U: &str = "ACS ACR122U PICC Interface 00 00";
    const UNKNOWN: &str = "Maker Of Tomorrow 3000 00 00";

    #[test]
    fn the_slot_of_a_security_module_is_no_reader() {
        check(&[SAM, PICC], None, PICC);
        check(&[SAM, PICC], Some("ACS ACR1251"), PICC);
        check(&[SAM], None, "none");
        check(&["SAMSON Reader 00 00"], None, "SAMSON Reader 00 00");
    }

    #[test]
    fn a_setting_names_the_beginning() {
        check(&[UNKNOWN, PICC], Some("ACS"), PICC);
        check(&[UNKNOWN, PICC], Some("Sony"), "none");
        check(&[UNKNOWN, ACR122U], Some("ACS ACR122U"), ACR122U);
    }

    #[test]
    fn without_a_setting_an_unsupported_reader_comes_last() {
        check(&[ACR122U, UNKNOWN], None, UNKNOWN);
        check(&[ACR122U], None, &format!("unsupported {ACR122U}"));
        check(&[], None, "none");
    }

    #[test]
    fn a_reader_is_known_by_the_catalogue() {
        assert!(name(PICC).is_known());
        assert!(name(ACR122U).is_known());
        assert!(name("Kiosk Virtual Reader 00 00").is_known());
        assert!(!name(UNKNOWN).is_known());
        assert!(!name("Kiosk Virtual Readers 00 00").is_known());
    }

    #[test]
    fn the_reader_in_use_stays() {
        let (first, second) = (name(UNKNOWN), name(PICC));
        let names = [first.clone(), second.clone()];
        assert_eq!(choose(&names, None, Some(&second)), Choice::Use(second.clone()));
        assert_eq!(choose(&names[..1], None, Some(&second)), Choice::Use(first));
    }
}
