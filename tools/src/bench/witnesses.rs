//! The same work by other programs: select, certificate, PIN, signature.

use std::{fs, path::PathBuf, process::Command, time::Instant};

use super::{figures::Figures, surroundings::Surroundings};
use crate::{places, program::ask, stop::Stop};

const PIN: &str = "1234";

/// OpenSC's pkcs11-tool and the crate myna-card, on the card without latency for their
/// commands and on the slow one for their time.
pub(crate) fn measure(at: &mut Surroundings, figures: &mut Figures) -> Result<(), Stop> {
    let folder = at.scratch("witnesses")?;
    fs::write(folder.join("message"), "資格確認").map_err(Stop::because(folder.display()))?;
    let module = pkcs11_module()?.display().to_string();
    // `--read-object` with `--sign`: one program run, one session, both done.
    let pkcs11 = [
        "pkcs11-tool",
        "--module",
        &module,
        "--login",
        "--pin",
        PIN,
        "--id",
        "1",
        "--type",
        "cert",
        "--read-object",
        "--sign",
        "-m",
        "SHA256-RSA-PKCS",
        "--input-file",
        "message",
        "--output-file",
        "signature",
    ];
    let myna = places::release("examples/myna_card")?.display().to_string();
    let myna = [myna.as_str(), PIN, "message", "signature"];
    let (apdus, _) = repeat(at, &folder, "shikaku-taro", &pkcs11)?;
    figures.add("pkcs11_tool_apdus", "commands of pkcs11-tool", apdus);
    let (apdus, _) = repeat(at, &folder, "shikaku-taro", &myna)?;
    figures.tell("commands of myna-card", apdus);
    let (_, times) = repeat(at, &folder, "slow", &pkcs11)?;
    figures.tell("20 ms a command: pkcs11-tool, ms", times);
    let (_, times) = repeat(at, &folder, "slow", &myna)?;
    figures.tell("20 ms a command: myna-card, ms", times);
    Ok(())
}

/// Commands and milliseconds of each run, from the program's start to its end.
fn repeat(
    at: &Surroundings,
    folder: &std::path::Path,
    card: &str,
    words: &[&str],
) -> Result<(Vec<f64>, Vec<f64>), Stop> {
    let (mut apdus, mut times) = (Vec::new(), Vec::new());
    for _ in 0..at.repeats {
        at.office.insert(card)?;
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).current_dir(folder);
        command.env("PCSCLITE_CSOCK_NAME", at.office.pcscd());
        let began = Instant::now();
        let done = ask(&format!("run {}", words[0]), &mut command, "");
        times.push(began.elapsed().as_secs_f64() * 1000.0);
        apdus.push(at.apdus()?);
        at.office.remove()?;
        done?;
    }
    Ok((apdus, times))
}

/// Debian keeps it in the folder of the machine's architecture.
fn pkcs11_module() -> Result<PathBuf, Stop> {
    let folders = fs::read_dir("/usr/lib").map_err(Stop::because("/usr/lib"))?;
    let mut modules = folders.flatten().map(|folder| folder.path().join("opensc-pkcs11.so"));
    let module = modules.find(|module| module.exists());
    module.ok_or_else(|| Stop::ByHand("opensc-pkcs11.so: apt-get install opensc-pkcs11".into()))
}
