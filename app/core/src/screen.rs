//! Everything that can be shown, as a value. `app/kiosk/src/show.rs` makes a page
//! of it; the spoken form comes from the same value.

use std::sync::Arc;

use crate::{GatewayTrouble, Look, Trouble, proof::Method, result_page::ResultPage};

/// One page and what surrounds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub screen: Screen,
    pub look: Look,
    /// Every page says 模擬環境.
    pub simulator: bool,
    /// The step's patience is nearly over; 「続ける」 answers it.
    pub hurry: bool,
}

/// The page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screen {
    /// 認証選択
    Ready { method: Method, readiness: Readiness },
    /// 確認メッセージ before the PIN.
    Confirm,
    /// 暗証番号の入力. `wrong` when the try before was wrong.
    Pin { typed: u8, tries_left: Option<u8>, wrong: bool },
    /// マイナンバーカードの読み取り. `nothing_there` when 「読み取る」 found no card.
    Card { nothing_there: bool },
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
    /// 次へ tries all the same.
    LineDown(GatewayTrouble),
}
