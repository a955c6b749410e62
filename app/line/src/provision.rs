//! The first start: a signed provisioning file becomes the settings of this unit.

use std::{
    io,
    path::{Path, PathBuf},
};

use kiosk_process::{
    files,
    provisioning::{
        BYTES_MAX, BadProvisioning, DOCUMENT, GATEWAY_CA, Provisioning, SETTINGS, SIGNATURE,
    },
};

use crate::roots::has_signed;

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Provisioned {
    /// There was a file: this unit follows it now, and the file is erased.
    Now,
    /// There is none.
    NoFile,
}

/// Why a file was not followed. It stays where it is.
#[derive(Debug, thiserror::Error)]
pub enum NotProvisioned {
    #[error("cannot read {0}: {1}")]
    Unreadable(PathBuf, #[source] io::Error),
    #[error("{0} is longer than {BYTES_MAX} bytes")]
    TooLong(PathBuf),
    #[error("{0}: no signature lies beside it")]
    NotSigned(PathBuf),
    #[error("{0} was signed by somebody else than this unit's vendor, or changed since")]
    OtherSigner(PathBuf),
    #[error("the vendor's certificate {0} is damaged")]
    Certificate(PathBuf),
    #[error(transparent)]
    Bad(#[from] BadProvisioning),
    #[error("cannot keep the settings in {0}: {1}")]
    NotKept(PathBuf, #[source] io::Error),
    #[error("the settings are kept, but {0} cannot be erased: {1}")]
    NotErased(PathBuf, #[source] io::Error),
}

/// Reads the file in `from`, believes it if the owner of `certificate` (PEM) signed it,
/// keeps the settings in `into` and erases it.
///
/// Errors: all of [`NotProvisioned`].
pub fn provision(
    certificate: &Path,
    from: &Path,
    into: &Path,
) -> Result<Provisioned, NotProvisioned> {
    let place = from.join(DOCUMENT);
    let Some(document) = read(&place)? else { return Ok(Provisioned::NoFile) };
    let signature =
        read(&from.join(SIGNATURE))?.ok_or_else(|| NotProvisioned::NotSigned(place.clone()))?;
    let damaged = || NotProvisioned::Certificate(certificate.to_owned());
    let vendor = read(certificate)?.ok_or_else(damaged)?;
    if !has_signed(&vendor, &document, &signature).map_err(|_| damaged())? {
        return Err(NotProvisioned::OtherSigner(place));
    }
    let provisioning = Provisioning::read(&document)?;

    // The settings last: whoever waits for them finds the CAs there.
    for (name, text) in [(GATEWAY_CA, &provisioning.gateway_ca), (SETTINGS, &provisioning.settings)]
    {
        // Three users read them, and there is no secret in them.
        files::write_for_all(into, name, text.as_bytes())
            .map_err(|problem| NotProvisioned::NotKept(into.to_owned(), problem))?;
    }
    for name in [DOCUMENT, SIGNATURE] {
        files::remove(from, name)
            .map_err(|problem| NotProvisioned::NotErased(from.join(name), problem))?;
    }
    Ok(Provisioned::Now)
}

fn read(file: &Path) -> Result<Option<Vec<u8>>, NotProvisioned> {
    match files::read(file, BYTES_MAX) {
        Ok(bytes) => Ok(bytes.map(|it| it.to_vec())),
        Err(problem) if problem.kind() == io::ErrorKind::InvalidData => {
            Err(NotProvisioned::TooLong(file.to_owned()))
        }
        Err(problem) => Err(NotProvisioned::Unreadable(file.to_owned(), problem)),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, SigningKey};
    use tempfile::TempDir;

    use super::*;

    const DOCUMENT_TEXT: &str = "settings = '''\nserial = \"SK-000001\"\n[gateway]\n\
         url = \"https://g\"\npins = \"gateway-ca.pem\"\n'''\ngateway_ca = \"PEM\"\n";

    struct Unit {
        folder: TempDir,
        vendor: KeyPair,
    }

    impl Unit {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            for name in ["esp", "settings"] {
                fs::create_dir(folder.path().join(name)).expect("made");
            }
            let vendor = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
            let certificate = CertificateParams::new([]).expect("plain").self_signed(&vendor);
            let pem = certificate.expect("signed").pem();
            fs::write(folder.path().join("vendor.crt"), pem).expect("written");
            Self { folder, vendor }
        }

        fn put(&self, document: &str, signer: &KeyPair) {
            let signature = signer.sign(document.as_bytes()).expect("signed");
            let esp = self.folder.path().join("esp");
            fs::write(esp.join(DOCUMENT), document).expect("written");
            fs::write(esp.join(SIGNATURE), signature).expect("written");
        }

        fn start(&self) -> Result<Provisioned, NotProvisioned> {
            let folder = self.folder.path();
            provision(&folder.join("vendor.crt"), &folder.join("esp"), &folder.join("settings"))
        }

        fn count(&self, name: &str) -> usize {
            fs::read_dir(self.folder.path().join(name)).expect("listed").count()
        }
    }

    #[test]
    fn a_signed_file_is_followed_once_and_erased() {
        let unit = Unit::new();
        assert_eq!(unit.start().expect("nothing to do"), Provisioned::NoFile);
        unit.put(DOCUMENT_TEXT, &unit.vendor);
        assert_eq!(unit.start().expect("followed"), Provisioned::Now);
        assert_eq!((unit.count("esp"), unit.count("settings")), (0, 2));
        let settings = unit.folder.path().join("settings").join(SETTINGS);
        kiosk_process::Settings::open(&settings).expect("good settings");
        assert_eq!(unit.start().expect("nothing to do"), Provisioned::NoFile);
    }

    #[test]
    fn a_file_of_somebody_else_or_a_changed_one_is_not_followed_and_stays() {
        let unit = Unit::new();
        let stranger = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
        unit.put(DOCUMENT_TEXT, &stranger);
        assert!(matches!(unit.start(), Err(NotProvisioned::OtherSigner(_))));

        unit.put(DOCUMENT_TEXT, &unit.vendor);
        let file = unit.folder.path().join("esp").join(DOCUMENT);
        fs::write(&file, DOCUMENT_TEXT.replace("https://g", "https://h")).expect("written");
        assert!(matches!(unit.start(), Err(NotProvisioned::OtherSigner(_))));

        fs::remove_file(file.with_file_name(SIGNATURE)).expect("removed");
        assert!(matches!(unit.start(), Err(NotProvisioned::NotSigned(_))));
        fs::write(&file, vec![b'#'; BYTES_MAX as usize + 1]).expect("written");
        assert!(unit.start().is_err());
        assert_eq!((unit.count("esp"), unit.count("settings")), (1, 0));
    }

    #[test]
    fn a_signed_file_that_says_nonsense_changes_nothing() {
        let unit = Unit::new();
        unit.put("settings = 1", &unit.vendor);
        assert!(matches!(unit.start(), Err(NotProvisioned::Bad(_))));
        assert_eq!((unit.count("esp"), unit.count("settings")), (2, 0));
    }
}
