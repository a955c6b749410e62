//! Tones: for whoever does not look at the screen, and for staff who are not there.
//!
//! All of them lie between 500 and 1,050 Hz, where old ears still hear well.

use std::{
    f32::consts::TAU,
    fmt,
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError},
    thread,
    time::Duration,
};

use alsa::{
    Direction, ValueOr,
    pcm::{Access, Format, HwParams, PCM},
};
use kiosk_core::{Shown, look::Volume, screen::Tone};
use log::warn;

/// Samples a second.
const RATE: u32 = 48_000;
/// So much is written at once: what is to end ends after this.
const CHUNK: usize = RATE as usize / 20;
/// Between two rounds of a tone that repeats.
const PAUSE: Duration = Duration::from_millis(1_500);
/// A note begins and ends softly: without it the loudspeaker clicks.
const FADE: f32 = 0.01;

/// One note; silence at 0 Hz.
struct Note {
    hertz: f32,
    seconds: f32,
}

const fn note(hertz: f32, milliseconds: u16) -> Note {
    Note { hertz, seconds: milliseconds as f32 / 1000.0 }
}

fn notes(tone: Tone) -> &'static [Note] {
    const CALL: [Note; 5] =
        [note(784.0, 250), note(0.0, 60), note(659.0, 250), note(0.0, 60), note(523.0, 450)];
    const TAKE_CARD: [Note; 3] = [note(988.0, 150), note(0.0, 90), note(988.0, 150)];
    const RESULT: [Note; 2] = [note(659.0, 150), note(880.0, 300)];
    const SORRY: [Note; 2] = [note(659.0, 200), note(523.0, 350)];
    match tone {
        Tone::Call => &CALL,
        Tone::TakeCard => &TAKE_CARD,
        Tone::Result => &RESULT,
        Tone::Sorry => &SORRY,
    }
}

/// The highest sample, of [`i16::MAX`].
fn peak(volume: Volume) -> f32 {
    let share = match volume {
        Volume::Off => 0.0,
        Volume::Low => 0.06,
        Volume::Middle => 0.2,
        Volume::High => 0.6,
    };
    share * f32::from(i16::MAX)
}

/// One round of a tone, one channel.
fn samples(tone: Tone, volume: Volume) -> Vec<i16> {
    let peak = peak(volume);
    let mut samples = Vec::new();
    for note in notes(tone) {
        let count = (note.seconds * RATE as f32) as u32;
        samples.extend((0..count).map(|at| {
            let time = at as f32 / RATE as f32;
            let edge = (time.min(note.seconds - time) / FADE).min(1.0);
            (peak * edge * (TAU * note.hertz * time).sin()) as i16
        }));
    }
    samples
}

/// What is to be heard from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wanted {
    tone: Tone,
    volume: Volume,
}

/// Plays what pages sound like, on a thread of its own.
pub struct Tones {
    wanted: Sender<Option<Wanted>>,
    last: Option<Wanted>,
}

impl Tones {
    /// `device` as ALSA names it; `default` is the first sound card. A device that is not
    /// there is tried again with every tone: it may be plugged in.
    pub fn start(device: &str) -> Self {
        let (wanted, told) = mpsc::channel();
        let device = device.to_owned();
        thread::spawn(move || play_all(&device, &told));
        Self { wanted, last: None }
    }

    /// Takes the tone of what is shown. The same tone does not begin anew.
    pub fn follow(&mut self, shown: &Shown) {
        let volume = shown.look.volume;
        let tone = shown.tone().filter(|_| volume != Volume::Off);
        let wanted = tone.map(|tone| Wanted { tone, volume });
        self.say(wanted);
    }

    fn say(&mut self, wanted: Option<Wanted>) {
        if wanted != self.last {
            self.last = wanted;
            // The thread ends when this does.
            let _ = self.wanted.send(wanted);
        }
    }
}

impl fmt::Debug for Tones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tones({:?})", self.last)
    }
}

fn play_all(device: &str, told: &Receiver<Option<Wanted>>) {
    let mut has_warned = false;
    let mut next = told.recv();
    while let Ok(wanted) = next {
        let Some(Wanted { tone, volume }) = wanted else {
            next = told.recv();
            continue;
        };
        match play(device, &samples(tone, volume), told) {
            Ok(Some(other)) => {
                next = Ok(other);
                continue;
            }
            Ok(None) => {}
            Err(problem) if !has_warned => {
                has_warned = true;
                warn!("no tone can be heard: the sound card {device}: {problem}");
            }
            Err(_) => {}
        }
        next = match tone.repeats() {
            true => match told.recv_timeout(PAUSE) {
                Err(RecvTimeoutError::Timeout) => Ok(wanted),
                other => other.map_err(|_| mpsc::RecvError),
            },
            false => told.recv(),
        };
    }
}

