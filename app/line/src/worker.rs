//! Takes one job after another from the desk and asks the gateway.

mod checks;
mod upkeep;

use std::{io, sync::Arc, thread, time::Duration};

use kiosk_core::{
    AccountOrder, Consents, DeviceInfo, GatewayTrouble, LineStatus, Notice, menu::OrderId,
    network::Proxy,
};
use kiosk_process::{
    Link, LinkError, Settings,
    words::{LineOrder, LineReport},
};
use log::{error, info, warn};

use crate::{
    account,
    ask::Patience,
    courier::Courier,
    desk::{Desk, Job, Journal},
    gateway::{CallError, Gateway, NoGateway},
    place::Place,
};
use upkeep::Upkeep;

/// Between two looks at a line that works. Middleboxes forget an idle connection after
/// some minutes, the shortest that we know after one.
const LOOK_UP: Duration = Duration::from_secs(30);
/// Between two looks at a line that does not: people stand before a kiosk that is out of use.
const LOOK_DOWN: Duration = Duration::from_secs(10);

/// Serves the kiosk at the other end of `kiosk` until it goes.
///
/// Errors: the line cannot be duplicated.
pub fn serve(settings: &Settings, kiosk: Link<LineReport, LineOrder>) -> io::Result<()> {
    let ear = kiosk.try_clone()?;
    let desk = Arc::new(Desk::new(kiosk));
    let listener = Listener(Arc::clone(&desk));
    thread::spawn(move || listener.listen(ear));
    let place = Place::new(settings);
    if let Some(receiver) = settings.handover.clone() {
        let courier = Courier::new(receiver, place.clone(), Arc::clone(&desk));
        thread::spawn(move || courier.work());
    }
    Worker {
        place: &place,
        desk: &desk,
        gateway: None,
        status: LineStatus::Starting,
        offers: None,
        notices: None,
        device: None,
        upkeep: Upkeep::default(),
        said: String::new(),
    }
    .work();
    Ok(())
}

/// However listening ends, work ends with it.
struct Listener(Arc<Desk>);

impl Listener {
    fn listen(self, mut ear: Link<LineReport, LineOrder>) {
        loop {
            match ear.receive() {
                Ok(order) => {
                    self.0.order(order);
                    kiosk_process::scrub_stack();
                }
                Err(LinkError::Closed) => return,
                Err(problem) => {
                    error!("{problem}");
                    return;
                }
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.end();
    }
}

struct Worker<'a> {
    place: &'a Place,
    desk: &'a Desk,
    gateway: Option<Arc<Gateway>>,
    status: LineStatus,
    /// What the kiosk was told last.
    offers: Option<Consents>,
    notices: Option<Vec<Notice>>,
    device: Option<DeviceInfo>,
    upkeep: Upkeep,
    /// The last trouble in the journal, which is not filled with repetitions.
    said: String,
}

impl Worker<'_> {
    fn work(mut self) {
        self.look();
        loop {
            let upkeep = self.has_upkeep();
            let patience = match self.status {
                _ if upkeep => upkeep::QUIET,
                LineStatus::Up { .. } => LOOK_UP,
                LineStatus::Starting
                | LineStatus::Down(_)
                | LineStatus::Unregistered
                | LineStatus::Removing => LOOK_DOWN,
            };
            match self.desk.next(patience) {
                Job::Open(id, way) => self.open(id, way),
                Job::HandOver(id, opened, from_card) => self.hand_over(id, &opened, &from_card),
                Job::Account(id, order) => self.account(id, &order),
                Job::Proxy(proxy) => self.go_through(proxy),
                Job::Journal(journal) => self.journal(journal),
                Job::Look if upkeep => self.upkeep(),
                Job::Look => self.look(),
                Job::End => return,
            }
            kiosk_process::scrub_stack();
        }
    }

    fn look(&mut self) {
        self.think_again();
        let outcome = match self.gateway() {
            Err(problem) => Err(problem.status()),
            Ok(gateway) => {
                if !self.desk.begin_aside(&gateway) {
                    return;
                }
                let look = gateway.look();
                if !self.desk.end_aside() {
                    return;
                }
                look.map_err(|problem| LineStatus::Down(self.failed(&problem)))
            }
        };
        let status = match outcome {
            Ok(look) => {
                self.say(look.remark.unwrap_or_default());
                self.tell(look.notices);
                self.introduce(|device| device.simulator = Some(look.is_simulator));
                if let Err(problem) = self.place.save_time() {
                    warn!("the time was not saved: {problem}");
                }
                LineStatus::Up { simulator: look.is_simulator }
            }
            Err(status) => status,
        };
        self.set(status);
        self.desk.report(&LineReport::Status(status));
    }

