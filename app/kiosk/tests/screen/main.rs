//! The pages as people meet them: one program, since every program that draws them
//! is large to link.

mod access;
mod appliance;
mod choices;
mod facts;
mod forms;
mod glyphs;
mod handover;
mod menu;
mod overflow;
mod pages;
mod pictures;
mod stage;
mod touches;
mod words;