/// Gives what is wanted instead, when that comes before the end.
fn play(
    device: &str,
    samples: &[i16],
    told: &Receiver<Option<Wanted>>,
) -> Result<Option<Option<Wanted>>, alsa::Error> {
    let card = open(device)?;
    let io = card.io_i16()?;
    for chunk in samples.chunks(CHUNK) {
        match told.try_recv() {
            Ok(other) => return card.drop().map(|()| Some(other)),
            Err(TryRecvError::Disconnected) => return card.drop().map(|()| Some(None)),
            Err(TryRecvError::Empty) => {}
        }
        let mut rest = chunk;
        while !rest.is_empty() {
            match io.writei(rest) {
                Ok(written) => rest = &rest[written..],
                // The machine was busy, and the card had nothing to play.
                Err(problem) => card.try_recover(problem, true)?,
            }
        }
    }
    card.drain()?;
    Ok(None)
}

fn open(device: &str) -> Result<PCM, alsa::Error> {
    let card = PCM::new(device, Direction::Playback, false)?;
    {
        let parameters = HwParams::any(&card)?;
        parameters.set_access(Access::RWInterleaved)?;
        parameters.set_format(Format::s16())?;
        parameters.set_channels(1)?;
        parameters.set_rate(RATE, ValueOr::Nearest)?;
        card.hw_params(&parameters)?;
    }
    Ok(card)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path, time::Instant};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[test]
    fn louder_is_louder_and_off_is_silence() {
        let highest = |volume| samples(Tone::Call, volume).iter().map(|it| it.abs()).max();
        let loudness = [Volume::Off, Volume::Low, Volume::Middle, Volume::High].map(highest);
        assert_eq!(loudness[0], Some(0));
        assert!(loudness.is_sorted() && loudness[3] < Some(i16::MAX), "{loudness:?}");
    }

    #[test]
    fn tones_are_told_apart_and_begin_and_end_softly() {
        let all = [Tone::Call, Tone::TakeCard, Tone::Result, Tone::Sorry]
            .map(|tone| samples(tone, Volume::High));
        for (at, tone) in all.iter().enumerate() {
            assert_eq!(tone[0], 0);
            assert!(tone[tone.len() - 1].abs() < 500);
            assert!(tone.len() < RATE as usize * 3 / 2, "shorter than a breath");
            assert!(all[at + 1..].iter().all(|other| other != tone));
        }
    }

    /// What libasound wrote into the file.
    fn heard(file: &Path, enough: impl Fn(usize) -> bool) -> Vec<u8> {
        let late = Instant::now() + PATIENCE;
        loop {
            let heard = fs::read(file).unwrap_or_default();
            if enough(heard.len()) || Instant::now() > late {
                return heard;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    #[test]
    fn a_tone_goes_through_alsa_and_a_call_goes_on_until_it_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("heard");
        let device = format!("tee:null,{},raw", file.display());
        let mut tones = Tones::start(&device);
        let round = samples(Tone::Call, Volume::Middle);
        tones.say(Some(Wanted { tone: Tone::Call, volume: Volume::Middle }));
        let bytes: Vec<u8> = round.iter().flat_map(|it| it.to_le_bytes()).collect();
        // The file is written anew for each round.
        assert_eq!(heard(&file, |length| length >= bytes.len()), bytes);
        fs::remove_file(&file).expect("one round was heard");
        assert_eq!(heard(&file, |length| length >= bytes.len()), bytes);
        tones.say(None);
        thread::sleep(PAUSE * 2);
        fs::remove_file(&file).expect("the last round");
        thread::sleep(PAUSE * 2);
        assert!(!file.exists(), "it is still to be heard");
    }

    #[test]
    fn a_missing_sound_card_stops_nothing() {
        let mut tones = Tones::start("no such card");
        for tone in [Tone::Result, Tone::Sorry] {
            tones.say(Some(Wanted { tone, volume: Volume::High }));
        }
        drop(tones);
    }
}
