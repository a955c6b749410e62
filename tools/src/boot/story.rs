//! What is done in front of a unit that was provisioned for its facility, from its first start.

use crate::demo::{
    office::{PASSCODE, PASSWORD, STAFF_CODE, USER},
    scenes::Step::{
        self, Address, GatewayReturns, GatewayStops, Lay, Page, Plug, PullAt, Spell, TakeCard,
        Touch, Type, TypeCode, Unplug,
    },
};

/// The first page of a unit that nobody has registered.
pub(crate) const NEW: &str = "menu-terms";
/// The page of a unit whose state is not open.
pub(crate) const STARTING: &str = "starting";
/// 認証選択.
pub(crate) const READY: &str = "ready";

/// The same of a panel that hangs so.
pub(crate) const READY_UPSIDE_DOWN: &str = "ready-upside-down";

/// A name, and its steps.
pub(crate) type Chapter = (&'static str, &'static [Step]);

pub(crate) const REGISTRATION: &[Chapter] = &[
    (
        "初期登録: the facility is filled in, the rest is typed",
        &[
            Touch("agree"),
            Page("menu-form"),
            Touch("field-user"),
            Page("menu-type-user"),
            Spell(USER),
            Touch("letters-next"),
            Page("menu-form-with-user"),
            Touch("field-password"),
            Page("menu-type-password"),
            Spell(PASSWORD),
            Touch("secret-next"),
            Page("menu-form-with-password"),
            Touch("field-code"),
            Page("menu-type-code"),
            TypeCode,
            Touch("digits-next"),
            Page("menu-form-filled"),
            Touch("register"),
            Page("menu-done-registered"),
            Touch("ok"),
            Page("menu-new-passcode"),
        ],
    ),
    (
        "both codes, twice each, and the notices",
        &[
            Type(PASSCODE),
            Touch("code-next"),
            Page("menu-again-passcode"),
            Type(PASSCODE),
            Touch("code-next"),
            Page("menu-done-passcode"),
            Touch("ok"),
            Page("menu-new-staff-code"),
            Type(STAFF_CODE),
            Touch("code-next"),
            Page("menu-again-staff-code"),
            Type(STAFF_CODE),
            Touch("code-next"),
            Page("menu-done-staff-code"),
            Touch("ok"),
            Page("menu-notices"),
            Touch("notices-close"),
            Page(READY),
        ],
    ),
];

pub(crate) const CHECKS: &[Chapter] = &[
    TO_THE_RESULT,
    FROM_THE_RESULT,
    (
        "目視, for one patient",
        &[
            Touch("switch"),
            Page("staff"),
            Type(STAFF_CODE),
            Touch("staff-next"),
            Page("compare"),
            Touch("compare-next"),
            Page("consents"),
            Touch("consent-none"),
            Page("card-visual"),
            Lay("two-results"),
            Page("result-two"),
            TakeCard,
            Page("result-two-card-taken"),
            Touch("close"),
            Page(READY),
        ],
    ),
];

pub(crate) const FAULTS: &[Chapter] = &[
    (
        "the card is pulled in the middle of the certificate",
        &[
            PullAt("8"),
            Touch("next"),
            Page("confirm"),
            Touch("confirm"),
            Page("pin"),
            Type("1234"),
            Touch("pin-next"),
            Page("consents"),
            Touch("consent-none"),
            Page("card"),
            Lay("shikaku-taro"),
            Page("sorry-card-gone"),
            Touch("close"),
            Page(READY),
        ],
    ),
    (
        "the reader is unplugged, and plugged in again",
        &[Unplug, Page("outage-reader-missing"), Plug, Page(READY)],
    ),
    (
        "the gateway is cut off, and comes back",
        &[
            GatewayStops,
            Touch("next"),
            Page("sorry-unreachable"),
            Touch("close"),
            Page("outage"),
            GatewayReturns,
            Page(READY),
        ],
    ),
];

