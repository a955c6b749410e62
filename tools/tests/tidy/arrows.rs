//! Who may use whom.

use std::collections::BTreeMap;

use crate::{
    expect_none, expect_one,
    tree::{Crate, crates},
};

/// More crates than this is a house where nobody finds anything.
const CRATES_MAX: usize = 15;

/// Any of ours.
const ANY: &[&str] = &["*"];

/// A crate, whom it may use, and whom its tests may use besides.
struct Arrow {
    from: &'static str,
    to: &'static [&'static str],
    in_tests: &'static [&'static str],
}

const ARROWS: &[Arrow] = &[
    Arrow { from: "app/core", to: &[], in_tests: &[] },
    Arrow { from: "app/gateway", to: &["app/core"], in_tests: &[] },
    Arrow { from: "app/ui", to: &[], in_tests: &[] },
    Arrow { from: "app/process", to: &["app/core"], in_tests: &[] },
    Arrow {
        from: "app/card",
        to: &["app/core", "app/process", "reader-drivers/card", "reader-drivers/pcsc"],
        in_tests: &["reader-drivers/virtual"],
    },
    Arrow { from: "app/line", to: &["app/core", "app/gateway", "app/process"], in_tests: &[] },
    Arrow { from: "app/kiosk", to: &["app/core", "app/process", "app/ui"], in_tests: &[] },
    Arrow { from: "reader-drivers/card", to: &[], in_tests: &[] },
    Arrow { from: "reader-drivers/pcsc", to: &["reader-drivers/card"], in_tests: &[] },
    Arrow { from: "reader-drivers/virtual", to: &["reader-drivers/card"], in_tests: &[] },
    Arrow {
        from: "reader-drivers/ifd",
        to: &["reader-drivers/card", "reader-drivers/virtual"],
        in_tests: &[],
    },
    Arrow { from: "tools", to: &[], in_tests: &[] },
    Arrow {
        from: "tools/gateway",
        to: &[],
        // The kiosk's own words must understand what it answers.
        in_tests: &["app/core", "app/gateway", "reader-drivers/card", "reader-drivers/virtual"],
    },
    Arrow { from: "tools/receiver", to: &[], in_tests: &[] },
    Arrow { from: "tests", to: ANY, in_tests: ANY },
];

/// What the pure crates may use from outside: nothing that reads, sends or shows.
const PURE: &[(&str, &[&str])] = &[
    ("app/core", &["heapless", "serde", "thiserror", "zeroize"]),
    (
        "app/gateway",
        &[
            "base64",
            "encoding_rs",
            "heapless",
            "quick-xml",
            "serde",
            "serde_json",
            "sha2",
            "thiserror",
            "zeroize",
        ],
    ),
    ("reader-drivers/card", &["heapless", "thiserror", "zeroize"]),
];

/// A crate that turns commands into bytes: a logger there would one day print a PIN.
const NO_LOGGER: &[&str] = &["reader-drivers/card", "reader-drivers/pcsc"];

fn wrong_arrows(from: &Crate, ours: &BTreeMap<String, Crate>) -> Vec<String> {
    let Some(arrow) = ARROWS.iter().find(|arrow| arrow.from == from.at) else {
        return vec![format!("{}: a new crate needs its line in ARROWS", from.at)];
    };
    let folder = |name: &String| ours.values().find(|it| it.name == *name).map(|it| it.at.as_str());
    let wrong = |names: &[String], allowed: &[&[&str]]| -> Vec<String> {
        let may = |at: &str| allowed.iter().any(|it| it.contains(&at) || *it == ANY);
        let to = names.iter().filter_map(folder).filter(|at| !may(at));
        to.map(|at| format!("{} must not use {at}", from.at)).collect()
    };
    [wrong(&from.uses, &[arrow.to]), wrong(&from.tests_use, &[arrow.to, arrow.in_tests])].concat()
}

fn impure(pure: &Crate, allowed: &[&str], ours: &BTreeMap<String, Crate>) -> Vec<String> {
    let is_ours = |name: &String| ours.values().any(|it| it.name == *name);
    let foreign = pure.uses.iter().filter(|name| !is_ours(name));
    foreign
        .filter(|name| !allowed.contains(&name.as_str()))
        .map(|name| format!("{} is pure and must not use {name}", pure.at))
        .collect()
}

fn logging(it: &Crate) -> Vec<String> {
    let loggers = ["log", "env_logger", "tracing"];
    let found = it.uses.iter().filter(|name| loggers.contains(&name.as_str()));
    found.map(|name| format!("{} must not use {name}: its bytes hold PINs", it.at)).collect()
}

#[test]
fn arrows_point_inwards() {
    let ours = crates();
    expect_none(ours.values().flat_map(|it| wrong_arrows(it, &ours)));
}

#[test]
fn pure_crates_stay_pure() {
    let ours = crates();
    expect_none(PURE.iter().flat_map(|(at, allowed)| impure(&ours[*at], allowed, &ours)));
}

#[test]
fn who_encodes_commands_has_no_logger() {
    let ours = crates();
    expect_none(NO_LOGGER.iter().flat_map(|at| logging(&ours[*at])));
}

#[test]
fn there_are_few_crates() {
    let count = crates().len();
    assert!(count <= CRATES_MAX, "{count} crates; {CRATES_MAX} are allowed");
}

#[test]
fn a_wrong_arrow_is_seen() {
    let ours = crates();
    let made_up = |dependencies: &str| {
        Crate::read("app/core", &format!("[package]\nname = \"kiosk-core\"\n{dependencies}"))
    };
    let wrong = made_up("[dependencies]\nfine = { path = \"x\", package = \"reader-pcsc\" }");
    expect_one(wrong_arrows(&wrong, &ours), "app/core must not use reader-drivers/pcsc");
    let wrong = made_up("[dev-dependencies]\ncard.workspace = true");
    expect_one(wrong_arrows(&wrong, &ours), "app/core must not use reader-drivers/card");
    let wrong = made_up("[target.'cfg(unix)'.dependencies]\nlog = \"0.4\"");
    expect_one(impure(&wrong, &["serde"], &ours), "must not use log");
    expect_one(logging(&wrong), "must not use log");
    let new = Crate::read("app/new", "[package]\nname = \"new\"");
    expect_one(wrong_arrows(&new, &ours), "needs its line");
}
