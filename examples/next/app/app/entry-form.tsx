"use client";

import { useRouter } from "next/navigation";
import { type SubmitEvent, useState } from "react";

/** Sends an entry without leaving the page. Where no script runs, the browser sends the form itself. */
export function EntryForm({ longest }: Readonly<{ longest: number }>) {
  const router = useRouter();
  const [problem, setProblem] = useState("");

  async function send(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const body = new FormData(form);
    const response = await fetch("/entries", { method: "POST", body, redirect: "manual" });
    const isAdded = response.type === "opaqueredirect";
    setProblem(isAdded ? "" : await response.text());
    if (!isAdded) return;
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
