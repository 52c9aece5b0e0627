/** One line of a chart: a value for each point in time, undefined where there is none. */
export interface Line {
  readonly name: string;
  /** One of the classes that the page's style knows: "a", "b", "c", "bad". */
  readonly color: string;
  readonly values: readonly (number | undefined)[];
}

export interface Chart {
  readonly title: string;
  /** What the values count: "ms", "1/s". */
  readonly unit: string;
  /** Seconds since the start, of each point. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  /** Seconds from and to, of a time that is marked. */
  readonly shade?: readonly [from: number, to: number];
}

const WIDTH = 720;
const HEIGHT = 220;
const LEFT = 56;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 26;

/** A chart as an SVG figure that needs neither a script nor another file. */
export function drawChart({ title, unit, times, lines, shade }: Chart): string {
  const values = lines.flatMap((line) => line.values.filter((value) => value !== undefined));
  const top = niceCeiling(Math.max(...values, 0));
  const end = Math.max(times.at(-1) ?? 0, 1);
  const x = (time: number) => LEFT + (time / end) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM);
  const rows = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const level = y(share * top).toFixed(1);
    return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${level}" y2="${level}"/>
      <text x="${LEFT - 6}" y="${level}" dy="4" text-anchor="end">${short(share * top)}</text>`;
  });
  const columns = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const anchor = share === 0 ? "start" : share === 1 ? "end" : "middle";
    return `<text x="${x(share * end)}" y="${HEIGHT - 6}" text-anchor="${anchor}">${clock(share * end)}</text>`;
  });
  const marked =
    shade === undefined
      ? ""
      : `<rect class="shade" x="${x(shade[0]).toFixed(1)}" y="${TOP}" width="${(x(shade[1]) - x(shade[0])).toFixed(1)}" height="${HEIGHT - TOP - BOTTOM}"/>`;
  const paths = lines.map(({ color, values }) => {
    const points = values.map((value, index) =>
      value === undefined ? undefined : `${x(times[index] ?? 0).toFixed(1)} ${y(value).toFixed(1)}`,
    );
    return `<path class="line ${color}" d="${pathThrough(points)}"/>`;
  });
  const legend = lines.map(
    ({ name, color, values }) =>
      `<span class="key ${color}">${name}: at most ${short(Math.max(...values.map((v) => v ?? 0)))}</span>`,
  );
  return `<figure>
    <figcaption><b>${title}</b> (${unit}) ${legend.join(" ")}</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">
      ${marked}${rows.join("\n")}${columns.join("\n")}${paths.join("\n")}
    </svg>
  </figure>`;
}

/** A gap in the values is a gap in the line. */
function pathThrough(points: readonly (string | undefined)[]): string {
  let open = false;
  return points
    .map((point) => {
      const step = point === undefined ? "" : `${open ? "L" : "M"}${point}`;
      open = point !== undefined;
      return step;
    })
    .join("");
}

/** The next of 1, 2, 4, 5, 10, 20 ... that holds the value, so that quarters are short numbers. */
function niceCeiling(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

function short(value: number): string {
  return value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toPrecision(2);
}

/** Seconds as minutes and seconds: "2:05". */
function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
