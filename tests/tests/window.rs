//! The kiosk's own window, by pointer events: the real program under a virtual screen.

use whole::{
    Gateway, Pcscd, Station,
    window::{VirtualScreen, Window},
};

#[test]
fn a_finger_walks_through_a_check() {
    let folder = tempfile::Builder::new().prefix("sk").tempdir().expect("a folder");
    let pcscd = Pcscd::start(&folder.path().join("p"));
    let gateway = Gateway::start(&folder.path().join("g"), &pcscd.office());
    let kiosk_folder = folder.path().join("k");
    Station::prepare(&kiosk_folder, &gateway);
    let screen = VirtualScreen::start(folder.path());
    let mut window = Window::start(&kiosk_folder, &screen, &pcscd.socket());

    window.wait_for("screen: ready");
    window.wait_until_said(&["reader: Empty", "line: Up"]);
    screen.touch("next");
    window.wait_for("screen: confirm");
    screen.touch("confirm");
    window.wait_for("screen: pin");
    for key in ["key-1", "key-2", "key-3", "key-4", "pin-next"] {
        screen.touch(key);
    }
    window.wait_for("screen: card");
    pcscd.insert("shikaku-taro");
    window.wait_for("screen: result");
    pcscd.remove();
    screen.touch("close");
    window.wait_for("screen: ready");
    let text = window.log();
    assert!(text.contains("result: valid"), "{text}");
    assert!(text.contains("reading: 17 APDUs"), "{text}");
}
