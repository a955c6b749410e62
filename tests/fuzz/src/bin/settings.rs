//! The settings file: written by people, and it may be half a file.
#![no_main]

use std::path::Path;

use kiosk_process::Settings;
use libfuzzer_sys::fuzz_target;

const SEED: &str = r#"
state_folder = "state"
[station]
mode = "attended"
method = "pin"
[look]
language = "ja"
theme = "normal"
text_size = "large"
orientation = "landscape"
reach = "full"
[gateway]
url = "https://localhost:8443"
pins = "gateway-ca.pem"
[reader]
name = "Kiosk Virtual Reader"
"#;

fuzz_target!(init: fuzz::seed("all", SEED.as_bytes()), |bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Settings::read(text, Path::new("/k")) {
        // Plain HTTP to the gateway cannot be written down.
        Ok(settings) => assert!(settings.gateway.as_str().starts_with("https://")),
        Err(errors) => assert!(!errors.to_string().is_empty(), "an error without a word"),
    }
});
