//! Promises on a model of the sources, and the checks on made-up devices.

use std::fs;

use super::{check::Check, *};
use crate::image::{self, disk};

fn from_toml<T: serde::de::DeserializeOwned>(text: &str) -> T {
    toml::from_str(text).unwrap_or_else(|why| panic!("{text}: {why}"))
}

fn check(text: &str) -> Check {
    #[derive(Deserialize)]
    struct One {
        check: Check,
    }
    from_toml::<One>(text).check
}

fn device(files: &[(&str, &str)]) -> Device {
    let mut device = Device::default();
    for (path, text) in files {
        device.put(path, text);
    }
    device
}

#[track_caller]
fn refuses(check: &Check, device: &Device, words: &[&str]) {
    let found = check.problems(device);
    assert_eq!(found.len(), words.len(), "{found:?}");
    assert!(found.iter().zip(words).all(|(it, words)| it.contains(words)), "{found:?}");
}

/// What the sources alone say of the device: our own files, the names of those that are kept
/// of packages, and the texts around the root.
fn of_the_sources() -> Device {
    let folder = recipe::folder().expect("sources");
    let mut device = Device::read(&folder.join("files")).expect("our files");
    let recipe = recipe::Recipe::read().expect("a recipe");
    for path in &recipe.keep {
        if device.get_mut(path).is_none() {
            device.put(path, "");
            let entry = device.get_mut(path).expect("put");
            (entry.text, entry.mode) = (None, 0o755);
        }
    }
    let base = recipe::text("cmdline").expect("a command line");
    let command_line = disk::command_line(&base, 4096, &"0".repeat(64));
    image::surround(&mut device, &command_line).expect("texts around the root");
    device
}

#[test]
fn the_sources_keep_every_promise_and_every_breakage_is_noticed() {
    let promises = all().expect("promises");
    assert!(promises.len() >= 20);
    let device = of_the_sources();
    let broken: Vec<_> = promises
        .iter()
        .map(|it| (it, it.problems(&device).concat()))
        .filter(|(_, problems)| !problems.is_empty())
        .map(|(it, problems)| it.told(&problems))
        .collect();
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
    let unnoticed = unnoticed(&promises, &device);
    assert!(unnoticed.is_empty(), "\n{}", unnoticed.join("\n"));
}

#[test]
fn every_promise_has_a_number_of_its_own_and_a_sentence() {
    let promises = all().expect("promises");
    let mut numbers: Vec<_> = promises.iter().map(|it| it.name.split('-').next()).collect();
    numbers.dedup();
    assert_eq!(numbers.len(), promises.len());
    for promise in &promises {
        let claim = &promise.words.claim;
        assert!(claim.ends_with('.') && !claim.contains('\n'), "{}: {claim}", promise.name);
    }
    let folder = recipe::folder().expect("sources").join("promises");
    let files = fs::read_dir(folder).expect("a folder").count();
    assert_eq!(files, promises.len() + 1, "promises and their README");
}

fn promise(name: &str, text: &str) -> Promise {
    Promise { name: name.to_owned(), words: from_toml(text) }
}

#[test]
fn a_breakage_that_is_not_noticed_is_told() {
    let one = "claim = 'a'\nwhy = 'b'\ncheck = [{ absent = ['x'] }, { absent = ['y'] }]\n";
    let of = |breakages: &str| promise("1-a", &format!("{one}break = [{breakages}]"));
    let here = device(&[("z", "text")]);
    let told = |promises: &[Promise]| unnoticed(promises, &here);
    let both = "{ add = { x = '' } }, { add = { y = '' } }";
    assert!(told(&[of(both)]).is_empty());
    assert_eq!(
        told(&[of("{ add = { x = '' } }, { add = { w = '' } }")]),
        [
            "image/promises/1-a.toml: nobody notices break 2",
            "image/promises/1-a.toml: no break is seen by check 2",
        ]
    );
    let gap = told(&[of(&format!("{both}, {{ append = {{ q = 'line' }} }}"))]);
    assert_eq!(gap, ["image/promises/1-a.toml: break 3 breaks nothing: q is not there"]);
    let other = "claim = 'a'\nwhy = 'b'\ncheck = [{ absent = ['x'] }]\nbreak = []";
    assert_eq!(
        told(&[of(both), promise("2-b", other)])[0],
        "image/promises/1-a.toml: break 1 breaks 2-b too: x is there"
    );
}

