//! What must be the same after all that was tried: the picture, pixel by pixel; every process, with
//! no new one; no new socket; no other mount.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use crate::{
    descendants,
    image::{
        crash::{self, Process, Socket},
        machine::Running,
        memory::Memory,
        qmp,
        tree::Tree,
    },
    stop::Stop,
};

/// What is on its way to the panel is there by then.
const DRAWN: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(200);
/// A process that is about to end, or a name that is being looked up, is gone by then.
const GONE: Duration = Duration::from_secs(10);
/// So many times is waited for that.
const TURNS: u32 = 3;
/// Ports from here on are nobody's: the kernel hands them out.
const HANDED_OUT: u16 = 32_768;

/// A unit as it was before.
pub(crate) struct Before<'a> {
    tools: &'a Tree,
    folder: PathBuf,
    /// As it was, and as it is for who uses a keyboard.
    pages: Vec<Vec<u8>>,
    pub(crate) running: crash::Running,
    pictures: usize,
}

impl<'a> Before<'a> {
    /// Looks at a unit whose page stands still. Pictures go to `folder`.
    pub(crate) fn look(
        machine: &mut Running,
        tools: &'a Tree,
        folder: &Path,
    ) -> Result<Self, Stop> {
        let pages = vec![machine.qmp.look()?];
        let running = Memory::of(machine, tools)?.running;
        Ok(Self { tools, folder: folder.to_owned(), pages, running, pictures: 0 })
    }

    /// The page shows that it heard a key: where its focus is. It may from now on.
    ///
    /// Errors: it does not; nothing that is pressed would be heard.
    pub(crate) fn shows_focus(&mut self, machine: &mut Running) -> Result<(), Stop> {
        let began = Instant::now();
        while began.elapsed() < DRAWN {
            thread::sleep(LOOK);
            let seen = machine.qmp.look()?;
            if !self.pages.contains(&seen) && seen == machine.qmp.look()? {
                self.pages.push(seen);
                return Ok(());
            }
        }
        Err(Stop::Failed("no key is heard: there is nothing to try with".to_owned()))
    }

