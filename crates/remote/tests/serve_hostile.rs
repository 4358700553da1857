//! Clients of `tilejury serve` that do not mean well, or are broken: real sockets, and every form
//! of a request that should get nothing.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod serving;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;

use serving::{Answer, SHARD, Served, TOKEN};
use tilejury_remote::serve::Rates;

#[test]
fn nothing_outside_of_the_set_is_served() {
    let served = Served::start_with(
        |files| {
            std::fs::write(files.join("notes.txt"), "secret").unwrap();
            std::fs::write(files.join("other.tar.bak"), "secret").unwrap();
            std::fs::write(files.join(".hidden.jsonl"), "secret").unwrap();
            std::fs::create_dir(files.join("deep")).unwrap();
            std::fs::create_dir(files.join("deep/er")).unwrap();
            std::fs::write(files.join("deep/er/x.tar"), "secret").unwrap();
            std::fs::write(files.join("deep/lonely.json"), "secret").unwrap();
            #[cfg(unix)]
            {
                std::os::unix::fs::symlink("../secret.jsonl", files.join("out.tar")).unwrap();
                std::os::unix::fs::symlink("..", files.join("up")).unwrap();
                std::os::unix::fs::symlink("/etc/passwd", files.join("image_shards/shard_000.json")).unwrap();
            }
        },
        |_| {},
    );
    std::fs::write(served.folder.path().join("beside.tar"), "secret").unwrap();
    for path in [
        "/../secret.jsonl",
        "/my%20set/../../secret.jsonl",
        "/..%2fsecret.jsonl",
        "/%2e%2e/secret.jsonl",
        "/%2e%2e%2fsecret.jsonl",
        "/%252e%252e%252fsecret.jsonl",
        "/image_shards/..%5c..%5csecret.jsonl",
        "/image_shards/../../secret.jsonl",
        "/image_shards/%2e%2e/train.jsonl",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/etc/passwd",
        "/train.jsonl%00",
        "/train.jsonl%00.tar",
        "/%c0%ae%c0%ae/secret.jsonl",
        "/.%2ftrain.jsonl",
        "/notes.txt",
        "/other.tar.bak",
        "/.hidden.jsonl",
        "/deep/er/x.tar",
        "/deep/lonely.json",
        "/out.tar",
        "/up/secret.jsonl",
        "/up/beside.tar",
        "/image_shards/shard_000.json",
        "/image_shards",
        "/image_shards/",
        "/.tilejury",
        "/.tilejury/",
        "/.tilejury/other",
        "/my%20set/my%20set/train.jsonl",
    ] {
        let answer = served.get(path);
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
        assert!(!answer.text().contains("secret") && !answer.text().contains("root:"), "{path}: {answer:?}");
    }
    #[cfg(unix)]
    assert!(served.serving.served().left_out.iter().any(|path| path.ends_with("out.tar")));
    // The same files, as they should be asked for.
    for path in
        ["/train.jsonl", "/my%20set/train.jsonl", "/image_shards/shard_000.tar", "/%69mage_shards/shard_000.tar"]
    {
        assert_eq!(served.get(path).status, 200, "{path}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed_if_that_was_chosen() {
    let link = |files: &std::path::Path| {
        std::fs::rename(files.join(SHARD), files.join("../moved.tar")).unwrap();
        std::os::unix::fs::symlink("../../moved.tar", files.join(SHARD)).unwrap();
    };
    assert_eq!(Served::start_with(link, |_| {}).get("/image_shards/shard_000.tar").status, 404);
    let served = Served::start_with(link, |options| options.follows_links = true);
    assert_eq!(served.get("/image_shards/shard_000.tar").status, 200);
    // A file that became a link, or a pipe, after it was listed.
    let served = Served::start();
    std::fs::remove_file(served.files.join("train.jsonl")).unwrap();
    std::os::unix::fs::symlink("../secret.jsonl", served.files.join("train.jsonl")).unwrap();
    assert_eq!(served.get("/train.jsonl").status, 404);
    let made = std::process::Command::new("mkfifo").arg(served.files.join("image_shards/shard_009.tar")).status();
    assert!(made.is_ok());
    assert_eq!(served.get("/image_shards/shard_009.tar").status, 404);
}

#[test]
fn nothing_is_answered_without_the_token() {
    let served = Served::start();
    let ask = |header: &str| {
        let request = format!("GET /train.jsonl HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{header}\r\n");
        Answer::of(&served.raw(request.as_bytes()))
    };
    let right = format!("authorization: Bearer {TOKEN}\r\n");
    let shorter = format!("authorization: Bearer {}\r\n", &TOKEN[1..]);
    for header in ["", "authorization: \r\n", "authorization: Basic eDp5\r\n", "authorization: Bearer x\r\n", &shorter]
    {
        let answer = ask(header);
        assert_eq!(answer.status, 401, "{header}: {answer:?}");
        assert!(!answer.text().contains("query") && answer.header("www-authenticate").is_some(), "{answer:?}");
    }
    // The query and the name are no way in, and a right token beside a wrong one is wrong.
    assert_eq!(Answer::of(&served.raw(format!("GET /?token={TOKEN} HTTP/1.0\r\n\r\n").as_bytes())).status, 401);
    assert_eq!(ask(&format!("authorization: Bearer x\r\n{right}")).status, 401);
    assert_eq!(ask(&right).status, 200);
}

#[test]
fn guessing_is_slowed_and_takes_nothing_from_others() {
    let served = Served::start();
    let guess = || Answer::of(&served.raw(b"GET / HTTP/1.0\r\nauthorization: Bearer wrong\r\n\r\n"));
    let statuses: Vec<u16> = (0..100).map(|_| guess().status).collect();
    assert!(statuses.contains(&401) && statuses.ends_with(&[429]), "{statuses:?}");
    assert!(guess().header("retry-after").is_some());
    assert_eq!(served.get("/").status, 200);
}

#[test]
fn too_many_requests_are_told_to_wait() {
    let served = Served::start_with(|_| {}, |options| options.rates = Rates { per_client: 1.0, in_all: 100.0 });
    let statuses: Vec<u16> = (0..4).map(|_| served.get("/train.jsonl").status).collect();
    assert!(statuses.starts_with(&[200, 200]) && statuses.contains(&429), "{statuses:?}");
}

#[test]
fn what_is_no_http_ends_the_connection() {
    let served = Served::start();
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(100_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(10_000));
    let huge = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "a".repeat(1 << 20));
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"\0\0\0\0\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\ncontent-length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"\xff\xfe\xfd",
        long.as_bytes(),
        many.as_bytes(),
        huge.as_bytes(),
    ] {
        let mut stream = served.connect();
        let _ = stream.write_all(garbage);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let status = Answer::of(&answer).status;
        assert!(matches!(status, 0 | 400..=499 | 505), "{status}: {:?}", &garbage[..garbage.len().min(40)]);
    }
    assert_eq!(served.get("/").status, 200);
}

