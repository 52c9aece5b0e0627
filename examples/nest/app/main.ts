import "reflect-metadata";
import { NestFactory } from "@nestjs/core";
import type { NestExpressApplication } from "@nestjs/platform-express";
import { AppModule } from "./app.module.ts";

const app = await NestFactory.create<NestExpressApplication>(AppModule, {
  logger: ["error", "warn"],
});
app.disable("x-powered-by");
app.enableShutdownHooks();

/** Alone it listens on PORT; in the gateway's worker, which shares one port with others, it is taken over. */
await app.listen(process.env.PORT ?? 3000);
