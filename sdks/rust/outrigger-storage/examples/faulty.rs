//! A driver for the tests of the library: it panics, hangs, prints and gives secrets away, as real ones may.

use std::io::{self, Read};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;

use outrigger_storage::{
    Body, Call, CancelGuard, Capabilities, Content, Description, DriverFactory, ErrorCode, FileInfo,
    ListOptions, ListPage, Parameter, Parameters, ReadOptions, Result, StartError, StorageDriver,
    StorageError, StorePath, Writer, WriterOptions, log,
};

fn main() -> ExitCode {
    outrigger_storage::serve(Faulty)
}

struct Faulty;

impl DriverFactory for Faulty {
    fn describe(&self) -> Description {
        Description {
            name: "faulty",
            version: "1.2.3",
            parameters: vec![
                Parameter::text("secretkey", "is given away").secret(),
                Parameter::path("gate", "a socket: who connects waits until it is closed"),
            ],
            environment: &["FAULTY_*"],
            capabilities: Capabilities::default(),
        }
    }

    fn create(&self, parameters: &Parameters) -> Result<Box<dyn StorageDriver>, StartError> {
        let text = |name: &str| parameters.text(name).unwrap_or_default().to_owned();
        let driver = FaultyDriver { secret: text("secretkey"), gate: text("gate") };
        assert!(driver.secret != "panic secret", "with {}", driver.secret);
        if driver.secret == "refused secret" {
            return Err(StorageError::new(ErrorCode::Internal, "the server took no 'refused secret'").into());
        }
        Ok(Box::new(driver))
    }
}

struct FaultyDriver {
    secret: String,
    gate: String,
}

impl FaultyDriver {
    /// Until the test closes its end.
    fn wait_at_gate(&self) -> io::Result<()> {
        UnixStream::connect(&self.gate)?.read_to_end(&mut Vec::new()).map(drop)
    }

    fn fail<T>(&self) -> Result<T> {
        Err(StorageError::new(
            ErrorCode::Unavailable,
            format!("the server said: no such key {}", self.secret),
        ))
    }
}

/// A backend that does not answer.
struct Stuck {
    gate: UnixStream,
    _wanted: CancelGuard,
}

impl Read for Stuck {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.gate.read(into)
    }
}

impl StorageDriver for FaultyDriver {
    fn parallel_calls(&self) -> usize {
        2
    }

    fn stat(&self, path: StorePath<'_>, call: &Call) -> Result<FileInfo> {
        match path.as_str() {
            "/panic" => panic!("with {}", self.secret),
            "/print" => println!("a line of println"),
            "/log" => log::warn(&format!("a key: {}", self.secret)),
            "/long" => {
                let words = format!("{} {}", self.secret, "\u{e9}".repeat(2_000_000));
                return Err(StorageError::new(ErrorCode::Unavailable, words.as_str()).with_path(words));
            }
            "/hang" => drop(self.wait_at_gate()),
            "/trace" => log::info(call.traceparent().unwrap_or("none")),
            _ => {}
        }
        self.fail()
    }

    fn list(&self, _path: StorePath<'_>, _options: &ListOptions<'_>, _call: &Call) -> Result<ListPage> {
        self.fail()
    }

    /// `/stuck` gives a little, and then nothing until nobody wants it any more; `/short` less than it says.
    fn read(&self, path: StorePath<'_>, _options: &ReadOptions<'_>, call: &Call) -> Result<Content> {
        let body: Box<dyn Read + Send> = match path.as_str() {
            "/endless" => Box::new(io::repeat(7)),
            "/stuck" => {
                let gate = UnixStream::connect(&self.gate)?;
                let wake = gate.try_clone()?;
                let wanted = call.on_cancel(move || drop(wake.shutdown(Shutdown::Both)));
                Box::new(io::repeat(7).take(100_000).chain(Stuck { gate, _wanted: wanted }))
            }
            "/short" => Box::new(io::repeat(7).take(100_000)),
            _ => return self.fail(),
        };
        Ok(Content { size: 1 << 40, mod_time: 0, version: None, body: Body::Reader(body) })
    }

    fn put(&self, _path: StorePath<'_>, _content: &[u8], _call: &Call) -> Result<()> {
        Ok(self.wait_at_gate()?)
    }

    fn writer(
        &self,
        _path: StorePath<'_>,
        _options: &WriterOptions,
        _call: &Call,
    ) -> Result<Box<dyn Writer>> {
        self.fail()
    }

    fn rename(&self, _source: StorePath<'_>, _destination: StorePath<'_>, _call: &Call) -> Result<()> {
        self.fail()
    }

    fn delete(&self, _path: StorePath<'_>, _call: &Call) -> Result<()> {
        self.fail()
    }
}
