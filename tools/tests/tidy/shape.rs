//! Sizes, first lines, and words that are not written.

use crate::{
    expect_none, expect_one,
    rust::{functions, is_test_file, program},
    tree::{File, files},
};

const RUST_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;
const SLINT_LINES_MAX: usize = 150;

/// Everything people write here.
const TEXTS: &[&str] = &[".rs", ".slint", ".toml", ".md", ".yaml", ".sql", ".conf", "run", "pcscd"];

fn long_file(file: &File) -> Option<String> {
    let max = if file.path.ends_with(".slint") { SLINT_LINES_MAX } else { RUST_LINES_MAX };
    let lines = file.text.lines().count();
    (lines > max).then(|| format!("{} has {lines} lines; {max} are allowed", file.path))
}

fn long_functions(file: &File) -> Vec<String> {
    functions(&file.text)
        .into_iter()
        .map(|it| (it.last - it.first + 1, it))
        .filter(|(lines, _)| *lines > FUNCTION_LINES_MAX)
        .map(|(lines, it)| format!("{}:{} {} has {lines} lines", file.path, it.first, it.name))
        .collect()
}

fn no_first_line(file: &File) -> Option<String> {
    (!file.text.starts_with("//! ")).then(|| format!("{}: line 1 must say what it is", file.path))
}

fn lines_with(file: &File, text: &str, words: &[&str], problem: &str) -> Vec<String> {
    let has = |line: &str| words.iter().any(|word| line.contains(word));
    let lines = text.lines().enumerate().filter(|(_, line)| has(line));
    lines.map(|(at, _)| format!("{}:{} {problem}", file.path, at + 1)).collect()
}

fn left_over(file: &File) -> Vec<String> {
    // Put together, so that this file does not find itself.
    let words = [concat!("TO", "DO"), concat!("FIX", "ME")];
    lines_with(file, &file.text, &words, "is unfinished: finish it, or file an issue")
}

fn unwrapped(file: &File) -> Vec<String> {
    if is_test_file(&file.path) {
        return Vec::new();
    }
    lines_with(file, &program(&file.text), &[".unwrap()"], "unwrap: expect() says why it cannot be")
}

fn ignored(file: &File) -> Vec<String> {
    let word = [concat!("#[ign", "ore")];
    lines_with(file, &file.text, &word, "a test that is not run proves nothing")
}

#[test]
fn files_and_functions_are_short() {
    let files = files(&[".rs", ".slint"]);
    expect_none(files.iter().filter_map(long_file));
    expect_none(files.iter().filter(|it| it.path.ends_with(".rs")).flat_map(long_functions));
}

#[test]
fn every_file_says_what_it_is() {
    expect_none(files(&[".rs"]).iter().filter_map(no_first_line));
}

#[test]
fn nothing_is_left_over() {
    expect_none(files(TEXTS).iter().flat_map(left_over));
    expect_none(files(&[".rs"]).iter().flat_map(|it| [unwrapped(it), ignored(it)].concat()));
}

#[test]
fn what_is_too_long_or_unfinished_is_seen() {
    let file = |path: &str, text: String| File { path: path.to_owned(), text };
    expect_one(long_file(&file("a.rs", "x\n".repeat(401))), "401 lines");
    expect_one(long_file(&file("a.slint", "x\n".repeat(151))), "151 lines");
    expect_none(long_file(&file("a.rs", "x\n".repeat(400))));
    let body = |lines| format!("fn f() {{\n{}}}\n", "    x\n".repeat(lines));
    expect_one(long_functions(&file("a.rs", body(69))), "a.rs:1 f has 71 lines");
    expect_none(long_functions(&file("a.rs", body(68))));
    expect_one(no_first_line(&file("a.rs", "// x\n".into())), "line 1");
    expect_one(left_over(&file("a.md", format!("a\n{}: b\n", concat!("TO", "DO")))), "a.md:2");
    let text = "fn f() {\n    x.unwrap();\n}\n#[cfg(test)]\nmod tests {\n    y.unwrap();\n}\n";
    expect_one(unwrapped(&file("src/a.rs", text.into())), "src/a.rs:2");
    expect_none(unwrapped(&file("tests/a.rs", text.into())));
    expect_one(ignored(&file("a.rs", concat!("#[ign", "ore]\nfn f() {}").into())), "a.rs:1");
}
