import { type Entry, LONGEST, newestEntries } from "@/entries";
import { EntryForm } from "./entry-form";
import { LiveUpdate } from "./live-update";

/** Made for each request, and not when the site is built, where no database is. */
export const dynamic = "force-dynamic";

export default async function Page() {
  const entries = await newestEntries();
  return (
    <main>
      <h1>__name__</h1>
      <EntryForm longest={LONGEST} />
      {entries.length === 0 ? (
        <p>There are no entries yet.</p>
      ) : (
        <ul>
          {entries.map((entry) => (
            <Item key={entry.id} {...entry} />
          ))}
        </ul>
      )}
      <LiveUpdate />
    </main>
  );
}

function Item({ text, picture, writtenAt }: Entry) {
  const time = writtenAt.toISOString();
  return (
    <li>
      {picture !== null && <img src={`/pictures/${picture}`} alt="" />}
      <p>{text}</p>
      <time dateTime={time}>{time.slice(0, 16).replace("T", " ")}</time>
    </li>
  );
}
