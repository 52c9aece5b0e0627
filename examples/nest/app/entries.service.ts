import { type BeforeApplicationShutdown, Injectable, type MessageEvent } from "@nestjs/common";
import { map, Observable, Subject, takeUntil } from "rxjs";
import { addEntry, type Entry, newestEntries, problemOf } from "./entries.ts";
import { watchEntries } from "./live.ts";
import { keepPicture } from "./uploads.ts";

export const WRONG_PICTURE = "Please choose a PNG, JPEG or GIF of at most 5 MB.";

@Injectable()
export class EntriesService implements BeforeApplicationShutdown {
  private readonly ending = new Subject<void>();

  newest(): Promise<Entry[]> {
    return newestEntries();
  }

  /** @returns what is wrong with the entry; undefined if it was added */
  async add(text: string, content?: Uint8Array): Promise<string | undefined> {
    const problem = problemOf(text);
    if (problem !== undefined) return problem;
    let picture: string | undefined;
    if (content !== undefined && content.length > 0) {
      picture = await keepPicture(content);
      if (picture === undefined) return WRONG_PICTURE;
    }
    await addEntry(text, picture ?? null);
    return undefined;
  }

  /** A message at once, for what was added before the page was open, and one for each change. */
  changes(): Observable<MessageEvent> {
    return new Observable<void>((page) => {
      const watching = watchEntries(() => page.next());
      watching.then(
        () => page.next(),
        (error: unknown) => page.error(error),
      );
      return () => void watching.then((unwatch) => unwatch()).catch(() => {});
    }).pipe(
      map(() => ({ type: "changed", data: "", retry: 1000 })),
      takeUntil(this.ending),
    );
  }

  /** An open event stream would keep this process from ending. */
  beforeApplicationShutdown(): void {
    this.ending.next();
  }
}
