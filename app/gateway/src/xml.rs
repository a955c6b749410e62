//! Bytes to a small tree of named texts. Bounded, and without the parts of XML that are
//! only good for attacks: no document type, no entities but the five predefined ones.

use quick_xml::{
    Reader,
    events::{BytesRef, BytesStart, Event},
};
use zeroize::Zeroizing;

use crate::Unusable;

/// Official answers have six levels.
const DEPTH_MAX: usize = 16;
/// Four results with everything in them have about 500 elements.
const ELEMENTS_MAX: usize = 4096;
/// Official answers have none.
const ATTRIBUTES_MAX: usize = 8;
/// How far into the bytes the declaration's end is looked for.
const DECLARATION_MAX: usize = 200;

/// One element: what is asked of it is asked by name, so their order does not matter.
pub(crate) struct Element {
    name: String,
    text: Zeroizing<String>,
    children: Vec<Element>,
}

impl Element {
    /// The only child of this name. Errors: there are two, and neither may win.
    pub(crate) fn child(&self, name: &'static str) -> Result<Option<&Self>, Unusable> {
        let mut children = self.children(name);
        match (children.next(), children.next()) {
            (_, Some(_)) => Err(Unusable::nonsense(name, "stands there twice")),
            (child, None) => Ok(child),
        }
    }

    pub(crate) fn children(&self, name: &'static str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the only child of this name, without white space around it (U+3000 is
    /// not white space here); empty where there is none.
    ///
    /// Errors: there are two, or it holds elements.
    pub(crate) fn text(&self, name: &'static str) -> Result<&str, Unusable> {
        match self.child(name)? {
            None => Ok(""),
            Some(child) if child.children.is_empty() => Ok(trimmed(&child.text)),
            Some(_) => Err(Unusable::nonsense(name, "holds elements instead of a text")),
        }
    }

    /// Whether an element of this name, at any depth, says anything.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        self.children
            .iter()
            .any(|child| child.name == name && child.says_something() || child.mentions(name))
    }

    /// Whether there is any text at any depth.
    pub(crate) fn says_something(&self) -> bool {
        !trimmed(&self.text).is_empty() || self.children.iter().any(Self::says_something)
    }
}

/// Reads a whole document with the root `root`.
///
/// Errors: not well-formed, cut off, above a limit, or with a document type.
pub(crate) fn read(bytes: &[u8], root: &'static str) -> Result<Element, Unusable> {
    let text = decoded(bytes)?;
    let mut reader = Reader::from_str(&text);
    reader.config_mut().enable_all_checks(true);
    let mut tree = Tree::default();
    loop {
        match reader.read_event().map_err(|_| wrong("not well-formed XML"))? {
            // Its encoding has been used; standalone means nothing without a document type.
            Event::Decl(_) if tree.is_untouched() => {}
            Event::Start(start) => tree.open(&start)?,
            Event::Empty(start) => {
                tree.open(&start)?;
                tree.close()?;
            }
            Event::End(_) => tree.close()?,
            Event::Text(text) => tree.text(&text.xml10_content())?,
            Event::CData(text) => tree.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => {
                tree.text(&[resolved(&reference)?].iter().collect::<String>())?
            }
            Event::Comment(_) | Event::PI(_) => {}
            Event::DocType(_) | Event::Decl(_) => {
                return Err(wrong("has a document type or a second declaration"));
            }
            Event::Eof => break,
        }
    }
    tree.done.filter(|element| element.name == root).ok_or(wrong("cut off, or has another root"))
}

#[derive(Default)]
struct Tree {
    /// From the root down to where the reader is.
    open: Vec<Element>,
    done: Option<Element>,
    elements: usize,
}

impl Tree {
    fn is_untouched(&self) -> bool {
        self.elements == 0
    }

    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), Unusable> {
        self.elements += 1;
        if self.open.len() >= DEPTH_MAX || self.elements > ELEMENTS_MAX {
            return Err(wrong("too deep or too many elements"));
        }
        if self.done.is_some() {
            return Err(wrong("goes on after its end"));
        }
        for (number, attribute) in start.attributes().enumerate() {
            if number >= ATTRIBUTES_MAX || attribute.is_err() {
                return Err(wrong("too many or malformed attributes"));
            }
        }
        let name = start.name().as_ref().to_owned();
        self.open.push(Element { name, text: Zeroizing::default(), children: Vec::new() });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Unusable> {
        // quick-xml has compared the names.
        let element = self.open.pop().ok_or(wrong("closes what is not open"))?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.done = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Unusable> {
        // XML 1.0, section 2.2: no other control characters, no non-characters.
        let illegal =
            |c: char| c.is_control() && !"\t\n\r".contains(c) || "\u{FFFE}\u{FFFF}".contains(c);
        if text.contains(illegal) {
            return Err(wrong("holds a control character"));
        }
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if trimmed(text).is_empty() => {}
            None => return Err(wrong("has text outside its root")),
        }
        Ok(())
    }
}

fn resolved(reference: &BytesRef<'_>) -> Result<char, Unusable> {
    if reference.is_char_ref() {
        let character = reference.resolve_char_ref().ok().flatten();
        return character.ok_or(wrong("has a malformed character reference"));
    }
    match &*reference.xml10_content() {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ => Err(wrong("has an entity of its own")),
    }
}

