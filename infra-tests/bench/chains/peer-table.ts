import type Docker from "dockerode";
import { build, DEBIAN_IMAGE, NODE_IMAGE } from "../images.ts";
import { buildNginx } from "./plain-edge.ts";
import { nginxVersion, packageVersions, printed } from "./project.ts";
import type { ChainName, OURS } from "./table.ts";

export type PeerName = Exclude<ChainName, (typeof OURS)[number]>;

/** Its services in `peers/compose.yaml` are NAME, the web server, and NAME-app if that is another container. */
interface Peer {
  /** Builds what it needs. @returns the images by their variables in `peers/compose.yaml` */
  readonly images: () => Promise<Readonly<Record<string, string>>>;
  readonly versions: (edge: Docker.Container, app: Docker.Container) => Promise<string[]>;
}

/** Compose wants a value for the images of the peers too that are not started. */
export const NO_IMAGES = Object.fromEntries(
  ["NGINX", "EXPRESS", "GUNICORN", "UWSGI", "APACHE", "CADDY", "CLUSTER", "WATT"].map((name) => [
    name,
    "none",
  ]),
);

const express: Peer = {
  images: async () => ({
    NGINX: await buildNginx(),
    EXPRESS: await build({ name: "express", folder: "peers/express", args: { NODE_IMAGE } }),
  }),
  versions: async (edge, app) => [
    await nginxVersion(edge),
    ...(await packageVersions(app, "/bench", ["pm2", "express", "pino-http", "pg", "ejs"])),
  ],
};

const django = (target: string): Promise<string> =>
  build({ name: target, folder: "peers/django", target, args: { DEBIAN_IMAGE } });

const DJANGO = `import platform, django, psycopg
print("Django", django.get_version())
print("psycopg", psycopg.__version__)
print("Python", platform.python_version())`;

async function djangoVersions(app: Docker.Container): Promise<string[]> {
  return (await printed(app, "python3", "-c", DJANGO)).split("\n");
}

export const PEERS: Readonly<Record<PeerName, Peer>> = {
  pm2: express,
  slow: express,
  gunicorn: {
    images: async () => ({ NGINX: await buildNginx(), GUNICORN: await django("gunicorn") }),
    versions: async (edge, app) => [
      await nginxVersion(edge),
      (await printed(app, "gunicorn", "--version")).replace(/[()]|version /g, ""),
      ...(await djangoVersions(app)),
    ],
  },
  uwsgi: {
    images: async () => ({ NGINX: await buildNginx(), UWSGI: await django("uwsgi") }),
    versions: async (edge, app) => [
      await nginxVersion(edge),
      `uWSGI ${await printed(app, "uwsgi", "--version")}`,
      ...(await djangoVersions(app)),
    ],
  },
  apache: {
    images: async () => ({ APACHE: await django("apache") }),
    versions: async (edge) => [
      ...(await debianVersions(edge, "apache2", "libapache2-mod-wsgi-py3")),
      ...(await djangoVersions(edge)),
    ],
  },
  caddy: {
    images: async () => ({
      CADDY: await build({ name: "caddy", folder: "peers/caddy", args: { DEBIAN_IMAGE } }),
      CLUSTER: await build({
        ...{ name: "cluster", folder: "peers/hono", target: "cluster", args: { NODE_IMAGE } },
      }),
    }),
    versions: async (edge, app) => [
      `Caddy ${await printed(edge, "caddy", "version")}`,
      ...(await packageVersions(app, "/bench", ["srvx", "hono", "postgres", "pino"])),
    ],
  },
  watt: {
    images: async () => ({
      NGINX: await buildNginx(),
      WATT: await build({
        ...{ name: "watt", folder: "peers", file: "watt/Dockerfile", args: { NODE_IMAGE } },
      }),
    }),
    versions: async (edge, app) => [
      await nginxVersion(edge),
      ...(await packageVersions(app, "/bench", ["wattpm", "srvx", "hono", "postgres", "pino"])),
    ],
  },
};

async function debianVersions(container: Docker.Container, ...packages: string[]) {
  const lines = await printed(container, "dpkg-query", "--show", ...packages);
  return lines.split("\n").map((line) => line.trim().replace("\t", " "));
}
