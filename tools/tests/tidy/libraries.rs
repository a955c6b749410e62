//! Which files name the libraries that reach outside, the one call that gives a PIN's bytes
//! away, and the calls that change the disk.

use crate::{
    expect_none, expect_one,
    rust::{is_test_file, program},
    tree::{File, files},
};

/// A library, and where it may be named. Elsewhere its types would creep along the line.
const HOMES: &[(&str, &[&str])] = &[
    ("pcsc", &["reader-drivers/pcsc/", "tests/"]),
    ("ureq", &["app/line/src/ask.rs", "tests/src/browser.rs"]),
    (
        "rustls",
        &[
            "app/line/src/tls.rs",
            "app/line/src/roots.rs",
            "app/line/tests/line/server.rs",
            "tools/gateway/",
            "tools/receiver/",
            "tests/",
        ],
    ),
    ("webpki", &["app/line/src/roots.rs"]),
    (
        "slint",
        &[
            "app/ui/",
            "app/kiosk/src/appliance.rs",
            "app/kiosk/src/main.rs",
            "app/kiosk/src/show.rs",
            "app/kiosk/src/show/",
            "app/kiosk/examples/",
            "app/kiosk/tests/",
        ],
    ),
];

/// The made-up texts of these rules name them all.
const THESE_RULES: &str = "tools/tests/tidy/";

/// Who may turn a command into bytes: the line to a card, and the card that is software.
const ENCODERS: &[&str] = &["reader-drivers/pcsc/", "reader-drivers/virtual/"];

/// What the pure crates do not know: no clock, no file, no socket, no program.
const WORLD: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "Instant::now",
    "SystemTime",
    "println!",
];
const PURE: &[&str] = &["app/core/src/", "app/gateway/src/", "reader-drivers/card/src/"];

/// What changes the disk. A change that goes past the one module is in no crash test.
const CHANGES: &[&str] = &[
    "fs::write",
    "fs::copy",
    "fs::rename",
    "fs::hard_link",
    "fs::remove_",
    "fs::create_dir",
    "DirBuilder",
    "File::create",
    "OpenOptions",
    "set_len",
    "sync_all",
    "sync_data",
];
/// The module, and the crash tests that play what a disk makes of it.
const DISK: &[&str] = &["app/process/src/disk.rs", "app/process/src/crash"];

fn names(text: &str, library: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(library).any(|(at, _)| {
        let after = &text[at + library.len()..];
        let path =
            after.starts_with("::") || (text[..at].ends_with("use ") && !after.starts_with(word));
        path && !text[..at].ends_with(|c: char| word(c) || c == ':')
    })
}

fn away_from_home(file: &File) -> Vec<String> {
    if file.path.starts_with(THESE_RULES) {
        return Vec::new();
    }
    let text = program(&file.text);
    let home = |homes: &[&str]| homes.iter().any(|home| file.path.starts_with(home));
    HOMES
        .iter()
        .filter(|(library, homes)| !home(homes) && names(&text, library))
        .map(|(library, _)| format!("{} must not name {library}", file.path))
        .collect()
}

fn encodes(file: &File) -> Option<String> {
    let at_home = ENCODERS.iter().any(|home| file.path.starts_with(home));
    let does = !is_test_file(&file.path) && program(&file.text).contains(".encode()");
    (does && !at_home).then(|| format!("{}: only a transport calls Command::encode", file.path))
}

fn worldly(file: &File) -> Vec<String> {
    let text = program(&file.text);
    let pure = !is_test_file(&file.path) && PURE.iter().any(|home| file.path.starts_with(home));
    let found = WORLD.iter().filter(|word| pure && text.contains(**word));
    found.map(|word| format!("{} is pure and must not name {word}", file.path)).collect()
}

fn past_the_disk(file: &File) -> Vec<String> {
    let is_program = file.path.starts_with("app/")
        && file.path.contains("/src/")
        && !is_test_file(&file.path)
        && !DISK.iter().any(|home| file.path.starts_with(home));
    let text = program(&file.text);
    let found = CHANGES.iter().filter(|word| is_program && text.contains(**word));
    found.map(|word| format!("{}: only {} may {word}", file.path, DISK[0])).collect()
}

/// Pages know the theme, the widgets and what surrounds them; not each other.
fn page_imports_page(file: &File) -> Vec<String> {
    let imports = file.text.lines().filter_map(|line| line.split_once(" from \""));
    let sideways = imports.filter(|(_, from)| !from.starts_with("../"));
    sideways.map(|(_, from)| format!("{} must not import {from}", file.path)).collect()
}

#[test]
fn libraries_stay_at_home() {
    expect_none(files(&[".rs"]).iter().flat_map(away_from_home));
}

#[test]
fn only_transports_see_the_bytes_of_a_command() {
    expect_none(files(&[".rs"]).iter().filter_map(encodes));
}

#[test]
fn pure_crates_do_not_know_the_world() {
    expect_none(files(&[".rs"]).iter().flat_map(worldly));
}

#[test]
fn the_disk_is_changed_in_one_place() {
    expect_none(files(&[".rs"]).iter().flat_map(past_the_disk));
}

#[test]
fn pages_do_not_import_pages() {
    let files = files(&[".slint"]);
    let pages = files.iter().filter(|it| it.path.starts_with("app/ui/pages/"));
    expect_none(pages.flat_map(page_imports_page));
}

#[test]
fn a_library_away_from_home_is_seen() {
    let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
    expect_one(away_from_home(&file("app/card/src/a.rs", "use pcsc::Card;")), "name pcsc");
    expect_one(away_from_home(&file("app/core/src/a.rs", "let x = ureq::get(u);")), "name ureq");
    expect_one(away_from_home(&file("app/line/src/a.rs", "use rustls;")), "name rustls");
    expect_none(away_from_home(&file("app/card/src/a.rs", "use reader_pcsc::Reader; // pcsc::")));
    expect_none(away_from_home(&file("app/line/src/ask.rs", "use ureq::Agent;")));
    expect_one(encodes(&file("app/card/src/a.rs", "x(&command.encode())")), "Command::encode");
    expect_none(encodes(&file("app/card/src/a/tests/b.rs", "x(&command.encode())")));
    expect_one(worldly(&file("app/core/src/a.rs", "let now = Instant::now();")), "Instant::now");
    expect_none(worldly(&file("app/core/tests/a.rs", "use std::fs;")));
    let wrong = file("app/line/src/a.rs", "std::fs::rename(a, b)?;");
    expect_one(past_the_disk(&wrong), "only app/process/src/disk.rs may fs::rename");
    expect_none(past_the_disk(&file("app/process/src/disk.rs", "fs::rename(a, b)")));
    expect_none(past_the_disk(&file("app/line/src/a.rs", "fs::read(a) // fs::rename")));
    let page = file("app/ui/pages/a.slint", "import { B } from \"b.slint\";");
    expect_one(page_imports_page(&page), "b.slint");
}
