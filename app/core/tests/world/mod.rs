//! A small world around the machine: who lies on the reader, what the workers were
//! asked, and the promises that hold at every step.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use kiosk_core::{
    Attempt, CardProof, CardTrouble, Check, CheckId, Digit, Effect, Eligibility, Event,
    GatewayTrouble, LineStatus, OpenCheck, Presence, Private, ReaderStatus, Screen, Settings,
    check::Station,
    look::Language,
    proof::{Hierarchy, Method, TokenKind},
    samples,
};

pub(crate) struct World {
    check: Check,
    now: Instant,
    presences: u32,
    reader: ReaderStatus,
    opens: Vec<CheckId>,
    orders: Vec<(Attempt, Presence)>,
    answered: HashSet<(u32, u8)>,
    proofs: Vec<(CheckId, Presence)>,
    /// The check that the machine asked for last, and the newest card before it.
    current: Option<(CheckId, u32)>,
    /// A PIN that may have been sent to a card and not typed anew since.
    pin_spent: bool,
    /// The card that asked about its last try, and whether its holder agreed.
    last_try: Option<Presence>,
    consent: Option<Presence>,
    pub(crate) results: u32,
}

impl World {
    pub(crate) fn new() -> Self {
        let station = Station::Unattended;
        let settings = Settings { method: Method::Pin, station, look: Default::default() };
        Self {
            check: Check::new(settings),
            now: Instant::now(),
            presences: 0,
            reader: ReaderStatus::Starting,
            opens: Vec::new(),
            orders: Vec::new(),
            answered: HashSet::new(),
            proofs: Vec::new(),
            current: None,
            pin_spent: false,
            last_try: None,
            consent: None,
            results: 0,
        }
    }

    pub(crate) fn screen(&self) -> Screen {
        self.check.shown().screen
    }

    /// Whether the present reading has been ordered (and does not wait for the gateway).
    pub(crate) fn is_read(&self) -> bool {
        let current = self.current.map(|(id, _)| id);
        self.orders.last().is_some_and(|(attempt, _)| Some(attempt.check) == current)
    }

    pub(crate) fn put(&mut self) {
        self.presences += 1;
        self.reader(ReaderStatus::Card(Presence(self.presences)));
    }

    pub(crate) fn mute(&mut self) {
        self.presences += 1;
        self.reader(ReaderStatus::Mute(Presence(self.presences)));
    }

    pub(crate) fn take(&mut self) {
        self.reader(ReaderStatus::Empty);
    }

    fn reader(&mut self, status: ReaderStatus) {
        self.reader = status;
        self.event(Event::Reader(status));
    }

    pub(crate) fn up(&mut self) {
        self.event(Event::Line(LineStatus::Up { simulator: true }));
        self.take();
    }

    pub(crate) fn line(&mut self, trouble: GatewayTrouble) {
        self.event(Event::Line(LineStatus::Down(trouble)));
    }

    pub(crate) fn touch(&mut self, which: u8) {
        let event = match which % 9 {
            0 => Event::Next,
            1 => Event::Confirm,
            2 => Event::Back,
            3 => Event::ReadNow,
            4 => {
                self.consent = self.last_try;
                Event::SpendLastTry
            }
            5 => Event::Again,
            6 => Event::Close,
            7 => Event::StillHere,
            _ => Event::Language(Language::En),
        };
        self.event(event);
    }

    pub(crate) fn type_pin(&mut self) {
        self.event(Event::EraseAll);
        for digit in [1, 2, 3, 4] {
            self.event(Event::Digit(Digit::new(digit).expect("a digit")));
        }
        if matches!(self.screen(), Screen::Pin { .. }) {
            self.pin_spent = false;
        }
        self.event(Event::Next);
    }

    pub(crate) fn open(&mut self, which: usize, ok: bool) {
        let Some(id) = pick(&self.opens, which) else { return };
        let open = OpenCheck {
            digest: [7; 32],
            expires_in: Duration::from_secs(100),
            hierarchy: Hierarchy::Test,
        };
        self.event(Event::Opened(id, ok.then_some(open).ok_or(GatewayTrouble::Unreachable)));
    }

    pub(crate) fn read(&mut self, which: usize, trouble: Option<CardTrouble>) {
        let Some((attempt, card)) = pick(&self.orders, which) else { return };
        let trouble = match trouble {
            // The card process names the card it was asked about.
            Some(CardTrouble::LastTry { .. }) => Some(CardTrouble::LastTry { card }),
            trouble => trouble,
        };
        // The card process answers each order once, perhaps long after it mattered.
        if !self.answered.insert((attempt.check.0, attempt.number)) {
            return;
        }
        let verified = !matches!(trouble, Some(CardTrouble::NoCard | CardTrouble::LastTry { .. }));
        let current = self.current.is_some_and(|(id, _)| id == attempt.check);
        self.pin_spent |= verified && current;
        if let Some(CardTrouble::LastTry { card }) = trouble {
            self.last_try = Some(card);
        }
        let answer = trouble.map_or_else(|| Ok(proof(card)), Err);
        self.event(Event::CardRead(attempt, answer));
    }

