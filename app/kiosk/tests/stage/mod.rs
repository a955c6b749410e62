//! A window without a screen: real pixels, mock time, elements by what they say.
#![expect(dead_code, reason = "each test takes what it needs of the stage")]

pub mod gallery;
pub mod picture;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use i_slint_backend_testing::{ElementHandle, TestingBackend, TestingBackendOptions};
use kiosk::show;
use kiosk_core::{Event, Look, Screen, Shown, look};
use kiosk_ui::KioskWindow;
use slint::{ComponentHandle, PhysicalSize, Rgba8Pixel, SharedPixelBuffer, platform::WindowEvent};

/// The sizes that the pictures are compared at.
pub const SIZES: [(u32, u32); 5] =
    [(800, 480), (1024, 600), (1280, 800), (1920, 1080), (800, 1280)];

/// The panel that sizes in millimetres are reckoned for: 10.1 inches.
pub const PANEL: (u32, u32) = (1280, 800);

thread_local! {
    static STAGED: Cell<bool> = const { Cell::new(false) };
}

/// Gives this thread a platform of its own, once.
pub fn platform() {
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
pub struct Stage {
    pub window: KioskWindow,
    heard: Rc<RefCell<Vec<Event>>>,
}

impl Stage {
    pub fn new((width, height): (u32, u32)) -> Self {
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

    pub fn put(&self, shown: &Shown) {
        show::show(&self.window, shown);
        self.settle();
    }

    /// Lets changes have their effect; no time passes.
    pub fn settle(&self) {
        for _ in 0..3 {
            i_slint_backend_testing::mock_elapsed_time(std::time::Duration::ZERO);
        }
    }

    pub fn pixels(&self) -> SharedPixelBuffer<Rgba8Pixel> {
        self.window.window().take_snapshot().expect("the software renderer draws")
    }

    /// What was pressed since the last call, as `Debug`.
    pub fn heard(&self) -> Vec<String> {
        self.heard.take().iter().map(|event| format!("{event:?}")).collect()
    }

    /// The one element with this label.
    #[track_caller]
    pub fn one(&self, label: &str) -> ElementHandle {
        let mut found = self.all(label);
        assert_eq!(found.len(), 1, "elements that say {label}: {:?}", self.labels());
        found.remove(0)
    }

    pub fn all(&self, label: &str) -> Vec<ElementHandle> {
        ElementHandle::find_by_accessible_label(&self.window, label).collect()
    }

    /// Everything that is said, in order.
    pub fn labels(&self) -> Vec<String> {
        self.elements()
            .iter()
            .filter_map(|it| it.accessible_label())
            .filter(|it| !it.is_empty())
            .map(String::from)
            .collect()
    }

    pub fn elements(&self) -> Vec<ElementHandle> {
        i_slint_backend_testing::ElementQuery::from_root(&self.window).match_descendants().find_all()
    }

    pub fn press(&self, label: &str) {
        self.one(label).invoke_accessible_default_action();
        self.settle();
    }

    pub fn key(&self, text: impl Into<slint::SharedString>) {
        let text = text.into();
        self.window.window().dispatch_event(WindowEvent::KeyPressed { text: text.clone() });
        self.window.window().dispatch_event(WindowEvent::KeyReleased { text });
        self.settle();
    }
}

/// A page with nothing special around it.
pub fn plain(screen: Screen) -> Shown {
    Shown { screen, look: Look::default(), simulator: false, hurry: false }
}

pub fn english(mut shown: Shown) -> Shown {
    shown.look.language = look::Language::En;
    shown
}
