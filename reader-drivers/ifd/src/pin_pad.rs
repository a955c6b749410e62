//! The PIN pad (PC/SC part 10): the host asks, the pad takes the PIN and builds the VERIFY.

use std::ffi::c_ulong;
use std::time::Duration;

use reader_virtual::reader::{Keys, MOST_DIGITS, Reader};
use zeroize::Zeroizing;

use crate::codes::Refusal;

/// `CM_IOCTL_GET_FEATURE_REQUEST`, as pcsc-lite computes it: `SCARD_CTL_CODE(3400)`.
const GET_FEATURES: c_ulong = 0x4200_0D48;
/// The codes libccid uses for the same features.
const VERIFY_PIN_DIRECT: Feature = Feature { tag: 0x06, code: 0x4233_0006 };
const PIN_PROPERTIES: Feature = Feature { tag: 0x0A, code: 0x4233_000A };
const TLV_PROPERTIES: Feature = Feature { tag: 0x12, code: 0x4233_0012 };

/// The pad has no display, checks a PIN when the OK key is pressed, and has one time-out.
const NO_DISPLAY: u16 = 0;
const OK_KEY: u8 = 0x02;

/// When the host asks for "the default" (0), and the most it may ask for.
const DEFAULT_SECONDS: u8 = 30;
const MOST_SECONDS: u8 = 60;

/// Status words of the pad itself (part 10, `FEATURE_VERIFY_PIN_DIRECT`).
const TIMED_OUT: [u8; 2] = [0x64, 0x00];
const CANCELLED: [u8; 2] = [0x64, 0x01];
const WRONG_LENGTH: [u8; 2] = [0x64, 0x03];
const BAD_STRUCTURE: [u8; 2] = [0x6B, 0x80];

struct Feature {
    tag: u8,
    code: u32,
}

/// A request to the reader itself.
///
/// Errors: [`Refusal::NotSupported`] for unknown codes, else as [`Reader::transmit`].
pub(crate) fn control(reader: &Reader, code: c_ulong, data: &[u8]) -> Result<Vec<u8>, Refusal> {
    if code == GET_FEATURES {
        return Ok(features());
    }
    match u32::try_from(code) {
        Ok(code) if code == VERIFY_PIN_DIRECT.code => verify_pin_direct(reader, data),
        Ok(code) if code == PIN_PROPERTIES.code => {
            let [low, high] = NO_DISPLAY.to_ne_bytes();
            Ok(vec![low, high, OK_KEY, 0])
        }
        Ok(code) if code == TLV_PROPERTIES.code => Ok(properties()),
        _ => Err(Refusal::NotSupported),
    }
}

fn verify_pin_direct(reader: &Reader, data: &[u8]) -> Result<Vec<u8>, Refusal> {
    let Some(question) = Question::read(data) else {
        return Ok(BAD_STRUCTURE.to_vec());
    };
    match reader.keys_typed(question.patience)? {
        None => Ok(TIMED_OUT.to_vec()),
        Some(Keys::Cancel) => Ok(CANCELLED.to_vec()),
        Some(Keys::Digits(pin)) => match question.verify(&pin) {
            Some(verify) => Ok(reader.transmit(&verify)?),
            None => Ok(WRONG_LENGTH.to_vec()),
        },
    }
}

/// `FEATURE_…` TLVs: tag, length 4, code in big endian.
fn features() -> Vec<u8> {
    [VERIFY_PIN_DIRECT, PIN_PROPERTIES, TLV_PROPERTIES]
        .iter()
        .flat_map(|feature| {
            let [a, b, c, d] = feature.code.to_be_bytes();
            [feature.tag, 4, a, b, c, d]
        })
        .collect()
}

/// Part 10 supplement, `FEATURE_GET_TLV_PROPERTIES`; integers are little endian.
fn properties() -> Vec<u8> {
    let [low, high] = NO_DISPLAY.to_le_bytes();
    let mut tlv = vec![1, 2, low, high]; // wLcdLayout
    tlv.extend([2, 1, OK_KEY]); // bEntryValidationCondition
    tlv.extend([3, 1, 0]); // bTimeOut2
    tlv.extend([6, 1, 1]); // bMinPINSize
    tlv.extend([7, 1, MOST_DIGITS]); // bMaxPINSize
    tlv
}

/// A `PIN_VERIFY_STRUCTURE` that this pad can answer: decimal digits in ASCII.
struct Question<'a> {
    patience: Duration,
    digits: std::ops::RangeInclusive<usize>,
    header: [u8; 4],
    /// The command data around the PIN; empty when the PIN is all of it.
    around: &'a [u8],
    block: Block,
}

/// Where in the command data the PIN stands.
struct Block {
    start: usize,
    /// 0: as long as the PIN.
    length: usize,
    right_justified: bool,
}

impl<'a> Question<'a> {
    /// `None` when the structure is cut short or asks for what this pad cannot do.
    fn read(data: &'a [u8]) -> Option<Self> {
        let (head, template) = data.split_first_chunk::<19>()?;
        let &[seconds, _, format, block, length_format, ..] = head;
        // wPINMaxExtraDigit: shortest PIN in the high byte, longest in the low one.
        let [min, max] = u16::from_ne_bytes([head[5], head[6]]).to_be_bytes();
        let data_length = u32::from_ne_bytes([head[15], head[16], head[17], head[18]]);
        let (header, rest) = template.split_first_chunk::<4>()?;
        let around = match rest.split_first() {
            None => rest,
            Some((lc, around)) if usize::from(*lc) == around.len() => around,
            Some(_) => return None,
        };
        let in_bytes = format & 0x80 != 0;
        let start = usize::from(format >> 3 & 0x0F);
        let length = usize::from(block & 0x0F);
        let understood = data_length as usize == template.len()
            && format & 0x03 == 0x02 // ASCII
            && (in_bytes || start == 0)
            && block & 0xF0 == 0 // no length field
            && length_format & 0x0F == 0
            && header[1] == 0x20 // VERIFY (ISO 7816-4)
            && min <= max
            && (around.is_empty() || start + length <= around.len());
        understood.then(|| Self {
            patience: Duration::from_secs(u64::from(match seconds {
                0 => DEFAULT_SECONDS,
                seconds => seconds.min(MOST_SECONDS),
            })),
            digits: usize::from(min)..=usize::from(max),
            header: *header,
            around,
            block: Block { start, length, right_justified: format & 0x04 != 0 },
        })
    }

    /// The VERIFY with the PIN in it; `None` when the PIN is too short or too long.
    fn verify(&self, pin: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let Block { start, length, right_justified } = self.block;
        if !self.digits.contains(&pin.len()) {
            return None;
        }
        // Capacity for all of it: a vector that grows would leave a copy of the PIN behind.
        let mut apdu = Zeroizing::new(Vec::with_capacity(5 + self.around.len().max(pin.len())));
        apdu.extend(self.header);
        if length == 0 || self.around.is_empty() {
            apdu.push(u8::try_from(pin.len()).ok()?);
            apdu.extend(pin);
            return Some(apdu);
        }
        let left_over = length.checked_sub(pin.len())?;
        let start = 5 + start + if right_justified { left_over } else { 0 };
        apdu.push(u8::try_from(self.around.len()).ok()?);
        apdu.extend(self.around);
        apdu[start..start + pin.len()].copy_from_slice(pin);
        Some(apdu)
    }
}
