//! A PostgreSQL server on this machine: making its files, starting it, ending it without warning,
//! and starting it again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{START, free_ports, skip};

/// The login that may do everything, and its password.
pub const ADMIN: (&str, &str) = ("admin", "admin word");
/// The database.
pub const DATABASE: &str = "judgements";

/// A running server. It ends with its owner.
pub struct Postgresql {
    programs: PathBuf,
    /// The user who runs it, if the test is run by root, whom it refuses.
    user: Option<&'static str>,
    data: PathBuf,
    port: u16,
    settings: Vec<String>,
    child: Option<Child>,
}

impl Postgresql {
    /// Makes a database in a folder and starts its server on this machine. With the files of a
    /// certificate and of its key, connections can be encrypted. `None` if there is no such server
    /// on this machine.
    pub fn start(folder: &Path, certificate: Option<(&Path, &Path)>) -> Option<Self> {
        let Some(programs) = programs() else {
            skip("there is no PostgreSQL server (Debian: postgresql)");
            return None;
        };
        let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
        let user = is_root.then_some("postgres");
        let home = folder.join("postgresql");
        fs::create_dir_all(&home).expect("making a folder");
        if let Some(user) = user {
            run(Command::new("chmod").arg("711").arg(folder));
            run(Command::new("chown").arg(user).arg(&home));
        }
        let [port] = free_ports();
        let server = Self { programs, user, data: home.join("data"), port, settings: Vec::new(), child: None };
        let mut server = server.with_files(&home, certificate);
        server.resume();
        server.psql("postgres", &format!("CREATE DATABASE {DATABASE}"));
        Some(server)
    }

    fn with_files(mut self, home: &Path, certificate: Option<(&Path, &Path)>) -> Self {
        let word = home.join("word");
        fs::write(&word, ADMIN.1).expect("writing a password");
        let mut make = self.command("initdb");
        make.arg("-D").arg(&self.data).args(["-U", ADMIN.0, "--auth=scram-sha-256", "-E", "UTF8", "--locale=C", "-N"]);
        run(make.arg("--pwfile").arg(&word).stdout(Stdio::null()));
        let socket = home.display();
        self.settings = vec![
            format!("port={}", self.port),
            "listen_addresses=127.0.0.1".to_owned(),
            format!("unix_socket_directories={socket}"),
            // The machine itself does not fail in a test.
            "fsync=off".to_owned(),
        ];
        if let Some((certificate, key)) = certificate {
            let names = [(certificate, "server.pem"), (key, "server.key")].map(|(from, name)| {
                let to = home.join(name);
                fs::copy(from, &to).expect("copying a certificate");
                run(Command::new("chmod").arg("600").arg(&to));
                if let Some(user) = self.user {
                    run(Command::new("chown").arg(user).arg(&to));
                }
                to
            });
            self.settings.push("ssl=on".to_owned());
            self.settings.push(format!("ssl_cert_file={}", names[0].display()));
            self.settings.push(format!("ssl_key_file={}", names[1].display()));
        }
        self
    }

    /// A program of the server, run by its user.
    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let Some(user) = self.user else { return Command::new(program) };
        let mut command = Command::new("setpriv");
        command.args([&format!("--reuid={user}"), &format!("--regid={user}"), "--clear-groups"]).arg(program);
        command
    }

    /// Ends the server as a loss of power does: nothing is finished, connections are lost.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            run(Command::new("kill").arg("-QUIT").arg(child.id().to_string()));
            child.wait().expect("ending the server");
        }
    }

    /// Starts the server again, on the same port.
    pub fn resume(&mut self) {
        let mut command = self.command("postgres");
        command.arg("-D").arg(&self.data).stdout(Stdio::null()).stderr(Stdio::null());
        for setting in &self.settings {
            command.arg("-c").arg(setting);
        }
        self.child = Some(command.spawn().expect("starting the server"));
        let begun = Instant::now();
        let mut ready = Command::new(self.programs.join("pg_isready"));
        ready.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
        while !ready.status().is_ok_and(|status| status.success()) {
            assert!(begun.elapsed() < START, "the database does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Starts the server again with a setting, such as `fsync=on`.
    pub fn restart_with(&mut self, setting: &str) {
        self.stop();
        self.settings.push(setting.to_owned());
        self.resume();
    }

    /// Runs SQL as the login that may do everything; returns the values of the last row.
    pub fn sql(&self, sql: &str) -> String {
        self.psql(DATABASE, sql)
    }

    fn psql(&self, database: &str, sql: &str) -> String {
        let mut command = Command::new(self.programs.join("psql"));
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", ADMIN.0, "-d", database]);
        command.args(["-qAtX", "-v", "ON_ERROR_STOP=1", "-c", sql]).env("PGPASSWORD", ADMIN.1);
        let output = command.output().expect("running psql");
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Makes a login, whose password is its name.
    pub fn add_login(&self, name: &str) {
        self.sql(&format!("CREATE ROLE {name} LOGIN PASSWORD '{name}'"));
    }

    /// The address of the database for a login.
    pub fn address(&self, login: &str, password: &str) -> String {
        let escaped = |text: &str| text.replace(' ', "%20");
        format!("postgresql://{}:{}@127.0.0.1:{}/{DATABASE}", escaped(login), escaped(password), self.port)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Postgresql {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The folder with the programs of the newest server; `None` without one.
fn programs() -> Option<PathBuf> {
    let of_debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = of_debian.map(|entry| entry.path().join("bin")).collect();
    folders.sort();
    let of_path = Command::new("pg_config").arg("--bindir").output().ok();
    let of_path = of_path.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    folders.extend(of_path);
    folders.into_iter().rev().find(|folder| folder.join("initdb").exists())
}

fn run(command: &mut Command) {
    assert!(command.status().is_ok_and(|status| status.success()), "{command:?}");
}
