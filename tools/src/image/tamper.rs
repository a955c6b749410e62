//! What somebody with the unit in their hands could try, done to a copy of it, and what must come of
//! it.

use std::{
    fs::{self, File, OpenOptions},
    os::unix::fs::FileExt,
};

use crate::{
    image::{
        disk::UNSIGNED,
        keys::PCR_PUBLIC,
        machine::{Running, Unit},
        root::OS_RELEASE,
        tree::Tree,
    },
    places,
    stop::Stop,
};

/// What is to be seen of a unit that was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Its pages: the state is open, the settings are read from it.
    Opened,
    /// The first page alone: programs run, and the state stays locked.
    Locked,
    /// No page: nothing of the image was started, or it did not run.
    Refused,
}

/// One try.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) must: Seen,
    change: Change,
}

enum Change {
    Nothing,
    /// Bytes of the signed kernel are changed.
    Kernel,
    /// The kernel is signed by somebody else.
    ForeignSignature,
    /// Blocks all over the root are changed.
    Root,
    /// Handed to the machine from outside (SMBIOS type 11).
    Smbios(&'static str),
    /// An entry of the boot loader that nobody signed, and it is the default.
    Entry,
    /// A newer kernel that nobody signed.
    UnsignedKernel,
    UnsignedLoader,
    /// The disk in another machine.
    OtherTpm,
    NoTpm,
    NoSecureBoot,
    /// A kernel that may start (Secure Boot), with a command line of which no PCR 11 was signed.
    NoPromise,
}

const fn case(name: &'static str, must: Seen, change: Change) -> Case {
    Case { name, must, change }
}

/// Whether an `init=` was taken shows itself: it is no init.
const OTHER_INIT: &str = "io.systemd.boot.kernel-cmdline-extra=init=/usr/sbin/mke2fs";
const ADDED: &str = "io.systemd.stub.kernel-cmdline-extra=somebody.was.here";
/// `[Service]`, `ExecStart=`: with it the kiosk would never start.
const CREDENTIAL: &str = "io.systemd.credential.binary:systemd.unit-dropin.kiosk.service~x=\
                          W1NlcnZpY2VdCkV4ZWNTdGFydD0K";

pub(crate) const CASES: &[Case] = &[
    case("nothing is changed", Seen::Opened, Change::Nothing),
    case("the kernel image is changed", Seen::Refused, Change::Kernel),
    case("the kernel is signed by somebody else", Seen::Refused, Change::ForeignSignature),
    case("the root is changed", Seen::Refused, Change::Root),
    case("a kernel command line through SMBIOS", Seen::Locked, Change::Smbios(ADDED)),
    case("the boot loader's, through SMBIOS", Seen::Opened, Change::Smbios(OTHER_INIT)),
    case("a credential through SMBIOS", Seen::Opened, Change::Smbios(CREDENTIAL)),
    case("an unsigned entry on the ESP", Seen::Refused, Change::Entry),
    case("a newer kernel, unsigned", Seen::Refused, Change::UnsignedKernel),
    case("another boot loader, unsigned", Seen::Refused, Change::UnsignedLoader),
    case("the disk in another machine", Seen::Locked, Change::OtherTpm),
    case("the TPM is gone", Seen::Locked, Change::NoTpm),
    case("Secure Boot is switched off", Seen::Locked, Change::NoSecureBoot),
    case("signed for Secure Boot, and of no known start", Seen::Locked, Change::NoPromise),
];

/// A unit that was started once, kept as it was then; each try gets a copy.
pub(crate) struct Kept<'a> {
    tools: &'a Tree,
    unit: &'a Unit<'a>,
}

/// Of the ESP, in `mtools`' words: it begins at 1 MiB.
const ESP: &str = "unit.raw@@1M";
const LOADER: &str = "::/EFI/BOOT/BOOTX64.EFI";

impl<'a> Kept<'a> {
    pub(crate) fn new(tools: &'a Tree, unit: &'a Unit<'a>) -> Result<Self, Stop> {
        unit.keep()?;
        Ok(Self { tools, unit })
    }

