//! The way back to the kiosk, for two threads.

use std::sync::{Arc, Mutex, PoisonError};

use kiosk_core::ReaderStatus;
use kiosk_process::{
    Link,
    words::{CardOrder, CardReport},
};
use log::warn;

/// Sends one report at a time.
#[derive(Clone)]
pub(crate) struct Reports(Arc<Mutex<Link<CardReport, CardOrder>>>);

impl Reports {
    pub(crate) fn new(line: Link<CardReport, CardOrder>) -> Self {
        Self(Arc::new(Mutex::new(line)))
    }

    pub(crate) fn reader(&self, status: ReaderStatus) {
        self.send(&CardReport::Reader(status));
    }

    /// A kiosk that does not listen has closed the line: the main thread hears it too.
    pub(crate) fn send(&self, report: &CardReport) {
        let mut line = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = line.send(report) {
            warn!("a report was lost: {error}");
        }
    }
}
