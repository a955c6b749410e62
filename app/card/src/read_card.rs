//! The conversation with the card, top to bottom.
//!
//! ```text
//! wake · SELECT JPKI · whose? · certificate · tries · VERIFY · signature · leave      card
//! wake · SELECT JPKI · whose? · tries · VERIFY · certificate · signature · leave      Android
//! wake · SELECT JPKI · whose? · certificate · signature · leave                       iPhone
//! ```
//!
//! At most 17 commands for a card with a certificate of 1,590 bytes, the wake-up not
//! counted, and none of them twice. VERIFY comes only when everything that can be known
//! without it speaks for it.

use card::{
    Gone, Response, StatusWord, Token, Transport, certificate,
    jpki::{self, Ef},
    token,
};
use kiosk_core::{
    CardProof, CardTrouble, Date, Pin, Presence, ReadOrder,
    proof::{Hierarchy, Holder, TokenKind},
};
use zeroize::Zeroizing;

use crate::{
    line::{Line, lost},
    suitable::last_day,
};

/// What READ BINARY gives at most in the short form.
const PIECE: usize = 256;

/// RSA-2048.
const SIGNATURE_LENGTH: usize = 256;

/// How a conversation went.
#[derive(Debug)]
pub struct Reading {
    /// What goes to the gateway, or what the holder is told.
    pub outcome: Result<Box<CardProof>, CardTrouble>,
    /// Commands sent, without the wake-up.
    pub apdus: u16,
    /// The line ended before the conversation.
    pub gone: Option<Gone>,
}

/// Reads the card that lies there as `presence`.
pub fn read_card(card: &mut impl Transport, order: &ReadOrder, presence: Presence) -> Reading {
    let mut line = Line::new(card);
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

    present(card.fetch(jpki::select_file(Ef::Token)))?;
    let label = piece(card, 0, token::LABEL_LENGTH.into())?;
    let kind = order.holder.token();
    meant(Token::read(&label), kind)?;

    let (der, not_after) = match &order.holder {
        Holder::CardPin(pin) => {
            let suitable = read_suitable(card, order.hierarchy)?;
            verify(card, pin, order.last_try, presence)?;
            suitable
        }
        // An Android phone keeps its certificate until the PIN has come: of which world it
        // is cannot be known before. Where it is of the other one, nothing is signed, and
        // nothing goes to the gateway (D10).
        Holder::AndroidPin(pin) => {
            verify(card, pin, order.last_try, presence)?;
            read_suitable(card, order.hierarchy)?
        }
        Holder::Iphone => read_suitable(card, order.hierarchy)?,
    };

    ok(card.fetch(jpki::select_file(Ef::AuthKey)))?;
    let signature = signature(card.fetch(jpki::compute_signature(&order.digest)))?;

    Ok(proof(kind, &der, &signature.data, not_after))
}

/// A JPKI application without this file is none of a My Number card.
fn present(answer: Result<Response, Gone>) -> Result<Response, CardTrouble> {
    match answer {
        Ok(Response { status: StatusWord::FILE_NOT_FOUND, .. }) => Err(CardTrouble::WrongCard),
        answer => ok(answer),
    }
}

/// Cards and phones have the same application; the holder said which of them it would be.
fn meant(token: Token, expected: TokenKind) -> Result<(), CardTrouble> {
    let found = match token {
        Token::MyNumberCard => TokenKind::Card,
        Token::Android => TokenKind::Android,
        Token::Iphone => TokenKind::Iphone,
        Token::OldJukiCard | Token::Unknown => return Err(CardTrouble::WrongCard),
    };
    match expected {
        _ if found == expected => Ok(()),
        TokenKind::Card => Err(CardTrouble::Phone),
        TokenKind::Android | TokenKind::Iphone => Err(CardTrouble::OtherToken),
    }
}

/// The certificate and its last day, if it belongs in front of this gateway.
fn read_suitable(
    card: &mut Line<'_, impl Transport>,
    hierarchy: Hierarchy,
) -> Result<(Zeroizing<Vec<u8>>, Date), CardTrouble> {
    ok(card.fetch(jpki::select_file(Ef::AuthCert)))?;
    let der = read_certificate(card)?;
    let not_after = last_day(&der, hierarchy)?;
    Ok((der, not_after))
}

/// The file is longer than the certificate and padded: the certificate's own header says
/// where it ends.
fn read_certificate(
    card: &mut Line<'_, impl Transport>,
) -> Result<Zeroizing<Vec<u8>>, CardTrouble> {
    let unreadable = CardTrouble::Unreadable;
    let first = ok(card.fetch(jpki::read_binary(0, 0)))?.data;
    let header = *first.first_chunk().ok_or(unreadable)?;
    let total = certificate::total_length(header).map_err(|_| unreadable)?;
    if first.len() != total.min(PIECE) {
        return Err(unreadable);
    }

    let mut der = Zeroizing::new(Vec::with_capacity(total));
    der.extend_from_slice(&first);
    while der.len() < total {
        let wanted = (total - der.len()).min(PIECE);
        let next = piece(card, der.len(), wanted)?;
        der.extend_from_slice(&next);
    }
    Ok(der)
}

/// `wanted` bytes of the selected file, at most [`PIECE`]. A piece of another length than
/// asked for is none of it.
fn piece(
    card: &mut Line<'_, impl Transport>,
    offset: usize,
    wanted: usize,
) -> Result<Zeroizing<Vec<u8>>, CardTrouble> {
    let offset = u16::try_from(offset).expect("a certificate has at most 4,096 bytes");
    // 256 is written as 00.
    let data = ok(card.fetch(jpki::read_binary(offset, wanted as u8)))?.data;
    (data.len() == wanted).then_some(data).ok_or(CardTrouble::Unreadable)
}

/// Spends at most one try.
fn verify(
    card: &mut Line<'_, impl Transport>,
    pin: &Pin,
    consent: Option<Presence>,
    presence: Presence,
) -> Result<(), CardTrouble> {
    ok(card.fetch(jpki::select_file(Ef::AuthPin)))?;
    try_to_spare(card.transmit(&jpki::tries_left()), consent, presence)?;
    verified(card.transmit(&jpki::verify(pin.expose())))
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
