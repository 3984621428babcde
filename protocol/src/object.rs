//! A JSON object read into a struct. An error is data, not only a sentence: it names the field at fault.

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde_path_to_error::{Path, Segment, Track};
use std::fmt::{self, Display};
use std::marker::PhantomData;

/// What is wrong with which field of a payload.
#[derive(Debug, PartialEq)]
pub(crate) struct FieldError {
    /// The field's place from the root of the request: `payload.bbox[2]`.
    pub(crate) field: String,
    /// The sentence for a person.
    pub(crate) message: String,
}

impl FieldError {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }

    fn of_member(name: &str, message: String) -> Self {
        Self::new(format!("payload.{name}"), message)
    }
}

impl Display for FieldError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.field, self.message)
    }
}

impl std::error::Error for FieldError {}

/// What a struct's `Deserialize` reports about its fields. Errors in their values come from [`Fields`].
impl de::Error for FieldError {
    fn custom<T: Display>(message: T) -> Self {
        Self::new("payload", message.to_string())
    }

    fn missing_field(name: &'static str) -> Self {
        Self::of_member(name, format!("missing field `{name}`"))
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::of_member(name, format!("duplicate field `{name}`"))
    }

    fn unknown_field(name: &str, expected: &'static [&'static str]) -> Self {
        let message = match expected {
            [] => format!("unknown field `{name}`; this command takes none"),
            _ => format!("unknown field `{name}`; this command takes {}", expected.join(", ")),
        };
        Self::of_member(name, message)
    }
}

/// Reads a payload. `json` is well-formed JSON.
pub(crate) fn payload<T: DeserializeOwned>(json: &str) -> Result<T, FieldError> {
    let mut error = None;
    let visitor = Object { error: &mut error, payload: PhantomData };
    let outcome = serde_json::Deserializer::from_str(json).deserialize_map(visitor);
    outcome.map_err(|_| error.unwrap_or_else(|| FieldError::new("payload", "`payload` must be an object")))
}

struct Object<'a, T> {
    /// Set where reading fails: the deserializer's own type of error has no room for a field.
    error: &'a mut Option<FieldError>,
    payload: PhantomData<T>,
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Object<'_, T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(Fields { map, name: String::new() })).map_err(|error| {
            *self.error = Some(error);
            de::Error::custom("a field is at fault")
        })
    }
}

/// The members of an object, whose errors name the member.
struct Fields<A> {
    map: A,
    /// The member that is being read.
    name: String,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Fields<A> {
    type Error = FieldError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, FieldError> {
        let name = self.map.next_key().map_err(|error| FieldError::new("payload", without_position(&error)))?;
        let Some(name) = name else { return Ok(None) };
        self.name = name;
        seed.deserialize(self.name.as_str().into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, FieldError> {
        let mut track = Track::new();
        let value = self.map.next_value_seed(Tracked { seed, track: &mut track });
        value.map_err(|error| {
            let place = format!("{}{}", self.name, steps(&track.path()));
            FieldError::of_member(&place, without_position(&error))
        })
    }
}

/// Reads a value and keeps the path to where it failed.
struct Tracked<'a, V> {
    seed: V,
    track: &'a mut Track,
}

impl<'de, V: DeserializeSeed<'de>> DeserializeSeed<'de> for Tracked<'_, V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.seed.deserialize(serde_path_to_error::Deserializer::new(deserializer, self.track))
    }
}

fn steps(path: &Path) -> String {
    let step = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("[{index}]"),
        Segment::Map { key } => format!(".{key}"),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    };
    path.iter().map(step).collect()
}

/// The message of an error of `serde_json`, which ends with a line and a column within the payload: the caller can't see those.
/// Nothing depends on it: where the library words them differently, they stay.
fn without_position(error: &impl Display) -> String {
    let message = error.to_string();
    match message.rfind(" at line ") {
        Some(end) => message[..end].to_owned(),
        None => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{ExtractEvidence, Ping};

    fn fault<T: DeserializeOwned + fmt::Debug>(json: &str) -> (String, String) {
        let error = payload::<T>(json).unwrap_err();
        (error.field, error.message)
    }

    #[test]
    fn errors_name_the_field_and_say_what_was_expected() {
        let whole = r#""file_path":"/a.pdf","page_index":0,"bbox":[0,0,1,1]"#;
        let rows = [
            (r#"{"file_path":"/a.pdf"}"#.to_owned(), "payload.page_index", "missing field `page_index`"),
            (format!(r#"{{{whole},"dpi":72,"dpi":72}}"#), "payload.dpi", "duplicate field `dpi`"),
            (format!(r#"{{{whole},"dpi":"72"}}"#), "payload.dpi", r#"invalid type: string "72", expected f64"#),
            (r#"{"bbox":[0,0,true,1]}"#.to_owned(), "payload.bbox[2]", "invalid type: boolean `true`, expected f64"),
            (r#"{"bbox":[0,0]}"#.to_owned(), "payload.bbox", "invalid length 2, expected an array of length 4"),
            ("[]".to_owned(), "payload", "`payload` must be an object"),
            ("null".to_owned(), "payload", "`payload` must be an object"),
        ];
        for (json, field, message) in rows {
            assert_eq!(fault::<ExtractEvidence>(&json), (field.to_owned(), message.to_owned()), "{json}");
        }
        let (field, message) = fault::<ExtractEvidence>(r#"{"colour":"red at line 4"}"#);
        assert_eq!(field, "payload.colour");
        assert!(message.starts_with("unknown field `colour`; this command takes file_path, password,"), "{message}");
        assert_eq!(fault::<Ping>(r#"{"x":1}"#).1, "unknown field `x`; this command takes none");
    }
}
