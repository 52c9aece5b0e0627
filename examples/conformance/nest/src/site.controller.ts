import { Readable } from "node:stream";
import { Body, Controller, Get, Post, Redirect, Req, Res, StreamableFile } from "@nestjs/common";
import type { Request, Response } from "express";
import { count, pieces } from "./bodies.js";
import { Pool } from "./pool.js";

@Controller()
export class SiteController {
  constructor(readonly pool: Pool) {}

  @Get()
  index(): string {
    return "<h1>Hello world, from the pool of Nest</h1>";
  }

  @Get("json")
  json(): object {
    return this.pool.greet("world");
  }

  @Post("greet")
  greet(@Body() body: { name: string }): object {
    return this.pool.greet(body.name);
  }

  @Post("upload")
  async upload(@Req() request: Request): Promise<object> {
    return { bytes: await count(request) };
  }

  @Get("old")
  @Redirect("/")
  old(): void {}

  @Get("visits")
  visits(@Req() request: Request, @Res({ passthrough: true }) response: Response): object {
    const visits = Number(/visits=(\d+)/.exec(request.get("Cookie") ?? "")?.[1] ?? 0) + 1;
    response.cookie("visits", visits, { httpOnly: true, sameSite: "lax" });
    return { visits };
  }

  @Get("stream")
  stream(): StreamableFile {
    const body = Readable.from(pieces(), { objectMode: false });
    return new StreamableFile(body, { type: "text/plain" });
  }

  @Get("throws")
  throws(): void {
    throw new Error("thrown by a route");
  }
}
