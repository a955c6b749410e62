//! How pages look and which language they speak. Every page takes these from
//! globals; a patient's choice ends with the check.

use serde::{Deserialize, Serialize};

/// What a patient may change with one touch, and what the station is set to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Look {
    pub language: Language,
    pub theme: Theme,
    pub text_size: TextSize,
    pub orientation: Orientation,
    pub reach: Reach,
    pub volume: Volume,
    pub night: Night,
}

impl Look {
    /// 見やすく, one touch after the other: large text, then light on black, then black on
    /// white, then what there was at first.
    pub(crate) fn easier(self) -> Self {
        let (text_size, theme) = match (self.text_size, self.theme) {
            (TextSize::Normal, theme) => (TextSize::Large, theme),
            (_, Theme::Normal) => (TextSize::Large, Theme::ContrastDark),
            (_, Theme::ContrastDark) => (TextSize::Large, Theme::ContrastLight),
            (_, Theme::ContrastLight) => (TextSize::Normal, Theme::Normal),
        };
        Self { text_size, theme, ..self }
    }
}

/// Language of the pages (表示言語).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    #[default]
    Ja,
    /// やさしい日本語: short sentences of everyday words.
    JaEasy,
    En,
    ZhHans,
    Ko,
    PtBr,
    Vi,
}

impl Language {
    /// Those that are offered, in this order: a test holds their pages in every look.
    pub const OFFERED: [Self; 7] =
        [Self::Ja, Self::JaEasy, Self::En, Self::ZhHans, Self::Ko, Self::PtBr, Self::Vi];
}

/// Colours (配色).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    #[default]
    Normal,
    /// Light on black.
    ContrastDark,
    /// Black on white.
    ContrastLight,
}

/// Size of all text (文字の大きさ).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextSize {
    #[default]
    Normal,
    /// Capitals of at least 0.7° at 500 mm (EN 301 549, 5.1.4).
    Large,
}

/// How the panel hangs, clockwise from its own landscape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Orientation {
    #[default]
    Landscape,
    Portrait,
    LandscapeFlipped,
    PortraitFlipped,
}

/// Where the controls are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    #[default]
    Full,
    /// Controls in the lower half, for a seated person.
    Low,
}

/// How loud the tones are (音量).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Volume {
    Off,
    Low,
    #[default]
    Middle,
    High,
}

/// Whether an idle screen is dark at night (夜間の減光).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Night {
    /// From 21:00 to 6:00, when nobody has touched 認証選択 for a minute.
    #[default]
    Dark,
    /// As by day.
    Bright,
}
