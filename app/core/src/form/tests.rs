//! What forms take and what they say, field by field.

use super::*;

fn text(text: &str) -> Text {
    Text::new(text.as_bytes()).expect("it fits")
}

// seed 92-93
#[test]
fn a_password_has_four_kinds_of_characters_and_only_these_symbols() {
    let fault = |it: &str| password_fault(&text(it));
    assert_eq!(fault("Abcdef1!"), None);
    assert_eq!(fault("Aa1`~!@#$%^&*_{}[]|;"), None);
    assert_eq!(fault("Aa1'<>,.?-()/"), None);
    for kinds in ["abcdef1!", "ABCDEF1!", "Abcdefg!", "Abcdefg1", "12345678"] {
        assert_eq!(fault(kinds), Some(Fault::Kinds), "{kinds}");
    }
    assert_eq!(fault("Abcde1!"), Some(Fault::Length));
    assert_eq!(fault("Abcdefghijklmnopqr1!x"), Some(Fault::Length));
    for symbol in ["+", "=", "\"", ":", "\\"] {
        assert_eq!(fault(&format!("Abcdef1!{symbol}")), Some(Fault::Symbol), "{symbol}");
    }
}

fn filled(kind: FormKind, values: &[(Field, &str)]) -> Form {
    let mut form = Form::new(kind, Station::Unattended);
    for (field, value) in values {
        form.edit(*field);
        value.chars().filter_map(Letter::new).for_each(|letter| form.push(letter));
        form.done();
    }
    form
}

fn faults(form: &Form) -> Vec<(Field, Fault)> {
    form.page().rows.iter().filter_map(|row| Some((row.field, row.fault?))).collect()
}

#[test]
fn a_vendor_may_have_filled_the_facility_in() {
    let facility = || Text::new(b"1310000001").expect("visible ASCII");
    let begin = |kind| Form::new(kind, Station::Unattended).beginning_with(facility());
    let mut form = begin(FormKind::Register);
    assert!(form.order("1").is_none());
    assert_eq!(faults(&form), [(Field::User, Fault::Missing), (Field::Password, Fault::Missing)]);
    form.edit(Field::Facility);
    form.clear();
    form.done();
    assert!(form.order("1").is_none());
    assert_eq!(faults(&form)[0], (Field::Facility, Fault::Missing));
    let mut log_in = begin(FormKind::LogIn);
    assert!(log_in.order("1").is_none());
    assert_eq!(faults(&log_in)[0], (Field::User, Fault::Missing));
}

// seed 68
#[test]
fn every_wrong_field_is_named_at_once() {
    let values = [(Field::Facility, "131"), (Field::User, "k"), (Field::ActivationCode, "1")];
    let mut form = filled(FormKind::Register, &values);
    assert!(form.order("1").is_none());
    let expected = [
        (Field::Facility, Fault::TooFew),
        (Field::User, Fault::NotAUserId),
        (Field::Password, Fault::Missing),
        (Field::ActivationCode, Fault::TooFew),
    ];
    assert_eq!(faults(&form), expected);
}

// seed 67, 173
#[test]
fn a_registration_goes_with_or_without_an_activation_code() {
    let values = [
        (Field::Facility, "13100000019"),
        (Field::User, "kiosk01 !"),
        (Field::Password, "Kiosk-01!"),
    ];
    let mut form = filled(FormKind::Register, &values);
    let Some(AccountOrder::Register(it)) = form.order("2026-11") else {
        panic!("{:?}", faults(&form))
    };
    // An eleventh digit, a blank and a symbol were not typed.
    assert_eq!((it.facility.expose(), it.user.expose()), ("1310000001", "kiosk01"));
    assert_eq!((it.code, &*it.terms), (None, "2026-11"));

    form.edit(Field::ActivationCode);
    "123456789012".chars().filter_map(Letter::new).for_each(|letter| form.push(letter));
    form.done();
    let Some(AccountOrder::Register(it)) = form.order("2026-11") else { panic!("refused") };
    assert_eq!(it.code.as_ref().map(Text::expose), Some("123456789012"));
}

