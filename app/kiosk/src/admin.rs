//! The desk behind the menu: compares and keeps, one order after the other, in a thread of
//! its own. argon2id takes its time, and the screen must not.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread,
    time::Instant,
};

use kiosk_core::{AdminAnswer, AdminOrder, Event, menu::OrderId};
use log::error;

use crate::{
    choices,
    passcode::{self, Lock, STEP},
    staff,
};

/// Takes orders; answers come as [`Event::Admin`].
pub(crate) struct AdminDesk(Sender<(OrderId, AdminOrder)>);

impl AdminDesk {
    pub(crate) fn start(folder: &Path, events: Sender<Event>) -> Self {
        let (ask, asked) = mpsc::channel::<(OrderId, AdminOrder)>();
        let folder = folder.to_owned();
        thread::spawn(move || {
            let mut desk = Desk { lock: Lock::new(&folder, Instant::now()), folder };
            loop {
                match asked.recv_timeout(STEP) {
                    Ok((id, order)) => {
                        let answer = desk.answer(&order);
                        if events.send(Event::Admin(id, answer)).is_err() {
                            return;
                        }
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                }
                desk.lock.run_down(Instant::now());
            }
        });
        Self(ask)
    }

    pub(crate) fn order(&self, id: OrderId, order: AdminOrder) {
        // The thread ends only when the loop has ended, and the program with it.
        let _ = self.0.send((id, order));
    }
}

struct Desk {
    folder: PathBuf,
    lock: Lock,
}

impl Desk {
    fn answer(&mut self, order: &AdminOrder) -> AdminAnswer {
        let problem = match order {
            AdminOrder::TryPasscode(code) => {
                return self.lock.try_passcode(code, Instant::now());
            }
            AdminOrder::SetPasscode(code) => {
                passcode::keep(&self.folder, code).err().map(|it| it.to_string())
            }
            AdminOrder::SetStaffCode(code) => {
                staff::keep(&self.folder, code).err().map(|it| it.to_string())
            }
            AdminOrder::SetMethod(method) => {
                choices::keep_method(&self.folder, *method).err().map(|it| it.to_string())
            }
        };
        match problem {
            None => AdminAnswer::Kept,
            Some(problem) => {
                error!("what was set in the menu is not kept: {problem}");
                AdminAnswer::NotKept
            }
        }
    }
}

impl fmt::Debug for AdminDesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminDesk")
    }
}
