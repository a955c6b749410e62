//! One eligibility check after another, at one station.
//!
//! ```text
//!         Next             Confirm            Next, 4 digits      a card            card read          answered
//!  Ready ──────▶ Confirm ─────────▶ AskPin ────────────────▶ AskCard ──▶ Reading ───────────▶ Asking ──────────▶ Showing
//!   ▲ ▲  OpenCheck                   ▲  ▲   (Consents)         ▲ │ ▲     ReadCard  CheckEligibility                  │
//!   │ │                              │  └── wrong PIN, n left ─┼─┼─┼────────┤                                        │
//!   │ │                              │                         │ ▼ │        │ one try left                           │
//!   │ │                              │                   Warming ┘ └ LastTry ◀┘                                      │
//!   │ │                              └── Again ── Sorry ◀── any trouble                                              │
//!   │ └─ reader empty ─ TakeCard ◀── Close, or the step's patience is over, with a card on the reader ───────────────┤
//!   └─────────────────────────────── Close, or the step's patience is over ──────────────────────────────────────────┘
//!
//!  The other ways in and through:
//!  目視     Ready ─▶ Staff (unless open) ─▶ (Consents) ─▶ AskCard ─▶ Relaying ◀──▶ gateway, card, gateway … ─▶ Showing
//!  Android  Ready ─▶ Phones ─▶ Confirm ─▶ AskPin ─▶ … as a card      iPhone  Ready ─▶ Phones ─▶ AskCard ─▶ …
//!  the other method for one patient   Ready ─▶ Staff ─▶ Confirm, or Compare ─▶ AskCard
//! ```
//!
//! [`Check::handle`] is the only place that moves a check on. It never blocks and
//! never fails: a bad card, a dead line and a patient who walked away are steps
//! like any other. A check starts only over an empty reader, so a card that lies
//! there within a check is this patient's (D8); a card left behind has to be taken
//! before anything else.

mod card;
mod event;
mod staff;
mod step;
mod turn;

use std::{mem, time::Instant};

pub use event::{Event, Phone, Said};
use step::{Patience, Step};

use crate::{
    AccountAnswer, CardProof, CheckId, Consents, Deed, GatewayTrouble, Handover, HandoverTrouble,
    LineStatus, Look, Note, OpenCheck, ReadOrder, ReaderLabel, ReaderStatus, RelayAnswers,
    RelayOrder, Relayed, Shown, StaffCode, Way,
    account::AccountOrder,
    menu::{AdminOrder, OrderId},
    note::{Answered, Outcome},
    proof::{Method, TokenKind},
    reader::Put,
};

/// What the station is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    pub method: Method,
    pub station: Station,
    /// Whether a phone may be chosen instead of the card.
    pub phones: bool,
    /// Whether a staff code (職員コード) is set.
    pub staff_code: bool,
    /// The look that comes back after each patient.
    pub look: Look,
}

/// Whether staff stand by: *attended* at the counter, *unattended* at the bed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Station {
    Attended,
    #[default]
    Unattended,
}

/// The next thing for the world to do. At most four follow an event of a check.
#[derive(Debug)]
pub enum Effect {
    /// Ask the gateway for a check and warm the line.
    OpenCheck(CheckId, Way),
    TryStaffCode(CheckId, StaffCode),
    /// Of the menu.
    Admin(OrderId, AdminOrder),
    /// Of the menu, for the line.
    Account(OrderId, AccountOrder),
    ReadCard(Box<ReadOrder>),
    CheckEligibility(CheckId, Box<CardProof>, Consents),
    RelayToCard(Box<RelayOrder>),
    RelayToGateway(CheckId, Box<RelayAnswers>, Consents),
    /// The card process did not answer in time: end it; it comes back unpowered.
    RestartCard,
    /// The check is over: workers wipe what they hold of it.
    Forget(CheckId),
    /// The page of this result is gone: it is not handed over any more, workers wipe it.
    StopHandover(CheckId),
    /// The check is over: into the device journal with it.
    Note(Note),
    /// Somebody did something: into the device journal with it.
    Record(Deed),
    /// Cards are read with this reader from now on, by the beginning of its name; with
    /// `None` by the one that the settings name, or the first that can be used.
    UseReader(Option<ReaderLabel>),
}

/// What an event sets going.
pub type Effects = heapless::Vec<Effect, 7>;

