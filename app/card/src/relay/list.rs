//! The positive list of 目視 (D16): `relay-list.toml` as typed rules, and raw commands
//! read strictly. Pure.

use std::{sync::LazyLock, time::Duration};

use card::jpki::SHA256_DIGEST_INFO;
use serde::Deserialize;

/// What a gateway may ask of the card in one check.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Beyond them nothing is passed on, listed or not.
    pub limits: Limits,
    allow: Vec<Rule>,
}

/// How much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Limits {
    /// Of one relay.
    pub rounds: u8,
    /// In one round.
    pub commands_a_round: usize,
    /// In all rounds together.
    pub commands: usize,
    /// Commands and answers together.
    pub bytes: usize,
    seconds: u64,
}

impl Limits {
    /// From the order of the first round to the answer of the last.
    pub fn time(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

/// What a listed command is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    SelectJpki,
    SelectFile,
    ReadBinary,
    GetChallenge,
    ExternalAuthenticate,
    /// A proprietary one, by which the terminal shows its certificate.
    TerminalCertificate,
    ComputeSignature,
}

impl Kind {
    /// The ISO name, for logs; the proprietary command has its bytes.
    pub fn name(self) -> &'static str {
        match self {
            Self::SelectJpki => "SELECT JPKI",
            Self::SelectFile => "SELECT EF",
            Self::ReadBinary => "READ BINARY",
            Self::GetChallenge => "GET CHALLENGE",
            Self::ExternalAuthenticate => "EXTERNAL AUTHENTICATE",
            Self::TerminalCertificate => "80 A2",
            Self::ComputeSignature => "COMPUTE DIGITAL SIGNATURE",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    command: Kind,
    cla: u8,
    ins: u8,
    /// First and last value.
    p1: (u8, u8),
    p2: (u8, u8),
    body: Body,
    le: Le,
    #[serde(default)]
    extended: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Body {
    None,
    OneOf(Vec<Vec<u8>>),
    AtMost(usize),
    DigestInfo,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Le {
    None,
    Any,
    Full,
}

/// A command that stands on the list; the bytes belong to the caller.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Listed<'a> {
    /// By its header.
    pub kind: Kind,
    /// CLA INS P1 P2.
    pub header: [u8; 4],
    /// Without Lc.
    pub body: &'a [u8],
    /// Bytes that the answer may have at most, without its status word.
    pub expects: usize,
}

impl std::fmt::Debug for Listed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:02X?} <{} bytes>", self.kind.name(), self.header, self.body.len())
    }
}

/// Why a command does not stand on the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotListed {
    #[error("{0} bytes are no command")]
    NoCommand(usize),
    #[error("{0:02X?} is not on the list")]
    Header([u8; 4]),
    #[error("the list has {0:02X?} with another body or another Le")]
    Form([u8; 4]),
}

static LIST: LazyLock<List> = LazyLock::new(|| {
    toml::from_str(include_str!("../../relay-list.toml"))
        .expect("a test reads the list before anybody else does")
});

/// The list of this build.
pub fn list() -> &'static List {
    &LIST
}

/// Whether any listed command begins so.
pub fn header_is_listed(cla: u8, ins: u8, p1: u8, p2: u8) -> bool {
    list().rule([cla, ins, p1, p2]).is_some()
}

impl List {
    /// Reads a whole command for the check with this `digest`.
    ///
    /// Errors: [`NotListed`].
    pub fn find<'a>(&self, command: &'a [u8], digest: &[u8; 32]) -> Result<Listed<'a>, NotListed> {
        let (header, rest) =
            command.split_first_chunk::<4>().ok_or(NotListed::NoCommand(command.len()))?;
        let rule = self.rule(*header).ok_or(NotListed::Header(*header))?;
        let parts = Parts::read(rest).filter(|parts| rule.fits(parts, digest));
        let parts = parts.ok_or(NotListed::Form(*header))?;
        let expects = parts.le.map_or(0, |le| if le == 0 { 256 } else { usize::from(le) });
        Ok(Listed { kind: rule.command, header: *header, body: parts.body, expects })
    }

    fn rule(&self, [cla, ins, p1, p2]: [u8; 4]) -> Option<&Rule> {
        let within = |(first, last), it| (first..=last).contains(&it);
        self.allow.iter().find(|rule| {
            rule.cla == cla && rule.ins == ins && within(rule.p1, p1) && within(rule.p2, p2)
        })
    }
}

impl Rule {
    fn fits(&self, parts: &Parts<'_>, digest: &[u8; 32]) -> bool {
        let body = match &self.body {
            Body::None => parts.body.is_empty(),
            Body::OneOf(these) => these.iter().any(|it| it == parts.body),
            Body::AtMost(most) => (1..=*most).contains(&parts.body.len()),
            Body::DigestInfo => {
                parts.body.strip_prefix(&SHA256_DIGEST_INFO) == Some(digest.as_slice())
            }
        };
        let le = match self.le {
            Le::None => parts.le.is_none(),
            Le::Any => parts.le.is_some(),
            Le::Full => parts.le == Some(0),
        };
        body && le && (self.extended || !parts.is_extended)
    }
}

/// What follows a header (ISO 7816-4, 5.2): all lengths exact, no extended Le.
struct Parts<'a> {
    body: &'a [u8],
    le: Option<u8>,
    is_extended: bool,
}

impl<'a> Parts<'a> {
    fn read(rest: &'a [u8]) -> Option<Self> {
        let short = |body, le| Some(Self { body, le, is_extended: false });
        match rest {
            [] => short(&[], None),
            [le] => short(&[], Some(*le)),
            [0, high, low, body @ ..] => {
                let lc = usize::from(u16::from_be_bytes([*high, *low]));
                (lc > 0 && body.len() == lc).then_some(Self { body, le: None, is_extended: true })
            }
            // An Lc of 0 announces an extended length and no empty body.
            [lc @ 1..=0xFF, body @ ..] if body.len() == usize::from(*lc) => short(body, None),
            [lc @ 1..=0xFF, body @ .., le] if body.len() == usize::from(*lc) => {
                short(body, Some(*le))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
