//! What is a result, what it is called, and what another encoding leaves of it.

use super::*;

const HEAD: &str = "<MessageHeader><ProcessExecutionTime>20261122170501</ProcessExecutionTime>\
     <ArbitraryFileIdentifier>11111111-2222-4333-8444-555555555555</ArbitraryFileIdentifier>\
     <CharacterCodeIdentifier>0</CharacterCodeIdentifier></MessageHeader>";

fn result(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n<XmlMsg>{HEAD}<MessageBody>{body}</MessageBody></XmlMsg>"
    )
}

fn read(text: &str) -> Result<Document, NotAResult> {
    Document::read(Zeroizing::new(text.as_bytes().to_vec()))
}

#[track_caller]
fn check_error(text: &str, expected: &str) {
    assert_eq!(read(text).expect_err("wrong").to_string(), expected);
}

#[track_caller]
fn check_shift_jis(body: &str, expected: &[u8]) {
    let document = read(&result(body)).expect("a result");
    let written = document.written(Encoding::ShiftJis, false);
    let (from, to) = (b"<MessageBody>", b"</MessageBody>");
    let find = |what: &[u8]| written.windows(what.len()).position(|it| it == what);
    let (from, to) = (find(from).expect("a body") + from.len(), find(to).expect("its end"));
    assert_eq!(written[from..to].escape_ascii().to_string(), expected.escape_ascii().to_string());
}

#[test]
fn the_name_is_made_of_what_the_result_says() {
    let document = read(&result("")).expect("a result");
    let expected = "OQSsiquc01res_face_11111111-2222-4333-8444-555555555555_20261122170501.xml";
    assert_eq!(document.file_name(), expected);
    // Their order does not matter, nor white space around them.
    let other = "<XmlMsg><MessageBody/><MessageHeader><ArbitraryFileIdentifier> a_1\n</ArbitraryFileIdentifier>\
                 <ProcessExecutionTime>20261122170501</ProcessExecutionTime></MessageHeader></XmlMsg>";
    let name = read(other).expect("a result").file_name();
    assert_eq!(name, "OQSsiquc01res_face_a_1_20261122170501.xml");
}

#[test]
fn what_came_is_written_as_it_came_and_the_mark_is_the_last_thing() {
    let came = result("<Name>髙橋　𠮷</Name>");
    let document = read(&came).expect("a result");
    let real = document.written(Encoding::Utf8, false);
    assert_eq!(*real, format!("{came}\n<!-- Shikaku Kiosk -->\n").into_bytes());
    let simulated = document.written(Encoding::Utf8, true);
    let simulated = std::str::from_utf8(&simulated).expect("UTF-8");
    let mark = simulated.strip_prefix(&came).expect("as it came");
    assert!(mark.contains("模擬環境"), "{mark}");
    // What is written is a result again, by the same name.
    assert_eq!(read(simulated).expect("a result").file_name(), document.file_name());
}

#[test]
fn in_shift_jis_the_file_says_so_and_means_the_same() {
    let came = result("<Name a='𠮷'>髙橋　&amp;</Name>");
    let written = read(&came).expect("a result").written(Encoding::ShiftJis, true);
    let begin = b"<?xml version=\"1.0\" encoding=\"Shift_JIS\" standalone=\"no\"?>\n<XmlMsg>";
    assert!(written.starts_with(begin), "{}", written.escape_ascii());
    let again = Document::read(written).expect("a result");
    assert_eq!(again.encoding, Encoding::ShiftJis);
    let expected = came
        .replace("UTF-8", "Shift_JIS")
        .replace("Identifier>0<", "Identifier>1<")
        .replace('𠮷', "&#134071;");
    let (text, mark) = again.text.split_at(expected.len());
    assert_eq!(text, expected);
    assert!(mark.contains("模擬環境"), "{mark}");
    // And back.
    let back = again.written(Encoding::Utf8, false);
    let back = std::str::from_utf8(&back).expect("UTF-8");
    assert!(back.starts_with(&came.replace('𠮷', "&#134071;")), "{back}");
}

