import { type ArgumentsHost, Catch, ServiceUnavailableException } from "@nestjs/common";
import { BaseExceptionFilter } from "@nestjs/core";
import type { Response } from "express";
import { isUnavailable } from "./database.ts";

/** Says when to try again where the database could not be reached; all else is Nest's. */
@Catch()
export class UnavailableFilter extends BaseExceptionFilter {
  override catch(exception: unknown, host: ArgumentsHost): void {
    if (isUnavailable(exception)) {
      console.error(exception);
      host.switchToHttp().getResponse<Response>().set("retry-after", "5");
      super.catch(new ServiceUnavailableException("Please try again in a few seconds."), host);
    } else super.catch(exception, host);
  }
}
