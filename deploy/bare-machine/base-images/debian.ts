import { existsSync, mkdirSync, mkdtempDisposableSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates } from "node:tls";
import { type CommandResult, run, VERBOSE } from "../../command.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../../problem.ts";
import { findArchive, readAptSources } from "../engine/apt-sources.ts";
import { readHost } from "../engine/host.ts";
import { installPackages } from "../engine/packages.ts";

const SUITE = "trixie";
/** Debian's keys, on Debian and on Ubuntu. The apt of Ubuntu does not trust them by default. */
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
/** With these, npm, Go, curl and Python in a build trust the authorities that this machine trusts. */
const ENVIRONMENT = [
  ...["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"],
].map((name) => `${name}=${CA_BUNDLE}`);

/**
 * Makes an image of a minimal Debian, from the archives of this machine's apt.
 * @param folder an empty folder for temporary files
 * @returns the result of the step that failed, else of the last one
 * @throws Problem if mmdebstrap is missing and cannot be installed
 */
export async function makeDebian(tag: string, folder: string): Promise<CommandResult> {
  await ensureBootstrap();
  const authorities = join(folder, "authorities");
  mkdirSync(authorities);
  // Those of a network that re-signs TLS, and of this machine's own servers: Node does not trust them.
  const trusted = [...getCACertificates("system"), ...getCACertificates("extra")];
  for (const [index, pem] of beyond(trusted, getCACertificates("bundled")).entries()) {
    writeFileSync(join(authorities, `host-${index + 1}.crt`), `${pem.trim()}\n`);
  }
  const aptOptions = join(folder, "apt.conf");
  writeFileSync(aptOptions, APT_OPTIONS);
  const proxies = await aptProxies();
  // By a file: everybody may read the arguments of a program.
  const proxyFile = join(folder, "proxy.conf");
  writeFileSync(proxyFile, proxies.text, { mode: 0o600 });
  const archive = join(folder, "debian.tar");
  const bootstrap = await run(
    "mmdebstrap",
    [
      "--variant=minbase",
      "--include=ca-certificates",
      `--aptopt=${proxyFile}`,
      ...DPKG_OPTIONS.map((option) => `--dpkgopt=${option}`),
      `--customize-hook=sync-in ${authorities} /usr/local/share/ca-certificates`,
      `--customize-hook=upload ${aptOptions} /etc/apt/apt.conf.d/90image`,
      // The options above stop apt from writing this cache, but it has been written before.
      '--customize-hook=rm -f "$1"/var/cache/apt/*.bin',
      ...(proxies.secret ? ['--customize-hook=rm -f "$1"/etc/apt/apt.conf.d/99mmdebstrap'] : []),
      '--customize-hook=chroot "$1" update-ca-certificates',
      `--keyring=${KEYRING}`,
      ...[SUITE, archive, ...archiveLines()],
    ],
    { env: { LC_ALL: "C" }, stream: VERBOSE },
  );
  if (bootstrap.code !== 0) return bootstrap;
  // From a file: a bootstrap that fails halfway leaves no image.
  const changes = ["CMD bash", `ENV ${ENVIRONMENT.join(" ")}`];
  const result = await run("docker", [
    ...["import", ...changes.flatMap((change) => ["--change", change]), archive, tag],
  ]);
  rmSync(archive);
  return result;
}

/** Keeps apt's downloads and caches out of the layers of later builds. */
const APT_OPTIONS = `APT::Keep-Downloaded-Packages "false";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
`;

/** As in Debian's slim images: no manuals and translations, but the licences. */
const DPKG_OPTIONS = [
  "path-exclude=/usr/share/man/*",
  "path-exclude=/usr/share/locale/*",
  "path-exclude=/usr/share/doc/*",
  "path-include=/usr/share/doc/*/copyright",
];

/** The proxies of this machine's apt. */
interface AptProxies {
  /** For a file of apt's configuration. */
  readonly text: string;
  /** Whether one has a password: then it is in no image, and each build gets it as a secret. */
  readonly secret: boolean;
}

export async function aptProxies(): Promise<AptProxies> {
  const names = ["Acquire::http::Proxy", "Acquire::https::Proxy"];
  return proxiesIn((await run("apt-config", ["dump", ...names])).stdout);
}

/** Reads what `apt-config dump` prints. */
export function proxiesIn(dump: string): AptProxies {
  const lines = dump.split("\n").filter((line) => /Proxy "[^"]/.test(line));
  return {
    text: lines.map((line) => `${line}\n`).join(""),
    secret: lines.some((line) => /\/\/[^"/]*@/.test(line)),
  };
}

/** The archives of this machine, if it is a Debian. With none, mmdebstrap uses its defaults. */
function archiveLines(): string[] {
  const sources = readAptSources();
  const own = readHost().distribution?.codename ?? "";
  return ["", "-updates", "-security"].flatMap((part) => {
    const archive = findArchive(sources, own + part);
    if (archive === undefined || readHost().distribution?.id !== "debian") return [];
    const key = archive.signedBy?.startsWith("/") ? `[signed-by=${archive.signedBy}] ` : "";
    return `deb ${key}${archive.uri} ${SUITE}${part} main`;
  });
}

/** Part of apt; downloads one file with apt's own proxies. */
const APT_HELPER = "/usr/lib/apt/apt-helper";
const ARCHIVE_TIMEOUT_MS = 10_000;

/** Whether the package archive of this machine's apt responds: then stand-ins can be made. */
export async function packageArchiveResponds(): Promise<boolean> {
  const codename = readHost().distribution?.codename ?? "";
  const archive = findArchive(readAptSources(), codename);
  if (archive === undefined) return false;
  const address = `${archive.uri.replace(/\/$/, "")}/dists/${codename}/InRelease`;
  using folder = mkdtempDisposableSync(join(tmpdir(), "gatehouse-archive-"));
  const args = ["download-file", address, join(folder.path, "InRelease")];
  return (await run(APT_HELPER, args, { timeout: ARCHIVE_TIMEOUT_MS })).code === 0;
}

async function ensureBootstrap(): Promise<void> {
  if (existsSync(KEYRING) && (await run("mmdebstrap", ["--version"])).code === 0) return;
  const { root, distribution } = readHost();
  const packages = ["mmdebstrap", "debian-archive-keyring"];
  if (root && (distribution?.id === "debian" || distribution?.id === "ubuntu")) {
    return installPackages(packages);
  }
  throw new Problem(
    "no image registry responds, and mmdebstrap, which makes base images without one, is missing: " +
      `install it (on Debian or Ubuntu: sudo apt-get install ${packages.join(" ")})`,
    UNAVAILABLE_EXIT_CODE,
  );
}

/** The certificates that are not among the known ones, each once. Line ends do not matter. */
export function beyond(certificates: readonly string[], known: readonly string[]): string[] {
  const plain = (pem: string): string => pem.replaceAll(/\s/g, "");
  const seen = new Set(known.map(plain));
  return certificates.filter((pem) => {
    const text = plain(pem);
    return !seen.has(text) && seen.add(text);
  });
}
