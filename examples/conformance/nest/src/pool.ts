import { Injectable, type OnApplicationShutdown } from "@nestjs/common";

/** What a site holds: connections to a database, a queue. */
@Injectable()
export class Pool implements OnApplicationShutdown {
  greet(name: string): object {
    return { hello: name };
  }

  onApplicationShutdown(signal: string): void {
    console.error(`the pool is closed at ${signal}`);
  }
}
