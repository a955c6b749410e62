//! What a hand does to a reader: put a card down, pull it, press keys, pull the plug.
//!
//! | request | answer |
//! |---|---|
//! | `insert ID`, `swap ID` | `ok` |
//! | `remove` | `ok` |
//! | `status` | `ok card ID powered apdus=12`, `ok card ID unpowered apdus=0` or `ok empty apdus=12`; then `fault 5 pull`, `unplugged`, `driven` (a USB driver has asked for the empty slot), `hanging` when so |
//! | `journal` | `ok on; A4 04 0C + 9000; … off`: INS P1 P2, a plus for a body, status word; since the card came |
//! | `pinpad DIGITS`, `pinpad cancel` | `ok`: typed when the next PIN is asked for, or now if one is; where there is a pad |
//! | `unplug`, `plug` | `ok`, where the plug is ours |
//! | `hang`, `release` | `ok`: the next command blocks until released |
//! | `fault N KIND`, `fault off` | `ok`: at the N-th command after the next power-up of the card, once; the README has the kinds |
//!
//! What cannot be done is answered `error …`.

use std::fmt::Write as _;

use super::{
    Keys, Reader,
    state::{Hang, State},
};

/// Names of card files are short; this also bounds the answers.
const LONGEST_ID: usize = 64;

impl Reader {
    /// Does what one line asks for and gives the line to answer.
    pub fn hand(&self, line: &str) -> String {
        let done = match *line.split_ascii_whitespace().collect::<Vec<_>>() {
            ["status"] => Ok(status(&self.lock())),
            ["journal"] => Ok(self.lock().journal.line()),
            ["insert", id] => self.insert(id),
            ["swap", id] => self.swap(id),
            ["remove"] => self.remove(),
            ["pinpad", keys] => self.press(keys),
            ["unplug"] => self.plug(false),
            ["plug"] => self.plug(true),
            ["hang"] => self.set(State::ask_to_hang),
            ["release"] => self.set(|state| state.hang = Hang::No),
            ["fault", ref words @ ..] => {
                self.change(|state| state.faults.ask(words)).map(|()| String::new())
            }
            _ => {
                Err("unknown request: insert ID, remove, swap ID, status, journal, pinpad DIGITS, \
                      pinpad cancel, unplug, plug, hang, release, fault N KIND, fault off"
                    .to_owned())
            }
        };
        match done {
            Ok(told) if told.is_empty() => "ok".to_owned(),
            Ok(told) => format!("ok {told}"),
            Err(problem) => format!("error {}", problem.replace('\n', " ")),
        }
    }

    fn set(&self, how: impl FnOnce(&mut State)) -> Result<String, String> {
        self.change(how);
        Ok(String::new())
    }

    fn plug(&self, plugged: bool) -> Result<String, String> {
        if !self.has_plug {
            return Err("the plug of this reader is the machine's: ask that one".to_owned());
        }
        self.set(|state| state.plug(plugged))
    }

    fn insert(&self, id: &str) -> Result<String, String> {
        if let Some(lying) = &self.lock().card {
            return Err(format!("{} lies on the reader: remove it first, or swap", lying.id));
        }
        self.lay(id)
    }

    fn swap(&self, id: &str) -> Result<String, String> {
        if self.lock().card.is_none() {
            return Err("no card lies on the reader: insert one".to_owned());
        }
        self.lay(id)
    }

    /// Only one thread at a time lays cards, so nothing changes between asking and laying.
    fn lay(&self, id: &str) -> Result<String, String> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if id.len() > LONGEST_ID || !id.bytes().all(plain) {
            return Err(format!(
                "a card id has at most {LONGEST_ID} of a-z, 0-9 and -, as in shikaku-taro"
            ));
        }
        let card = self.office.card(id)?;
        self.office.remember(Some(id))?;
        self.set(|state| state.lay(id, card))
    }

    fn remove(&self) -> Result<String, String> {
        if self.change(State::take).is_none() {
            return Err("no card lies on the reader".to_owned());
        }
        self.office.remember(None)?;
        Ok(String::new())
    }

    /// Lays the card down that lay there before the reader was started anew.
    ///
    /// Errors: the card cannot be had any more.
    pub fn remember(&self) -> Result<(), String> {
        self.office.remembered()?.map_or(Ok(()), |id| self.lay(&id).map(drop))
    }

    fn press(&self, keys: &str) -> Result<String, String> {
        if !self.has_pad {
            return Err("this reader has no PIN pad".to_owned());
        }
        let keys = Keys::read(keys).ok_or("the pad takes 1 to 16 digits, or cancel")?;
        self.set(|state| state.keys = Some(keys))
    }
}

fn status(state: &State) -> String {
    let mut line = match &state.card {
        Some(lying) if lying.powered() => format!("card {} powered", lying.id),
        Some(lying) => format!("card {} unpowered", lying.id),
        None => "empty".to_owned(),
    };
    write!(line, " apdus={}", state.journal.apdus()).expect("a String takes everything");
    let armed = state.faults.to_string();
    if !armed.is_empty() {
        write!(line, " fault {armed}").expect("a String takes everything");
    }
    if !state.plugged {
        line.push_str(" unplugged");
    }
    if state.driven {
        line.push_str(" driven");
    }
    if state.hang == Hang::Hanging {
        line.push_str(" hanging");
    }
    line
}
