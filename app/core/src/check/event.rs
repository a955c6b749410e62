//! What can happen to a kiosk: by a person, by the world, by time.

use std::sync::Arc;

use crate::{
    CardProof, CardTrouble, CheckId, Consents, DeviceInfo, Digit, Eligibility, GatewayTrouble,
    Handover, LineStatus, OpenCheck, Reader, ReaderStatus, RelayAnswers, Relayed, StaffAnswer,
    Trouble,
    account::AccountAnswer,
    check::Station,
    form::Field,
    look::Language,
    menu::{AdminAnswer, MenuEntry, OrderId},
    notice::Notice,
    proof::Attempt,
    text::Letter,
};

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// 次へ, on any page that has it.
    Next,
    /// OK, on the confirmation page.
    Confirm,
    Digit(Digit),
    Erase,
    EraseAll,
    /// ←
    Back,
    /// マイナンバーカードを読み取る
    ReadNow,
    /// スマートフォン, on 認証選択.
    Phones,
    /// Which one.
    Choose(Phone),
    /// The other method for one patient (D7).
    Switch,
    Consent(Said),
    /// The holder agrees to use the last try.
    SpendLastTry,
    /// もう一度, on a trouble page.
    Again,
    /// 閉じる
    Close,
    /// 続ける, while the page hurries.
    StillHere,
    /// ⚙
    Menu,
    Entry(MenuEntry),
    /// A field of a form.
    Field(Field),
    /// A key of the keyboard.
    Letter(Letter),
    /// 👁
    Reveal,
    /// Where the station stands, on 初期登録.
    Station(Station),
    /// Whether the network gives the address, on ネットワーク.
    Dhcp(bool),
    /// パスコードを忘れたとき
    Forgotten,
    /// One of the notices.
    Notice(u8),
    /// 表示言語: the list of languages.
    Languages,
    Language(Language),
    /// 見やすく: the next of what makes it easier to read.
    Easier,
    /// 職員を呼ぶ
    CallStaff,
    /// 呼び出しをやめる
    StaffCame,
    /// 画面をふく
    Clean,
    /// One of the readers of カードリーダー選択; `None` for 自動.
    UseReader(Option<u8>),

    Reader(ReaderStatus),
    /// All readers that are connected.
    Readers(Arc<[Reader]>),
    /// The registered device, or that there is none.
    Device(Option<Arc<DeviceInfo>>),
    /// It is night where the kiosk stands, or it is not.
    Night(bool),
    /// Whether the catalogue knows the reader that is in use.
    ReaderKnown(bool),
    Line(LineStatus),
    /// What the gateway offers this device to ask the holder for.
    Offers(Consents),
    Staff(CheckId, StaffAnswer),
    /// What came of an order of the menu.
    Admin(OrderId, AdminAnswer),
    /// What came of its order for the line.
    Account(OrderId, AccountAnswer),
    /// お知らせ, as the gateway has them now.
    Notices(Arc<[Notice]>),
    Opened(CheckId, Result<OpenCheck, GatewayTrouble>),
    CardRead(Attempt, Result<Box<CardProof>, CardTrouble>),
    Answered(CheckId, Result<Box<Eligibility>, GatewayTrouble>),
    /// The gateway's side of the relay: the next round, or the end.
    Relayed(CheckId, Result<Relayed, GatewayTrouble>),
    /// The card's side of it.
    CardAnswered(Attempt, Result<Box<RelayAnswers>, Trouble>),
    /// How far the result is on its way to the clinic's own system.
    Handover(CheckId, Handover),
    /// Nothing happened until [`Check::deadline`].
    TimePassed,
}

/// A phone with a certificate in it (スマートフォン用電子証明書).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phone {
    Android,
    Iphone,
}

/// What the holder said to the consents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// すべて同意する
    All,
    /// すべて同意しない
    None,
    /// 一つずつ選ぶ
    OneByOne,
    /// 同意する
    Yes,
    /// 同意しない
    No,
}

impl Event {
    /// Whether a person did it: that renews the patience of a page.
    pub(crate) fn is_touch(&self) -> bool {
        !matches!(
            self,
            Self::Reader(_)
                | Self::Readers(_)
                | Self::Night(_)
                | Self::Device(_)
                | Self::ReaderKnown(_)
                | Self::Line(_)
                | Self::Offers(_)
                | Self::Staff(..)
                | Self::Admin(..)
                | Self::Account(..)
                | Self::Notices(_)
                | Self::Relayed(..)
                | Self::CardAnswered(..)
                | Self::Opened(..)
                | Self::CardRead(..)
                | Self::Answered(..)
                | Self::Handover(..)
                | Self::TimePassed
        )
    }

    /// Whether it changes the look of all pages.
    pub(crate) fn is_look(&self) -> bool {
        matches!(self, Self::Languages | Self::Language(_) | Self::Easier)
    }
}
