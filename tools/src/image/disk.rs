//! From the root to the disk: a read-only file system with a hash tree over it, a signed
//! kernel that knows the tree's root hash, and partitions around both.

use std::{fs, path::Path};

use crate::{
    image::{keys::PCR_PUBLIC, recipe, root::OS_RELEASE, tree::Tree},
    places,
    stop::Stop,
};

/// Fixed, so that two builds of the same files give the same bytes.
const EPOCH: &str = "1767225600";
const SEED: &str = "5d1a7a3e-6c1f-4a53-9a30-1f2f6d1f9a11";
const SALT: &str = "73686b616b752d6b696f736b2d746573742d73616c742d6f662d7468652d7631";
/// The boot loader finds it by its name.
const KERNEL: &str = "kiosk_@VERSION@.efi";
/// `state-open.service` finds it by its name.
const PROMISE: &str = "kiosk_@VERSION@.pcrsig";
/// Kernel and command line in one file: what two builds must agree on.
pub(crate) const UNSIGNED: &str = "kiosk.unsigned.efi";
/// Its sections that are measured when it starts.
const MEASURED: [&str; 6] = ["linux", "osrel", "cmdline", "uname", "sbat", "pcrpkey"];

/// A finished image, in the folder of `tools`.
pub(crate) struct Image {
    /// The verity root hash: what 端末情報 shows.
    pub(crate) root_hash: String,
}

/// Makes `disk.raw` in the work folder from `root/` and `bzImage` there; `keys` has the
/// signer of what starts.
///
/// Errors: a tool failed, with what it said; the root is larger than its partition.
pub(crate) fn make(tools: &Tree, version: &str) -> Result<Image, Stop> {
    let erofs = ["-zzstd,level=6", "-C65536", "-T", EPOCH, "-U", SEED, "--all-root", "--quiet"];
    places::remove_file(&tools.work("root.erofs"))?;
    tools.run("pack the root", "mkfs.erofs", erofs.into_iter().chain(["root.erofs", "root"]))?;
    let root_hash = verity(tools)?;
    let (root_id, verity_id) = (uuid(&root_hash[..32]), uuid(&root_hash[32..]));
    let command_line = command_line(tools, &root_hash, &root_id, &verity_id)?;
    unified_kernel(tools, &command_line)?;
    boot_partition(tools, version)?;
    let words = [("@VERSION@", version), ("@ROOT_UUID@", &root_id), ("@VERITY_UUID@", &verity_id)];
    definitions(&tools.work("disk"), &words)?;
    places::remove_file(&tools.work("disk.raw"))?;
    tools.run(
        "lay out the disk",
        "systemd-repart",
        [
            "--offline=yes",
            "--empty=create",
            "--size=auto",
            "--sector-size=512",
            "--dry-run=no",
            "--definitions=/work/disk",
            &format!("--seed={SEED}"),
            "disk.raw",
        ],
    )?;
    Ok(Image { root_hash })
}

fn verity(tools: &Tree) -> Result<String, Stop> {
    places::remove_file(&tools.work("root.verity"))?;
    let said = tools.run(
        "hash the root",
        "veritysetup",
        [
            "format",
            "--data-block-size=4096",
            "--hash-block-size=4096",
            &format!("--uuid={SEED}"),
            &format!("--salt={SALT}"),
            "root.erofs",
            "root.verity",
        ],
    )?;
    let hash = said.lines().find_map(|line| line.strip_prefix("Root hash:")).map(str::trim);
    hash.filter(|it| it.len() == 64)
        .map(str::to_owned)
        .ok_or_else(|| Stop::Failed(format!("veritysetup names no root hash:\n{said}")))
}

/// The kernel maps the verified root by itself: there is no initrd that could be changed.
fn command_line(tools: &Tree, hash: &str, root: &str, verity: &str) -> Result<String, Stop> {
    let packed = tools.work("root.erofs");
    let bytes = fs::metadata(&packed).map_err(Stop::because(packed.display()))?.len();
    let (sectors, blocks) = (bytes / 512, bytes / 4096);
    let base = recipe::text("cmdline")?;
    Ok(format!(
        "{} dm-mod.waitfor=PARTUUID={root},PARTUUID={verity} dm-mod.create=\"root,,,ro,0 {sectors} \
         verity 1 PARTUUID={root} PARTUUID={verity} 4096 4096 {blocks} 1 sha256 {hash} {SALT} 1 \
         panic_on_corruption\"",
        base.trim()
    ))
}

