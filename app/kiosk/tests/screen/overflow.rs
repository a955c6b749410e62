//! No text is cut and nothing lies on anything else, in every look and size.

use i_slint_backend_testing::{AccessibleRole, ElementHandle};
use kiosk_core::{
    AccountTrouble, Look, Screen, Trouble,
    look::{Language, Reach, TextSize},
    menu::MenuPage,
};
use slint::ComponentHandle;

use crate::stage::{SIZES, Stage, gallery};

/// Layouts round to half pixels.
const SLACK: f32 = 1.0;

#[test]
fn at_800_480() {
    check(SIZES[0]);
}

#[test]
fn at_1024_600() {
    check(SIZES[1]);
}

#[test]
fn at_1280_800() {
    check(SIZES[2]);
}

#[test]
fn at_1920_1080() {
    check(SIZES[3]);
}

#[test]
fn at_800_1280() {
    check(SIZES[4]);
}

/// The check itself sees a text that is too long.
#[test]
fn a_text_that_is_too_long_is_seen() {
    let stage = Stage::new((800, 480));
    let (_, result) = gallery::results().remove(0);
    stage.put(&crate::stage::plain(result));
    assert_eq!(faults(&stage, &Boxes::of(&stage)), Vec::<String>::new());
    stage.window.global::<kiosk_ui::Around<'_>>().set_product("長い製品名".repeat(200).into());
    stage.settle();
    assert_ne!(faults(&stage, &Boxes::of(&stage)), Vec::<String>::new());
}

fn check(size: (u32, u32)) {
    let stage = Stage::new(size);
    let mut all = Vec::new();
    for look in looks() {
        for (name, screen) in pages().into_iter().filter(|it| speaks(look.language, &it.1)) {
            stage.put(&crate::stage::simulated(screen, look, false));
            let boxes = Boxes::of(&stage);
            let mut found = faults(&stage, &boxes);
            found.extend(crowded(&stage, &boxes));
            all.extend(found.iter().map(|fault| format!("{name} {look:?}: {fault}")));
        }
        // The troubles are one page: their texts are checked above.
        for (name, screen) in gallery::pages().into_iter().filter(|it| speaks(look.language, &it.1))
        {
            stage.put(&crate::stage::simulated(screen, look, true));
            let found = faults(&stage, &Boxes::of(&stage));
            all.extend(found.iter().map(|fault| format!("{name} {look:?} hurry: {fault}")));
        }
    }
    assert!(all.is_empty(), "{} faults:\n{}", all.len(), all.join("\n"));
}

/// The pages behind ⚙ speak Japanese and English; in other languages they are the Japanese
/// ones, to the pixel.
fn speaks(language: Language, screen: &Screen) -> bool {
    matches!(language, Language::Ja | Language::En) || !matches!(screen, Screen::Menu(_))
}

fn pages() -> Vec<(String, Screen)> {
    let mut pages: Vec<_> =
        gallery::pages().into_iter().map(|(name, screen)| (name.to_owned(), screen)).collect();
    let sorry =
        |trouble: Trouble| (trouble.code().to_owned(), Screen::Sorry { trouble, can_retry: true });
    pages.extend(gallery::troubles().into_iter().map(sorry));
    let account = |trouble: AccountTrouble| {
        (format!("{trouble:?}"), Screen::Menu(MenuPage::Trouble { trouble, back: true }))
    };
    pages.extend(gallery::menu::troubles().into_iter().map(account));
    pages
}

/// Colours move nothing, and a flipped panel is the same panel: what moves things is the
/// language, the size of the text, the reach, and the size of the window.
pub(crate) fn looks() -> Vec<Look> {
    let mut looks = Vec::new();
    for language in Language::OFFERED {
        for text_size in [TextSize::Normal, TextSize::Large] {
            for reach in [Reach::Full, Reach::Low] {
                looks.push(Look { language, text_size, reach, ..Look::default() });
            }
        }
    }
    looks
}

/// A box of the page, as the check sees it.
pub(crate) struct Item {
    pub(crate) label: String,
    left: f32,
    pub(crate) top: f32,
    right: f32,
    pub(crate) bottom: f32,
    button: bool,
    /// It lies in the part that scrolls.
    inside: bool,
}

