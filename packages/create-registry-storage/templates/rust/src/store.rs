use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// What the store has for a key.
#[derive(Clone)]
pub struct StoredObject {
    pub content: Arc<[u8]>,
    /// Milliseconds of Unix time.
    pub mod_time: i64,
    /// Another one for other bytes: an `ETag`, a generation, a hash.
    pub version: String,
}

/// All that the driver asks of its store: objects by their keys. Here they are in memory: put the calls of your store in their
/// place, which then also answer a `Result`. "No right" is `Internal` and "not now" is `Unavailable`; neither may look as if
/// the object were not there. A clone is the same store.
#[derive(Clone, Default)]
pub struct Store {
    objects: Arc<Mutex<BTreeMap<String, StoredObject>>>,
}

impl Store {
    pub fn find(&self, key: &str) -> Option<StoredObject> {
        self.lock().get(key).cloned()
    }

    /// Replaces the whole of an object, at once and durably.
    pub fn save(&self, key: &str, content: &[u8]) {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let object = StoredObject {
            content: content.into(),
            mod_time: i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            version: since.as_nanos().to_string(),
        };
        self.lock().insert(key.to_owned(), object);
    }

    /// No object is no error.
    pub fn remove(&self, key: &str) {
        self.lock().remove(key);
    }

    /// The keys that begin so, in any order.
    pub fn keys(&self, prefix: &str) -> Vec<String> {
        self.lock().keys().filter(|key| key.starts_with(prefix)).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, StoredObject>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