fn unified_kernel(tools: &Tree, command_line: &str) -> Result<(), Stop> {
    write(&tools.work("cmdline"), command_line)?;
    let public = format!("--pcrpkey=keys/{PCR_PUBLIC}");
    let release = format!("--os-release=@root/{OS_RELEASE}");
    let build = ["build", "--linux=bzImage", "--cmdline=@cmdline", &release, &public];
    let output = [format!("--output={UNSIGNED}")];
    let more = output.iter().map(String::as_str);
    tools.run("join kernel and command line", "ukify", build.into_iter().chain(more))?;
    let sign = ["--key", "keys/boot.key", "--cert", "keys/boot.crt", "--output", "kiosk.efi"];
    tools.run("sign them", "sbsign", sign.into_iter().chain([UNSIGNED])).map(drop)
}

/// What the TPM will have measured of it (PCR 11) when it has started, signed: with that the
/// state opens. It lies beside the kernel, which has no initrd to bring it along in; nobody
/// gains by changing it.
fn promise_of_the_start(tools: &Tree) -> Result<String, Stop> {
    let mut arguments = vec!["sign".to_owned(), "--bank=sha256".to_owned()];
    // All sections that the stub measures, as they are in the file.
    for section in MEASURED {
        let file = format!("{section}.section");
        let take = format!("--only-section=.{section}");
        tools.run("take it apart", "objcopy", ["-O", "binary", &take, UNSIGNED, &file])?;
        arguments.push(format!("--{section}={file}"));
    }
    // Nothing on the device measures more into it before the state is open.
    arguments.extend(["--phase=", "--private-key=keys/pcr.key"].map(str::to_owned));
    arguments.push(format!("--public-key=keys/{PCR_PUBLIC}"));
    tools.run("sign what the start measures", "systemd-measure", arguments)
}

fn boot_partition(tools: &Tree, version: &str) -> Result<(), Stop> {
    let esp = tools.work("esp");
    places::empty(&esp)?;
    for folder in ["EFI/BOOT", "EFI/Linux", "loader"] {
        let folder = esp.join(folder);
        fs::create_dir_all(&folder).map_err(Stop::because(folder.display()))?;
    }
    tools.run(
        "sign the boot loader",
        "sbsign",
        [
            "--key",
            "keys/boot.key",
            "--cert",
            "keys/boot.crt",
            "--output",
            "esp/EFI/BOOT/BOOTX64.EFI",
            "/usr/lib/systemd/boot/efi/systemd-bootx64.efi",
        ],
    )?;
    let kernel = esp.join("EFI/Linux").join(KERNEL.replace("@VERSION@", version));
    fs::copy(tools.work("kiosk.efi"), &kernel).map_err(Stop::because(kernel.display()))?;
    let promise = promise_of_the_start(tools)?;
    write(&kernel.with_file_name(PROMISE.replace("@VERSION@", version)), &promise)?;
    write(&esp.join("loader/loader.conf"), &recipe::text("loader.conf")?)
}

/// `image/disk/` with the words of this build.
fn definitions(folder: &Path, words: &[(&str, &str)]) -> Result<(), Stop> {
    places::empty(folder)?;
    for file in recipe::sorted(&recipe::folder()?.join("disk"))? {
        let mut text = fs::read_to_string(&file).map_err(Stop::because(file.display()))?;
        for (word, value) in words {
            text = text.replace(word, value);
        }
        write(&folder.join(file.file_name().expect("a file")), &text)?;
    }
    Ok(())
}

/// 32 digits as a UUID.
fn uuid(digits: &str) -> String {
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..32]];
    parts.join("-")
}

fn write(file: &Path, text: &str) -> Result<(), Stop> {
    fs::write(file, text).map_err(Stop::because(file.display()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn half_a_root_hash_names_a_partition() {
        assert_eq!(
            super::uuid("0123456789abcdef0123456789abcdef"),
            "01234567-89ab-cdef-0123-456789abcdef"
        );
    }
}
