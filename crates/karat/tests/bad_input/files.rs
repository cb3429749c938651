//! Files that cannot be read or written: an older model stays whole, and nothing is left beside it.

use super::{assert_says, csv, plan};
use karat::{ErrorKind, Plan, Table, ValueModel};
use std::path::{Path, PathBuf};

/// A directory of the test's own, removed with its content at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("karat-bad-input-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn model() -> ValueModel {
    ValueModel::new(plan()).fit(&csv(|_| {})).unwrap()
}

#[track_caller]
fn unwritten(path: &Path) -> String {
    let error = model().save(path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert_says(&error.to_string(), &[&format!("{}: cannot write: ", path.display())]);
    error.to_string()
}

#[test]
fn a_saved_model_is_one_file_and_replaces_the_older() {
    let folder = Folder::new("replace");
    let path = folder.0.join("value.karat");
    std::fs::write(&path, "older").unwrap();
    model().save(&path).unwrap();
    assert_eq!(folder.names(), ["value.karat"]);
    assert_eq!(std::fs::read(&path).unwrap(), model().as_bytes());
    assert_eq!(ValueModel::load(&path).unwrap().as_bytes(), model().as_bytes());
}

#[test]
fn places_that_take_no_file() {
    let folder = Folder::new("places");
    std::fs::write(folder.0.join("file"), "older").unwrap();
    std::fs::create_dir(folder.0.join("directory")).unwrap();
    std::fs::write(folder.0.join("directory/inside"), "older").unwrap();
    unwritten(&folder.0.join("nowhere/value.karat"));
    unwritten(&folder.0.join("file/value.karat"));
    unwritten(&folder.0.join("directory"));
    unwritten(Path::new(""));
    assert_eq!(folder.names(), ["directory", "file"]);
    assert_eq!(std::fs::read(folder.0.join("file")).unwrap(), b"older");
    assert_eq!(std::fs::read(folder.0.join("directory/inside")).unwrap(), b"older");
}

/// The superuser may write anywhere, so the directory of a process stands in for a read-only one there.
#[cfg(target_os = "linux")]
#[test]
fn a_read_only_directory() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("read-only");
    std::fs::write(folder.0.join("value.karat"), "older").unwrap();
    std::fs::set_permissions(&folder.0, std::fs::Permissions::from_mode(0o555)).unwrap();
    let superuser = std::fs::write(folder.0.join("probe"), "").is_ok();
    if superuser {
        unwritten(Path::new("/proc/self/value.karat"));
    } else {
        assert_says(&unwritten(&folder.0.join("value.karat")), &["Permission denied"]);
        assert_eq!(folder.names(), ["value.karat"]);
        assert_eq!(std::fs::read(folder.0.join("value.karat")).unwrap(), b"older");
    }
    std::fs::set_permissions(&folder.0, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// A device is written to, never replaced by a file.
#[cfg(target_os = "linux")]
#[test]
fn devices_stay_devices() {
    use std::os::unix::fs::FileTypeExt;
    assert_says(&unwritten(Path::new("/dev/full")), &["No space left on device"]);
    model().save("/dev/null").unwrap();
    for device in ["/dev/full", "/dev/null"] {
        assert!(std::fs::metadata(device).unwrap().file_type().is_char_device(), "{device}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_keeps_pointing() {
    let folder = Folder::new("link");
    let (file, link) = (folder.0.join("2026.karat"), folder.0.join("current.karat"));
    std::fs::write(&file, "older").unwrap();
    std::os::unix::fs::symlink("2026.karat", &link).unwrap();
    model().save(&link).unwrap();
    assert!(std::fs::symlink_metadata(&link).unwrap().file_type().is_symlink());
    assert_eq!(std::fs::read(&file).unwrap(), model().as_bytes());
    assert_eq!(folder.names(), ["2026.karat", "current.karat"]);
}

/// The test runs itself again under a limit on the size of files, which fails a write half way as a full disk
/// does.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_half_way() {
    const FOLDER: &str = "KARAT_TEST_FULL_DISK";
    if let Ok(folder) = std::env::var(FOLDER) {
        assert_says(&unwritten(&Path::new(&folder).join("value.karat")), &["File too large"]);
        return;
    }
    let folder = Folder::new("full");
    std::fs::write(folder.0.join("value.karat"), "older").unwrap();
    assert!(model().as_bytes().len() > 2048);
    let output = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "files::a_disk_that_fills_up_half_way", "--nocapture"])
        .env(FOLDER, &folder.0)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    assert_eq!(folder.names(), ["value.karat"]);
    assert_eq!(std::fs::read(folder.0.join("value.karat")).unwrap(), b"older");
}

#[test]
fn saving_from_several_threads_leaves_one_whole_file() {
    let folder = Folder::new("threads");
    let (path, model) = (folder.0.join("value.karat"), model());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..20).for_each(|_| model.save(&path).unwrap()));
        }
    });
    assert_eq!(folder.names(), ["value.karat"]);
    assert_eq!(std::fs::read(&path).unwrap(), model.as_bytes());
}

#[test]
fn files_that_are_not_there_or_not_ours() {
    let folder = Folder::new("absent");
    let absent = folder.0.join("absent");
    for message in [
        Plan::read(&absent).unwrap_err().to_string(),
        Table::read_csv(&absent).unwrap_err().to_string(),
        ValueModel::load(&absent).unwrap_err().to_string(),
    ] {
        assert_says(&message, &["absent: cannot read: No such file"]);
    }
    let other = folder.0.join("other");
    std::fs::write(&other, "id,value\n1,2\n").unwrap();
    let error = ValueModel::load(&other).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Format);
    assert_says(&error.to_string(), &["not a usable karat model"]);
    // Frozen steps alone score, but carry neither plan nor report.
    let mut bare = model().scorer().model().clone();
    bare.notes.clear();
    bare.save(&other).unwrap();
    let error = ValueModel::load(&other).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Format);
    assert_says(&error.to_string(), &["section plan is missing: open it as a scorer"]);
}
