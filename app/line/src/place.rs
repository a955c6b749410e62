//! Where this program works: its settings, what lies on the disk, what time it is.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use kiosk_core::network::Proxy;
use kiosk_process::Settings;

use crate::{
    ask::{Ask, Patience},
    clock::{Clock, Moment},
    roots::{BadPins, Roots},
    state::{Device, State, StateError},
    tls::Tls,
};

/// Eight certificates have about 8,000 bytes; this leaves room for comments.
const PINS_FILE_MAX: u64 = 64 * 1024;

/// What every call needs.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) settings: Settings,
    pub(crate) clock: Arc<Clock>,
    /// Set on ネットワーク, told by the kiosk.
    proxy: Arc<Mutex<Option<Proxy>>>,
}

/// Why nobody can be trusted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoRoots {
    #[error("cannot read the pins {0}: {1}")]
    Unreadable(PathBuf, #[source] io::Error),
    #[error("{0}: {1}")]
    Bad(PathBuf, #[source] BadPins),
    #[error(transparent)]
    State(#[from] StateError),
}

impl Place {
    pub(crate) fn new(settings: &Settings) -> Self {
        let saved = State::new(settings.line_state()).time();
        Self {
            settings: settings.clone(),
            clock: Arc::new(Clock::new(saved)),
            proxy: Arc::default(),
        }
    }

    /// The way to the gateway.
    pub(crate) fn ask(&self, tls: Tls, patience: Patience) -> Ask {
        let proxy = self.proxy.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (url, clock) = (self.settings.gateway.clone(), Arc::clone(&self.clock));
        Ask::new(url, tls, patience, clock, proxy.as_ref())
    }

    pub(crate) fn set_proxy(&self, proxy: Option<Proxy>) {
        *self.proxy.lock().unwrap_or_else(PoisonError::into_inner) = proxy;
    }

    pub(crate) fn state(&self) -> State {
        State::new(self.settings.line_state())
    }

    /// The CAs that may vouch for the gateway now. Those of the settings count until the
    /// gateway has given a signed set, and never again for this device: one that was taken
    /// out must not come back.
    ///
    /// Errors: all of [`NoRoots`].
    pub(crate) fn roots(&self, device: Option<&Device>) -> Result<Roots, NoRoots> {
        match device.and_then(|device| device.pins.as_ref()) {
            Some(set) => Roots::from_der(&set.certificates)
                .map_err(|_| NoRoots::State(self.state().device_is_damaged())),
            None => roots_in(&self.settings.pins),
        }
    }

    /// Saves what the gateway said, if it is time to.
    ///
    /// Errors: the disk is full or broken.
    pub(crate) fn save_time(&self) -> Result<(), StateError> {
        if let Some(time) = self.clock.to_save(Moment::now()) {
            self.state().keep_time(time)?;
            self.clock.saved(time);
        }
        Ok(())
    }
}

/// The CAs that lie in a file of the settings.
///
/// Errors: [`NoRoots::Unreadable`], [`NoRoots::Bad`].
pub(crate) fn roots_in(file: &Path) -> Result<Roots, NoRoots> {
    let unreadable = |problem| NoRoots::Unreadable(file.to_owned(), problem);
    let pem = match fs::metadata(file).map_err(unreadable)?.len() {
        0..=PINS_FILE_MAX => fs::read(file).map_err(unreadable)?,
        _ => {
            let problem = io::Error::new(io::ErrorKind::InvalidData, "above 65536 bytes");
            return Err(unreadable(problem));
        }
    };
    Roots::from_pem(&pem).map_err(|bad| NoRoots::Bad(file.to_owned(), bad))
}
