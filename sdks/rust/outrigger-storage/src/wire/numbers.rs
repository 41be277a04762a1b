use serde::de::{self, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

/// The greatest integer that every JSON parser takes exactly.
pub(crate) const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// An integer from 0 to 2^53 - 1; a fraction of zero is one too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Natural(pub u64);

impl Natural {
    /// Absent for a number that is none.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "it is an exact integer"
    )]
    pub(crate) fn of(number: f64) -> Option<Self> {
        let is_safe = number.fract() == 0.0 && (0.0..=MAX_SAFE_INTEGER as f64).contains(&number);
        is_safe.then_some(Self(number as u64))
    }
}

impl<'de> Deserialize<'de> for Natural {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Integer;
        impl Visitor<'_> for Integer {
            type Value = Natural;
            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an integer from 0 to 2^53 - 1")
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Natural, E> {
                let is_safe = value <= MAX_SAFE_INTEGER;
                is_safe
                    .then_some(Natural(value))
                    .ok_or_else(|| E::invalid_value(Unexpected::Unsigned(value), &self))
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Natural, E> {
                Natural::of(value).ok_or_else(|| E::invalid_value(Unexpected::Float(value), &self))
            }
        }
        deserializer.deserialize_any(Integer)
    }
}

/// How many entries a page may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit(pub usize);

pub(crate) const MAX_PAGE_ENTRIES: usize = 1000;

impl Default for Limit {
    fn default() -> Self {
        Self(MAX_PAGE_ENTRIES)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let limit = usize::try_from(Natural::deserialize(deserializer)?.0).unwrap_or(usize::MAX);
        if (1..=MAX_PAGE_ENTRIES).contains(&limit) {
            Ok(Self(limit))
        } else {
            Err(de::Error::custom("limit is 1 to 1000"))
        }
    }
}
