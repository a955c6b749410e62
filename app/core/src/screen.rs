//! Everything that can be shown, as a value. `app/kiosk/src/show.rs` makes a page
//! of it; the spoken form comes from the same value.

use std::sync::Arc;

use crate::{
    Consent, Consents, GatewayTrouble, Handover, Look, Trouble,
    menu::MenuPage,
    proof::{Method, TokenKind},
    reader::Put,
    result_page::ResultPage,
    staff::StaffReason,
};

/// One page and what surrounds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub screen: Screen,
    pub look: Look,
    /// Every page says 模擬環境.
    pub simulator: bool,
    /// What this check is about is a phone, not the card.
    pub phone: bool,
    /// The step's patience is nearly over; 「続ける」 answers it.
    pub hurry: bool,
    /// Whether the result that is shown reached the clinic's own system; `None` where that is
    /// off, and on every other page.
    pub handover: Option<Handover>,
    /// ⚙ is there.
    pub gear: bool,
    /// There are お知らせ that nobody has seen: a mark on ⚙.
    pub news: bool,
    /// Somebody called (職員を呼ぶ), and nobody has come yet.
    pub called: bool,
    /// Nobody is there and it is night: dark until the next touch.
    pub dim: bool,
    /// How a card is put on the reader that is in use.
    pub put: Put,
}

/// What is to be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// 職員を呼ぶ: again and again, until somebody comes.
    Call,
    /// カードをお取りください: again and again, until it is gone.
    TakeCard,
    /// 資格確認結果 is up.
    Result,
    /// Something did not work.
    Sorry,
}

impl Tone {
    /// Whether it is heard until its page is gone.
    pub fn repeats(self) -> bool {
        matches!(self, Self::Call | Self::TakeCard)
    }
}

impl Shown {
    /// The tone of this page, and of what surrounds it.
    pub fn tone(&self) -> Option<Tone> {
        match &self.screen {
            _ if self.called => Some(Tone::Call),
            Screen::TakeCard | Screen::Result { take_card: true, .. } => Some(Tone::TakeCard),
            Screen::Result { .. } => Some(Tone::Result),
            Screen::Sorry { .. } => Some(Tone::Sorry),
            _ => None,
        }
    }
}

/// The page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screen {
    /// 認証選択
    Ready {
        method: Method,
        readiness: Readiness,
        /// A phone may be chosen instead of the card.
        phones: bool,
        /// The other method may be chosen for one patient (D7).
        can_switch: bool,
    },
    /// No check is possible: what happened, and what is accepted instead. `may_try`
    /// when 「もう一度」 would lead anywhere.
    Outage { why: Readiness, may_try: bool },
    /// Which phone: iPhone or Android.
    Phones,
    /// 職員コード. `wait_s`: the try before was wrong, and the next counts after so many
    /// seconds.
    Staff { reason: StaffReason, typed: u8, wait_s: Option<u16> },
    /// 目視 for one patient: compare photo and face.
    Compare,
    /// 確認メッセージ before the PIN.
    Confirm,
    /// 暗証番号の入力. `wrong` when the try before was wrong.
    Pin { typed: u8, tries_left: Option<u8>, wrong: bool },
    /// 同意: all of these, none, or one by one.
    Consents { offered: Consents },
    /// 同意: number `number` of `of`.
    Consent { consent: Consent, number: u8, of: u8 },
    /// マイナンバーカードの読み取り. `nothing_there` when 「読み取る」 found nothing.
    Card { token: TokenKind, nothing_there: bool },
    /// The card is being read: do not take it away.
    Reading,
    /// 読み取り完了; the gateway is asked.
    Asking,
    /// One try is left: use it?
    LastTry,
    /// 資格確認結果
    Result { page: Arc<ResultPage>, take_card: bool },
    /// カードをお取りください
    TakeCard,
    /// What happened and what to do next.
    Sorry { trouble: Trouble, can_retry: bool },
    /// 表示言語: which one?
    Languages,
    /// 画面をふく: touches count for nothing for so many seconds more.
    Cleaning { seconds: u8 },
    /// Behind ⚙.
    Menu(MenuPage),
}

/// Whether 次へ would lead anywhere, before anyone queues up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    Ready,
    /// The reader or the line has not reported yet.
    Starting,
    /// Something lies on the reader: take it first.
    TakeCard,
    ReaderMissing,
    ReaderUnsupported,
    ReaderBusy,
    /// The reader is in no list, and no staff code is set that could allow it.
    ReaderUnknown,
    /// 目視 needs a staff code, and none is set.
    NoStaffCode,
    /// 次へ tries all the same.
    LineDown(GatewayTrouble),
}
