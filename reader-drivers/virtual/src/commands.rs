//! The commands of the JPKI application, one function each.

use card::{StatusWord, jpki};
use rsa::{
    Pkcs1v15Sign, RsaPrivateKey,
    rand_core::{OsRng, RngCore},
    sha2::{Digest, Sha256},
};

use crate::{
    VirtualCard,
    apdu::{
        Answer, Apdu, MEMORY_FAILURE, NO_CURRENT_EF, NO_REFERENCE_DATA, WRONG_LENGTH,
        WRONG_PARAMETERS,
    },
    card_file::{BlockedAs, Kind},
    counters::Role,
    ef::Ef,
    security::{Application, Session},
};

/// The longest PIN there is, the signature password.
const PIN_MAX: usize = 16;
/// What PKCS#1 v1.5 leaves of 256 bytes.
const PADDED_MAX: usize = 245;
/// `P1` and `P2` of commands that name a file by its short id.
const SHORT_ID: u8 = 0x80;

impl VirtualCard {
    pub(crate) fn select(&self, session: &mut Session, apdu: &Apdu<'_>) -> StatusWord {
        match (apdu.p1, apdu.p2) {
            // Nothing but a throw-away: no master file is to be had this way.
            (0x00, 0x00) if apdu.body.is_empty() && session.has_selection() => StatusWord::OK,
            (0x04, 0x00 | 0x0C) => self.select_application(session, apdu.body),
            (0x02, 0x0C) => self.select_file(session, apdu.body),
            _ => WRONG_PARAMETERS,
        }
    }

    fn select_application(&self, session: &mut Session, aid: &[u8]) -> StatusWord {
        let domain = &jpki::ISSUER_SECURITY_DOMAIN;
        let application = if aid == jpki::AID && self.file.kind != Kind::Other {
            Application::Jpki
        } else if aid == domain || aid == &domain[..7] {
            Application::IssuerSecurityDomain
        } else {
            // What was selected before stays so.
            return StatusWord::FILE_NOT_FOUND;
        };
        session.select(application);
        StatusWord::OK
    }

    fn select_file(&self, session: &mut Session, body: &[u8]) -> StatusWord {
        let Ok(id) = body.try_into().map(u16::from_be_bytes) else { return WRONG_LENGTH };
        if !session.in_jpki() || self.files.get(id).is_none() {
            return StatusWord::FILE_NOT_FOUND;
        }
        session.select_file(id);
        StatusWord::OK
    }

    pub(crate) fn read_binary(&self, session: &mut Session, apdu: &Apdu<'_>) -> Answer {
        let offset = if apdu.p1 & SHORT_ID == 0 {
            usize::from(u16::from_be_bytes([apdu.p1, apdu.p2]))
        } else {
            let id = u16::from(apdu.p1 & 0x1F);
            if !session.in_jpki() || self.files.get(id).is_none() {
                return StatusWord::FILE_NOT_FOUND.into();
            }
            session.select_file(id);
            usize::from(apdu.p2)
        };
        let Some(Ef::Data { bytes, after }) = session.ef().and_then(|id| self.files.get(id)) else {
            return NO_CURRENT_EF.into();
        };
        if after.is_some_and(|role| !self.is_open(session, role)) {
            return StatusWord::SECURITY_NOT_SATISFIED.into();
        }
        let (Some(expected), []) = (apdu.expected, apdu.body) else { return WRONG_LENGTH.into() };
        // Fewer bytes than asked for are no warning (6282): the author of `myna-card` read
        // whole files of his cards with Le = 00, and that crate drops what comes with 6282.
        match bytes.get(offset..) {
            None | Some([]) => StatusWord::OFFSET_PAST_END.into(),
            Some(rest) => Answer::with(&rest[..rest.len().min(expected)]),
        }
    }

    /// With a body: is this the PIN? Without: how many tries are left, also when the PIN
    /// was verified already.
    pub(crate) fn verify(&mut self, session: &mut Session, apdu: &Apdu<'_>) -> StatusWord {
        if apdu.p1 != 0 {
            return WRONG_PARAMETERS;
        }
        let role = match self.reference(session, apdu.p2) {
            Ok(Ef::Pin(role)) => *role,
            Ok(_) => return NO_REFERENCE_DATA,
            Err(status) => return status,
        };
        if apdu.expected.is_some() || apdu.body.len() > PIN_MAX {
            return WRONG_LENGTH;
        }
        let left = self.counters.left(role);
        if apdu.body.is_empty() {
            return if left == 0 { self.blocked_when_asked() } else { tries(left) };
        }
        if left == 0 {
            return self.blocked_when_tried();
        }
        let (right, counters) = match apdu.body == self.secret(role).as_bytes() {
            true => (true, self.counters.restored(role)),
            false => (false, self.counters.charged(role)),
        };
        session.forget(role);
        // A cut between answer and write would give a try away.
        if counters != self.counters && self.counter_file.write(counters).is_err() {
            return MEMORY_FAILURE;
        }
        self.counters = counters;
        if right {
            session.verify(role);
            return StatusWord::OK;
        }
        tries(counters.left(role))
    }

