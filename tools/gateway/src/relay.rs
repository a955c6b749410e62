//! `POST /v1/checks/{id}/relay`: 目視 (D16). The gateway asks the card through the kiosk,
//! round by round, by a **simulated external authentication** (see [`terminal`]).
//!
//! A round belongs to the first request that asks for it, and its identical repeat gets
//! the identical answer: every step is computed from the same stage, the same request
//! and the same moment. The store keeps numbers and hashes; what the card told is in
//! memory alone ([`memory`]), until the check ends.

mod memory;
mod stage;
mod terminal;

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    answer::json,
    consents::Consents,
    fields,
    gateway::Gateway,
    problem::Problem,
    proof::signed_message,
    request::{InSession, Json},
    store::{Round, RoundClaim},
};

use self::{
    memory::At,
    stage::{ANSWER_BYTES, COMMANDS_MAX, Context, Next, Stage},
};
pub(crate) use self::{
    memory::Relays,
    terminal::{Terminal, TerminalError},
};

/// Rounds of one check, by the contract. Ours has three, or four with a long certificate.
const ROUNDS_MAX: u8 = 16;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    round: u64,
    answers: Vec<String>,
    consents: Vec<String>,
}

#[derive(Serialize)]
struct Asked {
    round: u8,
    commands: Vec<String>,
}

/// A request, read.
struct Request {
    round: u8,
    answers: Vec<Vec<u8>>,
    consents: Consents,
}

/// `POST /v1/checks/{id}/relay`.
pub(crate) async fn answer(
    State(gateway): State<Arc<Gateway>>,
    InSession(device): InSession,
    Path(id): Path<String>,
    Json(sent): Json<Sent>,
) -> Result<Response, Problem> {
    let request = Request::read(&sent, device.consents)?;
    let terminal = gateway.terminal()?;
    fields::check_id(&id).map_err(|_| Problem::CheckUnknown)?;
    let place = At { device: &device.id, check: &id, round: request.round };
    let stage = gateway.relays.stage(place);
    if stage.as_ref().is_some_and(|stage| stage.answers() != request.answers.len()) {
        return Err(Problem::RelayOutOfStep);
    }
    let now = gateway.now().unix_timestamp();
    let hash = request.hash();
    let round = Round { check: &id, device: &device.id, number: request.round, hash: &hash, now };
    let (challenge, at, expires_at) = match gateway.store.claim_round(round).await? {
        RoundClaim::Yours { challenge, at, expires_at } => (challenge, at, expires_at),
        RoundClaim::OutOfStep => return Err(Problem::RelayOutOfStep),
        RoundClaim::Expired => return Err(Problem::CheckExpired),
        RoundClaim::Unknown => return Err(Problem::CheckUnknown),
    };
    // Forgotten: the gateway began anew meanwhile, or the device has begun many more.
    let stage = stage.ok_or(Problem::CheckExpired)?;
    let at = OffsetDateTime::from_unix_timestamp(at).map_err(|_| Problem::Unavailable)?;
    let message = signed_message(&device.id, &id, &challenge)?;
    let context = Context { office: &gateway.office, terminal, message: &message, now: at };
    let result = match stage.step(&request.answers, &context) {
        Ok(Next::Ask(mut commands, reached)) => {
            if gateway.plays_hostile(&reached) {
                commands.extend(stage::too_much());
            }
            gateway.relays.advance(place, stage, reached, expires_at);
            let commands = commands.iter().map(|it| BASE64_STANDARD.encode(it)).collect();
            return Ok(json(StatusCode::OK, &Asked { round: request.round + 1, commands }));
        }
        Ok(Next::Proven(card)) => gateway.eligibility(&id, &device, &card, request.consents, at),
        Err(problem) => Err(problem),
    };
    gateway.store.end_relay(&id, now).await?;
    result
}

impl Request {
    fn read(sent: &Sent, offered: Consents) -> Result<Self, Problem> {
        let round = u8::try_from(sent.round).ok().filter(|round| *round <= ROUNDS_MAX);
        if sent.answers.len() > COMMANDS_MAX {
            return Err(Problem::BadRequest("answers must be at most 16."));
        }
        let answers = sent.answers.iter().map(|answer| {
            let bytes = BASE64_STANDARD.decode(answer).ok();
            bytes.filter(|bytes| ANSWER_BYTES.contains(&bytes.len()))
        });
        Ok(Self {
            answers: answers
                .collect::<Option<_>>()
                .ok_or(Problem::BadRequest("each answer must be base64 of 2 to 258 bytes."))?,
            consents: offered.given(&sent.consents)?,
            round: round.ok_or(Problem::RelayOutOfStep)?,
        })
    }

    /// Tells one request from another.
    fn hash(&self) -> String {
        let consents = self.consents.to_string();
        let answers = self.answers.iter().map(Vec::as_slice);
        crate::hash::hex(&answers.chain([consents.as_bytes()]).collect::<Vec<_>>())
    }
}

impl Gateway {
    /// Whether the simulator plays a hostile gateway for this holder.
    fn plays_hostile(&self, reached: &Stage) -> bool {
        let serial = match reached {
            Stage::Signature(card) => card.serial,
            _ => None,
        };
        serial.and_then(|serial| self.people.find(serial)).is_some_and(|it| it.asks_too_much)
    }

    /// The simulated terminal.
    ///
    /// Errors: there is none, which the journal says once more.
    pub(crate) fn terminal(&self) -> Result<&Terminal, Problem> {
        self.terminal.as_ref().map_err(|error| {
            log::error!("a visual check was refused: {error}");
            Problem::Unavailable
        })
    }
}
