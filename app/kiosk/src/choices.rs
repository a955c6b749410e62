//! What was chosen on the screen: it goes before the settings file, and survives the power.

use std::{io, path::Path};

use kiosk_core::{Look, ReaderLabel, check::Station, menu::Choice, proof::Method};
use kiosk_process::{Settings, files};
use serde::{Deserialize, Serialize};

use crate::codes;

const FILE: &str = "choices.json";
const VERSION: u32 = 1;

/// What was never chosen is not there.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Choices {
    version: u32,
    /// 目視確認で本人認証
    method: Option<Method>,
    station: Option<Station>,
    look: Option<Look>,
    /// パスコードでログイン, before 認証選択.
    pub(crate) passcode_at_start: bool,
    /// The ids of the notices that were shown.
    pub(crate) notices_read: Vec<String>,
    /// カードリーダー選択
    pub(crate) reader: Option<ReaderLabel>,
}

impl Choices {
    /// A damaged file chooses nothing, and the journal says so.
    pub(crate) fn read(folder: &Path) -> Self {
        codes::read(folder, FILE, |kept: &Self| kept.version == VERSION).unwrap_or_default()
    }

    /// The settings with what was chosen since.
    pub(crate) fn settled(&self, settings: Settings) -> Settings {
        Settings {
            method: self.method.unwrap_or(settings.method),
            station: self.station.unwrap_or(settings.station),
            look: self.look.unwrap_or(settings.look),
            ..settings
        }
    }
}

/// Keeps one more choice.
///
/// Errors: the disk refuses; what was chosen before still holds.
pub(crate) fn keep(folder: &Path, choice: &Choice) -> io::Result<()> {
    let mut choices = Choices { version: VERSION, ..Choices::read(folder) };
    match choice.clone() {
        Choice::Method(method) => choices.method = Some(method),
        Choice::Station(station) => choices.station = Some(station),
        Choice::Look(look) => choices.look = Some(look),
        Choice::PasscodeAtStart(asks) => choices.passcode_at_start = asks,
        Choice::NoticesRead(ids) => choices.notices_read = ids,
        Choice::Reader(reader) => choices.reader = reader,
    }
    codes::keep(folder, FILE, &choices)
}

/// デバイス登録解除: nothing was chosen.
///
/// Errors: the file cannot be removed.
pub(crate) fn wipe(folder: &Path) -> io::Result<()> {
    files::remove(folder, FILE)
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
        let settings = Settings::open(&file).expect("good settings").1;
        let state = settings.state_folder.clone();
        let method = || Choices::read(&state).settled(settings.clone()).method;
        assert_eq!(method(), Method::Pin);
        keep(&state, &Choice::Method(Method::Visual)).expect("kept");
        keep(&state, &Choice::NoticesRead(vec!["1".to_owned()])).expect("kept");
        assert_eq!(method(), Method::Visual);
        assert_eq!(Choices::read(&state).notices_read, ["1"]);
        for damage in ["", "{}", r#"{"version":2,"method":"visual"}"#, r#"{"version":1,"look":7}"#]
        {
            fs::write(state.join(FILE), damage).expect("written");
            assert_eq!(method(), Method::Pin);
        }
        // As the first version of this program wrote it.
        fs::write(state.join(FILE), r#"{"version":1,"method":"visual"}"#).expect("written");
        assert_eq!(method(), Method::Visual);
        wipe(&state).expect("wiped");
        wipe(&state).expect("wiped before");
        assert_eq!(method(), Method::Pin);
    }
}
