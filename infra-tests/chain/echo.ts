import type { HttpResponse } from "../stack/http.ts";

/** The echo application's description of a request. */
export interface Echo {
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  readonly client: string;
  readonly scheme: string;
  readonly worker: number;
  readonly replica: string;
}

/** Reads the echo application's JSON. @throws Error for any other response */
export function echoOf(response: HttpResponse): Echo {
  if (response.status !== 200) throw new Error(`status ${response.status}: ${response.text}`);
  return JSON.parse(response.text);
}

/** The values of one header as they arrived, in order; the name in lower case. */
export function valuesOf(echo: Echo, name: string): string[] {
  return echo.rawHeaders.filter(
    (_, index, all) => index % 2 === 1 && all[index - 1]?.toLowerCase() === name,
  );
}
