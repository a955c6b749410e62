//! The conversation with the card, as a pure machine: what it answered, in; what it is
//! asked next, out. Short APDUs (ISO/IEC 7816-4), but for the terminal's certificate.

use std::sync::Arc;

use ring::digest::{SHA256, digest};
use time::OffsetDateTime;

use crate::{
    office::{CardCertificate, Office},
    problem::{Problem, Reason},
};

use super::terminal::Terminal;

/// Commands in one round, by the contract.
pub(crate) const COMMANDS_MAX: usize = 16;
/// Bytes of an answer: data, then the status word.
pub(crate) const ANSWER_BYTES: std::ops::RangeInclusive<usize> = 2..=258;
/// Real certificates have about 1,600 bytes.
const CERTIFICATE_MAX: usize = 4096;
/// What one READ BINARY gives.
const PIECE: usize = 256;
const CHALLENGE: usize = 16;
/// The label at the start of EF 0006: spaces or zeros fill it up.
const LABEL: usize = 32;
/// マイナンバーカード. Only it has a photo to look at (D15).
const MY_NUMBER_CARD: &[u8] = b"JPKIAPICCTOKEN2";

/// SELECT of the JPKI application.
const SELECT_JPKI: &[u8] =
    &[0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01];
const TOKEN_INFO: u16 = 0x0006;
/// 利用者証明用電子証明書
const CERTIFICATE: u16 = 0x000A;
/// For the way without PIN.
const EXTERNAL_AUTHENTICATION: u16 = 0x0016;
/// The key of the certificate.
const KEY: u16 = 0x0017;
const GET_CHALLENGE: &[u8] = &[0x00, 0x84, 0x00, 0x00, 0x10];
/// The terminal's steps with the card: EF 0016, certificate, its signature, challenge.
const TERMINAL_STEPS: usize = 4;
/// DigestInfo of SHA-256 before the hash (RFC 8017, 9.2).
const DIGEST_INFO: &[u8] = &[
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// How far a relay has come: what the card was asked last.
#[derive(Clone, Debug)]
pub(crate) enum Stage {
    /// Nothing.
    Begin,
    /// What it is, and how long its certificate is.
    Recognition,
    /// Its certificate of so many bytes, and the terminal's steps if the round has room.
    Certificate { length: usize },
    /// The terminal's steps; the certificate is believed.
    Terminal(Arc<CardCertificate>),
    /// The simulated external authentication, and the signature over the check.
    Signature(Arc<CardCertificate>),
}

/// What follows from a round.
#[derive(Debug)]
pub(crate) enum Next {
    /// Commands for the card, and the stage that their answers meet.
    Ask(Vec<Vec<u8>>, Stage),
    /// The card has proven whose it is.
    Proven(Arc<CardCertificate>),
}

/// What a relay is judged by.
pub(crate) struct Context<'a> {
    pub(crate) office: &'a Office,
    pub(crate) terminal: &'a Terminal,
    /// What the card is to sign (D22).
    pub(crate) message: &'a [u8],
    pub(crate) now: OffsetDateTime,
}

impl Stage {
    /// How many answers it waits for.
    pub(crate) fn answers(&self) -> usize {
        match self {
            Self::Begin => 0,
            Self::Recognition => recognition().len(),
            Self::Certificate { length } if has_room(*length) => pieces(*length) + TERMINAL_STEPS,
            Self::Certificate { length } => pieces(*length),
            Self::Terminal(_) => TERMINAL_STEPS,
            Self::Signature(_) => 3,
        }
    }

