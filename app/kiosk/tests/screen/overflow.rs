//! No text is cut and nothing lies on anything else, in every look and size.

use std::collections::HashSet;

use crate::stage::{self, SIZES, Stage, gallery};
use i_slint_backend_testing::{AccessibleRole, ElementHandle};
use kiosk_core::{
    AccountTrouble, Look, Screen, Trouble,
    look::{Language, Reach, TextSize},
    menu::MenuPage,
};
use slint::ComponentHandle;

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
    stage.put(&stage::plain(result));
    assert_eq!(faults(&stage), Vec::<String>::new());
    stage.window.global::<kiosk_ui::Around<'_>>().set_product("長い製品名".repeat(200).into());
    stage.settle();
    assert_ne!(faults(&stage), Vec::<String>::new());
}

fn check(size: (u32, u32)) {
    let stage = Stage::new(size);
    let mut all = Vec::new();
    for look in looks() {
        for (name, screen) in pages().into_iter().filter(|it| speaks(look.language, &it.1)) {
            stage.put(&stage::simulated(screen, look, false));
            let mut found = faults(&stage);
            found.extend(crowded(&stage));
            all.extend(found.iter().map(|fault| format!("{name} {look:?}: {fault}")));
        }
        // The troubles are one page: their texts are checked above.
        for (name, screen) in gallery::pages().into_iter().filter(|it| speaks(look.language, &it.1))
        {
            stage.put(&stage::simulated(screen, look, true));
            let found = faults(&stage);
            all.extend(found.iter().map(|fault| format!("{name} {look:?} hurry: {fault}")));
        }
    }
    assert!(all.is_empty(), "{} faults:\n{}", all.len(), all.join("\n"));
}

/// The administrator's pages speak Japanese and English; in other languages they are the
/// Japanese ones.
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

fn looks() -> Vec<Look> {
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
struct Item {
    label: String,
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
    button: bool,
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
        })
    }

    fn lies_on(&self, other: &Self) -> bool {
        let apart = self.right <= other.left + SLACK
            || other.right <= self.left + SLACK
            || self.bottom <= other.top + SLACK
            || other.bottom <= self.top + SLACK;
        !apart
    }

    fn key(&self) -> (String, i32, i32) {
        (self.label.clone(), self.left as i32, self.top as i32)
    }
}

fn items(stage: &Stage) -> Vec<Item> {
    stage.elements().iter().filter_map(Item::new).collect()
}

fn faults(stage: &Stage) -> Vec<String> {
    let size = stage.window.window().size();
    let (width, height) = (size.width as f32, size.height as f32);
    let items = items(stage);
    let (scrolled, bottom) = scrolled(stage);

    let mut faults = Vec::new();
    for item in &items {
        let inside = scrolled.contains(&item.key());
        if item.left < -SLACK || item.right > width + SLACK {
            faults.push(format!("{} is wider than the window", item.label));
        }
        if !inside && (item.top < -SLACK || item.bottom > height + SLACK) {
            faults.push(format!("{} is higher than the window", item.label));
        }
        if inside && item.bottom > bottom + SLACK && !items.iter().any(is_scroll_key) {
            faults.push(format!("{} is below the end and nothing scrolls", item.label));
        }
    }
    for (index, one) in items.iter().enumerate() {
        for other in &items[index + 1..] {
            let same = scrolled.contains(&one.key()) == scrolled.contains(&other.key());
            if same && one.lies_on(other) {
                faults.push(format!("{} lies on {}", one.label, other.label));
            }
        }
    }
    faults
}

fn is_scroll_key(item: &Item) -> bool {
    item.button && matches!(&*item.label, "下へ" | "Down")
}

/// What lies in the scrolled part, and where that part ends.
fn scrolled(stage: &Stage) -> (HashSet<(String, i32, i32)>, f32) {
    let scroll = ElementHandle::find_by_element_type_name(&stage.window, "Scroll").next();
    let Some(scroll) = scroll else { return (HashSet::new(), 0.0) };
    let items = scroll.query_descendants().find_all();
    let keys = items.iter().filter_map(Item::new).map(|it| it.key()).collect();
    (keys, scroll.absolute_position().y + scroll.size().height)
}

/// Buttons whose text touches their edge: just inside the border there is one colour.
fn crowded(stage: &Stage) -> Vec<String> {
    let pixels = stage.pixels();
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    let unit = width.min(height) as f32 / 800.0;
    let (border, corner) = ((3.0 * unit).max(2.0) + 1.5, 14.0 * unit);
    let (scrolled, scroll_end) = scrolled(stage);
    let one_colour = |x: f32, item: &Item| {
        let (x, top) = ((x as usize).min(width - 1), (item.top + corner) as usize);
        let end = if scrolled.contains(&item.key()) { scroll_end } else { height as f32 };
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
    items(stage).iter().filter(crowded).map(|it| format!("{} touches its edge", it.label)).collect()
}
