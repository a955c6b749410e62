//! What a gateway may do with a card in one relay: the list, and what no list can say.
//! Pure: bytes and times come in.
//!
//! ```text
//! begin_round ─▶ ( admit ─▶ learn )* ─▶ end_of_round ─▶ the answers may leave
//! ```
//!
//! The first `Err` ends the relay: nothing is admitted after it, and no answer of its
//! round leaves the kiosk.

use std::time::Instant;

use card::{Response, StatusWord, Token, jpki::Ef};
use kiosk_core::{CardTrouble, Date, GatewayTrouble, Trouble, proof::Hierarchy};

use super::list::{Kind, Limits, Listed, NotListed, list};
use crate::line::selected;

mod gathered;

use gathered::Gathered;

/// No label is longer than 15 characters: with this many bytes none is cut short.
const LABEL_LEAST: usize = 16;

/// What is passed on and not kept.
const STATUS_WORD: usize = 2;

/// Why a relay ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// The gateway asked for something that no check needs.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It is the card.
    #[error("{0:?}")]
    Card(CardTrouble),
}

impl From<CardTrouble> for Stop {
    fn from(trouble: CardTrouble) -> Self {
        Self::Card(trouble)
    }
}

impl From<Stop> for Trouble {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Refused(_) => GatewayTrouble::RelayRefused.into(),
            Stop::Card(trouble) => trouble.into(),
        }
    }
}

