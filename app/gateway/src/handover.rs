//! The words spoken with the receiver on the reception PC (`tools/receiver`): a result goes
//! there as it came.

use kiosk_core::HandoverTrouble;
use zeroize::Zeroizing;

use crate::{Answer, Request, Verb, problem::Problem};

/// `POST /v1/results`: `xml` as the gateway answered it.
pub fn deliver(xml: Zeroizing<Vec<u8>>, is_simulator: bool) -> Request {
    Request {
        verb: Verb::Post,
        path: format!("/v1/results?simulator={is_simulator}"),
        body: Some(xml),
        content_type: "application/xml",
        with_session: false,
    }
}

/// Why the receiver did not take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the receiver refuses ({status}): {trouble:?}")]
pub struct NotTaken {
    pub trouble: HandoverTrouble,
    /// Whether it may pass by itself, so that the same bytes are worth another try.
    pub may_pass: bool,
    status: u16,
}

/// Answer to [`deliver`]: the result lies on the disk there.
///
/// Errors: [`NotTaken`].
pub fn delivered(answer: &Answer<'_>) -> Result<(), NotTaken> {
    use HandoverTrouble as T;

    let status = answer.status;
    let (trouble, may_pass) = match (status, Problem::read(answer).code.as_str()) {
        (200 | 201, _) if answer.is("application/json") => return Ok(()),
        (403, "certificate-refused" | "device-unknown") => (T::NotAdmitted, false),
        (503, "folder-missing" | "folder-not-writable") => (T::Folder, true),
        (507, "disk-full") => (T::DiskFull, true),
        (408 | 500..=599, _) => (T::Other, true),
        _ => (T::Other, false),
    };
    Err(NotTaken { trouble, may_pass, status })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_sent_as_it_came() {
        let request = deliver(Zeroizing::new(b"<XmlMsg/>".to_vec()), true);
        assert_eq!(request.path, "/v1/results?simulator=true");
        assert_eq!(request.body.as_deref().map(|it| &**it), Some(&b"<XmlMsg/>"[..]));
        assert_eq!((request.content_type, request.with_session), ("application/xml", false));
        let real = deliver(Zeroizing::default(), false);
        assert_eq!(real.path, "/v1/results?simulator=false");
    }

    #[track_caller]
    fn check(status: u16, code: &str, expected: Result<(), (HandoverTrouble, bool)>) {
        let kind = if status < 400 { "application/json" } else { "application/problem+json" };
        let body = format!(r#"{{"code":"{code}"}}"#);
        let answer = Answer { status, content_type: Some(kind), body: body.as_bytes() };
        let found = delivered(&answer).map_err(|it| (it.trouble, it.may_pass));
        assert_eq!(found, expected, "{status} {code}");
    }

    #[test]
    fn every_answer_of_the_receiver_has_its_meaning() {
        use HandoverTrouble as T;

        check(201, "", Ok(()));
        check(200, "", Ok(()));
        check(403, "certificate-refused", Err((T::NotAdmitted, false)));
        check(403, "device-unknown", Err((T::NotAdmitted, false)));
        check(503, "folder-missing", Err((T::Folder, true)));
        check(503, "folder-not-writable", Err((T::Folder, true)));
        check(507, "disk-full", Err((T::DiskFull, true)));
        check(500, "disk-failed", Err((T::Other, true)));
        check(408, "too-slow", Err((T::Other, true)));
        for (status, code) in [(409, "other-result"), (413, "too-large"), (422, "not-a-result")] {
            check(status, code, Err((T::Other, false)));
        }
    }

    #[test]
    fn what_is_no_receiver_has_taken_nothing() {
        for (status, kind) in [(200, "text/html"), (201, ""), (204, "application/json"), (302, "")]
        {
            let answer = Answer { status, content_type: Some(kind), body: b"" };
            assert_eq!(
                delivered(&answer).expect_err("no receiver").trouble,
                HandoverTrouble::Other
            );
        }
    }
}