/// UTF-8 by default; Shift_JIS where the XML declaration says so (OQSCD005 is not used:
/// public sources differ on its values). Shift_JIS means code page 932, as everywhere.
fn decoded(bytes: &[u8]) -> Result<Zeroizing<String>, Unusable> {
    let (bytes, marked) = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let encoding =
        match declared(bytes).as_deref() {
            None | Some("utf-8" | "utf8") => encoding_rs::UTF_8,
            Some(
                "shift_jis" | "shift-jis" | "sjis" | "x-sjis" | "windows-31j" | "cp932" | "ms932",
            ) if !marked => encoding_rs::SHIFT_JIS,
            Some(_) => return Err(wrong("is neither UTF-8 nor Shift_JIS")),
        };
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .map(|text| Zeroizing::new(text.into_owned()))
        .ok_or(wrong("holds bytes that its encoding does not have"))
}

/// The encoding in `<?xml … encoding="…"?>`, in lower case.
fn declared(bytes: &[u8]) -> Option<String> {
    let head = &bytes[..bytes.len().min(DECLARATION_MAX)];
    let declaration = head.strip_prefix(b"<?xml")?;
    let end = declaration.windows(2).position(|pair| pair == b"?>")?;
    let text = std::str::from_utf8(&declaration[..end]).ok()?;
    let (_, value) = text.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| "\"'".contains(*c))?;
    let name = value[1..].split(quote).next()?;
    Some(name.to_ascii_lowercase())
}

/// XML 1.0, section 2.3: space, tab, carriage return, line feed.
fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}

const fn wrong(why: &'static str) -> Unusable {
    Unusable::nonsense("XML", why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(xml: &[u8], expected: &str) {
        let read = read(xml, "a").and_then(|root| Ok(root.text("b")?.to_owned()));
        assert_eq!(read.unwrap_or_else(|wrong| wrong.to_string()), expected);
    }

    #[test]
    fn a_text_is_found_by_name() {
        check("<a><c>x</c><b> 山　田 </b></a>".as_bytes(), "山　田");
        check("\u{FEFF}<?xml version='1.0' encoding='UTF-8'?><a><b>é</b></a>".as_bytes(), "é");
        check(b"<a><b><![CDATA[1<2]]>&amp;&#x33;&lt;<!-- no -->4</b></a>", "1<2&3<4");
        check(b"<a/>", "");
        check(b"<a><b/></a>\n<!-- end -->", "");
    }

    #[test]
    fn code_page_932_is_read_when_the_declaration_says_so() {
        let mut xml = b"<?xml version=\"1.0\" encoding=\"Shift_JIS\"?><a><b>".to_vec();
        xml.extend(b"\x87\x40\xFB\xFC\xFA\xB1</b></a>");
        check(&xml, "①髙﨑");
        check(
            b"<?xml version=\"1.0\" encoding=\"EUC-JP\"?><a/>",
            "XML: is neither UTF-8 nor Shift_JIS",
        );
        check(b"<a><b>\x87\x40</b></a>", "XML: holds bytes that its encoding does not have");
        check(b"\xFF\xFE<\0a\0/\0>\0", "XML: holds bytes that its encoding does not have");
    }

    #[test]
    fn what_is_only_good_for_attacks_is_refused() {
        let type_ = "XML: has a document type or a second declaration";
        check(b"<!DOCTYPE a [<!ENTITY b 'x'>]><a><b>&b;</b></a>", type_);
        check(b"<a><b>&b;</b></a>", "XML: has an entity of its own");
        check(b"<a><b>&#0;</b></a>", "XML: has a malformed character reference");
        check(b"<a><b>\x1B[2J</b></a>", "XML: holds a control character");
        check(b"<a><b>&#27;</b></a>", "XML: holds a control character");
        let deep = format!("<a>{}{}</a>", "<x>".repeat(100_000), "</x>".repeat(100_000));
        check(deep.as_bytes(), "XML: too deep or too many elements");
        let wide = format!("<a>{}</a>", "<x/>".repeat(5000));
        check(wide.as_bytes(), "XML: too deep or too many elements");
        let attributes: String = (0..9).map(|n| format!(" x{n}='1'")).collect();
        check(format!("<a{attributes}/>").as_bytes(), "XML: too many or malformed attributes");
    }

    #[test]
    fn what_is_not_one_whole_document_is_refused() {
        check(b"", "XML: cut off, or has another root");
        check(b"<a><b>1</b>", "XML: cut off, or has another root");
        check(b"<b/>", "XML: cut off, or has another root");
        check(b"<a><b>1</b></a><a/>", "XML: goes on after its end");
        check(b"<a/>x", "XML: has text outside its root");
        check(b"&amp;<a/>", "XML: has text outside its root");
        for broken in [&b"<a><b></a></b>"[..], b"<a", b"<a></b>", b"</a>", b"<a><b>&</b></a>"] {
            check(broken, "XML: not well-formed XML");
        }
    }

    #[test]
    fn two_of_a_kind_are_refused_where_one_is_asked_for() {
        check(b"<a><b>1</b><b>1</b></a>", "b: stands there twice");
        check(b"<a><b><c/></b></a>", "b: holds elements instead of a text");
    }
}
