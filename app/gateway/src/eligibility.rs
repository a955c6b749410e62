//! The official answer (`XmlMsg`, 別紙3-1): its items by name, to our words.
//!
//! Refused as nonsense, because guessing could cost the patient money: an answer to
//! another check, a date that does not exist (an unreadable end of validity could turn a
//! lapsed insurance into a valid one), a number of another shape than 別紙3-1 gives it,
//! and a text that does not fit (a cut name or number would still look right).

use kiosk_core::{
    Date, Eligibility, GatewayTrouble, Private,
    eligibility::{Back, Code, Elderly, Insured, Share},
};

use crate::{
    Id, Unusable,
    codes::{
        CARD_CLASS, CodeList, PRESCHOOL, PUBLIC_ASSISTANCE, RELATION, RESULT_STATUS, ResultStatus,
        SEGMENT, SEX, Segment, VALIDITY,
    },
    kana,
    xml::{self, Element},
};

/// Errors: [`GatewayTrouble::NoAnswer`] where the gateway looked and could not say; all
/// else is nonsense.
pub(crate) fn read(bytes: &[u8], check: &Id) -> Result<Box<Eligibility>, Unusable> {
    let message = xml::read(bytes, "XmlMsg")?;
    let header = required(&message, "MessageHeader")?;
    // First of all: an answer to another check says nothing about this patient (D9).
    if header.text("ArbitraryFileIdentifier")? != check.as_str() {
        return Err(Unusable::nonsense("ArbitraryFileIdentifier", "belongs to another check"));
    }
    match SEGMENT.find(header.text("SegmentOfResult")?) {
        Some(Segment::Done) => {}
        Some(Segment::StillWorking) => return Err(no_answer("the gateway is still working")),
        Some(Segment::Failed) => return Err(no_answer("the gateway ended with an error")),
        None => return Err(Unusable::nonsense("SegmentOfResult", "not in OQSCD003")),
    }
    let body = required(&message, "MessageBody")?;
    match RESULT_STATUS.find(body.text("ProcessingResultStatus")?) {
        Some(ResultStatus::Done) => {}
        Some(ResultStatus::Error) => return Err(no_answer("the gateway reports an error")),
        None => return Err(Unusable::nonsense("ProcessingResultStatus", "not in OQSCD004")),
    }

    let checked_on = day(header, "QualificationConfirmationDate")?
        .ok_or(Unusable::nonsense("QualificationConfirmationDate", "is missing"))?;
    let validity = code(body, "QualificationValidity", &VALIDITY)?
        .ok_or(Unusable::nonsense("QualificationValidity", "is missing"))?;
    let said: Private<600> = private(body, "ProcessingResultMessage")?;
    let mut eligibility = Box::new(Eligibility {
        checked_on,
        validity,
        message: Some(said).filter(|message| !message.is_empty()),
        public_assistance: body.mentions("MedicalTicketInfo"),
        records: heapless::Vec::new(),
    });
    if let Some(list) = body.child("ResultList")? {
        for record in list.children("ResultOfQualificationConfirmation") {
            if record.text("InsuredCardClassification")? == PUBLIC_ASSISTANCE {
                eligibility.public_assistance = true;
            } else {
                let full = |_| Unusable::nonsense("ResultList", "more than four insurances");
                eligibility.records.push(insured(record)?).map_err(full)?;
            }
        }
    }
    Ok(eligibility)
}

fn insured(record: &Element) -> Result<Insured, Unusable> {
    Ok(Insured {
        // Without it an insurance cannot be told from 医療扶助.
        card_class: code(record, "InsuredCardClassification", &CARD_CLASS)?
            .ok_or(Unusable::nonsense("InsuredCardClassification", "is missing"))?,
        insurer_number: insurer_number(record)?,
        insurer_name: private(record, "InsurerName")?,
        symbol: private(record, "InsuredCardSymbol")?,
        number: private(record, "InsuredIdentificationNumber")?,
        branch_number: branch_number(record)?,
        name_kana: kana(record, "NameKana")?,
        name: private(record, "Name")?,
        birth_date: day(record, "Birthdate")?,
        sex: code(record, "Sex1", &SEX)?.unwrap_or(Code::Unknown(Private::default())),
        valid_from: day(record, "InsuredCardValidDate")?,
        valid_until: day(record, "InsuredCardExpirationDate")?,
        acquired_on: day(record, "QualificationDate")?,
        lost_on: day(record, "DisqualificationDate")?,
        share: share(record, "InsuredPartialContributionRatio")?,
        relation: code(record, "PersonalFamilyClassification", &RELATION)?,
        insured_name: private(record, "InsuredName")?,
        back: Back {
            name_kana: kana(record, "NameOfOtherKana")?,
            name: private(record, "NameOfOther")?,
            sex: code(record, "Sex2", &SEX)?,
        },
        preschool: PRESCHOOL
            .find(record.text("PreschoolClassification")?)
            .ok_or(Unusable::nonsense("PreschoolClassification", "not in OQSCD015"))?,
        elderly: elderly(record)?,
    })
}