#[test]
fn what_shift_jis_lacks_becomes_its_number() {
    // 﨑 has two codes; that of IBM's extension is written, as Windows does.
    check_shift_jis("髙﨑①ｱﾞ", b"\xFB\xFC\xFA\xB1\x87\x40\xB1\xDE");
    check_shift_jis("𠮷\u{FA10}\u{E0100}", b"&#134071;\xFA\x9C&#917760;");
    // Each of them would come back as another character.
    check_shift_jis("¥‾−〜", b"&#165;&#8254;&#8722;&#12316;");
    check_shift_jis("<![CDATA[<𠮷>]]>", b"&lt;&#134071;&gt;");
    check_shift_jis("<!-- 𠮷 --><?x 𠮷?>", b"<!-- ? --><?x ??>");
}

#[test]
fn shift_jis_that_came_stays_as_it_came() {
    // NEC's code of 﨑, which decoding and encoding would change.
    let mut came =
        b"<?xml version=\"1.0\" encoding=\"Shift_JIS\"?><XmlMsg><MessageBody>\xED\x95".to_vec();
    came.extend_from_slice(format!("</MessageBody>{HEAD}</XmlMsg>\r\n").as_bytes());
    let document = Document::read(Zeroizing::new(came.clone())).expect("a result");
    let written = document.written(Encoding::ShiftJis, false);
    assert_eq!(written.strip_prefix(&came[..]), Some(&b"<!-- Shikaku Kiosk -->\n"[..]));
    let utf8 = document.written(Encoding::Utf8, false);
    let utf8 = std::str::from_utf8(&utf8).expect("UTF-8");
    assert!(utf8.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?><XmlMsg>"), "{utf8}");
    assert!(utf8.contains("﨑") && utf8.contains("Identifier>0<"), "{utf8}");
}

#[test]
fn a_result_without_a_declaration_gets_one_in_shift_jis() {
    let written = read(
        &result("").replace("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n", ""),
    )
    .expect("a result")
    .written(Encoding::ShiftJis, false);
    assert!(written.starts_with(b"<?xml version=\"1.0\" encoding=\"Shift_JIS\"?>\n<XmlMsg>"));
}

#[test]
fn what_is_no_result_is_refused() {
    let good = result("");
    check_error("", "it is cut off, or is no XmlMsg with a MessageBody");
    check_error(&good[..good.len() - 9], "it is cut off, or is no XmlMsg with a MessageBody");
    check_error(
        &good.replace("XmlMsg", "Other"),
        "it is cut off, or is no XmlMsg with a MessageBody",
    );
    check_error(
        &good.replace("MessageBody", "Body"),
        "it is cut off, or is no XmlMsg with a MessageBody",
    );
    check_error(&good.replace("</MessageBody>", "</Body>"), "it is not well-formed XML");
    check_error(&format!("{good}{good}"), "it has a document type or a second declaration");
    check_error(&format!("{good}<a/>"), "it goes on after its end");
    check_error(&format!("{good}x"), "it has text outside its root");
    check_error(&good.replace("UTF-8", "EUC-JP"), "it is neither UTF-8 nor Shift_JIS");
    for id in ["", "../../x", "a b", "名", &"a".repeat(65)] {
        let text = good.replace("11111111-2222-4333-8444-555555555555", id);
        check_error(&text, "its id cannot be in a file's name");
    }
    check_error(&good.replace("20261122170501", "2026112217050"), "its time is none");
    check_error(&good.replace("20261122170501", "20261122170５1"), "its time is none");
    check_error(&good.replace("ProcessExecutionTime", "Time"), "its time is none");
    let twice = "<ArbitraryFileIdentifier>a</ArbitraryFileIdentifier></MessageHeader>";
    check_error(&good.replace("</MessageHeader>", twice), "its id or its time stands there twice");
}

#[test]
fn what_is_only_good_for_attacks_is_refused() {
    let check = |body: &str, expected| check_error(&result(body), expected);
    check("<!DOCTYPE a [<!ENTITY b 'x'>]>", "it has a document type or a second declaration");
    check("&b;", "it has an entity of its own");
    check("&#0;", "it has a malformed character reference");
    check("&#27;", "it holds a control character");
    check(&"<x>".repeat(100_000), "it has too deep or too many elements");
    check(&"<x/>".repeat(5000), "it has too deep or too many elements");
    let attributes: String = (0..9).map(|n| format!(" x{n}='1'")).collect();
    check(&format!("<a{attributes}/>"), "it has too many or malformed attributes");
}
