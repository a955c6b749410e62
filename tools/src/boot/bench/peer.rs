//! The usual alternative: Debian 13 as it comes, with cage and Chromium on a page like 認証選択
//! (`tools/boot/peer/`). QEMU lays kernel and initrd into its memory: it is spared the firmware,
//! Secure Boot, the verified root and the encrypted state.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use serde::Deserialize;

use crate::{
    boot::bench::{clock, unit},
    image::{
        machine::{INITRD, KERNEL, Start, Unit},
        qmp::{HEIGHT, WIDTH},
        tree::{self, Tree},
    },
    places,
    program::ask,
    progress::{Others, Progress},
    stop::Stop,
};

/// Software draws everything, on an emulated processor that is counted.
const PATIENCE: Duration = Duration::from_secs(3600);
/// Room for its packages.
const DISK: &str = "3G";
/// `#seen` of the page: nothing else on the panel has this colour.
const COLOUR: [u8; 3] = [0xD4, 0x14, 0x5A];
/// The block has 64×64 pixels.
const ENOUGH: usize = 2000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipe {
    command_line: String,
    packages: BTreeMap<String, String>,
}

pub(crate) struct Peer {
    tools: Tree,
    command_line: String,
    folder: PathBuf,
}

impl Peer {
    /// Unpacks it, where that was not done yet, and lays it onto a disk.
    ///
    /// Errors: the mirror cannot be reached; the disk is full.
    pub(crate) fn new(folder: &Path) -> Result<Self, Stop> {
        let recipe = places::root()?.join("tools/boot/peer");
        let file = recipe.join("peer.toml");
        let text = fs::read_to_string(&file).map_err(Stop::because(file.display()))?;
        let Recipe { command_line, packages } = toml::from_str(&text)
            .map_err(|error| Stop::Failed(format!("{}: {error}", file.display())))?;
        let packages: Vec<String> = packages.into_keys().collect();
        let name = tree::hash(&packages.join("\n"))?;
        let root = tree::cache()?.join(format!("peer-{name}"));
        if !root.exists() {
            tree::unpack("the alternative", "minbase", &packages, None, &root)?;
        }
        let work = places::target()?.join("boot-bench-peer");
        places::empty(&work)?;
        let peer = Self { tools: Tree::for_work(&work)?, command_line, folder: folder.to_owned() };
        peer.furnish(&root, &recipe.join("files"))?;
        peer.lay_out(&root)?;
        Ok(peer)
    }

    fn furnish(&self, root: &Path, files: &Path) -> Result<(), Stop> {
        let mut copy = Command::new("cp");
        copy.args(["--recursive", "--no-dereference"]).arg(files.join(".")).arg(root);
        ask("furnish the alternative", &mut copy, "")?;
        for words in [
            &["systemd-sysusers"][..],
            &["install", "-d", "-o", "peer", "-g", "peer", "/home/peer"],
            &["update-initramfs", "-u", "-k", "all"],
        ] {
            let mut command = Command::new("bwrap");
            command.arg("--bind").arg(root).arg("/").args(["--dev", "/dev", "--proc", "/proc"]);
            command.args(["--clearenv", "--setenv", "PATH", "/usr/sbin:/usr/bin", "--"]);
            ask("furnish the alternative", command.args(words), "")?;
        }
        Ok(())
    }

    fn lay_out(&self, root: &Path) -> Result<(), Stop> {
        for name in [KERNEL, INITRD] {
            let (from, to) = (root.join(name), self.tools.work(name));
            fs::copy(&from, &to).map_err(Stop::because(from.display()))?;
        }
        let mut make = Command::new("mke2fs");
        make.args(["-q", "-t", "ext4", "-d"]).arg(root).arg(self.tools.work("kept.raw")).arg(DISK);
        ask("lay the alternative onto a disk", &mut make, "").map(drop)
    }

    /// Seconds until its page is to be seen, from when its kernel set the counter to 0: that is a
    /// little after its start, which is not added here as it is to ours.
    ///
    /// Errors: it is not; QEMU ended.
    pub(crate) fn start(&self) -> Result<f64, Stop> {
        let mut copy = Command::new("cp");
        copy.arg("--sparse=always").arg(self.tools.work("kept.raw"));
        ask("lay out the disk", copy.arg(self.tools.work("unit.raw")), "")?;
        places::empty(&self.tools.work("tpm"))?;
        let unit = Unit::with_disk(&self.tools, &self.folder);
        let mut machine = unit.start_counted(Start::Kernel(&self.command_line))?;
        let _progress = Progress::new("starting the alternative, counted", Others::Quiet);
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let seen = is_page(&machine.qmp.look()?);
            let now = clock::read(&mut machine.qmp)?;
            if seen {
                machine.qmp.picture(&self.folder.join("alternative.png"))?;
                machine.cut_power()?;
                return Ok(now);
            }
            unit::wait()?;
        }
        let picture = self.folder.join("alternative.png");
        machine.qmp.picture(&picture)?;
        Err(Stop::Failed(format!(
            "the alternative shows no page within {} s; what is to be seen: {}",
            PATIENCE.as_secs(),
            picture.display()
        )))
    }
}

fn is_page(ppm: &[u8]) -> bool {
    let pixels = ppm.strip_prefix(format!("P6\n{WIDTH} {HEIGHT}\n255\n").as_bytes());
    let (pixels, _) = pixels.unwrap_or_default().as_chunks::<3>();
    pixels.iter().filter(|it| **it == COLOUR).count() >= ENOUGH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_known_by_its_block() {
        let panel = |count: usize| {
            let mut ppm = format!("P6\n{WIDTH} {HEIGHT}\n255\n").into_bytes();
            let rest = WIDTH as usize * HEIGHT as usize - count;
            ppm.extend(COLOUR.repeat(count));
            ppm.extend([0xFF].repeat(rest * 3));
            ppm
        };
        assert!(is_page(&panel(64 * 64)));
        assert!(!is_page(&panel(ENOUGH - 1)));
        assert!(!is_page(b"P6\n640 480\n255\n"));
    }

    #[test]
    fn the_page_has_the_block() {
        let page = places::root().expect("sources").join("tools/boot/peer/files/usr/share/peer");
        let page = fs::read_to_string(page.join("page.html")).expect("the page");
        let [red, green, blue] = COLOUR;
        assert!(page.contains(&format!("background: #{red:02x}{green:02x}{blue:02x}")));
    }
}
