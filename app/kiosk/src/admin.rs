//! The desk behind the menu: compares and keeps, one order after the other, in a thread of
//! its own. argon2id takes its time, and the screen must not.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread,
};

use kiosk_core::{AdminAnswer, AdminOrder, Event, Records, menu::OrderId};
use log::error;

use crate::{
    choices, clock,
    device_journal::Told,
    network,
    passcode::{self, Lock, STEP},
    staff,
};

/// Takes orders; answers come as [`Event::Admin`].
pub(crate) struct AdminDesk(Sender<(OrderId, AdminOrder)>);

impl AdminDesk {
    /// `keeper` keeps the device journal.
    pub(crate) fn start(
        folder: &Path,
        keeper: Sender<Told>,
        line_anew: LineAnew,
        events: Sender<Event>,
    ) -> Self {
        let (ask, asked) = mpsc::channel::<(OrderId, AdminOrder)>();
        let folder = folder.to_owned();
        thread::spawn(move || {
            let lock = Lock::new(&folder, clock::now());
            let mut desk = Desk { lock, folder, keeper, line_anew };
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
                desk.lock.run_down(clock::now());
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
    keeper: Sender<Told>,
    line_anew: LineAnew,
}

/// Lets the line find its way anew, through the proxy that is kept.
pub(crate) type LineAnew = Box<dyn Fn() + Send>;

impl Desk {
    fn answer(&mut self, order: &AdminOrder) -> AdminAnswer {
        let problem = match order {
            AdminOrder::TryPasscode(code) => {
                return self.lock.try_passcode(code, clock::now());
            }
            AdminOrder::SetPasscode(code) => {
                passcode::keep(&self.folder, code).err().map(|it| it.to_string())
            }
            AdminOrder::SetStaffCode(code) => {
                staff::keep(&self.folder, code).err().map(|it| it.to_string())
            }
            AdminOrder::Keep(choice) => {
                choices::keep(&self.folder, choice).err().map(|it| it.to_string())
            }
            AdminOrder::ReadRecords => return AdminAnswer::Records(self.records().map(Arc::new)),
            AdminOrder::ReadNetwork => return self.network(),
            AdminOrder::SetNetwork(plan) => {
                match kiosk_process::network::keep(&self.folder, plan) {
                    Ok(()) => {
                        (self.line_anew)();
                        return self.network();
                    }
                    Err(problem) => Some(problem.to_string()),
                }
            }
            AdminOrder::Wipe => self.wipe().err().map(|it| it.to_string()),
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

impl Desk {
    fn network(&self) -> AdminAnswer {
        AdminAnswer::Network(Arc::new(network::state(&self.folder)))
    }

    /// What the keeper of the journal says, unless it has ended.
    fn records(&self) -> Option<Records> {
        let (reply, records) = mpsc::channel();
        self.keeper.send(Told::Read(reply)).ok()?;
        records.recv().ok()?
    }

    /// Everything that was set or noted for the facility. The passcode goes last: until then
    /// nobody gets behind ⚙ without it. The network stays: the next registration needs it.
    fn wipe(&self) -> io::Result<()> {
        let (reply, done) = mpsc::channel();
        // A keeper that has ended keeps nothing, and answers nothing.
        let _ = self.keeper.send(Told::Wipe(reply));
        done.recv().unwrap_or(Ok(()))?;
        choices::wipe(&self.folder)?;
        staff::wipe(&self.folder)?;
        passcode::wipe(&self.folder)
    }
}

impl fmt::Debug for AdminDesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminDesk")
    }
}
