"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";

/** Shows new entries as they are written, on every open page. */
export function LiveUpdate() {
  const router = useRouter();
  useEffect(() => {
    const events = new EventSource("/live");
    events.addEventListener("changed", () => router.refresh());
    return () => events.close();
  }, [router]);
  return null;
}
