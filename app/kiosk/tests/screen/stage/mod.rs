//! A window without a screen: real pixels, mock time, elements by what they say.

pub(crate) mod gallery;
pub(crate) mod picture;

use std::{
    cell::{Cell, RefCell},
    collections::HashSet,
    rc::Rc,
};

use i_slint_backend_testing::{
    AccessibleRole, ElementHandle, TestingBackend, TestingBackendOptions,
};
use kiosk::show;
use kiosk_core::{Event, Look, Screen, Shown, look, reader::Put};
use kiosk_ui::KioskWindow;
use slint::{ComponentHandle, PhysicalSize, Rgba8Pixel, SharedPixelBuffer, platform::WindowEvent};

/// The sizes that the pictures are compared at.
pub(crate) const SIZES: [(u32, u32); 5] =
    [(800, 480), (1024, 600), (1280, 800), (1920, 1080), (800, 1280)];

/// The panel that sizes in millimetres are reckoned for: 10.1 inches.
pub(crate) const PANEL: (u32, u32) = (1280, 800);

thread_local! {
    static STAGED: Cell<bool> = const { Cell::new(false) };
}

/// Gives this thread a platform of its own, once.
pub(crate) fn platform() {
    assert!(
        std::env::var_os("FONTCONFIG_FILE").is_some(),
        "run by cargo, whose configuration names the fonts in FONTCONFIG_FILE"
    );
    if !STAGED.replace(true) {
        let options = TestingBackendOptions {
            mock_time: true,
            threading: false,
            renderer_name: Some("software".into()),
        };
        slint::platform::set_platform(Box::new(TestingBackend::new(options)))
            .expect("the first platform of this thread");
    }
}

/// One window and what was pressed in it.
pub(crate) struct Stage {
    pub(crate) window: KioskWindow,
    heard: Rc<RefCell<Vec<Event>>>,
}

impl Stage {
    pub(crate) fn new((width, height): (u32, u32)) -> Self {
        platform();
        let window = KioskWindow::new().expect("the window builds");
        let heard = Rc::new(RefCell::new(Vec::new()));
        let hears = Rc::clone(&heard);
        show::connect(&window, move |event| hears.borrow_mut().push(event));
        window.window().set_size(PhysicalSize::new(width, height));
        window.show().expect("the window opens");
        // Without it nothing takes the key focus.
        window.window().dispatch_event(WindowEvent::WindowActiveChanged(true));
        Self { window, heard }
    }

    pub(crate) fn put(&self, shown: &Shown) {
        show::show(&self.window, shown);
        self.settle();
    }

    /// Lets changes have their effect; no time passes.
    pub(crate) fn settle(&self) {
        for _ in 0..3 {
            i_slint_backend_testing::mock_elapsed_time(std::time::Duration::ZERO);
        }
    }

    pub(crate) fn pixels(&self) -> SharedPixelBuffer<Rgba8Pixel> {
        self.window.window().take_snapshot().expect("the software renderer draws")
    }

    /// What was pressed since the last call, as `Debug`.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.take().iter().map(|event| format!("{event:?}")).collect()
    }

    /// The one element with this label.
    #[track_caller]
    pub(crate) fn one(&self, label: &str) -> ElementHandle {
        let mut found = self.all(label);
        assert_eq!(found.len(), 1, "elements that say {label}: {:?}", self.labels());
        found.remove(0)
    }

    pub(crate) fn all(&self, label: &str) -> Vec<ElementHandle> {
        let mut found = self.elements();
        found.retain(|it| it.accessible_label().is_some_and(|it| it == label));
        found
    }

    /// Everything that is said, in order.
    pub(crate) fn labels(&self) -> Vec<String> {
        self.elements().iter().filter_map(|it| it.accessible_label()).map(String::from).collect()
    }

    /// What an assistive tool finds: every element with a label and a role, once.
    pub(crate) fn elements(&self) -> Vec<ElementHandle> {
        let mut seen = HashSet::new();
        let mut elements =
            i_slint_backend_testing::ElementQuery::from_root(&self.window).find_all();
        elements.retain(|it| {
            let (role, at) = (it.accessible_role(), it.absolute_position());
            let label = it.accessible_label().filter(|label| !label.is_empty());
            // One item of the tree may stand for several elements of the source.
            role.is_some_and(|role| role != AccessibleRole::None)
                && label.is_some_and(|label| seen.insert((label, at.x as i32, at.y as i32)))
        });
        elements
    }

    pub(crate) fn press(&self, label: &str) {
        self.one(label).invoke_accessible_default_action();
        self.settle();
    }

    pub(crate) fn key(&self, text: impl Into<slint::SharedString>) {
        let text = text.into();
        self.window.window().dispatch_event(WindowEvent::KeyPressed { text: text.clone() });
        self.window.window().dispatch_event(WindowEvent::KeyReleased { text });
        self.settle();
    }
}

/// Where ⚙ stands, at a station with a passcode.
pub(crate) fn has_gear(screen: &Screen) -> bool {
    matches!(screen, Screen::Ready { .. } | Screen::Outage { .. })
}

/// A page with nothing special around it.
pub(crate) fn plain(screen: Screen) -> Shown {
    let gear = has_gear(&screen);
    Shown {
        screen,
        look: Look::default(),
        simulator: false,
        phone: false,
        hurry: false,
        handover: None,
        gear,
        news: false,
        called: false,
        dim: false,
        put: Put::Either,
    }
}

/// A page as the demo's kiosk shows it: in front of a simulator.
pub(crate) fn simulated(screen: Screen, look: Look, hurry: bool) -> Shown {
    Shown { look, simulator: true, hurry, ..plain(screen) }
}

pub(crate) fn english(mut shown: Shown) -> Shown {
    shown.look.language = look::Language::En;
    shown
}

/// A page says each of these once.
#[track_caller]
pub(crate) fn says(shown: &Shown, texts: &[&str]) {
    let stage = Stage::new(PANEL);
    stage.put(shown);
    for text in texts {
        stage.one(text);
    }
}

/// Pressing each of these buttons sends its event, and nothing else.
#[track_caller]
pub(crate) fn offers(screen: Screen, buttons: &[(&str, &str)]) {
    let stage = Stage::new(PANEL);
    stage.put(&plain(screen));
    for (label, event) in buttons {
        stage.press(label);
        assert_eq!(stage.heard(), [*event], "{label}");
    }
}
