//! Every page by name, with the variants that look different.

pub(crate) mod menu;
pub(crate) mod network;

use std::sync::Arc;

use kiosk_core::{
    CardTrouble, Consent, Consents, GatewayTrouble, Handover, HandoverTrouble, Presence, Private,
    Screen, Shown, Trouble,
    eligibility::{Back, Code, Elderly, Eligibility, Insured, Relation, Sex, Share, Validity},
    proof::{Method, TokenKind},
    result_page::ResultPage,
    samples,
    screen::Readiness,
    staff::StaffReason,
};

/// Every page, once or more.
pub(crate) fn pages() -> Vec<(&'static str, Screen)> {
    let mut pages = first_pages();
    pages.extend(staff_pages());
    pages.extend(before_the_card());
    pages.extend(after_the_card());
    pages.extend(results());
    pages.extend(menu::pages());
    pages
}

/// 認証選択 of a station with everything, or with nothing but its method.
pub(crate) fn ready(method: Method, readiness: Readiness, choices: bool) -> Screen {
    Screen::Ready { method, readiness, phones: choices, can_switch: choices }
}

pub(crate) fn outage(why: Readiness) -> Screen {
    Screen::Outage { why, may_try: matches!(why, Readiness::LineDown(_)) }
}

fn first_pages() -> Vec<(&'static str, Screen)> {
    use Method::{Pin, Visual};
    use Readiness as R;
    vec![
        ("ready-pin", ready(Pin, R::Ready, false)),
        ("ready-pin-choices", ready(Pin, R::Ready, true)),
        ("ready-visual", ready(Visual, R::Ready, false)),
        ("ready-visual-choices", ready(Visual, R::Ready, true)),
        ("ready-take-card", ready(Pin, R::TakeCard, true)),
        ("ready-reader-busy", ready(Pin, R::ReaderBusy, false)),
        (
            "ready-no-staff-code",
            Screen::Ready {
                method: Visual,
                readiness: R::NoStaffCode,
                phones: true,
                can_switch: false,
            },
        ),
        ("outage", outage(R::LineDown(GatewayTrouble::Unreachable))),
        ("outage-login", outage(R::LineDown(GatewayTrouble::SessionEnded))),
        ("outage-reader-missing", outage(R::ReaderMissing)),
        ("outage-reader-unknown", outage(R::ReaderUnknown)),
        ("phones", Screen::Phones),
        ("languages", Screen::Languages),
        ("cleaning", Screen::Cleaning { seconds: 30 }),
    ]
}

fn staff_pages() -> Vec<(&'static str, Screen)> {
    use StaffReason as For;
    let staff = |reason, typed, wait_s| Screen::Staff { reason, typed, wait_s };
    vec![
        ("staff", staff(For::Visual, 1, None)),
        ("staff-switch", staff(For::Switch, 4, None)),
        ("staff-reader", staff(For::UnknownReader, 0, None)),
        ("staff-wrong", staff(For::Visual, 0, Some(10))),
        ("compare", Screen::Compare),
    ]
}

fn before_the_card() -> Vec<(&'static str, Screen)> {
    let two = [Consent::Medication, Consent::Checkup].into_iter().collect();
    let card = |token, nothing_there| Screen::Card { token, nothing_there };
    vec![
        ("confirm", Screen::Confirm),
        ("pin", Screen::Pin { typed: 2, tries_left: None, wrong: false }),
        ("pin-complete", Screen::Pin { typed: 4, tries_left: Some(3), wrong: false }),
        ("pin-wrong", Screen::Pin { typed: 0, tries_left: Some(1), wrong: true }),
        ("consents", Screen::Consents { offered: Consents::ALL }),
        ("consents-two", Screen::Consents { offered: two }),
        ("consent", Screen::Consent { consent: Consent::Medication, number: 1, of: 3 }),
        ("consent-treatment", Screen::Consent { consent: Consent::Treatment, number: 2, of: 3 }),
        ("consent-checkup", Screen::Consent { consent: Consent::Checkup, number: 3, of: 3 }),
        ("card", card(TokenKind::Card, false)),
        ("card-nothing-there", card(TokenKind::Card, true)),
        ("card-android", card(TokenKind::Android, false)),
        ("card-iphone", card(TokenKind::Iphone, false)),
        ("card-iphone-nothing-there", card(TokenKind::Iphone, true)),
    ]
}

fn after_the_card() -> Vec<(&'static str, Screen)> {
    let sorry = |trouble, can_retry| Screen::Sorry { trouble, can_retry };
    vec![
        ("reading", Screen::Reading),
        ("asking", Screen::Asking),
        ("last-try", Screen::LastTry),
        ("take-card", Screen::TakeCard),
        ("sorry-pin-blocked", sorry(Trouble::Card(CardTrouble::PinBlocked), false)),
        ("sorry-removed", sorry(Trouble::Card(CardTrouble::Removed), true)),
        ("sorry-other-token", sorry(Trouble::Card(CardTrouble::OtherToken), true)),
        ("sorry-relay-refused", sorry(Trouble::Gateway(GatewayTrouble::RelayRefused), false)),
        ("sorry-unreachable", sorry(Trouble::Gateway(GatewayTrouble::Unreachable), true)),
    ]
}

