/** Nest, compiled as `nest build` does it: decorators need a compiler. Serve dist/main.js. */
import "reflect-metadata";
import { Controller, Get, Injectable, Module, type OnApplicationShutdown } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";

@Injectable()
class Pool implements OnApplicationShutdown {
  answer(): string {
    return "from the pool";
  }

  onApplicationShutdown(signal: string): void {
    console.error(`the pool is closed at ${signal}`);
  }
}

@Controller()
class SiteController {
  readonly pool: Pool;

  constructor(pool: Pool) {
    this.pool = pool;
  }

  @Get()
  index(): object {
    return { hello: this.pool.answer() };
  }
}

@Module({ controllers: [SiteController], providers: [Pool] })
class SiteModule {}

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create(SiteModule, { logger: ["error", "warn"] });
  app.enableShutdownHooks();
  await app.listen(process.env.PORT ?? 3000);
}

void bootstrap();
