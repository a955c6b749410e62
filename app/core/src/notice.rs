//! お知らせ: what the gateway tells the people who run the kiosk.

use serde::{Deserialize, Serialize};

use crate::Date;

/// One notice. Bounded by whoever received it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub id: String,
    pub title: String,
    pub body: String,
    /// Where more is to be read; always `https://`. The kiosk has no browser and shows it
    /// as a QR code.
    pub url: Option<String>,
    pub date: Date,
}
