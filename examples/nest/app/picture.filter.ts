import {
  type ArgumentsHost,
  BadRequestException,
  Catch,
  type ExceptionFilter,
  type HttpException,
  PayloadTooLargeException,
} from "@nestjs/common";
import type { Response } from "express";
import { EntriesService, WRONG_PICTURE } from "./entries.service.ts";
import { page } from "./page.ts";

/** Says in the page what Nest says of a form with too large a picture, or with several. */
@Catch(PayloadTooLargeException, BadRequestException)
export class PictureFilter implements ExceptionFilter {
  constructor(private readonly entries: EntriesService) {}

  async catch(exception: HttpException, host: ArgumentsHost): Promise<void> {
    const response = host.switchToHttp().getResponse<Response>();
    // Nest leaves a filter that rejects as it is: without a database that would end the process.
    const entries = await this.entries.newest().catch(() => []);
    response.status(exception.getStatus()).send(page(entries, WRONG_PICTURE));
  }
}
