/**
 * Next's cache of pages (ISR), in a folder that all workers of all replicas share. With Next's own each
 * process has a cache, and `revalidatePath` reaches only that of the process in which it runs.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { deserialize, serialize } from "node:v8";

const { MEDIA_DIRECTORY = "/srv/media" } = process.env;

/** Pages of another build are not ours: while one release replaces another, both run. None while it builds. */
let folder;
const folderOf = (dist) =>
  readFile(join(dist, "../BUILD_ID"), "utf8").then(
    (build) => join(MEDIA_DIRECTORY, "next", build),
    () => undefined,
  );

export default class SharedCache {
  constructor({ serverDistDir }) {
    folder ??= folderOf(serverDistDir);
  }

  async get(key, { tags = [], softTags = [] } = {}) {
    const entry = await read("entries", key);
    if (entry === undefined) return null;
    const own = entry.value?.headers?.["x-next-cache-tags"]?.split(",") ?? [];
    const times = await Promise.all([...own, ...tags, ...softTags].map((tag) => read("tags", tag)));
    return times.some((revalidated) => revalidated >= entry.lastModified) ? null : entry;
  }

  async set(key, value, { cacheControl } = {}) {
    await write("entries", key, { lastModified: Date.now(), value, cacheControl });
  }

  async revalidateTag(tags) {
    for (const tag of [tags].flat()) await write("tags", tag, Date.now());
  }

  resetRequestCache() {}
}

async function fileOf(kind, key) {
  const name = createHash("sha256").update(key).digest("hex");
  return (await folder) && join(await folder, kind, name);
}

async function read(kind, key) {
  const file = await fileOf(kind, key);
  return file && readFile(file).then(deserialize, () => undefined);
}

/** A reader sees the old content or the new one, and nothing between. */
async function write(kind, key, content) {
  const file = await fileOf(kind, key);
  if (file === undefined) return;
  const temporary = `${file}.${randomUUID()}`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(temporary, serialize(content));
  await rename(temporary, file);
}
