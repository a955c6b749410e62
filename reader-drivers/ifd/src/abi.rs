//! The functions pcscd calls: pointers in, pointers out, and nothing else.
//!
//! IFD handler API 3.0 as pcsc-lite has it on Linux: `DWORD` is `unsigned long`,
//! `RESPONSECODE` is `long`. Three rules hold for every export: a panic stops here (it
//! would end pcscd, and with it every reader), a length that is given back is 0 on
//! every error, and a null pointer is refused.
#![expect(unsafe_code, reason = "the one place where pcscd's pointers are read and written")]

use std::collections::BTreeMap;
use std::error::Error as _;
use std::ffi::{CStr, CString, c_char, c_int, c_long, c_ulong};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{mem, ptr, slice};

use crate::codes::{CARD_PRESENT, Refusal, SUCCESS, power, tag};
use crate::device::Device;
use crate::pin_pad::control;

#[cfg(test)]
mod tests;

/// Readers one load of this library serves; pcscd itself stops at 16.
const MOST_READERS: u8 = 16;
/// Longest ATR (ISO 7816-3): the buffer that comes with `IFDHPowerICC`.
const LONGEST_ATR: usize = 33;
/// Longest command or answer pcscd passes (`MAX_BUFFER_SIZE_EXTENDED`).
const LONGEST_APDU: usize = 65_548;
/// The header of an answer says which protocol it came by.
const T1: c_ulong = 1;
/// `SCARD_PROTOCOL_T1`, for the choice of a protocol.
const CHOOSE_T1: c_ulong = 2;
/// `PCSC_LOG_CRITICAL`: shown at every log level of pcscd.
const CRITICAL: c_int = 3;

/// `SCARD_IO_HEADER`.
#[derive(Clone, Copy)]
#[repr(C)]
struct IoHeader {
    protocol: c_ulong,
    length: c_ulong,
}

/// By Lun.
static DEVICES: Mutex<BTreeMap<c_ulong, Arc<Device>>> = Mutex::new(BTreeMap::new());

fn devices<T>(look: impl FnOnce(&mut BTreeMap<c_ulong, Arc<Device>>) -> T) -> T {
    look(&mut DEVICES.lock().unwrap_or_else(PoisonError::into_inner))
}

fn device(lun: c_ulong) -> Result<Arc<Device>, Refusal> {
    devices(|devices| devices.get(&lun).cloned()).ok_or(Refusal::NoReader)
}

/// Runs `work`; a panic in it becomes a communication error.
fn guarded(work: impl FnOnce() -> Result<u16, Refusal>) -> c_long {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(code)) => c_long::from(code),
        Ok(Err(refusal)) => c_long::from(refusal as u16),
        Err(_) => {
            log("the virtual reader has a bug: a request of pcscd panicked");
            c_long::from(Refusal::Communication as u16)
        }
    }
}

/// Where an answer goes: a buffer of the caller's and the length that is told.
struct Answer {
    buffer: *mut u8,
    room: usize,
    length: *mut c_ulong,
}

impl Answer {
    /// Sets the length to 0, as it stays unless [`Answer::give`] succeeds.
    ///
    /// # Safety
    /// `length` is null or writable; `buffer` is null or has `room` writable bytes.
    unsafe fn new(buffer: *mut u8, room: usize, length: *mut c_ulong) -> Self {
        if !length.is_null() {
            // SAFETY: not null, and the caller promises that it is writable.
            unsafe { *length = 0 };
        }
        Self { buffer, room, length }
    }

    /// Like [`Answer::new`], for calls where the length tells the room on entry.
    ///
    /// # Safety
    /// `length` is null or valid; `buffer` is null or has `*length` writable bytes.
    unsafe fn sized(buffer: *mut u8, length: *mut c_ulong, most: usize) -> Self {
        // SAFETY: read only when not null; the caller promises that it is valid.
        let room = if length.is_null() { 0 } else { unsafe { *length } };
        let room = usize::try_from(room).unwrap_or(usize::MAX).min(most);
        // SAFETY: the caller promises `*length` bytes, and `room` is not more.
        unsafe { Self::new(buffer, room, length) }
    }

