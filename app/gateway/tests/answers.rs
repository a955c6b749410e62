//! Every file of `answers/`, read. To accept a new ending: `cargo insta review`.

use std::{fmt::Write, fs, path::Path};

use kiosk_core::{
    Date, Eligibility, Private,
    eligibility::{Code, Insured, Share},
};
use kiosk_gateway::{Answer, Id, answer};

#[test]
fn every_answer_is_read_as_its_snapshot_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/answers");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be listed").path())
        .collect();
    files.sort();
    assert!(files.len() > 60, "only {} answers were found", files.len());
    for file in files {
        let name = file.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        let body = fs::read(&file).expect("the file can be read");
        insta::assert_snapshot!(name, read(&body));
    }
}

/// Half a character, half a tag, half a list: no prefix of a good answer is an answer,
/// and none makes the parser fall.
#[test]
fn no_beginning_of_an_answer_is_an_answer() {
    let whole = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/answers/elderly.xml"))
        .expect("the file can be read");
    let end = whole.len() - "\n".len();
    for length in 0..end {
        assert!(read(&whole[..length]).starts_with("Nonsense"), "{length} bytes were believed");
    }
    assert!(!read(&whole[..end]).starts_with("Nonsense"));
}

fn read(body: &[u8]) -> String {
    let check: Id = "11111111-2222-4333-8444-555555555555".to_owned().try_into().expect("a UUID");
    let answer = Answer { status: 200, content_type: Some("application/xml"), body };
    match answer::eligibility(&answer, &check) {
        Ok(eligibility) => shown(&eligibility),
        Err(unusable) => format!("{:?}: {unusable}", unusable.trouble),
    }
}

/// What `Debug` hides on purpose, as rows; what is absent has no row.
struct Rows(String);

impl Rows {
    fn row(&mut self, name: &str, value: impl AsRef<str>) {
        if !value.as_ref().is_empty() {
            writeln!(self.0, "{name:<16}{}", value.as_ref()).expect("a String takes all");
        }
    }

    fn text<const N: usize>(&mut self, name: &str, value: &Private<N>) {
        self.row(name, value.expose().escape_debug().to_string());
    }

    fn day(&mut self, name: &str, value: Option<Date>) {
        self.row(name, value.map(|day| day.to_string()).unwrap_or_default());
    }

    fn share(&mut self, name: &str, value: Option<Share>) {
        self.row(name, value.map(|Share(percent)| format!("{percent} %")).unwrap_or_default());
    }

    fn code<T: std::fmt::Debug>(&mut self, name: &str, value: &Code<T>) {
        match value {
            Code::Known(meaning) => self.row(name, format!("{meaning:?}")),
            Code::Unknown(code) => self.row(name, format!("unknown “{}”", code.expose())),
        }
    }
}

fn shown(eligibility: &Eligibility) -> String {
    let mut rows = Rows(String::new());
    rows.day("checked on", Some(eligibility.checked_on));
    rows.code("validity", &eligibility.validity);
    if let Some(message) = &eligibility.message {
        rows.text("message", message);
    }
    if eligibility.public_assistance {
        rows.row("assistance", "yes");
    }
    for (number, record) in eligibility.records.iter().enumerate() {
        rows.row("-- record", (number + 1).to_string());
        show_record(&mut rows, record);
    }
    rows.0
}

fn show_record(rows: &mut Rows, record: &Insured) {
    rows.code("class", &record.card_class);
    rows.text("insurer number", &record.insurer_number);
    rows.text("insurer", &record.insurer_name);
    rows.text("symbol", &record.symbol);
    rows.text("number", &record.number);
    rows.text("branch", &record.branch_number);
    rows.text("kana", &record.name_kana);
    rows.text("name", &record.name);
    rows.day("born", record.birth_date);
    rows.code("sex", &record.sex);
    rows.day("from", record.valid_from);
    rows.day("until", record.valid_until);
    rows.day("acquired", record.acquired_on);
    rows.day("lost", record.lost_on);
    rows.share("share", record.share);
    if let Some(relation) = &record.relation {
        rows.code("relation", relation);
    }
    rows.text("insured", &record.insured_name);
    rows.text("back: kana", &record.back.name_kana);
    rows.text("back: name", &record.back.name);
    if let Some(sex) = &record.back.sex {
        rows.code("back: sex", sex);
    }
    if record.preschool {
        rows.row("preschool", "yes");
    }
    if let Some(elderly) = &record.elderly {
        rows.day("elderly: from", elderly.valid_from);
        rows.day("elderly: until", elderly.valid_until);
        rows.share("elderly: share", elderly.share);
    }
}
