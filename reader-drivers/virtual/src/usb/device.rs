//! The reader as a USB device: what it does at each packet of the machine, at each move of
//! the card and when the card is done. No socket, no thread, no clock.
//!
//! ```text
//!             hello             plugged              disconnect, ack
//!  strangers ───────▶ greeted ─────────▶ connected ─────────────────▶ greeted
//! ```

use std::time::Duration;

use crate::{
    machine::{self, Done, Front, Job, Sight},
    reader::Slot,
};

use super::{
    ccid::{Ccid, Reply},
    decode::{Decoder, ProtocolError},
    descriptors::{BULK_IN, BULK_OUT, CONFIGURATION, INTERRUPT, descriptor},
    packet::{FromHost, MOST_DATA, Setup, Status, ToHost},
    reads::Reads,
};

pub(super) type Effect = machine::Effect<ToHost>;

pub(super) struct Device {
    decoder: Decoder,
    /// None before the machine's hello.
    link: Option<Link>,
    sight: Sight,
    ccid: Ccid,
    /// The card is to lose its power when it is done with what it works at.
    off_wanted: bool,
    effects: Vec<Effect>,
}

/// Between us and one machine.
#[derive(Default)]
struct Link {
    connected: Option<Connected>,
    /// The machine has yet to confirm that the device is gone.
    leaving: bool,
}

/// What lasts as long as the device is plugged in.
struct Connected {
    plug: u64,
    configuration: u8,
    reads: Reads,
    interrupts: Interrupts,
}

/// The endpoint that tells of cards.
#[derive(Default)]
struct Interrupts {
    wanted: bool,
    /// What the host was told last.
    told: bool,
    sent: u64,
}

impl Device {
    pub(super) fn new() -> Self {
        Self {
            decoder: Decoder::default(),
            link: None,
            sight: Sight { plug: None, has_card: false },
            ccid: Ccid::new(),
            off_wanted: false,
            effects: Vec::new(),
        }
    }
}

impl Front for Device {
    type Packet = ToHost;
    type Problem = ProtocolError;

    const KEEP_BACK: Duration = Duration::from_secs(10);

    fn met(&mut self) -> Vec<Effect> {
        self.send(ToHost::Hello);
        self.take_effects()
    }

    fn lost(&mut self, slot: Slot) -> Vec<Effect> {
        self.decoder = Decoder::default();
        self.link = None;
        self.reset(slot);
        self.take_effects()
    }

    fn came(&mut self, bytes: &[u8], slot: Slot) -> Result<Vec<Effect>, ProtocolError> {
        self.decoder.push(bytes);
        while let Some(packet) = self.decoder.next()? {
            self.packet(packet, slot)?;
        }
        Ok(self.take_effects())
    }

    fn seen(&mut self, sight: Sight, slot: Slot) -> Vec<Effect> {
        self.sight = sight;
        self.follow(slot);
        self.take_effects()
    }

    fn done(&mut self, done: Done, slot: Slot) -> Vec<Effect> {
        if let Some(message) = self.ccid.done(done, slot) {
            self.answer(message);
        }
        if std::mem::take(&mut self.off_wanted) {
            self.power_off(slot);
        }
        let reply = self.ccid.go_on(slot);
        self.reply(reply);
        self.take_effects()
    }
}

impl Device {
    fn packet(&mut self, packet: FromHost, slot: Slot) -> Result<(), ProtocolError> {
        match (packet, &mut self.link) {
            (FromHost::Hello { .. }, _) => {
                self.link = Some(Link::default());
                self.follow(slot);
            }
            (FromHost::Rejected, _) => return Err(ProtocolError::Rejected),
            (FromHost::DisconnectAck, Some(link)) => {
                link.leaving = false;
                self.follow(slot);
            }
            // What was under way when the device was unplugged was for it, not for the next.
            (packet, Some(Link { connected: Some(_), .. })) => self.transfer(packet, slot)?,
            _ => {}
        }
        Ok(())
    }

