import { Module } from "@nestjs/common";
import { APP_FILTER, APP_GUARD } from "@nestjs/core";
import { EntriesController } from "./entries.controller.ts";
import { EntriesService } from "./entries.service.ts";
import { SameSiteGuard } from "./same-site.guard.ts";
import { UnavailableFilter } from "./unavailable.filter.ts";

@Module({
  controllers: [EntriesController],
  providers: [
    EntriesService,
    { provide: APP_GUARD, useClass: SameSiteGuard },
    { provide: APP_FILTER, useClass: UnavailableFilter },
  ],
})
export class AppModule {}
