//! What the gateway said about the holder (資格確認結果), in our words. The wire's
//! own names end in `kiosk_gateway`. Sources: 別紙3-1 for the items, 別紙5-1 for the
//! code lists.

use serde::{Deserialize, Serialize};

use crate::{Date, Private};

/// A code that we know, or one that we do not and never guess at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Code<T> {
    Known(T),
    /// The code as received; shown as "confirm by other means".
    Unknown(Private<16>),
}

/// One answer, believed: it carries this check's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Eligibility {
    /// 確認日 (QualificationConfirmationDate).
    pub checked_on: Date,
    /// 資格有効性 (OQSCD006).
    pub validity: Code<Validity>,
    /// 処理結果メッセージ: shown as it is (ProcessingResultMessage).
    pub message: Option<Private<600>>,
    /// 医療扶助: a record of class A1, or a medical ticket, is among the results.
    pub public_assistance: bool,
    /// The results that are insurance, in the order received.
    pub records: heapless::Vec<Insured, { Eligibility::RECORDS_MAX }>,
}

impl Eligibility {
    /// Public aid combined gives two; more than four is refused.
    pub const RECORDS_MAX: usize = 4;
}

/// 資格有効性, OQSCD006.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Validity {
    /// 1 有効
    Valid,
    /// 2 無効
    Invalid,
    /// 3 無効（新しい資格あり）
    InvalidNewerExists,
    /// 4 該当資格なし
    NotFound,
    /// 5 複数該当
    Several,
    /// 6 有効（未登録）, 医療扶助 only
    ValidUnregistered,
}

/// One ResultOfQualificationConfirmation (資格確認結果). A date, a code or a text that
/// the gateway did not send is `None` or empty: the row is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insured {
    /// 証区分
    pub card_class: Code<CardClass>,
    /// 保険者番号: 6 or 8 digits, without the padding of the wire.
    pub insurer_number: Private<16>,
    /// 保険者名
    pub insurer_name: Private<300>,
    /// 記号
    pub symbol: Private<120>,
    /// 番号
    pub number: Private<120>,
    /// 枝番
    pub branch_number: Private<8>,
    /// フリガナ, full width
    pub name_kana: Private<300>,
    /// 氏名
    pub name: Private<500>,
    /// 生年月日
    pub birth_date: Option<Date>,
    /// 性別
    pub sex: Code<Sex>,
    /// 有効開始日
    pub valid_from: Option<Date>,
    /// 有効終了日
    pub valid_until: Option<Date>,
    /// 資格取得年月日
    pub acquired_on: Option<Date>,
    /// 資格喪失年月日
    pub lost_on: Option<Date>,
    /// 負担割合
    pub share: Option<Share>,
    /// 本人・家族の別
    pub relation: Option<Code<Relation>>,
    /// 被保険者氏名（世帯主氏名）
    pub insured_name: Private<500>,
    /// 裏面記載情報
    pub back: Back,
    /// 未就学区分 1: 義務教育就学前
    pub preschool: bool,
    /// 高齢受給者証
    pub elderly: Option<Elderly>,
}

/// 裏面記載情報: what stands on the back of the certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Back {
    /// 氏名カナ
    pub name_kana: Private<300>,
    /// 氏名
    pub name: Private<500>,
    /// 性別
    pub sex: Option<Code<Sex>>,
}

/// 高齢受給者証: its own dates and its own share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elderly {
    /// 有効開始日
    pub valid_from: Option<Date>,
    /// 有効終了日
    pub valid_until: Option<Date>,
    /// 負担割合
    pub share: Option<Share>,
}

/// 負担割合: what the patient pays, in percent (the wire's `010` is 1割).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share(pub u8);

/// 性別, OQSCD007.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sex {
    /// 1 男
    Male,
    /// 2 女
    Female,
    /// 3 未設定
    NotSet,
}

/// 本人・家族の別, OQSCD009.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Relation {
    /// 1 本人
    Insured,
    /// 2 家族
    Family,
}

/// 被保険者証区分, OQSCD010.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CardClass {
    /// 01 被保険者証（一般）
    General,
    /// 02 被保険者証（退職）
    Retired,
    /// 03 短期被保険者証（一般）
    ShortTermGeneral,
    /// 04 短期被保険者証（退職）
    ShortTermRetired,
    /// 05 被保険者資格証明書, newer text 特別療養費支給対象者
    SpecialCare,
    /// 06 特例退職被保険者証
    SpecialRetired,
    /// 07 自衛官診療証
    SelfDefenceForces,
}
