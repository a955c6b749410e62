//! The portal through real HTTPS, as a browser sees it. Numbers after "seed" are rows of the
//! source checklist.

mod accounts;
mod borders;
mod browser;
mod codes;
mod devices;
mod fleet;
mod forms;
mod hostile;
mod preparation;
mod sessions;
mod style;
