//! What the reader needs of a card; the virtual card is the one that ships.

use std::error::Error as _;
use std::path::PathBuf;
use std::{fs, io};

use crate::VirtualCard;

/// A card on the contacts.
pub trait Card: Send {
    /// Cold power-up; gives the ATR.
    fn power_on(&mut self) -> Vec<u8>;
    fn power_off(&mut self);
    /// Warm reset: the card keeps its power and, as My Number cards do, its verified PIN.
    fn warm_reset(&mut self) -> Vec<u8>;
    /// One APDU, and the answer with its status word.
    fn transmit(&mut self, apdu: &[u8]) -> Vec<u8>;
}

/// Where cards come from, and what remembers which one lies on the reader: pulling the
/// service's plug does not pull the card.
pub trait Office: Send + Sync {
    /// Errors: a sentence for whoever asked for the card.
    fn card(&self, id: &str) -> Result<Box<dyn Card>, String>;

    /// Errors: a sentence for whoever moved the card.
    fn remember(&self, lying: Option<&str>) -> Result<(), String>;

    /// Errors: a sentence for the log.
    fn remembered(&self) -> Result<Option<String>, String>;
}

/// An office's folder, and a file with the id of the card on the reader.
#[derive(Debug)]
pub struct Desk {
    pub office: PathBuf,
    /// None: a reader that is started anew is empty.
    pub lying: Option<PathBuf>,
}

impl Office for Desk {
    fn card(&self, id: &str) -> Result<Box<dyn Card>, String> {
        match VirtualCard::load(&self.office, id) {
            Ok(card) => Ok(Box::new(card)),
            Err(error) => Err(match error.source() {
                Some(cause) => format!("{error}: {cause}"),
                None => error.to_string(),
            }),
        }
    }

    fn remember(&self, lying: Option<&str>) -> Result<(), String> {
        let Some(file) = &self.lying else { return Ok(()) };
        let done = match lying {
            Some(id) => fs::write(file, id),
            None => fs::remove_file(file),
        };
        done.map_err(|error| format!("cannot change {}: {error}", file.display()))
    }

    fn remembered(&self) -> Result<Option<String>, String> {
        let Some(file) = &self.lying else { return Ok(None) };
        match fs::read_to_string(file) {
            Ok(id) => Ok(Some(id)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("cannot read {}: {error}", file.display())),
        }
    }
}

impl Card for VirtualCard {
    fn power_on(&mut self) -> Vec<u8> {
        VirtualCard::power_on(self)
    }

    fn power_off(&mut self) {
        VirtualCard::power_off(self);
    }

    fn warm_reset(&mut self) -> Vec<u8> {
        VirtualCard::warm_reset(self)
    }

    fn transmit(&mut self, apdu: &[u8]) -> Vec<u8> {
        VirtualCard::transmit(self, apdu)
    }
}
