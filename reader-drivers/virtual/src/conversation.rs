//! Strict scripts: what must be asked, in order, and what the card answers.
//!
//! The file ends where the asker must stop: after its last exchange the card is
//! [`Gone`], as if pulled out.

use std::{collections::VecDeque, fmt};

use card::{Command, Gone, Response, Transport};
use include_dir::{Dir, include_dir};
use serde::Deserialize;

/// The conversations this crate knows, and the longer answers they take bytes from.
static CONVERSATIONS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/conversations");

/// A whole check takes about twenty.
const EXCHANGES_MAX: usize = 64;

/// Plays one conversation. A wrong question fails the test that asked it.
pub struct Conversation {
    name: String,
    exchanges: VecDeque<Exchange>,
}

/// A conversation that cannot be played.
#[derive(Debug, thiserror::Error)]
#[error("conversation {name}: {problem}")]
pub struct ConversationError {
    name: String,
    problem: String,
}

struct Exchange {
    what: String,
    command: Vec<u8>,
    response: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    exchange: Vec<RawExchange>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExchange {
    what: String,
    command: String,
    body: Option<RawData>,
    data: Option<RawData>,
    response: String,
}

/// Bytes of a file beside the conversations: the end of the command, or what comes before
/// the status word.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawData {
    file: String,
    from: usize,
    to: usize,
}

impl Conversation {
    /// One of `conversations/`, by the name of its file without `.toml`.
    ///
    /// Errors: there is none of that name, or it is not a conversation.
    pub fn named(name: &str) -> Result<Self, ConversationError> {
        let text = CONVERSATIONS.get_file(format!("{name}.toml")).and_then(|it| it.contents_utf8());
        text.ok_or_else(|| "there is no such file".to_owned())
            .and_then(read)
            .map(|exchanges| Self { name: name.to_owned(), exchanges })
            .map_err(|problem| ConversationError { name: name.to_owned(), problem })
    }

    /// Names of all conversations this crate knows, in order.
    pub fn names() -> Vec<String> {
        let mut names: Vec<_> = CONVERSATIONS
            .files()
            .filter_map(|file| Some(file.path().to_str()?.strip_suffix(".toml")?.to_owned()))
            .collect();
        names.sort_unstable();
        names
    }

    /// Panics unless every question was asked.
    #[track_caller]
    pub fn assert_finished(&self) {
        let next = self.exchanges.front().map(|exchange| exchange.what.as_str());
        assert_eq!(next, None, "{}: this was never asked", self.name);
    }
}

impl Transport for Conversation {
    /// Panics at a wrong question, without printing what it says.
    fn transmit(&mut self, command: &Command) -> Result<Response, Gone> {
        let Some(expected) = self.exchanges.pop_front() else { return Err(Gone::Card) };
        assert!(
            *command.encode() == expected.command,
            "{}: {command:?} instead of “{}”",
            self.name,
            expected.what
        );
        Response::decode(&expected.response).map_err(|_| Gone::Card)
    }
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Conversation({}, {} to come)", self.name, self.exchanges.len())
    }
}

fn read(text: &str) -> Result<VecDeque<Exchange>, String> {
    let file: RawFile = toml::from_str(text).map_err(|error| error.to_string())?;
    if file.exchange.len() > EXCHANGES_MAX {
        return Err(format!("has more than {EXCHANGES_MAX} exchanges"));
    }
    file.exchange.into_iter().map(exchange).collect()
}

fn exchange(raw: RawExchange) -> Result<Exchange, String> {
    let told = |problem: &str| format!("{}: {problem}", raw.what);
    let mut command = bytes(&raw.command).ok_or_else(|| told("the command is not hex"))?;
    let status = bytes(&raw.response).ok_or_else(|| told("the response is not hex"))?;
    let data = |it: &Option<RawData>| match it {
        Some(data) => piece(data).ok_or_else(|| told("there are no such data")),
        None => Ok(Vec::new()),
    };
    command.extend(data(&raw.body)?);
    let mut response = data(&raw.data)?;
    response.extend(status);
    Ok(Exchange { what: raw.what, command, response })
}

fn piece(data: &RawData) -> Option<Vec<u8>> {
    let file = bytes(CONVERSATIONS.get_file(&data.file)?.contents_utf8()?)?;
    file.get(data.from..data.to).map(<[u8]>::to_vec)
}

/// Hex digits in pairs; white space between them does not count.
fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = hex
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use card::jpki;

    use super::*;

    const TWO: &str = r#"
        [[exchange]]
        what     = "SELECT the JPKI application"
        command  = "00 A4 04 0C 0A D392F000260100000001"
        response = "90 00"
    "#;

    fn play(text: &str) -> Conversation {
        Conversation { name: "test".to_owned(), exchanges: read(text).expect("a conversation") }
    }

    #[test]
    fn after_its_last_line_the_card_is_gone() {
        let mut conversation = play(TWO);
        let answer = conversation.transmit(&jpki::select_application()).expect("an answer");
        assert_eq!(answer.status, card::StatusWord::OK);
        conversation.assert_finished();
        assert_eq!(conversation.transmit(&jpki::leave()), Err(Gone::Card));
    }

    #[test]
    #[should_panic(expected = "VERIFY [00, 20, 00, 80] <4 secret bytes> instead of")]
    fn a_wrong_question_fails() {
        let _ = play(TWO).transmit(&jpki::verify(b"1234"));
    }

    #[test]
    #[should_panic(expected = "never asked")]
    fn a_question_left_out_fails() {
        play(TWO).assert_finished();
    }

    #[test]
    fn wrong_files_are_refused() {
        for text in [
            "[[exchange]]\nwhat = \"a\"\ncommand = \"0\"\nresponse = \"9000\"",
            "[[exchange]]\nwhat = \"a\"\ncommand = \"00\"\nresponse = \"90 0g\"",
            "[[exchange]]\nwhat = \"a\"\ncommand = \"00\"\nanswer = \"9000\"",
            "[[exchange]]\nwhat = \"a\"\ncommand = \"00\"\nresponse = \"9000\"\n\
             data = { file = \"nothing.hex\", from = 0, to = 1 }",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(Conversation::named("nothing").is_err());
    }
}
