//! The card as a reader sees it: power, reset, bytes in, bytes out.

use std::{fmt, path::Path, thread, time::Duration};

use card::{Command, Gone, Response, StatusWord, Transport};

use crate::{
    apdu::{Answer, Apdu, NO_DIAGNOSIS, UNKNOWN_CLA, UNKNOWN_INS},
    card_file::{CardFile, Kind},
    counters::{CounterFile, Counters, Role},
    ef::Files,
    journal::{Entry, Journal},
    office::{Office, OfficeError},
    security::Session,
    terminal,
};

/// A card on contacts: the one that OpenSC knows by heart.
const ATR_CARD: [u8; 9] = [0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14];
/// Held to a contactless reader: built from an ATQB (PC/SC part 3).
const ATR_PHONE: [u8; 13] =
    [0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x05, 0xE0, 0xB3, 0x81, 0xA1, 0x00, 0x7F];
/// Some contactless card without historical bytes.
const ATR_OTHER: [u8; 5] = [0x3B, 0x80, 0x80, 0x01, 0x01];

/// One synthetic card of an office.
///
/// Comes without power. Its counters are kept in the office's folder, durably before
/// the answer that changed them goes out.
pub struct VirtualCard {
    id: String,
    pub(crate) file: CardFile,
    pub(crate) files: Files,
    pub(crate) counters: Counters,
    pub(crate) counter_file: CounterFile,
    /// Who vouches for simulated terminals, if the office has them.
    pub(crate) terminals: Option<terminal::Authority>,
    /// None without power.
    power: Option<Power>,
    journal: Journal,
}

/// What lasts as long as the card has power.
#[derive(Default)]
struct Power {
    session: Session,
    had_a_command: bool,
}

impl VirtualCard {
    /// A card that was issued into the folder `office`.
    ///
    /// Errors: all of [`OfficeError`].
    pub fn load(office: &Path, id: &str) -> Result<Self, OfficeError> {
        let office = Office::new(office);
        let file = office.card_file(id)?;
        let files = Files::load(&office, id, &file)?;
        let issued = Counters::issued(file.auth_tries());
        let counter_file = CounterFile { path: office.state(id)?, issued };
        let counters = counter_file.read()?;
        Ok(Self {
            id: id.to_owned(),
            file,
            files,
            counters,
            counter_file,
            terminals: terminal::Authority::load(&office)?,
            power: None,
            journal: Journal::default(),
        })
    }

    /// The id it was loaded with.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Cold: nothing is verified, nothing selected. Answers the ATR.
    pub fn power_on(&mut self) -> Vec<u8> {
        // Another holder of the same folder may have used up tries meanwhile. What
        // cannot be read gives no tries away.
        self.counters = self.counter_file.read().unwrap_or(Counters::BLOCKED);
        self.power = Some(Power::default());
        self.atr().to_vec()
    }

    pub fn power_off(&mut self) {
        self.power = None;
    }

    /// Answers the ATR; without power it is a cold start. Verified PINs stay verified.
    pub fn warm_reset(&mut self) -> Vec<u8> {
        match &mut self.power {
            None => self.power_on(),
            Some(power) => {
                power.session.warm_reset();
                self.atr().to_vec()
            }
        }
    }

    /// One command, one answer; takes as long as the card file says. Without power the
    /// answer is empty.
    pub fn transmit(&mut self, command: &[u8]) -> Vec<u8> {
        let Some(mut power) = self.power.take() else { return Vec::new() };
        pause(self.file.latency_ms);
        let first = !std::mem::replace(&mut power.had_a_command, true);
        let answer = if first && self.file.first_command_6f00 {
            NO_DIAGNOSIS.into()
        } else {
            match Apdu::read(command) {
                Ok(apdu) => self.answer(&mut power.session, &apdu),
                Err(status) => status.into(),
            }
        };
        self.power = Some(power);
        self.journal.note(command, answer.status);
        answer.wire()
    }

    /// Commands answered since the card was loaded.
    pub fn apdus(&self) -> u64 {
        self.journal.count()
    }

    /// The last few thousand of them, without their bodies.
    pub fn journal(&self) -> Vec<Entry> {
        self.journal.entries()
    }

    /// Whether what needs this PIN may be used.
    pub(crate) fn is_open(&self, session: &Session, role: Role) -> bool {
        // An iPhone's holder is recognised by the phone before it answers a reader.
        let by_phone = self.file.kind == Kind::Iphone && role == Role::Auth && session.in_jpki();
        by_phone || session.is_verified(role)
    }

    fn atr(&self) -> &'static [u8] {
        match self.file.kind {
            Kind::Card | Kind::Juki => &ATR_CARD,
            Kind::Android | Kind::Iphone => &ATR_PHONE,
            Kind::Other => &ATR_OTHER,
        }
    }

    fn answer(&mut self, session: &mut Session, apdu: &Apdu<'_>) -> Answer {
        match (apdu.cla, apdu.ins) {
            (0x00, 0xA4) => self.select(session, apdu).into(),
            (0x00, 0xB0) => self.read_binary(session, apdu),
            (0x00, 0x20) => self.verify(session, apdu).into(),
            (0x00, 0x84) => self.get_challenge(session, apdu),
            (0x80, 0xA2) => self.introduce(session, apdu).into(),
            (0x00, 0x82) => self.external_authenticate(session, apdu).into(),
            (0x80, 0x2A) => {
                let answer = self.compute_signature(session, apdu);
                if answer.status == StatusWord::OK {
                    pause(self.file.signature_ms);
                }
                answer
            }
            // CHANGE REFERENCE DATA among them: these PINs are written in the card files.
            (0x00 | 0x80, _) => UNKNOWN_INS.into(),
            _ => UNKNOWN_CLA.into(),
        }
    }
}

fn pause(milliseconds: u16) {
    if milliseconds > 0 {
        thread::sleep(Duration::from_millis(milliseconds.into()));
    }
}

/// In process, without a reader between. Power is the caller's business.
impl Transport for VirtualCard {
    fn transmit(&mut self, command: &Command) -> Result<Response, Gone> {
        let answer = self.transmit(&command.encode());
        Response::decode(&answer).map_err(|_| Gone::Card)
    }
}

/// The id and whether it has power: a card file holds a PIN.
impl fmt::Debug for VirtualCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let power = if self.power.is_some() { "on" } else { "off" };
        write!(f, "VirtualCard({}, power {power})", self.id)
    }
}