/// The station's machine: its step, and what it knows of the world.
#[derive(Debug)]
pub struct Check {
    settings: Settings,
    step: Step,
    id: CheckId,
    /// How this check goes; between checks, how the last one went.
    way: Way,
    attempts: u8,
    opened: Opened,
    /// What the holder agreed to, once asked.
    consents: Option<Consents>,
    /// Staff vouched for this check with their code.
    by_staff: bool,
    /// Until when 目視 stands open at an attended station (D5).
    staff_until: Option<Instant>,
    reader: ReaderStatus,
    reader_known: bool,
    /// Staff have allowed the unknown reader, until another one comes.
    reader_allowed: bool,
    /// Of the result that is shown, or is about to be.
    handover: Option<(CheckId, Handover)>,
    offered: Consents,
    line: LineStatus,
    /// Stays once seen, also while the line is down.
    simulator: bool,
    look: Look,
    /// When the person was last heard of, or the step began.
    since: Option<Instant>,
    warned: bool,
}

/// What the gateway said to this check's `OpenCheck`.
#[derive(Debug)]
enum Opened {
    No,
    Waiting,
    Yes { open: OpenCheck, until: Instant },
}

/// What an event does to a step.
enum Turn {
    Stay(Step),
    Go(Step),
    Do(Step, Effect),
    /// The check ends; a card that lies there has to be taken.
    End,
}

