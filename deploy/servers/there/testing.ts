/** Values whose characters mean something in an .env file. */
export const VALUES: Readonly<Record<string, string>> = {
  A: "plain-1",
  B: "two words # no comment",
  C: "it's",
  D: "$HOME and \\n",
  E: "-----BEGIN\nKEY\n-----END",
  F: "",
  G: "C:\\folder\\",
  H: "two words\\",
  I: "a\\nb",
  J: 'say "x"',
  K: " space ",
  L: "#hash",
  M: "\\",
  N: "{BRACES} and `ticks` $",
};
