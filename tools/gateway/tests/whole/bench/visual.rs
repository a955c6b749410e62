//! 目視 as a kiosk does it: between the gateway and a card.

use base64::{Engine, prelude::BASE64_STANDARD};
use rcgen::CustomExtension;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{Answer, Bench, Card, Check, Device, Forge, Line, Plan};

/// About what real ones have.
pub(crate) const REAL_LENGTH: usize = 1590;

/// A registered device with an open check by 目視.
pub(crate) struct Visual {
    pub(crate) bench: Bench,
    pub(crate) device: Device,
    pub(crate) line: Line,
    pub(crate) check: Check,
}

impl Visual {
    pub(crate) async fn open() -> Self {
        let bench = Bench::start().await;
        let device = bench.enrol().await;
        let mut line = bench.line(&device).await;
        let check = Check::open_visual(&mut line, &device).await;
        Self { bench, device, line, check }
    }

    /// One request of the relay.
    pub(crate) async fn ask(&mut self, body: &Value) -> Answer {
        self.line.post(&self.check.relay_path(), Some(&self.device.session), body).await
    }

    /// All rounds: every request with its answer; `spoil` changes what the card says to
    /// the command of this number, counted from 0.
    pub(crate) async fn talk(
        &mut self,
        card: &mut impl Card,
        mut spoil: impl FnMut(usize, &mut Vec<u8>),
    ) -> Vec<(Value, Answer)> {
        let mut talk: Vec<(Value, Answer)> = Vec::new();
        let mut body = turn(0, &[]);
        let mut count = 0;
        loop {
            let answer = self.ask(&body).await;
            let commands = commands(&answer);
            talk.push((body, answer));
            let Some((round, commands)) = commands else { return talk };
            let mut answers = Vec::new();
            for command in commands {
                let mut answer = card.transmit(&command);
                spoil(count, &mut answer);
                answers.push(answer);
                count += 1;
            }
            body = turn(round, &answers);
        }
    }

    /// What the relay of this card ends with, in a check of its own.
    pub(crate) async fn judge(
        &mut self,
        mut card: impl Card,
        spoil: impl FnMut(usize, &mut Vec<u8>),
    ) -> String {
        self.check = Check::open_visual(&mut self.line, &self.device).await;
        let talk = self.talk(&mut card, spoil).await;
        let (body, answer) = talk.last().expect("one at least");
        // The end is an end: its repeat says the same, and no other round is taken.
        assert_eq!(self.ask(body).await.body, answer.body);
        let next = turn(talk.len() as u64, &[]);
        self.ask(&next).await.refused(409, "relay-out-of-step");
        match (answer.status, answer.code().as_str()) {
            (200, _) => "believed".to_owned(),
            (422, "certificate-refused") => {
                answer.json()["reason"].as_str().expect("a word").to_owned()
            }
            (status, code) => format!("{status} {code}"),
        }
    }
}

/// The body of `POST /v1/checks/{id}/relay`, without consents.
pub(crate) fn turn(round: u64, answers: &[Vec<u8>]) -> Value {
    let answers: Vec<String> = answers.iter().map(|it| BASE64_STANDARD.encode(it)).collect();
    json!({ "round": round, "answers": answers, "consents": [] })
}

/// The next round and its commands, unless this is the end.
pub(crate) fn commands(answer: &Answer) -> Option<(u64, Vec<Vec<u8>>)> {
    if (answer.status, answer.content_type.as_str()) != (200, "application/json") {
        return None;
    }
    let body = answer.json();
    let commands = body["commands"].as_array().expect("a list").iter();
    let decode = |it: &Value| BASE64_STANDARD.decode(it.as_str().expect("text")).expect("base64");
    Some((body["round"].as_u64().expect("a number"), commands.map(decode).collect()))
}

/// A good certificate of sato-hanako, changed.
pub(crate) fn plan(change: impl FnOnce(&mut Plan)) -> Plan {
    let mut plan = Plan::new(OffsetDateTime::now_utc());
    change(&mut plan);
    plan
}

/// A good certificate of exactly this length.
pub(crate) fn certificate(length: usize) -> Vec<u8> {
    let padded = |by: usize| {
        let padding = CustomExtension::from_oid_content(&[2, 999, 1], vec![0x05; by]);
        Forge::office().certificate(&plan(|it| it.others = vec![padding]))
    };
    // Lengths of lengths stay as they are from here on.
    let begin = 600;
    let certificate = padded(begin + length - padded(begin).len());
    assert_eq!(certificate.len(), length);
    certificate
}

/// What the talk ended with.
pub(crate) fn last(talk: &[(Value, Answer)]) -> &Answer {
    &talk.last().expect("one at least").1
}
