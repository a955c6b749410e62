//! Two builds of one image from the same inputs, in two places, at two times, under two masks
//! of modes and in two orders, must be the same, byte by byte. Signatures differ by nature: what
//! is compared is what they are made over.

use std::{
    fs::{self, File},
    io::{BufReader, Read},
    path::Path,
    process::Command,
    time::{Duration, SystemTime},
};

use nix::sys::stat::{Mode, umask};

use crate::{
    image::{
        self,
        device::{Device, Kind},
        disk::{self, UNSIGNED_PARTS},
        keys::PCR_PUBLIC,
        root::{self, Order},
        tree::Tree,
    },
    places,
    program::ask,
    stop::Stop,
};

/// Long ago, for the files of the second build.
const AGE: Duration = Duration::from_secs(400 * 86_400);

/// Builds root, hash tree and unsigned kernel twice and prints what they have in common.
///
/// Errors: the first difference; a tool failed.
pub(crate) fn compare(
    programs: &Path,
    keys: &Path,
    version: &str,
    kernel: &Path,
) -> Result<(), Stop> {
    let folder = image::work()?.join("twice");
    places::remove(&folder)?;
    let first = Tree::for_work(&folder.join("a"))?;
    let second = Tree::for_work(&folder.join("the-second-of-them"))?;
    for (tools, order) in [(&first, Order::AsListed), (&second, Order::Backwards)] {
        let public = tools.work("keys").join(PCR_PUBLIC);
        fs::create_dir_all(tools.work("keys")).map_err(Stop::because(public.display()))?;
        fs::copy(keys.join(PCR_PUBLIC), &public).map_err(Stop::because(public.display()))?;
        fs::copy(kernel, tools.work("bzImage")).map_err(Stop::because(kernel.display()))?;
        let root = tools.work("root");
        let strict = order == Order::Backwards;
        let mask = umask(if strict { Mode::from_bits_truncate(0o077) } else { Mode::empty() });
        let made = root::make(programs, keys, version, order, &root);
        umask(mask);
        made?;
        if strict {
            age(&root)?;
        }
        disk::pack(tools)?;
    }
    same_roots(&first.work("root"), &second.work("root"))?;
    for part in UNSIGNED_PARTS {
        let (one, two) = (first.work(part), second.work(part));
        if let Some(at) = first_difference(&one, &two)? {
            return Err(Stop::Failed(format!(
                "two builds differ: byte {at} of {} and {}",
                one.display(),
                two.display()
            )));
        }
        let sum = ask("name what is the same", Command::new("sha256sum").arg(&one), "")?;
        println!("{} {part}", sum.split(' ').next().unwrap_or_default());
    }
    println!("✓ built twice: the same bytes");
    places::remove(&folder)
}

/// Makes everything in a root look older.
fn age(root: &Path) -> Result<(), Stop> {
    let then = SystemTime::now() - AGE;
    for entry in image::recipe::sorted(root)? {
        let told = fs::symlink_metadata(&entry).map_err(Stop::because(entry.display()))?;
        if told.is_dir() {
            age(&entry)?;
        }
        if !told.is_symlink() {
            let file = File::open(&entry).map_err(Stop::because(entry.display()))?;
            file.set_modified(then).map_err(Stop::because(entry.display()))?;
        }
    }
    Ok(())
}

/// The roots before they are packed, so that a difference has a path.
fn same_roots(one: &Path, two: &Path) -> Result<(), Stop> {
    let (first, second) = (Device::read(one)?, Device::read(two)?);
    let lines = |device: &Device| -> Vec<String> {
        let line = |(path, entry): (&str, &image::device::Entry)| {
            format!("{path} {:?} {:o}", entry.kind, entry.mode)
        };
        device.root().map(line).collect()
    };
    let (left, right) = (lines(&first), lines(&second));
    if let Some((left, right)) = left.iter().zip(&right).find(|(left, right)| left != right) {
        return Err(Stop::Failed(format!("two roots differ: {left}, and {right}")));
    }
    if left.len() != right.len() {
        let (left, right) = (left.len(), right.len());
        return Err(Stop::Failed(format!("two roots differ: {left} paths, and {right}")));
    }
    for (path, _) in first.root().filter(|(_, entry)| entry.kind == Kind::File) {
        if let Some(at) = first_difference(&one.join(path), &two.join(path))? {
            return Err(Stop::Failed(format!("two roots differ: byte {at} of {path}")));
        }
    }
    Ok(())
}

/// Where two files differ first; a file that ends differs there.
fn first_difference(one: &Path, two: &Path) -> Result<Option<u64>, Stop> {
    let mut before = 0;
    let mut left = open(one)?;
    let mut right = open(two)?;
    loop {
        let (a, b) = (block(&mut left, one)?, block(&mut right, two)?);
        if a != b {
            let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
            return Ok(Some(before + same as u64));
        }
        if a.is_empty() {
            return Ok(None);
        }
        before += a.len() as u64;
    }
}

fn open(file: &Path) -> Result<BufReader<File>, Stop> {
    File::open(file).map(BufReader::new).map_err(Stop::because(file.display()))
}

/// The next piece of a file; empty at its end.
fn block(file: &mut BufReader<File>, name: &Path) -> Result<Vec<u8>, Stop> {
    let mut block = Vec::new();
    file.take(1 << 16).read_to_end(&mut block).map_err(Stop::because(name.display()))?;
    Ok(block)
}

#[cfg(test)]
mod tests {
    use std::env;

    use super::*;

    #[test]
    fn the_first_difference_is_found() {
        let folder = env::temp_dir().join(format!("twice-{}", std::process::id()));
        places::empty(&folder).expect("a folder");
        let file = |name: &str, text: Vec<u8>| {
            let file = folder.join(name);
            fs::write(&file, text).expect("written");
            file
        };
        let long = vec![7; 100_000];
        let mut other = long.clone();
        other[90_000] = 8;
        let one = file("one", long.clone());
        let differs = |two: &Path| first_difference(&one, two).expect("readable");
        assert_eq!(differs(&file("same", long.clone())), None);
        assert_eq!(differs(&file("other", other)), Some(90_000));
        assert_eq!(differs(&file("short", long[..70_000].to_vec())), Some(70_000));
        places::remove(&folder).expect("removed");
    }

    #[test]
    fn roots_that_differ_are_named_by_path() {
        let folder = env::temp_dir().join(format!("roots-{}", std::process::id()));
        let root = |name: &str, text: &str| {
            let root = folder.join(name);
            fs::create_dir_all(root.join("etc")).expect("a folder");
            fs::write(root.join("etc/a"), text).expect("written");
            root
        };
        let (one, two, three) = (root("1", "text"), root("2", "tent"), root("3", "text"));
        fs::write(three.join("etc/b"), "").expect("written");
        let differ = |two: &Path| same_roots(&one, two).expect_err("they differ").to_string();
        assert!(same_roots(&one, &one).is_ok());
        assert!(differ(&two).contains("byte 2 of etc/a"));
        assert!(differ(&three).contains("2 paths, and 3"), "{}", differ(&three));
        age(&three).expect("aged");
        places::remove(&folder).expect("removed");
    }
}
