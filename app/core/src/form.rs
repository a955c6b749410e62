//! Pages with several things to fill in: 初期登録, システムログイン, アカウントパスワード設定,
//! ネットワーク.
//!
//! ```text
//!  the form ── a field is pressed ──▶ that field, with its keys ── 次へ ──▶ the form
//!      └── 登録する, ログイン, 変更: every wrong field is named at once, or the order goes out
//! ```

mod network;

use crate::{
    account::{AccountOrder, AccountTrouble, Registration},
    check::Station,
    network::NetworkPlan,
    private::Private,
    text::{Letter, Text},
};

/// Which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormKind {
    /// 初期登録
    Register,
    /// システムログイン
    LogIn,
    /// パスコードを忘れたとき: the same login opens the way to a new passcode.
    Forgotten,
    /// アカウントパスワード設定
    Password,
    /// ネットワーク. `dhcp`: the network gives the address.
    Network { dhcp: bool },
}

/// One thing to fill in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// 医療機関コード
    Facility,
    /// ユーザID
    User,
    /// パスワード
    Password,
    /// アクティベーションコード
    ActivationCode,
    /// 現在のパスワード
    Current,
    /// 新しいパスワード, and once more.
    New,
    Again,
    /// IPアドレス and the length of its prefix.
    Address,
    Router,
    /// DNSサーバー, and one more.
    Dns,
    OtherDns,
    /// HTTPプロキシ
    Proxy,
    /// 時刻サーバー
    TimeServer,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 必須, and nothing is there.
    Missing,
    /// Fewer digits than the field has.
    TooFew,
    /// A user id has 2 to 8 letters and digits.
    NotAUserId,
    /// 8 to 20 characters.
    Length,
    /// Capitals, small letters, digits and symbols: not all four.
    Kinds,
    /// A symbol that is not allowed.
    Symbol,
    /// The second time it was another one.
    Differs,
    /// Not of the form that the field has.
    Shape,
    /// A router in another network than the address.
    Elsewhere,
}

/// What stands in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    Shown(Private<{ Text::LONGEST }>),
    /// So many characters, masked.
    Hidden(u8),
}

/// A field as the form shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub field: Field,
    pub entry: Entry,
    pub fault: Option<Fault>,
}

/// The form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormPage {
    pub kind: FormKind,
    pub rows: Vec<Row>,
    /// Where the station stands; 初期登録 alone asks.
    pub station: Option<Station>,
    pub refused: Option<AccountTrouble>,
}

/// One field with its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypePage {
    pub field: Field,
    pub entry: Entry,
    /// 👁 is open.
    pub revealed: bool,
}

const FIELDS_MAX: usize = network::BY_HAND.len();
/// Rows 92 and 93 of the manual's checklist: a password's length and its symbols.
const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 8..=20;
const SYMBOLS: &[u8] = b"`~!@#$%^&*_{}[]|;'<>,.?-()/";

impl FormKind {
    fn fields(self) -> &'static [Field] {
        match self {
            Self::Register => {
                &[Field::Facility, Field::User, Field::Password, Field::ActivationCode]
            }
            Self::LogIn | Self::Forgotten => &[Field::User, Field::Password],
            Self::Password => &[Field::Current, Field::New, Field::Again],
            Self::Network { dhcp: true } => network::BY_DHCP,
            Self::Network { dhcp: false } => network::BY_HAND,
        }
    }
}

impl Field {
    /// Digits alone: a key pad is enough.
    pub fn is_digits(self) -> bool {
        matches!(self, Self::Facility | Self::ActivationCode)
    }

    /// Shown as dots until 👁 is pressed.
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Password | Self::Current | Self::New | Self::Again)
    }

    /// 必須. The limited type (資格確認限定型) has no activation code.
    pub fn is_required(self) -> bool {
        !matches!(self, Self::ActivationCode | Self::OtherDns | Self::Proxy | Self::TimeServer)
    }

    /// What stands before the last part of an address; `None` where no address is typed.
    pub fn sign(self) -> Option<char> {
        match self {
            Self::Address => Some('/'),
            Self::Router | Self::Dns | Self::OtherDns | Self::Proxy | Self::TimeServer => Some(':'),
            _ => None,
        }
    }

    /// How many characters go in.
    pub fn longest(self) -> u8 {
        match self {
            Self::Facility => 10,
            Self::ActivationCode => 12,
            Self::User => 8,
            Self::Address => 18,
            Self::Router | Self::Dns | Self::OtherDns => 15,
            Self::Password | Self::Current | Self::Proxy | Self::TimeServer => Text::LONGEST as u8,
            Self::New | Self::Again => *PASSWORD_LENGTH.end() as u8,
        }
    }

    fn takes(self, letter: Letter) -> bool {
        match self {
            Self::Facility | Self::ActivationCode => letter.is_digit(),
            Self::User => letter.is_alphanumeric(),
            Self::Password | Self::Current | Self::New | Self::Again => true,
            _ => network::takes(self, letter.byte()),
        }
    }

    fn fault(self, text: &Text) -> Option<Fault> {
        if text.is_empty() {
            return self.is_required().then_some(Fault::Missing);
        }
        match self {
            Self::Facility | Self::ActivationCode => {
                (text.count() < self.longest()).then_some(Fault::TooFew)
            }
            Self::User => (text.count() < 2).then_some(Fault::NotAUserId),
            Self::New => password_fault(text),
            // An old password may be from before the rule, or of another system.
            Self::Password | Self::Current | Self::Again => None,
            _ => network::fault(self, text.expose()),
        }
    }
}

