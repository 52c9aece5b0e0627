/** What the gateway loads: main.ts, as `nest build` has compiled it. Node itself runs no decorators. */
await import(new URL("dist/main.js", import.meta.url).href);
