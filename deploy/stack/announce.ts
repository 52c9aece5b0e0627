import type { DeploySettings } from "../env/environment.ts";

/** What an operator wants to know once the replica is up. */
export function announce({ bind, httpPort, httpsPort }: DeploySettings, elapsed: string): string {
  const host = bind === "0.0.0.0" ? "127.0.0.1" : bind;
  return `
Gatehouse is up (${elapsed}).

  http://${host}:${httpPort}/
  https://${host}:${httpsPort}/

  To trust the certificate, add secrets/ca.crt to the authorities of your browser or system, or:
  curl --cacert secrets/ca.crt https://${host}:${httpsPort}/

  make logs follows the logs, make ps shows the services, make down stops them.
`;
}
