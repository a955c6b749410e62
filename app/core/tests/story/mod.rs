//! A check told as a story. Left: what happens. Right: what is on the screen, and
//! what the kiosk sets going. The right-hand column is `Debug`: a type that began to
//! print a PIN or a name would change every story.
#![expect(dead_code, reason = "each file of stories tells with its own words")]

use std::{
    fmt::Write,
    time::{Duration, Instant},
};

use kiosk_core::{
    AccountAnswer, AdminAnswer, Attempt, CardProof, CardTrouble, CheckId, Digit, Effect,
    Eligibility, Event, GatewayTrouble, Handover, Kiosk, Letter, LineStatus, Notice, OpenCheck,
    Presence, ReaderStatus, RelayAnswers, RelayCommands, Relayed, Screen, Settings, Setup,
    StaffAnswer, Trouble,
    check::Station,
    form::Field,
    menu::{MenuEntry, OrderId},
    proof::{CheckReference, Hierarchy, Holder, Method, TokenKind},
    relay::Pieces,
    samples,
};

pub(crate) struct Story {
    pub(crate) text: String,
    kiosk: Kiosk,
    now: Instant,
    check_id: CheckId,
    order_id: OrderId,
    attempt: Option<Attempt>,
}

impl Story {
    /// A station of 暗証番号 over an empty reader, with the line up.
    pub(crate) fn begin(station: Station) -> Self {
        Self::with(settings(Method::Pin, station))
    }

    /// The same, of 目視.
    pub(crate) fn begin_visual(station: Station) -> Self {
        Self::with(settings(Method::Visual, station))
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let story = Self::switched_on(settings, Setup { has_passcode: true, ..Setup::default() });
        story.line(LineStatus::Up { simulator: false }).reader(ReaderStatus::Empty)
    }

    /// Nothing has reported yet.
    pub(crate) fn switched_on(settings: Settings, setup: Setup) -> Self {
        let now = Instant::now();
        Self {
            text: String::new(),
            kiosk: Kiosk::new(now, settings, setup),
            now,
            check_id: CheckId(0),
            order_id: OrderId(0),
            attempt: None,
        }
    }