#[test]
fn only_reading_is_possible() {
    let served = Served::start();
    let before = std::fs::read(served.files.join("train.jsonl")).unwrap();
    for method in ["PUT", "POST", "DELETE", "PATCH", "OPTIONS", "TRACE", "MKCOL", "MOVE"] {
        for path in ["/train.jsonl", "/new.jsonl", "/"] {
            assert_eq!(served.ask(&format!("{method} {path}"), b"x").status, 405, "{method} {path}");
        }
    }
    assert_eq!(std::fs::read(served.files.join("train.jsonl")).unwrap(), before);
    assert!(!served.files.join("new.jsonl").exists());
}

#[test]
fn many_ranges_and_huge_ranges_bring_no_more() {
    let served = Served::start();
    let len = std::fs::metadata(served.files.join(SHARD)).unwrap().len();
    let ranged = |range: &str| served.ask(&format!("GET /{SHARD}\nrange: bytes={range}"), b"");
    let overlapping = vec!["0-"; 1000].join(",");
    for range in [&overlapping, "0-0,5-9", "9-5", "-", &format!("{len}-")] {
        let answer = ranged(range);
        assert_eq!((answer.status, answer.body.len() < 200), (416, true), "{range:.40}: {}", answer.head);
        assert_eq!(answer.header("content-range"), Some(&*format!("bytes */{len}")));
    }
    let answer = ranged("0-18446744073709551615");
    assert_eq!((answer.status, answer.body.len() as u64), (206, len));
    let part = ranged("512-1023");
    let expected = std::fs::read(served.files.join(SHARD)).unwrap();
    assert_eq!((part.status, &part.body[..]), (206, &expected[512..1024]));
    let head = served.ask(&format!("HEAD /{SHARD}\nrange: bytes=0-9"), b"");
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (206, Some("10"), 0));
}

