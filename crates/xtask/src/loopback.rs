//! The servers of pictures: a listener on this machine, and the request of each connection. Says
//! nothing about answers, which are those of [`crate::hub`] and [`crate::model`].

use std::io::{self, BufRead as _, BufReader, Read as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use crate::Result;

/// A request, the only one of its connection.
pub(crate) struct Request {
    /// The path, without what follows a question mark.
    pub(crate) path: String,
    /// The lines of the head, in small letters.
    headers: Vec<String>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    fn read(stream: &TcpStream) -> io::Result<Self> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let path = line.split(' ').nth(1).unwrap_or_default().split('?').next().unwrap_or_default().to_owned();
        let mut request = Self { path, headers: Vec::new(), body: Vec::new() };
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            if line.trim_end().is_empty() {
                break;
            }
            request.headers.push(line.trim_end().to_ascii_lowercase());
        }
        let len = request.header("content-length").and_then(|len| len.parse().ok()).unwrap_or(0);
        reader.take(len).read_to_end(&mut request.body)?;
        Ok(request)
    }

    /// The value of a header, whose name is in small letters.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter().filter_map(|line| line.split_once(':'));
        headers.find_map(|(other, value)| (other == name).then_some(value.trim()))
    }
}

/// Answers all requests on threads of their own until the process ends. Returns the port.
///
/// # Errors
/// If there is no port.
pub(crate) fn listen(answer: impl Fn(&Request, &TcpStream) -> io::Result<()> + Send + Sync + 'static) -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
    let port = listener.local_addr().map_err(|error| error.to_string())?.port();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            // A client that left needs no answer.
            thread::spawn(move || _ = Request::read(&stream).and_then(|request| answer(&request, &stream)));
        }
    });
    Ok(port)
}
