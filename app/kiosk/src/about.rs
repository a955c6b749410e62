//! What an appliance says of its own image: files that lie on it, and what it was started with.

use std::{fs, path::Path};

/// Nothing of it is known on a desk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The version of the image.
    pub image: Option<String>,
    /// Of the verified root: whoever has the same has the same files.
    pub root_hash: Option<String>,
    pub state_key: Option<StateKey>,
}

/// What opens the encrypted state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateKey {
    Tpm,
    File,
}

const RELEASE: &str = "usr/lib/os-release";
/// Left there by the service manager: the kiosk itself does not see the kernel's own file.
const COMMAND_LINE: &str = "run/kiosk/cmdline";
/// Left there by whoever opened the state.
const STATE_KEY: &str = "run/kiosk/state-key";

impl About {
    /// What lies below `root`. What is missing, or makes no sense, is not known.
    pub fn read(root: &Path) -> Self {
        let text = |name: &str| fs::read_to_string(root.join(name)).unwrap_or_default();
        Self {
            image: image(&text(RELEASE)),
            root_hash: root_hash(&text(COMMAND_LINE)),
            state_key: state_key(&text(STATE_KEY)),
        }
    }
}

fn image(release: &str) -> Option<String> {
    let version = release.lines().find_map(|line| line.strip_prefix("IMAGE_VERSION="))?;
    let version = version.trim_matches('"');
    let plain = |it: char| it.is_ascii_alphanumeric() || "._-+~".contains(it);
    (!version.is_empty() && version.chars().all(plain)).then(|| version.to_owned())
}

/// `dm-mod.create="root,,,ro,0 … verity 1 … sha256 HASH SALT …"`
fn root_hash(command_line: &str) -> Option<String> {
    let (_, root) = command_line.split_once("dm-mod.create=")?;
    let mut words = root.split_ascii_whitespace().skip_while(|word| *word != "verity");
    let hash = words.by_ref().skip_while(|word| *word != "sha256").nth(1)?;
    let is_hash = hash.len() == 64 && hash.bytes().all(|it| it.is_ascii_hexdigit());
    is_hash.then(|| hash.to_owned())
}

fn state_key(said: &str) -> Option<StateKey> {
    match said.trim() {
        "tpm" => Some(StateKey::Tpm),
        "file" => Some(StateKey::File),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_hash_is_the_one_that_the_kernel_checks() {
        let hash = "0123456789abcdef".repeat(4);
        let line = |hash: &str| {
            format!(
                "root=/dev/dm-0 quiet dm-mod.waitfor=PARTUUID=a,PARTUUID=b dm-mod.create=\"root,,,ro,0 8 \
                 verity 1 PARTUUID=a PARTUUID=b 4096 4096 1 1 sha256 {hash} 5a17 1 panic_on_corruption\"\n"
            )
        };
        assert_eq!(root_hash(&line(&hash)), Some(hash.clone()));
        assert_eq!(root_hash(&line("not-a-hash")), None);
        // Words of another option do not count.
        assert_eq!(root_hash(&format!("verity sha256 {hash} quiet")), None);
    }

    #[test]
    fn what_lies_on_an_appliance_is_read_and_nothing_is_known_of_a_desk() {
        let root = tempfile::tempdir().expect("a folder");
        assert_eq!(About::read(root.path()), About::default());
        for (name, text) in
            [(RELEASE, "ID=shikaku-kiosk\nIMAGE_VERSION=0.1.0\n"), (STATE_KEY, "file\n")]
        {
            let file = root.path().join(name);
            fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            fs::write(file, text).expect("written");
        }
        let expected = About {
            image: Some("0.1.0".to_owned()),
            root_hash: None,
            state_key: Some(StateKey::File),
        };
        assert_eq!(About::read(root.path()), expected);
        assert_eq!(state_key("recovery"), None);
        assert_eq!(image("IMAGE_VERSION=\"<1>\"\n"), None);
    }
}
