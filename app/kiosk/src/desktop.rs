//! What only a window on a desk needs.

use i_slint_backend_winit::{
    EventResult, WinitWindowAccessor,
    winit::{event::WindowEvent, window::Window},
};

/// On X11 Slint lets a frame's time (16 ms) pass before it draws what a touch has changed;
/// here it is drawn at once, as on the appliance.
pub fn draw_at_once(window: &impl WinitWindowAccessor) {
    window.on_winit_window_event(|window, event| {
        if matches!(
            event,
            WindowEvent::MouseInput { .. }
                | WindowEvent::Touch(_)
                | WindowEvent::KeyboardInput { .. }
        ) {
            // It comes after the event itself. Without a window nothing is drawn anyway.
            let _ = window.with_winit_window(Window::request_redraw);
        }
        EventResult::Propagate
    });
}
