//! What is known of readers, as data: `catalogue.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

/// One reader of the catalogue.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The beginning of the PC/SC name.
    pub name: String,
    pub maker: String,
    /// `VVVV:PPPP` in hex; several where one name stands for several devices, none where
    /// there is no device or no id is known.
    pub usb: Vec<String>,
    pub interface: Interface,
    pub level: Level,
    /// Words of the PC/SC name behind the product that tell slots which take no card.
    #[serde(default)]
    pub ignore: Vec<String>,
    #[serde(default)]
    pub quirks: Vec<Quirk>,
    /// Not a device: the reader that our virtual card lies in.
    #[serde(default, rename = "virtual")]
    pub is_virtual: bool,
}

/// How a card is put on the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Interface {
    Contact,
    Contactless,
    Both,
}

/// How sure it is that the reader works, in libccid's words. `ShouldWork` is no test
/// result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    Supported,
    ShouldWork,
    Unsupported,
}

/// What single readers do wrong, or need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quirk {
    /// `pn533_usb` or `port100` takes the device: leave them out of the kernel.
    KernelDriverTakesIt,
    /// libccid does not list it: its Info.plist needs the id.
    NotInLibccid,
    /// USB class FF: udev rules that look for class 0B do not see it.
    VendorClass,
    /// After a replug it is dead until pcscd is started anew (PCSC issue 66).
    DeadAfterReplug,
    /// Several slots with one name, told apart by the last number only: which one takes
    /// the card must be tried.
    SlotsShareAName,
    /// USB autosuspend gives I/O errors (CCID issues 36 and 37).
    AutosuspendBreaksIt,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    reader: Vec<Entry>,
}

static CATALOGUE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("../catalogue.toml"))
        .expect("a test reads the catalogue before anybody else does");
    file.reader
});

/// Every reader of the catalogue, in the order of the file.
pub fn all() -> &'static [Entry] {
    &CATALOGUE
}

/// What is known of the reader with this PC/SC name: the entry with the longest name
/// that it begins with.
pub fn find(pcsc_name: &str) -> Option<&'static Entry> {
    all()
        .iter()
        .filter(|entry| entry.rest_of(pcsc_name).is_some())
        .max_by_key(|entry| entry.name.len())
}

impl Entry {
    /// Whether `pcsc_name` is a slot of this reader that takes no card.
    pub fn ignores(&self, pcsc_name: &str) -> bool {
        self.rest_of(pcsc_name).is_some_and(|rest| {
            words(rest).any(|word| self.ignore.iter().any(|ignored| ignored == word))
        })
    }

    /// What follows the product. A longer word is another product: CIR3150 is no CIR315.
    fn rest_of<'a>(&self, pcsc_name: &'a str) -> Option<&'a str> {
        let rest = pcsc_name.strip_prefix(self.name.as_str())?;
        (!rest.starts_with(|next: char| next.is_ascii_alphanumeric())).then_some(rest)
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_entry_is_whole_and_stands_once() {
        let (mut names, mut ids) = (HashSet::new(), HashSet::new());
        for entry in all() {
            let name = &entry.name;
            assert!(names.insert(name), "{name} stands twice");
            assert!(!name.is_empty() && !entry.maker.is_empty(), "{name}: something is empty");
            assert_eq!(name.trim(), name, "{name}: blanks around the name");
            for id in &entry.usb {
                let is_hex = |part: &str| {
                    part.len() == 4
                        && part.bytes().all(|it| it.is_ascii_digit() || (b'A'..=b'F').contains(&it))
                };
                let (vendor, product) = id.split_once(':').expect("VVVV:PPPP");
                assert!(is_hex(vendor) && is_hex(product), "{name}: {id}");
                assert!(ids.insert(id), "{id} stands twice");
            }
            for word in &entry.ignore {
                assert!(words(word).eq([word.as_str()]), "{name}: “{word}” is not one word");
            }
        }
    }

    #[test]
    fn only_our_own_reader_is_virtual() {
        let ours: Vec<_> = all().iter().filter(|entry| entry.is_virtual).collect();
        assert_eq!(ours.len(), 1);
        assert_eq!(ours[0].name, "Kiosk Virtual Reader");
        assert!(ours[0].usb.is_empty());
    }

    #[test]
    fn readers_of_vendor_class_are_named_in_the_udev_rules() {
        let rules = include_str!("../../system/99-kiosk-readers.rules");
        for entry in all().iter().filter(|entry| entry.quirks.contains(&Quirk::VendorClass)) {
            for id in &entry.usb {
                let (vendor, product) = id.split_once(':').expect("VVVV:PPPP");
                let (vendor, product) = (vendor.to_lowercase(), product.to_lowercase());
                let matched =
                    format!("ATTR{{idVendor}}==\"{vendor}\", ATTR{{idProduct}}==\"{product}\"");
                assert!(rules.contains(&matched), "{}: no rule with {matched}", entry.name);
            }
        }
    }

    #[track_caller]
    fn check(pcsc_name: &str, expected: Option<&str>) {
        assert_eq!(find(pcsc_name).map(|entry| entry.name.as_str()), expected);
    }

    #[test]
    fn readers_are_found_by_their_pcsc_name() {
        check("Kiosk Virtual Reader 00 00", Some("Kiosk Virtual Reader"));
        check("SONY FeliCa RC-S300/S [FeliCa Port/PaSoRi 4.0] (1234567) 00 00", {
            Some("SONY FeliCa RC-S300/S")
        });
        check("Circle CIR315 [CIR315 PICC] (1) 00 00", Some("Circle CIR315"));
        check("Circle CIR315 CL [CIR315 CL] 00 00", Some("Circle CIR315 CL"));
        check("Circle CIR315 Dual & 1S [CIR315 Dual & 1S] 00 02", Some("Circle CIR315 Dual & 1S"));
        check("Circle CIR3150 00 00", None);
        check("Maker Of Tomorrow 3000 00 00", None);
        check("", None);
    }

    #[test]
    fn slots_without_a_card_are_told() {
        let reader = find("Circle CIR315 [CIR315 PICC] 00 00").expect("in the catalogue");
        assert!(!reader.ignores("Circle CIR315 [CIR315 PICC] 00 00"));
        assert!(reader.ignores("Circle CIR315 [CIR315 SAM] 01 00"));
    }
}
