import { defineSettings, list, optionalPath, text } from "@gatehouse/settings";
import { parseRule } from "./retention.ts";

/** Public keys of age: X25519, and the hybrid ones that begin with "age1pq". */
const RECIPIENT = /^age1[a-z0-9]{20,2200}$/;

/** What `make backup` and its neighbours read, from the command line or .env. */
export const backupSettings = defineSettings("BACKUP", {
  folder: text({
    default: "backups",
    why: "Where backups are written, each in a folder of its own, below one with the project's name.",
    allowed: "a path, absolute or from the clone's folder",
    matches: /^[^\s].*$/,
  }),
  keep: text({
    default: "last=3,daily=7,weekly=4,monthly=6",
    why: "Which backups stay when a new one is complete; all is every one.",
    allowed: "all, or counts like last=3,daily=7,weekly=4,monthly=6",
    matches: { test: (word) => parseRule(word) !== undefined },
  }),
  recipients: list({
    default: [],
    why: "Public keys of age: backups are encrypted for them. Empty: not encrypted.",
    allowed: "public keys like age1..., separated by commas",
    matches: RECIPIENT,
  }),
  identity: optionalPath(
    "The file of the secret key of age, for make restore of an encrypted backup; best given only then.",
  ),
  hook: optionalPath(
    "A program that copies a complete backup off this machine; its argument is the backup's folder.",
  ),
});
