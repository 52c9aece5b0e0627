"use client";

export default function Failed({ reset }: Readonly<{ reset: () => void }>) {
  return (
    <main>
      <h1>Something went wrong here.</h1>
      <button type="button" onClick={reset}>
        Try again
      </button>
    </main>
  );
}
