//! Every row of the source checklist is kept somewhere, or says why it is not.
//!
//! `seed.toml` says where: a test, a picture of a page, a document, or the reason. What
//! it names has to be there.

use std::{fs, ops::RangeInclusive, path::Path};

use toml::{Table, Value};

/// The checklist has so many.
const ROWS: usize = 179;
/// What every row has, beside one of the places.
const MEMBERS: [&str; 3] = ["number", "says", "class"];
const PLACES: [&str; 4] = ["test", "page", "document", "reason"];
const CLASSES: [&str; 5] = ["touch", "web", "document", "replaced", "gap"];
/// Characters.
const SAYS: RangeInclusive<usize> = 1..=110;
const REASON: RangeInclusive<usize> = 15..=200;
/// Lines of attributes and comments between `#[test]` and its function.
const ATTRIBUTES_MAX: usize = 6;

const PICTURES: &str = "app/kiosk/tests/pictures/1280x800";

fn text_of(file: &str) -> Result<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    fs::read_to_string(path).map_err(|problem| format!("{file}: {problem}"))
}

fn rows(seed: &Table) -> Vec<&Table> {
    let rows = seed["row"].as_array().expect("[[row]]");
    rows.iter().map(|row| row.as_table().expect("a table")).collect()
}

/// Where a row is kept; `None` unless it names one place and no more.
fn place(row: &Table) -> Option<(&'static str, &str)> {
    let value = |place: &'static str| Some((place, row.get(place)?.as_str().unwrap_or_default()));
    let mut places = PLACES.into_iter().filter_map(value);
    let first = places.next();
    first.filter(|_| places.next().is_none())
}

/// What is wrong with a row, its number aside.
fn faults(row: &Table) -> Vec<String> {
    let mut faults = Vec::new();
    let text = |member: &str| row.get(member).and_then(Value::as_str).unwrap_or_default();
    for member in row.keys().map(String::as_str) {
        if !MEMBERS.contains(&member) && !PLACES.contains(&member) {
            faults.push(format!("{member} is no member of a row"));
        }
    }
    if !SAYS.contains(&text("says").chars().count()) {
        faults.push(format!("says has not {SAYS:?} characters"));
    }
    if !CLASSES.contains(&text("class")) {
        faults.push(format!("class is none of {CLASSES:?}"));
    }
    let kept = match place(row) {
        Some(("test", test)) => find_test(test),
        Some(("page", page)) => find_picture(page),
        Some(("document", document)) => find_heading(document),
        Some((_, reason)) if REASON.contains(&reason.chars().count()) => Ok(()),
        Some(_) => Err(format!("reason has not {REASON:?} characters")),
        None => Err(format!("has not exactly one of {PLACES:?}")),
    };
    faults.extend(kept.err());
    faults
}

/// `path/of/file.rs: name_of_the_test`
fn find_test(value: &str) -> Result<(), String> {
    let (file, name) = halves(value)?;
    let there = has_test(&text_of(file)?, name);
    there.then_some(()).ok_or_else(|| format!("{file} has no test {name}"))
}

fn find_picture(name: &str) -> Result<(), String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(PICTURES);
    let there = folder.join(format!("{name}.png")).is_file();
    there.then_some(()).ok_or_else(|| format!("{PICTURES} has no {name}.png"))
}

/// `FILE.md: Heading`
fn find_heading(value: &str) -> Result<(), String> {
    let (file, heading) = halves(value)?;
    let is_it = |line: &str| {
        let text = line.trim_start_matches('#');
        text != line && text.strip_prefix(' ').is_some_and(|text| text.trim_end() == heading)
    };
    let there = text_of(file)?.lines().any(is_it);
    there.then_some(()).ok_or_else(|| format!("{file} has no heading {heading}"))
}

fn halves(value: &str) -> Result<(&str, &str), String> {
    value.split_once(": ").ok_or_else(|| format!("{value} is not a file, a colon and a name"))
}

