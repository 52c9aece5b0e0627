"use client";

import { useRouter } from "next/navigation";
import { type SubmitEvent, useState } from "react";
import { sendEntry } from "./send-entry";

/** Sends an entry without leaving the page. Where no script runs, the browser sends the form itself. */
export function EntryForm({ longest }: Readonly<{ longest: number }>) {
  const router = useRouter();
  const [problem, setProblem] = useState("");

  async function send(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const problem = await sendEntry(new FormData(form));
    setProblem(problem ?? "");
    if (problem !== undefined) return;
    form.reset();
    router.refresh();
  }

  return (
    <>
      {problem !== "" && <p role="alert">{problem}</p>}
      <form method="post" action="/entries" encType="multipart/form-data" onSubmit={send}>
        <label htmlFor="text">Your entry</label>
        <textarea id="text" name="text" rows={3} maxLength={longest} required />
        <label htmlFor="picture">A picture, if you like</label>
        <input id="picture" name="picture" type="file" accept="image/png,image/jpeg,image/gif" />
        <button type="submit">Add</button>
      </form>
    </>
  );
}
