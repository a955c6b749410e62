//! The tests of `tests/whole` once more, on PostgreSQL, which this program starts for itself.
#![forbid(unsafe_code)]

mod place;
mod server;
mod trouble;

#[path = "../whole/bench/mod.rs"]
mod bench;
#[path = "../whole/cards.rs"]
mod cards;
#[path = "../whole/certificates.rs"]
mod certificates;
#[path = "../whole/checks.rs"]
mod checks;
#[path = "../whole/commands.rs"]
mod commands;
#[path = "../whole/connections.rs"]
mod connections;
#[path = "../whole/consents.rs"]
mod consents;
#[path = "../whole/crowd.rs"]
mod crowd;
#[path = "../whole/hostile.rs"]
mod hostile;
#[path = "../whole/instances.rs"]
mod instances;
#[path = "../whole/journal.rs"]
mod journal;
#[path = "../whole/openapi.rs"]
mod openapi;
#[path = "../whole/passwords.rs"]
mod passwords;
#[path = "../whole/people.rs"]
mod people;
#[path = "../whole/photo_cards.rs"]
mod photo_cards;
#[path = "../whole/portal/mod.rs"]
mod portal;
#[path = "../whole/registration.rs"]
mod registration;
#[path = "../whole/relay.rs"]
mod relay;
#[path = "../whole/revocation.rs"]
mod revocation;
#[path = "../whole/sessions.rs"]
mod sessions;
#[path = "../whole/unread.rs"]
mod unread;
#[path = "../whole/upkeep.rs"]
mod upkeep;

#[test]
fn no_test_is_left_out() {
    let modules = |text: &'static str| {
        let names = text.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
        names.collect::<std::collections::BTreeSet<&str>>()
    };
    let here = modules(include_str!("main.rs"));
    let missing: Vec<_> =
        modules(include_str!("../whole/main.rs")).difference(&here).copied().collect();
    assert_eq!(missing, Vec::<&str>::new(), "add them to tests/postgres/main.rs");
}
