import { run } from "../command.ts";

/** Where edge and gateway have their admin pages, in their own containers. */
const ADMIN_SOCKET = "/run/gatehouse/admin.sock";

/** Exit codes of `docker exec` for a program that the container does not have; READ has the last of them too. */
const NOT_FOUND = [126, 127];

/** In Perl, which every image has: a deploy reads pages again and again, and a start of Node costs more. */
export const READ = `
  use Socket;
  my ($path, $page) = @ARGV;
  exit 127 unless grep { -x "$_/node" } split /:/, $ENV{PATH};
  alarm 5;
  socket(my $socket, AF_UNIX, SOCK_STREAM, 0) or exit 1;
  connect($socket, pack_sockaddr_un($path)) or exit 1;
  send($socket, "GET $page HTTP/1.0\\r\\n\\r\\n", 0) or exit 1;
  my $response = do { local $/; <$socket> } // "";
  my ($status, $body) = $response =~ m{\\AHTTP/1\\.1 (\\d{3}) .*?\\r\\n\\r\\n(.*)\\z}s or exit 1;
  exit 1 if $response =~ /^content-length: (\\d+)\\r$/mi && $1 != length $body;
  print $body;
  exit($status < 500 ? 0 : 1);
`;

/**
 * An admin page of the service in a container; undefined if it cannot be had now, "no node" if this cannot
 * read it at all, as with nginx.
 */
export async function adminPage(
  container: string,
  path: string,
): Promise<string | "no node" | undefined> {
  const { code, stdout } = await run(
    "docker",
    ["exec", container, "perl", "-e", READ, ADMIN_SOCKET, path],
    { timeout: 10_000 },
  );
  if (NOT_FOUND.includes(code)) return "no node";
  return code === 0 ? stdout : undefined;
}

/** One sample of a metric in Prometheus's text format. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The samples of one metric, in the order of the text. No label of ours has a quote in its value. */
export function samplesOf(text: string, name: string): Sample[] {
  return text.split("\n").flatMap((line) => {
    const [, metric, labels = "", value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (metric !== name) return [];
    const pairs = labels.split('",').filter((pair) => pair !== "");
    const entries = pairs.map((pair) => {
      const at = pair.indexOf('="');
      return [pair.slice(0, at), pair.slice(at + 2).replace(/"$/, "")];
    });
    return [{ labels: Object.fromEntries(entries), value: Number(value) }];
  });
}
