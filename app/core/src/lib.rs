//! What a check is: one patient's run, from 次へ to 閉じる. Pure.
//!
//! In scope: the state machine of a check ([`Check`]), everything that can be
//! shown ([`Screen`]), what an answer means ([`Eligibility`]), and the values
//! that go between the three processes.
//!
//! Out of scope: readers, sockets, windows, files and clocks. Time comes in as
//! an argument; what is to be done goes out as an [`Effect`].
#![forbid(unsafe_code)]

pub mod account;
pub mod check;
pub mod consents;
pub mod date;
pub mod device;
pub mod eligibility;
pub mod form;
pub mod handover;
pub mod kiosk;
pub mod look;
pub mod menu;
pub mod network;
pub mod note;
pub mod notice;
pub mod pin;
pub mod private;
pub mod proof;
pub mod reader;
pub mod record;
pub mod relay;
pub mod result_page;
pub mod samples;
pub mod screen;
pub mod staff;
pub mod status;
pub mod text;
pub mod trouble;

pub use account::{AccountAnswer, AccountOrder, AccountTrouble, Registration, Terms};
pub use check::{Check, Effect, Effects, Event, Settings};
pub use consents::{Consent, Consents};
pub use date::Date;
pub use device::DeviceInfo;
pub use eligibility::Eligibility;
pub use handover::{Handover, HandoverTrouble};
pub use kiosk::{Kiosk, Setup};
pub use look::Look;
pub use menu::{AdminAnswer, AdminOrder, Passcode};
pub use note::Note;
pub use notice::Notice;
pub use pin::{Digit, Pin};
pub use private::Private;
pub use proof::{Attempt, CardProof, CheckId, OpenCheck, ReadOrder, Way};
pub use reader::{Reader, ReaderLabel};
pub use record::{Deed, Records};
pub use relay::{RelayAnswers, RelayCommands, RelayOrder, Relayed};
pub use screen::{Screen, Shown};
pub use staff::{StaffAnswer, StaffCode};
pub use status::{LineStatus, Presence, ReaderStatus};
pub use text::{Letter, Text};
pub use trouble::{CardTrouble, GatewayTrouble, Trouble};
