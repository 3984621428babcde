//! Low integrity and no privileges: what this process may write ends in the folders that are labelled low. Reading stays open.
//!
//! Source: "Mandatory Integrity Control" and "Designing Applications to Run at a Low Integrity Level" of the Windows documentation.

use crate::confinement::{Outcome, Plan};
use std::ffi::c_void;
use std::fs::{File, OpenOptions};
use std::io;
use std::mem;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::Path;
use windows::Win32::Foundation::{HANDLE, HLOCAL, LocalFree};
use windows::Win32::Security::Authorization::{
    ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1, SE_FILE_OBJECT, SetSecurityInfo,
};
use windows::Win32::Security::{
    AdjustTokenPrivileges, CreateWellKnownSid, DuplicateTokenEx, GetLengthSid, GetSecurityDescriptorSacl,
    GetTokenInformation, LABEL_SECURITY_INFORMATION, LUID_AND_ATTRIBUTES, PSECURITY_DESCRIPTOR, PSID, RevertToSelf,
    SE_PRIVILEGE_REMOVED, SECURITY_MAX_SID_SIZE, SID_AND_ATTRIBUTES, SecurityImpersonation, SetTokenInformation,
    TOKEN_ACCESS_MASK, TOKEN_ADJUST_DEFAULT, TOKEN_ADJUST_PRIVILEGES, TOKEN_DUPLICATE, TOKEN_IMPERSONATE,
    TOKEN_MANDATORY_LABEL, TOKEN_PRIVILEGES, TOKEN_QUERY, TokenImpersonation, TokenIntegrityLevel, TokenPrivileges,
    WinLowLabelSid,
};
use windows::Win32::Storage::FileSystem::{FILE_FLAG_BACKUP_SEMANTICS, WRITE_OWNER};
use windows::Win32::System::SystemServices::SE_GROUP_INTEGRITY;
use windows::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken, SetThreadToken};
use windows::core::w;

/// A file that is made to see who may write, and removed again.
const CANARY: &str = "tach-canary";

/// `SE_CHANGE_NOTIFY_PRIVILEGE` (`wdm.h`).
const CHANGE_NOTIFY: u32 = 23;

/// A worker without a supervisor makes a folder of its own later, where only its present level may write.
const NO_FOLDER: &str = "no folder for images was named";

/// Takes the privileges of this process, labels the folders of `plan` low, and lowers this process to that level.
///
/// The level cannot be raised again: a thread tries it first, and the process follows only where it can still write its images.
pub(super) fn confine(plan: &Plan) -> Outcome {
    let prepared = prepare(plan);
    let privileges = match drop_privileges() {
        Ok(()) => "privileges dropped".to_owned(),
        Err(error) => format!("privileges kept ({error})"),
    };
    let integrity = match prepared.and_then(lower) {
        Ok(true) => "low integrity".to_owned(),
        Ok(false) => "low integrity asked for and not enforced by this system".to_owned(),
        Err(reason) => format!("no low integrity ({reason})"),
    };
    // Not all layers: code in this process may read files and use the network.
    Outcome {
        is_confined: false,
        report: format!("Windows: {integrity}, {privileges}; files can be read and the network stays open"),
    }
}

/// The folder for images, labelled low, as the others that may be written, and tried.
fn prepare(plan: &Plan) -> Result<&Path, String> {
    let images = plan.images.as_deref().ok_or(NO_FOLDER)?;
    for folder in plan.writable.iter().map(AsRef::as_ref).chain([images]) {
        label_low(folder).map_err(because("its folder cannot be labelled"))?;
    }
    try_as_thread(images).map_err(because("its folder could not be written at that level"))?;
    Ok(images)
}

/// Lowers this process. Tells whether the system enforces the level.
fn lower(images: &Path) -> Result<bool, String> {
    let own = own_token(TOKEN_QUERY | TOKEN_ADJUST_DEFAULT).map_err(because("its token cannot be opened"))?;
    set_low(raw(&own)).map_err(because("its level cannot be set"))?;
    // SAFETY: this is the only thread.
    unsafe {
        // The temporary files of libraries go where they can.
        std::env::set_var("TMP", images);
        std::env::set_var("TEMP", images);
    }
    Ok(images.parent().is_none_or(|above| write_canary(above).is_err()))
}

fn because(what: &'static str) -> impl Fn(io::Error) -> String {
    move |error| format!("{what}: {error}")
}

/// Sees whether a thread of low integrity can write in `folder`.
fn try_as_thread(folder: &Path) -> io::Result<()> {
    let own = own_token(TOKEN_DUPLICATE | TOKEN_QUERY)?;
    let access = TOKEN_ADJUST_DEFAULT | TOKEN_IMPERSONATE | TOKEN_QUERY;
    let mut copy = HANDLE::default();
    // SAFETY: the token is open; the new handle becomes ours below.
    let copied = unsafe {
        DuplicateTokenEx(raw(&own), access, None, SecurityImpersonation, TokenImpersonation, &raw mut copy)?;
        OwnedHandle::from_raw_handle(copy.0)
    };
    set_low(raw(&copied))?;
    // SAFETY: an open token of impersonation, for this thread, which gives it back below.
    unsafe { SetThreadToken(None, Some(raw(&copied)))? };
    let written = write_canary(folder);
    // SAFETY: no pointers.
    unsafe { RevertToSelf()? };
    written
}

