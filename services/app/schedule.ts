import type { Schedule } from "@gatehouse/jobs";

/** The commands that run at times: docs/jobs.md. */
export default {
  clearsessions: {
    cron: "17 * * * *",
    command: ["node", "services/app/manage.ts", "clearsessions"],
  },
  clearpictures: {
    cron: "47 3 * * *",
    command: ["node", "services/app/manage.ts", "clearpictures"],
  },
} satisfies Schedule;
