export { choice, integer, list, milliseconds, path, type Setting, text, toggle } from "./kinds.ts";
export { nearest } from "./nearest.ts";
export { manualSection, printConfig } from "./print.ts";
export { type Origin, type Reading, readSettings, SettingError, variablesOf } from "./read.ts";
export { CONFIG_EXIT_CODE, startSettings } from "./start.ts";
export { defineSettings, type SettingsTable, type Values } from "./table.ts";
