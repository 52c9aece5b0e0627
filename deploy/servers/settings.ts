import { isIP } from "node:net";
import { defineSettings, integer, list, optionalPath, text } from "@gatehouse/settings";

const NAME =
  /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;
const DOMAIN = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/** Rules of the firewall have it in their comment, of which nft takes 128 bytes. */
const FOLDER = /^(?=.{1,128}$)(\/[A-Za-z0-9_][A-Za-z0-9_-]*){2,8}$/;

/** What belongs to the distribution, to root or to no one for long. */
const SYSTEMS =
  /^\/(bin|boot|dev|etc|lib\w*|proc|root|run|sbin|sys|tmp|usr|var\/(cache|lib|log|run|tmp))\//;

const user = (name: string, why: string) =>
  text({
    default: name,
    why,
    allowed: "a user's name like deploy",
    matches: /^[a-z_][a-z0-9_-]{0,31}$/,
  });

/** What an environment's file says of its server. The other lines of the file are for the stack there. */
export const serverSettings = defineSettings("SERVER", {
  host: text({
    default: "",
    why: "The name or the address of the server; every environment needs it.",
    allowed: "a host name, or an IP address without brackets",
    matches: { test: (word) => isIP(word) !== 0 || NAME.test(word) },
  }),
  port: integer({ default: 22, min: 1, max: 65535, why: "The port of its sshd." }),
  hostKey: text({
    default: "",
    why: "Its public host key; empty: your own known_hosts decides.",
    allowed: "a public key like ssh-ed25519 AAAA...",
    matches: /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d{3}) [A-Za-z0-9+/]{40,1000}={0,2}$/,
  }),
  admin: user(
    "root",
    "Prepares the server; if it is not root, it must be allowed to sudo without a password.",
  ),
  user: user("deploy", "Deploys; make server makes this user."),
  keys: optionalPath("A file of this repository with public keys that may deploy, one a line."),
  folder: text({
    default: "/srv/gatehouse",
    why: "Where the site is on the server; several sites on one server have a folder each.",
    allowed:
      "an absolute path of letters, digits, - and _, of 128 characters at most, at least two folders deep and not below a system's folder",
    matches: { test: (word) => FOLDER.test(word) && !SYSTEMS.test(word) },
  }),
  domains: list({
    default: [],
    why: "The names of the site, the first one its address: certificate, redirects and ports 80 and 443 follow.",
    allowed: "domain names in lower case, separated by commas",
    matches: DOMAIN,
  }),
  secrets: optionalPath(
    "A file of NAME=value lines that git ignores, or a program that prints them: what is secret in .env and app.env.",
  ),
});