    /// One step of the plug at a time, then what there is to tell of the card.
    fn follow(&mut self, slot: Slot) {
        let Some(link) = &mut self.link else { return };
        if let Some(connected) = &link.connected
            && self.sight.plug != Some(connected.plug)
        {
            (link.connected, link.leaving) = (None, true);
            self.send(ToHost::Disconnect);
            self.reset(slot);
            return;
        }
        if let (None, Some(plug), false) = (&link.connected, self.sight.plug, link.leaving) {
            link.connected = Some(Connected {
                plug,
                configuration: 0,
                reads: Reads::default(),
                interrupts: Interrupts::default(),
            });
            for packet in [ToHost::Interfaces, ToHost::Endpoints, ToHost::Connect] {
                self.send(packet);
            }
        }
        self.tell_of_card();
    }

    /// `RDR_to_PC_NotifySlotChange`, when the host listens and does not know it yet.
    fn tell_of_card(&mut self) {
        const NOTIFY_SLOT_CHANGE: u8 = 0x50;
        const CHANGED: u8 = 0x02;
        let has_card = self.sight.has_card;
        let Some(Link { connected: Some(connected), .. }) = &mut self.link else { return };
        let it = &mut connected.interrupts;
        if !it.wanted || it.told == has_card {
            return;
        }
        it.told = has_card;
        it.sent += 1;
        let (id, endpoint) = (it.sent, INTERRUPT.address);
        let data = vec![NOTIFY_SLOT_CHANGE, CHANGED | u8::from(has_card)];
        self.send(ToHost::Interrupt { id, endpoint, data });
    }

    /// Nobody who could still want the card's PIN is there.
    fn reset(&mut self, slot: Slot) {
        self.ccid.reset();
        if let Some(Link { connected: Some(connected), .. }) = &mut self.link {
            connected.reads = Reads::default();
            connected.configuration = 0;
            connected.interrupts = Interrupts::default();
        }
        if self.ccid.is_busy() {
            self.off_wanted = true;
        } else {
            self.power_off(slot);
        }
    }

    fn power_off(&mut self, slot: Slot) {
        if slot == Slot::Powered {
            self.ccid.begin_unasked();
            self.effects.push(Effect::Work(Job::PowerOff));
        }
    }

    /// Packets that only a connected device gets.
    fn transfer(&mut self, packet: FromHost, slot: Slot) -> Result<(), ProtocolError> {
        match packet {
            FromHost::Reset => self.reset(slot),
            FromHost::SetConfiguration { id, configuration } => {
                let status = self.configure(configuration, slot);
                let configuration = self.connected().configuration;
                self.send(ToHost::Configuration { id, status, configuration });
            }
            FromHost::GetConfiguration { id } => {
                let configuration = self.connected().configuration;
                self.send(ToHost::Configuration { id, status: Status::Success, configuration });
            }
            FromHost::SetAlternate { id, interface, alternate } => {
                let status =
                    if (interface, alternate) == (0, 0) { Status::Success } else { Status::Stall };
                self.send(ToHost::Alternate { id, status, interface, alternate: 0 });
            }
            FromHost::GetAlternate { id, interface } => {
                let status = if interface == 0 { Status::Success } else { Status::Stall };
                self.send(ToHost::Alternate { id, status, interface, alternate: 0 });
            }
            FromHost::StartInterrupts { id, endpoint } => self.listen(id, endpoint, true),
            FromHost::StopInterrupts { id, endpoint } => self.listen(id, endpoint, false),
            FromHost::Cancel { id } => self.cancel(id),
            FromHost::Control { id, setup, data } => self.control(id, setup, &data, slot),
            FromHost::Write { id, endpoint, data } => self.write(id, endpoint, &data, slot),
            FromHost::Read { id, endpoint, length } => self.read(id, endpoint, length)?,
            FromHost::Hello { .. }
            | FromHost::Rejected
            | FromHost::Filter
            | FromHost::DisconnectAck => {}
        }
        Ok(())
    }

    fn configure(&mut self, configuration: u8, slot: Slot) -> Status {
        if configuration > CONFIGURATION {
            return Status::Stall;
        }
        self.reset(slot);
        self.connected().configuration = configuration;
        Status::Success
    }

