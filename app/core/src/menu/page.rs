//! What the menu shows, as values.

use std::sync::Arc;

use super::CodeKind;
use crate::{
    DeviceInfo, LineStatus,
    account::{AccountTrouble, Terms},
    check::Station,
    form::{FormPage, TypePage},
    look::Look,
    network::NetworkState,
    notice::Notice,
    reader::{Reader, ReaderLabel},
    record::Records,
};

/// A code that the menu asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeAsk {
    /// ⚙, or パスコードでログイン at power-on: the admin passcode.
    Open,
    /// ログインパスコード設定: 現在のパスコード.
    Current,
    /// The new code, and once more.
    New(CodeKind),
    Again(CodeKind),
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

/// A list of entries. `not_kept`: the last change could not be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MenuList {
    /// メニュー. `unread`: there are お知らせ that nobody has seen.
    Top { unread: bool },
    /// セキュリティ設定
    Security { visual: bool, at_start: bool, not_kept: bool },
    /// 画面と音: what the station comes back to after each patient.
    Display { look: Look, not_kept: bool },
}

/// What is pressed in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MenuEntry {
    /// お知らせ
    Notices,
    /// 利用規約
    Terms,
    /// ライセンス
    Licences,
    /// 端末情報
    Info,
    /// カードリーダー選択
    Readers,
    /// ネットワーク
    Network,
    /// 記録
    Records,
    /// 画面と音
    Display,
    /// セキュリティ設定
    Security,
    /// アカウントパスワード設定
    AccountPassword,
    /// ログインパスコード設定
    Passcode,
    /// 職員コードの設定
    StaffCode,
    /// 目視確認で本人認証
    Visual,
    /// 電源を入れたときのパスコード
    AtStart,
    /// デバイス登録解除
    Remove,
    /// ログアウト
    LogOut,
    /// Of 画面と音: the next of what there is.
    TextSize,
    Theme,
    Language,
    Reach,
    Volume,
    Night,
    /// 画面の向き: of an appliance, whose panel hangs as it must.
    Orientation,
}

/// What came to a good end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// 登録完了, of the device.
    Registered,
    /// 変更完了; 登録完了 for the first one.
    Code {
        kind: CodeKind,
        first: bool,
    },
    AccountPassword,
    /// 登録解除完了
    Removed,
}

/// What is asked once more before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    LogOut,
    Remove,
    /// A second time: it cannot be taken back.
    RemoveForSure,
    /// ネットワーク
    Network,
}

/// A page of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MenuPage {
    /// `first`: パスコードの登録, not another one. `back`: ← leads somewhere. `forgot`:
    /// パスコードを忘れたとき does.
    Code {
        ask: CodeAsk,
        typed: u8,
        refused: Option<CodeRefused>,
        first: bool,
        back: bool,
        forgot: bool,
    },
    List(MenuList),
    /// 端末情報. `station`: where it stands now.
    Info {
        station: Station,
        /// The one in use.
        reader: Option<ReaderLabel>,
        /// `None` before it is registered.
        device: Option<Arc<DeviceInfo>>,
    },
    Licences,
    /// カードリーダー選択. `chosen`: the beginning of a name; `None` for 自動.
    Readers {
        readers: Arc<[Reader]>,
        chosen: Option<ReaderLabel>,
        not_kept: bool,
    },
    /// ネットワーク
    Network {
        network: Arc<NetworkState>,
        line: LineStatus,
        /// It was set just now.
        changed: bool,
    },
    /// 記録; `None` where the journal cannot be read.
    Records(Option<Arc<Records>>),
    Done(Done),
    Question(Question),
    /// The gateway is asked.
    Wait,
    /// An appliance was turned on, and its state is not open yet: nothing is known of the device. No
    /// machine shows it.
    Starting,
    /// 利用規約. `agree`: 同意して利用開始 is the only way on.
    Terms {
        terms: Arc<Terms>,
        agree: bool,
    },
    /// It did not work: what happened, and もう一度. `back` as above.
    Trouble {
        trouble: AccountTrouble,
        back: bool,
    },
    Form {
        form: FormPage,
        back: bool,
    },
    Type(TypePage),
    /// お知らせ
    Notices(Arc<[Notice]>),
    /// One of them, with its QR code.
    Notice(Arc<[Notice]>, usize),
}
