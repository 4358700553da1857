//! Which machine this is, for sidecars on disks that several machines share: an id in the user's
//! folder of settings, made when it is first needed, and the host name.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use tilejury_audit::sidecar::{Machine, identify_machine_by};

use crate::folders::Folders;

/// The file with the id, in the folder of settings.
const FILE: &str = "machine";

/// Lets this process find out its machine when a sidecar on a shared disk is opened.
pub fn identify() {
    identify_machine_by(|| machine(&Folders::for_current_user().config));
}

/// Without a folder that can be written, the name alone counts.
fn machine(config: &Path) -> Machine {
    let id = id_in(config).unwrap_or_else(|error| {
        log::warn!("this machine has no id: {}: {error}", config.display());
        String::new()
    });
    Machine { id, name: whoami::hostname().unwrap_or_default() }
}

fn id_in(config: &Path) -> io::Result<String> {
    let path = config.join(FILE);
    std::fs::create_dir_all(config)?;
    match File::create_new(&path) {
        Ok(mut file) => file.write_all(Machine::new_id().as_bytes())?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    let mut id = String::new();
    File::open(&path)?.take(100).read_to_string(&mut id)?;
    Ok(id.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_keeps_its_id() {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("config");
        let first = machine(&config);
        assert_eq!((first.id.len(), !first.name.is_empty()), (32, true));
        assert_eq!(machine(&config), first);
        assert_ne!(machine(&dir.path().join("other")).id, first.id);
    }
}