impl Item {
    fn new(element: &ElementHandle) -> Option<Self> {
        let label = element.accessible_label()?.to_string();
        let role = element.accessible_role()?;
        let said = matches!(
            role,
            AccessibleRole::Button | AccessibleRole::Text | AccessibleRole::ProgressIndicator
        );
        let (at, size) = (element.absolute_position(), element.size());
        (said && !label.is_empty()).then(|| Self {
            label,
            left: at.x,
            top: at.y,
            right: at.x + size.width,
            bottom: at.y + size.height,
            button: role == AccessibleRole::Button,
            inside: false,
        })
    }

    fn lies_on(&self, other: &Self) -> bool {
        let apart = self.right <= other.left + SLACK
            || other.right <= self.left + SLACK
            || self.bottom <= other.top + SLACK
            || other.bottom <= self.top + SLACK;
        !apart
    }

    fn is(&self, other: &Self) -> bool {
        let at = |it: &Self| (it.left as i32, it.top as i32);
        self.label == other.label && at(self) == at(other)
    }
}

/// Everything on a page, and where the part that scrolls ends.
pub(crate) struct Boxes {
    pub(crate) items: Vec<Item>,
    end: f32,
    /// It has keys to scroll by.
    scrolls: bool,
}

impl Boxes {
    pub(crate) fn of(stage: &Stage) -> Self {
        let mut items: Vec<_> = stage.elements().iter().filter_map(Item::new).collect();
        let named = |name| ElementHandle::find_by_element_type_name(&stage.window, name).next();
        let scroll = named("Scroll");
        let inside = scroll.iter().flat_map(|it| it.query_descendants().find_all());
        let inside: Vec<_> = inside.filter_map(|it| Item::new(&it)).collect();
        for item in &mut items {
            item.inside = inside.iter().any(|it| it.is(item));
        }
        let end = scroll.map_or(0.0, |it| it.absolute_position().y + it.size().height);
        Self { items, end, scrolls: named("ScrollKeys").is_some() }
    }
}

pub(crate) fn faults(stage: &Stage, boxes: &Boxes) -> Vec<String> {
    let size = stage.window.window().size();
    let (width, height) = (size.width as f32, size.height as f32);

    let mut faults = Vec::new();
    for item in &boxes.items {
        if item.left < -SLACK || item.right > width + SLACK {
            faults.push(format!("{} is wider than the window", item.label));
        }
        if !item.inside && (item.top < -SLACK || item.bottom > height + SLACK) {
            faults.push(format!("{} is higher than the window", item.label));
        }
        if item.inside && item.bottom > boxes.end + SLACK && !boxes.scrolls {
            faults.push(format!("{} is below the end and nothing scrolls", item.label));
        }
    }
    for (index, one) in boxes.items.iter().enumerate() {
        for other in &boxes.items[index + 1..] {
            if one.inside == other.inside && one.lies_on(other) {
                faults.push(format!("{} lies on {}", one.label, other.label));
            }
        }
    }
    faults
}

/// Buttons whose text touches their edge: just inside the border there is one colour.
fn crowded(stage: &Stage, boxes: &Boxes) -> Vec<String> {
    let pixels = stage.pixels();
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    let unit = width.min(height) as f32 / 800.0;
    let (border, corner) = ((3.0 * unit).max(2.0) + 1.5, 14.0 * unit);
    let one_colour = |x: f32, item: &Item| {
        let (x, top) = ((x as usize).min(width - 1), (item.top + corner) as usize);
        let end = if item.inside { boxes.end } else { height as f32 };
        let end = (item.bottom - corner).min(end) as usize;
        let mut column = (top..end).map(|y| pixels.as_slice()[y * width + x]);
        let first = column.next();
        column.all(|it| Some(it) == first)
    };
    let crowded = |item: &&Item| {
        item.button
            && !(one_colour(item.left + border, item)
                && one_colour(item.right - border - 1.5, item))
    };
    let items = boxes.items.iter().filter(crowded);
    items.map(|it| format!("{} touches its edge", it.label)).collect()
}
