import { createServer } from "node:http";
import { control } from "./control.ts";
import { writeFiles } from "./files.ts";
import { serve, upgrade } from "./serve.ts";

/** Stands in the gateway's place: the site on 8000, what it saw on 9200, files in the volumes. */
writeFiles();
// No limits of its own: what reaches it has passed the edge's.
const site = createServer({ maxHeaderSize: 1 << 20, keepAliveTimeout: 60_000 }, serve);
site.maxHeadersCount = 0;
site.on("upgrade", upgrade).listen(8000);
createServer(control).listen(9200);
