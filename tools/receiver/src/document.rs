//! A result as it came: whether it is one, what its file is called, and how it is written.
//!
//! The file's name is made of what the result itself says, so that the same result sent
//! again is the same file: `<id>` is its ArbitraryFileIdentifier (with this gateway the
//! check's id), the time its ProcessExecutionTime, which is Japan's.
//!
//! The mark is a comment, because every parser passes over comments, and it is the last
//! thing in the file: programs that take the first node after the declaration for the root
//! are still right.

use std::ops::Range;

use quick_xml::{
    Reader,
    escape::escape,
    events::{BytesRef, BytesStart, Event},
};
use zeroize::Zeroizing;

/// Official results have six levels.
const DEPTH_MAX: usize = 16;
/// Four results with everything in them have about 500 elements.
const ELEMENTS_MAX: usize = 4096;
/// Official results have none.
const ATTRIBUTES_MAX: usize = 8;
/// How far into the bytes the declaration's end is looked for.
const DECLARATION_MAX: usize = 200;
const ID_MAX: usize = 64;

const HEADER: [&str; 2] = ["XmlMsg", "MessageHeader"];
const BODY: [&str; 2] = ["XmlMsg", "MessageBody"];

/// How the receipt computer wants its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    /// Code page 932, as everywhere.
    ShiftJis,
}

/// Not the result of a check: why, without repeating what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAResult(pub(crate) &'static str);

/// A whole result.
pub struct Document {
    bytes: Zeroizing<Vec<u8>>,
    text: Zeroizing<String>,
    encoding: Encoding,
    parts: Vec<(Part, Range<usize>)>,
    id: String,
    time: String,
}

/// What a piece of the text is, as far as another encoding changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// A tag or a text, where a character may be written as its number.
    Plain,
    /// The declaration; whether it says `standalone`, and what.
    Declaration(Option<bool>),
    /// 文字コード識別 (OQSCD005): 0 UTF-8, 1 Shift_JIS.
    Charset,
    /// `<![CDATA[…]]>`, where no character can be written as its number.
    Verbatim,
    /// A comment or a processing instruction.
    Aside,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Document({}, {} bytes)", self.id, self.bytes.len())
    }
}

impl Document {
    /// Errors: it is not the result of a check, or cannot be named.
    pub fn read(bytes: Zeroizing<Vec<u8>>) -> Result<Self, NotAResult> {
        let (text, encoding) = decoded(&bytes)?;
        let mut walk = Walk::default();
        walk.through(&text)?;
        let Walk { parts, id, time, .. } = walk;
        let id =
            id.filter(|id| is_id(id)).ok_or(NotAResult("its id cannot be in a file's name"))?;
        let time = time.filter(|time| is_time(time)).ok_or(NotAResult("its time is none"))?;
        Ok(Self { bytes, text, encoding, parts, id, time })
    }

    /// `OQSsiquc01res_face_<id>_<yyyyMMddHHmmss>.xml`
    pub fn file_name(&self) -> String {
        format!("OQSsiquc01res_face_{}_{}.xml", self.id, self.time)
    }

    /// The file's bytes: those that came, or their like in `encoding`; then the mark.
    pub fn written(&self, encoding: Encoding, is_simulator: bool) -> Zeroizing<Vec<u8>> {
        let mut written = Zeroizing::new(Vec::with_capacity(self.bytes.len() * 2 + 1024));
        match encoding == self.encoding {
            true => written.extend_from_slice(&self.bytes),
            false => self.write_anew(encoding, &mut written),
        }
        if !written.ends_with(b"\n") {
            written.push(b'\n');
        }
        encoding.push(&mut written, mark(is_simulator), |_| vec![b'?']);
        written
    }

    fn write_anew(&self, encoding: Encoding, out: &mut Vec<u8>) {
        if !self.parts.iter().any(|(part, _)| matches!(part, Part::Declaration(_))) {
            encoding.declare(out, None);
            out.push(b'\n');
        }
        for (part, range) in &self.parts {
            let text = &self.text[range.clone()];
            match part {
                Part::Declaration(standalone) => encoding.declare(out, *standalone),
                Part::Charset => out.extend_from_slice(encoding.code()),
                Part::Plain => encoding.push(out, text, numbered),
                Part::Verbatim => {
                    let inner = &text["<![CDATA[".len()..text.len() - "]]>".len()];
                    encoding.push(out, &Zeroizing::new(escape(inner).into_owned()), numbered);
                }
                Part::Aside => encoding.push(out, text, |_| vec![b'?']),
            }
        }
    }
}

