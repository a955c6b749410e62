//! The demo's scenes, as data: who comes, what is done, how it must end.

use super::office::{PASSCODE, STAFF_CODE};

/// A PIN check sends no more commands, the throw-away SELECT not counted: token label,
/// tries, certificate in blocks, VERIFY, signature, closing SELECT.
const PIN_APDUS_MAX: u32 = 17;

/// One scene: who comes, what is done, how it must end.
pub(crate) struct Scene {
    pub(crate) name: &'static str,
    pub(crate) steps: &'static [Step],
    pub(crate) ending: Ending,
    /// Commands that the card may get, where that is promised.
    pub(crate) apdus_max: Option<u32>,
}

/// What is done, in order.
pub(crate) enum Step {
    /// A finger on a button of `touches.toml`.
    Touch(&'static str),
    /// Digits on the key pad.
    Type(&'static str),
    /// Waits for a page.
    Page(&'static str),
    /// Waits for a page, and takes its picture.
    Seen(&'static str),
    Picture(&'static str),
    /// From 認証選択 to the card, by this PIN and with no consent.
    ByPin(&'static str),
    /// A card, or a phone, is laid on the reader.
    Lay(&'static str),
    /// At this command after power-up, the card is pulled away.
    PullAt(&'static str),
    GatewayStops,
    GatewayReturns,
    /// The reader is pulled from its port.
    Unplug,
    Plug,
    /// Waits for a page, and takes its picture in Japanese and in English.
    Both(&'static str),
    /// This page as it stands, in Japanese and in English, and what its pictures are called.
    BothAs(&'static str, &'static str),
    /// Letters, digits and symbols on the screen's keyboard.
    Spell(&'static str),
    /// An address on the keyboard for addresses: all its signs are to be seen at once.
    Address(&'static str),
    /// At the portal, in a browser: the function, an account, an activation code.
    Prepare,
    /// The activation code that the browser showed, on the key pad.
    TypeCode,
    /// The mock clock goes on by so many minutes.
    Later(u32),
    TakeCard,
}

/// How a scene must end, before its page is closed.
pub(crate) enum Ending {
    /// With 資格確認結果 and these words in the journal.
    Result(&'static str),
    /// With the page of this trouble code.
    Trouble(&'static str),
    /// Its last step leads back to 認証選択.
    Ready,
    /// Its last step leads to this page.
    At(&'static str),
}

impl Ending {
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Result(word) | Self::Trouble(word) | Self::At(word) => word,
            Self::Ready => "ready",
        }
    }
}

use Step::{ByPin, GatewayReturns, GatewayStops, Lay, Page, Picture, PullAt, Seen, Touch, Type};

/// The scene whose card is forgotten on the reader.
pub(super) const FORGETS: &str = "暗証番号, all consents, the card is forgotten";

pub(crate) const SCENES: &[Scene] = &[
    Scene {
        name: "設定: the administrator looks around",
        steps: &[
            Seen("ready"),
            Touch("gear"),
            Seen("menu-open"),
            Type(PASSCODE),
            Touch("pin-next"),
            Seen("menu"),
            Touch("menu-info"),
            Seen("menu-info"),
            Touch("back"),
            Page("menu"),
            Touch("menu-security"),
            Seen("menu-security"),
            Touch("back"),
            Page("menu"),
            Touch("back"),
        ],
        ending: Ending::Ready,
        apdus_max: None,
    },
    Scene {
        name: FORGETS,
        steps: &[
            Touch("next"),
            Seen("confirm"),
            Touch("confirm"),
            Seen("pin"),
            Type("1234"),
            Picture("pin-entered"),
            Touch("pin-next"),
            Seen("consents"),
            Touch("consent-all"),
            Seen("card"),
            Lay("shikaku-taro"),
        ],
        ending: Ending::Result("valid"),
        apdus_max: Some(PIN_APDUS_MAX),
    },
    Scene {
        name: "暗証番号, mistyped once, no consent",
        steps: &[
            Touch("next"),
            Page("confirm"),
            Touch("confirm"),
            Page("pin"),
            Type("2589"),
            Touch("pin-next"),
            Page("consents"),
            Touch("consent-none"),
            Page("card"),
            Lay("sato-hanako"),
            Page("pin"),
            Picture("pin-tries-left"),
            Type("2580"),
            Touch("pin-next"),
        ],
        ending: Ending::Result("valid"),
        apdus_max: Some(PIN_APDUS_MAX),
    },
    Scene {
        name: "目視 for one patient, by staff code",
        steps: &[
            Touch("switch"),
            Seen("staff"),
            Type(STAFF_CODE),
            Touch("staff-next"),
            Seen("compare"),
            Touch("compare-next"),
            Page("consents"),
            Touch("consent-one-by-one"),
            Seen("consent"),
            Touch("consent-yes"),
            Touch("consent-no"),
            Touch("consent-no"),
            Page("card"),
            Lay("two-results"),
        ],
        ending: Ending::Result("valid"),
        apdus_max: None,
    },
    Scene {
        name: "an Android phone with its PIN",
        steps: &[
            Touch("phones"),
            Seen("phones"),
            Touch("phone-android"),
            Page("confirm"),
            Touch("confirm"),
            Page("pin"),
            Type("1234"),
            Touch("pin-next"),
            Page("consents"),
            Touch("consent-none"),
            Seen("card"),
            Lay("android"),
        ],
        ending: Ending::Result("valid"),
        apdus_max: Some(PIN_APDUS_MAX),
    },
    Scene {
        name: "a gateway that asks the card for too much is refused",
        steps: &[
            Touch("switch"),
            Page("staff"),
            Type(STAFF_CODE),
            Touch("staff-next"),
            Page("compare"),
            Touch("compare-next"),
            Page("consents"),
            Touch("consent-none"),
            Page("card"),
            Lay("hostile-relay"),
        ],
        ending: Ending::Trouble("G-13"),
        apdus_max: None,
    },
    Scene {
        name: "fault: the card is pulled in the middle of the certificate",
        steps: &[PullAt("8"), ByPin("1234"), Lay("shikaku-taro")],
        ending: Ending::Trouble("C-02"),
        apdus_max: None,
    },
    Scene {
        name: "fault: the PIN is blocked",
        steps: &[ByPin("1234"), Lay("blocked")],
        ending: Ending::Trouble("C-08"),
        apdus_max: None,
    },
    Scene {
        name: "fault: the gateway cannot be reached",
        steps: &[GatewayStops, Touch("next")],
        ending: Ending::Trouble("G-01"),
        apdus_max: None,
    },
    Scene {
        name: "and when it is back, the next patient is served",
        steps: &[Seen("outage"), GatewayReturns, Page("ready"), ByPin("1234"), Lay("elderly")],
        ending: Ending::Result("valid"),
        apdus_max: Some(PIN_APDUS_MAX),
    },
];
