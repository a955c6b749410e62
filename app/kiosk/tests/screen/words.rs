//! Every Japanese text of the pages has its English, every text for patients is in every
//! language that is offered, and none is left over.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use kiosk_core::look::Language;

fn ui() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui")
}

/// The folders in `app/ui/lang`. English has every text, the others what a patient reads.
fn folders() -> impl Iterator<Item = &'static str> {
    Language::OFFERED.into_iter().filter_map(folder)
}

/// What follows in the English texts is the administrator's.
const ADMINISTRATORS: &str = "# pages behind the gear";

#[test]
fn every_text_is_translated() {
    let english = translations("en");
    let texts = texts();
    assert!(texts.len() > 100, "{} texts: does the search still work?", texts.len());
    let missing: Vec<_> =
        texts.iter().filter(|it| english.get(*it).is_none_or(String::is_empty)).collect();
    assert!(missing.is_empty(), "no English for {missing:#?}");
    let left: Vec<_> = english.keys().filter(|it| !texts.contains(*it)).collect();
    assert!(left.is_empty(), "English for texts that are no more: {left:#?}");
}

#[test]
fn every_text_for_patients_is_in_every_language() {
    let text = fs::read_to_string(file("en")).expect("the English texts");
    let (patients, administrators) =
        text.split_once(ADMINISTRATORS).expect("a part for administrators");
    let (patients, administrators) = (entries(patients), entries(administrators));
    assert!(patients.len() > 200, "{} texts for patients", patients.len());
    for language in folders().filter(|it| *it != "en") {
        let there = translations(language);
        let missing: Vec<_> =
            patients.keys().filter(|it| there.get(*it).is_none_or(String::is_empty)).collect();
        assert!(missing.is_empty(), "{language} has none of {missing:#?}");
        let known = |it: &&String| patients.contains_key(*it) || administrators.contains_key(*it);
        let left: Vec<_> = there.keys().filter(|it| !known(it)).collect();
        assert!(left.is_empty(), "{language} for texts that are no more: {left:#?}");
    }
    // And no language is there that is not offered.
    let there = fs::read_dir(ui().join("lang")).expect("the languages").count();
    assert_eq!(there, folders().count());
}

#[test]
fn placeholders_are_kept() {
    for language in folders() {
        for (text, translated) in translations(language) {
            let places = |it: &str| it.matches("{}").count();
            assert_eq!(places(&text), places(&translated), "{language}: {text}");
        }
    }
}

/// A text in a page that would stay Japanese in every language.
#[test]
fn no_japanese_is_outside_tr() {
    let mut strays = Vec::new();
    each_page_file(&mut |path, source| {
        for (number, line) in source.lines().enumerate() {
            let line = line.split("//").next().unwrap_or_default();
            for (index, text) in line.split('"').enumerate().filter(|it| it.0 % 2 == 1) {
                let before = line.split('"').nth(index - 1).unwrap_or_default();
                let japanese = text.chars().any(|it| ('ぁ'..='鿿').contains(&it));
                if japanese && !before.ends_with("@tr(") && !OWN_NAMES.contains(&text) {
                    strays.push(format!("{}:{}: {text}", path.display(), number + 1));
                }
            }
        }
    });
    assert!(strays.is_empty(), "{strays:#?}");
}

/// The product's name, languages in themselves, and what only the previewer shows.
const OWN_NAMES: [&str; 8] = [
    "資格確認キオスク",
    "日本語",
    "やさしい日本語",
    "やさしい\\n日本語",
    "简体中文",
    "言語 Language",
    "言語\\nLanguage",
    "2023年12月01日",
];

fn texts() -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    each_page_file(&mut |_, source| {
        for part in source.split("@tr(\"").skip(1) {
            let end = part.find('"').expect("a text ends");
            texts.insert(part[..end].to_owned());
        }
    });
    texts
}

fn file(language: &str) -> PathBuf {
    ui().join("lang").join(language).join("LC_MESSAGES/kiosk-ui.po")
}

/// The folder of a language's texts; none of the source.
pub(crate) fn folder(language: Language) -> Option<&'static str> {
    match language {
        Language::Ja => None,
        Language::JaEasy => Some("ja_easy"),
        Language::En => Some("en"),
        Language::ZhHans => Some("zh_Hans"),
        Language::Ko => Some("ko"),
        Language::PtBr => Some("pt_BR"),
        Language::Vi => Some("vi"),
    }
}

pub(crate) fn translations(language: &str) -> BTreeMap<String, String> {
    entries(&fs::read_to_string(file(language)).expect("a language's texts"))
}

fn entries(text: &str) -> BTreeMap<String, String> {
    let quoted = |line: &str| line.trim_matches('"').replace("\\\"", "\"");
    let mut found = BTreeMap::new();
    let mut id = String::new();
    for line in text.lines() {
        if let Some(text) = line.strip_prefix("msgid ") {
            id = quoted(text);
        } else if let Some(text) = line.strip_prefix("msgstr ")
            && !id.is_empty()
        {
            assert!(found.insert(id.clone(), quoted(text)).is_none(), "{id} is there twice");
        }
    }
    found
}

fn each_page_file(visit: &mut dyn FnMut(&Path, &str)) {
    for folder in ["", "pages", "widgets", "texts"] {
        for entry in fs::read_dir(ui().join(folder)).expect("the folder of pages") {
            let path = entry.expect("a readable folder").path();
            if path.extension().is_some_and(|it| it == "slint") {
                visit(&path, &fs::read_to_string(&path).expect("a text"));
            }
        }
    }
}
