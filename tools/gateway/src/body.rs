//! The body of a request. It is read before anybody judges the request, and of one that will be
//! refused, too: an answer that leaves over unread bytes, on a connection that then ends, may
//! be lost on its way (RFC 9112, 9.6).

use std::time::Duration;

use axum::{body::Body, extract::Request};
use http_body_util::BodyExt;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::problem::Problem;

/// The contract's limit for requests.
const BODY_MAX: usize = 64 * 1024;
/// Of a body that is too long this much is read, and forgotten, so that its sender hears so.
const READ_MAX: usize = 1024 * 1024;
/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// What arrived, for whoever wants to know.
#[derive(Clone)]
struct Arrived(Result<Zeroizing<Vec<u8>>, Spoilt>);

/// Why a body is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spoilt {
    TooLong,
    TooSlow,
    CutShort,
}

impl From<Spoilt> for Problem {
    fn from(spoilt: Spoilt) -> Self {
        match spoilt {
            Spoilt::TooLong => Self::TooLarge,
            Spoilt::TooSlow => Self::TooSlow,
            Spoilt::CutShort => Self::BadRequest("The body ended too early."),
        }
    }
}

/// The request with its body read; [`of`] gives it.
pub(crate) async fn read(request: Request) -> Request {
    let (mut head, body) = request.into_parts();
    let arrived = timeout(PATIENCE, gather(body)).await.unwrap_or(Err(Spoilt::TooSlow));
    head.extensions.insert(Arrived(arrived));
    Request::from_parts(head, Body::empty())
}

/// The body of a request that was [`read`].
pub(crate) fn of(mut request: Request) -> Result<Zeroizing<Vec<u8>>, Spoilt> {
    request.extensions_mut().remove::<Arrived>().expect("every body is read first").0
}

async fn gather(mut body: Body) -> Result<Zeroizing<Vec<u8>>, Spoilt> {
    let mut kept = Zeroizing::new(Vec::new());
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        // What is no data stands behind it, and nobody asked for it.
        let Ok(data) = frame.map_err(|_| Spoilt::CutShort)?.into_data() else { continue };
        length += data.len();
        if length > READ_MAX {
            break;
        }
        if length <= BODY_MAX {
            kept.extend_from_slice(&data);
        }
    }
    if length <= BODY_MAX { Ok(kept) } else { Err(Spoilt::TooLong) }
}
