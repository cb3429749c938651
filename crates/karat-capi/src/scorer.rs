//! The handle: loading, freeing, and what a model says of itself.

use crate::guard::{guard, guard_status};
use crate::status::{
    KARAT_STATUS_INVALID_ARGUMENT, KARAT_STATUS_NULL_POINTER, KARAT_STATUS_OK, KARAT_STATUS_PANIC,
    KARAT_STATUS_SCHEMA, Status,
};
use crate::text::{NameTables, bytes_of, c_string, write_message};
use karat_scorer::{Error, Result, Scorer};
use std::ffi::{CString, c_char, c_void};
use std::path::PathBuf;

/// A loaded model. Never changes; opaque.
#[derive(Debug)]
pub struct Handle {
    pub(crate) scorer: Scorer,
    names: NameTables,
    model_id: CString,
    schema_id: u64,
}

impl Handle {
    fn new(scorer: Scorer) -> Result<Handle> {
        Ok(Handle {
            names: NameTables::of(scorer.model())?,
            model_id: c_string(scorer.model_id())?,
            schema_id: scorer.schema().id(),
            scorer,
        })
    }
}

/// The scorer behind a pointer given by C.
///
/// # Safety
/// `scorer` is NULL or came from a load and has not been freed.
pub(crate) unsafe fn handle<'a>(scorer: *const Handle) -> std::result::Result<&'a Handle, Status> {
    // SAFETY: as the caller vouches; a scorer is never changed, so sharing it is sound.
    unsafe { scorer.as_ref() }.ok_or(KARAT_STATUS_NULL_POINTER)
}

/// Load the model file `path` (a path of your system; UTF-8 on Windows) and replay the probe rows in it.
///
///     out     receives the scorer; it is yours: give it to karat_scorer_free once. NULL on failure.
///     errbuf  receives a message for people, cut to errlen bytes with its NUL; "" on success. May be
///             NULL. 512 bytes hold every message but those that quote long paths.
///
/// KARAT_STATUS_IO, _FORMAT, _UNSUPPORTED and _NUMERICS say what is wrong with the file. Loading takes
/// microseconds to milliseconds, so do it at start-up and share the scorer between your threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn karat_scorer_open(
    path: *const c_char,
    out: *mut *mut Handle,
    errbuf: *mut c_char,
    errlen: usize,
) -> Status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        deliver(out, errbuf, errlen, || {
            let path = bytes_of(path).map_err(|status| (status, "`path` is NULL".to_owned()))?;
            let path = system_path(path).map_err(failure)?;
            Scorer::open(path).and_then(Handle::new).map_err(failure)
        })
    }
}

/// The same from the `len` bytes of a model file at `data`, which may be freed afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn karat_scorer_load(
    data: *const c_void,
    len: usize,
    out: *mut *mut Handle,
    errbuf: *mut c_char,
    errlen: usize,
) -> Status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        deliver(out, errbuf, errlen, || {
            if data.is_null() {
                return Err((KARAT_STATUS_NULL_POINTER, "`data` is NULL".to_owned()));
            }
            if isize::try_from(len).is_err() {
                let error = Error::argument("len", "must be a length that memory can have", len);
                return Err(failure(error));
            }
            let bytes = std::slice::from_raw_parts(data.cast::<u8>(), len);
            Scorer::from_bytes(bytes).and_then(Handle::new).map_err(failure)
        })
    }
}

type Failure = (Status, String);

#[allow(clippy::needless_pass_by_value, reason = "an adapter for map_err")]
fn failure(error: Error) -> Failure {
    (error.kind() as Status, error.to_string())
}

/// Runs a load and hands out its scorer or its message.
///
/// # Safety
/// `out` is NULL or may be written; `errbuf` is NULL or may be written for `errlen` bytes.
unsafe fn deliver(
    out: *mut *mut Handle,
    errbuf: *mut c_char,
    errlen: usize,
    load: impl FnOnce() -> std::result::Result<Handle, Failure>,
) -> Status {
    let panicked = || (KARAT_STATUS_PANIC, "defect inside karat: please report it".to_owned());
    let (scorer, (status, message)) = if out.is_null() {
        (std::ptr::null_mut(), (KARAT_STATUS_NULL_POINTER, "`out` is NULL".to_owned()))
    } else {
        match guard(Err(panicked()), load) {
            Ok(handle) => (Box::into_raw(Box::new(handle)), (KARAT_STATUS_OK, String::new())),
            Err(failure) => (std::ptr::null_mut(), failure),
        }
    };
    // SAFETY: `out` is checked for NULL here, `errbuf` there; both are the caller's to be written.
    unsafe {
        if !out.is_null() {
            out.write_unaligned(scorer);
        }
        write_message(errbuf, errlen, &message);
    }
    status
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "other systems can fail here")]
fn system_path(bytes: &[u8]) -> Result<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Ok(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
}

