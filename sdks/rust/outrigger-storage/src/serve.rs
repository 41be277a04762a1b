//! The whole of a driver's `main`.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::process::ExitCode;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use rustix::io::fcntl_dupfd_cloexec;
use rustix::stdio;
use serde_json::{Map, Value};
use signal_hook::consts::SIGTERM;
use signal_hook::iterator::Signals;

use crate::factory::DriverFactory;
use crate::log;
use crate::session::{End, Session};

/// A driver that cannot give everything back within this time ends all the same; the protocol allows 2 s.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(1800);

/// A usage that is none of a driver's (`EX_USAGE`).
const USAGE: u8 = 64;

/// Serves one host on stdin and stdout, until `exit`, the end of stdin or SIGTERM; what it returns is for `main` to
/// return at once. Whatever else the program prints goes to stderr.
///
/// Arguments: `--describe` prints the description, `--version` name and version; otherwise argument 1 is the JSON map of
/// parameters.
pub fn serve(factory: impl DriverFactory + 'static) -> ExitCode {
    let description = factory.describe();
    let argument = std::env::args_os().nth(1).map(|argument| argument.to_string_lossy().into_owned());
    match argument.as_deref() {
        Some("--describe") => return print(&description.to_json().to_string()),
        Some("--version") => return print(&format!("{} {}", description.name, description.version)),
        _ => {}
    }
    let Some(parameters) = parse_argument(argument.as_deref()) else {
        eprintln!(
            "registry-storage-{}: argument 1 is the JSON map of the parameters, or --describe",
            description.name
        );
        return USAGE.into();
    };
    match run(Box::new(factory), parameters) {
        Ok(code) => code,
        Err(error) => {
            log::error(&format!("cannot start: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(factory: Box<dyn DriverFactory>, parameters: Map<String, Value>) -> io::Result<ExitCode> {
    let (input, output) = take_streams()?;
    tame_panics();
    let session = Session::new(factory, parameters, File::from(output))?;
    end_on_signal(&session)?;
    let listening = Arc::clone(&session);
    thread::Builder::new().name("input".into()).spawn(move || listening.listen(File::from(input)))?;
    let end = session.wait();
    let code = match &end {
        End::Orderly => ExitCode::SUCCESS,
        End::WithoutShutdown => ExitCode::FAILURE,
        End::Violation(why) => {
            eprintln!("the host broke the protocol: {why}");
            ExitCode::FAILURE
        }
    };
    close_in_time(session);
    Ok(code)
}

/// Takes stdin and stdout for the protocol alone: what other code reads or prints does not reach it, and no child
/// inherits it.
fn take_streams() -> io::Result<(OwnedFd, OwnedFd)> {
    let input = fcntl_dupfd_cloexec(stdio::stdin(), 3)?;
    let output = fcntl_dupfd_cloexec(stdio::stdout(), 3)?;
    stdio::dup2_stdin(File::open("/dev/null")?)?;
    stdio::dup2_stdout(stdio::stderr())?;
    Ok((input, output))
}

/// A panic of a driver is one line of the log; the request that it happened in is answered with `Internal`.
fn tame_panics() {
    std::panic::set_hook(Box::new(|info| log::error(&format!("panic: {info}"))));
}

fn end_on_signal(session: &Arc<Session>) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM])?;
    let session = Arc::clone(session);
    thread::Builder::new().name("signals".into()).stack_size(64 * 1024).spawn(move || {
        if signals.forever().next().is_some() {
            session.end(End::Orderly);
        }
    })?;
    Ok(())
}

fn close_in_time(session: Arc<Session>) {
    let (done, closed) = mpsc::channel();
    let closing = thread::Builder::new().name("close".into()).spawn(move || {
        session.close();
        session.flush();
        let _ = done.send(());
    });
    if closing.is_ok() {
        let _ = closed.recv_timeout(CLOSE_TIMEOUT);
    }
}

fn print(line: &str) -> ExitCode {
    let printed = writeln!(io::stdout().lock(), "{line}");
    if printed.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A map, or nothing; anything else is no argument of a driver.
fn parse_argument(argument: Option<&str>) -> Option<Map<String, Value>> {
    match argument.map(serde_json::from_str) {
        None => Some(Map::new()),
        Some(Ok(Value::Object(parameters))) => Some(parameters),
        Some(_) => None,
    }
}
