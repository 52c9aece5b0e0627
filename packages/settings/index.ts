export {
  choice,
  host,
  integer,
  list,
  milliseconds,
  optionalPath,
  path,
  port,
  type Setting,
  seconds,
  text,
  toggle,
} from "./kinds.ts";
export { nearest } from "./nearest.ts";
export { manualSection, printConfig } from "./print.ts";
export {
  type Origin,
  type Reading,
  readSettings,
  SettingError,
  type SettingsFile,
  variablesOf,
} from "./read.ts";
export { CONFIG_EXIT_CODE, refuseStart, startSettings } from "./start.ts";
export { defineSettings, flagOf, type SettingsTable, type Values, variableOf } from "./table.ts";
