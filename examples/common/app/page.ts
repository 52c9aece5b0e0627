import { assetPath } from "./assets.ts";
import { type Entry, LONGEST } from "./entries.ts";

const TITLE = "__name__";

/** The whole page. */
export function page(entries: readonly Entry[], problem?: string): string {
  const warning = problem === undefined ? "" : `<p role="alert">${escaped(problem)}</p>`;
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${TITLE}</title>
  <link rel="stylesheet" href="${assetPath("style.css")}">
  <script type="module" src="${assetPath("live.js")}"></script>
</head>
<body>
<main>
  <h1>${TITLE}</h1>
  ${warning}
  <form method="post" action="/entries" enctype="multipart/form-data">
    <label for="text">Your entry</label>
    <textarea id="text" name="text" rows="3" maxlength="${LONGEST}" required></textarea>
    <label for="picture">A picture, if you like</label>
    <input id="picture" name="picture" type="file" accept="image/png,image/jpeg,image/gif">
    <button>Add</button>
  </form>
  <div id="entries">${entryList(entries)}</div>
</main>
</body>
</html>
`;
}

/** The part of the page that a live update replaces. */
export function entryList(entries: readonly Entry[]): string {
  if (entries.length === 0) return "<p>There are no entries yet.</p>";
  return `<ul>${entries.map(item).join("")}</ul>`;
}

function item({ text, picture, writtenAt }: Entry): string {
  const image = picture === null ? "" : `<img src="/pictures/${escaped(picture)}" alt="">`;
  const time = writtenAt.toISOString();
  return `<li>${image}<p>${escaped(text)}</p><time datetime="${time}">${time.slice(0, 16).replace("T", " ")}</time></li>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text of a visitor's in HTML. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}