    pub(crate) fn then(mut self, told: &str, event: Event) -> Self {
        let effects = self.kiosk.handle(self.now, event);
        let shown = self.kiosk.shown();
        let marks =
            [(shown.hurry, " (hurry)"), (shown.called, " (called)"), (shown.dim, " (dark)")];
        let marks: String = marks.iter().filter(|it| it.0).map(|it| it.1).collect();
        let _ = write!(self.text, "{told:<28} {}{marks}", page(&shown.screen));
        if let Some(handover) = shown.handover {
            let _ = write!(self.text, " (handover: {handover:?})");
        }
        for effect in &effects {
            match effect {
                Effect::OpenCheck(id, _) => self.check_id = *id,
                Effect::ReadCard(order) => self.attempt = Some(order.attempt),
                Effect::RelayToCard(order) => self.attempt = Some(order.attempt),
                Effect::TryStaffCode(id, _) => self.check_id = *id,
                Effect::Admin(id, _) | Effect::Account(id, _) => self.order_id = *id,
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
            self.kiosk.handle(self.now, Event::Digit(Digit::new(digit - b'0').expect("a digit")));
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

    /// What the line says about the result of the last check.
    pub(crate) fn handover(self, handover: Handover) -> Self {
        let id = self.check_id;
        self.then("line tells", Event::Handover(id, handover))
    }

    pub(crate) fn wait(mut self, seconds: u64) -> Self {
        self.now += Duration::from_secs(seconds);
        self.then(&format!("{seconds} s pass"), Event::TimePassed)
    }

    /// Types four digits, presses 次へ, and this comes of it.
    pub(crate) fn staff_code(self, answer: StaffAnswer) -> Self {
        let story = self.pin("9876");
        let id = story.check_id;
        story.then("code compared", Event::Staff(id, answer))
    }

    /// ⚙, and the right passcode.
    pub(crate) fn open_menu(self) -> Self {
        self.gear().pin("2468").desk(AdminAnswer::Right)
    }

    pub(crate) fn gear(self) -> Self {
        self.then("⚙", Event::Menu)
    }

    pub(crate) fn entry(self, entry: MenuEntry) -> Self {
        self.then(&format!("{entry:?}"), Event::Entry(entry))
    }

    /// What comes of the last order of the menu.
    pub(crate) fn desk(self, answer: AdminAnswer) -> Self {
        let id = self.order_id;
        self.then("the desk answers", Event::Admin(id, answer))
    }

    /// What comes of the last order for the line.
    pub(crate) fn account(self, answer: AccountAnswer) -> Self {
        let id = self.order_id;
        self.then("the gateway answers", Event::Account(id, answer))
    }

    /// Opens a field, types, and goes back to the form.
    pub(crate) fn fill(mut self, field: Field, text: &str) -> Self {
        self.kiosk.handle(self.now, Event::Field(field));
        self.kiosk.handle(self.now, Event::EraseAll);
        for letter in text.chars() {
            let letter = Letter::new(letter).expect("visible ASCII");
            self.kiosk.handle(self.now, Event::Letter(letter));
        }
        self.then(&format!("types into {field:?}"), Event::Next)
    }

    /// The gateway asks for one round of commands.
    pub(crate) fn asks(self, round: u8) -> Self {
        let commands = Pieces(vec![vec![0x00, 0xA4, 0x04, 0x0C]]);
        self.relayed(Ok(Relayed::Commands(RelayCommands { round, commands })))
    }

    /// The gateway ends the relay.
    pub(crate) fn done(self) -> Self {
        self.relayed(Ok(Relayed::Done(Box::new(samples::eligibility()))))
    }

    pub(crate) fn relayed(self, answer: Result<Relayed, GatewayTrouble>) -> Self {
        let id = self.check_id;
        self.then("gateway's round", Event::Relayed(id, answer))
    }

    /// The card answers a round; the certificate is read in the second.
    pub(crate) fn answers(self, round: u8) -> Self {
        let answers = Pieces(vec![vec![0x90, 0x00]]);
        let not_after = (round == 2).then(|| samples::date("20301231"));
        self.card_answered(Ok(Box::new(RelayAnswers { round, answers, not_after })))
    }

    pub(crate) fn card_answered(self, answer: Result<Box<RelayAnswers>, Trouble>) -> Self {
        let attempt = self.attempt.expect("the card was asked");
        self.then("card's round", Event::CardAnswered(attempt, answer))
    }

    /// From 認証選択 to a card that is being read.
    pub(crate) fn up_to_reading(self) -> Self {
        self.next().opened().confirm().pin("1234").put(1)
    }
}

/// A station with a staff code, where phones may be chosen.
pub(crate) fn settings(method: Method, station: Station) -> Settings {
    Settings { method, station, phones: true, staff_code: true, look: Default::default() }
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
            let pin = match &order.holder {
                Holder::CardPin(pin) => format!("{pin:?}"),
                holder => format!("{holder:?}"),
            };
            format!("ReadCard(attempt {attempt}, {pin}, last try: {consent:?})")
        }
        Effect::RelayToCard(order) => {
            let commands = &order.commands;
            format!("RelayToCard(round {}, {:?})", commands.round, commands.commands)
        }
        Effect::RelayToGateway(_, answers, consents) => {
            let agreed: Vec<_> = consents.iter().collect();
            format!("RelayToGateway(round {}, {:?}, {agreed:?})", answers.round, answers.answers)
        }
        Effect::CheckEligibility(id, proof, consents) => {
            let agreed: Vec<_> = consents.iter().collect();
            format!("CheckEligibility({id:?}, {proof:?}, {agreed:?})")
        }
        Effect::Note(note) => {
            let by = if note.staff { ", staff" } else { "" };
            format!("Note({:?}{by}, {})", note.way, note.outcome.word())
        }
        other => format!("{other:?}"),
    }
}

pub(crate) fn open() -> OpenCheck {
    OpenCheck {
        digest: [7; 32],
        expires_in: Duration::from_secs(300),
        hierarchy: Hierarchy::Production,
        reference: CheckReference(1),
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

pub(crate) fn notice(id: &str) -> Notice {
    Notice {
        id: id.to_owned(),
        title: "停止".to_owned(),
        body: "…".to_owned(),
        url: None,
        date: samples::date("20261120"),
    }
}
