//! Just enough of Rust's shape for the rules. The sources are formatted by rustfmt: an
//! item ends with the first line that has its indentation and begins with `}`.

/// A function and where it stands, both lines counted from 1 and included.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) first: usize,
    pub(crate) last: usize,
}

/// Every function with a body.
pub(crate) fn functions(text: &str) -> Vec<Function> {
    let lines: Vec<&str> = text.lines().collect();
    let begins = lines.iter().enumerate().filter_map(|(at, line)| Some((at, function_name(line)?)));
    begins
        .filter_map(|(at, name)| {
            let last = end_of_item(&lines, at)?;
            Some(Function { name: name.to_owned(), first: at + 1, last: last + 1 })
        })
        .collect()
}

fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let words = ["pub", "const", "async", "unsafe", "extern", "default"];
    let is_item = before
        .split_whitespace()
        .all(|word| words.contains(&word) || word.starts_with("pub(") || word.starts_with('"'));
    let name = after.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    (is_item && !name.is_empty()).then_some(name)
}

/// The last line of the item that begins at line `at`; `None` without a body.
fn end_of_item(lines: &[&str], at: usize) -> Option<usize> {
    let indent = indentation(lines[at]);
    let first = lines[at].trim_end();
    if first.ends_with(';') {
        return None;
    }
    if first.ends_with('}') {
        return Some(at);
    }
    for (offset, line) in lines[at + 1..].iter().enumerate() {
        if line.trim().is_empty() || indentation(line) != indent {
            continue;
        }
        match line.trim_start() {
            end if end.starts_with('}') => return Some(at + 1 + offset),
            end if end.starts_with(')') && end.ends_with(';') => return None,
            _ => {}
        }
    }
    None
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Whether a file holds tests and nothing else.
pub(crate) fn is_test_file(path: &str) -> bool {
    let mut parts = path.split('/');
    parts.any(|part| part == "tests" || part == "tests.rs" || part == "fuzz")
}

/// The text without comments and without items that only tests have. Lines keep their
/// numbers.
pub(crate) fn program(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut kept = String::new();
    let mut skip_to = None;
    for (at, line) in lines.iter().enumerate() {
        if line.trim_start().starts_with("#[cfg(test)]") {
            let item = (at + 1..lines.len()).find(|next| !lines[*next].trim().starts_with("#["));
            // Without a body (`mod tests;`) the item is one line.
            skip_to = item.map(|item| end_of_item(&lines, item).unwrap_or(item));
        }
        if skip_to.is_none_or(|last| at > last) {
            kept.push_str(without_comment(line));
        }
        kept.push('\n');
    }
    kept
}

/// Cuts at `//`, except in an address like `https://`.
fn without_comment(line: &str) -> &str {
    let cut = line.match_indices("//").find(|(at, _)| !line[..*at].ends_with(':'));
    cut.map_or(line, |(at, _)| &line[..at])
}

#[test]
fn functions_are_found_and_measured() {
    let text = "\
impl A {
    pub(crate) fn one(
        &self,
    ) -> u8 {
        let f = |fn_like: u8| fn_like;
        f(1)
    }

    fn two() {}
}

trait B {
    fn declared(
        &self,
    );
    fn short(&self);
}

pub const unsafe extern \"C\" fn three() {
    if x {
    }
}
";
    let found: Vec<_> =
        functions(text).into_iter().map(|it| (it.name, it.first, it.last)).collect();
    let expected = [("one", 2, 7), ("two", 9, 9), ("three", 19, 22)];
    assert_eq!(found, expected.map(|(name, first, last)| (name.to_owned(), first, last)));
}

#[test]
fn tests_and_comments_are_not_program() {
    let text = "\
use a; // why
const URL: &str = \"https://x\";
#[cfg(test)]
mod tests {
    fn inner() {
    }
}
#[cfg(test)]
mod other;
fn kept() {}
";
    let expected = "use a; \nconst URL: &str = \"https://x\";\n\n\n\n\n\n\n\nfn kept() {}\n";
    assert_eq!(program(text), expected);
    assert!(is_test_file("app/card/src/read_card/tests/actor.rs"));
    assert!(is_test_file("app/core/tests/checks.rs") && is_test_file("a/src/tests.rs"));
    assert!(!is_test_file("app/core/src/contests.rs"));
}
