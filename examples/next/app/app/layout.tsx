import type { Metadata } from "next";
import type { ReactNode } from "react";
import "../static/style.css";

export const metadata: Metadata = { title: "__name__" };

export default function Layout({ children }: Readonly<{ children: ReactNode }>) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