    /// What follows from `answers`, which are as many as [`Stage::answers`] says.
    ///
    /// Errors: the card or its certificate is refused, as for a proof.
    pub(crate) fn step(&self, answers: &[Vec<u8>], it: &Context<'_>) -> Result<Next, Problem> {
        match self {
            Self::Begin => Ok(Next::Ask(recognition(), Self::Recognition)),
            Self::Recognition => {
                let length = recognised(answers)?;
                let mut commands = read_certificate(length);
                if has_room(length) {
                    commands.extend(terminal_steps(it.terminal));
                }
                Ok(Next::Ask(commands, Self::Certificate { length }))
            }
            Self::Certificate { length } => {
                let (read, steps) = answers.split_at(pieces(*length));
                let der = certificate(read, *length)?;
                let known = it.office.verify(&der, it.now).map_err(Problem::CertificateRefused)?;
                let known = Arc::new(known);
                if steps.is_empty() {
                    return Ok(Next::Ask(terminal_steps(it.terminal), Self::Terminal(known)));
                }
                Self::authenticated(steps, known, it)
            }
            Self::Terminal(known) => Self::authenticated(answers, known.clone(), it),
            Self::Signature(known) => {
                let data = all(answers)?;
                match data.last() {
                    Some(signature) if known.signed(it.message, signature) => {
                        Ok(Next::Proven(known.clone()))
                    }
                    _ => Err(Problem::ProofRefused),
                }
            }
        }
    }

    /// After the terminal's steps: the answer to the card's challenge, and the signature.
    fn authenticated(
        steps: &[Vec<u8>],
        known: Arc<CardCertificate>,
        it: &Context<'_>,
    ) -> Result<Next, Problem> {
        let data = all(steps)?;
        let challenge = data.last().filter(|challenge| challenge.len() == CHALLENGE);
        let challenge = challenge.ok_or(Problem::ProofRefused)?;
        let hash = digest(&SHA256, it.message);
        let hash = hash.as_ref().try_into().expect("SHA-256 has 32 bytes");
        let answer = it.terminal.authenticate(challenge, hash);
        let commands = vec![
            with_body(&[0x00, 0x82, 0x00, 0x00], &[&hash[..], &answer].concat()),
            select_file(KEY),
            // Le 00: as long as the signature is.
            [with_body(&[0x80, 0x2A, 0x00, 0x80], &[DIGEST_INFO, hash].concat()), vec![0]].concat(),
        ];
        Ok(Next::Ask(commands, Self::Signature(known)))
    }
}

/// What only a hostile gateway asks: SELECT of the PIN, and how many tries it has left.
pub(super) fn too_much() -> Vec<Vec<u8>> {
    vec![select_file(0x0018), vec![0x00, 0x20, 0x00, 0x80]]
}

fn recognition() -> Vec<Vec<u8>> {
    vec![
        SELECT_JPKI.to_vec(),
        select_file(TOKEN_INFO),
        read_binary(0, LABEL),
        select_file(CERTIFICATE),
        read_binary(0, 4),
    ]
}

/// The certificate's length, of a card that is one.
fn recognised(answers: &[Vec<u8>]) -> Result<usize, Problem> {
    let [_, _, label, _, header] = all(answers)?[..] else { return Err(Problem::ProofRefused) };
    let end = label.iter().rposition(|byte| !matches!(byte, b' ' | 0)).map_or(0, |at| at + 1);
    if label.len() != LABEL || label[..end] != *MY_NUMBER_CARD {
        return Err(Problem::ProofRefused);
    }
    // A SEQUENCE whose length stands in two bytes (X.690, 8.1.3).
    match *header {
        [0x30, 0x82, high, low] => Some(4 + usize::from(u16::from_be_bytes([high, low]))),
        _ => None,
    }
    .filter(|length| *length <= CERTIFICATE_MAX)
    .ok_or(Problem::CertificateRefused(Reason::NotTrusted))
}

fn certificate(pieces: &[Vec<u8>], length: usize) -> Result<Vec<u8>, Problem> {
    let der = all(pieces)?.concat();
    let whole = der.len() == length;
    whole.then_some(der).ok_or(Problem::CertificateRefused(Reason::NotTrusted))
}

/// The answers' data, if the card did everything that it was asked.
fn all(answers: &[Vec<u8>]) -> Result<Vec<&[u8]>, Problem> {
    let data = answers.iter().map(|answer| answer.strip_suffix(&[0x90, 0x00]));
    data.collect::<Option<_>>().ok_or(Problem::ProofRefused)
}

fn pieces(length: usize) -> usize {
    length.div_ceil(PIECE)
}

/// Whether the terminal's steps fit into the round that reads so long a certificate.
fn has_room(length: usize) -> bool {
    pieces(length) + TERMINAL_STEPS <= COMMANDS_MAX
}

