import { readSettings } from "@gatehouse/settings";
import { webSettings } from "@gatehouse/web/settings";
import { valuesOf } from "../env/environment.ts";
import { type Check, type Finding, good, type Subject, warning } from "./check.ts";

/** Names that only this machine, or none, can resolve (RFC 6761). */
const LOCAL = /^(localhost|.*\.(localhost|test|invalid|example))$/;

/** What a site on the internet needs, and a replica on loopback does not. Nothing of it stops the start. */
export const publicCheck: Check = {
  name: "public",
  needs: ["settings"],
  check: async (subject) => {
    const { bind } = valuesOf(subject.environment);
    const acme = acmeFindings(subject);
    if (bind.startsWith("127.")) {
      return acme.length > 0 ? acme : [good(`only this machine reaches the site, at ${bind}`)];
    }
    const findings = [...originFindings(subject), ...acme, ...accessFindings(subject)];
    return findings.length > 0 ? findings : [good(`the site is published on ${bind}`)];
  },
};

const edgeOf = ({ environment }: Subject) => {
  const own = Object.entries(environment.own).filter(([name]) => name.startsWith("WEB_"));
  return readSettings(webSettings, Object.fromEntries(own), []).values;
};

function originFindings(subject: Subject): Finding[] {
  const { bind, httpsPort } = valuesOf(subject.environment);
  const given = subject.environment.own.WEB_PUBLIC_ORIGIN;
  const origin = given || `https://${bind}:${httpsPort}`;
  const { hostname, protocol } = new URL(origin);
  const fix = "set WEB_PUBLIC_ORIGIN=https://www.example.org, with your name, in .env";
  if (hostname === "0.0.0.0" || hostname === "[::]") {
    return [warning(`redirects lead to ${origin}, which is no address of any machine: ${fix}`)];
  }
  if (protocol !== "https:") {
    return [warning(`WEB_PUBLIC_ORIGIN=${origin} is not https: ${fix}`)];
  }
  if (LOCAL.test(hostname)) {
    return [warning(`redirects lead to ${origin}, a name that only this machine knows: ${fix}`)];
  }
  return [];
}

/** An authority that proves a name by HTTP sends its request to port 80 (RFC 8555, section 8.3). */
function acmeFindings(subject: Subject): Finding[] {
  const { acmeDomains } = edgeOf(subject);
  const { bind, httpPort } = valuesOf(subject.environment);
  if (acmeDomains.length === 0) return [];
  const names = acmeDomains.join(", ");
  if (bind.startsWith("127.")) {
    return [
      warning(`no authority can reach ${names} on ${bind}: set PUBLISH_BIND=0.0.0.0 in .env`),
    ];
  }
  if (httpPort === 80) return [];
  return [
    warning(
      `an authority asks ${names} at port 80, and HTTP is published on ${httpPort}: set ` +
        "PUBLISH_HTTP_PORT=80 in .env, unless something before this host passes port 80 on",
    ),
  ];
}

function accessFindings(subject: Subject): Finding[] {
  const { https, trustedProxies } = edgeOf(subject);
  const findings: Finding[] = [];
  if (https !== "redirect") {
    findings.push(
      warning(
        `WEB_HTTPS is ${https}: anyone on the way reads a password that HTTP carries: set WEB_HTTPS=redirect`,
      ),
    );
  }
  if (trustedProxies.some((network) => /^(0\.0\.0\.0|::)\/0$/.test(network))) {
    findings.push(
      warning(
        "WEB_TRUSTED_PROXIES trusts every client, which then chooses its own address: name your proxies",
      ),
    );
  }
  return findings;
}
