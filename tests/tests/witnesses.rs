//! Programs that nobody wrote for our virtual card take it for a My Number card: OpenSC
//! (with openssl to check its signatures) and the crate `myna-card`, through a real pcscd.
//! And what the reader promises: events without polling, and a PIN pad.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use whole::{Pcscd, programs};

const PIN: &str = "1234";
const SIGN_PIN: &str = "ABC123";
/// DER of the `DigestInfo` of a SHA-256 digest, up to the digest (RFC 8017, 9.2).
const DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];
const PATIENCE: Duration = Duration::from_secs(20);

/// A reader with a card, and a folder for what the witnesses write.
struct Bench {
    pcscd: Pcscd,
    folder: TempDir,
    id: &'static str,
}

impl Bench {
    #[track_caller]
    fn new(id: &'static str) -> Self {
        let folder = tempfile::Builder::new().prefix("sk").tempdir().expect("a folder");
        let pcscd = Pcscd::start(&folder.path().join("p"));
        pcscd.insert(id);
        let bench = Self { pcscd, folder, id };
        bench.wait_for_the_card();
        fs::write(bench.file("message"), "資格確認").expect("written");
        bench
    }

    #[track_caller]
    fn wait_for_the_card(&self) {
        let start = Instant::now();
        loop {
            let list = text(&self.run("opensc-tool", "opensc", &["--list-readers"]).stdout);
            if list.contains("  Yes  ") {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "OpenSC sees no card: {list}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file of the card as it was issued.
    fn issued(&self, name: &str) -> Vec<u8> {
        let path = self.pcscd.office().join("cards").join(self.id).join(name);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Runs a program of `package` beside the written files, however it ends.
    #[track_caller]
    fn run(&self, program: &str, package: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder.path());
        match command.env("PCSCLITE_CSOCK_NAME", self.pcscd.socket()).output() {
            Ok(output) => output,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                panic!("{program} is not installed: apt-get install {package}")
            }
            Err(error) => panic!("{program}: {error}"),
        }
    }

    /// As [`Bench::run`], when it must succeed; gives what it printed.
    #[track_caller]
    fn good(&self, program: &str, package: &str, arguments: &[&str]) -> Vec<u8> {
        let output = self.run(program, package, arguments);
        let said = text(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?} failed: {said}");
        output.stdout
    }

    /// An example of this crate: built with the tests.
    #[track_caller]
    fn example(&self, name: &str, arguments: &[&str]) -> String {
        let path = programs::program(&format!("examples/{name}"));
        text(&self.good(path.to_str().expect("a plain path"), "nothing", arguments))
    }

    #[track_caller]
    fn pkcs11(&self, arguments: &[&str]) -> Output {
        let module = pkcs11_module();
        let module = ["--module", module.to_str().expect("a plain path")];
        self.run("pkcs11-tool", "opensc", &[&module, arguments].concat())
    }

    /// Signs into the file `signature`.
    #[track_caller]
    fn pkcs11_sign(&self, arguments: &[&str], signature: &str) {
        let output = self.pkcs11(&[&["--sign", "--output-file", signature], arguments].concat());
        let said = text(&output.stderr);
        assert!(output.status.success(), "pkcs11-tool {arguments:?} failed: {said}");
    }

    /// Checks a signature over the file `message` with the certificate as it was issued.
    #[track_caller]
    fn openssl_verifies(&self, certificate: &str, signature: &str) {
        fs::write(self.file("certificate"), self.issued(certificate)).expect("written");
        let key = ["x509", "-inform", "der", "-in", "certificate", "-noout", "-pubkey"];
        fs::write(self.file("key"), self.good("openssl", "openssl", &key)).expect("written");
        let verify = ["dgst", "-sha256", "-verify", "key", "-signature", signature, "message"];
        self.good("openssl", "openssl", &verify);
        // It can also say no.
        fs::write(self.file("other"), "else").expect("written");
        let other = ["dgst", "-sha256", "-verify", "key", "-signature", signature, "other"];
        assert!(!self.run("openssl", "openssl", &other).status.success());
    }

    /// Writes the DigestInfo of the file `message` into the file `digestinfo`.
    #[track_caller]
    fn write_digest_info(&self) {
        let digest = self.good("openssl", "openssl", &["dgst", "-sha256", "-binary", "message"]);
        fs::write(self.file("digestinfo"), [&DIGEST_INFO[..], &digest].concat()).expect("written");
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Debian keeps it in the folder of the machine's architecture.
#[track_caller]
fn pkcs11_module() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").expect("a system").flatten().map(|entry| entry.path());
    let mut modules = folders.map(|folder| folder.join("opensc-pkcs11.so"));
    let module = modules.find(|module| module.exists());
    module.expect("opensc-pkcs11.so is not installed: apt-get install opensc-pkcs11")
}

#[test]
fn opensc_knows_the_card_and_reads_the_certificate_as_issued() {
    let bench = Bench::new("shikaku-taro");
    assert_eq!(text(&bench.good("opensc-tool", "opensc", &["--name"])).trim(), "jpki");
    let lists = ["--list-certificates", "--list-pins", "--list-keys"];
    let lists = text(&bench.good("pkcs15-tool", "opensc", &lists));
    for expected in
        ["User Authentication Certificate", "User Authentication PIN", "Tries left     : 3"]
    {
        assert!(lists.contains(expected), "{expected} is not in {lists}");
    }
    let pem = bench.good("pkcs15-tool", "opensc", &["--read-certificate", "1"]);
    fs::write(bench.file("pem"), pem).expect("written");
    let der = ["x509", "-in", "pem", "-outform", "der"];
    let der = bench.good("openssl", "openssl", &der);
    assert!(der == bench.issued("auth.der"), "not the certificate that was issued");
}

#[test]
fn opensc_signs_with_both_keys_and_openssl_verifies() {
    let bench = Bench::new("shikaku-taro");
    let auth = ["--login", "--pin", PIN, "--id", "1"];
    let message = ["-m", "SHA256-RSA-PKCS", "--input-file", "message"];
    bench.pkcs11_sign(&[&auth[..], &message].concat(), "one");
    bench.openssl_verifies("auth.der", "one");

    bench.write_digest_info();
    let digest_info = ["-m", "RSA-PKCS", "--input-file", "digestinfo"];
    bench.pkcs11_sign(&[&auth[..], &digest_info].concat(), "two");
    let read = |name| fs::read(bench.file(name)).expect("just written");
    assert!(read("one") == read("two"), "PKCS #1 v1.5 has one signature only");

    let sign = ["--slot-index", "1", "--login", "--pin", SIGN_PIN, "--id", "2"];
    bench.pkcs11_sign(&[&sign[..], &message].concat(), "three");
    bench.openssl_verifies("sign.der", "three");
}

#[test]
fn opensc_is_refused_a_wrong_pin_and_sees_the_try_gone() {
    let bench = Bench::new("shikaku-taro");
    assert!(!bench.pkcs11(&["--login", "--pin", "0000", "--list-objects"]).status.success());
    let pins = text(&bench.good("pkcs15-tool", "opensc", &["--list-pins"]));
    assert!(pins.contains("Tries left     : 2"), "{pins}");
}

#[test]
fn opensc_binds_a_card_whose_last_try_is_gone() {
    let bench = Bench::new("last-try");
    let login = |pin| bench.pkcs11(&["--login", "--pin", pin, "--list-objects"]).status.success();
    assert!(!login("0000"));
    assert!(!login(PIN), "the right PIN comes too late");
    let pins = text(&bench.good("pkcs15-tool", "opensc", &["--list-pins"]));
    assert!(pins.contains("Tries left     : 0"), "{pins}");
    bench.good("pkcs15-tool", "opensc", &["--read-certificate", "1"]);
}

#[test]
fn myna_card_reads_and_signs_over_its_own_transport() {
    let bench = Bench::new("shikaku-taro");
    let said = bench.example("myna_card", &[PIN, "message", "signature"]);
    let certificate: String =
        bench.issued("auth.der").iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(said.contains("token JPKIAPICCTOKEN2\n"), "{said}");
    assert!(said.contains(&format!("certificate {certificate}\n")), "not as issued");
    bench.openssl_verifies("auth.der", "signature");
}

#[test]
fn a_card_event_reaches_a_client_without_polling() {
    let bench = Bench::new("shikaku-taro");
    bench.pcscd.remove();
    let control = bench.file("p/control");
    let said = bench.example("pcsc_client", &["events", control.to_str().expect("plain")]);
    let mut times: Vec<u64> =
        said.lines().map(|line| line.parse().expect("microseconds")).collect();
    assert_eq!(times.len(), 20, "ten cards in and out");
    times.sort_unstable();
    // pcscd looks every 400 ms by itself, so its median would be 200 ms; ours is below one.
    assert!(times[10] < 100_000, "median {} µs of {times:?}", times[10]);
}

#[test]
fn a_client_is_told_of_a_swap_an_unplugged_reader_and_its_return() {
    let bench = Bench::new("shikaku-taro");
    let control = bench.file("p/control");
    let said = bench.example("pcsc_client", &["troubles", control.to_str().expect("plain")]);
    let expected = "swapped: Err(RemovedCard)\nunplugged: Some(ReaderUnavailable)\n\
                    hanging: yes\nreleased: Ok(2)\n";
    assert_eq!(said, expected);
}

#[test]
fn the_pin_pad_verifies_and_the_signature_follows() {
    let bench = Bench::new("shikaku-taro");
    bench.write_digest_info();
    let control = bench.file("p/control");
    let control = control.to_str().expect("plain");
    let client = |digits| {
        bench.example("pcsc_client", &["pin-pad", control, digits, "digestinfo", "signed"])
    };
    assert_eq!(client("0000").trim(), "[63, C2]");
    assert!(!Path::new(&bench.file("signed")).exists());
    assert_eq!(client(PIN).trim(), "[90, 00]");
    bench.openssl_verifies("auth.der", "signed");
}
