//! The simulated external authentication: the key without the PIN, for a terminal that
//! the office vouches for (see [`crate::terminal`]).
//!
//! ```text
//! SELECT 0016 ▶ 80 A2 06 C1 certificate ▶ 80 A2 00 C1 its signature
//!             ▶ 00 84 challenge ▶ 00 82 digest ‖ answer ▶ SELECT 0017 ▶ 80 2A over that digest
//! ```
//!
//! The shape is the public one, the rest is invented here: a real card would refuse it.
//! Only a card does it, also with a blocked PIN; phones do not know the commands.

use card::StatusWord;

use crate::{
    VirtualCard,
    apdu::{
        Apdu, NO_CURRENT_EF, NO_REFERENCE_DATA, NOT_PROVEN, UNKNOWN_INS, WRONG_LENGTH,
        WRONG_PARAMETERS,
    },
    card_file::Kind,
    security::Session,
    terminal::{CERTIFICATE, SIGNATURE, Terminal},
};

/// The file that has to be selected while a terminal introduces itself.
const EF: u16 = 0x0016;
/// `P1` and `P2`: here is a certificate, here is the signature over it.
const CERTIFICATE_COMES: (u8, u8) = (0x06, 0xC1);
const SIGNATURE_COMES: (u8, u8) = (0x00, 0xC1);
/// A check's digest, before the answer in the body of `00 82`.
const DIGEST: usize = 32;

/// How far a terminal has come. Forgotten with another application, a reset, the power.
#[derive(Default)]
pub(crate) struct Progress {
    /// Not vouched for yet.
    certificate: Option<Box<[u8; CERTIFICATE]>>,
    terminal: Option<Terminal>,
    /// The last one given; good for one answer.
    challenge: Option<[u8; 16]>,
    /// The digest that the key may sign, once.
    opened_for: Option<[u8; DIGEST]>,
}

impl Progress {
    /// Remembers a challenge that was given out. Only one of 16 bytes can be answered.
    pub(crate) fn challenged(&mut self, challenge: &[u8]) {
        self.challenge = challenge.try_into().ok();
    }

    /// The digest that the key was opened for. It closes with this, whatever is signed.
    pub(crate) fn take_opening(&mut self) -> Option<[u8; DIGEST]> {
        self.opened_for.take()
    }

    pub(crate) fn is_open(&self) -> bool {
        self.opened_for.is_some()
    }
}

impl VirtualCard {
    /// `80 A2`: a terminal introduces itself.
    pub(crate) fn introduce(&self, session: &mut Session, apdu: &Apdu<'_>) -> StatusWord {
        if self.file.kind != Kind::Card {
            return UNKNOWN_INS;
        }
        if session.ef() != Some(EF) {
            return NO_CURRENT_EF;
        }
        match (apdu.p1, apdu.p2) {
            CERTIFICATE_COMES => {
                let Ok(certificate) = apdu.body.try_into() else { return WRONG_LENGTH };
                // Who comes anew begins anew.
                session.terminal =
                    Progress { certificate: Some(Box::new(certificate)), ..Progress::default() };
                StatusWord::OK
            }
            SIGNATURE_COMES => {
                let Ok(signature) = apdu.body.try_into() else { return WRONG_LENGTH };
                let Some(authority) = &self.terminals else { return NO_REFERENCE_DATA };
                let certificate = session.terminal.certificate.take();
                session.terminal.terminal =
                    certificate.and_then(|it| authority.terminal(&it, signature));
                if session.terminal.terminal.is_some() { StatusWord::OK } else { NOT_PROVEN }
            }
            _ => WRONG_PARAMETERS,
        }
    }

    /// `00 82`: the terminal answers the last challenge, and says for which digest it wants
    /// the key.
    pub(crate) fn external_authenticate(
        &self,
        session: &mut Session,
        apdu: &Apdu<'_>,
    ) -> StatusWord {
        if self.file.kind != Kind::Card {
            return UNKNOWN_INS;
        }
        if apdu.p1 != 0 || apdu.p2 != 0 {
            return WRONG_PARAMETERS;
        }
        if !session.in_jpki() {
            return NO_CURRENT_EF;
        }
        let Some((digest, answer)) = apdu.body.split_first_chunk::<DIGEST>() else {
            return WRONG_LENGTH;
        };
        let Ok(answer): Result<&[u8; SIGNATURE], _> = answer.try_into() else {
            return WRONG_LENGTH;
        };
        let progress = &mut session.terminal;
        progress.opened_for = None;
        let proven = match (&progress.terminal, progress.challenge.take()) {
            (Some(terminal), Some(challenge)) => terminal.answered(&challenge, digest, answer),
            _ => false,
        };
        if !proven {
            return NOT_PROVEN;
        }
        progress.opened_for = Some(*digest);
        StatusWord::OK
    }
}
