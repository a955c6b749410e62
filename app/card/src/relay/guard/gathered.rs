//! What of the certificate (EF 000A) was read in one round, and whether it may leave.

use card::certificate::total_length;
use kiosk_core::{CardTrouble, Date, proof::Hierarchy};
use zeroize::Zeroizing;

use super::{Refused, Stop};
use crate::suitable::last_day;

/// Tag and length: nobody's, and the same for all certificates of a size.
const HEADER: usize = 4;

/// The bytes of one round, from the first on and without a gap.
pub(super) struct Gathered {
    hierarchy: Hierarchy,
    bytes: Zeroizing<Vec<u8>>,
    /// The card gave less than it was asked for.
    fell_short: bool,
    /// Read whole and found suitable in this round.
    last_day: Option<Date>,
    /// In this round or one before.
    has_passed: bool,
}

impl Gathered {
    pub(super) fn new(hierarchy: Hierarchy) -> Self {
        let bytes = Zeroizing::new(Vec::new());
        Self { hierarchy, bytes, fell_short: false, last_day: None, has_passed: false }
    }

    /// A new round begins.
    pub(super) fn forget(&mut self) {
        *self = Self { has_passed: self.has_passed, ..Self::new(self.hierarchy) };
    }

    pub(super) fn has_passed(&self) -> bool {
        self.has_passed
    }

    /// No piece behind a gap: what is not known is not passed on.
    pub(super) fn may_read(&self, offset: usize) -> Result<(), Stop> {
        match offset <= self.bytes.len() {
            true => Ok(()),
            false if self.fell_short => Err(CardTrouble::Unreadable.into()),
            false => Err(Refused::OutOfOrder("the certificate was read with a gap").into()),
        }
    }

    /// `data` from `offset`, where `wanted` bytes were asked for; whatever the status, for
    /// what came with it would leave, too.
    pub(super) fn take(&mut self, offset: usize, data: &[u8], wanted: usize) -> Result<(), Stop> {
        self.fell_short |= data.len() < wanted;
        let again = (self.bytes.len() - offset).min(data.len());
        if self.bytes[offset..offset + again] != data[..again] {
            // Two readings of one file: which of them would be the one that was looked at?
            return Err(CardTrouble::Unreadable.into());
        }
        self.bytes.extend_from_slice(&data[again..]);
        let Some(header) = self.bytes.first_chunk() else { return Ok(()) };
        let total = total_length(*header).map_err(|_| CardTrouble::Unreadable)?;
        if self.last_day.is_none() && self.bytes.len() >= total {
            self.last_day = Some(last_day(&self.bytes[..total], self.hierarchy)?);
            self.has_passed = true;
        }
        Ok(())
    }

    /// Nothing, or the length alone, or the whole of a suitable certificate.
    pub(super) fn may_leave(&self) -> Result<Option<Date>, Stop> {
        match self.last_day {
            None if self.bytes.len() <= HEADER => Ok(None),
            None if self.fell_short => Err(CardTrouble::Unreadable.into()),
            None => Err(Refused::OutOfOrder("a part of the certificate was asked for").into()),
            whole => Ok(whole),
        }
    }
}
