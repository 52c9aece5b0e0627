/** A bar of a chart: its parts stand one after the other. */
export interface ChartBar {
  readonly label: string;
  /** Behind the bar. */
  readonly note: string;
  readonly parts: readonly { readonly name: string; readonly value: number }[];
}

const WIDTH = 960;
const LABEL = 290;
const NOTE = 190;
const LINE = 26;
const BAR = 18;
const COLOURS = ["#2b6cb0", "#dd6b20", "#38a169", "#805ad5"];

/** Draws horizontal bars to one scale, as inline SVG. */
export function chart(title: string, bars: readonly ChartBar[]): string {
  const names = [...new Set(bars.flatMap(({ parts }) => parts.map(({ name }) => name)))];
  const sums = bars.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0));
  const scale = (WIDTH - LABEL - NOTE) / Math.max(...sums, Number.MIN_VALUE);
  const height = (bars.length + 1) * LINE;
  const lines = bars.map(({ label, note, parts }, index) => {
    const top = (index + 1) * LINE;
    let left = LABEL;
    const rectangles = parts.map(({ name, value }) => {
      const width = Math.max(0, value * scale);
      const from = left;
      left += width;
      const colour = COLOURS[names.indexOf(name) % COLOURS.length];
      return `<rect x="${from.toFixed(1)}" y="${top}" width="${width.toFixed(1)}" height="${BAR}" fill="${colour}"><title>${asHtml(`${name}: ${value.toPrecision(3)}`)}</title></rect>`;
    });
    const baseline = top + BAR - 4;
    return [
      `<text x="${LABEL - 8}" y="${baseline}" text-anchor="end">${asHtml(label)}</text>`,
      ...rectangles,
      `<text x="${(left + 6).toFixed(1)}" y="${baseline}">${asHtml(note)}</text>`,
    ].join("");
  });
  const legend = names.map((name, index) => {
    const left = LABEL + index * 120;
    return `<rect x="${left}" y="4" width="12" height="12" fill="${COLOURS[index % COLOURS.length]}"/><text x="${left + 18}" y="15">${asHtml(name)}</text>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${asHtml(title)}">${legend.join("")}${lines.join("")}</svg>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Text as HTML. */
export function asHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
