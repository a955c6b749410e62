//! `cargo tools image`: the appliance image, from sources and Debian 13. `cargo tools keys`:
//! keys to try with.

use std::{fs, path::PathBuf};

use nix::unistd::geteuid;

use crate::{
    cargo,
    image::{
        self, contents,
        device::Device,
        disk, kernel, keys, manifest, promise,
        root::{self, Order},
        tree::Tree,
        twice,
    },
    options::{Known, Options},
    packages::{self, Install, Purpose},
    places,
    progress::{Others, Progress, time},
    stop::Stop,
};

/// The programs of the device. Neither the virtual card nor its reader is among them.
const PROGRAMS: [&str; 4] = ["kiosk", "kiosk-card", "kiosk-line", "kiosk-process"];
const FOR_THE_PANEL: [&str; 3] = ["--no-default-features", "--features", "kiosk/appliance"];

/// Of the image: that of the programs.
const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(crate) fn keys(install: Install) -> Result<(), Stop> {
    prepare(install)?;
    println!("{}", keys::make()?.display());
    Ok(())
}

/// What the image is made from; all of it is kept between builds.
struct Inputs {
    programs: PathBuf,
    keys: PathBuf,
    kernel: PathBuf,
}

pub(crate) fn run(install: Install, words: &[&str]) -> Result<(), Stop> {
    let known = Known { with_value: &[], alone: &["--accept", "--twice"], words: 0 };
    let options = Options::read(words, &known)?;
    prepare(install)?;
    let began = Progress::new("the image", Others::Loud);
    let tools = Tree::for_work(&image::work()?)?;
    let inputs = inputs(&tools)?;
    if options.has("--twice") {
        twice::compare(&inputs.programs, &inputs.keys, VERSION, &inputs.kernel)?;
    } else {
        build(&tools, &inputs, options.has("--accept"))?;
    }
    println!("{:<15} {}", "together", time(began.elapsed()));
    Ok(())
}

fn inputs(tools: &Tree) -> Result<Inputs, Stop> {
    let programs = cargo::build_for_the_device(&PROGRAMS, &FOR_THE_PANEL)?;
    Ok(Inputs { programs, keys: keys::make()?, kernel: kernel::build(tools)? })
}

fn build(tools: &Tree, inputs: &Inputs, accept: bool) -> Result<(), Stop> {
    // One of an earlier build must not be taken for one that kept its promises.
    places::remove_file(&tools.work("disk.raw"))?;
    let kernel = &inputs.kernel;
    fs::copy(kernel, tools.work("bzImage")).map_err(Stop::because(kernel.display()))?;
    let root = tools.work("root");
    root::make(&inputs.programs, &inputs.keys, VERSION, Order::AsListed, &root)?;
    let mut device = Device::read(&root)?;
    match accept {
        true => contents::accept(&device)?,
        false => contents::check(&device)?,
    }
    manifest::write(&device, &root::stage()?, tools, VERSION)?;
    let packed = disk::pack(tools)?;
    image::surround(&mut device, &packed.command_line)?;
    let promises = promise::all()?;
    let breakages = promise::keep(&promises, &device, tools)?;
    println!("✓ {} promises kept, {breakages} ways to break them noticed", promises.len());
    disk::lay_out(tools, VERSION, &packed)?;
    println!("\nroot hash       {}", packed.root_hash);
    for (name, file) in
        [("root", "root.erofs"), ("kernel", "bzImage"), ("signed kernel", "kiosk.efi")]
    {
        println!("{name:<15} {:.1} MB", megabytes(tools, file)?);
    }
    tools.run("pack the image", "zstd", ["-q", "-f", "-T0", "disk.raw", "-o", "disk.raw.zst"])?;
    println!("{:<15} {:.1} MB", "image, packed", megabytes(tools, "disk.raw.zst")?);
    for file in [manifest::FILE, "disk.raw"] {
        println!("{}", tools.work(file).display());
    }
    Ok(())
}

fn prepare(install: Install) -> Result<(), Stop> {
    packages::ensure(install, &[Purpose::Build, Purpose::Image])?;
    possible().map_err(|why| Stop::ByHand(format!("{why}: run it as root.")))
}

/// Whether an image can be built here.
///
/// Errors: why not, to be read by a person.
pub(crate) fn possible() -> Result<(), &'static str> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    match (geteuid().is_root(), rights(&status) & NEEDED == NEEDED) {
        (true, true) => Ok(()),
        (true, false) => Err("root may not mount or change owners on this machine"),
        (false, _) => {
            Err("trees of Debian are unpacked with their owners, which root alone may do")
        }
    }
}

/// Capabilities (`capabilities(7)`) without which no tree can be unpacked or entered: CHOWN,
/// DAC_OVERRIDE, FOWNER, SETGID, SETUID, SYS_CHROOT, SYS_ADMIN, MKNOD.
const NEEDED: u64 = 1 | 1 << 1 | 1 << 3 | 1 << 6 | 1 << 7 | 1 << 18 | 1 << 21 | 1 << 27;

/// Those of this process, from `/proc/self/status`.
fn rights(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    line.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or(0)
}

fn megabytes(tools: &Tree, file: &str) -> Result<f64, Stop> {
    let bytes = fs::metadata(tools.work(file)).map_err(Stop::because(file))?.len();
    // Exact far beyond any disk.
    Ok(bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_without_rights_is_noticed() {
        assert_eq!(rights("Name:\ttools\nCapEff:\t000001ffffffffff\n") & NEEDED, NEEDED);
        assert_ne!(rights("CapEff:\t00000000a80425fb\n") & NEEDED, NEEDED);
        assert_eq!(rights(""), 0);
    }
}
