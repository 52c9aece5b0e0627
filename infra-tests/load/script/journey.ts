/** What a kind of visitor does. */
export interface Journey<Cast = unknown> {
  /** The share of the journeys that are of this kind; the shares of all add up to 1. */
  readonly share: number;
  /** How long it takes at most. */
  readonly seconds: number;
  /** @param cast what `setup` returned */
  readonly run: (cast: Cast) => void;
}

/**
 * What `journeys.ts` of an application exports as `journeys`, by name. It exports `setup` too, which
 * runs once before them.
 */
export type Journeys<Cast = unknown> = Readonly<Record<string, Journey<Cast>>>;