/// The results of the manual, and those it forgot.
pub(crate) fn results() -> Vec<(&'static str, Screen)> {
    let result = |eligibility, not_after, take_card| Screen::Result {
        page: Arc::new(ResultPage::new(eligibility, samples::date(not_after))),
        take_card,
    };
    let far = "20281231";
    let mut preschool = samples::insured();
    preschool.preschool = true;
    let invalid =
        Eligibility { validity: Code::Known(Validity::Invalid), ..samples::eligibility() };
    let assistance = Eligibility { public_assistance: true, ..samples::eligibility() };
    let assistance_only = Eligibility { records: Default::default(), ..assistance.clone() };
    let not_found = Eligibility {
        validity: Code::Known(Validity::NotFound),
        records: Default::default(),
        ..samples::eligibility()
    };
    let two = Eligibility {
        records: [elderly(), samples::insured()].into_iter().collect(),
        ..samples::eligibility()
    };
    vec![
        ("result", result(samples::eligibility(), far, true)),
        ("result-preschool", result(of(preschool), far, false)),
        ("result-expires-soon", result(samples::eligibility(), "20240131", false)),
        ("result-expired", result(samples::eligibility(), "20231101", true)),
        ("result-assistance", result(assistance, far, false)),
        ("result-assistance-only", result(assistance_only, far, false)),
        ("result-invalid", result(invalid, far, true)),
        ("result-not-found", result(not_found, far, false)),
        ("result-elderly", result(of(elderly()), far, false)),
        ("result-two", result(two, far, true)),
        ("result-masked", result(of(masked()), far, false)),
    ]
}

/// The common result where it goes on to the reception PC.
pub(crate) fn handovers() -> Vec<(&'static str, Shown)> {
    let result = |handover| {
        let (_, screen) = results().remove(0);
        Shown { handover: Some(handover), ..super::plain(screen) }
    };
    let failed = Handover::Failed(HandoverTrouble::NotReached);
    vec![("result-handed-over", result(Handover::Sent)), ("result-not-handed-over", result(failed))]
}

/// Every trouble there is.
pub(crate) fn troubles() -> Vec<Trouble> {
    use {CardTrouble as C, GatewayTrouble as G};
    let card = [
        C::NoCard,
        C::Removed,
        C::Unreadable,
        C::WrongCard,
        C::Phone,
        C::OtherToken,
        C::WrongPin { tries_left: 2 },
        C::LastTry { card: Presence(1) },
        C::PinBlocked,
        C::WrongHierarchy,
        C::ReaderBusy,
        C::ReaderGone,
        C::Hung,
    ];
    let gateway = [
        G::Unreachable,
        G::NotTrusted,
        G::ClockWrong,
        G::Unavailable,
        G::SessionEnded,
        G::Unregistered,
        G::Stale,
        G::CertificateRefused,
        G::ProofRefused,
        G::NoAnswer,
        G::Nonsense,
        G::LineLost,
        G::RelayRefused,
    ];
    card.into_iter().map(Trouble::Card).chain(gateway.into_iter().map(Trouble::Gateway)).collect()
}

pub(crate) fn text<const N: usize>(text: &str) -> Private<N> {
    Private::new(text).expect("it fits the field")
}

fn of(insured: Insured) -> Eligibility {
    Eligibility { records: [insured].into_iter().collect(), ..samples::eligibility() }
}

/// A name on the back, and 高齢受給者証 with a share of its own (seed 159, 160).
pub(crate) fn elderly() -> Insured {
    Insured {
        back: Back {
            name_kana: text("シカク　タロウ"),
            name: text("他資格　太郎"),
            sex: Some(Code::Known(Sex::Male)),
        },
        elderly: Some(Elderly {
            valid_from: Some(samples::date("20230401")),
            valid_until: Some(samples::date("20240331")),
            share: Some(Share(20)),
        }),
        ..samples::insured()
    }
}

/// ● in a name, a code that nobody knows, long texts, rows that are missing.
pub(crate) fn masked() -> Insured {
    Insured {
        insurer_name: text(
            "東京都後期高齢者医療広域連合（葛\u{E0100}飾区・𠮷野町・辻\u{E0101}堂）",
        ),
        name: text("●橋　𠮷子"),
        name_kana: text("ツチハシ　ヨシコ"),
        symbol: Private::default(),
        sex: Code::Known(Sex::Female),
        card_class: Code::Unknown(text("09")),
        valid_until: None,
        share: Some(Share(15)),
        relation: Some(Code::Known(Relation::Insured)),
        insured_name: Private::default(),
        ..samples::insured()
    }
}
