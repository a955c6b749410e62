//! Who comes to the station, what they must be told, and what must not be left of them.

use std::{fs, path::Path};

use kiosk_core::check::Phone;

/// Everybody here is told a result with a name; all cards but one have the PIN 1234, as
/// their files say it.
const PEOPLE: &[(&str, &str)] = &[
    ("shikaku-taro", "1234"),
    ("sato-hanako", "2580"),
    ("elderly", "1234"),
    ("two-results", "1234"),
    ("back-side", "1234"),
    ("ivs-name", "1234"),
    ("long-name", "1234"),
    ("preschool", "1234"),
    ("android", "1234"),
    // Asks its holder itself.
    ("iphone", ""),
];

/// A test person.
#[derive(Debug)]
pub(crate) struct Person {
    /// The id of the card, which is the name of the person's file too.
    pub(crate) card: &'static str,
    pub(crate) pin: &'static str,
    /// A person without a card.
    pub(crate) phone: Option<Phone>,
    pub(crate) name: String,
    /// 番号 of the first record.
    pub(crate) number: String,
    /// What is to be found nowhere afterwards.
    pub(crate) secrets: Vec<Secret>,
}

/// Bytes that belong to one person and to nothing else.
#[derive(Debug)]
pub(crate) struct Secret {
    /// For the report, which does not repeat it.
    pub(crate) what: String,
    pub(crate) bytes: Vec<u8>,
}

/// Texts of fewer bytes are found by accident.
const SECRET_MIN: usize = 6;
/// So much of a key or a signature is nobody else's.
const PIECE: usize = 24;

/// Everybody's secrets, each once: some people have the same insurer.
pub(crate) fn secrets(people: &[Person]) -> Vec<&Secret> {
    let mut all: Vec<&Secret> = Vec::new();
    for secret in people.iter().flat_map(|person| &person.secrets) {
        if all.iter().all(|it| it.bytes != secret.bytes) {
            all.push(secret);
        }
    }
    all
}

/// Reads everybody: what the gateway knows of them from the sources, their certificates
/// from the issued cards in `office`.
pub(crate) fn everybody(office: &Path) -> Vec<Person> {
    PEOPLE.iter().map(|(card, pin)| Person::read(card, pin, office)).collect()
}

impl Person {
    fn read(card: &'static str, pin: &'static str, office: &Path) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/gateway/people");
        let file = folder.join(format!("{card}.toml"));
        let text = fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let table: toml::Table = text.parse().unwrap_or_else(|e| panic!("{card}: {e}"));
        let record = table["records"][0].as_table().expect("a record");
        let item = |name: &str| record.get(name).and_then(|it| it.as_str()).unwrap_or_default();
        let name = item("Name").to_owned();
        let mut secrets = Vec::new();
        for name in ["Name", "NameKana", "InsuredName"] {
            let text = item(name);
            add(&mut secrets, card, name, text.as_bytes());
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            add(&mut secrets, card, &format!("{name} (UTF-16)"), &wide);
        }
        for (what, text) in [
            ("the insurer's number", item("InsurerNumber")),
            ("the symbol", item("InsuredCardSymbol")),
            ("the number", item("InsuredIdentificationNumber")),
        ] {
            add(&mut secrets, card, what, text.as_bytes());
        }
        let der = office.join("cards").join(card).join("auth.der");
        let der = fs::read(&der).unwrap_or_else(|e| panic!("{}: {e}", der.display()));
        let serial = table["serial"].as_integer().expect("a serial");
        // As the holder's name in the certificate has it.
        add(&mut secrets, card, "the serial", format!("TEST{serial:010}").as_bytes());
        // The serial as a number is too short; with what follows it in every certificate
        // it stands behind the version, some ten bytes in.
        add(&mut secrets, card, "the certificate's beginning", &der[8..8 + PIECE]);
        add(&mut secrets, card, "the certificate's key", piece_of_the_key(&der));
        add(&mut secrets, card, "the certificate's end", &der[der.len() - PIECE..]);
        let number = item("InsuredIdentificationNumber").to_owned();
        let phone = match card {
            "android" => Some(Phone::Android),
            "iphone" => Some(Phone::Iphone),
            _ => None,
        };
        Self { card, pin, phone, name, number, secrets }
    }
}

/// From the middle of the modulus (RSA-2048): random, and in no other certificate.
fn piece_of_the_key(der: &[u8]) -> &[u8] {
    const MODULUS: &[u8] = &[0x02, 0x82, 0x01, 0x01, 0x00];
    let at = memchr::memmem::find(der, MODULUS).expect("a certificate of an RSA-2048 key");
    &der[at + 128..][..PIECE]
}

fn add(secrets: &mut Vec<Secret>, card: &str, what: &str, bytes: &[u8]) {
    // Who is insured by themselves has one name twice.
    if bytes.len() >= SECRET_MIN && secrets.iter().all(|it| it.bytes != bytes) {
        secrets.push(Secret { what: format!("{what} of {card}"), bytes: bytes.to_vec() });
    }
}
