//! What people read besides code: a README in every folder, and tables that must say
//! what the code says.

use std::collections::BTreeSet;

use crate::{
    expect_none, expect_one,
    tree::{crates, files, root},
};

/// The folders at the root; each crate's folder is added.
const FOLDERS: &[&str] = &["", "app", "image", "reader-drivers", "tests", "tools"];

/// `C-01` as the README's table has it.
fn codes_of_readme(text: &str) -> BTreeSet<String> {
    let cells = text.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" |"));
    cells.map(|(cell, _)| cell.trim().to_owned()).filter(|cell| is_code(cell)).collect()
}

/// `"C-01"` as the source has it.
fn codes_of_source(text: &str) -> BTreeSet<String> {
    text.split('"').filter(|it| is_code(it)).map(str::to_owned).collect()
}

/// A letter, a dash, two digits.
fn is_code(text: &str) -> bool {
    matches!(text.as_bytes(), [b'A'..=b'Z', b'-', b'0'..=b'9', b'0'..=b'9'])
}

fn differing_codes(readme: &str, source: &str) -> Vec<String> {
    let (told, made) = (codes_of_readme(readme), codes_of_source(source));
    let untold = made.difference(&told).map(|code| format!("the README does not explain {code}"));
    let unmade = told.difference(&made).map(|code| format!("no trouble has the code {code}"));
    untold.chain(unmade).collect()
}

#[test]
fn every_folder_with_code_says_what_lives_there() {
    let crates = crates();
    let folders = FOLDERS.iter().copied().chain(crates.keys().map(String::as_str));
    let readme = |folder: &&str| root().join(folder).join("README.md").is_file();
    expect_none(folders.filter(|it| !readme(it)).map(|it| format!("{it}/README.md is missing")));
}

#[test]
fn the_readme_explains_every_trouble_code() {
    let files = files(&["README.md", "app/core/src/trouble.rs"]);
    let text = |path: &str| &files.iter().find(|it| it.path == path).expect(path).text;
    let source = text("app/core/src/trouble.rs");
    assert!(!codes_of_source(source).is_empty(), "the codes are elsewhere now: tell this test");
    expect_none(differing_codes(text("README.md"), source));
}

#[test]
fn a_code_that_is_not_explained_is_seen() {
    let readme = "| C-01 | no card |\n| Code | What |\n";
    expect_none(differing_codes(readme, "A => \"C-01\","));
    expect_one(differing_codes(readme, "\"C-01\" \"C-02\""), "does not explain C-02");
    expect_one(differing_codes(readme, "\"C-1\""), "no trouble has the code C-01");
}