/// What the gateway did wrong, for the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error(transparent)]
    NotListed(#[from] NotListed),
    #[error("more {0} than the list allows")]
    TooMuch(&'static str),
    #[error("{0}")]
    OutOfOrder(&'static str),
}

/// One relay, from power-up to the end.
pub struct Guard {
    digest: [u8; 32],
    deadline: Instant,
    is_over: bool,
    spent: Spent,
    /// Sent, and not answered yet.
    asked: Option<Asked>,
    is_selected: bool,
    file: File,
    label: Label,
    has_signed: bool,
    certificate: Gathered,
}

#[derive(Default)]
struct Spent {
    rounds: u8,
    in_round: usize,
    commands: usize,
    bytes: usize,
}

/// What has to be known of a command when its answer comes.
struct Asked {
    what: What,
    expects: usize,
}

#[derive(Clone, Copy)]
enum What {
    SelectJpki,
    SelectFile(u16),
    Read { offset: usize },
    Other,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum File {
    None,
    Selected(u16),
    /// A SELECT failed: which file is read now is the card's secret.
    Unsure,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Label {
    Unread,
    /// It was asked for and did not come.
    Failed,
    MyNumberCard,
}

impl Guard {
    /// For a check with this `digest` at a gateway of this `hierarchy`, with a card that
    /// was just powered up.
    pub fn new(digest: [u8; 32], hierarchy: Hierarchy, deadline: Instant) -> Self {
        Self {
            digest,
            deadline,
            is_over: false,
            spent: Spent::default(),
            asked: None,
            is_selected: false,
            file: File::None,
            label: Label::Unread,
            has_signed: false,
            certificate: Gathered::new(hierarchy),
        }
    }

    /// A round with these commands may begin. All of them are looked up: of a round with
    /// a command that is not listed the card hears nothing.
    ///
    /// Errors: [`Stop`].
    pub fn begin_round(
        &mut self,
        round: u8,
        commands: &[Vec<u8>],
        now: Instant,
    ) -> Result<(), Stop> {
        self.step(|it| {
            let limits = it.limits();
            it.in_time(now)?;
            if it.asked.is_some() || Some(round) != it.spent.rounds.checked_add(1) {
                return Err(Refused::OutOfOrder("a round is missing, or came twice").into());
            }
            within(usize::from(round), usize::from(limits.rounds), "rounds")?;
            within(commands.len(), limits.commands_a_round, "commands in one round")?;
            within(it.spent.commands + commands.len(), limits.commands, "commands")?;
            if commands.is_empty() {
                return Err(Refused::OutOfOrder("a round without a command").into());
            }
            for command in commands {
                list().find(command, &it.digest).map_err(Refused::from)?;
            }
            it.spent.rounds = round;
            it.spent.in_round = 0;
            it.certificate.forget();
            Ok(())
        })
    }

    /// The next command may be sent to the card, which must then be answered by
    /// [`Guard::learn`]. Gives the name for the log.
    ///
    /// Errors: [`Stop`].
    pub fn admit(&mut self, command: &[u8], now: Instant) -> Result<&'static str, Stop> {
        self.step(|it| {
            let limits = it.limits();
            it.in_time(now)?;
            if it.asked.is_some() || it.spent.rounds == 0 {
                return Err(Refused::OutOfOrder("a command without its turn").into());
            }
            let listed = list().find(command, &it.digest).map_err(Refused::from)?;
            it.spent.in_round += 1;
            it.spent.commands += 1;
            within(it.spent.in_round, limits.commands_a_round, "commands in one round")?;
            within(it.spent.commands, limits.commands, "commands")?;
            it.spend(command.len())?;
            let what = it.in_order(&listed)?;
            it.has_signed |= listed.kind == Kind::ComputeSignature;
            it.asked = Some(Asked { what, expects: listed.expects });
            Ok(listed.kind.name())
        })
    }

    /// What the card answered to the command that was admitted last.
    ///
    /// Errors: [`Stop`].
    pub fn learn(&mut self, answer: &Response) -> Result<(), Stop> {
        self.step(|it| {
            let asked = it.asked.take();
            let asked = asked.ok_or(Refused::OutOfOrder("an answer that nobody waits for"))?;
            it.spend(answer.data.len() + STATUS_WORD)?;
            // More than was asked for: what it is cannot be known.
            if answer.data.len() > asked.expects {
                return Err(CardTrouble::Unreadable.into());
            }
            it.learn_from(&asked, answer)
        })
    }

    /// The answers of this round may leave the kiosk. Gives the certificate's last day if
    /// it is among them.
    ///
    /// Errors: [`Stop`].
    pub fn end_of_round(&mut self) -> Result<Option<Date>, Stop> {
        self.step(|it| {
            if it.asked.is_some() {
                return Err(Refused::OutOfOrder("a command was not answered").into());
            }
            it.certificate.may_leave()
        })
    }

    /// The JPKI application was selected: there is something to leave.
    pub fn is_selected(&self) -> bool {
        self.is_selected
    }

    fn step<T>(&mut self, step: impl FnOnce(&mut Self) -> Result<T, Stop>) -> Result<T, Stop> {
        if self.is_over {
            return Err(Refused::OutOfOrder("the relay is over").into());
        }
        let outcome = step(self);
        self.is_over = outcome.is_err();
        outcome
    }

    fn limits(&self) -> &'static Limits {
        &list().limits
    }

    fn in_time(&self, now: Instant) -> Result<(), Stop> {
        (now < self.deadline).then_some(()).ok_or(CardTrouble::Hung.into())
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Stop> {
        self.spent.bytes += bytes;
        within(self.spent.bytes, self.limits().bytes, "bytes")
    }

    /// What a listed command means here and now.
    fn in_order(&self, listed: &Listed<'_>) -> Result<What, Stop> {
        let order = |why| Stop::from(Refused::OutOfOrder(why));
        if listed.kind != Kind::SelectJpki && !self.is_selected {
            return Err(order("a command before the application was selected"));
        }
        match listed.kind {
            Kind::SelectJpki => Ok(What::SelectJpki),
            Kind::SelectFile => {
                let file = listed.body.first_chunk().map_or(0, |id| u16::from_be_bytes(*id));
                Ok(What::SelectFile(file))
            }
            Kind::ReadBinary => {
                let [_, _, high, low] = listed.header;
                let offset = usize::from(u16::from_be_bytes([high, low]));
                if self.file()? == Ef::AuthCert as u16 {
                    self.is_my_number_card()?;
                    self.certificate.may_read(offset)?;
                }
                Ok(What::Read { offset })
            }
            Kind::ComputeSignature => {
                self.is_my_number_card()?;
                if !self.certificate.has_passed() {
                    return Err(order("a signature before the certificate was read"));
                }
                if self.has_signed {
                    return Err(order("a second signature"));
                }
                if self.file()? != Ef::AuthKey as u16 {
                    return Err(order("a signature with another file than EF 0017"));
                }
                Ok(What::Other)
            }
            Kind::GetChallenge | Kind::ExternalAuthenticate | Kind::TerminalCertificate => {
                Ok(What::Other)
            }
        }
    }

    fn learn_from(&mut self, asked: &Asked, answer: &Response) -> Result<(), Stop> {
        let is_ok = answer.status == StatusWord::OK;
        match asked.what {
            What::SelectJpki => {
                // What refuses the application is no card for a relay; nothing else is sent.
                selected(answer.status)?;
                self.is_selected = true;
                self.file = File::None;
            }
            What::SelectFile(file) => {
                self.file = if is_ok { File::Selected(file) } else { File::Unsure };
                let is_missing = answer.status == StatusWord::FILE_NOT_FOUND;
                if file == Ef::Token as u16 && is_missing {
                    return Err(CardTrouble::WrongCard.into());
                }
            }
            What::Read { offset } => match self.file {
                File::Selected(file) if file == Ef::AuthCert as u16 => {
                    self.certificate.take(offset, &answer.data, asked.expects)?;
                }
                File::Selected(file) if file == Ef::Token as u16 && offset == 0 => {
                    self.learn_label(asked.expects, is_ok, &answer.data)?;
                }
                _ => {}
            },
            What::Other => {}
        }
        Ok(())
    }

    /// Never by the ATR, always by the label (D12).
    fn learn_label(&mut self, expects: usize, is_ok: bool, data: &[u8]) -> Result<(), Stop> {
        if expects < LABEL_LEAST {
            return Ok(());
        }
        if !is_ok || data.len() < LABEL_LEAST {
            self.label = Label::Failed;
            return Ok(());
        }
        let mut file = [b' '; card::token::LABEL_LENGTH as usize];
        let length = data.len().min(file.len());
        file[..length].copy_from_slice(&data[..length]);
        match Token::read(&file) {
            Token::MyNumberCard => self.label = Label::MyNumberCard,
            Token::Android | Token::Iphone => return Err(CardTrouble::Phone.into()),
            Token::OldJukiCard | Token::Unknown => return Err(CardTrouble::WrongCard.into()),
        }
        Ok(())
    }

    fn is_my_number_card(&self) -> Result<(), Stop> {
        match self.label {
            Label::MyNumberCard => Ok(()),
            Label::Failed => Err(CardTrouble::Unreadable.into()),
            Label::Unread => Err(Refused::OutOfOrder("the label has not been read").into()),
        }
    }

    fn file(&self) -> Result<u16, Stop> {
        match self.file {
            File::Selected(file) => Ok(file),
            File::Unsure => Err(CardTrouble::Unreadable.into()),
            File::None => Err(Refused::OutOfOrder("no file was selected").into()),
        }
    }
}

fn within(count: usize, most: usize, what: &'static str) -> Result<(), Stop> {
    (count <= most).then_some(()).ok_or(Refused::TooMuch(what).into())
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Spent { rounds, commands, bytes, .. } = self.spent;
        write!(f, "Guard({rounds} rounds, {commands} commands, {bytes} bytes)")
    }
}

#[cfg(test)]
mod tests;
