import {
  Body,
  Controller,
  Get,
  type MessageEvent,
  NotFoundException,
  Param,
  Post,
  Res,
  Sse,
  UploadedFile,
  UseFilters,
  UseInterceptors,
} from "@nestjs/common";
import { FileInterceptor } from "@nestjs/platform-express";
import type { Response } from "express";
import type { Observable } from "rxjs";
import { EntriesService } from "./entries.service.ts";
import { entryList, page } from "./page.ts";
import { PictureFilter } from "./picture.filter.ts";
import { LARGEST, pictureFields } from "./uploads.ts";

@Controller()
export class EntriesController {
  constructor(private readonly entries: EntriesService) {}

  @Get()
  async page(): Promise<string> {
    return page(await this.entries.newest());
  }

  @Get("entries")
  async list(): Promise<string> {
    return entryList(await this.entries.newest());
  }

  @Post("entries")
  @UseFilters(PictureFilter)
  @UseInterceptors(FileInterceptor("picture", { limits: { fileSize: LARGEST, files: 1 } }))
  async add(
    @Body("text") text: unknown,
    @UploadedFile() picture: Express.Multer.File | undefined,
    @Res() response: Response,
  ): Promise<void> {
    const problem = await this.entries.add(String(text ?? ""), picture?.buffer);
    if (problem === undefined) response.redirect(303, "/");
    else response.status(422).send(page(await this.entries.newest(), problem));
  }

  @Get("pictures/:name")
  picture(@Param("name") name: string, @Res({ passthrough: true }) response: Response): void {
    const fields = pictureFields(name);
    if (fields === undefined) throw new NotFoundException();
    response.set(fields);
  }

  @Sse("live")
  live(): Observable<MessageEvent> {
    return this.entries.changes();
  }
}