#[test]
fn idle_connections_keep_nobody_out() {
    let served = Served::start();
    let address = served.serving.address();
    let mut idle: Vec<TcpStream> = Vec::new();
    // The server has raised the limit of open files, of which both ends are here.
    for at in 0..1_000 {
        let mut stream = TcpStream::connect(address).unwrap();
        // Half of them send the beginning of a request and nothing more.
        if at % 2 == 0 {
            let _ = stream.write_all(b"GET / HTTP/1.1\r\nx-slow: ");
        }
        idle.push(stream);
    }
    assert_eq!(served.get("/train.jsonl").status, 200);
    assert!(served.serving.connections() <= 400, "{}", served.serving.connections());
    // Those that never finish their first request are ended after a time, without any pressure.
    let mut last = idle.pop().unwrap();
    last.set_read_timeout(Some(std::time::Duration::from_secs(60))).unwrap();
    let mut answer = Vec::new();
    let _ = last.read_to_end(&mut answer);
    assert_eq!(answer, b"");
}

#[test]
fn a_file_of_judgements_that_is_wrong_leaves_nothing() {
    let served = Served::start();
    let put = |name: &str, body: &[u8]| served.ask(&format!("PUT /.tilejury/judgements/{name}"), body);
    let refused = put("bad", b"x");
    assert_eq!((refused.status, refused.text()), (409, "it is none of judgements".to_owned()));
    let full = put("full", b"x");
    assert_eq!(full.status, 507);
    assert!(full.text().contains("the server's folder of judgements failed"), "{full:?}");
    // One that says that it is too long is refused before it comes; one that does not say it, when
    // it is too long.
    let long = format!(
        "PUT /.tilejury/judgements/a HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\ncontent-length: 99999999999\r\n\r\n"
    );
    assert_eq!(Answer::of(&served.raw(long.as_bytes())).status, 413);
    let mut stream = served.connect();
    let head = format!(
        "PUT /.tilejury/judgements/a HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let chunk = [format!("{:x}\r\n", 1 << 20).into_bytes(), vec![b'x'; 1 << 20], b"\r\n".to_vec()].concat();
    let sent = (0..80).take_while(|_| stream.write_all(&chunk).is_ok()).count();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(sent < 80 || Answer::of(&answer).status == 413, "{sent} MB were taken");
    // One that ends early.
    let cut = format!(
        "PUT /.tilejury/judgements/a HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\ncontent-length: 10\r\n\r\nabc"
    );
    let mut stream = served.connect();
    stream.write_all(cut.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let _ = stream.read_to_end(&mut Vec::new());
    assert_eq!(served.judgements.0.lock().unwrap().len(), 0);
}

#[test]
fn one_file_that_comes_many_times_is_one() {
    let served = Served::start();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(served.ask("PUT /.tilejury/judgements/a", b"content").status, 204));
        }
    });
    let files = served.judgements.0.lock().unwrap().clone();
    assert_eq!(files.into_iter().collect::<Vec<_>>(), [("a".to_owned(), b"content".to_vec())]);
}

#[test]
fn small_tiles_are_those_of_the_set_only() {
    let served = Served::start_with(
        |files| {
            std::fs::create_dir(files.join("images")).unwrap();
            let picture = tilejury_testkit::picture::png(64, 64, 1);
            std::fs::write(files.join("images/a.png"), &picture).unwrap();
            std::fs::write(files.join("private.png"), &picture).unwrap();
            std::fs::write(files.join("../outside.png"), &picture).unwrap();
        },
        |_| {},
    );
    let tile = |path: &str, width: &str| served.get(&format!("/.tilejury/tile?path={path}&width={width}"));
    let small = tile("a.png", "16");
    assert_eq!(small.status, 200);
    for path in ["private.png", "../private.png", "../../outside.png", "..%2f..%2foutside.png", "", "/etc/passwd"] {
        assert_eq!(tile(path, "16").status, 404, "{path}");
    }
    for width in ["0", "-1", "99999999999", "x", ""] {
        assert_eq!(tile("a.png", width).status, 400, "{width}");
    }
}
