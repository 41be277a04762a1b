//! `initialize`.

use std::sync::{Arc, PoisonError};

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::Session;
use super::answer::{Refusal, result_frame};
use super::context::Context;
use super::operations::parse_params;
use super::probe::Probe;
use crate::driver::{Capabilities, StorageDriver};
use crate::factory::{StartError, planes_of, switches_of};
use crate::framing::Id;
use crate::log;
use crate::parameters::{Issue, Parameters, secrets_in};
use crate::wire::{InitializeParams, Place};

const PROTOCOL_VERSION: i64 = 1;

impl Session {
    pub(super) fn initialize(&self, id: &Id, params: Option<&RawValue>) -> Result<Vec<u8>, Refusal> {
        let params: InitializeParams = parse_params("initialize", params)?;
        if !params.protocol_versions.contains(&PROTOCOL_VERSION) {
            return Err(Refusal::NoCommonVersion);
        }
        let driver = self.create(params.parameters.as_ref().unwrap_or(&self.parameters))?;
        let capabilities = driver.capabilities();
        let probe = leave_probe(&capabilities, &params);
        let result = self.result(&capabilities, probe.as_ref());
        self.calls.set_most(driver.parallel_calls());
        self.streams.set_most(params.limits.streams);
        *self.probe() = probe;
        let context =
            Context { driver, capabilities, limits: params.limits, socket_path: params.socket_path };
        *self.context.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(context));
        result_frame(id, &result)
    }

    fn create(&self, given: &serde_json::Map<String, Value>) -> Result<Arc<dyn StorageDriver>, Refusal> {
        let known = &self.description.parameters;
        log::hide(secrets_in(known, given));
        let parameters = Parameters::check(known, given).map_err(Refusal::Parameters)?;
        match self.factory.create(&parameters) {
            Ok(driver) => Ok(Arc::from(driver)),
            Err(StartError::Storage(error)) => Err(error.into()),
            Err(StartError::Parameters(mut invalid)) => {
                if invalid.issues.is_empty() {
                    invalid.issues.push(Issue::new("", "cannot be used"));
                }
                Err(Refusal::Parameters(invalid))
            }
        }
    }

    fn result(&self, capabilities: &Capabilities, probe: Option<&Probe>) -> Value {
        let mut declared = switches_of(capabilities);
        if capabilities.local_files() {
            declared["roots"] = capabilities.local_roots.iter().map(|root| root.to_string_lossy()).collect();
        }
        let mut result = json!({
            "protocolVersion": PROTOCOL_VERSION,
            "driver": { "name": self.description.name, "version": self.description.version },
            "capabilities": declared,
            "dataPlanes": planes_of(capabilities),
        });
        if let Some(probe) = probe {
            result["probe"] = json!(Place::from(&probe.place));
        }
        result
    }
}

fn leave_probe(capabilities: &Capabilities, params: &InitializeParams) -> Option<Probe> {
    let root = capabilities.local_roots.first()?;
    let wanted = params.data_planes.iter().any(|plane| plane == "file");
    Probe::leave(root, params.nonce.as_deref().filter(|_| wanted)?)
}
