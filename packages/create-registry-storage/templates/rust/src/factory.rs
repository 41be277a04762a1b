use outrigger_storage::{
    Capabilities, Description, DriverFactory, InvalidParameters, Issue, Parameter, Parameters, StartError,
    StorageDriver, log,
};

use crate::driver::Driver;

/// Makes the driver of its parameters.
pub struct Factory;

impl DriverFactory for Factory {
    /// What `--describe` prints.
    fn describe(&self) -> Description {
        Description {
            name: "__NAME__",
            version: env!("CARGO_PKG_VERSION"),
            // The parameters of yours take the place of bucket. What nobody may see gets `.secret()`.
            parameters: vec![Parameter::text("bucket", "Where everything goes.").required()],
            // Variables that the driver wants to see, such as "EXAMPLE_*".
            environment: &[],
            // What it can do besides, as `Driver::capabilities` says it too. What is said is tested.
            capabilities: Capabilities::default(),
        }
    }

    fn create(&self, parameters: &Parameters) -> Result<Box<dyn StorageDriver>, StartError> {
        let bucket = parameters.text("bucket").unwrap_or_default();
        if !is_bucket(bucket) {
            // The message says what is expected, never what was given.
            let issue = Issue::new("bucket", "must be 3 to 63 of a-z, 0-9, dots and dashes");
            return Err(InvalidParameters::from(issue).into());
        }
        log::info(&format!("bucket {bucket} is open"));
        Ok(Box::new(Driver::default()))
    }
}

fn is_bucket(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.bytes().all(|byte| is_letter(byte) || byte == b'.' || byte == b'-')
        && name.bytes().next().is_some_and(is_letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_has_a_name() {
        assert!(is_bucket("test-bucket"));
        for bad in ["", "ab", "-ab", "HUNTER2", "a/b"] {
            assert!(!is_bucket(bad), "{bad}");
        }
    }
}
