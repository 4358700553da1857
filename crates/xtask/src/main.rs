//! `cargo xtask demo | test | deny | docs | licences | dist | dist-test | screenshots | timings`;
//! each command sets up a fresh machine itself.

#![allow(clippy::print_stdout, reason = "a task reports to the person who started it")]

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use xtask::{
    Result, build, build_simulated_model, build_tables, cargo, deny, dist, docs, licences, look, packages, pictures,
    python_tests, root, run, screen, servers, tour,
};

const HELP: &str = "cargo xtask COMMAND

  demo         build the release and open the demo set; without a display, take a tour and keep pictures
  test         install what is missing and run every test; with Python, also load exports with Python programs
  deny         check licences, versions and sources of all crates, and known vulnerabilities if their list can be fetched
  docs         build the pages of docs as a book below target
  dist [--out DIR] [--only deb,tarball,wheel,sbom] [--program FILE]
               build the release for other machines and pack it, with checksums; --program packs a program that exists
  dist-test [--out DIR] [--only deb,tarball,wheel]
               install each package that dist made in a clean Debian system, as root, and judge a row in its window
  licences     write assets/licences.txt again: the licences of all crates, for the About box
  screenshots [--program FILE] [--texts FILE] [--longer TIMES] [--look LOOK] [--into FOLDER] [SCENE]...
               take the pictures in screenshots/ again, or only those of these scenes; --program takes them with a
               program that exists, --texts uses the tilejury.outside.sqlite of a demo whose tiles were read, --longer
               waits so many times longer, for a busy machine; --look takes all of them in one size and theme, such as
               1280x720-light, into another folder
  timings [DATASET]
               open a set (the demo by default) on a virtual screen, step through it with keys, and print the times
";

fn main() -> ExitCode {
    let command = std::env::args().nth(1).unwrap_or_default();
    if std::env::args().skip(1).any(|argument| ["--help", "-h", "help"].contains(&argument.as_str())) {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let result = match command.as_str() {
        "demo" => demo(),
        "test" => test(),
        "deny" => deny::check(),
        "docs" => docs::build().map(|page| println!("The book starts at {}", page.display())),
        "dist" => make_dist(),
        "dist-test" => dist_test(),
        "licences" => licences::write().map(|crates| println!("assets/licences.txt has {crates} crates")),
        "screenshots" => screenshots(),
        "timings" => timings(),
        _ => {
            print!("{HELP}");
            return ExitCode::from(u8::from(!command.is_empty()) * 2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn demo() -> Result<()> {
    packages::install(&packages::window())?;
    println!("Building the release; the first time takes some minutes.");
    let program = build(true)?;
    if has_display() {
        println!("Opening the demo. Press ? in the window for the keys.");
        return run(Command::new(&program).arg(tour::demo_set(&program, None)?));
    }
    println!("No display: running the window on a virtual screen, with a tour.");
    packages::install(packages::SCREEN)?;
    let out = root().join("target").join("demo");
    if out.exists() {
        std::fs::remove_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    }
    let report = tour::demo(&program, &out)?;
    println!("{report}");
    Ok(())
}

fn test() -> Result<()> {
    packages::install(&packages::window())?;
    packages::install(packages::SCREEN)?;
    packages::install(packages::READING)?;
    packages::install(packages::DESKTOP)?;
    packages::install(packages::RECIPES)?;
    if !python_tests::has_python() {
        packages::install(packages::PYTHON)?;
    }
    let tests = ["test", "--workspace", "--locked", "--no-fail-fast"];
    // Servers are downloaded while both cores compile the tests.
    std::thread::scope(|scope| {
        let servers = scope.spawn(servers::install_all);
        run(cargo().args(tests).arg("--no-run"))?;
        servers.join().map_err(|_| "the installation of servers panicked".to_owned())?
    })?;
    run(cargo().args(tests))?;
    let (tables, simulated_model, program) = (build_tables()?, build_simulated_model()?, build(false)?);
    let program = [program.as_path()];
    python_tests::run_all(&[
        (python_tests::PACKAGE, &program),
        (python_tests::LOADERS, &program),
        (python_tests::ORACLES, &[tables.as_path(), program[0]]),
        (python_tests::REVIEWER, &[simulated_model.as_path(), program[0]]),
    ])
}

fn make_dist() -> Result<()> {
    let options = dist::Options::parse(std::env::args().skip(2))?;
    for path in dist::make(&options)? {
        println!("{}", path.display());
    }
    Ok(())
}

fn dist_test() -> Result<()> {
    packages::install(packages::CLEAN_SYSTEM)?;
    packages::install(packages::SCREEN)?;
    dist::trial::run(&dist::Options::parse(std::env::args().skip(2))?)
}

fn screenshots() -> Result<()> {
    packages::install(&packages::window())?;
    packages::install(packages::SCREEN)?;
    let mut scenes: Vec<String> = std::env::args().skip(2).collect();
    let mut value_of = |flag: &str| -> Result<Option<String>> {
        let Some(at) = scenes.iter().position(|scene| scene == flag) else { return Ok(None) };
        let mut values = scenes.drain(at..(at + 2).min(scenes.len()));
        values.nth(1).map(Some).ok_or_else(|| format!("{flag} needs a value"))
    };
    let (program, texts) = (value_of("--program")?, value_of("--texts")?.map(PathBuf::from));
    if let Some(times) = value_of("--longer")? {
        screen::wait_longer(times.parse().map_err(|_| format!("--longer {times}: not a number"))?);
    }
    let look = value_of("--look")?.map(|look| look::Look::parse(&look)).transpose()?;
    let folder = match value_of("--into")? {
        Some(folder) => PathBuf::from(folder),
        None if look.is_some() => return Err("--look needs --into FOLDER".to_owned()),
        None => root().join("screenshots"),
    };
    let program = program.map_or_else(|| build(true), |program| Ok(program.into()))?;
    pictures::take(&program, &folder, look, &scenes, texts.as_deref())?;
    println!("Pictures are in {}", folder.display());
    Ok(())
}

fn timings() -> Result<()> {
    packages::install(&packages::window())?;
    packages::install(packages::SCREEN)?;
    let program = build(true)?;
    let home = root().join("target").join("timings");
    if home.exists() {
        std::fs::remove_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    }
    let set = match std::env::args().nth(2) {
        Some(set) => set.into(),
        None => tour::demo_set(&program, Some(&home.join("dataset")))?,
    };
    println!("{}", xtask::timings::measure(&program, &set, &home)?);
    Ok(())
}

fn has_display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos"))) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}
