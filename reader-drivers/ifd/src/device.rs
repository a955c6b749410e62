//! A reader that is plugged in: DEVICENAME to a running [`Reader`] with its control socket.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use reader_virtual::reader::{Control, ControlError, Desk, Reader};

/// What DEVICENAME begins with in reader.conf.
const SCHEME: &str = "virtual:";

/// A reader and the socket that moves its cards.
pub(crate) struct Device {
    pub(crate) reader: Arc<Reader>,
    pub(crate) control: Mutex<Option<Control>>,
}

/// Why DEVICENAME gives no reader.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeviceError {
    #[error("DEVICENAME must be virtual:FOLDER with an absolute FOLDER")]
    Name,
    #[error(transparent)]
    Control(#[from] ControlError),
}

impl Device {
    /// Opens `virtual:FOLDER`. A card that lay on the reader when pcscd ended lies there
    /// again; when it cannot be had any more, `complain` is told and the reader is empty.
    ///
    /// Errors: [`DeviceError`].
    pub(crate) fn open(name: &str, complain: impl Fn(&str)) -> Result<Self, DeviceError> {
        let folder = name.strip_prefix(SCHEME).map(Path::new);
        let folder = folder.filter(|folder| folder.is_absolute()).ok_or(DeviceError::Name)?;
        let desk = Desk { office: folder.join("office"), lying: Some(folder.join("lying")) };
        let reader = Arc::new(Reader::new(Box::new(desk)).with_pad());
        if let Err(problem) = reader.remember() {
            complain(&problem);
        }
        let hands = Arc::clone(&reader);
        let control = Control::open(&folder.join("control"), move |line| hands.hand(line))?;
        Ok(Self { reader, control: Mutex::new(Some(control)) })
    }

    /// Ends everything that waits or hangs, and the control thread. pcscd may unload the
    /// library next: no code of it runs on a thread of its own after this.
    pub(crate) fn close(&self) {
        self.reader.close();
        drop(self.control.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}