fn read_certificate(length: usize) -> Vec<Vec<u8>> {
    let offsets = (0..length).step_by(PIECE);
    offsets.map(|offset| read_binary(offset, PIECE.min(length - offset))).collect()
}

fn terminal_steps(terminal: &Terminal) -> Vec<Vec<u8>> {
    let length = u16::try_from(terminal.body.len()).expect("307 bytes").to_be_bytes();
    vec![
        select_file(EXTERNAL_AUTHENTICATION),
        [&[0x80, 0xA2, 0x06, 0xC1, 0x00][..], &length, &terminal.body].concat(),
        with_body(&[0x80, 0xA2, 0x00, 0xC1], &terminal.signature),
        GET_CHALLENGE.to_vec(),
    ]
}

fn select_file(id: u16) -> Vec<u8> {
    with_body(&[0x00, 0xA4, 0x02, 0x0C], &id.to_be_bytes())
}

/// READ BINARY of 1 to 256 bytes.
fn read_binary(offset: usize, length: usize) -> Vec<u8> {
    let [high, low] = u16::try_from(offset).expect("certificates are short").to_be_bytes();
    // Le 00 means 256.
    vec![0x00, 0xB0, high, low, u8::try_from(length).unwrap_or(0)]
}

fn with_body(header: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u8::try_from(body.len()).expect("a short body");
    [header, &[length][..], body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(header: [u8; 4], label: &[u8]) -> Vec<Vec<u8>> {
        let ok = |data: &[u8]| [data, &[0x90, 0x00]].concat();
        vec![ok(b""), ok(b""), ok(label), ok(b""), ok(&header)]
    }

    #[test]
    fn a_certificate_is_read_in_pieces_to_its_last_byte() {
        let ends = |length: usize| {
            let commands = read_certificate(length);
            (commands.len(), commands.last().expect("one").clone())
        };
        assert_eq!(ends(1590), (7, vec![0x00, 0xB0, 0x06, 0x00, 0x36]));
        assert_eq!(ends(1536), (6, vec![0x00, 0xB0, 0x05, 0x00, 0x00]));
        assert_eq!(ends(4096), (16, vec![0x00, 0xB0, 0x0F, 0x00, 0x00]));
        assert_eq!(ends(4), (1, vec![0x00, 0xB0, 0x00, 0x00, 0x04]));
    }

    #[test]
    fn no_round_has_more_than_sixteen_commands() {
        let count = |length| Stage::Certificate { length }.answers();
        assert_eq!((count(1590), count(3072), count(3073), count(4096)), (11, 16, 13, 16));
    }

    #[test]
    fn only_a_my_number_card_goes_on() {
        let label = |name: &[u8], fill: u8| {
            let mut label = name.to_vec();
            label.resize(LABEL, fill);
            recognised(&answers([0x30, 0x82, 0x06, 0x32], &label))
        };
        assert_eq!(label(MY_NUMBER_CARD, b' '), Ok(1590));
        assert_eq!(label(MY_NUMBER_CARD, 0), Ok(1590));
        for other in [&b"JPKIAPICCTOKEN"[..], b"JPKIAPGPSETOKEN", b"JPKIAPICCTOKEN23", b""] {
            assert_eq!(label(other, b' '), Err(Problem::ProofRefused));
        }
        let short = answers([0x30, 0x82, 0x06, 0x32], MY_NUMBER_CARD);
        assert_eq!(recognised(&short), Err(Problem::ProofRefused));
    }

    #[test]
    fn a_length_that_no_certificate_has_is_refused() {
        let mut label = MY_NUMBER_CARD.to_vec();
        label.resize(LABEL, b' ');
        let length = |header| recognised(&answers(header, &label));
        assert_eq!(length([0x30, 0x82, 0x0F, 0xFC]), Ok(4096));
        for wrong in [[0x30, 0x82, 0x0F, 0xFD], [0x30, 0x81, 0x80, 0], [0; 4], [0xFF; 4]] {
            assert_eq!(length(wrong), Err(Problem::CertificateRefused(Reason::NotTrusted)));
        }
    }
}
