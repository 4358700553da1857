//! A Hub on this machine, as nginx: its API with commits, redirects of files to another host with
//! addresses that expire, and the same files as a plain web server, with and without ranges. Tests
//! set what it does wrong.

use std::fs;
use std::path::{Path, PathBuf};

use super::nginx::Nginx;
use super::{free_ports, get};

/// The commit of the dataset `o/n`.
pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A running Hub.
pub struct Hub {
    nginx: Nginx,
    lists: PathBuf,
    ports: [u16; 5],
}

impl Hub {
    /// Serves the dataset folder `files`; keeps its own files in `folder`. `None` if this machine
    /// cannot.
    pub fn start(folder: &Path, files: &Path) -> Option<Self> {
        let ports = free_ports();
        let [control, hub, cdn, web, whole] = ports;
        let lists = folder.join("lists");
        fs::create_dir_all(&lists).expect("making a folder");
        for (name, script) in [
            ("hub.lua", include_str!("hub.lua")),
            ("files.lua", include_str!("files.lua")),
            ("cut.lua", include_str!("cut.lua")),
        ] {
            fs::write(folder.join(name), script).expect("writing a script");
        }
        let (scripts, root, files) = (folder.display(), lists.display(), files.display());
        let server = |name: &str, port: u16, rules: &str| {
            format!(
                "server {{ listen 127.0.0.1:{port}; root {files}; set $server {name}; default_type application/octet-stream;
location / {{ access_by_lua_file {scripts}/files.lua; body_filter_by_lua_file {scripts}/cut.lua; {rules} }} }}\n"
            )
        };
        let http = format!(
            "lua_shared_dict control 1m; lua_shared_dict seen 10m; lua_shared_dict commits 1m; sendfile off;
client_max_body_size 200m; output_buffers 2 16k;
server {{ listen 127.0.0.1:{control};
location /set {{ content_by_lua_block {{
  local arguments = ngx.req.get_uri_args()
  for name, value in pairs(arguments) do ngx.shared.control:set(name, tonumber(value) or value) end }} }}
location /clear {{ content_by_lua_block {{ ngx.shared.control:flush_all() }} }}
location /sent {{ content_by_lua_block {{ ngx.print(ngx.shared.seen:get(\"sent\") or 0) }} }}
location /seen {{ content_by_lua_block {{
  while true do
    local line = ngx.shared.seen:lpop(\"seen\")
    if not line then break end
    ngx.say(line)
  end }} }} }}
server {{ listen 127.0.0.1:{hub}; set $cdn {cdn}; set $root {root}; set $files {files};
location / {{ content_by_lua_file {scripts}/hub.lua; }} }}\n"
        ) + &server("cdn", cdn, "")
            + &server("web", web, "autoindex on;")
            + &server("whole", whole, "max_ranges 0; autoindex on;");
        let nginx = Nginx::start(&folder.join("nginx"), control, &http)?;
        let hub = Self { nginx, lists, ports };
        let mut described = Vec::new();
        hub.list_folder(Path::new(&files.to_string()), "", &mut described);
        let described = serde_json::Value::from(described).to_string();
        fs::write(hub.lists.join("all.json"), described).expect("writing a list");
        Some(hub)
    }

    /// Writes the lists of a folder and of the folders in it, and describes their files.
    fn list_folder(&self, files: &Path, below: &str, described: &mut Vec<serde_json::Value>) {
        let mut lines = Vec::new();
        let mut entries: Vec<_> = files.join(below).read_dir().expect("a folder").flatten().collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_str().expect("a name").to_owned();
            let path = if below.is_empty() { name } else { format!("{below}/{name}") };
            if entry.path().is_dir() {
                lines.push(serde_json::json!({"type": "directory", "path": path, "size": 0, "oid": "d"}));
                self.list_folder(files, &path, described);
            } else {
                let size = entry.metadata().expect("a file").len();
                let oid = format!("{size:040x}");
                lines.push(serde_json::json!({"type": "file", "path": path, "size": size, "oid": oid}));
                described.push(serde_json::json!({"rfilename": path, "size": size, "blobId": oid}));
            }
        }
        self.write_list(below, &lines.iter().map(ToString::to_string).collect::<Vec<_>>());
    }

    /// Replaces the list of a folder; each line is an entry in JSON. From now on the files are only
    /// listed, and not described together.
    pub fn put_list(&self, folder: &str, lines: &[String]) {
        let _ = fs::remove_file(self.lists.join("all.json"));
        self.write_list(folder, lines);
    }

    fn write_list(&self, folder: &str, lines: &[String]) {
        let name = format!("{}.list", folder.replace('/', "%2F"));
        fs::write(self.lists.join(name), lines.join("\n")).expect("writing a list");
    }

    /// The address of the Hub.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[1])
    }

    /// The address of the files as a plain web server.
    pub fn web(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[3])
    }

    /// The address of the files at a server without ranges.
    pub fn without_ranges(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[4])
    }

    /// Sets what the servers do from now on, as `name=value&name=value`; the names are in the
    /// scripts.
    pub fn set(&self, values: &str) {
        get(self.ports[0], &format!("/set?{values}"));
    }

    /// The servers do everything right again.
    pub fn clear(&self) {
        get(self.ports[0], "/clear");
    }

    /// The requests since the last call, each as the server's name, method, address and headers.
    pub fn seen(&self) -> Vec<String> {
        get(self.ports[0], "/seen").lines().map(str::to_owned).collect()
    }

    /// The bytes of an endless answer that were sent.
    pub fn sent(&self) -> u64 {
        get(self.ports[0], "/sent").trim().parse().expect("a number")
    }

    /// Ends the servers; connections are lost.
    pub fn stop(&mut self) {
        self.nginx.stop();
    }

    /// Starts the servers again, on the same ports, doing everything right.
    pub fn resume(&mut self) {
        self.nginx.resume();
    }

    /// The errors that nginx noted.
    pub fn errors(&self) -> String {
        self.nginx.errors()
    }
}
