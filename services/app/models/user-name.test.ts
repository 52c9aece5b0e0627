import assert from "node:assert/strict";
import { test } from "node:test";
import { isUserName, preparedName, skeletonOf } from "./user-name.ts";

test("names of people all over the world are accepted, and look different", () => {
  const names = [
    ...["Ella", "Elia", "Eila", "Zoë", "Zoe", "Łukasz Żak", "Nguyễn Thị Ánh", "İpek", "Straße"],
    ...[
      "O_o.x-9",
      "7seven",
      "Анна",
      "Αθηνά",
      "Հայկ",
      "გიორგი",
      "עמרם",
      "محمد ۱۲",
      "आदित्य",
      "অদিতি",
    ],
    ...["สมชาย", "山田 太郎", "やまだ", "ジョン Smith", "김철수", "አበበ", "සුනිල්", "தமிழ்"],
  ];
  for (const name of names) assert.ok(isUserName(preparedName(name)), name);
  assert.equal(new Set(names.map(skeletonOf)).size, names.length);
});

for (const [what, names] of Object.entries({
  "compatibility forms (RFC 8264, 9.17)": ["①", "Ⅷ", "ª", "ﬁn", "𝐀da", "ſam", "Eˡla"],
  "characters that are not seen (RFC 8264, 9.13)": [
    ...["a\u200db", "a\u034f", "a\u00adb", "\u3164", "a\u115f", "a\ufe0f", "a\u{e0061}", "a\u2060"],
  ],
  "old jamo, and the exceptions of RFC 5892, 2.6": ["ᄀ", "ـعمر", "a\u302e"],
  "symbols, punctuation and controls": [
    "a♥",
    "a’b",
    "a@b",
    "a/b",
    "a\u0007",
    "a\u202eb",
    "a\ufffd",
  ],
  "digits of two kinds (RFC 5892, A.8; RFC 5893, 2.4)": ["عمر١۱", "عمر١1"],
  "a direction that changes (RFC 5893)": ["עמר Ada", "1עמר", "عمر."],
  "letters of two scripts, or of one that is not in use": ["Adа", "Αda", "Ада a", "ᏣᎳᎩ", "あа"],
  "marks that pile up": ["a\u0337\u0337", "a\u0301\u0301", "E\u0316\u0317\u0318\u0319"],
  "a mark or a separator in front": ["\u0301a", "_a", "-a", ".a"],
})) {
  test(`a name has no ${what}`, () => {
    for (const name of names) assert.ok(!isUserName(preparedName(name)), JSON.stringify(name));
  });
}

test("widths and compositions are mapped, upper and lower case are kept", () => {
  assert.equal(preparedName("Ｊｏｓe\u0301 ﾃﾞ"), "José デ");
});

test("the skeleton of any text leaves out what is not seen, and is the same for look-alikes", () => {
  for (const name of [
    "Paypal",
    "PAYPAL",
    "Ｐａｙｐａｌ",
    "Раураӏ",
    "PaypaI",
    "Paypa1",
    "ᴘᴀʏᴘᴀʟ",
    "P\u00adaypal",
    "𝐏aypal",
  ]) {
    assert.equal(skeletonOf(name), "paypal", name);
  }
  assert.equal(skeletonOf("Bernd"), skeletonOf("Bemd"));
  assert.equal(skeletonOf("i\u0307"), skeletonOf("ı"));
  assert.equal(skeletonOf("ニ"), skeletonOf("二"));
});
