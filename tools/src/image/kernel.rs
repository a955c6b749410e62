//! The kernel: Debian's source, our configuration (`image/kernel.config`). Built once, and
//! again when either changes.

use std::{fs, path::PathBuf, time::Instant};

use crate::{
    image::{
        recipe,
        tree::{self, Tree},
    },
    progress::time,
    stop::Stop,
};

const SOURCE: &str = "usr/src/linux-source-6.12.tar.xz";

/// Unpacks and configures; prints what is not as it was wanted.
const CONFIGURE: &str = "set -e
rm -rf linux && mkdir linux
tar -C linux --strip-components=1 -xf /usr/src/linux-source-6.12.tar.xz
cd linux
make -s tinyconfig
KCONFIG_CONFIG=.config scripts/kconfig/merge_config.sh -m .config ../kernel.config >../merge.log
make -s olddefconfig";

/// Two builds of one source give the same bytes: no time, user or machine is in them.
const BUILD: &str = "set -e
export KBUILD_BUILD_TIMESTAMP=2026-01-01 KBUILD_BUILD_USER=kiosk KBUILD_BUILD_HOST=kiosk
export KBUILD_BUILD_VERSION=1
make -C linux -s -j$(nproc) bzImage
make -C linux -s kernelrelease
mv linux/vmlinux vmlinux
mv linux/arch/x86/boot/bzImage bzImage.part && mv bzImage.part bzImage
rm -rf linux";

/// The kernel image, built where it is not there yet.
///
/// Errors: a wanted option is not in the finished configuration; the compiler failed.
pub(crate) fn build(tools: &Tree) -> Result<PathBuf, Stop> {
    let wanted = recipe::text("kernel.config")?;
    let source = fs::metadata(tools.own(SOURCE)).map_err(Stop::because(SOURCE))?.len();
    let name = tree::hash(&format!("{wanted}{BUILD}{source}"))?;
    let folder = tree::cache()?.join(format!("kernel-{name}"));
    let kernel = folder.join("bzImage");
    if kernel.exists() {
        return Ok(kernel);
    }
    let began = Instant::now();
    let here = Tree::for_work(&folder)?;
    fs::write(folder.join("kernel.config"), &wanted).map_err(Stop::because(folder.display()))?;
    here.run("configure the kernel", "sh", ["-c", CONFIGURE])?;
    let file = folder.join("linux/.config");
    let finished = fs::read_to_string(&file).map_err(Stop::because(file.display()))?;
    let gaps = gaps(&wanted, &finished);
    if !gaps.is_empty() {
        return Err(Stop::Failed(format!(
            "the kernel's configuration is not what image/kernel.config wants:\n{}",
            gaps.join("\n")
        )));
    }
    here.run("build the kernel (20 minutes on two processors)", "sh", ["-c", BUILD])?;
    println!("✓ the kernel: {}", time(began.elapsed()));
    Ok(kernel)
}

/// Lines of `wanted` that the finished configuration does not follow.
fn gaps<'a>(wanted: &'a str, finished: &str) -> Vec<&'a str> {
    let finished: Vec<&str> = finished.lines().collect();
    let follows = |line: &str| match line.split_once('=') {
        Some((name, "n")) => {
            !finished.iter().any(|it| it.strip_prefix(name).is_some_and(|it| it.starts_with('=')))
        }
        _ => finished.contains(&line),
    };
    wanted.lines().filter(|it| it.starts_with("CONFIG_") && !follows(it)).collect()
}

#[cfg(test)]
mod tests {
    use super::gaps;

    #[test]
    fn an_option_that_was_dropped_or_set_is_named() {
        let finished = "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=y\nCONFIG_CC=m\n";
        let wanted = "# a word\nCONFIG_A=y\nCONFIG_B=n\nCONFIG_C=n\nCONFIG_D=y\nCONFIG_CC=y";
        assert_eq!(gaps(wanted, finished), ["CONFIG_C=n", "CONFIG_D=y", "CONFIG_CC=y"]);
    }
}
