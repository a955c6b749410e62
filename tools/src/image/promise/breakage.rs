//! How a promise is broken on purpose: one small change to the tree of paths.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::image::device::Device;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Breakage {
    /// Files with a text that were not there.
    Add(BTreeMap<String, String>),
    /// Lines at the end of a text.
    Append(BTreeMap<String, String>),
    /// Modes (octal).
    Mode(BTreeMap<String, String>),
    /// A part of a text becomes another.
    Replace { file: String, this: String, with: String },
}

impl Breakage {
    /// A copy of `device` with the change.
    ///
    /// Errors: why it cannot be changed like this.
    pub(crate) fn apply(&self, device: &Device) -> Result<Device, String> {
        let mut broken = device.clone();
        match self {
            Self::Add(files) => {
                for (path, text) in files {
                    if broken.get_mut(path).is_some() {
                        return Err(format!("{path} is there already"));
                    }
                    broken.put(path, text);
                }
            }
            Self::Append(lines) => {
                for (file, line) in lines {
                    change(&mut broken, file, |text| Ok(format!("{}\n{line}\n", text.trim_end())))?;
                }
            }
            Self::Mode(modes) => {
                for (path, mode) in modes {
                    let entry = broken.get_mut(path).ok_or(format!("{path} is not there"))?;
                    entry.mode = u32::from_str_radix(mode, 8).map_err(|why| why.to_string())?;
                }
            }
            Self::Replace { file, this, with } => {
                change(&mut broken, file, |text| match text.contains(this) {
                    true => Ok(text.replacen(this, with, 1)),
                    false => Err(format!("{file} does not say {this:?}")),
                })?;
            }
        }
        Ok(broken)
    }
}

fn change(
    device: &mut Device,
    file: &str,
    how: impl FnOnce(&str) -> Result<String, String>,
) -> Result<(), String> {
    let entry = device.get_mut(file).ok_or(format!("{file} is not there"))?;
    let text = entry.text.as_deref().ok_or(format!("{file} is no text"))?;
    entry.text = Some(how(text)?.into());
    Ok(())
}
