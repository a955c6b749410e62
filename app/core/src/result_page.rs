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
    Message(Box<Private<600>>),
}

/// The gateway's message that says the same as [`Banner::CertificateExpiresSoon`].
const EXPIRES_SOON: &str = "3か月以内に証明書が失効します";

impl ResultPage {
    /// `not_after` is the last day of the certificate that was read.
    pub fn new(eligibility: Eligibility, not_after: Date) -> Self {
        let Eligibility { checked_on, validity, message, public_assistance, mut records } =
            eligibility;
        let mut banners = heapless::Vec::new();
        let mut say = |banner| banners.push(banner).expect("each banner is said at most once");

        let valid = validity == Code::Known(Validity::Valid);
        let assistance_only = public_assistance && (!valid || records.is_empty());
        if assistance_only
            || matches!(validity, Code::Known(Validity::NotFound | Validity::Several))
        {
            records.clear();
        }
        // With public assistance the manual shows its banner alone (seed 166): whether
        // the insurance is invalid does not matter then.
        if let Some(banner) = about(&validity).filter(|it| !(assistance_only && it.is_overruled()))
        {
            say(banner);
        }
        match (public_assistance, assistance_only) {
            (true, true) => say(Banner::AssistanceOnly),
            (true, false) => say(Banner::AssistanceWithInsurance),
            (false, _) => {}
        }
        if records.iter().any(|it| it.preschool) {
            say(Banner::Preschool);
        }
        let soon = not_after <= checked_on.plus_months(3);
        if not_after < checked_on {
            say(Banner::CertificateExpired);
        } else if soon {
            say(Banner::CertificateExpiresSoon);
        }
        if records.len() > 1 {
            say(Banner::SeveralResults);
        }
        if records.iter().any(is_masked) {
            say(Banner::MaskedName);
        }
        if records.iter().any(has_unknown_code) {
            say(Banner::UnknownCode);
        }
        if let Some(message) = message.filter(|it| !(soon && it.expose() == EXPIRES_SOON)) {
            say(Banner::Message(Box::new(message)));
        }
        Self { checked_on, banners, records }
    }
}

impl Banner {
    /// Says only that the insurance does not hold, which public assistance overrules.
    fn is_overruled(&self) -> bool {
        matches!(self, Self::Invalid | Self::InvalidNewerExists | Self::NotFound)
    }
}

fn about(validity: &Code<Validity>) -> Option<Banner> {
    match validity {
        Code::Known(Validity::Valid) => None,
        Code::Known(Validity::Invalid) => Some(Banner::Invalid),
        Code::Known(Validity::InvalidNewerExists) => Some(Banner::InvalidNewerExists),
        Code::Known(Validity::NotFound) => Some(Banner::NotFound),
        Code::Known(Validity::Several) => Some(Banner::Several),
        Code::Known(Validity::ValidUnregistered) => Some(Banner::ValidUnregistered),
        Code::Unknown(_) => Some(Banner::UnknownValidity),
    }
}

/// ● (U+25CF) stands where the insurer's register could not hold a character.
fn is_masked(record: &Insured) -> bool {
    let back = &record.back;
    [record.name.expose(), record.insured_name.expose(), back.name.expose()]
        .iter()
        .any(|name| name.contains('●'))
}

