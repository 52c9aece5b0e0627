import { join } from "node:path";
import { PANELS, type Unit } from "./panels.ts";

/** Grafana's names of the units. */
const UNITS: Readonly<Record<Unit, string>> = {
  "per second": "reqps",
  seconds: "s",
  share: "percentunit",
  count: "short",
  bytes: "Bps",
  days: "d",
};

const WIDTH = 8;
const HEIGHT = 7;
const COLUMNS = 3;

/** The uid of the data source in grafana/datasources.yaml. */
const DATASOURCE = { type: "prometheus", uid: "gatehouse" };

/** The files that are made of the panels: Grafana's dashboard, and the list that the page reads. */
export const PANEL_FILES = {
  [join(import.meta.dirname, "grafana/dashboards/gatehouse.json")]: () => json(dashboard()),
  [join(import.meta.dirname, "page/panels.json")]: () => json(PANELS),
} as const;

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** The dashboard in Grafana's JSON model. */
function dashboard() {
  return {
    uid: "gatehouse",
    title: "Gatehouse",
    timezone: "browser",
    schemaVersion: 39,
    refresh: "5s",
    time: { from: "now-30m", to: "now" },
    panels: PANELS.map(({ title, unit, about, lines }, index) => ({
      id: index + 1,
      type: "timeseries",
      title,
      description: about,
      datasource: DATASOURCE,
      gridPos: {
        x: (index % COLUMNS) * WIDTH,
        y: Math.floor(index / COLUMNS) * HEIGHT,
        w: WIDTH,
        h: HEIGHT,
      },
      fieldConfig: { defaults: { unit: UNITS[unit], min: 0 }, overrides: [] },
      options: { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi" } },
      targets: lines.map(({ query, name }, line) => ({
        refId: String.fromCharCode("A".charCodeAt(0) + line),
        datasource: DATASOURCE,
        expr: query,
        legendFormat: name,
      })),
    })),
  };
}
