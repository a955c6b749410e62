//! Certificates and the DER below them, as a card sends them.
#![no_main]

use card::{
    Certificate,
    certificate::{LENGTH_MAX, total_length},
    tlv::Reader,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: {
        for (name, hex) in fuzz::sources("reader-drivers/virtual/conversations", ".hex") {
            fuzz::seed(&name, &fuzz::unhex(&hex));
        }
    },
    |bytes: &[u8]| {
        if let Some(Ok(length)) = bytes.first_chunk().map(|first| total_length(*first)) {
            assert!((4..=LENGTH_MAX).contains(&length), "{length}");
        }
        let read = Certificate::read(bytes);
        if read.is_ok() {
            // Nothing follows a certificate, and it begins as long as it is.
            assert!(bytes.len() <= LENGTH_MAX);
            let begins = bytes.first_chunk().map(|first| total_length(*first));
            assert!(!matches!(begins, Some(Ok(length)) if length != bytes.len()));
        }
        if let Ok(reader) = Reader::new(bytes) {
            walk(reader, 0);
        }
    }
);

/// Every element, as deep as it goes.
fn walk(mut reader: Reader<'_>, depth: u32) {
    assert!(depth <= 16, "deeper than a Reader goes");
    while let Ok(Some(element)) = reader.read() {
        if let Ok(inside) = element.inside() {
            walk(inside, depth + 1);
        }
    }
}
