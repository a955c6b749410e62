//! What Slint makes of `kiosk.slint`, and nothing else.

slint::include_modules!();
