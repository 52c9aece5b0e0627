import { createServer } from "node:http";
import { control } from "./control.ts";
import { writeFiles } from "./files.ts";
import { serve, upgrade } from "./serve.ts";

/** A test server in place of the gateway: site on 8000, control on 9200, files in the volumes. */
writeFiles();
// Without limits: those of the edge are tested.
const site = createServer({ maxHeaderSize: 1 << 20, keepAliveTimeout: 60_000 }, serve);
site.maxHeadersCount = 0;
site.on("upgrade", upgrade).listen(8000);
createServer(control).listen(9200);
