//! Compiles the pages and their translations into Rust.

fn main() {
    // Tests find elements by their labels; that needs names which a release leaves out.
    let debug = std::env::var("PROFILE").is_ok_and(|profile| profile == "debug");
    let config = slint_build::CompilerConfiguration::new()
        .with_style("fluent".into())
        .with_bundled_translations("lang")
        .with_default_translation_context(slint_build::DefaultTranslationContext::None)
        .with_debug_info(debug);
    slint_build::compile_with_config("kiosk.slint", config)
        .expect("the pages compile; the messages above say what does not");
}