#[cfg(not(unix))]
fn system_path(bytes: &[u8]) -> Result<PathBuf> {
    match std::str::from_utf8(bytes) {
        Ok(path) => Ok(PathBuf::from(path)),
        Err(_) => Err(Error::argument("path", "must be UTF-8", String::from_utf8_lossy(bytes))),
    }
}

/// Free a scorer and every string it lent. No other thread may still use it. NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn karat_scorer_free(scorer: *mut Handle) {
    if !scorer.is_null() {
        guard((), || {
            // SAFETY: it came from `Box::into_raw` in `deliver`, and the caller gives it up here, once.
            drop(unsafe { Box::from_raw(scorer) });
        });
    }
}

/// Position of the field `name` in a row. Resolve every column once, at start-up, by name: column orders
/// change. KARAT_STATUS_SCHEMA if the model has no such field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn karat_scorer_field_index(
    scorer: *const Handle,
    name: *const c_char,
    out: *mut usize,
) -> Status {
    guard_status(|| {
        // SAFETY: the pointers are the caller's, as the header asks.
        let (handle, name) = unsafe { (handle(scorer)?, bytes_of(name)?) };
        if out.is_null() {
            return Err(KARAT_STATUS_NULL_POINTER);
        }
        let mut fields = handle.scorer.schema().fields().iter();
        let position = fields.position(|field| field.name.as_bytes() == name).ok_or(KARAT_STATUS_SCHEMA)?;
        // SAFETY: not NULL, and the caller's to be written.
        unsafe { out.write_unaligned(position) };
        Ok(())
    })
}

/// The number that stands for the category `label` in a row, for the categorical field at position
/// `field`. KARAT_STATUS_SCHEMA if the model does not know the label: put -1.0 into the row, which scores
/// it as missing and sets KARAT_FLAG_UNSEEN. KARAT_STATUS_INVALID_ARGUMENT if the field is numeric or the
/// model has no such position; asking for "" thus tells categorical fields from numeric ones.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn karat_scorer_category(
    scorer: *const Handle,
    field: usize,
    label: *const c_char,
    out: *mut f64,
) -> Status {
    guard_status(|| {
        // SAFETY: the pointers are the caller's, as the header asks.
        let (handle, label) = unsafe { (handle(scorer)?, bytes_of(label)?) };
        if out.is_null() {
            return Err(KARAT_STATUS_NULL_POINTER);
        }
        let field = handle.scorer.schema().fields().get(field).ok_or(KARAT_STATUS_INVALID_ARGUMENT)?;
        let categories = field.categories();
        if categories.is_empty() {
            return Err(KARAT_STATUS_INVALID_ARGUMENT);
        }
        let code =
            categories.iter().position(|known| known.as_bytes() == label).ok_or(KARAT_STATUS_SCHEMA)?;
        // SAFETY: not NULL, and the caller's to be written.
        unsafe { out.write_unaligned(code as f64) };
        Ok(())
    })
}

/// Fingerprint of the names, units, kinds and order of the fields: equal fingerprints mean equal rows.
/// Compare it at start-up if your program was written for one layout. 0 if scorer is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn karat_scorer_schema_id(scorer: *const Handle) -> u64 {
    // SAFETY: the pointer is the caller's, as the header asks.
    guard(0, || unsafe { handle(scorer) }.map_or(0, |handle| handle.schema_id))
}

/// SHA-256 that ends the model file, 64 hexadecimal digits: store it beside every score you keep. The string
/// lives as long as the scorer. NULL if scorer is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn karat_scorer_model_id(scorer: *const Handle) -> *const c_char {
    // SAFETY: the pointer is the caller's, as the header asks.
    let id = || unsafe { handle(scorer) }.map_or(std::ptr::null(), |handle| handle.model_id.as_ptr());
    guard(std::ptr::null(), id)
}

/// How many there are of
///
///     'f' fields of a row      'i' indicators           'd' dimensions of the index
///     'g' grades               't' types                's' segments
///     'l' life-cycle stages    'a' actions              'r' rules
///     'p' points of an explanation: the indicators, then the penalty rules
///     'n' forecasts             'o' outputs of all forecasts, called forecast.output
///
/// 0 for what the model does not have, for another letter, and if scorer is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn karat_scorer_count(scorer: *const Handle, what: c_char) -> usize {
    // SAFETY: the pointer is the caller's, as the header asks.
    guard(0, || unsafe { handle(scorer) }.map_or(0, |handle| handle.names.table(what).len()))
}

/// Name of number `id` of them: karat_scorer_name(scorer, 'g', score.grade). The string lives as long as
/// the scorer. NULL beyond the count, so also for KARAT_NONE, and if scorer is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn karat_scorer_name(scorer: *const Handle, what: c_char, id: u32) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the pointer is the caller's, as the header asks.
        let Ok(handle) = (unsafe { handle(scorer) }) else { return std::ptr::null() };
        let name = usize::try_from(id).ok().and_then(|id| handle.names.table(what).get(id));
        name.map_or(std::ptr::null(), |name| name.as_ptr())
    })
}
