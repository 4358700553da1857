"""The hand-written part of the demo dataset: the paths of the pages, the formats of tiles, and the rows.

A tile is written "page/chunk": "kite/1" is the second chunk, counted from 0, of pages/kite.html.
make_demo.py turns such names into the long paths of the real format.

Content of each tile (keep in step with the pages):

  fresnel-lens       0 lead, infobox, principle        1 history, table of orders            2 fixed/flashing, other uses
  cordouan           0 lead, infobox, history          1 floors, fuel, today
  tide               0 lead, springs/neaps, patterns   1 ranges, bores, day length, Kelvin   2 power, words, solid Earth
  tidal-locking      0 lead, how it comes about        1 Moon, Mercury, Pluto/Charon         2 table of moons, Hyperion, other stars
  sourdough          0 lead, starter, graph            1 organisms, recipe, rye              2 Klondike, kinds of bread
  salt               0 lead, mines, salt flats         1 uses, health, gabelle, Dandi        2 kinds, names, salt lakes
  abacus             0 lead, boards, table of frames   1 reading, contest of 1946, blind     2 Poncelet, heritage
  soroban (ja)       0 lead, parts, history, contest   1 how to calculate, exams, makers
  octopus            0 lead, hearts, nerves            1 eyes, behaviour, breeding, species  2 hunting, relatives, people
  waggle-dance       0 lead, direction                 1 distance, followers, swarms         2 1944, robot bee, books
  suspension-bridge  0 lead, parts                     1 history, Niagara, Tacoma, ranks 1–4 2 ranks 6–7, former records, pros and cons
  kite               0 lead, forces, types             1 science, Niagara, flight, feasts    2 power, table of winds
  papermaking        0 lead, steps, fibres             1 way west, machine, recycling        2 paper sizes
  cai-lun (zh)       0 life, raw materials, table      1 steps, dispute, memory
  antikythera (el)   0 lead, discovery, use            1 cycles, Moon, research              2 fragments, reconstructions
  baikal (ru)        0 lead, infobox, basin            1 rivers, ice, life, people           2 winds, protection
  hangul (ko)        0 lead, letters                   1 history, lost letters, Unicode      2 names of letters, Hangul Day
  astrolabe (ar)     0 lead, parts, use                1 history, other kinds
"""

# page: (folder inside the shards, title)
PAGES = {
    "fresnel-lens": ("shard_000/shard_00003/184302", "Fresnel lens"),
    "cordouan": ("shard_000/shard_00003/186650", "Cordouan lighthouse"),
    "tide": ("shard_000/shard_00014/731207", "Tide"),
    "tidal-locking": ("shard_000/shard_00021/1029884", "Tidal locking"),
    "sourdough": ("shard_001/shard_00002/98713", "Sourdough"),
    "salt": ("shard_001/shard_00002/121066", "Salt"),
    "abacus": ("shard_001/shard_00009/455190", "Abacus"),
    "soroban": ("shard_001/shard_00009/460023", "そろばん"),
    "octopus": ("shard_001/shard_00030/1493377", "Octopus"),
    "waggle-dance": ("shard_002/shard_00005/240871", "Waggle dance"),
    "suspension-bridge": ("shard_002/shard_00011/577412", "Suspension bridge"),
    "kite": ("shard_002/shard_00011/580096", "Kite"),
    "papermaking": ("shard_002/shard_00026/1280345", "Papermaking"),
    "cai-lun": ("shard_002/shard_00026/1291558", "蔡伦"),
    "antikythera": ("shard_003/shard_00001/50214", "Μηχανισμός των Αντικυθήρων"),
    "baikal": ("shard_003/shard_00007/362919", "Байкал"),
    "hangul": ("shard_003/shard_00018/904465", "한글"),
    "astrolabe": ("shard_003/shard_00018/911730", "الأسطرلاب"),
    # Second captures of three pages, as redirects and repeated crawls leave them in a real set.
    "octopus-again": ("shard_003/shard_00034/1702551", "Octopuses"),
    "sourdough-again": ("shard_002/shard_00040/1987120", "Sour dough"),
    "fresnel-lens-again": ("shard_001/shard_00044/2204318", "Lighthouse lens"),
    # A page that rows name but no shard holds.
    "sundial": ("shard_003/shard_00007/366407", "Sundial"),
}

