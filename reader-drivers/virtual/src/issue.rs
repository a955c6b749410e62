//! The issuing office: keys, authorities and cards in one folder.

use std::{path::Path, time::SystemTime};

use x509_cert::der;

use crate::{
    card_file::{CardFile, Kind, LIFE_DAYS, Policy},
    counters::{CounterFile, Counters, Role},
    day::Day,
    keys,
    office::{self, Office, OfficeError, known},
    profile::{Authority, Holder},
    terminal,
};

/// The authorities' keys, and the certificates that the gateway is given.
const TEST_AUTH: (&str, &str) = ("user-auth-ca", "user-auth-ca.pem");
const PRODUCTION_AUTH: (&str, &str) =
    ("user-auth-ca-production-lookalike", "user-auth-ca-production-lookalike.pem");
const TEST_SIGN: (&str, &str) = ("signature-ca", "signature-ca.pem");

/// The signature certificate counts apart from the other one.
const SIGN_SERIAL: u32 = 1_000_000;

/// What an issue came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    pub cards: usize,
    /// Keys of authorities and cards that were not there yet; an office keeps its keys
    /// for good.
    pub new_keys: usize,
}

/// Issues every card this crate knows into the folder `office`, with dates relative to
/// `now`. Keys and PIN counters that are there stay; certificates are made anew, the
/// same bytes on the same day. Two at once wait for each other.
///
/// Errors: all of [`OfficeError`] but [`OfficeError::NotIssued`].
pub fn issue(office: &Path, now: SystemTime) -> Result<Report, OfficeError> {
    let known: Vec<_> = known().collect();
    issue_cards(office, &known, now)
}

/// As [`issue`], for other cards: pairs of an id and the text of a card file.
///
/// Errors: as [`issue`].
pub fn issue_cards(
    office: &Path,
    cards: &[(&str, &str)],
    now: SystemTime,
) -> Result<Report, OfficeError> {
    let folder = Office::new(office);
    folder.open()?;
    let _lock = folder.lock()?;
    let cards = cards.iter().map(|card| read(&folder, card)).collect::<Result<Vec<_>, _>>()?;

    let authorities = [TEST_AUTH, PRODUCTION_AUTH, TEST_SIGN].map(|(key, _)| key.to_owned());
    let names = authorities.into_iter().chain(cards.iter().flat_map(Card::key_names));
    let paths: Vec<_> = names.map(|name| folder.key(&name)).collect();
    let new_keys = keys::make(&paths)?;
    terminal::issue(&folder)?;

    let today = Day::of(now);
    let authority = |role, policy, (key, pem): (&str, &str)| {
        let made = Authority::new(role, policy, keys::load(&folder.key(key))?, today);
        let authority = encoded(made);
        office::write(&folder.file(pem), encoded(authority.pem()).as_bytes(), 0o644)?;
        Ok(authority)
    };
    let issuers = Issuers {
        test: authority(Role::Auth, Policy::Test, TEST_AUTH)?,
        production: authority(Role::Auth, Policy::Production, PRODUCTION_AUTH)?,
        sign: authority(Role::Sign, Policy::Test, TEST_SIGN)?,
    };
    for card in &cards {
        card.issue(&folder, &issuers, today)?;
    }
    Ok(Report { cards: cards.len(), new_keys })
}

/// Gives a card the PIN counters of its card file again.
///
/// Errors: [`OfficeError::NoSuchCard`], [`OfficeError::NotIssued`], [`OfficeError::File`].
pub fn reset(office: &Path, id: &str) -> Result<(), OfficeError> {
    let folder = Office::new(office);
    let issued = Counters::issued(folder.card_file(id)?.auth_tries());
    CounterFile { path: folder.state(id)?, issued }.write(issued)
}

struct Issuers {
    test: Authority,
    production: Authority,
    sign: Authority,
}

struct Card<'a> {
    id: &'a str,
    text: &'a str,
    file: CardFile,
}

fn read<'a>(office: &Office<'_>, (id, text): &(&'a str, &'a str)) -> Result<Card<'a>, OfficeError> {
    let path = office.card(id, "card.toml")?;
    let file = CardFile::read(text).map_err(|problem| OfficeError::Wrong { path, problem })?;
    Ok(Card { id, text, file })
}

impl Card<'_> {
    fn key_names(&self) -> impl Iterator<Item = String> + use<> {
        let auth = self.file.kind.authenticates().then(|| keys::auth(self.id));
        let sign = self.file.signing.then(|| keys::sign(self.id));
        auth.into_iter().chain(sign)
    }

    fn issue(&self, office: &Office<'_>, issuers: &Issuers, today: Day) -> Result<(), OfficeError> {
        let keep =
            |name: &str, bytes: &[u8]| office::write(&office.card(self.id, name)?, bytes, 0o644);
        office.open_card(self.id)?;
        if self.file.kind != Kind::Other {
            keep("sign-ca.der", &encoded(issuers.sign.der()))?;
        }
        let last = today.plus(self.file.expires_in_days);
        let certificate = |issuer: &Authority, key: &str, serial| {
            let key = keys::load(&office.key(key))?;
            let (not_before, not_after) = (last.plus(-LIFE_DAYS).end(), last.end());
            Ok(encoded(issuer.issue(&Holder { key: &key, serial, not_before, not_after })))
        };
        let issuer = match self.file.policy {
            Policy::Test => &issuers.test,
            Policy::Production => &issuers.production,
        };
        if let Some(serial) = self.file.serial {
            keep("auth-ca.der", &encoded(issuer.der()))?;
            keep("auth.der", &certificate(issuer, &keys::auth(self.id), serial)?)?;
            if self.file.signing {
                let serial = serial.saturating_add(SIGN_SERIAL);
                keep("sign.der", &certificate(&issuers.sign, &keys::sign(self.id), serial)?)?;
            }
        }
        // Last: a card with this file is whole.
        keep("card.toml", self.text.as_bytes())
    }
}

fn encoded<T>(result: der::Result<T>) -> T {
    result.expect("the profile is fixed, and a serial number is its only outside part")
}
