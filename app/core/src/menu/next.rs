//! A touch on an entry chooses the next of what there is.

use super::MenuEntry;
use crate::{
    look::{Language, Look, Night, Orientation, Reach, TextSize, Theme, Volume},
    proof::Method,
};

pub(super) fn other(method: Method) -> Method {
    match method {
        Method::Visual => Method::Pin,
        Method::Pin => Method::Visual,
    }
}

fn next_language(language: Language) -> Language {
    let after = Language::OFFERED.iter().skip_while(|it| **it != language).nth(1);
    after.copied().unwrap_or(Language::OFFERED[0])
}

/// The next of what there is, by an entry of 画面と音.
pub(super) fn next_look(look: Look, entry: MenuEntry) -> Option<Look> {
    Some(match entry {
        MenuEntry::TextSize => Look {
            text_size: match look.text_size {
                TextSize::Normal => TextSize::Large,
                TextSize::Large => TextSize::Normal,
            },
            ..look
        },
        MenuEntry::Theme => Look {
            theme: match look.theme {
                Theme::Normal => Theme::ContrastDark,
                Theme::ContrastDark => Theme::ContrastLight,
                Theme::ContrastLight => Theme::Normal,
            },
            ..look
        },
        MenuEntry::Volume => Look {
            volume: match look.volume {
                Volume::Off => Volume::Low,
                Volume::Low => Volume::Middle,
                Volume::Middle => Volume::High,
                Volume::High => Volume::Off,
            },
            ..look
        },
        MenuEntry::Night => Look {
            night: match look.night {
                Night::Dark => Night::Bright,
                Night::Bright => Night::Dark,
            },
            ..look
        },
        MenuEntry::Orientation => Look {
            orientation: match look.orientation {
                Orientation::Landscape => Orientation::Portrait,
                Orientation::Portrait => Orientation::LandscapeFlipped,
                Orientation::LandscapeFlipped => Orientation::PortraitFlipped,
                Orientation::PortraitFlipped => Orientation::Landscape,
            },
            ..look
        },
        MenuEntry::Language => Look { language: next_language(look.language), ..look },
        MenuEntry::Reach => Look {
            reach: match look.reach {
                Reach::Full => Reach::Low,
                Reach::Low => Reach::Full,
            },
            ..look
        },
        _ => return None,
    })
}
