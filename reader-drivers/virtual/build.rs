//! Builds again when a card or a conversation comes or goes: `include_dir` cannot see that.

fn main() {
    println!("cargo::rerun-if-changed=cards");
    println!("cargo::rerun-if-changed=conversations");
}
