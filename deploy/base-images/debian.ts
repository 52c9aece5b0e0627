import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CommandResult, run } from "../command.ts";
import { findArchive, installPackages, readAptSources, readHost } from "../engine/index.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import { hostAuthorities } from "./authorities.ts";

const SUITE = "trixie";
/** Where Debian and Ubuntu put Debian's keys; Ubuntu's apt does not trust them by itself. */
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
/** What makes npm, Go, curl and Python inside a build trust what this host trusts. */
const ENVIRONMENT = [
  ...["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"],
].map((name) => `${name}=${CA_BUNDLE}`);

/**
 * Makes a minimal Debian as an image, from the archives that this host's apt uses.
 * @param folder an empty folder for the steps in between
 * @returns the result of the step that failed, else of the last one
 * @throws Problem if the tool for it is missing and cannot be installed here
 */
export async function makeDebian(
  tag: string,
  folder: string,
  verbose: boolean,
): Promise<CommandResult> {
  await ensureBootstrap();
  const authorities = join(folder, "authorities");
  mkdirSync(authorities);
  for (const [index, pem] of hostAuthorities().entries()) {
    writeFileSync(join(authorities, `host-${index + 1}.crt`), `${pem.trim()}\n`);
  }
  const aptOptions = join(folder, "apt.conf");
  writeFileSync(aptOptions, APT_OPTIONS);
  const archive = join(folder, "debian.tar");
  const bootstrap = await run(
    "mmdebstrap",
    [
      "--variant=minbase",
      "--include=ca-certificates",
      ...(await proxyOptions()).map((option) => `--aptopt=${option}`),
      ...DPKG_OPTIONS.map((option) => `--dpkgopt=${option}`),
      `--customize-hook=sync-in ${authorities} /usr/local/share/ca-certificates`,
      `--customize-hook=upload ${aptOptions} /etc/apt/apt.conf.d/90image`,
      // Told to keep no such cache, apt does not remove the one that it has made before either.
      '--customize-hook=rm -f "$1"/var/cache/apt/*.bin',
      '--customize-hook=chroot "$1" update-ca-certificates',
      `--keyring=${KEYRING}`,
      ...[SUITE, archive, ...archiveLines()],
    ],
    { env: { LC_ALL: "C" }, stream: verbose },
  );
  if (bootstrap.code !== 0) return bootstrap;
  // The import takes the whole file or nothing: a bootstrap that breaks off leaves no image.
  const changes = ["CMD bash", `ENV ${ENVIRONMENT.join(" ")}`];
  const result = await run("docker", [
    ...["import", ...changes.flatMap((change) => ["--change", change]), archive, tag],
  ]);
  rmSync(archive);
  return result;
}

/** Keeps downloads and caches of later builds out of their layers. */
const APT_OPTIONS = [
  'APT::Keep-Downloaded-Packages "false";',
  'Dir::Cache::pkgcache "";',
  'Dir::Cache::srcpkgcache "";\n',
].join("\n");

/** As in Debian's own slim images: no manuals and translations, but the licences. */
const DPKG_OPTIONS = [
  "path-exclude=/usr/share/man/*",
  "path-exclude=/usr/share/locale/*",
  "path-exclude=/usr/share/doc/*",
  "path-include=/usr/share/doc/*/copyright",
];

async function proxyOptions(): Promise<string[]> {
  const { stdout } = await run("apt-config", [
    "dump",
    "Acquire::http::Proxy",
    "Acquire::https::Proxy",
  ]);
  return stdout.split("\n").filter((line) => /Proxy "[^"]/.test(line));
}

/** The archives of this host, if it is a Debian; none leaves them to mmdebstrap's own knowledge. */
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

async function ensureBootstrap(): Promise<void> {
  if (existsSync(KEYRING) && (await run("mmdebstrap", ["--version"])).code === 0) return;
  const { root, distribution } = readHost();
  const packages = ["mmdebstrap", "debian-archive-keyring"];
  if (root && (distribution?.id === "debian" || distribution?.id === "ubuntu")) {
    return installPackages(packages);
  }
  throw new Problem(
    "no image registry answers, and mmdebstrap, which makes base images without one, is missing: " +
      `install it (on Debian or Ubuntu: sudo apt-get install ${packages.join(" ")})`,
    UNAVAILABLE_EXIT_CODE,
  );
}
