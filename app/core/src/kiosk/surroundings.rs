//! What surrounds every page: the call for staff, 画面をふく, the dark of a quiet night; which
//! readers are connected, and what is known of the device.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{Deed, DeviceInfo, Event, Reader, Screen, Shown, reader::Put};

/// A call that nobody answers ends: the station is not to sound all night.
const CALLS: Duration = Duration::from_secs(600);
/// For one wipe with a cloth.
const CLEANS: Duration = Duration::from_secs(30);
/// Nobody is there.
const QUIET: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Surroundings {
    now: Instant,
    touched: Instant,
    called: Option<Instant>,
    cleaning: Option<Instant>,
    night: bool,
    readers: Arc<[Reader]>,
    device: Option<Arc<DeviceInfo>>,
}

impl Surroundings {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            now,
            touched: now,
            called: None,
            cleaning: None,
            night: false,
            readers: Arc::default(),
            device: None,
        }
    }

    pub(super) fn readers(&self) -> Arc<[Reader]> {
        Arc::clone(&self.readers)
    }

    pub(super) fn device(&self) -> Option<Arc<DeviceInfo>> {
        self.device.clone()
    }

    /// Takes what is its own. Gives what is for the pages, and what is to be written down.
    pub(super) fn take(&mut self, now: Instant, event: Event) -> (Option<Event>, Option<Deed>) {
        self.now = now;
        self.called = self.called.filter(|since| now < *since + CALLS);
        self.cleaning = self.cleaning.filter(|since| now < *since + CLEANS);
        if event.is_touch() {
            if self.cleaning.is_some() {
                return (None, None);
            }
            self.touched = now;
        }
        match event {
            Event::Readers(readers) => {
                self.readers = Arc::clone(&readers);
                return (Some(Event::Readers(readers)), None);
            }
            Event::Device(device) => {
                self.device.clone_from(&device);
                return (Some(Event::Device(device)), None);
            }
            Event::Night(night) => self.night = night,
            Event::CallStaff if self.called.is_none() => {
                self.called = Some(now);
                return (Some(Event::StillHere), Some(Deed::StaffCalled));
            }
            Event::StaffCame => {
                self.called = None;
                return (Some(Event::StillHere), None);
            }
            Event::Clean => self.cleaning = Some(now),
            event => return (Some(event), None),
        }
        (None, None)
    }

    /// `may_dim`: nobody uses the page that is up.
    pub(super) fn deadline(&self, may_dim: bool) -> Option<Instant> {
        let second = |since: Instant| {
            let whole = self.now.saturating_duration_since(since).as_secs();
            since + SECOND * u32::try_from(whole).unwrap_or_default() + SECOND
        };
        let dark =
            (may_dim && self.night && !self.is_quiet_night()).then_some(self.touched + QUIET);
        let ends = [self.called.map(|since| since + CALLS), self.cleaning.map(second), dark];
        ends.into_iter().flatten().min()
    }

    pub(super) fn surround(&self, shown: &mut Shown, may_dim: bool) {
        let in_use = self.readers.iter().find(|reader| reader.in_use);
        shown.put = in_use.and_then(|reader| reader.put).unwrap_or(Put::Either);
        shown.called = self.called.is_some();
        shown.dim = may_dim && !shown.called && self.is_quiet_night();
        if let Some(since) = self.cleaning {
            let left = (since + CLEANS).saturating_duration_since(self.now);
            let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
            shown.screen = Screen::Cleaning { seconds: seconds.try_into().unwrap_or(u8::MAX) };
            shown.hurry = false;
            shown.gear = false;
            shown.news = false;
        }
    }

    fn is_quiet_night(&self) -> bool {
        self.night && self.touched + QUIET <= self.now
    }
}
