//! nginx with Lua: starting it with a configuration, stopping and starting it again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::{skip, wait_for};

/// A running nginx. It ends with its owner.
pub struct Nginx {
    folder: PathBuf,
    port: u16,
    child: Option<Child>,
}

impl Nginx {
    /// Starts nginx with the content of `http { … }`, which listens on `port` among others, and
    /// keeps its files in `folder`. `None` if there is no nginx with Lua on this machine.
    pub fn start(folder: &Path, port: u16, http: &str) -> Option<Self> {
        let Some(modules) = lua_modules() else {
            skip("there is no nginx with Lua (Debian: nginx-extras)");
            return None;
        };
        let folder = folder.to_owned();
        fs::create_dir_all(&folder).expect("making a folder");
        // One process, so that ending it ends everything.
        let config = format!(
            "{modules}\nmaster_process off; daemon off; pid nginx.pid; error_log error.log warn;
events {{ worker_connections 512; }}
http {{
access_log off; client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
{http}
}}\n"
        );
        fs::write(folder.join("nginx.conf"), config).expect("writing the configuration");
        let mut nginx = Self { folder, port, child: None };
        nginx.resume();
        Some(nginx)
    }

    /// Ends the process; connections are lost.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("ending nginx");
            child.wait().expect("ending nginx");
        }
    }

    /// Starts the process again, on the same ports.
    pub fn resume(&mut self) {
        let mut command = Command::new("nginx");
        command.arg("-p").arg(&self.folder).arg("-c").arg("nginx.conf").stderr(Stdio::null());
        self.child = Some(command.spawn().expect("starting nginx"));
        wait_for(self.port);
    }

    /// What nginx complained about.
    pub fn errors(&self) -> String {
        fs::read_to_string(self.folder.join("error.log")).unwrap_or_default()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The lines of a configuration that load Lua; `None` without nginx or its module.
fn lua_modules() -> Option<String> {
    let built = Command::new("nginx").arg("-V").output().ok()?;
    let options = String::from_utf8_lossy(&built.stderr).into_owned();
    let folder = options.split("--modules-path=").nth(1)?.split_whitespace().next()?;
    let load = |name: &str| {
        let path = Path::new(folder).join(name);
        path.exists().then(|| format!("load_module {};", path.display()))
    };
    // The Lua module needs the first one.
    Some(format!("{}\n{}", load("ndk_http_module.so")?, load("ngx_http_lua_module.so")?))
}
