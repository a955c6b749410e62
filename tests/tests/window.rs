//! The kiosk's own window, by pointer events: the real program under a virtual screen.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use whole::{Gateway, Pcscd, Station, programs};

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A virtual screen of 1280×800; the number is free, since Xvfb chose it.
fn virtual_screen(folder: &Path) -> (Running, String) {
    let number = folder.join("display");
    let said = fs::File::create(&number).expect("a file");
    let child = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"])
        .stdout(said)
        .stderr(Stdio::null())
        .spawn()
        .expect("Xvfb (Debian package xvfb) is installed");
    let running = Running(child);
    let display = wait_for("the virtual screen", || {
        let text = fs::read_to_string(&number).ok()?;
        text.ends_with('\n').then(|| format!(":{}", text.trim()))
    });
    (running, display)
}

#[track_caller]
fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited for {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Where the demo touches, at 1280×800; a test of the pages holds each to its button.
fn point(name: &str) -> (String, String) {
    let text = include_str!("../../tools/demo/touches.toml");
    let table: toml::Table = text.parse().expect("touches.toml is TOML");
    let point = table[name].as_table().expect("a point");
    let place = |axis| point[axis].as_integer().expect("a number of pixels").to_string();
    (place("x"), place("y"))
}

#[test]
fn a_finger_walks_through_a_check() {
    let folder = tempfile::Builder::new().prefix("sk").tempdir().expect("a folder");
    let pcscd = Pcscd::start(&folder.path().join("p"));
    let gateway = Gateway::start(&folder.path().join("g"), &pcscd.office());
    let kiosk_folder = folder.path().join("k");
    Station::prepare(&kiosk_folder, &gateway);
    let (_screen, display) = virtual_screen(folder.path());
    let log = kiosk_folder.join("kiosk.log");
    let _kiosk = Running(
        Command::new(programs::program("kiosk"))
            .arg("--settings")
            .arg(kiosk_folder.join("kiosk.toml"))
            .env("DISPLAY", &display)
            .env("PCSCLITE_CSOCK_NAME", pcscd.socket())
            .stderr(fs::File::create(&log).expect("a log"))
            .spawn()
            .expect("the kiosk starts"),
    );
    let mut seen = 0;
    let mut wait_page = |page: &str| {
        let line = format!("screen: {page}\n");
        seen = wait_for(page, || {
            let text = fs::read_to_string(&log).ok()?;
            text[seen..].find(&line).map(|at| seen + at + line.len())
        });
    };
    let touch = |name: &str| {
        let (x, y) = point(name);
        let mut xdotool = Command::new("xdotool");
        xdotool.env("DISPLAY", &display).args(["mousemove", &x, &y, "click", "1"]);
        programs::run(xdotool, "");
    };

    wait_page("ready");
    wait_for("reader and line", || {
        let text = fs::read_to_string(&log).ok()?;
        (text.contains("reader: Empty") && text.contains("line: Up")).then_some(())
    });
    touch("next");
    wait_page("confirm");
    touch("confirm");
    wait_page("pin");
    for key in ["key-1", "key-2", "key-3", "key-4", "pin-next"] {
        touch(key);
    }
    wait_page("card");
    pcscd.insert("shikaku-taro");
    wait_page("result");
    pcscd.remove();
    touch("close");
    wait_page("ready");
    let text = fs::read_to_string(&log).expect("the log");
    assert!(text.contains("result: valid"), "{text}");
    assert!(text.contains("reading: 17 APDUs"), "{text}");
}
