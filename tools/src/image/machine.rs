//! A machine for the image: QEMU with the firmware, Secure Boot and TPM of a real one, a panel
//! with a touch screen, a network, and a USB port. No part of the image is changed for it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

use crate::{
    image::{qmp::Qmp, tree::Tree},
    places,
    program::{Program, ask},
    stop::Stop,
};

/// What QEMU's own network calls this machine.
pub(crate) const HOST: &str = "10.0.2.2";
/// Where the machine waits for a card reader, in the work folder.
pub(crate) const READER: &str = "reader.sock";
/// The disk of a unit; the image is smaller, and its state takes the rest.
const DISK: &str = "4G";
/// Who put the keys into the firmware: any number that does not change.
const OWNER: &str = "6c1f4a53-9a30-4f2f-9d1f-9a115d1a7a3e";

const FIRMWARE: [&str; 8] = [
    "-machine",
    "q35,smm=on",
    "-global",
    "driver=cfi.pflash01,property=secure,value=on",
    "-drive",
    "if=pflash,unit=0,readonly=on,format=raw,file=/usr/share/OVMF/OVMF_CODE_4M.secboot.fd",
    "-drive",
    "if=pflash,unit=1,format=raw,file=firmware.fd",
];

/// As fast as this machine emulates two of them.
const PROCESSORS: [&str; 4] = ["-accel", "tcg,thread=multi", "-smp", "2"];
/// One that takes 2 ns for every instruction, however fast or busy this machine is.
const COUNTED: [&str; 6] =
    ["-accel", "tcg,thread=single", "-smp", "1", "-icount", "shift=1,sleep=on"];
/// Of [`Start::Kernel`], in the work folder.
pub(crate) const KERNEL: &str = "vmlinuz";
pub(crate) const INITRD: &str = "initrd.img";

const TPM: [&str; 6] = [
    "-chardev",
    "socket,id=tpm,path=/work/tpm.sock",
    "-tpmdev",
    "emulator,id=tpm0,chardev=tpm",
    "-device",
    "tpm-crb,tpmdev=tpm0",
];

const PARTS: [&str; 24] = [
    "-cpu",
    "max,svm=off",
    "-m",
    "1024",
    "-drive",
    "if=none,id=disk,format=raw,file=unit.raw",
    "-device",
    "virtio-blk-pci,drive=disk",
    "-vga",
    "none",
    "-device",
    "virtio-gpu-pci,xres=1280,yres=800",
    "-device",
    "qemu-xhci,id=usb",
    "-chardev",
    "socket,id=reader,path=/work/reader.sock,server=on,wait=off",
    "-netdev",
    "user,id=net",
    "-device",
    "virtio-net-pci,netdev=net",
    "-audiodev",
    "none,id=silence",
    "-qmp",
    "unix:/work/qmp.sock,server=on,wait=off",
];

/// A panel that is looked at by programs, and touched.
const GLASS: [&str; 4] = ["-display", "none", "-device", "virtio-multitouch-pci"];
/// One in a window: a mouse stands for the finger.
const WINDOW: [&str; 4] = ["-display", "sdl,show-cursor=on", "-device", "virtio-tablet-pci"];

/// What a unit consists of, in the work folder.
const KEPT: [&str; 3] = ["unit.raw", "firmware.fd", "tpm"];

/// What a machine starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start<'a> {
    /// Its firmware, which looks for the rest.
    Firmware,
    /// A kernel that QEMU lays into its memory, with this command line.
    Kernel(&'a str),
}

/// Which card reader is on the machine's USB, behind [`READER`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Ours, all of it: T=1, power and resets reach the card.
    Redir,
    /// QEMU's own with our card in it, T=0: a second witness, which keeps power to itself.
    Passthru,
}

impl Reader {
    /// QEMU's devices.
    fn parts(self) -> &'static [&'static str] {
        match self {
            Self::Redir => &["-device", "usb-redir,chardev=reader,id=reader,bus=usb.0"],
            Self::Passthru => &[
                "-device",
                "usb-ccid,id=reader,bus=usb.0",
                "-device",
                "ccid-card-passthru,chardev=reader,bus=reader.0",
            ],
        }
    }
}

/// A unit: a disk with the image on it, its firmware and its TPM, all as they leave the line.
#[derive(Clone)]
pub(crate) struct Unit<'a> {
    tools: &'a Tree,
    logs: PathBuf,
    reader: Reader,
    has_tpm: bool,
}

/// A unit that has power.
pub(crate) struct Running {
    qemu: Program,
    tpm: Option<Program>,
    pub(crate) qmp: Qmp,
}

impl<'a> Unit<'a> {
    /// Flashes the image onto a disk of its own, with a provisioning file on it, and gives the
    /// firmware our keys: nothing else starts there.
    pub(crate) fn new(tools: &'a Tree, provisioning: &str, logs: &Path) -> Result<Self, Stop> {
        let (image, disk) = (tools.work("disk.raw"), tools.work("unit.raw"));
        let mut copy = Command::new("cp");
        ask("flash the unit", copy.arg("--sparse=always").arg(image).arg(&disk), "")?;
        let mut grow = Command::new("truncate");
        ask("flash the unit", grow.args(["--size", DISK]).arg(&disk), "")?;
        places::empty(&tools.work("tpm"))?;
        tools.run(
            "give the firmware our keys",
            "virt-fw-vars",
            [
                "--input=/usr/share/OVMF/OVMF_VARS_4M.fd",
                "--output=firmware.fd",
                "--set-pk",
                OWNER,
                "keys/boot.crt",
                "--add-kek",
                OWNER,
                "keys/boot.crt",
                "--add-db",
                OWNER,
                "keys/boot.crt",
                "--secure-boot",
            ],
        )?;
        let unit = Self::with_disk(tools, logs);
        unit.provision(provisioning)?;
        Ok(unit)
    }

