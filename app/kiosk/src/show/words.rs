//! Our enums to those of the pages, one arm each: a new variant does not compile
//! until it has a text.

use kiosk_core::{
    CardTrouble, Consent, GatewayTrouble, Handover, HandoverTrouble, Trouble,
    eligibility::{CardClass, Relation, Sex},
    proof::{Method, TokenKind},
    result_page::Banner,
    screen::Readiness,
    staff::StaffReason,
};
use kiosk_ui::{BannerKind, ConsentKind, HandoverState, TroubleKind, Word};

pub(super) fn method(method: Method) -> kiosk_ui::Method {
    match method {
        Method::Visual => kiosk_ui::Method::Visual,
        Method::Pin => kiosk_ui::Method::Pin,
    }
}

/// The trouble of a line that is down goes beside it.
pub(super) fn readiness(readiness: Readiness) -> kiosk_ui::Readiness {
    match readiness {
        Readiness::Ready => kiosk_ui::Readiness::Ready,
        Readiness::Starting => kiosk_ui::Readiness::Starting,
        Readiness::TakeCard => kiosk_ui::Readiness::TakeCard,
        Readiness::ReaderMissing => kiosk_ui::Readiness::ReaderMissing,
        Readiness::ReaderUnsupported => kiosk_ui::Readiness::ReaderUnsupported,
        Readiness::ReaderBusy => kiosk_ui::Readiness::ReaderBusy,
        Readiness::ReaderUnknown => kiosk_ui::Readiness::ReaderUnknown,
        Readiness::NoStaffCode => kiosk_ui::Readiness::NoStaffCode,
        Readiness::LineDown(_) => kiosk_ui::Readiness::LineDown,
    }
}

pub(super) fn staff_reason(reason: StaffReason) -> kiosk_ui::StaffReason {
    match reason {
        StaffReason::Visual => kiosk_ui::StaffReason::Visual,
        StaffReason::Switch => kiosk_ui::StaffReason::Switch,
        StaffReason::UnknownReader => kiosk_ui::StaffReason::UnknownReader,
    }
}

pub(super) fn consent(consent: Consent) -> ConsentKind {
    match consent {
        Consent::Medication => ConsentKind::Medication,
        Consent::Treatment => ConsentKind::Treatment,
        Consent::Checkup => ConsentKind::Checkup,
    }
}

pub(super) fn token(token: TokenKind) -> kiosk_ui::Token {
    match token {
        TokenKind::Card => kiosk_ui::Token::Card,
        TokenKind::Android => kiosk_ui::Token::Android,
        TokenKind::Iphone => kiosk_ui::Token::Iphone,
    }
}

pub(super) fn trouble(trouble: Trouble) -> TroubleKind {
    match trouble {
        Trouble::Card(trouble) => match trouble {
            CardTrouble::NoCard => TroubleKind::NoCard,
            CardTrouble::Removed => TroubleKind::Removed,
            CardTrouble::Unreadable => TroubleKind::Unreadable,
            CardTrouble::WrongCard => TroubleKind::WrongCard,
            CardTrouble::Phone => TroubleKind::Phone,
            CardTrouble::OtherToken => TroubleKind::OtherToken,
            CardTrouble::WrongPin { .. } => TroubleKind::WrongPin,
            CardTrouble::LastTry { .. } => TroubleKind::LastTry,
            CardTrouble::PinBlocked => TroubleKind::PinBlocked,
            CardTrouble::WrongHierarchy => TroubleKind::WrongHierarchy,
            CardTrouble::ReaderBusy => TroubleKind::ReaderBusy,
            CardTrouble::ReaderGone => TroubleKind::ReaderGone,
            CardTrouble::Hung => TroubleKind::Hung,
        },
        Trouble::Gateway(trouble) => match trouble {
            GatewayTrouble::Unreachable => TroubleKind::Unreachable,
            GatewayTrouble::NotTrusted => TroubleKind::NotTrusted,
            GatewayTrouble::ClockWrong => TroubleKind::ClockWrong,
            GatewayTrouble::Unavailable => TroubleKind::Unavailable,
            GatewayTrouble::SessionEnded => TroubleKind::SessionEnded,
            GatewayTrouble::Unregistered => TroubleKind::Unregistered,
            GatewayTrouble::Stale => TroubleKind::Stale,
            GatewayTrouble::CertificateRefused => TroubleKind::CertificateRefused,
            GatewayTrouble::ProofRefused => TroubleKind::ProofRefused,
            GatewayTrouble::NoAnswer => TroubleKind::NoAnswer,
            GatewayTrouble::Nonsense => TroubleKind::Nonsense,
            GatewayTrouble::LineLost => TroubleKind::LineLost,
            GatewayTrouble::RelayRefused => TroubleKind::RelayRefused,
        },
    }
}

pub(super) fn banner(banner: &Banner) -> BannerKind {
    match banner {
        Banner::Invalid => BannerKind::Invalid,
        Banner::InvalidNewerExists => BannerKind::InvalidNewerExists,
        Banner::NotFound => BannerKind::NotFound,
        Banner::Several => BannerKind::Several,
        Banner::ValidUnregistered => BannerKind::ValidUnregistered,
        Banner::UnknownValidity => BannerKind::UnknownValidity,
        Banner::AssistanceWithInsurance => BannerKind::AssistanceWithInsurance,
        Banner::AssistanceOnly => BannerKind::AssistanceOnly,
        Banner::Preschool => BannerKind::Preschool,
        Banner::CertificateExpiresSoon => BannerKind::CertificateExpiresSoon,
        Banner::CertificateExpired => BannerKind::CertificateExpired,
        Banner::SeveralResults => BannerKind::SeveralResults,
        Banner::MaskedName => BannerKind::MaskedName,
        Banner::UnknownCode => BannerKind::UnknownCode,
        Banner::Message(_) => BannerKind::Message,
    }
}

pub(super) fn handover(handover: Option<Handover>) -> HandoverState {
    match handover {
        None => HandoverState::Off,
        Some(Handover::Sending) => HandoverState::Sending,
        Some(Handover::Sent) => HandoverState::Sent,
        Some(Handover::Failed(trouble)) => match trouble {
            HandoverTrouble::NotReached => HandoverState::NotReached,
            HandoverTrouble::NotTrusted => HandoverState::NotTrusted,
            HandoverTrouble::NotAdmitted => HandoverState::NotAdmitted,
            HandoverTrouble::Folder => HandoverState::Folder,
            HandoverTrouble::DiskFull => HandoverState::DiskFull,
            HandoverTrouble::Other => HandoverState::Other,
        },
    }
}

pub(super) fn sex(sex: Sex) -> Word {
    match sex {
        Sex::Male => Word::Male,
        Sex::Female => Word::Female,
        Sex::NotSet => Word::NotSet,
    }
}

pub(super) fn relation(relation: Relation) -> Word {
    match relation {
        Relation::Insured => Word::Insured,
        Relation::Family => Word::Family,
    }
}

pub(super) fn card_class(class: CardClass) -> Word {
    match class {
        CardClass::General => Word::General,
        CardClass::Retired => Word::Retired,
        CardClass::ShortTermGeneral => Word::ShortTermGeneral,
        CardClass::ShortTermRetired => Word::ShortTermRetired,
        CardClass::SpecialCare => Word::SpecialCare,
        CardClass::SpecialRetired => Word::SpecialRetired,
        CardClass::SelfDefenceForces => Word::SelfDefenceForces,
    }
}
