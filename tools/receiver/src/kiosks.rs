//! Which kiosks may send: a list of device ids, one a line. The gateway's CA says whose
//! certificate it is; the list says which of its devices are this institution's. It is read
//! anew for every result, so that a kiosk is let in, or shut out, without a start.

use crate::folder::{self, Folder, FolderError};

const ID_MAX: usize = 64;

/// No device has this id.
#[derive(Debug, thiserror::Error)]
#[error("a device id has 1 to {ID_MAX} letters, digits or -")]
pub struct NotAnId;

/// Whether a kiosk is in the list.
///
/// Errors: the list cannot be read.
pub(crate) fn may_send(folder: &Folder, id: &str) -> Result<bool, FolderError> {
    let list = folder::read(&folder.kiosks())?.unwrap_or_default();
    Ok(ids(&list).any(|it| it == id))
}

impl Folder {
    /// Lets kiosks in; those that are in the list already stay there once.
    ///
    /// Errors: the list cannot be read or written.
    pub fn admit(&self, new: &[String]) -> Result<(), FolderError> {
        let mut list = folder::read(&self.kiosks())?.unwrap_or_default();
        if !list.is_empty() && !list.ends_with('\n') {
            list.push('\n');
        }
        for id in new {
            if !ids(&list).any(|it| it == id) {
                list.push_str(id);
                list.push('\n');
            }
        }
        folder::write(&self.kiosks(), &list)
    }
}

/// Reads an id as the kiosk's page デバイス情報 shows it.
///
/// Errors: [`NotAnId`].
pub fn id(text: &str) -> Result<String, NotAnId> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let fits = (1..=ID_MAX).contains(&text.len()) && text.bytes().all(plain);
    fits.then(|| text.to_owned()).ok_or(NotAnId)
}

/// What follows `#` is for people.
fn ids(list: &str) -> impl Iterator<Item = &str> {
    let without_comment = |line: &'_ str| line.split_once('#').map_or(line.len(), |it| it.0.len());
    list.lines().map(move |line| line[..without_comment(line)].trim()).filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kiosks_are_let_in_once_and_shut_out_by_a_stroke() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(place.path()).expect("a folder");
        let may = |id| may_send(&folder, id).expect("readable");
        assert!(!may("a-1"));
        folder.admit(&["a-1".to_owned(), "b-2".to_owned(), "a-1".to_owned()]).expect("written");
        assert!(may("a-1") && may("b-2") && !may("a") && !may(""));
        std::fs::write(folder.kiosks(), "# ward 3\n#a-1\n b-2 # bed 4").expect("written");
        assert!(!may("a-1") && may("b-2"));
        folder.admit(&["c-3".to_owned(), "b-2".to_owned()]).expect("written");
        let list = std::fs::read_to_string(folder.kiosks()).expect("readable");
        assert_eq!(list, "# ward 3\n#a-1\n b-2 # bed 4\nc-3\n");
    }

    #[test]
    fn an_id_is_plain() {
        assert!(id("11111111-2222-4333-8444-555555555555").is_ok());
        for wrong in ["", "a b", "a#", "名", &"a".repeat(65)] {
            assert!(id(wrong).is_err(), "{wrong}");
        }
    }
}