    /// A machine whose disk lies in the work folder already.
    pub(crate) fn with_disk(tools: &'a Tree, logs: &Path) -> Self {
        Self { tools, logs: logs.to_owned(), reader: Reader::Redir, has_tpm: true }
    }

    /// The same with another reader on its USB.
    pub(crate) fn with_reader(self, reader: Reader) -> Self {
        Self { reader, ..self }
    }

    /// The same in a machine that has no TPM.
    pub(crate) fn without_tpm(self) -> Self {
        Self { has_tpm: false, ..self }
    }

    pub(crate) fn reader(&self) -> Reader {
        self.reader
    }

    /// What a vendor's line does: the file, signed, on the ESP, which begins the disk.
    fn provision(&self, text: &str) -> Result<(), Stop> {
        let file = self.tools.work("provisioning.toml");
        fs::write(&file, text).map_err(Stop::because(file.display()))?;
        self.tools.run(
            "sign the provisioning file",
            "openssl",
            [
                "dgst",
                "-sha256",
                "-sign",
                "keys/provisioning.key",
                "-out",
                "provisioning.sig",
                "provisioning.toml",
            ],
        )?;
        // The first partition begins at 1 MiB.
        let copy = ["-o", "-i", "unit.raw@@1M", "provisioning.toml", "provisioning.sig", "::/"];
        self.tools.run("put it on the unit", "mcopy", copy).map(drop)
    }

    /// Keeps it as it is now, for [`Self::as_kept`].
    pub(crate) fn keep(&self) -> Result<(), Stop> {
        KEPT.iter().try_for_each(|part| self.copy(part, &kept_as(part)))
    }

    /// It is again as it was kept.
    pub(crate) fn as_kept(&self) -> Result<(), Stop> {
        KEPT.iter().try_for_each(|part| self.copy(&kept_as(part), part))
    }

    fn copy(&self, from: &str, to: &str) -> Result<(), Stop> {
        let (from, to) = (self.tools.work(from), self.tools.work(to));
        let mut remove = Command::new("rm");
        ask("make room for the unit", remove.args(["--recursive", "--force"]).arg(&to), "")?;
        let mut copy = Command::new("cp");
        copy.args(["--recursive", "--sparse=always", "--reflink=auto"]);
        ask("copy the unit", copy.arg(from).arg(to), "").map(drop)
    }

    /// The folder with the machine's files and sockets.
    pub(crate) fn work(&self) -> PathBuf {
        self.tools.work("")
    }

    /// Power on.
    pub(crate) fn start(&self) -> Result<Running, Stop> {
        self.start_on(self.tools.command("qemu-system-x86_64"), &GLASS)
    }

    /// Power on, with one processor whose time is counted in instructions.
    pub(crate) fn start_counted(&self, start: Start<'_>) -> Result<Running, Stop> {
        let mut qemu = self.tools.command("qemu-system-x86_64");
        match start {
            Start::Firmware => qemu.args(FIRMWARE),
            Start::Kernel(line) => qemu
                .args(["-machine", "q35", "-kernel", KERNEL, "-initrd", INITRD])
                .args(["-append", line]),
        };
        qemu.args(COUNTED).args(GLASS);
        self.start_with_parts(qemu)
    }

    /// Power on, with more arguments for the machine; where it would start again by itself, it
    /// ends.
    pub(crate) fn start_with(&self, more: &[String]) -> Result<Running, Stop> {
        let mut qemu = self.tools.command("qemu-system-x86_64");
        qemu.arg("-no-reboot").args(more);
        self.start_on(qemu, &GLASS)
    }

    /// Power on, with the panel in a window of this machine's display.
    pub(crate) fn start_in_a_window(&self) -> Result<Running, Stop> {
        self.start_on(self.tools.command_on_display("qemu-system-x86_64"), &WINDOW)
    }

    fn start_on(&self, mut qemu: Command, panel: &[&str]) -> Result<Running, Stop> {
        qemu.args(FIRMWARE).args(PROCESSORS).args(panel);
        self.start_with_parts(qemu)
    }

    fn start_with_parts(&self, mut qemu: Command) -> Result<Running, Stop> {
        let tpm = self.has_tpm.then(|| self.start_tpm()).transpose()?;
        qemu.args(PARTS).args(self.reader.parts());
        if tpm.is_some() {
            qemu.args(TPM);
            // It looks for the TPM once.
            thread::sleep(Duration::from_secs(1));
        }
        // Left behind by the one before: nobody answers there.
        places::remove_file(&self.tools.work("qmp.sock"))?;
        let qemu = Program::start("qemu", &qemu, &self.logs)?;
        Ok(Running { qemu, tpm, qmp: Qmp::connect(&self.work())? })
    }

    fn start_tpm(&self) -> Result<Program, Stop> {
        let mut tpm = self.tools.command("swtpm");
        tpm.args(["socket", "--tpm2", "--tpmstate", "dir=/work/tpm"]);
        tpm.args(["--ctrl", "type=unixio,path=/work/tpm.sock", "--flags", "startup-clear"]);
        Program::start("swtpm", &tpm, &self.logs)
    }
}

fn kept_as(part: &str) -> String {
    format!("kept-{part}")
}

impl Running {
    /// Whether it still has power: a closed window takes it.
    pub(crate) fn runs(&mut self) -> bool {
        self.qemu.runs()
    }

    /// The plug is pulled.
    pub(crate) fn cut_power(self) -> Result<(), Stop> {
        self.qemu.stop()?;
        self.tpm.map_or(Ok(()), Program::stop)
    }
}
