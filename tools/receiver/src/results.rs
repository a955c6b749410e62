//! The one call: `POST /v1/results?simulator=true|false`, a result as its body.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Body, Bytes},
    header::{CONTENT_TYPE, DATE, HeaderValue},
};
use serde::Serialize;
use tokio::{task::spawn_blocking, time::timeout};
use zeroize::Zeroizing;

use crate::{
    document::{Document, Encoding},
    folder::Folder,
    inbox::{Delivered, Inbox},
    kiosks,
    problem::Problem,
    storage::Storage,
};

/// As long as the gateway's own answers may be.
const BODY_MAX: usize = 256 * 1024;
const BODY_PATIENCE: Duration = Duration::from_secs(10);

/// Where results go, and who may send them.
#[derive(Debug)]
pub(crate) struct Results<S> {
    pub(crate) folder: Folder,
    pub(crate) encoding: Encoding,
    pub(crate) inbox: Mutex<Inbox<S>>,
}

/// The kiosk at the other end, by the id in its certificate; `None` if the gateway's CA does
/// not vouch for it now.
#[derive(Clone, Debug)]
pub(crate) struct Sender(pub(crate) Option<Arc<str>>);

impl<S: Storage> Results<S> {
    /// Whatever was asked, it is answered.
    pub(crate) async fn answer<B>(
        self: Arc<Self>,
        request: Request<B>,
        sender: Sender,
    ) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes>,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let id = sender.0.clone();
        let who = id.as_deref().unwrap_or("a stranger");
        let mut response = match self.take(request, sender).await {
            Ok((delivered, file)) => {
                log::info!("{who}: {file} {delivered:?}");
                taken(delivered, &file)
            }
            Err(problem) => {
                let (status, code) = problem.names();
                log::warn!("{who}: {} {code}", status.as_u16());
                problem.response()
            }
        };
        let now = httpdate::fmt_http_date(SystemTime::now());
        let now = HeaderValue::from_str(&now).expect("a date is plain ASCII");
        response.headers_mut().insert(DATE, now);
        response
    }

    async fn take<B>(
        self: Arc<Self>,
        request: Request<B>,
        sender: Sender,
    ) -> Result<(Delivered, String), Problem>
    where
        B: Body<Data = Bytes>,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        // Read first, whoever sends it: a connection that is closed over unread bytes may
        // take the answer with it.
        let (head, body) = request.into_parts();
        let body = whole(body).await?;
        let id = sender.0.ok_or(Problem::CertificateRefused)?;
        if !kiosks::may_send(&self.folder, &id).map_err(broken)? {
            return Err(Problem::DeviceUnknown);
        }
        if head.uri.path() != "/v1/results" {
            return Err(Problem::NotFound);
        }
        if head.method != Method::POST {
            return Err(Problem::MethodNotAllowed);
        }
        let is_simulator = match head.uri.query() {
            Some("simulator=true") => true,
            Some("simulator=false") => false,
            _ => return Err(Problem::BadRequest),
        };
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
        let essence = content_type.and_then(|it| it.split(';').next()).unwrap_or_default();
        if !essence.trim().eq_ignore_ascii_case("application/xml") {
            return Err(Problem::UnsupportedType);
        }
        let document = Document::read(body).map_err(Problem::NotAResult)?;
        let name = document.file_name();
        let bytes = document.written(self.encoding, is_simulator);
        drop(document);
        let file = name.clone();
        let put = move || {
            // What a panic left behind is whole: the folder is asked anew each time.
            let mut inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
            inbox.deliver(&file, &bytes)
        };
        let delivered = spawn_blocking(put).await.map_err(broken)?.map_err(|why| {
            log::warn!("{why}");
            Problem::from(&why)
        })?;
        Ok((delivered, name))
    }
}

async fn whole<B>(body: B) -> Result<Zeroizing<Vec<u8>>, Problem>
where
    B: Body<Data = Bytes>,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    match timeout(BODY_PATIENCE, Limited::new(body, BODY_MAX).collect()).await {
        Err(_) => Err(Problem::TooSlow),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::TooLarge),
        // Nobody is left to be told.
        Ok(Err(_)) => Err(Problem::TooSlow),
        Ok(Ok(whole)) => Ok(Zeroizing::new(whole.to_bytes().to_vec())),
    }
}

fn broken(problem: impl std::fmt::Display) -> Problem {
    log::error!("{problem}");
    Problem::Broken
}

fn taken(delivered: Delivered, file: &str) -> Response<Full<Bytes>> {
    #[derive(Serialize)]
    struct Taken<'a> {
        file: &'a str,
    }
    let json = serde_json::to_vec(&Taken { file }).expect("a string is JSON");
    let mut response = Response::new(Full::new(json.into()));
    *response.status_mut() = match delivered {
        Delivered::New => StatusCode::CREATED,
        Delivered::Again => StatusCode::OK,
    };
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
