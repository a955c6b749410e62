//! Forms, the keys of one field, and what came of an order to the gateway.

use kiosk_core::{
    Event, Trouble,
    account::AccountTrouble,
    check::Station,
    form::{Entry, Fault, Field, FormKind, FormPage, Row, TypePage},
    text::Letter,
};
use kiosk_ui::{
    AccountTroubleKind, AccountTroubleLine, FaultKind, FieldKind, FieldRow, FormAdapter,
    KioskWindow, Page, TroubleAdapter, TypeAdapter, TypingAdapter,
};
use slint::{ComponentHandle, ModelRc, SharedString};

use super::{kept, words};

/// No number is known; the texts ask for it.
const UNKNOWN: i32 = -1;

pub(super) fn connect(window: &KioskWindow, send: impl Fn(Event) + Clone + 'static) {
    hear!(window, send, FormAdapter.on_submit, Event::Confirm);
    hear!(window, send, FormAdapter.on_leave, Event::Back);
    hear!(window, send, TypingAdapter.on_reveal, Event::Reveal);
    hear!(window, send, TroubleAdapter.on_again, Event::Again);
    hear!(window, send, TroubleAdapter.on_leave, Event::Back);

    let form = window.global::<FormAdapter<'_>>();
    let heard = send.clone();
    form.on_fill(move |kind| heard(Event::Field(field(kind))));
    let heard = send.clone();
    form.on_address_by(move |automatic| heard(Event::Dhcp(automatic)));
    let heard = send.clone();
    form.on_stand(move |attended| {
        heard(Event::Station(if attended { Station::Attended } else { Station::Unattended }));
    });
    window.global::<TypingAdapter<'_>>().on_letter(move |text| {
        // A key of a keyboard that is no letter is no key of ours.
        let mut letters = text.chars().map(Letter::new);
        if let (Some(Some(letter)), None) = (letters.next(), letters.next()) {
            send(Event::Letter(letter));
        }
    });
}

pub(super) fn show_form(window: &KioskWindow, form: &FormPage, back: bool) -> Page {
    let page = window.global::<FormAdapter<'_>>();
    page.set_kind(match form.kind {
        FormKind::Register => kiosk_ui::FormKind::Register,
        FormKind::LogIn => kiosk_ui::FormKind::LogIn,
        FormKind::Forgotten => kiosk_ui::FormKind::Forgotten,
        FormKind::Password => kiosk_ui::FormKind::Password,
        FormKind::Network { .. } => kiosk_ui::FormKind::Network,
    });
    page.set_rows(kept(page.get_rows(), form.rows.iter().map(row).collect()));
    page.set_automatic(form.kind == FormKind::Network { dhcp: true });
    page.set_attended(form.station == Some(Station::Attended));
    page.set_back(back);
    page.set_refused(form.refused.is_some());
    if let Some(trouble) = form.refused {
        page.set_trouble(line(trouble, form.kind == FormKind::Password));
    }
    Page::MenuForm
}

pub(super) fn show_type(window: &KioskWindow, shown: &TypePage) -> Page {
    let TypePage { field, entry, revealed } = shown;
    let page = window.global::<TypeAdapter<'_>>();
    page.set_row(row(&Row { field: *field, entry: entry.clone(), fault: None }));
    page.set_digits(field.is_digits());
    page.set_secret(field.is_secret());
    page.set_revealed(*revealed);
    page.set_sign(field.sign().map(SharedString::from).unwrap_or_default());
    Page::MenuType
}

pub(super) fn show_trouble(window: &KioskWindow, trouble: AccountTrouble, back: bool) -> Page {
    let page = window.global::<TroubleAdapter<'_>>();
    page.set_line(line(trouble, false));
    page.set_back(back);
    Page::MenuTrouble
}

/// What was typed stays in no page but its own.
pub(super) fn forget(window: &KioskWindow, page: Page) {
    if page != Page::MenuType {
        window.global::<TypeAdapter<'_>>().set_row(FieldRow::default());
    }
    if page != Page::MenuForm {
        window.global::<FormAdapter<'_>>().set_rows(ModelRc::default());
    }
}