impl Check {
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            step: Step::Ready,
            id: CheckId(0),
            way: settings.method.into(),
            attempts: 0,
            opened: Opened::No,
            consents: None,
            by_staff: false,
            staff_until: None,
            reader: ReaderStatus::Starting,
            reader_known: true,
            reader_allowed: false,
            handover: None,
            offered: Consents::NONE,
            line: LineStatus::Starting,
            simulator: false,
            look: settings.look,
            since: None,
            warned: false,
        }
    }

    /// Takes an event; gives what is to be done. Never blocks, never fails.
    pub fn handle(&mut self, now: Instant, event: Event) -> Effects {
        self.learn(now, &event);
        let answered = answer_class(&event);
        let touched = event.is_touch();
        let (was_ready, was_active) = (self.step.is_ready(), self.step.is_active());
        let was_relaying = self.step.is_relaying();
        let late = self.is_late(now);
        let mut effects = Effects::new();
        let mut give =
            |effect| effects.push(effect).expect("a turn has one effect, its end three more");

        let step = mem::replace(&mut self.step, Step::Ready);
        let turn = if late { self.too_late(step) } else { self.turn(now, step, event) };
        let same_step = matches!(turn, Turn::Stay(_));
        self.step = match turn {
            Turn::Stay(step) | Turn::Go(step) => step,
            Turn::Do(step, effect) => {
                give(effect);
                step
            }
            Turn::End if self.reader.is_occupied() => Step::TakeCard,
            Turn::End => Step::Ready,
        };
        // The next patient begins with the station's own look.
        if self.step.is_ready() && !was_ready {
            self.look = self.settings.look;
        }
        // From here on no answer belongs to this check, and nobody needs its secrets.
        if was_active && !self.step.is_active() {
            give(Effect::Forget(self.id));
            if let Some(note) = self.note(answered) {
                give(Effect::Note(note));
            }
            self.id = CheckId(self.id.0.wrapping_add(1));
            self.attempts = 0;
            self.opened = Opened::No;
            self.consents = None;
            self.by_staff = false;
        }
        if !self.step.is_active()
            && !matches!(self.step, Step::Showing(_))
            && let Some((id, _)) = self.handover.take()
        {
            give(Effect::StopHandover(id));
        }
        // The patience of a relay is one, over all its rounds.
        let stayed = same_step || (was_relaying && self.step.is_relaying());
        self.renew(now, stayed, touched);
        effects
    }

    /// When [`Event::TimePassed`] is due, if nothing else happens.
    pub fn deadline(&self) -> Option<Instant> {
        let (since, patience) = (self.since?, self.patience()?);
        Some(since + if self.warned { patience.whole() } else { patience.before_warning() })
    }

    /// What is to be shown now.
    pub fn shown(&self) -> Shown {
        Shown {
            screen: self.screen(),
            look: self.look,
            simulator: self.simulator,
            phone: self.step.is_active() && self.way.token() != TokenKind::Card,
            hurry: self.warned,
            handover: self.handover_shown(),
            gear: false,
            news: false,
            called: false,
            dim: false,
            put: Put::Either,
        }
    }

    /// 認証選択 is up.
    pub(crate) fn is_ready(&self) -> bool {
        self.step.is_ready()
    }

    pub(crate) fn line(&self) -> LineStatus {
        self.line
    }

    pub(crate) fn settings(&self) -> Settings {
        self.settings
    }

    /// From the next check on.
    pub(crate) fn set(&mut self, settings: Settings) {
        // A look that nobody has changed goes with the station's own.
        if self.look == self.settings.look {
            self.look = settings.look;
        }
        self.settings = settings;
    }

    /// What is known of the world, whatever the step.
    fn learn(&mut self, now: Instant, event: &Event) {
        match event {
            Event::Reader(status) => self.reader = *status,
            Event::ReaderKnown(known) => {
                self.reader_known = *known;
                self.reader_allowed = false;
            }
            Event::Line(status) => {
                self.line = *status;
                if let LineStatus::Up { simulator } = status {
                    self.simulator = *simulator;
                }
                if *status == LineStatus::Down(GatewayTrouble::LineLost) {
                    self.handover_lost();
                }
            }
            Event::Account(_, AccountAnswer::Terms { simulator, .. }) => {
                self.simulator = *simulator;
            }
            Event::Handover(id, handover) => self.handover_turn(*id, *handover),
            Event::Offers(consents) => self.offered = *consents,
            Event::Language(language) => self.look.language = *language,
            Event::Easier => self.look = self.look.easier(),
            _ => {}
        }
        if event.is_touch() {
            self.keep_staff_open(now);
        }
    }

    /// The line tells of a hand-over just before it tells of its result.
    fn handover_turn(&mut self, id: CheckId, handover: Handover) {
        match &mut self.handover {
            Some((of, known)) if *of == id => *known = handover,
            _ if id == self.id && self.step.is_active() => self.handover = Some((id, handover)),
            _ => {}
        }
    }

    /// The line came back without memory, and without the result.
    fn handover_lost(&mut self) {
        if let Some((_, known @ Handover::Sending)) = &mut self.handover {
            *known = Handover::Failed(HandoverTrouble::Other);
        }
    }

    fn handover_shown(&self) -> Option<Handover> {
        let (_, handover) = self.handover.filter(|_| matches!(self.step, Step::Showing(_)))?;
        Some(handover)
    }

    /// What the journal says of the check that has just ended; nothing of one that was
    /// left before the gateway was asked.
    fn note(&self, answered: Option<Answered>) -> Option<Note> {
        if matches!(self.opened, Opened::No) {
            return None;
        }
        let outcome = match (&self.step, answered) {
            (Step::Showing(_), Some(answered)) => Outcome::Answered(answered),
            (Step::Sorry(trouble), _) => Outcome::Trouble(*trouble),
            _ => Outcome::Left,
        };
        let reference = match self.opened {
            Opened::Yes { open, .. } => Some(open.reference),
            Opened::No | Opened::Waiting => None,
        };
        Some(Note { way: self.way, staff: self.by_staff, reference, outcome })
    }

    fn is_late(&self, now: Instant) -> bool {
        let end = self.since.zip(self.patience()).map(|(since, patience)| since + patience.whole());
        end.is_some_and(|end| end <= now)
    }

    /// How long this step waits. 認証選択 waits only to take back a patient's look.
    fn patience(&self) -> Option<Patience> {
        match self.step {
            Step::Ready if self.look == self.settings.look => None,
            _ => self.step.patience(self.settings.station),
        }
    }

    fn renew(&mut self, now: Instant, stayed: bool, touched: bool) {
        let answered = touched && !matches!(self.patience(), Some(Patience::Machine(_)));
        if !stayed || answered || self.since.is_none() {
            self.since = Some(now);
            self.warned = false;
        } else if let (Some(since), Some(patience)) = (self.since, self.patience()) {
            self.warned = patience.warns() && since + patience.before_warning() <= now;
        }
    }
}

/// Whether the insurance holds, by an answer that may become the result.
fn answer_class(event: &Event) -> Option<Answered> {
    match event {
        Event::Answered(_, Ok(it)) | Event::Relayed(_, Ok(Relayed::Done(it))) => {
            Some(Answered::from(&it.validity))
        }
        _ => None,
    }
}