# Tiles made from another tile: (source, how). "bytes" repeats the file; "jpeg" and "grey8" encode the picture again.
COPIES = {
    "octopus-again/2": ("octopus/2", "bytes"),
    "sourdough-again/2": ("sourdough/2", "jpeg-grey"),
    "fresnel-lens-again/2": ("fresnel-lens/2", "grey8"),
}

# The formats of tiles that are not palette PNGs.
FORMATS = {
    "fresnel-lens/0": "rgb",
    "cordouan/0": "rgb",
    "tide/0": "rgb",
    "octopus/0": "rgb",
    "kite/0": "rgb",
    "papermaking/0": "rgb",
    "baikal/0": "rgb",
    "hangul/1": "grey",
    "cai-lun/1": "grey-alpha",
    "suspension-bridge/2": "rgba",
    "waggle-dance/0": "interlaced",
    "salt/2": "interlaced",
    "tide/2": "jpeg",
}

# Only the first part of this tile's bytes is written.
TRUNCATED = "kite/2"

ROWS = []


def row(split, positive, query, negatives, defects=(), top=None, **extra):
    """Adds a row. `negatives`: tiles, separated by spaces. `defects`: (kind, tile or None, note) for truth.jsonl.

    `top`: "tile=score …", best first, becomes `retrieve_top20`; the scores are invented.
    `extra`: more fields, written as they are.
    """
    ROWS.append(dict(split=split, positive=positive, query=query, negatives=negatives.split(),
                     defects=list(defects), top=top, extra=extra))


FALSE = "false_negative"

# ---------------------------------------------------------------------------------------------------- train

row("train", "fresnel-lens/1", "focal distance of a third-order lighthouse lens in mm",
    "fresnel-lens/2 cordouan/1 fresnel-lens/0 cordouan/0",
    answer="500 mm", source_positive_rank=1, source_positive_score=0.7412)

row("train", "fresnel-lens/0", "When and where was the first Fresnel lens lit for shipping?",
    "cordouan/0 fresnel-lens/2 tide/1 kite/1",
    [(FALSE, "cordouan/0", "the second paragraph gives the same day and place")],
    top="fresnel-lens/0=0.7688 cordouan/0=0.7541 fresnel-lens/2=0.6102 cordouan/1=0.5977 tide/1=0.4410 kite/1=0.4126",
    answer="25 July 1823, at the Cordouan lighthouse", source_positive_rank=1, source_positive_score=0.7688)

row("train", "sourdough/1", "Which enzyme makes the crumb of rye bread gummy unless the dough is sour?",
    "sourdough/0 sourdough/2 papermaking/1 salt/1",
    answer="amylase")

row("train", "antikythera/1", "Πόσους συνοδικούς μήνες έχει ο κύκλος του Σάρου;",
    "antikythera/0 antikythera/2 astrolabe/0 tidal-locking/1",
    answer="223")

row("train", "octopus/1", "longest brooding time of any animal",
    "octopus/0 octopus/2 waggle-dance/0 baikal/1",
    source_positive_rank=1, source_positive_score=0.6930)

row("train", "suspension-bridge/1", "Which bridge has the longest main span as of 2022?",
    "suspension-bridge/2 suspension-bridge/0 cordouan/0 baikal/0",
    [(FALSE, "suspension-bridge/0", "the lead names the 1915 Çanakkale Bridge and its span")],
    answer="1915 Çanakkale Bridge", source_positive_rank=2, source_positive_score=0.7215)

