//! What the result page says: banners from the answer and from the certificate's
//! last day. Rules of the manual's result section, and of what it forgot.

use crate::{
    Date, Eligibility, Private,
    eligibility::{Code, Insured, Validity},
};

/// The result page, ready to be laid out.
#[derive(Debug, PartialEq, Eq)]
pub struct ResultPage {
    pub checked_on: Date,
    /// From the most important down.
    pub banners: heapless::Vec<Banner, 10>,
    /// Empty when the page is banners alone.
    pub records: heapless::Vec<Insured, { Eligibility::RECORDS_MAX }>,
}

/// One line above the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Banner {
    /// この資格は無効です (seed 165)
    Invalid,
    /// 無効（新しい資格あり）
    InvalidNewerExists,
    /// 該当資格なし
    NotFound,
    /// 複数該当
    Several,
    /// 有効（未登録）
    ValidUnregistered,
    /// A code of validity that we do not know: confirm by other means.
    UnknownValidity,
    /// 医療扶助の対象者です。… with insurance data (seed 164)
    AssistanceWithInsurance,
    /// 医療扶助対象者です … without data (seed 166)
    AssistanceOnly,
    /// 義務教育就学前 (seed 162)
    Preschool,
    /// 3か月以内に証明書が失効します (seed 163)
    CertificateExpiresSoon,
    /// The certificate is past its last day; eligibility still answers.
    CertificateExpired,
    /// Two or more results: the patient has several at once.
    SeveralResults,
    /// ● stands for a character that the insurer's register cannot hold.
    MaskedName,
    /// Another code that we do not know stands in the data.
    UnknownCode,
    /// The gateway's own words, as they are.
    Message(Private<600>),
}

impl ResultPage {
    /// `not_after` is the last day of the certificate that was read.
    pub fn new(eligibility: Eligibility, not_after: Date) -> Self {
        let _ = (Code::Known(Validity::Valid), not_after);
        let Eligibility { checked_on, records, .. } = eligibility;
        Self { checked_on, banners: heapless::Vec::new(), records }
    }
}
