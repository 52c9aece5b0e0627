import { after, test } from "node:test";
import { startGateway } from "../testing/gateway-process.ts";
import type { Behaviour } from "./behaviour.ts";
import { bodies } from "./bodies.ts";
import { Matrix } from "./matrix.ts";
import { failures, responses } from "./responses.ts";
import { streams } from "./streams.ts";
import { examples } from "./subjects.ts";
import { webSockets } from "./websockets.ts";

const behaviours: readonly Behaviour[] = [
  ...bodies,
  ...responses,
  ...streams,
  ...failures,
  ...webSockets,
];
const matrix = new Matrix(examples.map(({ name }) => name));

after(() => console.log(`\n${matrix}\n`));

for (const { name, module, flags, path, cannot } of examples) {
  test(`${name} behaves like every other application`, async (t) => {
    const gateway = startGateway(t, module, "--workers=1", ...flags);
    const subject = { url: `${await gateway.ready()}${path}`, gateway };
    for (const behaviour of behaviours) {
      const [, reason] =
        Object.entries(cannot).find(([start]) => behaviour.name.startsWith(start)) ?? [];
      matrix.mark(name, behaviour.name, reason ?? "NO");
      if (reason !== undefined) continue;
      await t.test(`${name}: ${behaviour.name}`, async () => {
        await behaviour.check(subject);
        matrix.mark(name, behaviour.name, "yes");
      });
    }
  });
}
