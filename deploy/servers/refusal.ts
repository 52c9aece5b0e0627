import { lastLine, run } from "../command.ts";

interface Place {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly hostKey: string;
  readonly name: string;
  readonly file: string;
}

/** Seconds that a machine may take to show its host key. */
const SCAN_TIMEOUT = 5;

/** Why ssh made no connection, from what it wrote, and what to do about it. */
export async function refusalOf(place: Place, stderr: string): Promise<string> {
  const { host, port, user, file, hostKey, name } = place;
  const who = `${user}@${host}:${port}`;
  const wrong = stderr.includes("IDENTIFICATION HAS CHANGED");
  if (
    wrong ||
    (hostKey !== "" && /Host key verification failed|No \S+ host key is known/.test(stderr))
  ) {
    const known = hostKey === "" ? "your known_hosts has" : `SERVER_HOST_KEY in ${file} says`;
    return (
      `${host} has another host key than ${known}: it is another machine, or it was set up anew. ` +
      `${await shown(place)}If that is its own, ${hostKey === "" ? `ssh-keygen -R ${keyName(place)}, and ` : ""}` +
      `write it into ${file}`
    );
  }
  if (/Host key verification failed|No \S+ host key is known/.test(stderr)) {
    return (
      `the host key of ${host} is not known, so this may be any machine. ${await shown(place)}` +
      "Compare the fingerprint with the one of the provider's console (there: ssh-keygen -lf " +
      `/etc/ssh/ssh_host_ed25519_key.pub); if it is the same, write the line into ${file}`
    );
  }
  if (/Permission denied/.test(stderr)) {
    return (
      `${who} accepts none of your keys: ssh-add the right one` +
      (user === "root"
        ? ", or set SERVER_ADMIN"
        : `; make server TO=${name} makes the user ${user}`)
    );
  }
  return `no connection to ${who} (${lastLine(stderr) || "no reason given"}): check SERVER_HOST and SERVER_PORT in ${file}, and the machine`;
}

/** The key that the machine shows now, as a line to copy, and its fingerprint. */
async function shown({ host, port }: Place): Promise<string> {
  const scan = await run("ssh-keyscan", [
    "-T",
    `${SCAN_TIMEOUT}`,
    "-t",
    "ed25519",
    "-p",
    `${port}`,
    host,
  ]);
  const key = /(ssh-ed25519 \S+)/.exec(scan.stdout)?.[1];
  if (key === undefined) return "";
  const print = await run("ssh-keygen", ["-lf", "-"], { input: `${key}\n` });
  const fingerprint = /SHA256:\S+/.exec(print.stdout)?.[0] ?? "";
  return `It shows SERVER_HOST_KEY="${key}" (${fingerprint}). `;
}

function keyName({ host, port }: Place): string {
  return port === 22 ? host : `'[${host}]:${port}'`;
}
