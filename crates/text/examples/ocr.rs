//! scratch
#![allow(missing_docs, clippy::all, clippy::unwrap_used, clippy::print_stdout)]
use tilejury_text::*;
fn main() {
    let e = Tesseract::find(std::path::Path::new("tesseract")).unwrap();
    let langs: Vec<Language> = std::env::args().nth(1).unwrap().split('+').map(|l| l.parse().unwrap()).collect();
    for f in std::env::args().skip(2) {
        let p = tilejury_data::decode::decode(&std::fs::read(&f).unwrap()).unwrap();
        let t = std::time::Instant::now();
        let r = read_picture(&e, &p, &langs, &Default::default()).unwrap();
        println!(
            "{}",
            serde_json::json!({"path":f,"text":r.reading.text(),"conf":r.reading.confidence(),"langs":r.languages.iter().map(|l|l.to_string()).collect::<Vec<_>>(),"missing":r.missing.map(|l|l.to_string()),"s":t.elapsed().as_secs_f32(),"box":r.reading.words.first().map(|w|(w.x,w.y,w.width,w.height))})
        );
    }
}
