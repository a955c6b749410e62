//! The items of an answer, in the order of 別紙3-1 (public traces of Ver 8.07). A person's
//! file uses the wire's own names, so this table is all that stands between the two.

use crate::consents::Consent;

/// What an item holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    /// yyyyMMdd, which a person's file may give relative to today.
    Day,
    Group(&'static [Item]),
}

/// An element: its name, what it holds.
pub(crate) type Item = (&'static str, Kind);

use Kind::{Day, Group, Text};

/// 資格確認結果 (ResultOfQualificationConfirmation).
pub(crate) const RECORD: &[Item] = &[
    ("InsuredCardClassification", Text),
    ("InsurerNumber", Text),
    ("InsuredCardSymbol", Text),
    ("InsuredIdentificationNumber", Text),
    ("InsuredBranchNumber", Text),
    ("PersonalFamilyClassification", Text),
    ("InsuredName", Text),
    ("Name", Text),
    ("NameOfOther", Text),
    ("NameKana", Text),
    ("NameOfOtherKana", Text),
    ("Sex1", Text),
    ("Sex2", Text),
    ("Birthdate", Day),
    ("Address", Text),
    ("PostNumber", Text),
    ("QualificationDate", Day),
    ("DisqualificationDate", Day),
    ("InsuredCertificateIssuanceDate", Day),
    ("InsuredCardValidDate", Day),
    ("InsuredCardExpirationDate", Day),
    ("InsuredPartialContributionRatio", Text),
    ("PreschoolClassification", Text),
    ("ReasonOfLoss", Text),
    ("InsurerName", Text),
    ("ElderlyRecipientCertificateInfo", Group(ELDERLY)),
    ("PublicExpenseResultList", Group(PUBLIC_EXPENSE)),
];

/// 高齢受給者証情報
const ELDERLY: &[Item] = &[
    ("ElderlyRecipientCertificateDate", Day),
    ("ElderlyRecipientValidStartDate", Day),
    ("ElderlyRecipientValidEndDate", Day),
    ("ElderlyRecipientContributionRatio", Text),
];

/// 医療扶助資格確認結果リスト
const PUBLIC_EXPENSE: &[Item] = &[("MedicalTicketInfo", Group(MEDICAL_TICKET))];

/// 医療券・調剤券情報
const MEDICAL_TICKET: &[Item] = &[
    ("TicketType", Text),
    ("MedicalTicketValidDate", Day),
    ("MedicalTicketExpirationDate", Day),
    ("IssueNumber", Text),
    ("MedicalTreatmentMonth", Text),
    ("DesignatedMedicalInstitutionCode", Text),
    ("DesignatedMedicalInstitutionFlag", Text),
    ("DesignatedMedicalInstitutionName", Text),
    ("InjuryName1", Text),
    ("MedicalTreatmentType", Text),
    ("SelfPayAmount", Text),
    ("DistrictContactName", Text),
    ("HandlingContactName", Text),
    ("SingleOrCombinedUse", Text),
    ("StatusOfSocialInsurance", Text),
];

/// What the holder consented to, and what the names of its three items begin with. They
/// end a record.
pub(crate) const CONSENTS: &[(Consent, &str)] = &[
    (Consent::Checkup, "SpecificHealthCheckupsInfo"),
    (Consent::Medication, "PharmacistsInfo"),
    (Consent::Treatment, "DiagnosisInfo"),
];
