//! Terms of use and notices. Both say that they are examples.

use serde::Serialize;

/// 利用規約
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Terms {
    pub(crate) version: &'static str,
    pub(crate) text: &'static str,
}

/// お知らせ
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Notice {
    id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) body: &'static str,
    pub(crate) url: &'static str,
    pub(crate) date: &'static str,
}

const TERMS: Terms = Terms { version: "2026-11-01", text: include_str!("../texts/terms.txt") };

/// オンライン資格確認等システム利用規約: what an administrator confirms at the portal.
const PORTAL_TERMS: Terms =
    Terms { version: "2026-11-01", text: include_str!("../texts/portal-terms.txt") };

const NOTICES: &[Notice] = &[
    Notice {
        id: "2026-11-simulator",
        title: "模擬環境のご案内",
        body: "この接続先は模擬環境です。表示される資格情報はすべて架空のものです。\
               本物のマイナンバーカードは使わないでください。",
        url: "https://gateway.example/notices/2026-11-simulator",
        date: "2026-11-01",
    },
    Notice {
        id: "2026-11-certificates",
        title: "電子証明書の有効期限について",
        body: "有効期限が切れたマイナンバーカードの電子証明書でも、\
               有効期限から3か月の間は資格を確認できます。",
        url: "https://gateway.example/notices/2026-11-certificates",
        date: "2026-11-20",
    },
];

/// The terms in force.
pub(crate) fn terms() -> Terms {
    TERMS
}

/// The portal's terms in force.
pub(crate) fn portal_terms() -> Terms {
    PORTAL_TERMS
}

/// All notices, the oldest first.
pub(crate) fn notices() -> &'static [Notice] {
    NOTICES
}
