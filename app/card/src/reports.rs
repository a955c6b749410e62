//! The way back to the kiosk, for two threads.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kiosk_core::ReaderStatus;
use kiosk_process::{
    Link,
    words::{CardOrder, CardReport},
};
use log::warn;

/// Sends one report at a time.
#[derive(Clone)]
pub(crate) struct Reports(Arc<Mutex<Way>>);

struct Way {
    line: Link<CardReport, CardOrder>,
    /// What the kiosk was told last.
    is_known: Option<bool>,
}

impl Reports {
    pub(crate) fn new(line: Link<CardReport, CardOrder>) -> Self {
        Self(Arc::new(Mutex::new(Way { line, is_known: None })))
    }

    /// Whether the reader in use is known comes before its status, so that no card on an
    /// unknown reader is taken for one on the reader before it.
    pub(crate) fn reader(&self, is_known: Option<bool>, status: ReaderStatus) {
        let mut way = self.way();
        // After a time without a reader it is told again: it may be another one.
        if let Some(told) = is_known.filter(|_| is_known != way.is_known) {
            way.send(&CardReport::ReaderKnown(told));
        }
        way.is_known = is_known;
        way.send(&CardReport::Reader(status));
    }

    pub(crate) fn send(&self, report: &CardReport) {
        self.way().send(report);
    }

    fn way(&self) -> MutexGuard<'_, Way> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Way {
    /// A kiosk that does not listen has closed the line: the main thread hears it too.
    fn send(&mut self, report: &CardReport) {
        if let Err(error) = self.line.send(report) {
            warn!("a report was lost: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::{fd::OwnedFd, unix::net::UnixStream};

    use super::*;

    #[test]
    fn whether_the_reader_is_known_is_told_before_its_status_and_for_every_reader_anew() {
        let (ours, theirs) = UnixStream::pair().expect("a socket pair");
        let reports = Reports::new(OwnedFd::from(ours).into());
        let mut kiosk: Link<CardOrder, CardReport> = OwnedFd::from(theirs).into();
        for is_known in [None, Some(true), None, Some(true), Some(false), Some(false)] {
            reports.reader(is_known, ReaderStatus::Empty);
        }
        drop(reports);
        let told: Vec<_> = std::iter::from_fn(|| kiosk.receive().ok())
            .map(|report| match report {
                CardReport::ReaderKnown(true) => "known",
                CardReport::ReaderKnown(false) => "unknown",
                _ => "status",
            })
            .collect();
        let expected = "status known status status known status unknown status status";
        assert_eq!(told.join(" "), expected);
    }
}
