//! The gateway's XML: a result, or why there is none.
#![no_main]

use kiosk_gateway::{Answer, Id, answer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: {
        for (name, body) in fuzz::sources("app/gateway/tests/answers", ".xml") {
            fuzz::seed(&name, &body);
        }
    },
    |body: &[u8]| {
        let check: Id =
            "11111111-2222-4333-8444-555555555555".to_owned().try_into().expect("a UUID");
        let it = Answer { status: 200, content_type: Some("application/xml"), body };
        match answer::eligibility(&it, &check) {
            Ok(told) => {
                // The process that shows it gets it whole, and reads the same.
                let sent = postcard::to_stdvec(&told).expect("every result can be sent on");
                assert!(sent.len() < 64 * 1024, "{} bytes do not fit a frame", sent.len());
                let got = postcard::from_bytes(&sent).expect("what was sent is a result");
                assert!(told == got, "another result arrived than was sent");
            }
            // The reason goes to the journal: its length does not come from outside.
            Err(unusable) => assert!(unusable.to_string().len() < 300),
        }
    }
);