    /// The page is what it was.
    ///
    /// Errors: another one is to be seen, and does not go.
    pub(crate) fn same_page(&mut self, machine: &mut Running, what: &str) -> Result<(), Stop> {
        let began = Instant::now();
        while !self.pages.contains(&machine.qmp.look()?) {
            if descendants::interrupted() {
                return Err(Stop::Interrupted);
            }
            if began.elapsed() > DRAWN {
                let file = self.picture(machine, "another")?;
                return Err(Stop::Failed(format!(
                    "{what}: the page is not what it was; see {}",
                    file.display()
                )));
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }

    /// A page of the kiosk is to be seen, whichever.
    ///
    /// Errors: firmware, a console, or nothing.
    pub(crate) fn some_page(&mut self, machine: &mut Running, what: &str) -> Result<(), Stop> {
        match qmp::is_page(&machine.qmp.look()?) {
            true => Ok(()),
            false => {
                let file = self.picture(machine, "no-page")?;
                Err(Stop::Failed(format!("{what}: no page of ours; see {}", file.display())))
            }
        }
    }

    /// Nothing runs, listens or is mounted that was not before, and nothing ended.
    ///
    /// Errors: something does; with its name.
    pub(crate) fn same_memory(&self, machine: &mut Running, what: &str) -> Result<Memory, Stop> {
        let mut turns = 0;
        loop {
            let memory = Memory::of(machine, self.tools)?;
            let news = news(&self.running, &memory.running);
            turns += 1;
            match news.is_empty() {
                true => return Ok(memory),
                false if turns < TURNS => thread::sleep(GONE),
                false => return Err(Stop::Failed(format!("{what}:\n{}", news.join("\n")))),
            }
        }
    }

    /// The next picture.
    pub(crate) fn picture(&mut self, machine: &mut Running, name: &str) -> Result<PathBuf, Stop> {
        self.pictures += 1;
        let file = self.folder.join(format!("{:02}-{}.png", self.pictures, name.replace(' ', "-")));
        machine.qmp.picture(&file)?;
        Ok(file)
    }
}

/// What differs, in words.
fn news(before: &crash::Running, now: &crash::Running) -> Vec<String> {
    let mut news = Vec::new();
    let (old, new) = (processes(before), processes(now));
    news.extend(new.difference(&old).map(|it| format!("  {} runs (process {})", it.name, it.pid)));
    news.extend(old.difference(&new).map(|it| format!("  {} ended (process {})", it.name, it.pid)));
    let (old, new) = (sockets(before), sockets(now));
    news.extend(new.difference(&old).map(|it| {
        let (name, kind, from, to) = it;
        format!("  {name} has a socket: {kind} {from} {to}")
    }));
    let mounts = |it: &crash::Running| it.mounts.iter().cloned().collect::<BTreeSet<_>>();
    let (old, new) = (mounts(before), mounts(now));
    let word = |mount: &crash::Mount| format!("{} of {}", mount.folder, mount.device);
    news.extend(new.difference(&old).map(|it| format!("  {} is mounted", word(it))));
    news.extend(old.difference(&new).map(|it| format!("  {} is mounted no more", word(it))));
    news
}

/// All but udevd's own that carry out its rules: they come with a device, and go.
fn processes(running: &crash::Running) -> BTreeSet<Process> {
    let all = &running.processes;
    let udevd = all.iter().find(|it| it.name == "systemd-udevd" && it.parent == 1);
    let is_worker = |it: &&Process| {
        it.name == "(udev-worker)" && udevd.is_some_and(|udevd| it.parent == udevd.pid)
    };
    all.iter().filter(|it| !is_worker(it)).cloned().collect()
}

/// Who has what, by name.
fn sockets(running: &crash::Running) -> BTreeSet<(String, String, String, String)> {
    let processes = processes(running);
    let named = |socket: &Socket| {
        let owner = processes.iter().find(|it| it.pid == socket.pid)?;
        let from = match socket.from.rsplit_once('-') {
            Some((address, port)) if is_handed_out(port) => format!("{address}-any"),
            _ => socket.from.clone(),
        };
        Some((owner.name.clone(), socket.kind.clone(), from, socket.to.clone()))
    };
    running.sockets.iter().filter_map(named).collect()
}

fn is_handed_out(port: &str) -> bool {
    port.parse().is_ok_and(|port: u16| port >= HANDED_OUT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::crash::Mount;

    fn process(pid: u32, name: &str) -> Process {
        Process { pid, parent: 1, name: name.to_owned() }
    }

    fn socket(pid: u32, kind: &str, from: &str, to: &str) -> Socket {
        let [kind, from, to] = [kind, from, to].map(str::to_owned);
        Socket { pid, kind, from, to }
    }

    fn running() -> crash::Running {
        let text = str::to_owned;
        crash::Running {
            processes: [(1, "systemd"), (85, "systemd-udevd"), (89, "kiosk")]
                .map(|(pid, name)| process(pid, name))
                .to_vec(),
            sockets: vec![socket(89, "INET:STREAM", "10.0.2.15-40001", "10.0.2.2-443")],
            mounts: vec![Mount {
                kind: text("erofs"),
                device: text("/dev/root"),
                folder: text("/"),
            }],
            log: Vec::new(),
            used_mb: 0.0,
        }
    }

    #[track_caller]
    fn told(change: impl FnOnce(&mut crash::Running), news_of_it: &[&str]) {
        let mut now = running();
        change(&mut now);
        assert_eq!(news(&running(), &now), news_of_it);
    }

    #[test]
    fn what_is_new_is_told() {
        told(|_| {}, &[]);
        told(|now| now.processes.push(process(200, "sh")), &["  sh runs (process 200)"]);
        told(|now| drop(now.processes.pop()), &["  kiosk ended (process 89)"]);
        let again = ["  kiosk runs (process 201)", "  kiosk ended (process 89)"];
        told(
            |now| {
                now.processes[2].pid = 201;
                now.sockets[0].pid = 201;
            },
            &again,
        );
        let listens = socket(89, "INET:STREAM", "0.0.0.0-22", "0.0.0.0-0");
        let words = "  kiosk has a socket: INET:STREAM 0.0.0.0-22 0.0.0.0-0";
        told(|now| now.sockets.push(listens), &[words]);
        told(|now| drop(now.mounts.pop()), &["  / of /dev/root is mounted no more"]);
        let mut stick = running().mounts;
        stick[0].device = "/dev/sda".to_owned();
        told(|now| now.mounts.extend(stick), &["  / of /dev/sda is mounted"]);
    }

    #[test]
    fn what_comes_and_goes_every_day_is_not() {
        let worker = |parent| Process { parent, ..process(300, "(udev-worker)") };
        told(|now| now.processes.push(worker(85)), &[]);
        let words = "  (udev-worker) runs (process 300)";
        told(|now| now.processes.push(worker(89)), &[words]);
        told(|now| now.sockets[0].from = "10.0.2.15-50123".to_owned(), &[]);
        told(|now| drop(now.sockets.pop()), &[]);
    }
}
