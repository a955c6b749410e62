//! The conversation with the card, top to bottom.
//!
//! ```text
//! wake · SELECT JPKI · whose? · certificate · tries · VERIFY · signature · leave
//! ```
//!
//! At most 17 commands for a certificate of 1,590 bytes, the wake-up not counted, and
//! none of them twice. VERIFY comes only when everything that can be known without it
//! speaks for it.

use card::{
    Certificate, Command, Gone, Response, StatusWord, Token, Transport,
    certificate::{self, Policy},
    jpki::{self, Ef},
    token,
};
use kiosk_core::{
    CardProof, CardTrouble, Date, Presence, ReadOrder,
    proof::{Hierarchy, TokenKind},
};
use zeroize::Zeroizing;

/// What READ BINARY gives at most in the short form.
const PIECE: usize = 256;

/// RSA-2048.
const SIGNATURE_LENGTH: usize = 256;

/// The first command after power-up, on some cards.
const NOT_AWAKE: StatusWord = StatusWord(0x6F00);

/// How a conversation went.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) outcome: Result<Box<CardProof>, CardTrouble>,
    /// Commands sent, without the wake-up.
    pub(crate) apdus: u16,
    /// The line ended before the conversation.
    pub(crate) gone: Option<Gone>,
}

/// Reads the card that lies there as `presence`.
pub(crate) fn read_card(
    card: &mut impl Transport,
    order: &ReadOrder,
    presence: Presence,
) -> Reading {
    let mut line = Line { card, is_selected: false, apdus: 0, gone: None };
    let outcome = converse(&mut line, order, presence);
    line.leave();
    Reading { outcome, apdus: line.apdus, gone: line.gone }
}

fn converse(
    card: &mut Line<'_, impl Transport>,
    order: &ReadOrder,
    presence: Presence,
) -> Result<Box<CardProof>, CardTrouble> {
    card.wake()?;
    card.select_application()?;

    present(card.transmit(&jpki::select_file(Ef::Token)))?;
    let label = ok(card.transmit(&jpki::read_binary(0, token::LABEL_LENGTH)))?;
    let token = plastic(Token::read(&label.data))?;

    ok(card.transmit(&jpki::select_file(Ef::AuthCert)))?;
    let der = read_certificate(card)?;
    let not_after = suitable(&der, order.hierarchy)?;

    ok(card.transmit(&jpki::select_file(Ef::AuthPin)))?;
    try_to_spare(card.transmit(&jpki::tries_left()), order.last_try, presence)?;
    verified(card.transmit(&jpki::verify(order.pin.expose())))?;

    ok(card.transmit(&jpki::select_file(Ef::AuthKey)))?;
    let signature = signature(card.transmit(&jpki::compute_signature(&order.digest)))?;

    Ok(proof(token, &der, &signature.data, not_after))
}

/// The line to the card: counts, and sends nothing after the card is gone.
struct Line<'a, T> {
    card: &'a mut T,
    is_selected: bool,
    apdus: u16,
    gone: Option<Gone>,
}

impl<T: Transport> Line<'_, T> {
    fn transmit(&mut self, command: &Command) -> Result<Response, Gone> {
        self.apdus += 1;
        self.send(command)
    }

    fn send(&mut self, command: &Command) -> Result<Response, Gone> {
        if let Some(gone) = self.gone {
            return Err(gone);
        }
        let answer = self.card.transmit(command);
        self.gone = answer.as_ref().err().copied();
        answer
    }

    fn wake(&mut self) -> Result<(), CardTrouble> {
        // Whatever the card says, it is awake now.
        self.send(&jpki::wake()).map(drop).map_err(lost)
    }

    /// Whatever refuses the application as a whole is another card.
    fn select_application(&mut self) -> Result<(), CardTrouble> {
        let mut answer = self.transmit(&jpki::select_application()).map_err(lost)?.status;
        if answer == NOT_AWAKE {
            answer = self.transmit(&jpki::select_application()).map_err(lost)?.status;
        }
        match answer {
            StatusWord::OK => {
                self.is_selected = true;
                Ok(())
            }
            // Wrong length, function, parameters, instruction or class; not found.
            StatusWord(0x6700..=0x6BFF | 0x6D00..=0x6EFF) => Err(CardTrouble::WrongCard),
            _ => Err(CardTrouble::Unreadable),
        }
    }

    /// Ends what VERIFY has opened; the power goes a moment later.
    fn leave(&mut self) {
        if self.is_selected && self.gone.is_none() {
            // Whatever the card says, there is nothing else to say to it.
            let _ = self.transmit(&jpki::leave());
        }
    }
}

/// A JPKI application without this file is none of a My Number card.
fn present(answer: Result<Response, Gone>) -> Result<Response, CardTrouble> {
    match answer {
        Ok(Response { status: StatusWord::FILE_NOT_FOUND, .. }) => Err(CardTrouble::WrongCard),
        answer => ok(answer),
    }
}