row("train", "tidal-locking/2", "Hyperion rotation chaotic moon of Saturn",
    "tidal-locking/0 tidal-locking/1 tide/2 antikythera/1")

row("train", "hangul/1", "훈민정음 해례본은 언제 어디서 발견되었나요?",
    "hangul/0 hangul/2 soroban/0 cai-lun/0",
    answer="1940년 경상북도 안동", source_positive_rank=1, source_positive_score=0.7033)

row("train", "salt/1", "How many kilometres did Gandhi walk to reach Dandi?",
    "salt/0 salt/2 sundial/0 kite/1 abacus/2",
    [("missing_tile", "sundial/0", "no shard holds this tile")],
    answer="about 390 km")

row("train", "abacus/0", "How many beads has a Japanese soroban above and below the beam?",
    "soroban/0 abacus/1 abacus/2 papermaking/1",
    [(FALSE, "soroban/0", "Japanese text, same fact: one five-bead and four one-beads on each rod (infobox and lead)")],
    answer="1 above, 4 below", positive_rank=0, positive_score=0.0)

row("train", "kite/0", "diagram of the forces acting on a kite in the wind",
    "kite/1 suspension-bridge/0 tide/0 tidal-locking/1",
    source_positive_rank=1, source_positive_score=0.7829)

row("train", "baikal/1", "Какая река вытекает из Байкала?",
    "baikal/2 baikal/0 tide/1 hangul/2",
    [(FALSE, "baikal/0", "the infobox says that the Angara flows out")],
    answer="Ангара")

row("train", "waggle-dance/1", "How far away is the food if a bee waggles for one second?",
    "waggle-dance/0 waggle-dance/2 octopus/0 octopus/1",
    answer="about one kilometre", source_positive_rank=1, source_positive_score=0.7350)

row("train", "astrolabe/1", "ما هو العنكبوت في الأسطرلاب؟",
    "astrolabe/0 antikythera/0 hangul/0",
    [("wrong_positive", "astrolabe/1", "history and the last steps of use; the word occurs, but what the spider (rete) is stands in the chunk before"),
     (FALSE, "astrolabe/0", "the table of parts explains it: this tile should have been the positive")],
    source_positive_rank=3, source_positive_score=0.5524)

row("train", "papermaking/2", "What is the area of a sheet of A0 paper?",
    "papermaking/0 papermaking/1 cai-lun/0 baikal/0",
    answer="one square metre", source_positive_rank=1, source_positive_score=0.7110)

row("train", "tidal-locking/1", "How fast is the Moon moving away from the Earth?",
    "tide/1 tidal-locking/0 tidal-locking/2 tide/0",
    [(FALSE, "tide/1", "“Tides and the length of the day” gives the same 3.8 centimetres a year")],
    top="tide/1=0.7303 tidal-locking/1=0.7296 tidal-locking/0=0.6515 tidal-locking/2=0.6044 tide/0=0.5980",
    answer="3.8 cm a year", source_positive_rank=2, source_positive_score=0.7296)

row("train", "octopus/2", "How does an octopus get into a shell that it cannot pull open?",
    "octopus/0 octopus-again/2 octopus/1 salt/0",
    [(FALSE, "octopus-again/2", "byte for byte the positive tile, under another path")],
    answer="It drills a hole with its radula and lets in poison")

row("train", "suspension-bridge/1", "wind speed at the collapse of the Tacoma Narrows Bridge",
    "suspension-bridge/0 suspension-bridge/2 kite/2 kite/1 tide/1",
    [("corrupt_tile", "kite/2", "the PNG breaks off after about 60 per cent of its bytes")],
    answer="about 64 km/h")

row("train", "soroban/0", "吉田光由が1627年に出した算術書の名前は何ですか？",
    "soroban/1 abacus/0 cai-lun/0 hangul/1",
    answer="塵劫記")

row("train", "cordouan/0", "Who made the tower of Cordouan higher at the end of the eighteenth century?",
    "cordouan/1 fresnel-lens/1 fresnel-lens/0 suspension-bridge/1",
    answer="Joseph Teulère", source_positive_rank=1, source_positive_score=0.7577)

