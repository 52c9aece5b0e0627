/**
 * Names of accounts: the UsernameCaseMapped profile of PRECIS (RFC 8265, 3.3), with fewer characters
 * than it allows, and one script a name (UTS #39, 5.2), so that names look different if they are.
 */

/** The compatibility forms that RFC 8265, 3.3.1, maps: full width and half width. */
const WIDTHS = /[\uff01-\uffee]/gu;

/** Maps widths and composes characters (NFC). Upper and lower case stay, for the eye. */
export function preparedName(name: string): string {
  return name.replaceAll(WIDTHS, (character) => character.normalize("NFKC")).normalize("NFC");
}

/** Begins with a letter or a digit; then also marks, spaces, dots, underscores and dashes. */
const SHAPE =
  /^[\p{Ll}\p{Lu}\p{Lo}\p{Lm}\p{Nd}][\p{Ll}\p{Lu}\p{Lo}\p{Lm}\p{Nd}\p{Mn}\p{Mc} ._-]*$/u;
/** RFC 8264, 9.10 and 9.13; RFC 5892, 2.6: letters and marks that the identifier class disallows. */
const DISALLOWED =
  /[\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b]/u;
/** UTS #39, 5.4: marks that pile up, or one over the other. */
const PILED_MARKS = /\p{Mn}{4}|(\p{Mn})\1/u;
/** RFC 5892, appendix A.8 and A.9: digits of both kinds. */
const ARABIC_DIGITS = [/[\u0660-\u0669]/u, /[\u06f0-\u06f9]/u] as const;

/** Whether a prepared name may be chosen for an account. */
export function isUserName(name: string): boolean {
  return (
    SHAPE.test(name) &&
    !DISALLOWED.test(name) &&
    !PILED_MARKS.test(name.normalize("NFD")) &&
    // RFC 8264, 9.17: characters with a compatibility form, such as ﬁ, ª and 𝐀.
    [...name].every((character) => character.normalize("NFKC") === character) &&
    !ARABIC_DIGITS.every((digits) => digits.test(name)) &&
    SCRIPTS.some((script) => script.test(name.replaceAll(EVERYWHERE, ""))) &&
    keepsDirection(name)
  );
}

/** Allowed with the letters of any script. */
const EVERYWHERE = /[0-9 ._-]|\p{Script=Inherited}/gu;

/** The scripts in modern use (UAX #31, table 5), and those that are written together. */
const SCRIPTS: readonly RegExp[] = [
  /^[\p{scx=Latn}]*$/u,
  /^[\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Latn}]*$/u,
  /^[\p{scx=Hani}\p{scx=Bopo}\p{scx=Latn}]*$/u,
  /^[\p{scx=Hani}\p{scx=Hang}\p{scx=Latn}]*$/u,
  ...[/^\p{scx=Arab}*$/u, /^\p{scx=Armn}*$/u, /^\p{scx=Beng}*$/u, /^\p{scx=Cyrl}*$/u],
  ...[/^\p{scx=Deva}*$/u, /^\p{scx=Ethi}*$/u, /^\p{scx=Geor}*$/u, /^\p{scx=Grek}*$/u],
  ...[/^\p{scx=Gujr}*$/u, /^\p{scx=Guru}*$/u, /^\p{scx=Hebr}*$/u, /^\p{scx=Khmr}*$/u],
  ...[/^\p{scx=Knda}*$/u, /^\p{scx=Laoo}*$/u, /^\p{scx=Mlym}*$/u, /^\p{scx=Mymr}*$/u],
  ...[/^\p{scx=Orya}*$/u, /^\p{scx=Sinh}*$/u, /^\p{scx=Taml}*$/u, /^\p{scx=Telu}*$/u],
  ...[/^\p{scx=Thaa}*$/u, /^\p{scx=Thai}*$/u, /^\p{scx=Tibt}*$/u],
];

const RIGHT_TO_LEFT = /[\p{scx=Arab}\p{scx=Hebr}\p{scx=Thaa}]/u;

/** The Bidi Rule (RFC 5893, 2) for names of one script: conditions 1, 3 and 4. */
function keepsDirection(name: string): boolean {
  if (!RIGHT_TO_LEFT.test(name)) return true;
  const first = name.slice(0, 1);
  const isMixed = /[0-9]/.test(name) && /[\u0660-\u0669]/.test(name);
  return (
    RIGHT_TO_LEFT.test(first) &&
    !/\p{N}/u.test(first) &&
    /[\p{L}\p{N}\p{M}]$/u.test(name) &&
    !isMixed
  );
}

/** Characters that look the same, each list behind what stands for all of them. */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  a: "ΑαАаɑᴀ",
  b: "ΒВʙ",
  c: "ϹСсᴄ",
  d: "Ԁԁᴅ",
  e: "ΕЕеᴇ",
  f: "ꜰ",
  g: "ɡɢց",
  h: "ΗНҺһհʜ",
  i: "ιіıɩ",
  j: "ͿϳЈјȷᴊ",
  k: "ΚκКкᴋ",
  l: "I1ΙІӀӏƖǀɪʟ",
  m: "ΜМᴍ",
  n: "Νηոɴ",
  o: "0ΟοОоՕօᴏ",
  p: "ΡρРрᴘ",
  q: "Ԛԛզ",
  r: "ʀ",
  s: "ЅѕՏꜱ",
  t: "ΤТᴛ",
  u: "υՍսᴜ",
  v: "νѴѵᴠ",
  w: "Ԝԝωѡᴡ",
  x: "ΧχХх",
  y: "ΥγУуҮүʏ",
  z: "Ζᴢ",
  σ: "ς",
  ک: "ك",
  ی: "يى",
  ヘ: "へ",
  リ: "り",
  一: "ー",
  二: "ニ",
  八: "ハ",
  力: "カ",
  卜: "ト",
  口: "ロ",
  夕: "タ",
  工: "エ",
};
const STANDS_FOR: ReadonlyMap<string, string> = new Map(
  Object.entries(LOOK_ALIKES).flatMap(([one, others]) => [...others].map((each) => [each, one])),
);
/** In most typefaces, of letters side by side. */
const PAIRS: readonly (readonly [string, string])[] = [
  ["rn", "m"],
  ["vv", "w"],
];

/** The same for all names that look alike (UTS #39, 4), for any text, also for names of old accounts. */
export function skeletonOf(name: string): string {
  const visible = name.normalize("NFKD").replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "");
  const letters = [...visible].map((character) => {
    const same = STANDS_FOR.get(character);
    return same ?? STANDS_FOR.get(character.toLowerCase()) ?? character.toLowerCase();
  });
  // A dot above i and j is hardly seen.
  const dotted = letters.join("").replaceAll(/(?<=[ij])\u0307/g, "");
  return PAIRS.reduce((text, [pair, one]) => text.replaceAll(pair, one), dotted).normalize("NFC");
}
