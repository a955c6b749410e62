//! 端末情報 and 記録: names and what they have.

use kiosk_core::{DeviceInfo, Records, check::Station, record::RecordLine};
use kiosk_process::Settings;
use kiosk_ui::{
    Around, Fact, FactsAdapter, InfoAdapter, KioskWindow, NetworkAdapter, Page, RecordMethod,
    RecordOutcome, RecordsAdapter,
};
use slint::{ComponentHandle, SharedString};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::kept;
use crate::{
    about::{About, StateKey},
    night::JST,
};

/// Tells 端末情報 what stays the same while the program runs.
pub fn introduce(window: &KioskWindow, settings: &Settings, about: &About) {
    let info = window.global::<InfoAdapter<'_>>();
    info.set_own_version(env!("CARGO_PKG_VERSION").into());
    info.set_own_serial(settings.serial.as_str().into());
    info.set_own_gateway(settings.gateway.as_str().into());
    window.global::<NetworkAdapter<'_>>().set_applies(settings.appliance.is_some());
    info.set_own_image(about.image.as_deref().unwrap_or_default().into());
    info.set_own_root_hash(about.root_hash.as_deref().unwrap_or_default().into());
    info.set_own_state_key(match about.state_key {
        None => kiosk_ui::StateKey::Unknown,
        Some(StateKey::Tpm) => kiosk_ui::StateKey::Tpm,
        Some(StateKey::File) => kiosk_ui::StateKey::File,
    });
}

/// What a page of facts says.
#[derive(Default)]
pub(super) struct Said {
    pub(super) title: SharedString,
    pub(super) lead: SharedString,
    pub(super) mistake: SharedString,
    pub(super) facts: Vec<Fact>,
    /// What changes them; empty where nothing does.
    pub(super) change: SharedString,
}

pub(super) fn show(window: &KioskWindow, said: Said) -> Page {
    let page = window.global::<FactsAdapter<'_>>();
    let spoken: String =
        said.facts.iter().map(|fact| format!("{} {}\n", fact.name, fact.value)).collect();
    page.set_title(said.title);
    page.set_lead(said.lead);
    page.set_mistake(said.mistake);
    page.set_change_text(said.change);
    page.set_spoken_facts(spoken.into());
    page.set_facts(kept(page.get_facts(), said.facts));
    Page::MenuFacts
}

pub(super) fn show_info(
    window: &KioskWindow,
    station: Station,
    reader: Option<&str>,
    device: Option<&DeviceInfo>,
) -> Page {
    let info = window.global::<InfoAdapter<'_>>();
    let reader = reader.map_or_else(|| info.get_no_reader(), SharedString::from);
    let mut facts = vec![
        fact(info.get_version(), info.get_own_version()),
        fact(info.get_serial(), info.get_own_serial()),
        fact(info.get_gateway(), info.get_own_gateway()),
        fact(info.get_place(), info.invoke_station(station == Station::Attended)),
        fact(info.get_reader(), reader),
    ];
    match device {
        None => facts.push(fact(info.get_device(), info.get_unregistered())),
        Some(device) => {
            let from = on(device.certificate_from);
            let holds = info.invoke_period(from, on(device.certificate_until));
            facts.extend([
                fact(info.get_facility(), device.facility.as_str().into()),
                fact(info.get_device(), device.device_id.as_str().into()),
                fact(info.get_certificate(), holds),
                fact(
                    info.get_authorities(),
                    info.invoke_version_of(device.pins_version.to_string().into()),
                ),
            ]);
        }
    }
    facts.extend(of_image(window));
    facts.push(fact(info.get_licence(), "GPL-3.0-only".into()));
    show(window, Said { title: info.get_title(), facts, ..Said::default() })
}

/// What an appliance says of its image; nothing on a desk.
fn of_image(window: &KioskWindow) -> Vec<Fact> {
    let info = window.global::<InfoAdapter<'_>>();
    let known = [
        fact(info.get_image(), info.get_own_image()),
        fact(info.get_root_hash(), info.get_own_root_hash()),
    ];
    let mut facts: Vec<_> = known.into_iter().filter(|it| !it.value.is_empty()).collect();
    let key = info.get_own_state_key();
    if key != kiosk_ui::StateKey::Unknown {
        facts.push(fact(info.get_state(), info.invoke_state_key(key)));
    }
    if !window.global::<Around<'_>>().get_mark().is_empty() {
        facts.push(fact(info.get_keys(), info.get_test_keys()));
    }
    facts
}

