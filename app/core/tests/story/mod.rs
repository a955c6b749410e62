//! A check told as a story. Left: what happens. Right: what is on the screen, and
//! what the kiosk sets going. The right-hand column is `Debug`: a type that began to
//! print a PIN or a name would change every story.

use std::{
    fmt::Write,
    time::{Duration, Instant},
};

use kiosk_core::{
    Attempt, CardProof, CardTrouble, Check, CheckId, Digit, Effect, Eligibility, Event,
    GatewayTrouble, LineStatus, OpenCheck, Presence, ReaderStatus, Screen, Settings,
    check::Station,
    proof::{Hierarchy, Method, TokenKind},
    samples,
};

pub(crate) struct Story {
    pub(crate) text: String,
    check: Check,
    now: Instant,
    check_id: CheckId,
    attempt: Option<Attempt>,
}

impl Story {
    /// A station over an empty reader, with the line up.
    pub(crate) fn begin(station: Station) -> Self {
        let check = Check::new(Settings { method: Method::Pin, station, look: Default::default() });
        let story = Self {
            text: String::new(),
            check,
            now: Instant::now(),
            check_id: CheckId(0),
            attempt: None,
        };
        story.line(LineStatus::Up { simulator: false }).reader(ReaderStatus::Empty)
    }

    pub(crate) fn then(mut self, told: &str, event: Event) -> Self {
        let effects = self.check.handle(self.now, event);
        let shown = self.check.shown();
        let hurry = if shown.hurry { " (hurry)" } else { "" };
        let _ = write!(self.text, "{told:<28} {}{hurry}", page(&shown.screen));
        for effect in &effects {
            match effect {
                Effect::OpenCheck(id, _) => self.check_id = *id,
                Effect::ReadCard(order) => self.attempt = Some(order.attempt),
                _ => {}
            }
            let _ = write!(self.text, "  → {}", effect_told(effect));
        }
        self.text.push('\n');
        self
    }

    pub(crate) fn next(self) -> Self {
        self.then("次へ", Event::Next)
    }

    pub(crate) fn confirm(self) -> Self {
        self.then("OK", Event::Confirm)
    }

    pub(crate) fn close(self) -> Self {
        self.then("閉じる", Event::Close)
    }

    /// Types four digits and presses 次へ.
    pub(crate) fn pin(mut self, digits: &str) -> Self {
        for digit in digits.bytes() {
            self.check.handle(self.now, Event::Digit(Digit::new(digit - b'0').expect("a digit")));
        }
        self.then("types a PIN, 次へ", Event::Next)
    }

    pub(crate) fn reader(self, status: ReaderStatus) -> Self {
        self.then(&format!("reader: {status:?}"), Event::Reader(status))
    }

    pub(crate) fn line(self, status: LineStatus) -> Self {
        self.then(&format!("line: {status:?}"), Event::Line(status))
    }

    pub(crate) fn put(self, card: u32) -> Self {
        self.reader(ReaderStatus::Card(Presence(card)))
    }

    pub(crate) fn take(self) -> Self {
        self.reader(ReaderStatus::Empty)
    }

    pub(crate) fn opened(self) -> Self {
        let id = self.check_id;
        self.then("gateway opens", Event::Opened(id, Ok(open())))
    }

    pub(crate) fn opened_not(self, trouble: GatewayTrouble) -> Self {
        let id = self.check_id;
        self.then("gateway refuses", Event::Opened(id, Err(trouble)))
    }

    pub(crate) fn card(self, answer: Result<(), CardTrouble>) -> Self {
        let attempt = self.attempt.expect("the card was asked");
        self.then("card answers", Event::CardRead(attempt, answer.map(|()| proof())))
    }

    pub(crate) fn gateway(self, answer: Result<Box<Eligibility>, GatewayTrouble>) -> Self {
        let id = self.check_id;
        self.then("gateway answers", Event::Answered(id, answer))
    }

    pub(crate) fn valid(self) -> Self {
        self.gateway(Ok(Box::new(samples::eligibility())))
    }

    pub(crate) fn wait(mut self, seconds: u64) -> Self {
        self.now += Duration::from_secs(seconds);
        self.then(&format!("{seconds} s pass"), Event::TimePassed)
    }

    /// From 認証選択 to a card that is being read.
    pub(crate) fn up_to_reading(self) -> Self {
        self.next().opened().confirm().pin("1234").put(1)
    }
}

fn page(screen: &Screen) -> String {
    match screen {
        Screen::Result { page, take_card } => {
            let (banners, records) = (&page.banners, page.records.len());
            format!("Result {{ {banners:?}, {records} records, take_card: {take_card} }}")
        }
        other => format!("{other:?}"),
    }
}

fn effect_told(effect: &Effect) -> String {
    match effect {
        Effect::ReadCard(order) => {
            let (attempt, consent) = (order.attempt.number, order.last_try);
            format!("ReadCard(attempt {attempt}, {:?}, last try: {consent:?})", order.pin)
        }
        other => format!("{other:?}"),
    }
}

pub(crate) fn open() -> OpenCheck {
    OpenCheck {
        digest: [7; 32],
        expires_in: Duration::from_secs(300),
        hierarchy: Hierarchy::Production,
    }
}

pub(crate) fn proof() -> Box<CardProof> {
    Box::new(CardProof {
        token: TokenKind::Card,
        certificate: [0x30, 0x82, 0].into_iter().collect(),
        signature: Default::default(),
        not_after: samples::date("20301231"),
    })
}