/// Phones have the same application and give the certificate only after the PIN.
fn plastic(token: Token) -> Result<TokenKind, CardTrouble> {
    match token {
        Token::MyNumberCard => Ok(TokenKind::Card),
        Token::Android | Token::Iphone => Err(CardTrouble::Phone),
        Token::OldJukiCard | Token::Unknown => Err(CardTrouble::WrongCard),
    }
}

/// The file is longer than the certificate and padded: the certificate's own header says
/// where it ends. A piece of another length than asked for is none of it.
fn read_certificate(
    card: &mut Line<'_, impl Transport>,
) -> Result<Zeroizing<Vec<u8>>, CardTrouble> {
    let unreadable = CardTrouble::Unreadable;
    let first = ok(card.transmit(&jpki::read_binary(0, 0)))?.data;
    let header = *first.first_chunk().ok_or(unreadable)?;
    let total = certificate::total_length(header).map_err(|_| unreadable)?;
    if first.len() != total.min(PIECE) {
        return Err(unreadable);
    }

    let mut der = Zeroizing::new(Vec::with_capacity(total));
    der.extend_from_slice(&first);
    while der.len() < total {
        let wanted = (total - der.len()).min(PIECE);
        let offset = u16::try_from(der.len()).expect("a certificate has at most 4,096 bytes");
        // 256 is written as 00.
        let piece = ok(card.transmit(&jpki::read_binary(offset, wanted as u8)))?.data;
        if piece.len() != wanted {
            return Err(unreadable);
        }
        der.extend_from_slice(&piece);
    }
    Ok(der)
}

/// No PIN is sent for a certificate that does not belong in front of this gateway.
fn suitable(der: &[u8], hierarchy: Hierarchy) -> Result<Date, CardTrouble> {
    let facts = Certificate::read(der).map_err(|_| CardTrouble::Unreadable)?;
    match (facts.policy, hierarchy) {
        (Policy::Production, Hierarchy::Production) | (Policy::Test, Hierarchy::Test) => {
            let day = facts.not_after;
            Date::new(day.year, day.month, day.day).map_err(|_| CardTrouble::Unreadable)
        }
        _ => Err(CardTrouble::WrongHierarchy),
    }
}

/// Asking costs nothing; a wrong PIN at the last try costs a walk to the city office.
fn try_to_spare(
    answer: Result<Response, Gone>,
    consent: Option<Presence>,
    presence: Presence,
) -> Result<(), CardTrouble> {
    match tries_left(answer)? {
        0 => Err(CardTrouble::PinBlocked),
        1 if consent != Some(presence) => Err(CardTrouble::LastTry { card: presence }),
        _ => Ok(()),
    }
}

fn verified(answer: Result<Response, Gone>) -> Result<(), CardTrouble> {
    if matches!(&answer, Ok(response) if response.status == StatusWord::OK) {
        return Ok(());
    }
    match tries_left(answer)? {
        0 => Err(CardTrouble::PinBlocked),
        tries_left => Err(CardTrouble::WrongPin { tries_left }),
    }
}

fn tries_left(answer: Result<Response, Gone>) -> Result<u8, CardTrouble> {
    let status = answer.map_err(lost)?.status;
    match status {
        StatusWord::AUTH_BLOCKED | StatusWord::REFERENCE_LOCKED => Ok(0),
        _ => status.tries_left().ok_or(CardTrouble::Unreadable),
    }
}

fn signature(answer: Result<Response, Gone>) -> Result<Response, CardTrouble> {
    let signature = ok(answer)?;
    (signature.data.len() == SIGNATURE_LENGTH).then_some(signature).ok_or(CardTrouble::Unreadable)
}

fn ok(answer: Result<Response, Gone>) -> Result<Response, CardTrouble> {
    let response = answer.map_err(lost)?;
    (response.status == StatusWord::OK).then_some(response).ok_or(CardTrouble::Unreadable)
}

/// What the end of the line means to the holder. Nothing is known then about what the
/// card has done, not even whether a PIN has counted.
fn lost(gone: Gone) -> CardTrouble {
    match gone {
        Gone::Card => CardTrouble::Removed,
        Gone::Reset => CardTrouble::Hung,
        Gone::Reader | Gone::Service => CardTrouble::ReaderGone,
    }
}

/// Filled where it lies, on the heap, so that no copy stays on the stack.
fn proof(token: TokenKind, der: &[u8], signature: &[u8], not_after: Date) -> Box<CardProof> {
    let (certificate_room, signature_room) = (heapless::Vec::new(), heapless::Vec::new());
    let mut proof = Box::new(CardProof {
        token,
        certificate: certificate_room,
        signature: signature_room,
        not_after,
    });
    proof.certificate.extend_from_slice(der).expect("its length was checked before it was read");
    proof.signature.extend_from_slice(signature).expect("its length was checked");
    proof
}

#[cfg(test)]
mod tests;
