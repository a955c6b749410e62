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

/// What two builds of the same files must agree on, byte by byte: root, its hash tree, and
/// kernel and command line in one file.
pub(crate) const UNSIGNED_PARTS: [&str; 3] = ["root.erofs", "root.verity", UNSIGNED];

/// A packed root with the kernel that knows it, in the folder of `tools`; nothing is signed.
pub(crate) struct Packed {
    /// The verity root hash: what 端末情報 shows.
    pub(crate) root_hash: String,
    /// What the kernel is told.
    pub(crate) command_line: String,
}

/// Makes [`UNSIGNED_PARTS`] in the work folder from `root/`, `bzImage` and the public key of
/// PCR 11 there.
///
/// Errors: a tool failed, with what it said.
pub(crate) fn pack(tools: &Tree) -> Result<Packed, Stop> {
    let erofs = ["-zzstd,level=6", "-C65536", "-T", EPOCH, "-U", SEED, "--all-root", "--quiet"];
    let packed = tools.work("root.erofs");
    places::remove_file(&packed)?;
    tools.run("pack the root", "mkfs.erofs", erofs.into_iter().chain(["root.erofs", "root"]))?;
    let root_hash = verity(tools)?;
    let bytes = fs::metadata(&packed).map_err(Stop::because(packed.display()))?.len();
    let command_line = command_line(&recipe::text("cmdline")?, bytes, &root_hash);
    write(&tools.work("cmdline"), &command_line)?;
    unified_kernel(tools)?;
    Ok(Packed { root_hash, command_line })
}

/// Makes `disk.raw` in the work folder from what was packed there; `keys` there has the signer
/// of what starts.
///
/// Errors: a tool failed, with what it said; the root is larger than its partition.
pub(crate) fn lay_out(tools: &Tree, version: &str, packed: &Packed) -> Result<(), Stop> {
    sign(tools)?;
    boot_partition(tools, version)?;
    let (root_id, verity_id) = partitions(&packed.root_hash);
    let words = [("@VERSION@", version), ("@ROOT_UUID@", &root_id), ("@VERITY_UUID@", &verity_id)];
    definitions(&tools.work("disk"), &words)?;
    places::remove_file(&tools.work("disk.raw"))?;
    let arguments = [
        "--offline=yes",
        "--empty=create",
        "--size=auto",
        "--sector-size=512",
        "--dry-run=no",
        "--definitions=/work/disk",
        &format!("--seed={SEED}"),
        "disk.raw",
    ];
    tools.run("lay out the disk", "systemd-repart", arguments).map(drop)
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
/// `bytes` is the size of the packed root.
pub(crate) fn command_line(base: &str, bytes: u64, hash: &str) -> String {
    let (root, verity) = partitions(hash);
    let (sectors, blocks) = (bytes / 512, bytes / 4096);
    format!(
        "{} dm-mod.waitfor=PARTUUID={root},PARTUUID={verity} dm-mod.create=\"root,,,ro,0 {sectors} \
         verity 1 PARTUUID={root} PARTUUID={verity} 4096 4096 {blocks} 1 sha256 {hash} {SALT} 1 \
         panic_on_corruption\"",
        base.trim()
    )
}

fn unified_kernel(tools: &Tree) -> Result<(), Stop> {
    let public = format!("--pcrpkey=keys/{PCR_PUBLIC}");
    let release = format!("--os-release=@root/{OS_RELEASE}");
    let build = ["build", "--linux=bzImage", "--cmdline=@cmdline", &release, &public];
    let output = [format!("--output={UNSIGNED}")];
    let more = output.iter().map(String::as_str);
    tools.run("join kernel and command line", "ukify", build.into_iter().chain(more)).map(drop)
}

fn sign(tools: &Tree) -> Result<(), Stop> {
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

/// The names of the partitions of a root and its hash tree: half of its root hash each.
fn partitions(hash: &str) -> (String, String) {
    (uuid(&hash[..32]), uuid(&hash[32..]))
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