/// Why this cannot become an account's password (アカウントパスワード), if it cannot.
fn password_fault(text: &Text) -> Option<Fault> {
    let bytes = text.bytes();
    let has = |kind: fn(&u8) -> bool| bytes.iter().any(kind);
    let symbol = |byte: &u8| SYMBOLS.contains(byte);
    if !bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || symbol(byte)) {
        return Some(Fault::Symbol);
    }
    if !PASSWORD_LENGTH.contains(&bytes.len()) {
        return Some(Fault::Length);
    }
    let all_four = has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
        && bytes.iter().any(symbol);
    (!all_four).then_some(Fault::Kinds)
}

/// A form while it is filled in.
#[derive(Debug)]
pub(crate) struct Form {
    kind: FormKind,
    /// In the order of [`FormKind::fields`].
    texts: [Text; FIELDS_MAX],
    faults: [Option<Fault>; FIELDS_MAX],
    station: Station,
    editing: Option<usize>,
    revealed: bool,
    /// ネットワーク, all right: asked about once more.
    pub(crate) plan: Option<Box<NetworkPlan>>,
    pub(crate) refused: Option<AccountTrouble>,
}

impl Form {
    pub(crate) fn new(kind: FormKind, station: Station) -> Self {
        Self {
            kind,
            texts: Default::default(),
            faults: Default::default(),
            station,
            editing: None,
            revealed: false,
            plan: None,
            refused: None,
        }
    }

    /// 初期登録 with the facility's code in its field: the vendor knew it.
    pub(crate) fn beginning_with(mut self, facility: Text) -> Self {
        if self.kind == FormKind::Register {
            self.texts[0] = facility;
        }
        self
    }

    pub(crate) fn kind(&self) -> FormKind {
        self.kind
    }

    pub(crate) fn station(&self) -> Station {
        self.station
    }

    pub(crate) fn set_station(&mut self, station: Station) {
        self.station = station;
    }

    fn place(&self, field: Field) -> Option<usize> {
        self.kind.fields().iter().position(|it| *it == field)
    }

    /// A field is pressed: its keys come up, and what was wrong with it is forgotten.
    pub(crate) fn edit(&mut self, field: Field) {
        if let (None, Some(at)) = (self.editing, self.place(field)) {
            self.editing = Some(at);
            self.faults[at] = None;
            self.refused = None;
        }
    }

    pub(crate) fn is_editing(&self) -> bool {
        self.editing.is_some()
    }

    /// ← or 次へ on a field: back to the form with what was typed.
    pub(crate) fn done(&mut self) {
        self.editing = None;
        self.revealed = false;
    }

    pub(crate) fn reveal(&mut self) {
        self.revealed = !self.revealed;
    }

    pub(crate) fn push(&mut self, letter: Letter) {
        if let Some((field, text)) = self.edited()
            && field.takes(letter)
            && text.count() < field.longest()
        {
            text.push(letter);
        }
    }

    pub(crate) fn erase(&mut self) {
        if let Some((_, text)) = self.edited() {
            text.erase();
        }
    }

    pub(crate) fn clear(&mut self) {
        if let Some((_, text)) = self.edited() {
            text.clear();
        }
    }

    fn edited(&mut self) -> Option<(Field, &mut Text)> {
        let at = self.editing?;
        Some((self.kind.fields()[at], &mut self.texts[at]))
    }

    /// The order, if every field is right; else all that is wrong is shown. `terms` is the
    /// version that was accepted.
    pub(crate) fn order(&mut self, terms: &str) -> Option<AccountOrder> {
        self.name_faults();
        let [first, second, third, fourth, ..] = &self.texts;
        if self.kind == FormKind::Password && self.faults[1].is_none() && second != third {
            self.faults[2] = Some(Fault::Differs);
        }
        if self.faults.iter().any(Option::is_some) {
            return None;
        }
        Some(match self.kind {
            FormKind::Register => AccountOrder::Register(Box::new(Registration {
                facility: first.clone(),
                user: second.clone(),
                password: third.clone(),
                code: (!fourth.is_empty()).then(|| fourth.clone()),
                terms: terms.to_owned(),
                station: self.station,
            })),
            FormKind::LogIn | FormKind::Forgotten => {
                AccountOrder::LogIn { user: first.clone(), password: second.clone() }
            }
            FormKind::Password => {
                AccountOrder::ChangePassword { current: first.clone(), new: second.clone() }
            }
            // No order to the gateway: `network_plan`.
            FormKind::Network { .. } => return None,
        })
    }

    fn name_faults(&mut self) {
        self.refused = None;
        self.faults = Default::default();
        for (at, field) in self.kind.fields().iter().enumerate() {
            self.faults[at] = field.fault(&self.texts[at]);
        }
    }

    pub(crate) fn page(&self) -> FormPage {
        let row = |at: usize, field: Field| Row {
            field,
            entry: self.entry(at, field, false),
            fault: self.faults[at],
        };
        FormPage {
            kind: self.kind,
            rows: self.kind.fields().iter().enumerate().map(|(at, it)| row(at, *it)).collect(),
            station: (self.kind == FormKind::Register).then_some(self.station),
            refused: self.refused,
        }
    }

    pub(crate) fn type_page(&self) -> Option<TypePage> {
        let at = self.editing?;
        let field = self.kind.fields()[at];
        let entry = self.entry(at, field, self.revealed);
        Some(TypePage { field, entry, revealed: self.revealed })
    }

    fn entry(&self, at: usize, field: Field, revealed: bool) -> Entry {
        let text = &self.texts[at];
        match field.is_secret() && !revealed {
            true => Entry::Hidden(text.count()),
            false => Entry::Shown(Private::new(text.expose()).unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests;