/// Whether a file has this test: a function under its attribute, or a story of the
/// file's own macro, which writes that attribute.
fn has_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_it = |line: &str| line.contains(&format!("fn {name}(")) && !line.starts_with("//");
    // A blank line or a brace ends what belongs to the function.
    let is_marked = |at: usize| {
        let above = lines[at.saturating_sub(ATTRIBUTES_MAX)..at].iter().rev();
        above.take_while(|line| !matches!(**line, "" | "}")).any(|line| is_test_attribute(line))
    };
    // A long story stands on lines of its own.
    let is_story = |at: usize| {
        let begins = lines[at] == "told!(" && lines.get(at + 1) == Some(&&*format!("{name},"));
        begins || lines[at].starts_with(&format!("told!({name},"))
    };
    lines.iter().enumerate().any(|(at, line)| is_it(line) && is_marked(at))
        || text.contains("macro_rules! told {") && (0..lines.len()).any(is_story)
}

/// `#[test]`, `#[tokio::test]` and their like, but not `#[cfg(test)]`.
fn is_test_attribute(line: &str) -> bool {
    let path = line.strip_prefix("#[").and_then(|rest| rest.split(['(', ']']).next());
    path.is_some_and(|path| path.rsplit("::").next() == Some("test"))
}

#[test]
fn every_row_is_kept_or_says_why_not() {
    let text = text_of("tests/seed.toml").expect("readable");
    let seed: Table = text.parse().expect("seed.toml is TOML");
    let rows = rows(&seed);
    let mut wrong = Vec::new();
    if rows.len() != ROWS {
        wrong.push(format!("{} rows instead of {ROWS}", rows.len()));
    }
    for (number, row) in (1..).zip(&rows) {
        if row.get("number").and_then(Value::as_integer) != Some(number) {
            wrong.push(format!("row {number}: has another number, {:?}", row.get("number")));
        }
        wrong.extend(faults(row).iter().map(|fault| format!("row {number}: {fault}")));
    }
    for name in PLACES {
        let kept = rows.iter().filter(|row| place(row).is_some_and(|(it, _)| it == name));
        println!("{:>4} rows have a {name}", kept.count());
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[track_caller]
fn expect_fault(members: &str, words: &str) {
    let row: Table = members.parse().expect("TOML");
    let faults = faults(&row);
    assert_eq!(faults.len(), usize::from(!words.is_empty()), "{faults:?}");
    assert!(faults.iter().all(|fault| fault.contains(words)), "{faults:?}");
}

#[test]
fn a_row_that_is_kept_nowhere_is_seen() {
    let with = |place: &str| format!("says = \"a\"\nclass = \"gap\"\n{place}");
    let reason = "reason = \"Nothing follows for it.\"";
    expect_fault(&with(reason), "");
    expect_fault(&with(""), "exactly one of");
    expect_fault(&with(&format!("{reason}\npage = \"pin\"")), "exactly one of");
    expect_fault(&with("reason = \"Too short.\""), "15..=200");
    expect_fault(&with(&format!("{reason}\nwhy = 1")), "why is no member");
    expect_fault(&with(reason).replace("gap", "gaps"), "class");
    expect_fault(&with(reason).replace("\"a\"", &format!("\"{}\"", "a".repeat(111))), "1..=110");
    expect_fault(&with("page = \"pin\""), "");
    expect_fault(&with("page = \"pins\""), "no pins.png");
    expect_fault(&with("document = \"README.md: Words\""), "");
    expect_fault(&with("document = \"README.md: In code\""), "no heading");
    expect_fault(&with("test = \"tests/tests/seed.rs\""), "a colon");
    expect_fault(&with("test = \"tests/tests/none.rs: a\""), "none.rs: ");
}

#[test]
fn a_test_that_is_no_test_does_not_count() {
    let text = "#[tokio::test]\n#[expect(lint)]\nasync fn a() {\n}\n#[cfg(test)]\nmod tests {\n    \
                fn b() {}\n    // fn c()\n    #[test]\n    fn d(it in any()) {\n";
    let found = ["a", "b", "c", "d", "tests"].map(|name| has_test(text, name));
    assert_eq!(found, [true, false, false, true, false]);
    let told = "told!(e, Attended, |story| {\n";
    assert!(!has_test(told, "e") && has_test(&format!("macro_rules! told {{\n{told}"), "e"));
}