/// 高齢受給者証情報; an empty group is none.
fn elderly(record: &Element) -> Result<Option<Elderly>, Unusable> {
    let Some(group) = record.child("ElderlyRecipientCertificateInfo")? else { return Ok(None) };
    if !group.says_something() {
        return Ok(None);
    }
    Ok(Some(Elderly {
        valid_from: day(group, "ElderlyRecipientValidStartDate")?,
        valid_until: day(group, "ElderlyRecipientValidEndDate")?,
        share: share(group, "ElderlyRecipientContributionRatio")?,
    }))
}

/// 保険者番号: 8 characters on the wire; numbers of 6 digits have spaces in front. Zeros
/// are digits, not padding: 8-digit numbers begin with 01 to 07, too.
fn insurer_number(record: &Element) -> Result<Private<16>, Unusable> {
    let item = "InsurerNumber";
    let number = record.text(item)?;
    match number.len() {
        0 | 6 | 8 if number.bytes().all(|byte| byte.is_ascii_digit()) => private(record, item),
        _ => Err(Unusable::nonsense(item, "not 6 or 8 digits")),
    }
}

/// 枝番: two digits on the wire, shown without the zero in front (seed 145).
fn branch_number(record: &Element) -> Result<Private<8>, Unusable> {
    let item = "InsuredBranchNumber";
    let number = record.text(item)?;
    let shown = number.strip_prefix('0').filter(|rest| !rest.is_empty()).unwrap_or(number);
    Private::new(shown).map_err(|_| Unusable::nonsense(item, TOO_LONG))
}

/// 一部負担金割合: three digits of percent.
fn share(element: &Element, item: &'static str) -> Result<Option<Share>, Unusable> {
    let text = element.text(item)?;
    if text.is_empty() {
        return Ok(None);
    }
    let digits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    let percent = text.parse::<u8>().ok().filter(|percent| digits && *percent <= 100);
    percent.map(|percent| Some(Share(percent))).ok_or(Unusable::nonsense(item, "not a percentage"))
}

fn day(element: &Element, item: &'static str) -> Result<Option<Date>, Unusable> {
    match element.text(item)? {
        "" => Ok(None),
        text => Date::parse(text)
            .map(Some)
            .map_err(|_| Unusable::nonsense(item, "not a day of the calendar")),
    }
}

fn code<T: Copy>(
    element: &Element,
    item: &'static str,
    list: &CodeList<T>,
) -> Result<Option<Code<T>>, Unusable> {
    match element.text(item)? {
        "" => Ok(None),
        text => list.read(item, text).map(Some),
    }
}

fn kana<const N: usize>(element: &Element, item: &'static str) -> Result<Private<N>, Unusable> {
    let full = zeroize::Zeroizing::new(kana::to_full_width(element.text(item)?));
    Private::new(&full).map_err(|_| Unusable::nonsense(item, TOO_LONG))
}

fn private<const N: usize>(element: &Element, item: &'static str) -> Result<Private<N>, Unusable> {
    Private::new(element.text(item)?).map_err(|_| Unusable::nonsense(item, TOO_LONG))
}

fn required<'a>(element: &'a Element, name: &'static str) -> Result<&'a Element, Unusable> {
    element.child(name)?.ok_or(Unusable::nonsense(name, "is missing"))
}

const TOO_LONG: &str = "longer than the item may be";

const fn no_answer(why: &'static str) -> Unusable {
    Unusable::new(GatewayTrouble::NoAnswer, why)
}
