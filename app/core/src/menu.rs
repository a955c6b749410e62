//! Behind ⚙ (メニュー) and before 認証選択: what an administrator sees and changes. Pure,
//! like the check.
//!
//! ```text
//!  ⚙ ─▶ Code(Open) ─ right ─▶ Top ─▶ Readers, Notices, Info, Display, Records, Terms, Licences
//!          │ forgotten         ├──▶ Network ─▶ Form(Network) ─▶ Question ─▶ Network
//!          │                   └──▶ Security ─▶ Code(Current) ─▶ Code(New) ─▶ Code(Again) ─▶ Done
//!          ▼                           ├──────▶ Form(Password) ─▶ Done
//!       Form(Forgotten) ─▶ Code(New)   └──────▶ Question ─▶ logged out, or removed
//!
//!  never registered   Terms ─▶ Form(Register) ─▶ Done ─▶ Code(New) … ─▶ Done, twice ─▶ Notices ─▶ 認証選択
//!  no passcode yet    Code(New) … ─▶ Done ─▶ Notices ─▶ 認証選択
//!  logged out         Form(LogIn) ─▶ Notices ─▶ 認証選択
//!  passcode at power-on   Code(Open) ─▶ Notices ─▶ 認証選択
//!  the power went during a removal   asked again ─▶ Done ─▶ never registered
//! ```
//!
//! Behind ⚙ it closes by 戻る, and by itself when nobody has touched anything for two
//! minutes. What is being typed is wiped when its step is left. One order at a time is out;
//! until it is answered nothing else counts.

mod next;
mod order;
mod page;
mod start;
mod turn;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

pub use order::{AdminAnswer, AdminOrder, Choice, CodeKind, OrderId, Passcode};
pub use page::{CodeAsk, CodeRefused, Done, MenuEntry, MenuList, MenuPage, Question};

pub(crate) use order::Chosen;

use crate::{
    Deed, DeviceInfo, LineStatus, Pin, Reader, Records, Text,
    account::{AccountOrder, AccountTrouble, Terms},
    form::Form,
    network::NetworkState,
    notice::Notice,
    pin::Typed,
    proof::Method,
};

/// Nobody has touched anything: the menu closes. The last 20 s are announced.
const IDLE: Duration = Duration::from_secs(120);
/// Before 認証選択 somebody may have to look for a letter with a code in it.
const IDLE_AT_START: Duration = Duration::from_secs(600);
const WARNING: Duration = Duration::from_secs(20);
/// Comparing takes well under a second; this catches a desk that died.
const COMPARING: Duration = Duration::from_secs(15);
/// A call takes 10 s at most, and a registration has two of them.
const ASKING: Duration = Duration::from_secs(30);

/// Why the menu is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// ⚙ was pressed.
    Gear,
    /// 初期登録: this device was never registered, or was removed.
    FirstStart,
    /// パスコードの登録: the device is registered, and has no passcode.
    Codes,
    /// システムログイン
    LogIn,
    /// パスコードでログイン
    PowerOn,
    /// The power went during デバイス登録解除.
    Removal,
}

#[derive(Debug)]
enum Step {
    Code {
        ask: CodeAsk,
        typed: Typed,
        /// The new code as it was typed first.
        first: Option<Pin>,
        refused: Option<CodeRefused>,
    },
    Top,
    Security {
        not_kept: bool,
    },
    Display {
        not_kept: bool,
    },
    Info,
    Licences,
    Readers {
        not_kept: bool,
    },
    /// `changed`: it was set just now.
    Network {
        network: Arc<NetworkState>,
        changed: bool,
    },
    Records(Option<Arc<Records>>),
    Terms {
        trouble: Option<AccountTrouble>,
    },
    Form(Box<Form>),
    Question(Question),
    /// The removal is under way; the trouble that it met.
    /// `wiped`: codes, choices and the journal are gone already.
    Removing {
        trouble: Option<AccountTrouble>,
        wiped: bool,
    },
    LoggingOut {
        trouble: Option<AccountTrouble>,
    },
    Done(Done),
    Notices,
    Notice(usize),
}

