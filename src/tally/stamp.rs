//! How a point in time is saved: as seconds and nanoseconds since 1970, or as nothing.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::event::Timestamp;

/// For `#[serde(with = "…")]`.
pub(crate) fn serialize<S: Serializer>(
    time: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let parts = time.map(|time| (time.seconds(), time.subsec_nanos()));
    parts.serialize(serializer)
}

/// For `#[serde(with = "…")]`.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    let Some((seconds, nanos)) = Option::<(i64, u32)>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let time = Timestamp::new(seconds, nanos);
    let time = time.ok_or_else(|| de::Error::custom("no time is outside the years 1 to 9999"))?;
    Ok(Some(time))
}
