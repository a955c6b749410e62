//! `result-receiver`: makes its keys, lets kiosks in, and takes their results.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "its answers are read by people and by programs")]

use std::{error::Error, fs, io, net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand, ValueEnum};
use result_receiver::{document, folder::Folder, keys, kiosk_id, serve::Server};
use time::OffsetDateTime;

/// Takes the results of Shikaku Kiosks for the receipt computer of the reception.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes what is needed before the first start; prints the file that kiosks pin.
    Keys(Keys),
    /// Lets kiosks send, by the device ids that they show at デバイス情報.
    Admit(Admit),
    /// Serves until it is told to end; prints `listening URL` when ready.
    Serve(Serve),
}

#[derive(Args)]
struct Keys {
    /// The receiver's own folder; made if it is not there.
    #[arg(long)]
    folder: PathBuf,
    /// A name or address by which kiosks reach this PC; may be given several times.
    #[arg(long, required = true)]
    name: Vec<String>,
    /// The CAs that vouch for kiosks (PEM): the file that kiosks pin for their gateway.
    #[arg(long)]
    gateway_ca: PathBuf,
}

#[derive(Args)]
struct Admit {
    /// The receiver's own folder.
    #[arg(long)]
    folder: PathBuf,
    #[arg(required = true, value_parser = kiosk_id)]
    ids: Vec<String>,
}

#[derive(Args)]
struct Serve {
    /// The receiver's own folder.
    #[arg(long)]
    folder: PathBuf,
    /// Address and port; port 0 takes a free one.
    #[arg(long, default_value = "0.0.0.0:8444")]
    listen: SocketAddr,
    /// The folder that the receipt computer watches.
    #[arg(long)]
    into: PathBuf,
    /// How the receipt computer wants its files.
    #[arg(long, value_enum)]
    encoding: Encoding,
}

#[derive(Clone, Copy, ValueEnum)]
enum Encoding {
    #[value(name = "utf-8")]
    Utf8,
    #[value(name = "shift_jis")]
    ShiftJis,
}

#[tokio::main]
async fn main() -> ExitCode {
    // Only our own lines: HTTP and TLS libraries write bodies to their traces.
    env_logger::Builder::new().filter_module("result_receiver", log::LevelFilter::Info).init();
    match run(Arguments::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Keys(it) => {
            let gateway_ca = fs::read_to_string(&it.gateway_ca)
                .map_err(|error| format!("{}: {error}", it.gateway_ca.display()))?;
            let folder = Folder::open(&it.folder)?;
            keys::make(&folder, &it.name, &gateway_ca, OffsetDateTime::now_utc())?;
            println!("{}", folder.ca().display());
        }
        Command::Admit(it) => Folder::open(&it.folder)?.admit(&it.ids)?,
        Command::Serve(it) => serve(it).await?,
    }
    Ok(())
}

async fn serve(it: Serve) -> Result<(), Box<dyn Error>> {
    let folder = Folder::open(&it.folder)?;
    let encoding = match it.encoding {
        Encoding::Utf8 => document::Encoding::Utf8,
        Encoding::ShiftJis => document::Encoding::ShiftJis,
    };
    let server = Server::bind(&folder, it.listen, &it.into, encoding).await?;
    let end = end()?;
    println!("listening https://localhost:{}", server.address()?.port());
    server.run(end).await;
    Ok(())
}

/// Over when the receiver is told to end.
#[cfg(unix)]
fn end() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Over when the receiver is told to end.
#[cfg(not(unix))]
fn end() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without it the receiver runs until it is ended by force; no file suffers from that.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
