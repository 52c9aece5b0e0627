import type { Check } from "./check.ts";

/** How the processes of the application run. */
export const processChecks: readonly Check[] = [
  {
    id: "environment",
    what: "APP_ENV is production",
    why: "Elsewhere runserver starts, errors show their stack and seeded accounts have passwords.",
    fix: "Set APP_ENV=production; compose.yaml does.",
    look: async ({ values }) => (values.env === "production" ? undefined : `it is ${values.env}`),
  },
  {
    id: "inspector",
    what: "No debugger can be attached",
    why: "Who reaches the inspector's port runs any code as the application.",
    fix: "Take --inspect out of NODE_OPTIONS.",
    look: async ({ environment: { NODE_OPTIONS: flags = "" } }) =>
      /--inspect\b(?!-port)/.test(flags) ? `NODE_OPTIONS is ${flags}` : undefined,
  },
];