    /// Starts the unit as it was, but for the change.
    pub(crate) fn start(&self, case: &Case) -> Result<Running, Stop> {
        let more = self.with(case)?;
        match case.change {
            Change::NoTpm => self.unit.clone().without_tpm().start_with(&more),
            _ => self.unit.start_with(&more),
        }
    }

    /// Makes the change; what the machine is started with besides.
    fn with(&self, case: &Case) -> Result<Vec<String>, Stop> {
        self.unit.as_kept()?;
        match case.change {
            Change::Nothing | Change::NoTpm => {}
            Change::Smbios(value) => {
                return Ok(vec!["-smbios".to_owned(), format!("type=11,value={value}")]);
            }
            Change::Kernel => self.change_kernel()?,
            Change::ForeignSignature => {
                self.other_key()?;
                self.sign(UNSIGNED, "other")?;
                self.put("other.efi", &self.kernel()?)?;
            }
            Change::Root => self.change_root()?,
            Change::Entry => self.add_entry()?,
            Change::UnsignedKernel => self.put(UNSIGNED, "::/EFI/Linux/kiosk_9.9.9.efi")?,
            Change::UnsignedLoader => {
                let loader = self.tools.own("usr/lib/systemd/boot/efi/systemd-bootx64.efi");
                let here = self.tools.work("other.efi");
                fs::copy(&loader, &here).map_err(Stop::because(loader.display()))?;
                self.put("other.efi", LOADER)?;
            }
            Change::OtherTpm => places::empty(&self.tools.work("tpm"))?,
            Change::NoSecureBoot => {
                let firmware = self.tools.own("usr/share/OVMF/OVMF_VARS_4M.fd");
                let here = self.tools.work("firmware.fd");
                fs::copy(&firmware, &here).map_err(Stop::because(firmware.display()))?;
            }
            Change::NoPromise => self.other_command_line()?,
        }
        Ok(Vec::new())
    }

    fn put(&self, file: &str, place: &str) -> Result<(), Stop> {
        let copy = ["-o", "-i", ESP, file, place];
        self.tools.run("change the ESP", "mcopy", copy).map(drop)
    }

    /// The kernel's place on the ESP.
    fn kernel(&self) -> Result<String, Stop> {
        let list = ["-b", "-i", ESP, "::/EFI/Linux"];
        let said = self.tools.run("look at the ESP", "mdir", list)?;
        let kernel = said.lines().find(|line| line.ends_with(".efi"));
        let missing = || Stop::Failed(format!("no kernel is on the ESP:\n{said}"));
        kernel.map(str::to_owned).ok_or_else(missing)
    }

