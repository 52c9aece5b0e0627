import { run } from "../command.ts";
import type { DeploySettings } from "../env/environment.ts";
import type { Stack } from "../stack/compose.ts";

/** What of a stack a deploy replaces and a rollback brings back. Settings and secrets stay as they are. */
export interface Release {
  /** The images, "app:0123456789ab": the tag is made from the image's content. */
  readonly app: string;
  readonly web: string;
  /** The module that the gateway loads, and the edge: the images were built for them. */
  readonly module: string;
  readonly edge: DeploySettings["edge"];
  /** The program and the schedule of the background jobs: "" for none, as before there were any. */
  readonly jobs?: string;
  readonly schedule?: string;
}

/** The stack with another release. Nothing runs by that. */
export function withRelease({ clone, settings }: Stack, release: Release): Stack {
  const { app: releaseApp, web: releaseWeb, module, edge, jobs = "", schedule = "" } = release;
  const images = { releaseApp, releaseWeb };
  return { clone, settings: { ...settings, ...images, app: module, edge, jobs, schedule } };
}

/** Whether two releases run the same. */
export function sameRelease(one: Release | undefined, other: Release): boolean {
  return (
    one !== undefined &&
    one.app === other.app &&
    one.web === other.web &&
    one.module === other.module &&
    one.edge === other.edge &&
    (one.jobs ?? "") === (other.jobs ?? "") &&
    (one.schedule ?? "") === (other.schedule ?? "")
  );
}

/** The commit of a clone and its subject, "+" where files differ from it; "" outside of git. */
export async function commitOf(root: string): Promise<string> {
  const git = (...args: string[]) => run("git", ["-C", root, ...args]);
  const { code, stdout } = await git("log", "-1", "--format=%h %s");
  if (code !== 0) return "";
  const [hash = "", ...subject] = stdout.trim().split(" ");
  const changed = (await git("status", "--porcelain", "--untracked-files=no")).stdout.trim() !== "";
  return `${hash}${changed ? "+" : ""} ${subject.join(" ")}`;
}
