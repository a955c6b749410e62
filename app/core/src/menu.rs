//! Behind ⚙ (メニュー): what an administrator sees and changes, locked by the admin
//! passcode (ログインパスコード, D6). Pure, like the check.
//!
//! ```text
//!  ⚙ ──▶ Code(Open) ── right ──▶ List(Top) ──▶ Info
//!              │ wrong, locked        │  ▲
//!              └──◀──┘                ▼  │ 戻る
//!                                List(Security) ──▶ Code(Current) ─▶ Code(New) ─▶ Code(Again) ─▶ Done
//!                                     │   ▲
//!                                     └───┘ 目視確認で本人認証: on, off
//! ```
//!
//! It closes by 戻る, and by itself when nobody has touched anything for two minutes. A code
//! being typed is wiped when its step is left.

mod turn;

use std::time::{Duration, Instant};

use crate::{Pin, StaffCode, pin::Typed, proof::Method};

/// Nobody has touched anything: the menu closes. The last 20 s are announced.
const IDLE: Duration = Duration::from_secs(120);
const WARNING: Duration = Duration::from_secs(20);
/// Comparing takes well under a second; this catches a desk that died.
const COMPARING: Duration = Duration::from_secs(15);

/// The admin passcode (ログインパスコード): four digits that open the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passcode(Pin);

impl Passcode {
    pub fn new(digits: Pin) -> Self {
        Self(digits)
    }

    /// The four ASCII digits: for the comparison, nothing else.
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}

/// What is to be compared or kept. Every order is answered by [`AdminAnswer`].
#[derive(Debug)]
pub enum AdminOrder {
    TryPasscode(Passcode),
    SetPasscode(Passcode),
    SetStaffCode(StaffCode),
    /// 目視確認で本人認証: on is [`Method::Visual`].
    SetMethod(Method),
}

/// Tells the answers to orders of an earlier visit apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderId(pub u32);

/// What came of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminAnswer {
    Right,
    Wrong {
        tries_left: u8,
    },
    /// Too many wrong tries. `minutes` of powered-on time until the next one counts.
    Locked {
        minutes: u16,
    },
    /// The stored passcode is missing or damaged: nothing opens.
    Unusable,
    Kept,
    /// The disk refused: what was set before still holds.
    NotKept,
}

/// A code that the menu asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeAsk {
    /// ⚙: the admin passcode.
    Open,
    /// ログインパスコード設定: 現在のパスコード.
    Current,
    /// The new code, and once more.
    New(CodeKind),
    Again(CodeKind),
}

/// A code that can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeKind {
    /// ログインパスコード
    Passcode,
    /// 職員コード
    StaffCode,
}

/// Why the last code leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeRefused {
    Wrong {
        tries_left: u8,
    },
    Locked {
        minutes: u16,
    },
    Unusable,
    /// The second time it was another code.
    Differs,
    NotKept,
}

/// A list of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MenuList {
    /// メニュー
    Top,
    /// セキュリティ設定. `not_kept`: the last change could not be kept.
    Security { visual: bool, not_kept: bool },
}

/// What is pressed in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MenuEntry {
    /// 端末情報
    Info,
    /// セキュリティ設定
    Security,
    /// ログインパスコード設定
    Passcode,
    /// 職員コードの設定
    StaffCode,
    /// 目視確認で本人認証
    Visual,
}

/// A page of the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MenuPage {
    Code {
        ask: CodeAsk,
        typed: u8,
        refused: Option<CodeRefused>,
    },
    List(MenuList),
    Info,
    /// 変更完了
    Done(CodeKind),
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
    Info,
    Done(CodeKind),
}

/// The menu while it is open.
#[derive(Debug)]
pub(crate) struct Menu {
    step: Step,
    method: Method,
    /// Of the order that is not answered yet.
    waits_for: Option<OrderId>,
    next_order: OrderId,
    since: Instant,
    warned: bool,
}

/// What an event does to the menu.
#[derive(Debug)]
pub(crate) enum Outcome {
    Stays,
    Orders(OrderId, AdminOrder),
    /// The station has another method from now on.
    Changed(Method),
    /// A staff code is set.
    StaffCodeSet,
    Closes,
}

impl Menu {
    /// ⚙ was pressed. `first_order` is above those of all earlier visits.
    pub(crate) fn open(now: Instant, method: Method, first_order: OrderId) -> Self {
        Self {
            step: code(CodeAsk::Open, None, None),
            method,
            waits_for: None,
            next_order: first_order,
            since: now,
            warned: false,
        }
    }

    /// The number for the orders of the next visit.
    pub(crate) fn next_order(&self) -> OrderId {
        self.next_order
    }

    /// The passcode was right in this visit.
    pub(crate) fn is_unlocked(&self) -> bool {
        !matches!(self.step, Step::Code { ask: CodeAsk::Open, .. })
    }

    /// When [`crate::Event::TimePassed`] is due.
    pub(crate) fn deadline(&self) -> Instant {
        let warning =
            if self.warned || self.waits_for.is_some() { Duration::ZERO } else { WARNING };
        self.since + self.patience() - warning
    }

    pub(crate) fn hurries(&self) -> bool {
        self.warned
    }

    pub(crate) fn page(&self) -> MenuPage {
        match &self.step {
            Step::Code { ask, typed, refused, .. } => {
                MenuPage::Code { ask: *ask, typed: typed.count(), refused: *refused }
            }
            Step::Top => MenuPage::List(MenuList::Top),
            Step::Security { not_kept } => {
                let visual = self.method == Method::Visual;
                MenuPage::List(MenuList::Security { visual, not_kept: *not_kept })
            }
            Step::Info => MenuPage::Info,
            Step::Done(kind) => MenuPage::Done(*kind),
        }
    }

    fn patience(&self) -> Duration {
        if self.waits_for.is_some() { COMPARING } else { IDLE }
    }

    fn order(&mut self, order: AdminOrder) -> Outcome {
        let id = self.next_order;
        self.next_order = OrderId(id.0.wrapping_add(1));
        self.waits_for = Some(id);
        Outcome::Orders(id, order)
    }
}

fn code(ask: CodeAsk, first: Option<Pin>, refused: Option<CodeRefused>) -> Step {
    Step::Code { ask, typed: Typed::default(), first, refused }
}