    fn change_kernel(&self) -> Result<(), Stop> {
        let kernel = self.kernel()?;
        let take = ["-o", "-i", ESP, &kernel, "other.efi"];
        self.tools.run("take the kernel", "mcopy", take)?;
        let file = self.tools.work("other.efi");
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&file)
            .map_err(Stop::because(file.display()))?;
        // In the middle of the compressed kernel.
        let middle = opened.metadata().map_err(Stop::because(file.display()))?.len() / 2;
        turn(&opened, middle).map_err(Stop::because(file.display()))?;
        self.put("other.efi", &kernel)
    }

    /// All over it: the tree of hashes is asked for a block when it is read.
    fn change_root(&self) -> Result<(), Stop> {
        const EVERY: u64 = 128 << 10;
        let file = self.tools.work("unit.raw");
        let disk = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&file)
            .map_err(Stop::because(file.display()))?;
        let root = self.tools.work("root.erofs");
        let bytes = fs::metadata(&root).map_err(Stop::because(root.display()))?.len();
        let begin = partition(&disk, ROOT).map_err(Stop::because(file.display()))?;
        (1..bytes / EVERY)
            .try_for_each(|number| turn(&disk, begin + number * EVERY))
            .map_err(Stop::because(file.display()))
    }

    fn add_entry(&self) -> Result<(), Stop> {
        let entry = "title other\nlinux /other.efi\noptions console=ttyS0 init=/usr/sbin/mke2fs\n";
        self.write("other.conf", entry)?;
        self.write("other-loader.conf", "timeout 0\ndefault other.conf\n")?;
        let make = ["-D", "s", "-i", ESP, "::/loader/entries"];
        self.tools.run("change the ESP", "mmd", make)?;
        self.put("bzImage", "::/other.efi")?;
        self.put("other.conf", "::/loader/entries/other.conf")?;
        self.put("other-loader.conf", "::/loader/loader.conf")
    }

    fn other_command_line(&self) -> Result<(), Stop> {
        let file = self.tools.work("cmdline");
        let line = fs::read_to_string(&file).map_err(Stop::because(file.display()))?;
        self.write("other-cmdline", &format!("{line} somebody.was.here"))?;
        let release = format!("--os-release=@root/{OS_RELEASE}");
        let public = format!("--pcrpkey=keys/{PCR_PUBLIC}");
        let build = ["build", "--linux=bzImage", "--cmdline=@other-cmdline", &release, &public];
        let more = ["--output=other.unsigned.efi"];
        self.tools.run("join kernel and another line", "ukify", build.into_iter().chain(more))?;
        self.sign("other.unsigned.efi", "keys/boot")?;
        self.put("other.efi", &self.kernel()?)
    }

    fn other_key(&self) -> Result<(), Stop> {
        let arguments = ["req", "-x509", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN=other"];
        let files = ["-keyout", "other.key", "-out", "other.crt"];
        let all = arguments.into_iter().chain(files);
        self.tools.run("make somebody else's key", "openssl", all).map(drop)
    }

    /// `other.efi`, with the key and certificate `signer`.
    fn sign(&self, unsigned: &str, signer: &str) -> Result<(), Stop> {
        let (key, certificate) = (format!("{signer}.key"), format!("{signer}.crt"));
        let arguments = ["--key", &key, "--cert", &certificate, "--output", "other.efi", unsigned];
        self.tools.run("sign it", "sbsign", arguments).map(drop)
    }

    fn write(&self, name: &str, text: &str) -> Result<(), Stop> {
        let file = self.tools.work(name);
        fs::write(&file, text).map_err(Stop::because(file.display()))
    }
}

/// 16 bytes of a file become others.
fn turn(file: &File, at: u64) -> std::io::Result<()> {
    let mut bytes = [0; 16];
    file.read_exact_at(&mut bytes, at)?;
    file.write_all_at(&bytes.map(|byte| !byte), at)
}

/// Its name in the partition table.
const ROOT: &str = "root";
const SECTOR: u64 = 512;

/// Where the first partition whose name begins so lies, in bytes (UEFI 2.10, 5.3.3).
fn partition(disk: &File, name: &str) -> std::io::Result<u64> {
    const ENTRY: usize = 128;
    let mut table = [0; 128 * ENTRY];
    disk.read_exact_at(&mut table, 2 * SECTOR)?;
    let (entries, _) = table.as_chunks::<ENTRY>();
    let wanted: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let found = entries.iter().find(|entry| entry[56..].starts_with(&wanted));
    let missing = || std::io::Error::other(format!("no partition is called {name}"));
    let first = found.ok_or_else(missing)?.as_chunks::<8>().0[4];
    Ok(u64::from_le_bytes(first) * SECTOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_is_found_by_its_name() {
        let file = std::env::temp_dir().join(format!("disk-{}", std::process::id()));
        let mut disk = vec![0; 64 * 512];
        for (number, name, first) in [(0, "esp", 2048_u64), (1, "root_0.1.0", 526_336)] {
            let entry = &mut disk[1024 + number * 128..][..128];
            entry[32..40].copy_from_slice(&first.to_le_bytes());
            for (place, unit) in entry[56..].chunks_mut(2).zip(name.encode_utf16()) {
                place.copy_from_slice(&unit.to_le_bytes());
            }
        }
        fs::write(&file, &disk).expect("written");
        let opened = File::open(&file).expect("there");
        assert_eq!(partition(&opened, ROOT).ok(), Some(526_336 * 512));
        assert!(partition(&opened, "state").is_err());
        fs::remove_file(&file).expect("removed");
    }

    #[test]
    fn the_untouched_unit_is_tried_first_and_each_name_is_given_once() {
        assert!(matches!(CASES[0].change, Change::Nothing));
        let mut names: Vec<_> = CASES.iter().map(|case| case.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CASES.len());
    }
}
