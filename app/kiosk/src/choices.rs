//! What was chosen on the screen: it goes before the settings file, and survives the power.

use std::{io, path::Path};

use kiosk_core::proof::Method;
use kiosk_process::Settings;
use serde::{Deserialize, Serialize};

use crate::codes;

const FILE: &str = "choices.json";
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Choices {
    version: u32,
    /// 目視確認で本人認証
    method: Method,
}

/// The settings with what was chosen since. A damaged file chooses nothing, and the journal
/// says so.
pub(crate) fn settled(settings: Settings) -> Settings {
    let is_good = |kept: &Choices| kept.version == VERSION;
    match codes::read(&settings.state_folder, FILE, is_good) {
        Some(chosen) => Settings { method: chosen.method, ..settings },
        None => settings,
    }
}

/// Keeps the method.
///
/// Errors: the disk refuses; what was chosen before still holds.
pub(crate) fn keep_method(folder: &Path, method: Method) -> io::Result<()> {
    codes::keep(folder, FILE, &Choices { version: VERSION, method })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const PINS: &str = "state_folder = \"state\"\n\
        [gateway]\nurl = \"https://localhost\"\npins = \"pins.pem\"\n\
        [station]\nmethod = \"pin\"\n";

    #[test]
    fn what_was_chosen_goes_before_the_file_and_damage_chooses_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("kiosk.toml");
        fs::write(&file, PINS).expect("written");
        let settings = || Settings::open(&file).expect("good settings").1;
        assert_eq!(settled(settings()).method, Method::Pin);
        let state = settings().state_folder;
        keep_method(&state, Method::Visual).expect("kept");
        assert_eq!(settled(settings()).method, Method::Visual);
        for damage in ["", "{}", r#"{"version":2,"method":"visual"}"#] {
            fs::write(state.join(FILE), damage).expect("written");
            assert_eq!(settled(settings()).method, Method::Pin);
        }
    }
}
