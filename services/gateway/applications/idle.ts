/**
 * Resolves when this process has nothing left to wait for but its primary: no timer, no socket,
 * no pending file. `cancel` gives up watching.
 */
export function idle(): { readonly reached: Promise<void>; cancel(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  process.channel?.unref();
  process.once("beforeExit", resolve);
  return {
    reached: promise,
    cancel: () => {
      process.off("beforeExit", resolve);
      process.channel?.ref();
    },
  };
}
