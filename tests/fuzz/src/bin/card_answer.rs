//! One answer of a card: data, status word, and the label of what lies there.
#![no_main]

use card::{Response, Token};
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: {
        for (name, status) in
            [("ok", 0x9000_u16), ("tries", 0x63C2), ("blocked", 0x6984), ("end", 0x6282)]
        {
            fuzz::seed(name, &status.to_be_bytes());
            for label in ["CCTOKEN2", "CCTOKEN", "GPSETOKEN", "IOSTOKEN"] {
                let text = format!("{:<32}", format!("JPKIAP{}", label.replace("CC", "ICC")));
                fuzz::seed(&format!("{name}-{label}"), &[text.as_bytes(), &status.to_be_bytes()].concat());
            }
        }
    },
    |bytes: &[u8]| {
        let Ok(answer) = Response::decode(bytes) else {
            assert!(bytes.len() < 2);
            return;
        };
        assert_eq!(answer.data.len() + 2, bytes.len());
        // Four bits say how many tries are left.
        assert!(answer.status.tries_left().is_none_or(|left| left <= 15));
        let token = Token::read(&answer.data);
        assert!(answer.data.len() >= 32 || token == Token::Unknown, "a label cut short");
        // Whatever the card said, none of it is printed.
        let printed = format!("{answer:?}");
        assert!(printed.len() <= 32, "{printed}");
    }
);
