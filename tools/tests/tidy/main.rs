//! The rules of the house that no compiler checks.
//!
//! Each rule is a function from a text to its problems, so that it is tested on a
//! made-up text first: a rule that cannot fail protects nothing. A mistake that a rule
//! finds is a mistake in the change, not in the rule's table; see "Map of the code" in
//! the README.
#![forbid(unsafe_code)]

mod arrows;
mod documents;
mod libraries;
mod rust;
mod shape;
mod tree;

/// Fails with every problem at once, one a line.
#[track_caller]
fn expect_none(problems: impl IntoIterator<Item = String>) {
    let problems: Vec<String> = problems.into_iter().collect();
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

/// A rule must see the problem in a text that has one, and say it like this.
#[track_caller]
fn expect_one(problems: impl IntoIterator<Item = String>, words: &str) {
    let problems: Vec<String> = problems.into_iter().collect();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].contains(words), "{problems:?}");
}
