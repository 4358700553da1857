//! scratch
#![allow(missing_docs, clippy::all, clippy::unwrap_used, clippy::print_stdout)]
use std::collections::HashMap;
use tilejury_text::*;
fn main() {
    let r = "/work/shared/semantic/truth/";
    let lines = |f: &str| {
        std::fs::read_to_string(format!("{r}{f}"))
            .unwrap()
            .lines()
            .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap())
            .collect::<Vec<_>>()
    };
    let mut t: HashMap<String, TextWords> = HashMap::new();
    let mut f = WordFrequencies::default();
    for l in lines("tile_text.jsonl") {
        let w = TextWords::new(l["text"].as_str().unwrap());
        f.add(&w);
        t.insert(l["path"].as_str().unwrap().into(), w);
    }
    let none = TextWords::default();
    println!("query\tpath\tlabel\tkind\tcover\tshared\tnumber\tquantity");
    for l in lines("truth.jsonl") {
        let q = l["query"].as_str().unwrap();
        let fi = EvidenceFinder::new(q, t.get(l["positive"].as_str().unwrap()), &f);
        for (k, y) in [("false_negatives", 1), ("true_negatives", 0)] {
            for x in l[k].as_array().unwrap() {
                let p = x["path"].as_str().unwrap();
                let e = fi.find(t.get(p).unwrap_or(&none));
                println!(
                    "{q}\t{p}\t{y}\t{}\t{}\t{}\t{:?}\t{:?}",
                    x["kind"].as_str().unwrap(),
                    e.passage.map_or(0.0, |p| p.cover),
                    e.shared,
                    e.same_number,
                    e.same_quantity
                );
            }
        }
    }
}