row("train", "tide/0", "What does it say about this in the table above?",
    "tide/1 tide/2 salt/1",
    [("bad_query", None, "names no subject; it cannot be answered without the page at hand")])

row("train", "sourdough/2", "spongy flat bread made from teff batter",
    "sourdough/0 salt/2 sourdough-again/2 sourdough/1",
    [(FALSE, "sourdough-again/2", "the positive tile encoded anew as a grey JPEG")],
    answer="injera", source_positive_rank=1, source_positive_score=0.6644)

row("train", "kite/1", "Who got the first line across the Niagara gorge with a kite?",
    "kite/0 suspension-bridge/1 suspension-bridge/0 suspension-bridge/2",
    [(FALSE, "suspension-bridge/1", "“A kite at Niagara” tells the same of Homan Walsh")],
    top="suspension-bridge/1=0.7462 kite/1=0.7405 kite/0=0.6330 suspension-bridge/0=0.5618 suspension-bridge/2=0.5290",
    answer="Homan Walsh", source_positive_rank=2, source_positive_score=0.7405)

row("train", "astrolabe/1", "من أوّل من صنع أسطرلابًا في العالم الإسلامي؟",
    "astrolabe/0 antikythera/1 tidal-locking/2 abacus/0",
    answer="محمد بن إبراهيم الفزاري")

row("train", "tide/0", "What is the difference between a spring tide and a neap tide?",
    "tide/2 tidal-locking/0 tidal-locking/1",
    source_positive_rank=1, source_positive_score=0.7702)

row("train", "papermaking/0", "In which year did Cai Lun report on his paper to the emperor?",
    "papermaking/2 cai-lun/0 cai-lun/1 abacus/2",
    [(FALSE, "cai-lun/0", "Chinese text, same fact: presented to the emperor in 105")],
    answer="105 CE", source_positive_rank=None, source_positive_score=None)

row("train", "salt/2", "At what salt content does brine have its lowest freezing point?",
    "salt/0 fresnel-lens/2 sourdough/1",
    [("wrong_positive", "salt/2", "kinds, names and lakes; the answer (23 per cent) stands in the chunk before")],
    answer="23 per cent", source_positive_rank=4, source_positive_score=0.5391)

row("train", "baikal/1", "Какой тюлень живёт только в пресной воде?",
    "baikal/2 baikal/0 baikal/2 octopus/1 salt/0",
    [("repeated_negative", "baikal/2", "the same tile stands twice among the negatives")],
    answer="нерпа")

row("train", "waggle-dance/0", "Who shared the Nobel Prize with Karl von Frisch in 1973?",
    "waggle-dance/1 octopus/1 waggle-dance/2 kite/1",
    [(FALSE, "waggle-dance/2", "the end of the history section names Lorenz and Tinbergen again")],
    answer="Konrad Lorenz and Nikolaas Tinbergen")

row("train", "hangul/2", "한글날이 다시 공휴일이 된 해는?",
    "hangul/1 hangul/0 baikal/2",
    answer="2013년")

row("train", "octopus/0", "What carries oxygen in the blood of an octopus?",
    "octopus/1 octopus/2",
    answer="haemocyanin")

row("train", "antikythera/0", "Ποιος πρόσεξε το 1902 τον οδοντωτό τροχό;",
    "antikythera/2 astrolabe/1 antikythera/1 hangul/0",
    [(FALSE, "antikythera/1", "the research section repeats that Stais saw the first wheel in 1902")],
    answer="Ο Βαλέριος Στάης", source_positive_rank=1, source_positive_score=0.7123)

row("train", "salt/1", "first country to put iodine into table salt",
    "salt/0 salt/1 salt/2 sourdough/0",
    [("positive_in_negatives", "salt/1", "the positive stands among its own negatives")],
    answer="Switzerland")