fn write_canary(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!("{CANARY}-{}", std::process::id()));
    File::create_new(&path)?;
    std::fs::remove_file(&path)
}

/// Puts a label of low integrity on a folder and on what will be in it.
fn label_low(folder: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let open = options.access_mode(WRITE_OWNER.0).custom_flags(FILE_FLAG_BACKUP_SEMANTICS.0).open(folder)?;
    let folder = HANDLE(open.as_raw_handle());
    let mut descriptor = PSECURITY_DESCRIPTOR::default();
    // SAFETY: the string ends with NUL, the handle is open; the descriptor and what it points to live until it is freed, after their last use.
    unsafe {
        ConvertStringSecurityDescriptorToSecurityDescriptorW(
            w!("S:(ML;OICI;NW;;;LW)"),
            SDDL_REVISION_1,
            &raw mut descriptor,
            None,
        )?;
        let (mut is_there, mut is_default, mut list) = Default::default();
        let found = GetSecurityDescriptorSacl(descriptor, &raw mut is_there, &raw mut list, &raw mut is_default)
            .and_then(|()| {
                let label = LABEL_SECURITY_INFORMATION;
                SetSecurityInfo(folder, SE_FILE_OBJECT, label, None, None, None, Some(list.cast_const())).ok()
            });
        LocalFree(Some(HLOCAL(descriptor.0)));
        Ok(found?)
    }
}

/// Gives a token the label of low integrity.
fn set_low(token: HANDLE) -> io::Result<()> {
    let mut memory = [0_u32; SECURITY_MAX_SID_SIZE.div_ceil(4) as usize];
    let sid = PSID(memory.as_mut_ptr().cast());
    let mut size = SECURITY_MAX_SID_SIZE;
    // SAFETY: the identifier's memory is as large as any can be, aligned, and outlives the label that points to it.
    unsafe {
        CreateWellKnownSid(WinLowLabelSid, None, Some(sid), &raw mut size)?;
        let label = TOKEN_MANDATORY_LABEL {
            Label: SID_AND_ATTRIBUTES { Sid: sid, Attributes: SE_GROUP_INTEGRITY.cast_unsigned() },
        };
        let length = size_of_u32::<TOKEN_MANDATORY_LABEL>() + GetLengthSid(sid);
        SetTokenInformation(token, TokenIntegrityLevel, (&raw const label).cast::<c_void>(), length)?;
    }
    Ok(())
}

/// Removes every privilege but one from this process for good: it may go through folders that it may not list, as every process may.
fn drop_privileges() -> io::Result<()> {
    let own = own_token(TOKEN_QUERY | TOKEN_ADJUST_PRIVILEGES)?;
    let mut bytes = 0;
    // SAFETY: without memory the call only tells the size, through a live variable. It reports this as an error.
    let _ = unsafe { GetTokenInformation(raw(&own), TokenPrivileges, None, 0, &raw mut bytes) };
    let mut memory = vec![0_u32; (bytes as usize).max(size_of::<TOKEN_PRIVILEGES>()).div_ceil(4)];
    let all = memory.as_mut_ptr().cast::<TOKEN_PRIVILEGES>();
    // SAFETY: the memory is as large as the system asked for, and aligned for what consists of 32-bit numbers.
    unsafe {
        GetTokenInformation(raw(&own), TokenPrivileges, Some(all.cast()), bytes, &raw mut bytes)?;
        let first = (&raw mut (*all).Privileges).cast::<LUID_AND_ATTRIBUTES>();
        let count = (*all).PrivilegeCount as usize;
        for privilege in std::slice::from_raw_parts_mut(first, count) {
            if privilege.Luid.LowPart != CHANGE_NOTIFY {
                privilege.Attributes = SE_PRIVILEGE_REMOVED;
            }
        }
        AdjustTokenPrivileges(raw(&own), false, Some(all.cast_const()), 0, None, None)?;
    }
    Ok(())
}

fn own_token(access: TOKEN_ACCESS_MASK) -> io::Result<OwnedHandle> {
    let mut token = HANDLE::default();
    // SAFETY: the handle is written to a live variable and becomes ours.
    unsafe {
        OpenProcessToken(GetCurrentProcess(), access, &raw mut token)?;
        Ok(OwnedHandle::from_raw_handle(token.0))
    }
}

fn raw(handle: &OwnedHandle) -> HANDLE {
    HANDLE(handle.as_raw_handle())
}

fn size_of_u32<T>() -> u32 {
    u32::try_from(mem::size_of::<T>()).unwrap_or_default()
}
