import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";

/** Where keys, certificates and kubeconfigs lie. */
export const FOLDER = "/etc/kubernetes";
/** Of the nodes that a cluster here may have. */
const NODES = ["node1", "node2"];
/** The first address of the Services: the API server's. */
const API_SERVICE = "10.96.0.1";

const openssl = (...args: string[]) =>
  execFileSync("openssl", args, { cwd: FOLDER, stdio: ["ignore", "pipe", "pipe"] });

/**
 * Makes an authority and what it signs: the API server, the administrator, the nodes; and the key of the
 * service accounts.
 * @param address of the first node
 */
export function makeCertificates(address: string): void {
  mkdirSync(FOLDER, { recursive: true });
  key("ca");
  const authority = ["-subj", "/CN=cluster", "-addext", "keyUsage=critical,keyCertSign,cRLSign"];
  openssl("req", "-x509", "-new", "-key", "ca.key", "-days", "30", "-out", "ca.crt", ...authority);
  const names = [
    ...["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"],
    "kubernetes.default.svc.cluster.local",
  ].map((name) => `DNS:${name}`);
  const addresses = ["127.0.0.1", API_SERVICE, address].map((each) => `IP:${each}`);
  const alternatives = [...names, ...addresses].join(",");
  sign("apiserver", "/CN=kube-apiserver", [
    "extendedKeyUsage=serverAuth",
    `subjectAltName=${alternatives}`,
  ]);
  sign("admin", "/O=system:masters/CN=admin", ["extendedKeyUsage=clientAuth"]);
  for (const node of NODES) {
    sign(node, `/O=system:nodes/CN=system:node:${node}`, ["extendedKeyUsage=clientAuth"]);
  }
  openssl("genrsa", "-out", "accounts.key", "2048");
  for (const user of ["admin", ...NODES]) writeKubeconfig(user, address);
}

function key(name: string): void {
  openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", `${name}.key`);
}

function sign(name: string, subject: string, extensions: readonly string[]): void {
  key(name);
  openssl("req", "-new", "-key", `${name}.key`, "-subj", subject, "-out", `${name}.csr`);
  const lines = ["basicConstraints=CA:FALSE", "keyUsage=digitalSignature", ...extensions];
  writeFileSync(`${FOLDER}/${name}.ext`, `${lines.join("\n")}\n`);
  openssl(
    ...[
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      "-CA",
      "ca.crt",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
    ],
    ...["-days", "30", "-out", `${name}.crt`, "-extfile", `${name}.ext`],
  );
}

/** JSON is YAML. */
function writeKubeconfig(user: string, address: string): void {
  const configuration = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "cluster",
        cluster: { server: `https://${address}:6443`, "certificate-authority": `${FOLDER}/ca.crt` },
      },
    ],
    users: [
      {
        name: user,
        user: {
          "client-certificate": `${FOLDER}/${user}.crt`,
          "client-key": `${FOLDER}/${user}.key`,
        },
      },
    ],
    contexts: [{ name: "context", context: { cluster: "cluster", user } }],
    "current-context": "context",
  };
  writeFileSync(`${FOLDER}/${user}.kubeconfig`, JSON.stringify(configuration));
}
