//! The manual's own example as a value, for tests and pictures: nobody real.

use crate::{
    Date, Eligibility, Private,
    eligibility::{Back, CardClass, Code, Insured, Relation, Sex, Share, Validity},
};

/// `yyyyMMdd` of a day that exists.
///
/// # Panics
/// For any other text: samples are written by hand.
pub fn date(text: &str) -> Date {
    Date::parse(text).expect("a sample's day exists")
}

fn text<const N: usize>(text: &str) -> Private<N> {
    Private::new(text).expect("a sample fits its field")
}

/// The manual's result (資格が有効の場合), checked on 2023-12-01.
pub fn eligibility() -> Eligibility {
    Eligibility {
        checked_on: date("20231201"),
        validity: Code::Known(Validity::Valid),
        message: None,
        public_assistance: false,
        records: [insured()].into_iter().collect(),
    }
}

/// 資格 太郎, family of 資格 一郎 (seed 142–158).
pub fn insured() -> Insured {
    Insured {
        card_class: Code::Known(CardClass::General),
        insurer_number: text("12345678"),
        insurer_name: text("限定資格保険組合"),
        symbol: text("1234"),
        number: text("001"),
        branch_number: text("2"),
        name_kana: text("シカク　タロウ"),
        name: text("資格　太郎"),
        birth_date: Some(date("19520101")),
        sex: Code::Known(Sex::Male),
        valid_from: Some(date("20230401")),
        valid_until: Some(date("20240331")),
        acquired_on: Some(date("20230401")),
        lost_on: None,
        share: Some(Share(10)),
        relation: Some(Code::Known(Relation::Family)),
        insured_name: text("資格　一郎"),
        back: Back::default(),
        preschool: false,
        elderly: None,
    }
}
