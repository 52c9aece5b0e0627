/** Nest, built by its own CLI: decorators need a compiler. Serve dist/main.js. */
import "reflect-metadata";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { Pool } from "./pool.js";
import { SiteController } from "./site.controller.js";

@Module({ controllers: [SiteController], providers: [Pool] })
class SiteModule {}

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create(SiteModule, { logger: ["error", "warn"] });
  app.enableShutdownHooks();
  await app.listen(process.env.PORT ?? 3000);
}

void bootstrap();