pub(super) fn show_records(window: &KioskWindow, records: Option<&Records>) -> Page {
    let texts = window.global::<RecordsAdapter<'_>>();
    let title = texts.get_title();
    let nothing = SharedString::default;
    let Some(records) = records else {
        let mistake = texts.get_unreadable();
        return show(window, Said { title, mistake, ..Said::default() });
    };
    let facts =
        records.lines.iter().map(|line| fact(when(&line.time), texts.invoke_text(of(line))));
    let facts: Vec<_> = facts.collect();
    let lead = match facts.is_empty() {
        true => texts.get_none(),
        false => texts.invoke_lead(records.unsent.try_into().unwrap_or(i32::MAX)),
    };
    let mistake = if records.intact { nothing() } else { texts.get_broken() };
    show(window, Said { title, lead, mistake, facts, ..Said::default() })
}

pub(super) fn fact(name: SharedString, value: SharedString) -> Fact {
    Fact { name, value }
}

/// The day in Japan of a time in seconds since the epoch.
fn on(seconds: u64) -> SharedString {
    let time =
        i64::try_from(seconds).ok().and_then(|it| OffsetDateTime::from_unix_timestamp(it).ok());
    time.map_or_else(|| seconds.to_string(), |it| it.to_offset(JST).date().to_string()).into()
}

/// `2026-11-22 10:02`, in Japan; what is no time stands as it is.
fn when(time: &str) -> SharedString {
    match OffsetDateTime::parse(time, &Rfc3339) {
        Ok(time) => {
            let time = time.to_offset(JST);
            let (year, month, day) = time.to_calendar_date();
            let (hour, minute) = (time.hour(), time.minute());
            format!("{year:04}-{:02}-{day:02} {hour:02}:{minute:02}", u8::from(month)).into()
        }
        Err(_) => time.into(),
    }
}

/// As the page has its texts for. What has none stands as its own word.
fn of(line: &RecordLine) -> kiosk_ui::RecordLine {
    use RecordOutcome as O;

    let outcome = match line.outcome.as_str() {
        "valid" => O::Valid,
        "invalid" => O::Invalid,
        "not-found" => O::NotFound,
        "unclear" => O::Unclear,
        "left" => O::Left,
        "menu-opened" => O::MenuOpened,
        "wrong-passcode" => O::WrongPasscode,
        "passcode-set" => O::PasscodeSet,
        "staff-code-set" => O::StaffCodeSet,
        "password-changed" => O::PasswordChanged,
        "setting-changed" => O::SettingChanged,
        "registered" => O::Registered,
        "logged-in" => O::LoggedIn,
        "logged-out" => O::LoggedOut,
        "staff-called" => O::StaffCalled,
        "certificate-renewed" => O::CertificateRenewed,
        "pins-changed" => O::PinsChanged,
        "journal-damaged" => O::Damaged,
        _ => O::Trouble,
    };
    let method = match line.method.as_str() {
        "visual" => RecordMethod::Visual,
        "pin" => RecordMethod::Pin,
        "device" => RecordMethod::Device,
        _ => RecordMethod::None,
    };
    kiosk_ui::RecordLine { outcome, method, code: line.outcome.as_str().into() }
}

#[cfg(test)]
mod tests {
    use kiosk_core::{
        Deed,
        note::{Answered, Outcome},
    };

    use super::*;

    #[test]
    fn times_are_japans() {
        assert_eq!(when("2026-11-22T01:02:03Z"), "2026-11-22 10:02");
        assert_eq!(when("2026-12-31T15:00:00Z"), "2027-01-01 00:00");
        assert_eq!(when("soon"), "soon");
    }

    /// A word that the journal writes and no page knows would be read as an error.
    #[test]
    fn every_word_of_the_journal_has_its_text() {
        let deeds = [
            Deed::MenuOpened,
            Deed::WrongPasscode,
            Deed::PasscodeSet,
            Deed::StaffCodeSet,
            Deed::PasswordChanged,
            Deed::SettingChanged,
            Deed::Registered,
            Deed::LoggedIn,
            Deed::LoggedOut,
            Deed::StaffCalled,
            Deed::CertificateRenewed,
            Deed::PinsChanged,
        ];
        let answers = [Answered::Valid, Answered::Invalid, Answered::NotFound, Answered::Unclear];
        let words = deeds.iter().map(|deed| deed.word());
        let words = words.chain(answers.map(|it| Outcome::Answered(it).word()));
        for word in words.chain([Outcome::Left.word()]) {
            let (time, method) = (String::new(), String::new());
            let line = RecordLine { time, method, outcome: word.to_owned() };
            assert_ne!(of(&line).outcome, RecordOutcome::Trouble, "{word}");
        }
    }
}
