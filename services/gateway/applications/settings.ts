import { list, path, text, toggle } from "@gatehouse/settings";

export const applicationSettings = {
  app: path({
    default: "services/app/gateway.ts",
    why: "The application that the workers load, MODULE[:EXPORT]; an operand overrides it.",
  }),
  rootPath: text({
    default: "/",
    allowed: "a path that starts with /",
    matches: /^\/[^\s?#,=]*$/,
    why: "The path that the application is mounted on; it sees its requests as if that were /.",
  }),
  mount: list({
    default: [],
    allowed: "/PATH=MODULE[:EXPORT] words, separated by commas",
    matches: /^\/[^\s?#,=]*=[^\0]+$/,
    why: "Further applications in the same process; the flag may be given several times.",
  }),
  middleware: list({
    default: [],
    allowed: "paths of modules, separated by commas",
    matches: /^[^\0]+$/,
    why: "Modules (request, next) => Response in front of all applications, the first outermost.",
  }),
  fastResponse: toggle({
    default: true,
    why: "Whether a fetch application finds a faster class as the global Response; off is Node's own.",
  }),
} as const;