row("train", "soroban/0", "1946年のそろばんと電動計算機の試合はどちらが勝ちましたか？",
    "soroban/1 abacus/1 abacus/2 abacus/0",
    [(FALSE, "abacus/1", "English text, same fact: the soroban won by four events to one")],
    answer="そろばん（4対1）", source_positive_rank=1, source_positive_score=0.7641)

row("train", "tide/2", "largest tidal power station since 2011",
    "tide/0 tide/1 cordouan/1 suspension-bridge/2 baikal/1 fresnel-lens/1 tidal-locking/0",
    answer="Sihwa Lake, South Korea")

row("train", "sourdough/1", "baker's percentage of salt in a country loaf",
    "salt/1 sourdough/0 salt/0 sourdough/2 papermaking/0",
    answer="2 %", source_positive_rank=1, source_positive_score=0.7268)

row("train", "cai-lun/1", "放马滩出土的古纸比蔡伦早多少年？",
    "cai-lun/0 papermaking/2 hangul/1 soroban/0",
    answer="两百多年")

row("train", "tidal-locking/0", "Which planet turns three times on its axis during two orbits of the Sun?",
    "tidal-locking/2 tidal-locking/1 tide/0 tide/2 astrolabe/0",
    [(FALSE, "tidal-locking/1", "the section on Mercury gives the ratio 3:2 with its periods")],
    answer="Mercury")

row("train", "octopus/0", "Where do two thirds of an octopus's nerve cells lie?",
    "octopus/1 octopus/2 waggle-dance/1 antikythera/2",
    answer="in the arms")

# ----------------------------------------------------------------------------------------------------- eval

row("eval", "papermaking/1", "How fast does a modern Fourdrinier machine run?",
    "papermaking/0 papermaking/2 fresnel-lens/1 cordouan/1",
    answer="up to 2,000 metres a minute", source_positive_rank=1, source_positive_score=0.7196)

row("eval", "baikal/0", "Чему равна наибольшая глубина Байкала?",
    "baikal/1 baikal/2 tide/0 suspension-bridge/0",
    answer="1642 м")

row("eval", "fresnel-lens/2", "theatre lamp that gives a pool of light with a soft edge",
    "fresnel-lens/0 fresnel-lens-again/2 cordouan/1 kite/0",
    [(FALSE, "fresnel-lens-again/2", "the positive tile encoded anew in eight greys")],
    source_positive_rank=1, source_positive_score=0.6879)

row("eval", "hangul/0", "자음 ㄱ은 무엇의 모양을 본떴나요?",
    "hangul/1 hangul/2 cai-lun/1 abacus/0",
    answer="혀뿌리가 목구멍을 막는 모양")

# ----------------------------------------------------------------------------------------------------- test

row("test", "abacus/2", "Who brought the bead frame home from Saratov to Metz?",
    "abacus/0 abacus/1 soroban/1 suspension-bridge/1",
    answer="Jean-Victor Poncelet", source_positive_rank=1, source_positive_score=0.7384)

row("test", "cai-lun/0", "蔡伦用哪些原料造纸？",
    "cai-lun/1 papermaking/1 soroban/0 hangul/1",
    answer="树皮、麻头、破布和旧渔网")

row("test", "papermaking/2", "What is the area of a sheet of A0 paper?",
    "papermaking/1 papermaking/0 abacus/2",
    [("split_leak", "papermaking/2", "the train split holds the same query with the same positive")],
    answer="one square metre")

row("test", "astrolabe/0", "أيّ جزء من الأسطرلاب حافته مقسومة إلى 360 درجة؟",
    "astrolabe/1 antikythera/2 tidal-locking/1 soroban/1",
    answer="الأمّ")

row("test", "cordouan/1", "Which room is on the sixth floor of the Cordouan lighthouse?",
    "cordouan/0 fresnel-lens/0 fresnel-lens/2 suspension-bridge/2",
    answer="the watch room")
