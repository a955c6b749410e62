//! The elementary files of the JPKI application.

use std::collections::BTreeMap;

use rsa::RsaPrivateKey;

use crate::{
    card_file::{CardFile, Kind},
    counters::Role,
    keys,
    office::{self, Office, OfficeError},
    token_info::token_info,
};

/// Certificate files are filled up with FF to this size.
const CERTIFICATE_FILE: usize = 2048;

/// EF 0008: there is such a certificate.
const PRESENT: u8 = 0x8F;

/// One file.
pub(crate) enum Ef {
    Data {
        bytes: Vec<u8>,
        /// The PIN that has to come first.
        after: Option<Role>,
    },
    Pin(Role),
    Key(Role, Box<RsaPrivateKey>),
    /// Selected while a terminal introduces itself; holds nothing.
    Terminal,
}

/// All files of a card, by file id.
pub(crate) struct Files(BTreeMap<u16, Ef>);

impl Files {
    /// Errors: the card was not issued, or a file of it is damaged.
    pub(crate) fn load(
        office: &Office<'_>,
        id: &str,
        card: &CardFile,
    ) -> Result<Self, OfficeError> {
        let certificate = |name, after| {
            let mut bytes = office::read(&office.card(id, name)?, CERTIFICATE_FILE)?;
            bytes.resize(CERTIFICATE_FILE, 0xFF);
            Ok(Ef::Data { bytes, after })
        };
        let key = |role, name: String| Ok(Ef::Key(role, Box::new(keys::load(&office.key(&name))?)));

        let mut files = BTreeMap::new();
        if card.kind == Kind::Other {
            return Ok(Self(files));
        }
        files.insert(0x0006, Ef::Data { bytes: token_info(card.kind), after: None });
        files.insert(0x001B, Ef::Pin(Role::Sign));
        files.insert(0x0002, certificate("sign-ca.der", None)?);
        if card.kind.authenticates() {
            let presence = [if card.signing { PRESENT } else { 0 }, PRESENT, 0];
            // A phone shows it only to who knows the PIN.
            let after = (card.kind != Kind::Card).then_some(Role::Auth);
            files.insert(0x0008, Ef::Data { bytes: presence.to_vec(), after: None });
            files.insert(0x000A, certificate("auth.der", after)?);
            files.insert(0x000B, certificate("auth-ca.der", None)?);
            files.insert(0x0016, Ef::Terminal);
            files.insert(0x0017, key(Role::Auth, keys::auth(id))?);
            files.insert(0x0018, Ef::Pin(Role::Auth));
        }
        if card.signing {
            files.insert(0x0001, certificate("sign.der", Some(Role::Sign))?);
            files.insert(0x001A, key(Role::Sign, keys::sign(id))?);
        }
        Ok(Self(files))
    }

    pub(crate) fn get(&self, id: u16) -> Option<&Ef> {
        self.0.get(&id)
    }
}