    fn give(self, bytes: &[u8]) -> Result<u16, Refusal> {
        if self.length.is_null() || (self.buffer.is_null() && !bytes.is_empty()) {
            return Err(Refusal::Communication);
        }
        if bytes.len() > self.room {
            return Err(Refusal::ShortBuffer);
        }
        let length = c_ulong::try_from(bytes.len()).expect("not longer than a buffer");
        // SAFETY: `buffer` has `room >= bytes.len()` bytes (or nothing is copied), `length`
        // is not null, and `new` was promised that both are writable. `bytes` is ours.
        unsafe {
            if !bytes.is_empty() {
                ptr::copy_nonoverlapping(bytes.as_ptr(), self.buffer, bytes.len());
            }
            *self.length = length;
        }
        Ok(SUCCESS)
    }
}

/// # Safety
/// `bytes` is null or has `length` readable bytes that nobody changes during `'a`.
unsafe fn input<'a>(bytes: *const u8, length: c_ulong) -> Result<&'a [u8], Refusal> {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length > LONGEST_APDU || (bytes.is_null() && length > 0) {
        return Err(Refusal::Communication);
    }
    if length == 0 {
        return Ok(&[]);
    }
    // SAFETY: not null, and the caller promises `length` readable bytes.
    Ok(unsafe { slice::from_raw_parts(bytes, length) })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn IFDHCreateChannelByName(lun: c_ulong, name: *mut c_char) -> c_long {
    guarded(|| {
        if name.is_null() {
            return Err(Refusal::Communication);
        }
        // SAFETY: not null, and pcscd passes a string that ends in 0 and outlives the call.
        let name = unsafe { CStr::from_ptr(name) }.to_string_lossy();
        open(lun, &name)
    })
}

fn open(lun: c_ulong, name: &str) -> Result<u16, Refusal> {
    if devices(|devices| devices.contains_key(&lun)) {
        return Err(Refusal::Communication);
    }
    match Device::open(name, log) {
        Ok(device) => {
            devices(|devices| devices.insert(lun, Arc::new(device)));
            Ok(SUCCESS)
        }
        Err(error) => {
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            log(&format!("no virtual reader: {error}{cause}"));
            Err(Refusal::Communication)
        }
    }
}

/// Without DEVICENAME there is no folder and so no card.
#[unsafe(no_mangle)]
extern "C" fn IFDHCreateChannel(_lun: c_ulong, _channel: c_ulong) -> c_long {
    guarded(|| {
        log("no virtual reader: reader.conf needs DEVICENAME virtual:FOLDER");
        Err(Refusal::Communication)
    })
}

#[unsafe(no_mangle)]
extern "C" fn IFDHCloseChannel(lun: c_ulong) -> c_long {
    guarded(|| {
        let device = devices(|devices| devices.remove(&lun)).ok_or(Refusal::NoReader)?;
        // Also when a command hangs in there and holds the device: it ends now.
        device.close();
        Ok(SUCCESS)
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn IFDHGetCapabilities(
    lun: c_ulong,
    tag: c_ulong,
    length: *mut c_ulong,
    value: *mut u8,
) -> c_long {
    guarded(|| {
        // SAFETY: pcscd passes a buffer and how long it is.
        let answer = unsafe { Answer::sized(value, length, LONGEST_APDU) };
        let device = device(lun)?;
        match tag {
            tag::ATR => answer.give(&device.reader.atr()),
            tag::THREAD_SAFE | tag::SLOTS => answer.give(&[1]),
            tag::SLOT_THREAD_SAFE => answer.give(&[0]),
            tag::READERS => answer.give(&[MOST_READERS]),
            tag::POLLING_WITH_TIMEOUT => {
                let wait: extern "C" fn(c_ulong, c_int) -> c_long = wait_for_event;
                answer.give(&(wait as usize).to_ne_bytes())
            }
            tag::STOP_POLLING => {
                let wake: extern "C" fn(c_ulong) -> c_long = wake;
                answer.give(&(wake as usize).to_ne_bytes())
            }
            _ => Err(Refusal::UnknownTag),
        }
    })
}

/// Always a success: pcscd would sleep 400 ms after anything else.
extern "C" fn wait_for_event(lun: c_ulong, patience_ms: c_int) -> c_long {
    guarded(|| {
        let patience = Duration::from_millis(u64::try_from(patience_ms).unwrap_or(0));
        device(lun)?.reader.wait_for_event(patience);
        Ok(SUCCESS)
    })
}

extern "C" fn wake(lun: c_ulong) -> c_long {
    guarded(|| {
        device(lun)?.reader.wake();
        Ok(SUCCESS)
    })
}

#[unsafe(no_mangle)]
extern "C" fn IFDHSetCapabilities(
    _lun: c_ulong,
    _tag: c_ulong,
    _length: c_ulong,
    _value: *mut u8,
) -> c_long {
    c_long::from(Refusal::UnknownTag as u16)
}

#[unsafe(no_mangle)]
extern "C" fn IFDHSetProtocolParameters(
    lun: c_ulong,
    protocol: c_ulong,
    _flags: u8,
    _pts1: u8,
    _pts2: u8,
    _pts3: u8,
) -> c_long {
    guarded(|| {
        device(lun)?;
        if protocol == CHOOSE_T1 { Ok(SUCCESS) } else { Err(Refusal::WrongProtocol) }
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn IFDHPowerICC(
    lun: c_ulong,
    action: c_ulong,
    atr: *mut u8,
    length: *mut c_ulong,
) -> c_long {
    guarded(|| {
        // SAFETY: pcscd passes a buffer and how long it is (33).
        let answer = unsafe { Answer::sized(atr, length, LONGEST_ATR) };
        let action = power(action).ok_or(Refusal::NotSupported)?;
        answer.give(&device(lun)?.reader.power(action)?)
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn IFDHTransmitToICC(
    lun: c_ulong,
    _send: IoHeader,
    command: *mut u8,
    command_length: c_ulong,
    answer: *mut u8,
    answer_length: *mut c_ulong,
    receive: *mut IoHeader,
) -> c_long {
    guarded(|| {
        // SAFETY: pcscd passes a buffer and how long it is.
        let answer = unsafe { Answer::sized(answer, answer_length, LONGEST_APDU) };
        // SAFETY: pcscd passes the command and its length, and waits for the answer.
        let command = unsafe { input(command, command_length) }?;
        let device = device(lun)?;
        let done = answer.give(&device.reader.transmit(command)?)?;
        if !receive.is_null() {
            let length = mem::size_of::<IoHeader>() as c_ulong;
            // SAFETY: not null, and pcscd's own structure.
            unsafe { receive.write(IoHeader { protocol: T1, length }) };
        }
        Ok(done)
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn IFDHControl(
    lun: c_ulong,
    code: c_ulong,
    request: *mut u8,
    request_length: c_ulong,
    answer: *mut u8,
    answer_room: c_ulong,
    answer_length: *mut c_ulong,
) -> c_long {
    guarded(|| {
        let room = usize::try_from(answer_room).unwrap_or(usize::MAX).min(LONGEST_APDU);
        // SAFETY: pcscd passes a buffer of that room and a place for the length.
        let answer = unsafe { Answer::new(answer, room, answer_length) };
        // SAFETY: pcscd passes the request and its length, and waits for the answer.
        let request = unsafe { input(request, request_length) }?;
        answer.give(&control(&device(lun)?.reader, code, request)?)
    })
}

#[unsafe(no_mangle)]
extern "C" fn IFDHICCPresence(lun: c_ulong) -> c_long {
    guarded(|| match device(lun)?.reader.presence()? {
        true => Ok(CARD_PRESENT),
        false => Err(Refusal::NoCard),
    })
}

/// Writes to pcscd's log. Never with anything a card said or heard.
fn log(text: &str) {
    type LogMessage = unsafe extern "C" fn(c_int, *const c_char, ...);
    let Ok(text) = CString::new(text) else { return };
    // SAFETY: a name that ends in 0; the default handle looks through what is loaded.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"log_msg".as_ptr()) };
    if found.is_null() {
        return; // not inside pcscd: a unit test
    }
    // SAFETY: pcscd exports `void log_msg(int priority, const char *format, ...)` to handlers.
    let log_msg: LogMessage = unsafe { mem::transmute(found) };
    // SAFETY: the format takes one string, and one is passed; both end in 0.
    unsafe { log_msg(CRITICAL, c"%s".as_ptr(), text.as_ptr()) };
}
