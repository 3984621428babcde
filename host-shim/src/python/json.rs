//! Python values straight to JSON text: what a handler returns becomes the reply's `data` without a tree in between.

use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use serde::ser::{Error, Serialize, SerializeMap, SerializeSeq, Serializer};

/// The key whose value a handler may leave as bytes; they become base64 here.
const PICTURE_KEY: &str = "base64";

/// Appends `data`, a handler's dictionary, to `line`.
///
/// # Errors
/// `TypeError` or `ValueError` for a value that JSON does not have, with its place where that is known.
pub fn append_data(data: &Bound<'_, PyDict>, line: &mut Vec<u8>) -> PyResult<()> {
    line.push(b'{');
    for (position, (key, value)) in data.iter().enumerate() {
        if position > 0 {
            line.push(b',');
        }
        let key = key.cast::<PyString>()?.to_str()?;
        append_json(&key, line)?;
        line.push(b':');
        if key == PICTURE_KEY && !value.is_instance_of::<PyString>() {
            append_picture(&value, line)?;
        } else {
            append_json(&Json(&value), line)
                .map_err(|error| pyo3::exceptions::PyTypeError::new_err(format!("in the reply's `{key}`: {error}")))?;
        }
    }
    line.push(b'}');
    Ok(())
}

fn append_json(value: &impl Serialize, line: &mut Vec<u8>) -> PyResult<()> {
    serde_json::to_writer(line, value).map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))
}

/// Encodes the bytes where the line is, so that a picture is copied once.
fn append_picture(value: &Bound<'_, PyAny>, line: &mut Vec<u8>) -> PyResult<()> {
    line.push(b'"');
    if let Ok(bytes) = value.cast::<PyBytes>() {
        base64_simd::STANDARD.encode_append(bytes.as_bytes(), line);
    } else {
        let buffer = PyBuffer::<u8>::get(value)?;
        if !buffer.is_c_contiguous() {
            return Err(pyo3::exceptions::PyBufferError::new_err("the picture's bytes do not lie in one piece"));
        }
        // SAFETY: the buffer is contiguous, and this thread holds the interpreter's lock, which a writer would need.
        let bytes = unsafe { std::slice::from_raw_parts(buffer.buf_ptr().cast::<u8>(), buffer.len_bytes()) };
        base64_simd::STANDARD.encode_append(bytes, line);
    }
    line.push(b'"');
    Ok(())
}

/// A Python value that serialises as the JSON of the same shape.
struct Json<'a, 'py>(&'a Bound<'py, PyAny>);

impl Serialize for Json<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.0;
        if let Ok(text) = value.cast::<PyString>() {
            serializer.serialize_str(text.to_str().map_err(S::Error::custom)?)
        } else if let Ok(number) = value.cast::<PyFloat>() {
            match number.value() {
                number if number.is_finite() => serializer.serialize_f64(number),
                number => Err(S::Error::custom(format!("{number} has no JSON form"))),
            }
        } else if let Ok(truth) = value.cast::<PyBool>() {
            serializer.serialize_bool(truth.is_true())
        } else if value.is_instance_of::<PyInt>() {
            match value.extract::<i64>() {
                Ok(number) => serializer.serialize_i64(number),
                Err(_) => serializer.serialize_u64(value.extract().map_err(S::Error::custom)?),
            }
        } else if value.is_none() {
            serializer.serialize_unit()
        } else if let Ok(mapping) = value.cast::<PyDict>() {
            let mut map = serializer.serialize_map(Some(mapping.len()))?;
            for (key, value) in mapping.iter() {
                let key = key.cast::<PyString>().map_err(S::Error::custom)?;
                map.serialize_entry(key.to_str().map_err(S::Error::custom)?, &Json(&value))?;
            }
            map.end()
        } else if let Ok(items) = value.cast::<PyList>() {
            sequence(serializer, items.len(), items.iter())
        } else if let Ok(items) = value.cast::<PyTuple>() {
            sequence(serializer, items.len(), items.iter())
        } else {
            Err(S::Error::custom(format!("a value of type {} has no JSON form", value.get_type())))
        }
    }
}

fn sequence<'py, S: Serializer>(
    serializer: S,
    length: usize,
    items: impl Iterator<Item = Bound<'py, PyAny>>,
) -> Result<S::Ok, S::Error> {
    let mut sequence = serializer.serialize_seq(Some(length))?;
    for item in items {
        sequence.serialize_element(&Json(&item))?;
    }
    sequence.end()
}
