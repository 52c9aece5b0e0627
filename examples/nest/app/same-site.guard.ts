import { type CanActivate, type ExecutionContext, Injectable } from "@nestjs/common";
import type { Request } from "express";

/** Refuses a form that another site has sent: it would be sent with this site's cookies. */
@Injectable()
export class SameSiteGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { method, headers } = context.switchToHttp().getRequest<Request>();
    const { origin = "", host } = headers;
    return method !== "POST" || (URL.canParse(origin) && new URL(origin).host === host);
  }
}