// seed 91
#[test]
fn a_new_password_is_typed_twice_alike() {
    let values = [(Field::Current, "old"), (Field::New, "Abcdef1!"), (Field::Again, "Abcdef1?")];
    let mut form = filled(FormKind::Password, &values);
    assert!(form.order("").is_none());
    assert_eq!(faults(&form), [(Field::Again, Fault::Differs)]);
}

// seed 94
#[test]
fn a_password_is_masked_until_the_eye_is_pressed() {
    let mut form = filled(FormKind::LogIn, &[(Field::User, "ab"), (Field::Password, "xyz")]);
    assert_eq!(form.page().rows[1].entry, Entry::Hidden(3));
    form.edit(Field::Password);
    form.reveal();
    let page = form.type_page().expect("a field is edited");
    assert!(matches!(&page.entry, Entry::Shown(it) if it.expose() == "xyz"));
    assert!(!format!("{page:?}").contains("xyz"), "{page:?}");
    form.done();
    form.edit(Field::Password);
    assert_eq!(form.type_page().expect("edited").entry, Entry::Hidden(3));
}

/// As somebody types it: what a field does not take is not there.
fn network(dhcp: bool, values: &[(Field, &str)]) -> Form {
    let mut form = Form::of_network(&NetworkPlan::default());
    form.set_dhcp(dhcp);
    for (field, value) in values {
        form.edit(*field);
        value.chars().filter_map(Letter::new).for_each(|letter| form.push(letter));
        form.done();
    }
    form
}

#[test]
fn a_network_by_dhcp_needs_nothing_and_by_hand_an_address() {
    assert_eq!(network(true, &[]).network_plan(), Some(NetworkPlan::default()));
    let mut form = network(false, &[(Field::Proxy, "proxy"), (Field::TimeServer, "-")]);
    assert_eq!(form.network_plan(), None);
    let expected = [
        (Field::Address, Fault::Missing),
        (Field::Router, Fault::Missing),
        (Field::Dns, Fault::Missing),
        (Field::Proxy, Fault::Shape),
        (Field::TimeServer, Fault::Shape),
    ];
    assert_eq!(faults(&form), expected);
    let good =
        [(Field::Address, "192.0.2.15/24"), (Field::Router, "192.0.3.1"), (Field::Dns, "9.9.9.9")];
    let mut form = network(false, &good);
    assert_eq!(form.network_plan(), None);
    assert_eq!(faults(&form), [(Field::Router, Fault::Elsewhere)]);
    form.edit(Field::Router);
    form.clear();
    "192.0.2.1x".chars().filter_map(Letter::new).for_each(|letter| form.push(letter));
    form.done();
    let plan = form.network_plan().expect("all right");
    let fixed = plan.fixed.as_ref().expect("by hand");
    assert_eq!(fixed.address().to_string(), "192.0.2.15/24");
    // What was set comes back as it was typed.
    assert_eq!(Form::of_network(&plan).network_plan(), Some(plan));
}

#[test]
fn proxy_and_time_stay_when_the_address_is_another_ones_to_give() {
    let mut form = network(true, &[(Field::Proxy, "p:1"), (Field::TimeServer, "t")]);
    for dhcp in [false, false, true, true, false, true] {
        form.set_dhcp(dhcp);
        let rows = form.page().rows;
        let shared: Vec<_> = rows[rows.len() - 2..].iter().map(|row| row.entry.clone()).collect();
        let shown = |text: &str| Entry::Shown(Private::new(text).expect("short"));
        assert_eq!(shared, [shown("p:1"), shown("t")], "{dhcp}");
        assert_eq!(rows.len(), if dhcp { 2 } else { 6 });
    }
}