    /// What goes wrong here is for our own journal only; the kiosk sends it again one day.
    fn journal(&mut self, journal: Journal) {
        self.think_again();
        let Ok(gateway) = self.gateway() else { return };
        if !self.desk.begin_aside(&gateway) {
            return self.desk.put_back(journal);
        }
        let outcome = gateway.journal(&journal.entries, &journal.health);
        if !self.desk.end_aside() {
            return self.desk.put_back(journal);
        }
        match outcome {
            Ok(seq) => self.desk.report(&LineReport::Acknowledged(seq)),
            Err(problem) => self.say(format!("the journal was not handed over: {problem}")),
        }
    }

    /// While the line is down: what was wrong may have been put right on the disk, by a
    /// registration or a new pin.
    fn think_again(&mut self) {
        if !matches!(self.status, LineStatus::Up { .. }) {
            self.gateway = None;
        }
    }

    /// An administrator's order. What it did to the line is reported before its answer, so
    /// that whoever hears the answer knows the line as it is now.
    fn account(&mut self, id: OrderId, order: &AccountOrder) {
        let answer = account::carry_out(self.place, order);
        if !matches!(order, AccountOrder::Terms) {
            self.gateway = None;
            self.status = LineStatus::Starting;
            self.look();
        }
        self.desk.report(&LineReport::Account(id, answer));
    }

    /// Another way to the gateway: whoever waits for it is told how it goes.
    fn go_through(&mut self, proxy: Option<Proxy>) {
        self.place.set_proxy(proxy);
        self.gateway = None;
        self.set(LineStatus::Starting);
        self.desk.report(&LineReport::Status(LineStatus::Starting));
        self.look();
    }

    /// The way to the gateway, for a device that is registered and logged in.
    fn gateway(&mut self) -> Result<Arc<Gateway>, NoGateway> {
        if let Some(gateway) = &self.gateway {
            return Ok(Arc::clone(gateway));
        }
        let loaded = Gateway::load(self.place, Patience::default());
        if let Ok(gateway) = &loaded {
            self.offer(gateway.offers());
        }
        self.meet(&loaded);
        let usable = loaded.and_then(|gateway| match gateway.has_session() {
            true => Ok(gateway),
            false => Err(NoGateway::LoggedOut),
        });
        match usable {
            Ok(gateway) => Ok(Arc::clone(self.gateway.insert(Arc::new(gateway)))),
            Err(problem) => {
                self.say(problem.to_string());
                Err(problem)
            }
        }
    }

    fn tell(&mut self, notices: Option<Vec<Notice>>) {
        if let Some(notices) = notices.filter(|it| self.notices.as_ref() != Some(it)) {
            self.desk.report(&LineReport::Notices(notices.clone()));
            self.notices = Some(notices);
        }
    }

    /// Whose device this is, whether or not anybody is logged in.
    fn meet(&mut self, loaded: &Result<Gateway, NoGateway>) {
        match loaded {
            Ok(gateway) => {
                self.upkeep.knows(gateway.leaf().validity);
                let simulator = self.device.as_ref().and_then(|device| device.simulator);
                let now = DeviceInfo { simulator, ..gateway.info(self.place) };
                self.introduce_as(Some(now));
            }
            Err(NoGateway::NotRegistered) => self.introduce_as(None),
            Err(_) => {}
        }
    }

    fn introduce(&mut self, change: impl FnOnce(&mut DeviceInfo)) {
        if let Some(mut device) = self.device.clone() {
            change(&mut device);
            self.introduce_as(Some(device));
        }
    }

    fn introduce_as(&mut self, device: Option<DeviceInfo>) {
        if device != self.device {
            self.desk.report(&LineReport::Device(device.clone().map(Box::new)));
            self.device = device;
        }
    }

    fn offer(&mut self, offers: Consents) {
        if self.offers.replace(offers) != Some(offers) {
            self.desk.report(&LineReport::Offers(offers));
        }
    }

    /// What a check's outcome says about the line itself, if anything.
    fn learn(&mut self, line: Option<LineStatus>) {
        if let Some(line) = line.filter(|line| *line != self.status) {
            self.set(line);
            self.desk.report(&LineReport::Status(line));
        }
    }

    fn set(&mut self, status: LineStatus) {
        if status != self.status {
            info!("the line: {status:?}");
            self.status = status;
        }
    }

    fn failed(&mut self, problem: &CallError) -> GatewayTrouble {
        self.say(self.explained(problem));
        problem.trouble()
    }

    fn say(&mut self, what: String) {
        if what != self.said {
            if !what.is_empty() {
                warn!("{what}");
            }
            self.said = what;
        }
    }
}