/// XML's own way to write what an encoding does not have.
fn numbered(character: char) -> Vec<u8> {
    format!("&#{};", u32::from(character)).into_bytes()
}

fn mark(is_simulator: bool) -> &'static str {
    match is_simulator {
        true => {
            "<!-- Shikaku Kiosk: 模擬環境の結果です。実在の人物、保険者とは関係ありません。 -->\n"
        }
        false => "<!-- Shikaku Kiosk -->\n",
    }
}

impl Encoding {
    fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::ShiftJis => "Shift_JIS",
        }
    }

    /// OQSCD005
    fn code(self) -> &'static [u8] {
        match self {
            Self::Utf8 => b"0",
            Self::ShiftJis => b"1",
        }
    }

    fn declare(self, out: &mut Vec<u8>, standalone: Option<bool>) {
        let standalone = match standalone {
            Some(true) => " standalone=\"yes\"",
            Some(false) => " standalone=\"no\"",
            None => "",
        };
        let name = self.name();
        out.extend_from_slice(
            format!("<?xml version=\"1.0\" encoding=\"{name}\"{standalone}?>").as_bytes(),
        );
    }

    /// Writes `text`; `lacking` says what stands for a character that is not there.
    fn push(self, out: &mut Vec<u8>, text: &str, lacking: impl Fn(char) -> Vec<u8>) {
        if self == Self::Utf8 {
            return out.extend_from_slice(text.as_bytes());
        }
        let mut character = [0; 4];
        for c in text.chars() {
            let utf8 = &*c.encode_utf8(&mut character);
            let (bytes, _, failed) = encoding_rs::SHIFT_JIS.encode(utf8);
            // Some characters would come back as another one, for instance ¥ as a backslash.
            let back = encoding_rs::SHIFT_JIS.decode_without_bom_handling(&bytes).0;
            match failed || back != utf8 {
                true => out.extend_from_slice(&lacking(c)),
                false => out.extend_from_slice(&bytes),
            }
        }
    }
}

/// From the first byte to the last.
#[derive(Default)]
struct Walk {
    /// From the root down to where the reader is.
    open: Vec<String>,
    elements: usize,
    is_done: bool,
    has_body: bool,
    parts: Vec<(Part, Range<usize>)>,
    id: Option<String>,
    time: Option<String>,
}

impl Walk {
    fn through(&mut self, text: &str) -> Result<(), NotAResult> {
        let mut reader = Reader::from_str(text);
        reader.config_mut().enable_all_checks(true);
        let mut from = 0;
        loop {
            let event = reader.read_event().map_err(|_| NotAResult("it is not well-formed XML"))?;
            let is_end = matches!(event, Event::Eof);
            let part = self.meet(event)?;
            // It reads a text that is in memory.
            let to = reader.buffer_position() as usize;
            if is_end {
                break;
            }
            self.parts.push((part, from..to));
            from = to;
        }
        match self.is_done && self.has_body {
            true => Ok(()),
            false => Err(NotAResult("it is cut off, or is no XmlMsg with a MessageBody")),
        }
    }