/// What is not answered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    For(OrderId),
    /// For the line process, which may take its time.
    ForLine(OrderId),
}

/// The menu while it is open.
#[derive(Debug)]
pub(crate) struct Menu {
    purpose: Purpose,
    step: Step,
    chosen: Chosen,
    /// A choice that is being kept.
    choosing: Option<Choice>,
    /// A choice that was kept, until the kiosk has taken it.
    changed: Option<Choice>,
    has_staff_code: bool,
    notices: Arc<[Notice]>,
    readers: Arc<[Reader]>,
    device: Option<Arc<DeviceInfo>>,
    line: LineStatus,
    /// What 初期登録 begins with.
    facility: Text,
    /// What is to be written down, until the kiosk has taken it.
    deed: Option<Deed>,
    terms: Option<Arc<Terms>>,
    /// Somebody who forgot the passcode has logged in.
    forgotten: bool,
    waits: Option<Waits>,
    next_order: OrderId,
    since: Instant,
    warned: bool,
}

/// What an event does to the menu.
#[derive(Debug)]
pub(crate) enum Outcome {
    Stays,
    Orders(OrderId, AdminOrder),
    Asks(OrderId, AccountOrder),
    /// A code is set.
    CodeSet(CodeKind),
    /// The device is wiped: it begins from the beginning.
    Wiped,
    Closes,
}

/// What the kiosk knows when the menu opens.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) chosen: Chosen,
    pub(crate) has_staff_code: bool,
    pub(crate) notices: Arc<[Notice]>,
    pub(crate) readers: Arc<[Reader]>,
    pub(crate) device: Option<Arc<DeviceInfo>>,
    pub(crate) line: LineStatus,
    pub(crate) facility: Text,
    /// Above those of all earlier visits.
    pub(crate) next_order: OrderId,
}

impl Menu {
    /// Opens, with what is to be done first.
    pub(crate) fn open(now: Instant, purpose: Purpose, known: Known) -> (Self, Outcome) {
        let mut menu = Self {
            purpose,
            step: Step::Top,
            chosen: known.chosen,
            facility: known.facility,
            choosing: None,
            changed: None,
            has_staff_code: known.has_staff_code,
            notices: known.notices,
            readers: known.readers,
            device: known.device,
            line: known.line,
            deed: None,
            terms: None,
            forgotten: false,
            waits: None,
            next_order: known.next_order,
            since: now,
            warned: false,
        };
        let outcome = menu.begin();
        (menu, outcome)
    }

    /// The number for the orders of the next visit.
    pub(crate) fn next_order(&self) -> OrderId {
        self.next_order
    }

    /// What was kept since the last call.
    pub(crate) fn take_changed(&mut self) -> Option<Choice> {
        self.changed.take()
    }

    /// What was done since the last call.
    pub(crate) fn take_deed(&mut self) -> Option<Deed> {
        self.deed.take()
    }

    /// When [`crate::Event::TimePassed`] is due.
    pub(crate) fn deadline(&self) -> Instant {
        let warning = if self.warned || self.waits.is_some() { Duration::ZERO } else { WARNING };
        self.since + self.patience() - warning
    }

    pub(crate) fn hurries(&self) -> bool {
        self.warned && self.has_something_to_lose()
    }

