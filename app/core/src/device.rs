//! What 端末情報 tells of the device itself.

use serde::{Deserialize, Serialize};

/// The registered device, as its line knows it. Nothing of it is a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    pub device_id: heapless::String<36>,
    /// 医療機関コード; empty on a device that was registered before this was kept.
    pub facility: heapless::String<10>,
    /// As it is printed on the unit.
    pub serial: heapless::String<32>,
    /// The host of the gateway's address.
    pub gateway: heapless::String<253>,
    /// From when on its certificate holds, in seconds since the epoch; a renewal moves it.
    pub certificate_from: u64,
    /// Until when.
    pub certificate_until: u64,
    /// Of the CAs that may vouch for the gateway; 0 for those of the settings.
    pub pins_version: u32,
    /// Whether the gateway is a simulator (模擬環境); `None` until it was heard.
    pub simulator: Option<bool>,
}
