//! A small world around the machine: who lies on the reader, what the workers were
//! asked, and the promises that hold at every step.

mod kept;

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use kiosk_core::{
    Attempt, CardProof, CardTrouble, Check, CheckId, Consents, Digit, Eligibility, Event,
    GatewayTrouble, Handover, LineStatus, OpenCheck, Presence, Private, ReaderStatus, RelayAnswers,
    RelayCommands, Relayed, Screen, Settings, StaffAnswer,
    check::{Phone, Said, Station},
    look::Language,
    proof::{CheckReference, Hierarchy, Method, TokenKind},
    samples,
};

pub(crate) struct World {
    check: Check,
    now: Instant,
    presences: u32,
    reader: ReaderStatus,
    opens: Vec<CheckId>,
    orders: Vec<(Attempt, Presence)>,
    /// Staff codes to be compared.
    codes: Vec<CheckId>,
    /// Rounds that wait for the gateway, and rounds that wait for the card.
    questions: Vec<(CheckId, Presence, u8)>,
    rounds: Vec<(Attempt, Presence, u8)>,
    answered: HashSet<(u32, u8)>,
    proofs: Vec<(CheckId, Presence)>,
    /// The newest card when somebody last began.
    newest_before: u32,
    /// The check that the machine asked for last, and the newest card before it.
    current: Option<(CheckId, u32)>,
    /// The card that was spoken to last.
    spoken_to: Option<Presence>,
    /// The gateway may be asked by sight only after the code, once each.
    code_was_right: bool,
    /// A PIN that may have been sent to a card and not typed anew since.
    pin_spent: bool,
    /// The card that asked about its last try, and whether its holder agreed.
    last_try: Option<Presence>,
    consent: Option<Presence>,
    /// Results that are not handed over any more.
    pub(crate) stopped: HashSet<u32>,
    pub(crate) results: u32,
}

impl World {
    pub(crate) fn new(method: Method) -> Self {
        let settings = Settings {
            method,
            station: Station::Unattended,
            phones: true,
            staff_code: true,
            look: Default::default(),
        };
        Self {
            check: Check::new(settings),
            now: Instant::now(),
            presences: 0,
            reader: ReaderStatus::Starting,
            opens: Vec::new(),
            orders: Vec::new(),
            codes: Vec::new(),
            questions: Vec::new(),
            rounds: Vec::new(),
            answered: HashSet::new(),
            proofs: Vec::new(),
            newest_before: 0,
            current: None,
            spoken_to: None,
            code_was_right: false,
            pin_spent: false,
            last_try: None,
            consent: None,
            stopped: HashSet::new(),
            results: 0,
        }
    }

    pub(crate) fn screen(&self) -> Screen {
        self.check.shown().screen
    }

    /// What the reading page waits for.
    pub(crate) fn awaited(&self) -> Awaited {
        let current = self.current.map(|(id, _)| id);
        let of_this = |id: CheckId| Some(id) == current;
        if self.rounds.last().is_some_and(|(attempt, ..)| of_this(attempt.check)) {
            Awaited::CardRound
        } else if let Some((_, _, round)) = self.questions.last().filter(|it| of_this(it.0)) {
            Awaited::GatewayRound(*round)
        } else if self.orders.last().is_some_and(|(attempt, _)| of_this(attempt.check)) {
            Awaited::Card
        } else {
            Awaited::Gateway
        }
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

    pub(crate) fn offer(&mut self, consents: Consents) {
        self.event(Event::Offers(consents));
    }

    /// The staff code that was typed is compared.
    pub(crate) fn compare(&mut self, right: bool) {
        let Some(id) = self.codes.pop() else { return };
        let answer = match right {
            true => StaffAnswer::Right,
            false => StaffAnswer::Wrong { wait: Duration::from_secs(5) },
        };
        // Right for the page that waits for it; an earlier page's code counts for nothing.
        self.code_was_right |= right && matches!(self.screen(), Screen::Staff { .. });
        self.event(Event::Staff(id, answer));
        self.code_was_right &= !matches!(self.screen(), Screen::Staff { .. });
    }

    /// The gateway's next round, its end, or a refusal; any question asked so far, once.
    pub(crate) fn relay(&mut self, which: usize, what: Round) {
        let Some(at) = index(&self.questions, which) else { return };
        let (id, card, round) = self.questions.remove(at);
        let answer = match what {
            Round::Next => {
                let commands = Default::default();
                Ok(Relayed::Commands(RelayCommands { round: round + 1, commands }))
            }
            Round::Done => Ok(Relayed::Done(eligibility(id, card))),
            Round::Trouble => Err(GatewayTrouble::RelayRefused),
        };
        if matches!(what, Round::Done) {
            self.event(Event::Handover(id, Handover::Sending));
        }
        self.event(Event::Relayed(id, answer));
    }

    /// The card answers a round; any asked so far, once.
    pub(crate) fn card_round(&mut self, which: usize, trouble: Option<CardTrouble>) {
        let Some(at) = index(&self.rounds, which) else { return };
        let (attempt, _, round) = self.rounds.remove(at);
        let answers = RelayAnswers {
            round,
            not_after: (round >= 2).then(|| samples::date("20301231")),
            ..RelayAnswers::default()
        };
        let answer = trouble.map_or(Ok(Box::new(answers)), |trouble| Err(trouble.into()));
        self.event(Event::CardAnswered(attempt, answer));
    }

    pub(crate) fn touch(&mut self, which: u8) {
        let event = match which % 15 {
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
            8 => Event::Switch,
            9 => Event::Phones,
            10 => Event::Choose(Phone::Android),
            11 => Event::Choose(Phone::Iphone),
            12 => Event::Consent(Said::All),
            13 => Event::Consent(Said::No),
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
            reference: CheckReference(1),
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
        if ok {
            self.event(Event::Handover(id, Handover::Sending));
        }
        self.event(Event::Answered(id, answer));
    }

    /// The reception PC has the result of a check, any so far.
    pub(crate) fn hand_over(&mut self, which: usize) {
        let Some((id, _)) = pick(&self.proofs, which) else { return };
        self.event(Event::Handover(id, Handover::Sent));
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
        let was_handed_over = self.check.shown().handover.is_some();
        let effects = self.check.handle(self.now, event);
        self.a_check_begins_over_an_empty_reader(&before);
        for effect in effects {
            self.effect(effect);
        }
        self.a_result_belongs_to_this_check(&before);
        self.a_handover_ends_with_its_page(was_handed_over);
        self.every_page_has_an_end();
    }

    /// Nobody touches anything any more: 認証選択 comes back, by itself.
    pub(crate) fn everyone_leaves(&mut self) {
        for _ in 0..10 {
            self.now = self.check.deadline().unwrap_or(self.now);
            self.event(Event::TimePassed);
        }
        self.take();
        let ready = matches!(self.screen(), Screen::Ready { .. } | Screen::Outage { .. });
        assert!(ready, "{:?}", self.screen());
    }
}

/// What the reading page waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaited {
    /// That the check is opened.
    Gateway,
    Card,
    CardRound,
    /// An answer to this round.
    GatewayRound(u8),
}

/// What the gateway may say in a relay.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Round {
    Next,
    Done,
    Trouble,
}

fn pick<T: Copy>(asked: &[T], which: usize) -> Option<T> {
    asked.get(index(asked, which)?).copied()
}

/// The newest one for `usize::MAX`; any other number picks any.
fn index<T>(asked: &[T], which: usize) -> Option<usize> {
    let last = asked.len().checked_sub(1)?;
    Some(if which == usize::MAX { last } else { which % asked.len() })
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