    pub(crate) fn page(&self) -> MenuPage {
        if matches!(self.waits, Some(Waits::ForLine(_))) {
            return MenuPage::Wait;
        }
        let back = self.has_back();
        let trouble = |trouble: AccountTrouble| MenuPage::Trouble { trouble, back };
        match &self.step {
            Step::Code { ask, typed, refused, .. } => MenuPage::Code {
                ask: *ask,
                typed: typed.count(),
                refused: *refused,
                first: self.sets_first_codes(),
                back,
                forgot: *ask == CodeAsk::Open,
            },
            Step::Top => MenuPage::List(MenuList::Top { unread: self.has_unread() }),
            Step::Security { not_kept } => MenuPage::List(MenuList::Security {
                visual: self.chosen.method == Method::Visual,
                at_start: self.chosen.at_start,
                not_kept: *not_kept,
            }),
            Step::Display { not_kept } => {
                MenuPage::List(MenuList::Display { look: self.chosen.look, not_kept: *not_kept })
            }
            Step::Info => MenuPage::Info {
                station: self.chosen.station,
                reader: self.readers.iter().find(|it| it.in_use).map(|it| it.name.clone()),
                device: self.device.clone(),
            },
            Step::Licences => MenuPage::Licences,
            Step::Readers { not_kept } => MenuPage::Readers {
                readers: Arc::clone(&self.readers),
                chosen: self.chosen.reader.clone(),
                not_kept: *not_kept,
            },
            Step::Network { network, changed } => MenuPage::Network {
                network: Arc::clone(network),
                line: self.line,
                changed: *changed,
            },
            Step::Records(records) => MenuPage::Records(records.clone()),
            Step::Terms { trouble: refused } => match (&self.terms, refused) {
                (_, Some(refused)) => trouble(*refused),
                (Some(terms), None) => MenuPage::Terms {
                    terms: Arc::clone(terms),
                    agree: self.purpose == Purpose::FirstStart,
                },
                (None, None) => MenuPage::Wait,
            },
            Step::Form(form) if form.plan.is_some() => MenuPage::Question(Question::Network),
            Step::Form(form) => match form.type_page() {
                Some(page) => MenuPage::Type(page),
                None => MenuPage::Form { form: form.page(), back },
            },
            Step::Question(question) => MenuPage::Question(*question),
            Step::Removing { trouble: refused, .. } | Step::LoggingOut { trouble: refused } => {
                refused.map_or(MenuPage::Wait, trouble)
            }
            Step::Done(done) => MenuPage::Done(*done),
            Step::Notices => MenuPage::Notices(Arc::clone(&self.notices)),
            Step::Notice(at) => MenuPage::Notice(Arc::clone(&self.notices), *at),
        }
    }

    /// There are notices that were never shown.
    pub(crate) fn has_unread(&self) -> bool {
        has_unread(&self.notices, &self.chosen.notices_read)
    }

    fn sets_first_codes(&self) -> bool {
        matches!(self.purpose, Purpose::FirstStart | Purpose::Codes)
    }

    fn patience(&self) -> Duration {
        match (self.waits, self.purpose) {
            (Some(Waits::For(_)), _) => COMPARING,
            (Some(Waits::ForLine(_)), _) => ASKING,
            (None, Purpose::Gear) => IDLE,
            (None, _) => IDLE_AT_START,
        }
    }

    /// Before 認証選択 nothing closes, and a page that stands there anyway says nothing of
    /// it.
    fn has_something_to_lose(&self) -> bool {
        self.purpose == Purpose::Gear || matches!(self.step, Step::Form(_) | Step::Code { .. })
    }

    fn order(&mut self, order: AdminOrder) -> Outcome {
        let id = self.new_order();
        self.waits = Some(Waits::For(id));
        Outcome::Orders(id, order)
    }

    fn ask(&mut self, order: AccountOrder) -> Outcome {
        let id = self.new_order();
        self.waits = Some(Waits::ForLine(id));
        Outcome::Asks(id, order)
    }

    fn keep(&mut self, choice: Choice) -> Outcome {
        self.choosing = Some(choice.clone());
        self.order(AdminOrder::Keep(choice))
    }

    fn new_order(&mut self) -> OrderId {
        let id = self.next_order;
        self.next_order = OrderId(id.0.wrapping_add(1));
        id
    }
}

/// Whether one of `notices` is not among those `read`.
pub(crate) fn has_unread(notices: &[Notice], read: &[String]) -> bool {
    notices.iter().any(|notice| !read.contains(&notice.id))
}

fn code(ask: CodeAsk, first: Option<Pin>, refused: Option<CodeRefused>) -> Step {
    Step::Code { ask, typed: Typed::default(), first, refused }
}