    pub(crate) fn answer(&mut self, which: usize, ok: bool) {
        let Some((id, card)) = pick(&self.proofs, which) else { return };
        let answer = ok.then(|| eligibility(id, card)).ok_or(GatewayTrouble::Unavailable);
        self.event(Event::Answered(id, answer));
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.event(Event::TimePassed);
    }

    pub(crate) fn event(&mut self, event: Event) {
        if matches!((&event, self.screen()), (Event::SpendLastTry, Screen::LastTry)) {
            self.consent = self.last_try;
        }
        let before = self.screen();
        let effects = self.check.handle(self.now, event);
        for effect in effects {
            self.effect(effect);
        }
        self.a_result_belongs_to_this_check(&before);
        self.every_page_has_an_end();
    }

    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::OpenCheck(id, _) => {
                if self.current.is_none_or(|(current, _)| current != id) {
                    assert_eq!(
                        self.reader,
                        ReaderStatus::Empty,
                        "a check begins over an empty reader"
                    );
                    self.current = Some((id, self.presences));
                }
                self.opens.push(id);
            }
            Effect::ReadCard(order) => {
                let (id, before) = self.current.expect("a check is open");
                assert_eq!(order.attempt.check, id);
                assert_eq!(self.reader, ReaderStatus::Card(order.card), "the card that lies there");
                assert!(order.card.0 > before, "a card left behind was read");
                assert!(!self.pin_spent, "one typed PIN was sent twice");
                if order.last_try.is_some() {
                    assert_eq!(order.last_try, self.consent.take(), "the last try without a word");
                }
                self.orders.push((order.attempt, order.card));
            }
            Effect::CheckEligibility(id, proof) => {
                let card = u32::from_be_bytes(proof.certificate[..4].try_into().expect("a tag"));
                self.proofs.push((id, Presence(card)));
            }
            Effect::RestartCard | Effect::Forget(_) => {}
        }
    }

    fn a_result_belongs_to_this_check(&mut self, before: &Screen) {
        let Screen::Result { page, .. } = self.screen() else { return };
        if matches!(before, Screen::Result { .. }) {
            return;
        }
        let (id, newest_before) = self.current.expect("a result has a check");
        let (told, card) = tag(page.records[0].name.expose());
        assert_eq!(told, id, "the result of another check");
        assert!(card.0 > newest_before, "the result of a card from before");
        let last_read = self.orders.last().expect("a card was read").1;
        assert_eq!(card, last_read, "the result of another card");
        if let ReaderStatus::Card(lies_there) = self.reader {
            assert_eq!(lies_there, card, "another card lies there");
        }
        self.results += 1;
    }

    fn every_page_has_an_end(&self) {
        let waits = matches!(self.screen(), Screen::Ready { .. } | Screen::TakeCard);
        assert!(waits || self.check.deadline().is_some(), "{:?} never ends", self.screen());
    }

    /// Nobody touches anything any more: 認証選択 comes back, by itself.
    pub(crate) fn everyone_leaves(&mut self) {
        for _ in 0..10 {
            self.now = self.check.deadline().unwrap_or(self.now);
            self.event(Event::TimePassed);
        }
        self.take();
        assert!(matches!(self.screen(), Screen::Ready { .. }), "{:?}", self.screen());
    }
}

fn pick<T: Copy>(asked: &[T], which: usize) -> Option<T> {
    // The newest one for usize::MAX; any other number picks any.
    let last = asked.len().checked_sub(1)?;
    asked.get(if which == usize::MAX { last } else { which % asked.len() }).copied()
}

fn proof(card: Presence) -> Box<CardProof> {
    Box::new(CardProof {
        token: TokenKind::Card,
        certificate: card.0.to_be_bytes().into_iter().collect(),
        signature: Default::default(),
        not_after: samples::date("20301231"),
    })
}

fn eligibility(check: CheckId, card: Presence) -> Box<Eligibility> {
    let mut eligibility = Box::new(samples::eligibility());
    eligibility.records[0].name =
        Private::new(&format!("{} {}", check.0, card.0)).expect("it fits");
    eligibility
}

fn tag(name: &str) -> (CheckId, Presence) {
    let (check, card) = name.split_once(' ').expect("a tag");
    (CheckId(check.parse().expect("a number")), Presence(card.parse().expect("a number")))
}