    /// Signs for who knows the PIN; or once, and one digest only, for a terminal.
    pub(crate) fn compute_signature(&self, session: &mut Session, apdu: &Apdu<'_>) -> Answer {
        let (key, role) = match self.reference(session, apdu.p2) {
            Ok(Ef::Key(role, key)) => (key, *role),
            Ok(_) => return NO_REFERENCE_DATA.into(),
            Err(status) => return status.into(),
        };
        // 04 and 05, the PSS schemes, are left out: one source only, and no use here.
        if apdu.p1 > 3 {
            return WRONG_PARAMETERS.into();
        }
        let by_pin = self.is_open(session, role);
        let by_terminal = role == Role::Auth && session.terminal.is_open();
        if !by_pin && !by_terminal {
            return StatusWord::SECURITY_NOT_SATISFIED.into();
        }
        if apdu.expected != Some(256) || apdu.body.is_empty() {
            return WRONG_LENGTH.into();
        }
        let hash = || Sha256::digest(apdu.body).to_vec();
        let message = match apdu.p1 {
            // Signs what it gets, up to what the padding leaves room for.
            0 if apdu.body.len() <= PADDED_MAX => apdu.body.to_vec(),
            1 => hash(),
            2 if apdu.body.len() == 32 => digest_info(apdu.body),
            3 => digest_info(&hash()),
            _ => return WRONG_LENGTH.into(),
        };
        if !by_pin {
            let opened_for = session.terminal.take_opening();
            if opened_for.is_none_or(|digest| message != digest_info(&digest)) {
                return StatusWord::SECURITY_NOT_SATISFIED.into();
            }
        }
        Answer::with(signature(key, &message))
    }

    pub(crate) fn get_challenge(&self, session: &mut Session, apdu: &Apdu<'_>) -> Answer {
        if apdu.p1 != 0 || apdu.p2 != 0 {
            return WRONG_PARAMETERS.into();
        }
        if !session.in_jpki() {
            return NO_CURRENT_EF.into();
        }
        let (Some(expected), []) = (apdu.expected, apdu.body) else { return WRONG_LENGTH.into() };
        let mut challenge = vec![0; expected];
        OsRng.fill_bytes(&mut challenge);
        session.terminal.challenged(&challenge);
        Answer::with(challenge)
    }

    /// What `P2` means: 80 the selected file, 80 + short id that one.
    fn reference(&self, session: &Session, p2: u8) -> Result<&Ef, StatusWord> {
        if p2 & 0xE0 != SHORT_ID {
            return Err(WRONG_PARAMETERS);
        }
        let id = match p2 & 0x1F {
            0 => session.ef().ok_or(NO_CURRENT_EF)?,
            _ if !session.in_jpki() => return Err(NO_CURRENT_EF),
            short => u16::from(short),
        };
        self.files.get(id).ok_or(NO_REFERENCE_DATA)
    }

    fn secret(&self, role: Role) -> &str {
        match role {
            Role::Auth => &self.file.pin,
            Role::Sign => &self.file.sign_password,
        }
    }

    fn blocked_when_asked(&self) -> StatusWord {
        match self.file.blocked_as {
            BlockedAs::NoTries => tries(0),
            BlockedAs::AuthBlocked => StatusWord::AUTH_BLOCKED,
            BlockedAs::ReferenceLocked => StatusWord::REFERENCE_LOCKED,
        }
    }

    fn blocked_when_tried(&self) -> StatusWord {
        match self.file.blocked_as {
            BlockedAs::AuthBlocked => StatusWord::AUTH_BLOCKED,
            BlockedAs::NoTries | BlockedAs::ReferenceLocked => StatusWord::REFERENCE_LOCKED,
        }
    }
}

/// 63Cx.
fn tries(left: u8) -> StatusWord {
    StatusWord(0x63C0 | u16::from(left & 0xF))
}

fn digest_info(hash: &[u8]) -> Vec<u8> {
    [&jpki::SHA256_DIGEST_INFO, hash].concat()
}

fn signature(key: &RsaPrivateKey, message: &[u8]) -> Vec<u8> {
    key.sign(Pkcs1v15Sign::new_unprefixed(), message)
        .expect("the length was checked, and the office made the key")
}