fn has_unknown_code(record: &Insured) -> bool {
    matches!(record.card_class, Code::Unknown(_))
        || matches!(record.sex, Code::Unknown(_))
        || matches!(record.relation, Some(Code::Unknown(_)))
        || matches!(record.back.sex, Some(Code::Unknown(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{self, date};

    /// The page of an answer, with the certificate far from its end.
    fn page(change: impl FnOnce(&mut Eligibility)) -> ResultPage {
        let mut eligibility = samples::eligibility();
        change(&mut eligibility);
        ResultPage::new(eligibility, date("20301231"))
    }

    #[track_caller]
    fn check(page: ResultPage, banners: &[Banner], records: usize) {
        assert_eq!((&page.banners[..], page.records.len()), (banners, records));
    }

    fn validity(validity: Validity) -> impl FnOnce(&mut Eligibility) {
        move |it| it.validity = Code::Known(validity)
    }

    // seed 161, 165, 178
    #[test]
    fn each_validity_has_its_banner() {
        check(page(|_| {}), &[], 1);
        check(page(validity(Validity::Invalid)), &[Banner::Invalid], 1);
        check(page(validity(Validity::InvalidNewerExists)), &[Banner::InvalidNewerExists], 1);
        check(page(validity(Validity::NotFound)), &[Banner::NotFound], 0);
        check(page(validity(Validity::Several)), &[Banner::Several], 0);
        check(page(validity(Validity::ValidUnregistered)), &[Banner::ValidUnregistered], 1);
    }

    #[test]
    fn an_unknown_code_is_never_guessed() {
        let unknown = |it: &mut Eligibility| {
            it.validity = Code::Unknown(Private::new("8").expect("it fits"));
        };
        check(page(unknown), &[Banner::UnknownValidity], 1);
        let unknown = |it: &mut Eligibility| {
            it.records[0].sex = Code::Unknown(Private::new("9").expect("it fits"));
        };
        check(page(unknown), &[Banner::UnknownCode], 1);
    }

    // seed 164
    #[test]
    fn public_assistance_with_insurance_shows_both() {
        check(page(|it| it.public_assistance = true), &[Banner::AssistanceWithInsurance], 1);
    }

    // seed 166
    #[test]
    fn public_assistance_alone_shows_no_data() {
        for validity in [Validity::Invalid, Validity::InvalidNewerExists, Validity::NotFound] {
            let change = |it: &mut Eligibility| {
                it.public_assistance = true;
                it.validity = Code::Known(validity);
            };
            check(page(change), &[Banner::AssistanceOnly], 0);
        }
        let none = |it: &mut Eligibility| {
            it.public_assistance = true;
            it.records.clear();
        };
        check(page(none), &[Banner::AssistanceOnly], 0);
    }

    // seed 162
    #[test]
    fn a_child_before_school_is_named() {
        check(page(|it| it.records[0].preschool = true), &[Banner::Preschool], 1);
    }

    // seed 163, 179
    #[test]
    fn the_certificate_is_told_by_its_last_day() {
        let told = |last_day| {
            let page = ResultPage::new(samples::eligibility(), date(last_day));
            page.banners.first().cloned()
        };
        // The sample was checked on 2023-12-01.
        assert_eq!(told("20231130"), Some(Banner::CertificateExpired));
        assert_eq!(told("20231201"), Some(Banner::CertificateExpiresSoon));
        assert_eq!(told("20240301"), Some(Banner::CertificateExpiresSoon));
        assert_eq!(told("20240302"), None);
    }

    #[test]
    fn the_gateways_words_are_shown_once() {
        let message = |text| Private::new(text).expect("it fits");
        let mut eligibility = samples::eligibility();
        eligibility.message = Some(message(EXPIRES_SOON));
        let page = ResultPage::new(eligibility.clone(), date("20240101"));
        check(page, &[Banner::CertificateExpiresSoon], 1);
        let page = ResultPage::new(eligibility, date("20300101"));
        check(page, &[Banner::Message(Box::new(message(EXPIRES_SOON)))], 1);
    }

    #[test]
    fn a_masked_character_and_two_results_are_explained() {
        check(
            page(|it| it.records[0].name = Private::new("●橋　花子").expect("it fits")),
            &[Banner::MaskedName],
            1,
        );
        let twice = |it: &mut Eligibility| {
            let again = it.records[0].clone();
            it.records.push(again).expect("there is room");
        };
        check(page(twice), &[Banner::SeveralResults], 2);
    }
}
