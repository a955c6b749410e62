//! `cargo tools keys`: keys to try with. A vendor's own take their place; none is ever in
//! the sources.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use crate::{
    image::{self, tree::Tree},
    places,
    stop::Stop,
};

/// What starts (Secure Boot), what a unit believes at its first start, and what opens a state
/// (of this security epoch).
const PAIRS: [(&str, &[&str]); 3] = [
    ("boot", &["rsa:2048"]),
    ("provisioning", &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]),
    ("pcr", &["rsa:2048"]),
];

/// Lies beside them when one of them was made here: the device says so on its screen.
pub(crate) const MARK: &str = "test-keys";
/// Their certificates say so.
const TO_TRY_WITH: &str = "Shikaku Kiosk TEST";
/// The public half of what opens a state.
pub(crate) const PCR_PUBLIC: &str = "pcr.pub";

/// Makes those that are not there; gives the folder.
pub(crate) fn make() -> Result<PathBuf, Stop> {
    let folder = image::work()?.join("keys");
    places::private_folder(&folder)?;
    let tools = Tree::for_work(&folder)?;
    for (name, kind) in PAIRS {
        let (key, certificate) = (format!("{name}.key"), format!("{name}.crt"));
        if folder.join(&certificate).exists() {
            continue;
        }
        let subject = format!("/CN={TO_TRY_WITH} {name}");
        let mut arguments = vec!["req", "-x509", "-nodes", "-days", "3650", "-newkey"];
        arguments.extend(kind);
        arguments.extend(["-subj", &subject, "-keyout", &key, "-out", &certificate]);
        tools.run("make a key to try with", "openssl", arguments)?;
        let mine = fs::Permissions::from_mode(0o600);
        fs::set_permissions(folder.join(&key), mine).map_err(Stop::because(key))?;
    }
    let mut nobodys_secret = false;
    for (name, _) in PAIRS {
        let subject = ["x509", "-in", &format!("{name}.crt"), "-noout", "-subject"];
        let said = tools.run("ask whose key this is", "openssl", subject)?;
        nobodys_secret |= said.contains(TO_TRY_WITH);
    }
    let mark = folder.join(MARK);
    match nobodys_secret {
        true => fs::write(&mark, "keys to try with\n").map_err(Stop::because(mark.display()))?,
        false => places::remove_file(&mark)?,
    }
    let arguments = ["x509", "-in", "pcr.crt", "-pubkey", "-noout", "-out", PCR_PUBLIC];
    tools.run("take the public key", "openssl", arguments)?;
    Ok(folder)
}