/// A patient with a card and its PIN.
pub(crate) const TO_THE_RESULT: Chapter = (
    "暗証番号",
    &[
        Touch("next"),
        Page("confirm"),
        Touch("confirm"),
        Page("pin"),
        Type("1234"),
        Touch("pin-next"),
        Page("consents"),
        Touch("consent-none"),
        Page("card"),
        Lay("shikaku-taro"),
        Page("result"),
    ],
);
pub(crate) const FROM_THE_RESULT: Chapter =
    ("the result is closed", &[TakeCard, Page("result-card-taken"), Touch("close"), Page(READY)]);

pub(crate) const PATIENT: &[Chapter] = &[TO_THE_RESULT, FROM_THE_RESULT];

pub(crate) const SECOND_WITNESS: &[Chapter] = &[(
    "暗証番号, at a reader that staff must allow",
    &[
        Touch("next"),
        Page("staff-reader"),
        Type(STAFF_CODE),
        Touch("staff-next"),
        Page("confirm"),
        Touch("confirm"),
        Page("pin"),
        Type("1234"),
        Touch("pin-next"),
        Page("consents"),
        Touch("consent-none"),
        Page("card-any-reader"),
        Lay("shikaku-taro"),
        Page("result"),
        TakeCard,
        Page("result-card-taken"),
        Touch("close"),
        Page(READY),
    ],
)];

const TO_THE_MENU: &[Step] =
    &[Touch("gear"), Page("menu-code"), Type(PASSCODE), Touch("code-next"), Page("menu")];

/// QEMU's network is at 10.0.2.0/24, its router at .2, its names at .3.
pub(crate) const NETWORK: &[Chapter] = &[
    ("behind the passcode", TO_THE_MENU),
    (
        "ネットワーク: an address by hand",
        &[
            Touch("menu-network"),
            Page("menu-network"),
            Touch("network-change"),
            Page("menu-form-network"),
            Touch("by-hand"),
            Page("menu-form-network-by-hand"),
            Touch("field-address"),
            Page("menu-type-address"),
            Address("10.0.2.20/22"),
            Touch("address-next"),
            Page("menu-form-network-with-address"),
            Touch("field-router"),
            Page("menu-type-router"),
            Address("10.0.2.2"),
            Touch("address-next"),
            Page("menu-form-network-with-router"),
            Touch("field-dns"),
            Page("menu-type-dns"),
            Address("10.0.2.3"),
            Touch("address-next"),
            Page("menu-form-network-filled"),
            Touch("network-next"),
            Page("menu-question-network"),
            Touch("network-yes"),
            Page("menu-network-changed"),
            Touch("facts-close"),
            Page("menu"),
            Touch("back"),
            Page(READY),
        ],
    ),
];

pub(crate) const UPSIDE_DOWN: &[Chapter] = &[
    ("behind the passcode", TO_THE_MENU),
    (
        "ネットワーク has what was set before the power was cut",
        &[Touch("menu-network"), Page("menu-network-by-hand"), Touch("facts-close"), Page("menu")],
    ),
    (
        "端末情報 names the image, its root, and what opens its state",
        &[
            Touch("menu-info"),
            Page("menu-info"),
            Touch("down"),
            Touch("down"),
            Touch("down"),
            Page("menu-info-end"),
            Touch("facts-close"),
            Page("menu"),
        ],
    ),
    (
        "画面と音: the panel hangs upside down",
        &[
            Touch("menu-display"),
            Page("menu-display"),
            Touch("orientation"),
            Page("menu-display-right"),
            Touch("orientation"),
            Page("menu-display-upside-down"),
            Touch("back"),
            Page("menu"),
            Touch("back"),
            Page(READY_UPSIDE_DOWN),
            // Where nothing is: the first touch of a panel that was turned does nothing.
            Touch("upside down: erase-all"),
            Touch("upside down: next"),
            Page("staff-reader-upside-down"),
        ],
    ),
];

/// Every page that somebody must have looked at.
#[cfg(test)]
pub(crate) fn pages() -> impl Iterator<Item = &'static str> {
    let chapters =
        [REGISTRATION, CHECKS, FAULTS, NETWORK, SECOND_WITNESS, UPSIDE_DOWN].into_iter().flatten();
    let pages = chapters.flat_map(|(_, steps)| *steps).filter_map(|step| match step {
        Page(name) => Some(*name),
        _ => None,
    });
    pages.chain([NEW, READY, STARTING, READY_UPSIDE_DOWN])
}