    fn listen(&mut self, id: u64, endpoint: u8, wanted: bool) {
        if endpoint != INTERRUPT.address {
            return self.send(ToHost::Interrupts { id, status: Status::Invalid, endpoint });
        }
        self.connected().interrupts.wanted = wanted;
        self.send(ToHost::Interrupts { id, status: Status::Success, endpoint });
        self.tell_of_card();
    }

    /// The host gave up a read. When the card still works for it, its answer comes too late:
    /// the next read is for another answer.
    fn cancel(&mut self, id: u64) {
        if self.connected().reads.cancel(id) {
            self.ccid.forget();
            let (endpoint, data) = (BULK_IN.address, Vec::new());
            self.send(ToHost::Read { id, status: Status::Cancelled, endpoint, data });
        }
    }

    fn control(&mut self, id: u64, setup: Setup, data: &[u8], slot: Slot) {
        const ABORT: u8 = 1; // CCID 1.1, section 5.3.1: sequence number and slot
        let [low, high] = setup.value.to_le_bytes();
        let answer = match (setup.request_type, setup.request) {
            (0x80, 6) => descriptor(high, low),
            (0x80..=0x82, 0) => Some(vec![0, 0]), // GET_STATUS
            (0x02, 1) => Some(Vec::new()),        // CLEAR_FEATURE: nothing is ever halted
            (0x21, ABORT) if low == 0 => {
                let reply = self.ccid.abort(high, slot);
                self.reply(reply);
                Some(Vec::new())
            }
            _ => None,
        };
        let Some(mut answer) = answer else {
            let (status, data) = (Status::Stall, Vec::new());
            return self.send(ToHost::Control { id, status, setup, length: 0, data });
        };
        answer.truncate(setup.length.into());
        let taken = if setup.request_type & 0x80 == 0 { data.len() } else { answer.len() };
        let length = u16::try_from(taken).expect("not longer than it says");
        let status = Status::Success;
        self.send(ToHost::Control { id, status, setup, length, data: answer });
    }

    fn write(&mut self, id: u64, endpoint: u8, data: &[u8], slot: Slot) {
        let usable = self.connected().configuration == CONFIGURATION;
        if endpoint != BULK_OUT.address || !usable {
            let status = Status::Stall;
            return self.send(ToHost::Written { id, status, endpoint, length: 0 });
        }
        let length = u32::try_from(data.len()).expect("a packet is bounded");
        self.send(ToHost::Written { id, status: Status::Success, endpoint, length });
        self.connected().reads.begin();
        if slot == Slot::Empty {
            self.effects.push(Effect::SeenEmpty);
        }
        let is_last = !data.len().is_multiple_of(BULK_OUT.packet_size.into());
        let reply = self.ccid.write(data, is_last, slot);
        self.reply(reply);
    }

    fn read(&mut self, id: u64, endpoint: u8, length: u32) -> Result<(), ProtocolError> {
        let usable = self.connected().configuration == CONFIGURATION;
        if endpoint != BULK_IN.address || !usable {
            let (status, data) = (Status::Stall, Vec::new());
            self.send(ToHost::Read { id, status, endpoint, data });
            return Ok(());
        }
        let length = usize::try_from(length).unwrap_or(MOST_DATA).min(MOST_DATA);
        self.connected().reads.want(id, length)?;
        self.serve();
        Ok(())
    }

    fn reply(&mut self, reply: Reply) {
        match reply {
            Reply::Message(message) => self.answer(message),
            Reply::Job(job) => self.effects.push(Effect::Work(job)),
            Reply::Nothing => {}
        }
    }

    fn answer(&mut self, message: Vec<u8>) {
        if let Some(Link { connected: Some(connected), .. }) = &mut self.link {
            connected.reads.offer(message);
            self.serve();
        }
    }

    /// Brings reads and messages together.
    fn serve(&mut self) {
        while let Some((id, data)) = self.connected().reads.next() {
            let (status, endpoint) = (Status::Success, BULK_IN.address);
            self.send(ToHost::Read { id, status, endpoint, data });
        }
    }

    fn connected(&mut self) -> &mut Connected {
        let connected = self.link.as_mut().and_then(|link| link.connected.as_mut());
        connected.expect("only a connected device gets transfers")
    }

    fn send(&mut self, packet: ToHost) {
        self.effects.push(Effect::Send(packet));
    }

    fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }
}