fn row(row: &Row) -> FieldRow {
    let (text, count) = match &row.entry {
        // Visible ASCII, a byte a character.
        Entry::Shown(text) => (text.expose().into(), text.expose().len()),
        Entry::Hidden(count) => ("●".repeat((*count).into()).into(), (*count).into()),
    };
    FieldRow {
        field: field_kind(row.field),
        required: row.field.is_required(),
        text,
        masked: matches!(row.entry, Entry::Hidden(_)),
        count: i32::try_from(count).expect("a field has 32 characters at most"),
        fault: row.fault.map_or(FaultKind::None, fault_kind),
    }
}

fn line(trouble: AccountTrouble, own_password: bool) -> AccountTroubleLine {
    use AccountTrouble as T;
    use AccountTroubleKind as K;

    let known = |number: Option<i32>| number.unwrap_or(UNKNOWN);
    let mut gateway = kiosk_ui::TroubleKind::Unavailable;
    let (kind, number) = match trouble {
        T::FunctionNotEnabled => (K::FunctionNotEnabled, UNKNOWN),
        T::CodeUnknown => (K::CodeUnknown, UNKNOWN),
        T::CodeUsed => (K::CodeUsed, UNKNOWN),
        T::CodeRevoked => (K::CodeRevoked, UNKNOWN),
        T::CodeTooYoung { minutes } => (K::CodeTooYoung, minutes.into()),
        T::AccountNeverUsed => (K::AccountNeverUsed, UNKNOWN),
        T::TermsOutdated => (K::TermsOutdated, UNKNOWN),
        T::WrongCredentials { tries_left } => {
            (K::WrongCredentials, known(tries_left.map(i32::from)))
        }
        T::AccountLocked { minutes } => (K::AccountLocked, known(minutes.map(i32::from))),
        T::PasswordRefused => (K::PasswordRefused, UNKNOWN),
        T::Disk => (K::Disk, UNKNOWN),
        T::Gateway(trouble) => {
            gateway = words::trouble(Trouble::Gateway(trouble));
            (K::Gateway, UNKNOWN)
        }
    };
    AccountTroubleLine { kind, gateway, number, code: trouble.code().into(), own_password }
}

fn field_kind(field: Field) -> FieldKind {
    match field {
        Field::Facility => FieldKind::Facility,
        Field::User => FieldKind::User,
        Field::Password => FieldKind::Password,
        Field::ActivationCode => FieldKind::ActivationCode,
        Field::Current => FieldKind::Current,
        Field::New => FieldKind::New,
        Field::Again => FieldKind::Again,
        Field::Address => FieldKind::Address,
        Field::Router => FieldKind::Router,
        Field::Dns => FieldKind::Dns,
        Field::OtherDns => FieldKind::OtherDns,
        Field::Proxy => FieldKind::Proxy,
        Field::TimeServer => FieldKind::TimeServer,
    }
}

fn field(kind: FieldKind) -> Field {
    match kind {
        FieldKind::Facility => Field::Facility,
        FieldKind::User => Field::User,
        FieldKind::Password => Field::Password,
        FieldKind::ActivationCode => Field::ActivationCode,
        FieldKind::Current => Field::Current,
        FieldKind::New => Field::New,
        FieldKind::Again => Field::Again,
        FieldKind::Address => Field::Address,
        FieldKind::Router => Field::Router,
        FieldKind::Dns => Field::Dns,
        FieldKind::OtherDns => Field::OtherDns,
        FieldKind::Proxy => Field::Proxy,
        FieldKind::TimeServer => Field::TimeServer,
    }
}

fn fault_kind(fault: Fault) -> FaultKind {
    match fault {
        Fault::Missing => FaultKind::Missing,
        Fault::TooFew => FaultKind::TooFew,
        Fault::NotAUserId => FaultKind::NotAUserId,
        Fault::Length => FaultKind::Length,
        Fault::Kinds => FaultKind::Kinds,
        Fault::Symbol => FaultKind::Symbol,
        Fault::Differs => FaultKind::Differs,
        Fault::Shape => FaultKind::Shape,
        Fault::Elsewhere => FaultKind::Elsewhere,
    }
}