#[test]
fn breakages_change_what_they_name() {
    let here = device(&[("etc/a", "x=1\n")]);
    let broken =
        |text: &str| from_toml::<Words>(&format!("{WORDS}{text}")).breakages[0].apply(&here);
    let text = |text| broken(text).expect("applied").text("etc/a").map(str::to_owned);
    assert_eq!(text("append = { 'etc/a' = 'y' }").as_deref(), Some("x=1\ny\n"));
    let replaced = text("replace = { file = 'etc/a', this = '1', with = '2' }");
    assert_eq!(replaced.as_deref(), Some("x=2\n"));
    let mut moded = broken("mode = { 'etc/a' = '4755' }").expect("applied");
    assert_eq!(moded.get_mut("etc/a").map(|it| it.mode), Some(0o4755));
    for nothing in [
        "add = { 'etc/a' = '' }",
        "replace = { file = 'etc/a', this = '3', with = '' }",
        "mode = { 'etc/a' = '9' }",
        "mode = { 'etc/b' = '1' }",
    ] {
        assert!(broken(nothing).is_err(), "{nothing}");
    }
}

const WORDS: &str = "claim = 'a'\nwhy = 'b'\ncheck = []\n[[break]]\n";

#[test]
fn paths_modes_and_words_are_questions() {
    let mut here = device(&[("usr/bin/sh", ""), ("etc/k", "PRIVATE KEY-----\nMII")]);
    refuses(&check("check.absent = ['*/sh', '*/bash']"), &here, &["usr/bin/sh is there"]);
    refuses(&check("check.absent = ['*/bash']"), &here, &[]);
    let modes = check("check.no-mode = '6022'");
    refuses(&modes, &here, &[]);
    here.get_mut("etc/k").expect("put").mode = 0o2644;
    refuses(&modes, &here, &["etc/k has mode 2644"]);
    refuses(&check("check.no-mode = 'rw'"), &here, &["rw is no mode"]);
    let word = check("check.no-word = [\"PRIVATE KEY-----\\nM\"]");
    refuses(&word, &here, &["etc/k has \"PRIVATE"]);
    refuses(&word, &device(&[("etc/k", "PRIVATE KEY-----")]), &[]);
}

#[test]
fn settings_of_files_and_units_are_questions() {
    let wanted = check("check.settings = { files = ['*.conf'], are = ['a=1', 'b=*x*'] }");
    refuses(&wanted, &device(&[("m.conf", "a = 1\nb=wxy\n")]), &[]);
    let bad = [("m.conf", "a = 1\n#b=x\n"), ("n.conf", "a=2")];
    refuses(&wanted, &device(&bad), &["a=2 stands where a=1", "nothing says b=*x*"]);
    refuses(&wanted, &device(&[("m.txt", "a=1\nb=x")]), &["nothing says a", "nothing says b"]);

    let unit = check("check.units = { 'a.service' = ['User=a', 'Caps='] }");
    let file = "usr/lib/systemd/system/a.service";
    refuses(&unit, &device(&[(file, "User=b\nUser=a\nCaps=")]), &[]);
    let bad = device(&[(file, "User=a\nUser=b\n")]);
    refuses(&unit, &bad, &["says User=b instead of User=a", "does not say Caps="]);

    let values =
        check("check.values = { units = ['*.service'], names = ['Listen*'], are = ['/run/*'] }");
    refuses(&values, &device(&[(file, "ListenStream=/run/a\nListenX=\nOther=1")]), &[]);
    refuses(&values, &device(&[(file, "ListenStream=22")]), &["a.service says ListenStream=22"]);
    refuses(&values, &device(&[(file, "User=a")]), &["no unit says"]);
}

#[test]
fn words_lines_and_fields_are_questions() {
    let words = check("check.words = { file = 'c', are = ['a', 'b=*'], has = ['a'] }");
    refuses(&words, &device(&[("c", "a b=\"1 2\" a\n")]), &[]);
    refuses(&words, &device(&[("c", "b= c")]), &["c has \"c\"", "c has no \"a\""]);
    refuses(&words, &device(&[]), &["c is not there"]);
    let lines = check("check.lines = { file = 'c', of = '*policy*', are = ['policy drop;'] }");
    refuses(&lines, &device(&[("c", "  policy drop;\n other")]), &[]);
    let bad = device(&[("c", "policy accept;")]);
    refuses(&lines, &bad, &["c has \"policy accept;\"", "c has no \"policy drop;\""]);
    let fields = check("check.fields = { file = 'p', at = 2, are = ['x'] }");
    refuses(&fields, &device(&[("p", "root:x:0\nuser:x:1\n")]), &[]);
    refuses(&fields, &device(&[("p", "root::0\nshort\n")]), &["root::0", "short"]);
}