    fn meet(&mut self, event: Event<'_>) -> Result<Part, NotAResult> {
        match event {
            Event::Decl(declaration) if self.parts.is_empty() => {
                let standalone = declaration.standalone().and_then(Result::ok);
                return Ok(Part::Declaration(standalone.map(|says| says == "yes")));
            }
            Event::Start(start) => self.open(&start)?,
            Event::Empty(start) => {
                self.open(&start)?;
                self.close();
            }
            Event::End(_) => self.close(),
            Event::Text(text) => return self.text(&text.xml10_content()),
            Event::CData(text) => {
                self.text(&text.xml10_content())?;
                return Ok(Part::Verbatim);
            }
            Event::GeneralRef(reference) => {
                self.text(&resolved(&reference)?.to_string())?;
            }
            Event::Comment(_) | Event::PI(_) => return Ok(Part::Aside),
            Event::DocType(_) | Event::Decl(_) => {
                return Err(NotAResult("it has a document type or a second declaration"));
            }
            Event::Eof => {}
        }
        Ok(Part::Plain)
    }

    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), NotAResult> {
        self.elements += 1;
        if self.open.len() >= DEPTH_MAX || self.elements > ELEMENTS_MAX {
            return Err(NotAResult("it has too deep or too many elements"));
        }
        if self.is_done {
            return Err(NotAResult("it goes on after its end"));
        }
        for (number, attribute) in start.attributes().enumerate() {
            if number >= ATTRIBUTES_MAX || attribute.is_err() {
                return Err(NotAResult("it has too many or malformed attributes"));
            }
        }
        self.open.push(start.name().as_ref().to_owned());
        self.has_body |= self.open == BODY;
        if let Some(item) = self.item()
            && item.replace(String::new()).is_some()
        {
            return Err(NotAResult("its id or its time stands there twice"));
        }
        Ok(())
    }

    fn close(&mut self) {
        // quick-xml has compared the names.
        self.open.pop();
        self.is_done = self.open.is_empty();
    }

    fn text(&mut self, text: &str) -> Result<Part, NotAResult> {
        // XML 1.0, section 2.2: no other control characters, no non-characters.
        let illegal =
            |c: char| c.is_control() && !"\t\n\r".contains(c) || "\u{FFFE}\u{FFFF}".contains(c);
        if text.contains(illegal) {
            return Err(NotAResult("it holds a control character"));
        }
        if self.open.is_empty() && !trimmed(text).is_empty() {
            return Err(NotAResult("it has text outside its root"));
        }
        if let Some(item) = self.item() {
            item.get_or_insert_default().push_str(trimmed(text));
        }
        let is_charset = self.open[..].strip_prefix(&HEADER.map(str::to_owned)[..])
            == Some(&["CharacterCodeIdentifier".to_owned()][..]);
        Ok(if is_charset && !trimmed(text).is_empty() { Part::Charset } else { Part::Plain })
    }

    /// The item of the header that the reader is in, if it is one that the name is made of.
    fn item(&mut self) -> Option<&mut Option<String>> {
        match &self.open[..] {
            [root, header, item] if [root, header] == HEADER => match item.as_str() {
                "ArbitraryFileIdentifier" => Some(&mut self.id),
                "ProcessExecutionTime" => Some(&mut self.time),
                _ => None,
            },
            _ => None,
        }
    }
}

fn resolved(reference: &BytesRef<'_>) -> Result<char, NotAResult> {
    if reference.is_char_ref() {
        let character = reference.resolve_char_ref().ok().flatten();
        return character.ok_or(NotAResult("it has a malformed character reference"));
    }
    match &*reference.xml10_content() {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ => Err(NotAResult("it has an entity of its own")),
    }
}

/// UTF-8 by default; Shift_JIS where the declaration says so.
fn decoded(bytes: &[u8]) -> Result<(Zeroizing<String>, Encoding), NotAResult> {
    let (rest, marked) = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let encoding =
        match declared(rest).as_deref() {
            None | Some("utf-8" | "utf8") => Encoding::Utf8,
            Some(
                "shift_jis" | "shift-jis" | "sjis" | "x-sjis" | "windows-31j" | "cp932" | "ms932",
            ) if !marked => Encoding::ShiftJis,
            Some(_) => return Err(NotAResult("it is neither UTF-8 nor Shift_JIS")),
        };
    let decoder = match encoding {
        Encoding::Utf8 => encoding_rs::UTF_8,
        Encoding::ShiftJis => encoding_rs::SHIFT_JIS,
    };
    decoder
        .decode_without_bom_handling_and_without_replacement(rest)
        .map(|text| (Zeroizing::new(text.into_owned()), encoding))
        .ok_or(NotAResult("it holds bytes that its encoding does not have"))
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

fn is_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    (1..=ID_MAX).contains(&text.len()) && text.bytes().all(plain)
}

/// yyyyMMddHHmmss
fn is_time(text: &str) -> bool {
    text.len() == 14 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// XML 1.0, section 2.3: space, tab, carriage return, line feed.
fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}

#[cfg(test)]
mod tests;
